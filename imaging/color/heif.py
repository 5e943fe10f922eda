"""What HEIC and AVIF say about their colors (`nclx` of ISO/IEC 14496-12), and their 10 or 12 bits a channel."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pillow_heif

from imaging.color.spaces import ColorSpace, space_from_cicp

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

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


def space_from_nclx(nclx: dict[str, Any]) -> ColorSpace | None:
    """Return the space that `nclx` names; None where it is not known here."""
    return space_from_cicp(nclx["color_primaries"], nclx["transfer_characteristics"])


def space_from_bitstream(source: Path | bytes) -> ColorSpace | None:
    """Return the space that the pictures' own headers (HEVC's, AV1's) name, where the file has no `nclx`."""
    import av

    try:
        with _open_av(source) as file:
            context = _primary_stream(file).codec_context
            return space_from_cicp(context.color_primaries, context.color_trc)
    except (av.FFmpegError, ValueError, StopIteration):
        return None


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
    import av

    try:
        with _open_av(source) as file:
            stream = _primary_stream(file)
            stream.codec_context.options = {"max_pixels": str(2 * max_pixels + MIN_DECODED_PIXELS)}
            frame = next(file.decode(stream), None)
    except (av.FFmpegError, ValueError, StopIteration):
        return None
    return None if frame is None else _frame_pixels(frame)


def _open_av(source: Path | bytes) -> "InputContainer":
    import av  # 60 MB of libraries, which the site needs for few pictures

    return av.open(_open(source), "r", format="mov", options={"protocol_whitelist": "file"})


def _primary_stream(file: "InputContainer") -> "VideoStream":
    """Return the stream of the primary item; transparency is in another one. Raise StopIteration without one."""
    from av.stream import Disposition

    return next(stream for stream in file.streams.video if stream.disposition & Disposition.default)


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
