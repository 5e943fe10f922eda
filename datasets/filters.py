"""Filters on the pixels of samples: edge smoothing for the edge-promoting loss, and sharpness."""

import cv2
import numpy as np

from datasets.squares import FACE_MARGIN, crop_square
from imaging.faces.strict_search import Square

CANNY_THRESHOLDS = (100, 200)  # gray levels: an edge goes on above the first and begins above the second
SMOOTHING_KERNEL_PX = 5  # side of the dilation and of the Gaussian
SHARPNESS_SIDE_PX = 256  # side of a sample while it is measured: the number means the same whatever its size was
# Share of a face's side that is measured: its corners already show the background, which may be sharp when it isn't.
FACE_CENTER_SHARE = 0.7


def find_edge_region(pixels: np.ndarray) -> np.ndarray:
    """Return bool [H,W]: which pixels of uint8 [H,W,3] RGB are at an edge or within two pixels of one."""
    edges = cv2.Canny(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), *CANNY_THRESHOLDS)
    return cv2.dilate(edges, np.ones((SMOOTHING_KERNEL_PX, SMOOTHING_KERNEL_PX), np.uint8)) > 0


def smooth_edges(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 [H,W,3] RGB with its edges blurred and all else unchanged, as uint8 [H,W,3].

    Chen et al., "CartoonGAN: Generative Adversarial Networks for Photo Cartoonization" (CVPR 2018), section 3.2:
    find edges (Canny), dilate them, blur within. Thresholds, the 5x5 dilation and the 5x5 Gaussian (sigma 1.1, which
    OpenCV derives from the 5) are those of `edge_smooth.py` in the published code of CartoonGAN and AnimeGAN, for
    256x256 pixels.
    """
    blurred = cv2.GaussianBlur(pixels, (SMOOTHING_KERNEL_PX, SMOOTHING_KERNEL_PX), 0)
    return np.where(find_edge_region(pixels)[..., None], blurred, pixels)


def measure_sharpness(pixels: np.ndarray, square: Square) -> float:
    """Return the sharpness of a square of uint8 [H,W,3] RGB, in gray levels squared (0 and up)."""
    return _laplacian_variance(crop_square(pixels, square, SHARPNESS_SIDE_PX))


def measure_face_sharpness(pixels: np.ndarray, face: Square) -> float:
    """Return the sharpness of the center of a face, at the scale at which its sample has SHARPNESS_SIDE_PX."""
    side = round(FACE_CENTER_SHARE * face.side)
    border = (face.side - side) // 2
    center = Square(face.x + border, face.y + border, side)
    return _laplacian_variance(crop_square(pixels, center, round(SHARPNESS_SIDE_PX / FACE_MARGIN * FACE_CENTER_SHARE)))


def _laplacian_variance(pixels: np.ndarray) -> float:
    """Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy: a comparative study" (ICPR 2000).

    It grows with contrast too: a face in the dark counts as less sharp than the same in the sun.
    """
    return float(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())
