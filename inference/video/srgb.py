"""Frames in sRGB: from YUV by FFmpeg's scaler; wide gamut and HDR through the tone mapping of `imaging.color`.

For these FFmpeg's scaler would build tables of its own, which takes it seconds, and anew for each frame. Here a lookup
table of red, green and blue is computed in milliseconds, once a stream.
"""

from fractions import Fraction
from functools import lru_cache
from tempfile import NamedTemporaryFile

import cv2
import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import VideoReformatter

from imaging.color.convert import build_cube
from imaging.color.hdr import DEFAULT_PEAK
from imaging.color.spaces import BT709_CURVE, BT2020, CURVES, DCI_P3, DISPLAY_P3, HLG, PQ, PRIMARIES, space_from_cicp

DEEP_FORMAT = "gbrp16le"  # the one in which FFmpeg's lookup table is fast
CUBE_SIZE = 65  # a side of the table; between its entries FFmpeg interpolates
Meaning = tuple[int, int]  # primaries and transfer curve, by their numbers in H.273


class FrameConverter:
    """Converts the frames of one stream; what takes long to make for that is made with the first one."""

    def __init__(self) -> None:
        """Make nothing yet: the first frame tells what is needed."""
        self._reformatter = VideoReformatter()
        self._graph: Graph | None = None
        self._graph_key: tuple[Meaning, int, int] | None = None

    def to_srgb(self, frame: VideoFrame, width: int, height: int, matrix: int) -> np.ndarray:
        """Return uint8 [height,width,3] of a frame as it is stored. `matrix`: as in `color.py`."""
        meaning = meaning_of(frame)
        pixel_format = "rgb24" if meaning is None else DEEP_FORMAT
        scaled = self._reformatter.reformat(
            frame, width, height, pixel_format, src_colorspace=matrix, interpolation="BICUBIC"
        )
        return scaled.to_ndarray() if meaning is None else self._look_up(scaled, meaning)

    def _look_up(self, frame: VideoFrame, meaning: Meaning) -> np.ndarray:
        key = (meaning, frame.width, frame.height)
        if self._graph is None or self._graph_key != key:
            self._graph, self._graph_key = _build_graph(*key), key
        self._graph.push(frame)
        green, blue, red = (_read_plane(plane) for plane in self._graph.vpull().planes)
        return cv2.merge([red, green, blue])


def meaning_of(frame: VideoFrame) -> Meaning | None:
    """Return what a frame's numbers mean; None for those that a screen shows as they are."""
    primaries, transfer = int(frame.color_primaries), int(frame.color_trc)
    if transfer in (PQ, HLG):
        return primaries if primaries in PRIMARIES else BT2020, transfer
    if primaries in (BT2020, DCI_P3, DISPLAY_P3):
        return primaries, transfer if transfer in CURVES else BT709_CURVE
    return None


def _read_plane(plane: VideoPlane) -> np.ndarray:
    """Return uint8 [H,W] of 16 bits a pixel: a quarter of the time that FFmpeg's scaler takes for it."""
    rows = np.frombuffer(memoryview(plane), np.uint16).reshape(plane.height, -1)
    return cv2.convertScaleAbs(rows[:, : plane.width], alpha=255 / 65535)


def _build_graph(meaning: Meaning, width: int, height: int) -> Graph:
    graph = Graph()
    with NamedTemporaryFile(suffix=".cube") as file:
        file.write(_cube_file(meaning))
        file.flush()
        steps = [
            graph.add_buffer(width=width, height=height, format=VideoFormat(DEEP_FORMAT), time_base=Fraction(1, 1000)),
            graph.add("lut3d", file=file.name, interp="tetrahedral"),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*steps).configure()
    return graph


@lru_cache(maxsize=8)
def _cube_file(meaning: Meaning) -> bytes:
    """Return a table as FFmpeg reads it (Adobe's Cube LUT specification), in which red changes fastest.

    The brightest light is the same for all streams. What some say of theirs is not in each of their parts, which would
    then look different; nor is what a frame has that of the next.
    Raise ValueError for a space that is not known, which `meaning_of` never names.
    """
    space = space_from_cicp(*meaning)
    if space is None:
        raise ValueError(f"color space {meaning}")
    colors = build_cube(space, CUBE_SIZE, DEFAULT_PEAK).transpose(2, 1, 0, 3).reshape(-1, 3)
    # By numpy, as to format numbers one by one would take most of a second.
    digits = np.round(colors * 10**5).astype(np.int32)[..., None] // 10 ** np.arange(5, -1, -1) % 10
    text = np.full((len(colors), 3, 8), ord(" "), np.uint8)  # of each number "0.12345 "
    text[..., [0, 2, 3, 4, 5, 6]] = digits + ord("0")
    text[..., 1] = ord(".")
    text[:, 2, 7] = ord("\n")
    return b"LUT_3D_SIZE %d\n" % CUBE_SIZE + text.tobytes()
