"""Pixels to what networks take and back: arrays and tensors by one rule."""

import numpy as np
import pytest
import torch

from imaging.tensors import batch_to_image, denormalize_pixels, image_to_batch, normalize_pixels
from inference import tensors

pytestmark = pytest.mark.no_database

LEVELS = np.arange(256, dtype=np.uint8)


def test_every_level_comes_back() -> None:
    values = normalize_pixels(LEVELS)
    assert (values.dtype, values[0], values[-1]) == (np.float32, -1, 1)
    assert np.array_equal(denormalize_pixels(values), LEVELS)


def test_halves_are_rounded_up_and_what_is_beyond_is_clipped() -> None:
    values = np.array([-2, -1, 0, 0.5 / 127.5, 1, 2, -0.5 / 127.5], np.float32)
    assert denormalize_pixels(values).tolist() == [0, 0, 128, 128, 255, 255, 127]


def test_tensors_are_converted_as_arrays_are() -> None:
    values = np.random.default_rng(0).normal(0, 0.7, (2, 3, 5, 4)).astype(np.float32)
    expected = denormalize_pixels(values)
    assert np.array_equal(tensors.denormalize_pixels(torch.from_numpy(values)).numpy(), expected)
    assert np.array_equal(tensors.batch_to_images(torch.from_numpy(values))[0].numpy(), batch_to_image(values[:1]))
    assert torch.equal(tensors.normalize_pixels(torch.from_numpy(LEVELS)), torch.from_numpy(normalize_pixels(LEVELS)))


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_a_picture_comes_back_in_its_own_color_order(order: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    batch = image_to_batch(image, order)
    assert (batch.shape, batch.dtype, batch.flags.c_contiguous) == ((1, 3, 5, 4), np.float32, True)
    assert np.array_equal(batch[0, 0], normalize_pixels(image[..., 0 if order == "rgb" else 2]))
    assert np.array_equal(batch_to_image(batch, order), image)
    assert torch.equal(
        tensors.images_to_batch(torch.from_numpy(image)[None])[0, 0], torch.from_numpy(normalize_pixels(image[..., 0]))
    )
