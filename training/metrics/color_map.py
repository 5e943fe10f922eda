"""How much of a style is a color filter: what one smooth map of the photo's colors explains of it."""

import numpy as np

DEGREE = 3  # of the polynomial


def _monomials(photo: np.ndarray) -> np.ndarray:
    """Return float64 [N,20] of uint8 [H,W,3]: all products of R, G and B, 0 to 1, of degree 3 at most."""
    r, g, b = photo.reshape(-1, 3).T / 255.0
    degrees = range(DEGREE + 1)
    exponents = [(i, j, k) for i in degrees for j in degrees for k in degrees if i + j + k <= DEGREE]
    return np.stack([r**i * g**j * b**k for i, j, k in exponents], axis=1)


def color_map_share(photo: np.ndarray, result: np.ndarray) -> float:
    """Return the share of a style's change that a color map of the same photo explains, of two uint8 [H,W,3].

    The map is the polynomial of degree 3 in R, G and B, one for each channel of the result, that fits this picture best
    (least squares, not clipped). The share is 1 - Σ|result - map(photo)|² / Σ|result - photo|²: 1 for a pure filter,
    less the more a style draws. 1, too, where nothing is changed.
    """
    source, target = photo.reshape(-1, 3) / 255.0, result.reshape(-1, 3) / 255.0
    change = np.square(target - source).sum()
    if not change:
        return 1.0
    terms = _monomials(photo)
    # A photo in gray has terms that are the same: lstsq takes the shortest of many solutions.
    coefficients = np.linalg.lstsq(terms, target, rcond=None)[0]
    return float(1 - np.square(target - terms @ coefficients).sum() / change)
