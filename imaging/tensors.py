"""Between pictures, uint8 [H,W,3] RGB, and what networks take, float32 [N,3,H,W] in [-1,1]."""

import numpy as np


def reorder_channels(image: np.ndarray, color_order: str) -> np.ndarray:
    """[H,W,3] RGB in the colour order of a network, and the way back."""
    return image if color_order == "rgb" else np.ascontiguousarray(image[..., ::-1])


def image_to_batch(image: np.ndarray, color_order: str = "rgb") -> np.ndarray:
    """uint8 [H,W,3] RGB to float32 [1,3,H,W] in [-1,1]."""
    ordered = reorder_channels(image, color_order)
    return np.ascontiguousarray(ordered.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(127.5) - np.float32(1)


def batch_to_image(batch: np.ndarray, color_order: str = "rgb") -> np.ndarray:
    """float32 [1,3,H,W], about [-1,1], to uint8 [H,W,3] RGB, clipped and rounded."""
    image = np.clip((batch[0].transpose(1, 2, 0) + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)
    return np.ascontiguousarray(reorder_channels(image, color_order))
