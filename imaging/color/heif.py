"""What HEIC and AVIF say about their colors (`nclx` of ISO/IEC 14496-12), and their 10 or 12 bits a channel."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pillow_heif

from imaging.color.spaces import ColorSpace, space_from_cicp

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

BT601_MATRIX = 6  # of what does not say
MIN_DECODED_PIXELS = 2**20  # decoders count the edges around small pictures, too
SCALED_MATRICES = (1, 5, 6, 7, 9)  # that libswscale knows


def read_avif_info(source: Path | bytes) -> dict[str, Any]:
    """Return `nclx_profile` and `bit_depth` of an AVIF file, as pillow-heif has them of HEIC. No pixels are read."""
    try:
        info = pillow_heif.open_heif(_open(source)).info
    except Exception:  # libheif does not know all that other decoders read; then nothing is known of the colors
        return {}
    return {key: info[key] for key in ("nclx_profile", "bit_depth") if key in info}


def space_from_nclx(nclx: dict[str, Any] | None) -> ColorSpace | None:
    """Return the space; None for sRGB."""
    return space_from_cicp(nclx["color_primaries"], nclx["transfer_characteristics"]) if nclx else None


def read_deep_heic(source: Path | bytes) -> tuple[np.ndarray, int] | None:
    """Return (uint16 [H,W,3], the number of full light) of a HEIC with more than 8 bits a channel, else None."""
    file = pillow_heif.open_heif(_open(source), convert_hdr_to_8bit=False, hdr_to_16bit=False)
    pixels = np.asarray(file)
    if pixels.dtype != np.uint16:
        return None
    return pixels[..., :3], 2 ** file.info["bit_depth"] - 1


def read_deep_avif(source: Path | bytes, max_pixels: int) -> tuple[np.ndarray, int] | None:
    """Return (uint16 [H,W,3], the number of full light) of an AVIF with more than 8 bits a channel; else None.

    None, too, for what libavif can put together and FFmpeg cannot, such as a picture in tiles.
    """
    import av  # 60 MB of libraries, which the site needs for nothing else
    from av.stream import Disposition

    try:
        with av.open(_open(source), "r", format="mov", options={"protocol_whitelist": "file"}) as file:
            # The primary item; transparency is in another one.
            stream = next(stream for stream in file.streams.video if stream.disposition & Disposition.default)
            stream.codec_context.options = {"max_pixels": str(2 * max_pixels + MIN_DECODED_PIXELS)}
            frame = next(file.decode(stream), None)
    except (av.FFmpegError, ValueError, StopIteration):
        return None
    return None if frame is None else _frame_pixels(frame)


def _frame_pixels(frame: "VideoFrame") -> tuple[np.ndarray, int] | None:
    is_rgb = frame.format.is_rgb
    if max(component.bits for component in frame.format.components) <= 8:
        return None
    if not is_rgb and frame.colorspace not in (*SCALED_MATRICES, 2):
        return None
    matrix = frame.colorspace if frame.colorspace in SCALED_MATRICES else BT601_MATRIX
    deep = frame.reformat(format="rgb48le", src_colorspace=None if is_rgb else matrix, interpolation="BICUBIC")
    return deep.to_ndarray(), 2**16 - 1


def _open(source: Path | bytes) -> io.BytesIO | str:
    return io.BytesIO(source) if isinstance(source, bytes) else str(source)
