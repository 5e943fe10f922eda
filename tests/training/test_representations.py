"""Blocks of one color, against the same found region by region."""

import numpy as np
import pytest
import torch
from PIL import Image

from gallery.photos.samples import sample_file
from tests.training.samples import picture
from training.data.pairs import to_tensor
from training.losses import pyramid_loss
from training.losses.regions import merge_regions
from training.losses.representations import adaptive_colors, extract_structure, flatten_superpixels, segment_superpixels

pytestmark = pytest.mark.no_database


def _photo(seed: int = 1) -> np.ndarray:
    return np.asarray(picture(seed, (72, 56)))


@pytest.mark.parametrize("method", ["slic", "selective"])
def test_segments_are_numbered_through_and_not_more_than_asked_for(method: str) -> None:
    labels = segment_superpixels(_photo(), method, 12)
    assert labels.shape == (56, 72)
    assert set(np.unique(labels)) == set(range(labels.max() + 1))
    assert 2 <= labels.max() + 1 <= (12 if method == "selective" else 16)


def test_a_calm_block_has_its_mean_a_busy_one_its_median_and_one_between_half_of_each() -> None:
    chance = np.random.default_rng(2)
    pixels = np.zeros((30, 60, 3), np.uint8)
    for block, spread in enumerate((15, 60, 255)):
        pixels[:, 20 * block : 20 * block + 20] = spread * chance.random((30, 20, 3)) ** 3
    labels = np.repeat(np.arange(3), 20)[None].repeat(30, 0)
    deviations = [pixels[labels == block].astype(float).std() for block in range(3)]
    assert deviations[0] < 20 and deviations[2] > 40, deviations
    pixels[:, 20:40] = np.clip(pixels[:, 20:40].astype(float) * 30 / deviations[1], 0, 255)
    for block, share in enumerate((0.0, 0.5, 1.0)):
        values = pixels[labels == block].astype(float)
        expected = (1 - share) * values.mean(0) + share * np.median(values, 0)
        assert np.abs(adaptive_colors(pixels, labels)[block] - expected).max() < 1e-9


def test_of_neighbors_the_most_alike_are_merged_first() -> None:
    lab = np.zeros((8, 32, 3))
    for block, lightness in enumerate((10, 80, 82, 30)):
        lab[:, 8 * block : 8 * block + 8, 0] = lightness
    labels = np.repeat(np.arange(4), 8)[None].repeat(8, 0)
    three = merge_regions(labels, lab, 3)
    assert [int(three[0, x]) for x in (0, 8, 16, 24)] == [0, 1, 1, 2]
    assert len(np.unique(merge_regions(labels, lab, 1))) == 1
    assert np.array_equal(merge_regions(labels, lab, 9), labels)


def test_regions_that_do_not_touch_are_not_merged_before_those_that_do() -> None:
    lab = np.zeros((4, 12, 3))
    lab[:, 4:8, 0] = 90  # between two of one color
    labels = np.repeat(np.arange(3), 4)[None].repeat(4, 0)
    two = merge_regions(labels, lab, 2)
    assert two[0, 4] in (two[0, 0], two[0, 11])
    assert two[0, 0] != two[0, 11]


def test_small_regions_go_first_where_colors_are_alike() -> None:
    labels = np.concatenate([np.zeros(20), np.ones(18), np.full(2, 2)]).astype(int)[None].repeat(4, 0)
    two = merge_regions(labels, np.zeros((4, 40, 3)), 2)
    assert two[0, 38] == two[0, 20] != two[0, 0]


@pytest.mark.parametrize("method", ["slic", "selective"])
def test_the_structure_has_few_colors_is_like_the_picture_and_has_no_gradient(method: str) -> None:
    with Image.open(sample_file("astronaut")) as image:
        photo = to_tensor([np.asarray(image.convert("RGB").resize((96, 96)))])
    blocks = extract_structure(photo.requires_grad_(), method, 40)
    assert not blocks.requires_grad
    assert blocks.shape == photo.shape
    colors = np.unique(blocks[0].flatten(1).numpy(), axis=1).shape[1]
    assert 10 <= colors <= 50
    photo = photo.detach()
    assert float((blocks - photo).abs().mean()) < 0.5 * float((photo - photo.mean((2, 3), keepdim=True)).abs().mean())


def test_a_picture_of_blocks_is_its_own_structure() -> None:
    blocks = np.zeros((48, 48, 3), np.uint8)
    blocks[:, 24:] = (200, 60, 20)
    assert np.array_equal(flatten_superpixels(blocks, "selective"), blocks)
    flat = torch.from_numpy(blocks).permute(2, 0, 1)[None].float() / 127.5 - 1
    assert float(pyramid_loss(extract_structure(flat, "selective"), flat)) < 1e-6
