"""The finished video: segments one after another, sound, and what it says about itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from heapq import merge
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from imaging.encode import PROGRAM_NAME, build_xmp_packet
from imaging.files import atomic_write
from inference.video.plan import Plan, durations, shown_times
from inference.video.sound import sound_packets
from inference.video.streams import open_video, sound_of, unit_of
from inference.video.write import REORDERED

XMP_BOX = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")  # the UUID of XMP in MP4 (XMP specification, part 3)
FAST_START = {"movflags": "+faststart"}  # the index before the pictures: browsers play while they load


def join(plan: Plan, target: Path) -> None:
    """Write the MP4, with no picture encoded again. Nothing of the source's metadata comes along.

    Raises FileNotFoundError for a segment that is not finished or a source that is gone, and ValueError for segments
    that do not belong together; then no file is left.
    """
    for index in plan.unfinished():
        raise FileNotFoundError(plan.segment_path(index))
    with atomic_write(target) as part:
        with ExitStack() as files:
            file = files.enter_context(av.open(str(part), "w", format="mp4", options=dict(FAST_START)))
            file.metadata["comment"] = f"Made with AI by {PROGRAM_NAME}, style {plan.style}"
            # The streams first: the header is written with the first packet.
            streams = [_pictures(plan, _picture_stream(plan, file))]
            source = files.enter_context(open_video(plan.source, plan.container))
            if sound := sound_of(source):
                streams.append(sound_packets(plan, source, sound, file))
            for packet in merge(*streams, key=lambda packet: (packet.dts or 0) * packet.time_base):
                file.mux_one(packet)
        _append_xmp(part, plan.style)


def _picture_stream(plan: Plan, file: OutputContainer) -> VideoStream:
    with av.open(str(plan.segment_path(0)), format="mov") as first:
        stream = file.add_stream_from_template(first.streams.video[0])
        stream.time_base = plan.time_base
        return stream


def _pictures(plan: Plan, stream: VideoStream) -> Iterator[av.Packet]:
    """The packets of all segments, timed by the plan.

    A packet is decoded as many frames after it is stored as H.264 has frames reordered: its decoding time is the
    time of the frame that is shown so many frames before, which never runs back, also from one segment to the next.
    """
    times = shown_times(plan)
    shown = dict(zip(times, durations(plan), strict=True))
    early, place = shown[times[0]], 0
    for index in range(plan.segments):
        places = plan.frames_of(index)
        for packet in _packets_of(plan, index, stream.codec_context.extradata):
            packet.pts = (packet.pts or 0) + times[places.start]
            packet.dts = times[place - REORDERED] if place >= REORDERED else times[0] - (REORDERED - place) * early
            packet.duration = shown[packet.pts]
            packet.time_base, packet.stream = plan.time_base, stream
            place += 1
            yield packet
        if place != places.stop:
            raise ValueError(f"{plan.segment_path(index)}: {place - places.start} frames of {len(places)}")


def _packets_of(plan: Plan, index: int, header: bytes | None) -> Iterator[av.Packet]:
    """In the plan's time base, from 0 on."""
    with av.open(str(plan.segment_path(index)), format="mov") as file:
        stream = file.streams.video[0]
        if stream.codec_context.extradata != header:
            raise ValueError(f"{plan.segment_path(index)}: encoded in another way than the first segment")
        for packet in file.demux(stream):
            if packet.size:
                packet.pts = round((packet.pts or 0) * unit_of(stream) / plan.time_base)
                yield packet


def _append_xmp(path: Path, style: str) -> None:
    content = XMP_BOX + build_xmp_packet(style)
    with path.open("ab") as file:
        file.write((len(content) + 8).to_bytes(4) + b"uuid" + content)
