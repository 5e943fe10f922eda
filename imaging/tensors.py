"""Between pixels, uint8 0 to 255, and what networks take and give, float32 in [-1,1]; for torch: `inference.tensors`.

There is one rule of rounding for all: a level is clipped to 0 to 255, and rounded half up.
"""

import numpy as np

LEVELS_PER_UNIT = 127.5  # levels of 255 in a unit of [-1,1]


def normalize_pixels(pixels: np.ndarray) -> np.ndarray:
    """Return uint8 of any shape as float32 in [-1,1]."""
    return pixels.astype(np.float32) / np.float32(LEVELS_PER_UNIT) - np.float32(1)


def denormalize_pixels(values: np.ndarray) -> np.ndarray:
    """Return floats of any shape, about [-1,1], as uint8, clipped and rounded."""
    return np.clip((values + 1) * LEVELS_PER_UNIT + 0.5, 0, 255).astype(np.uint8)


def reorder_channels(image: np.ndarray, color_order: str) -> np.ndarray:
    """Return [H,W,3] RGB in the color order of a network, `rgb` or `bgr`; and the way back."""
    return image if color_order == "rgb" else np.ascontiguousarray(image[..., ::-1])


def image_to_batch(image: np.ndarray, color_order: str = "rgb") -> np.ndarray:
    """Return uint8 [H,W,3] RGB as float32 [1,3,H,W] in [-1,1]."""
    planes = np.ascontiguousarray(reorder_channels(image, color_order).transpose(2, 0, 1)[None])
    return normalize_pixels(planes)


def batch_to_image(batch: np.ndarray, color_order: str = "rgb") -> np.ndarray:
    """Return float32 [1,3,H,W], about [-1,1], as uint8 [H,W,3] RGB, clipped and rounded."""
    image = denormalize_pixels(batch[0].transpose(1, 2, 0))
    return np.ascontiguousarray(reorder_channels(image, color_order))
