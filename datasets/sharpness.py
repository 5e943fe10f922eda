"""How sharp a part of a picture is, at a fixed scale: the same number means the same whatever sizes there are."""

import cv2
import numpy as np

from datasets.squares import MARGIN, Square, cut

SCALE = 256  # pixels of a sample's side while it is measured
MIDDLE = 0.7  # of a face's side: its corners already show what is behind it, which may be sharp while the face isn't


def of_sample(pixels: np.ndarray, sample: Square) -> float:
    """The sharpness of a square of uint8 [H,W,3] (RGB), in grey levels squared."""
    return _laplacian_variance(cut(pixels, sample, SCALE))


def of_face(pixels: np.ndarray, face: Square) -> float:
    """The sharpness of the middle of a face, at the scale at which its sample has SCALE pixels."""
    side = round(MIDDLE * face.side)
    edge = (face.side - side) // 2
    middle = Square(face.x + edge, face.y + edge, side)
    return _laplacian_variance(cut(pixels, middle, round(SCALE / MARGIN * MIDDLE)))


def _laplacian_variance(pixels: np.ndarray) -> float:
    """Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", 2000.

    It grows with contrast too: a face in the dark counts as less sharp than the same in the sun.
    """
    return float(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())
