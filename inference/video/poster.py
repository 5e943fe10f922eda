"""One frame of a video as a picture, to show before it plays or is finished."""

from pathlib import Path

import numpy as np
from av.error import FFmpegError

from .. import images
from ..errors import BadVideo
from ..files import whole_or_nothing
from .plan import key_before
from .probe import VideoInfo
from .read import decoder_limit, to_rgb
from .streams import open_video, picture_of, prepare_decoder

SIDE = 960
AT = 0.1  # of the video: many begin with black


def write_poster(info: VideoInfo, path: Path, *, style: str | None = None) -> int:
    """A JPEG of a frame, which says so where a style made it; its bytes. Raises BadVideo and OSError."""
    return path.write_bytes(_jpeg(_frame_at(info, AT), style))


def write_still(pixels: np.ndarray, path: Path, *, style: str) -> None:
    """A JPEG of a frame, uint8 [H,W,3], that a style made; who reads it meanwhile has the old or the new one.

    Raises OSError; then nothing has changed.
    """
    with whole_or_nothing(path) as part:
        part.write_bytes(_jpeg(pixels, style))


def _jpeg(pixels: np.ndarray, style: str | None) -> bytes:
    return images.encode(images.shrink(images.Picture(pixels), SIDE), "JPEG", style=style)


def _frame_at(info: VideoInfo, share: float) -> np.ndarray:
    """The first frame that can be decoded from the key frame before that share of the video on."""
    key = key_before(info.keys, info.times[int(share * (len(info.times) - 1))])
    with open_video(info.path, info.container) as file:
        stream = picture_of(file)
        prepare_decoder(stream, decoder_limit(info.stored_pixels))
        if key is not None:
            file.seek(key, stream=stream)
        for packet in file.demux(stream):
            try:
                frames = packet.decode()
            except FFmpegError:
                continue
            if frames:
                return to_rgb(frames[0], info)
    raise BadVideo("damaged")
