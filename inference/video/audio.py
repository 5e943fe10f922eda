"""The sound of a video: packet for packet as it is, or as AAC where MP4 cannot have it."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, groupby

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.filter import Graph

from inference.video.plan import VideoPlan
from inference.video.streams import read_packets, time_base_of

COPIED_CODECS = ("aac", "mp3", "mp3float")
AAC_SAMPLE_RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)  # Hz, of AAC
CHANNEL_BIT_RATE = 96_000  # bits a second
AAC_FRAME_SAMPLES = 1024


def audio_packets(
    plan: VideoPlan, file: InputContainer, source: AudioStream, target: OutputContainer
) -> Iterator[av.Packet]:
    """Add the stream to the target, and yield the packets between the plan's beginning and end, from its origin on."""
    if source.codec_context.name in COPIED_CODECS:
        return _copy_packets(plan, file, source, target.add_stream_from_template(source))
    return _encode_packets(plan, file, source, _add_aac_stream(source, target))


def _copy_packets(
    plan: VideoPlan, file: InputContainer, source: AudioStream, stream: AudioStream
) -> Iterator[av.Packet]:
    """Yield packets as they are.

    One that begins before the origin and ends after it is kept: players leave out what is before zero.
    """
    time_base = time_base_of(source)
    origin, end = (round(moment * plan.time_base / time_base) for moment in (plan.origin, plan.end))
    keeps_all = not plan.options.start
    _seek(file, source, origin)
    for packet in read_packets(file, source):
        if packet.pts is None or not packet.size:
            continue
        if not keeps_all and packet.pts + (packet.duration or 0) <= origin:
            continue
        if packet.pts >= end:
            break
        packet.pts -= origin
        packet.dts = packet.pts
        packet.stream = stream
        yield packet


def _add_aac_stream(source: AudioStream, target: OutputContainer) -> AudioStream:
    rate = source.codec_context.sample_rate
    stream = target.add_stream("aac", rate=rate if rate in AAC_SAMPLE_RATES else AAC_SAMPLE_RATES[0])
    channels = source.codec_context.layout.nb_channels
    stream.codec_context.layout = {1: "mono", 6: "5.1"}.get(channels, "stereo")
    stream.codec_context.bit_rate = CHANNEL_BIT_RATE * stream.codec_context.layout.nb_channels
    return stream


def _encode_packets(
    plan: VideoPlan, file: InputContainer, source: AudioStream, stream: AudioStream
) -> Iterator[av.Packet]:
    graph = _build_filters(plan, stream)
    for frame in _resample(_decode_frames(plan, file, source), stream):
        graph.push(frame)
        yield from _encode_filtered(graph, stream)
    graph.push(None)
    yield from _encode_filtered(graph, stream)
    yield from stream.encode(None)


def _decode_frames(plan: VideoPlan, file: InputContainer, source: AudioStream) -> Iterator[av.AudioFrame]:
    """Yield decoded frames; those that cannot be are left out; the filters fill the gap with silence."""
    time_base = time_base_of(source)
    _seek(file, source, round(plan.origin * plan.time_base / time_base))
    for packet in read_packets(file, source):
        if packet.pts is not None and packet.pts * time_base >= plan.end * plan.time_base:
            break
        try:
            yield from source.decode(packet)
        except FFmpegError:
            continue


def _resample(frames: Iterator[av.AudioFrame], stream: AudioStream) -> Iterator[av.AudioFrame]:
    """Yield frames of one kind: television changes between stereo and surround, which filters do not take."""
    rate, layout = stream.codec_context.sample_rate, stream.codec_context.layout.name
    for _kind, run in groupby(frames, key=lambda frame: (frame.format.name, frame.layout.name, frame.sample_rate)):
        resampler = av.AudioResampler("fltp", layout, rate)
        for given in chain(run, [None]):
            for frame in resampler.resample(given):
                if frame.pts is not None and frame.time_base is not None:
                    frame.pts = round(frame.pts * frame.time_base * rate)
                frame.time_base = Fraction(1, rate)
                yield frame


def _build_filters(plan: VideoPlan, stream: AudioStream) -> Graph:
    """Return filters that cut to the sample at the origin and the end, with silence in gaps."""
    origin, end = float(plan.origin * plan.time_base), float(plan.end * plan.time_base)
    context = stream.codec_context
    graph = Graph()
    steps = [
        graph.add_abuffer(sample_rate=context.sample_rate, format="fltp", layout=context.layout.name),
        graph.add("atrim", f"start={origin:.6f}:end={end:.6f}"),
        graph.add("asetpts", f"PTS-{origin:.6f}/TB"),
        graph.add("aresample", f"{context.sample_rate}:async=1:first_pts=0"),
        graph.add("asetnsamples", f"n={AAC_FRAME_SAMPLES}:p=0"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*steps).configure()
    return graph


def _encode_filtered(graph: Graph, stream: AudioStream) -> Iterator[av.Packet]:
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        if isinstance(frame, av.AudioFrame):
            yield from stream.encode(frame)


def _seek(file: InputContainer, source: AudioStream, time: int) -> None:
    """Go a little before `time`, as codecs need what precedes.

    Not at all at the beginning: what lies before zero would be lost.
    """
    early = time - round(Fraction(1, 2) / time_base_of(source))
    if early > (source.start_time or 0):
        file.seek(early, stream=source)
