"""The finished video: segments one after another, sound, and what it says about itself."""

from collections.abc import Iterator
from contextlib import ExitStack
from heapq import merge
from pathlib import Path

import av
from av.container import OutputContainer
from av.video.stream import VideoStream

from imaging.files import atomic_write
from imaging.labels.aigc import AigcLabel
from inference.video.audio import audio_packets
from inference.video.labels import MUXER_OPTIONS, append_xmp, mark_container
from inference.video.plan import VideoPlan, frame_durations, presentation_times
from inference.video.streams import audio_stream, open_video, time_base_of
from inference.video.write import REORDERED_FRAMES


def join_segments(plan: VideoPlan, target: Path, label: AigcLabel | None = None) -> None:
    """Write the MP4, with no picture encoded again. Nothing of the source's metadata comes along.

    It says that it was made by AI, and has the AIGC `label`, if there is one. Raise FileNotFoundError for a segment
    that is not finished or a source that is gone, and ValueError for segments that do not belong together; then no
    file is left.
    """
    for index in plan.unfinished_segments():
        raise FileNotFoundError(plan.segment_path(index))
    with atomic_write(target) as part:
        with ExitStack() as files:
            file = files.enter_context(av.open(str(part), "w", format="mp4", options=dict(MUXER_OPTIONS)))
            mark_container(file, plan.style, label)
            # The streams first: the header is written with the first packet.
            streams = [_video_packets(plan, _add_video_stream(plan, file))]
            source = files.enter_context(open_video(plan.source, plan.container))
            if audio := audio_stream(source):
                streams.append(audio_packets(plan, source, audio, file))
            for packet in merge(*streams, key=lambda packet: (packet.dts or 0) * packet.time_base):
                file.mux_one(packet)
        append_xmp(part, plan.style)


def _add_video_stream(plan: VideoPlan, file: OutputContainer) -> VideoStream:
    with av.open(str(plan.segment_path(0)), format="mov") as first:
        stream = file.add_stream_from_template(first.streams.video[0])
        stream.time_base = plan.time_base
        return stream


def _video_packets(plan: VideoPlan, stream: VideoStream) -> Iterator[av.Packet]:
    """Yield the packets of all segments, timed by the plan.

    A packet is decoded as many frames after it is stored as H.264 has frames reordered: its decoding time is the
    time of the frame that is shown so many frames before, which never runs back, also from one segment to the next.
    """
    times = presentation_times(plan)
    durations = dict(zip(times, frame_durations(plan), strict=True))
    first_duration, number = durations[times[0]], 0
    for index in range(plan.segment_count):
        frames = plan.segment_frames(index)
        for packet in _segment_packets(plan, index, stream.codec_context.extradata):
            packet.pts = (packet.pts or 0) + times[frames.start]
            early = REORDERED_FRAMES - number
            packet.dts = times[-early] if early <= 0 else times[0] - early * first_duration
            packet.duration = durations[packet.pts]
            packet.time_base, packet.stream = plan.time_base, stream
            number += 1
            yield packet
        if number != frames.stop:
            raise ValueError(f"{plan.segment_path(index)}: {number - frames.start} frames of {len(frames)}")


def _segment_packets(plan: VideoPlan, index: int, header: bytes | None) -> Iterator[av.Packet]:
    """Yield packets in the plan's time base, from 0 on."""
    with av.open(str(plan.segment_path(index)), format="mov") as file:
        stream = file.streams.video[0]
        if stream.codec_context.extradata != header:
            raise ValueError(f"{plan.segment_path(index)}: encoded in another way than the first segment")
        for packet in file.demux(stream):
            if packet.size:
                packet.pts = round((packet.pts or 0) * time_base_of(stream) / plan.time_base)
                yield packet
