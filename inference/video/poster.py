"""One frame of a video, to show before it plays."""

from pathlib import Path

import numpy as np
from av.error import FFmpegError

from .. import images
from ..errors import BadVideo
from ..video_limits import Limits
from .plan import Options, chosen_times, key_before
from .probe import VideoInfo, probe
from .read import to_rgb
from .streams import open_video, picture_of, prepare_decoder

SIDE = 960
AT = 0.1  # of the video: many begin with black


def write_poster(info: VideoInfo, path: Path, *, style: str | None = None) -> int:
    """A JPEG of a frame, which says so where a style made it; its bytes. Raises BadVideo and OSError."""
    return _write(_decode(info, _key_of_poster(info)), path, style)


def write_frame_under_poster(source: Path, result: Path, options: Options, path: Path, limits: Limits) -> int:
    """A JPEG of the frame of `source` that the poster of `result` was made of; its bytes.

    `result` is what was converted with these options. Raises BadVideo and OSError.
    """
    made, info = probe(result, limits), probe(source, limits)
    key = _key_of_poster(made)
    number = 0 if key is None else made.times.index(key)  # frames of both are the same, one by one
    times = chosen_times(info, options)[2]
    time = times[min(number, len(times) - 1)]
    return _write(_decode(info, key_before(info.keys, time), time), path, None)


def _write(pixels: np.ndarray, path: Path, style: str | None) -> int:
    picture = images.shrink(images.Picture(pixels), SIDE)
    return path.write_bytes(images.encode(picture, "JPEG", style=style))


def _key_of_poster(info: VideoInfo) -> int | None:
    return key_before(info.keys, info.times[int(AT * (len(info.times) - 1))])


def _decode(info: VideoInfo, key: int | None, time: int | None = None) -> np.ndarray:
    """The first frame that can be decoded from a key frame on; or the first of those at `time` or later."""
    with open_video(info.path, info.container) as file:
        stream = picture_of(file)
        prepare_decoder(stream, info.stored_pixels * 2)
        if key is not None:
            file.seek(key, stream=stream)
        for packet in file.demux(stream):
            try:
                frames = packet.decode()
            except FFmpegError:
                continue
            for frame in frames:
                if time is None or (frame.pts is not None and frame.pts >= time):
                    return to_rgb(frame, info)
    raise BadVideo("damaged")
