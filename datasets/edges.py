"""Anime pictures without their clear edges, which the edge-promoting loss shows the discriminator as fakes."""

import cv2
import numpy as np

CANNY = (100, 200)  # grey levels: an edge goes on above the first and begins above the second
WIDTH = 5  # pixels, of the dilation and of the Gaussian


def edge_region(pixels: np.ndarray) -> np.ndarray:
    """bool [H,W]: what is at an edge of uint8 [H,W,3] (RGB), two pixels to either side of it."""
    edges = cv2.Canny(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), *CANNY)
    return cv2.dilate(edges, np.ones((WIDTH, WIDTH), np.uint8)) > 0


def smooth_edges(pixels: np.ndarray) -> np.ndarray:
    """uint8 [H,W,3] (RGB) with its edges blurred, and the rest as it was, as uint8 [H,W,3].

    Chen et al., "CartoonGAN: Generative Adversarial Networks for Photo Cartoonization" (CVPR 2018), section 3.2:
    find edges (Canny), widen them, blur within. Thresholds, the 5x5 dilation and the 5x5 Gaussian (sigma 1.1, which
    OpenCV derives from the 5) are those of `edge_smooth.py` in the published code of CartoonGAN and AnimeGAN, for
    256x256 pixels.
    """
    blurred = cv2.GaussianBlur(pixels, (WIDTH, WIDTH), 0)
    return np.where(edge_region(pixels)[..., None], blurred, pixels)
