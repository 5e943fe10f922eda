"""How a camera was held: the display matrix of a video."""

from dataclasses import dataclass

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame


@dataclass(frozen=True)
class Orientation:
    """A quarter turn or a reflection: rows become columns first, then left and right, top and bottom change places."""

    is_transposed: bool = False
    is_mirrored: bool = False
    is_flipped: bool = False

    def apply(self, pixels: np.ndarray) -> np.ndarray:
        """Return [H,W,3] as stored in the way it is shown, [H,W,3] or [W,H,3]."""
        if self.is_transposed:
            pixels = pixels.swapaxes(0, 1)
        if self.is_mirrored:
            pixels = pixels[:, ::-1]
        return np.ascontiguousarray(pixels[::-1] if self.is_flipped else pixels)


def orientation_of(frame: VideoFrame, default: Orientation | None = None) -> Orientation:
    """Return the orientation in a frame's display matrix (ISO/IEC 14496-12, 6.2.2): x' = a x + c y, y' = b x + d y.

    `default`: of a frame that has none; upright, where it is not given.
    """
    side = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if side is None:
        return default or Orientation()
    a, b, _u, c, d = np.frombuffer(bytes(side), np.int32)[:5].tolist()
    if abs(b) > abs(a):
        return Orientation(is_transposed=True, is_mirrored=c < 0, is_flipped=b < 0)
    return Orientation(is_mirrored=a < 0, is_flipped=d < 0)
