from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.training.samples import save_photo
from training.data.pairs import Pair, crop_pairs, drop_small_pairs, load_pair, to_tensor
from training.data.photos import load_photo

pytestmark = pytest.mark.no_database


class Inverter:
    """A teacher that gives negatives and remembers the sizes it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def __call__(self, photo: np.ndarray) -> np.ndarray:
        self.asked.append(photo.shape)
        return 255 - photo


def _numbered(height: int, width: int, first: int = 0) -> Pair:
    """A photo in which red is the row, green the column and blue the pair; the target is its negative."""
    photo = np.zeros((height, width, 3), np.uint8)
    photo[..., 0], photo[..., 1], photo[..., 2] = np.arange(height)[:, None], np.arange(width), first
    return Pair(photo, 255 - photo)


def _bytes(batch: Tensor) -> np.ndarray:
    return np.round((batch.permute(0, 2, 3, 1).numpy() + 1) * 127.5).astype(np.uint8)


def test_the_teacher_is_asked_once_then_the_file_answers(tmp_path: Path) -> None:
    path, teacher = save_photo(tmp_path / "1.png", 1), Inverter()
    first = load_pair(path, 48, teacher, tmp_path / "kept")
    second = load_pair(path, 48, teacher, tmp_path / "kept")
    assert teacher.asked == [(32, 48, 3)]
    for pair in (first, second):
        assert np.array_equal(pair.photo, load_photo(path, 48))
        assert np.array_equal(pair.target, 255 - pair.photo)


def test_another_size_or_another_photo_is_asked_for_and_another_name_is_not(tmp_path: Path) -> None:
    path, teacher = save_photo(tmp_path / "1.png", 1), Inverter()
    load_pair(path, 48, teacher, tmp_path / "kept")
    load_pair(path.rename(tmp_path / "renamed.png"), 48, teacher, tmp_path / "kept")
    assert len(teacher.asked) == 1
    load_pair(tmp_path / "renamed.png", 64, teacher, tmp_path / "kept")
    load_pair(save_photo(tmp_path / "renamed.png", 2), 48, teacher, tmp_path / "kept")
    assert len(teacher.asked) == 3


def test_an_answer_that_was_cut_short_is_asked_for_again(tmp_path: Path) -> None:
    path, kept = save_photo(tmp_path / "1.png", 1), tmp_path / "kept"
    load_pair(path, 48, Inverter(), kept)
    (answer,) = kept.iterdir()
    answer.with_suffix(".part").write_bytes(answer.read_bytes()[:99])
    answer.unlink()
    pair = load_pair(path, 48, Inverter(), kept)
    assert np.array_equal(pair.target, 255 - pair.photo)
    with Image.open(answer) as image:
        assert np.array_equal(np.asarray(image), pair.target)


def test_bytes_become_numbers_from_minus_one_to_one_in_the_same_order() -> None:
    tensor = to_tensor([_numbered(8, 16).photo, _numbered(8, 16, 255).photo])
    assert (tensor.shape, tensor.dtype) == ((2, 3, 8, 16), torch.float32)
    assert tensor.is_contiguous(memory_format=torch.channels_last)
    assert (float(tensor.min()), float(tensor.max())) == (-1, 1)
    assert np.array_equal(_bytes(tensor)[1], _numbered(8, 16, 255).photo)


def test_photo_and_target_are_cropped_and_mirrored_alike() -> None:
    pairs = [_numbered(40, 56, 1), _numbered(48, 40, 2)]
    photos, targets = crop_pairs(pairs, crop=24, batch_size=64, rng=np.random.default_rng(1))
    assert photos.shape == targets.shape == (64, 3, 24, 24)
    assert np.array_equal(_bytes(photos), 255 - _bytes(targets))


def test_every_crop_is_a_window_of_a_photo_mirrored_or_not() -> None:
    pairs = [_numbered(40, 56, 1), _numbered(48, 40, 2)]
    photos, _ = crop_pairs(pairs, crop=24, batch_size=400, rng=np.random.default_rng(2))
    seen = set()
    for crop in _bytes(photos):
        which, top, left, right = crop[0, 0, 2], crop[0, 0, 0], crop[0, 0, 1], crop[0, -1, 1]
        is_mirrored = left > right
        window = pairs[which - 1].photo[top : top + 24, min(left, right) : min(left, right) + 24]
        assert np.array_equal(crop, window[:, ::-1] if is_mirrored else window)
        seen.add((int(which), bool(is_mirrored)))
    assert seen == {(1, False), (1, True), (2, False), (2, True)}


def test_crops_reach_every_edge_of_a_photo() -> None:
    photos, _ = crop_pairs([_numbered(26, 27)], crop=24, batch_size=100, rng=np.random.default_rng(3))
    crops = _bytes(photos)
    assert set(crops[:, 0, 0, 0]) == {0, 1, 2}
    assert set(crops[..., 1].min(axis=(1, 2))) == {0, 1, 2, 3}


def test_a_photo_of_exactly_the_crops_size_is_taken_whole() -> None:
    photos, _ = crop_pairs([_numbered(24, 24)], crop=24, batch_size=4, rng=np.random.default_rng(4))
    assert np.array_equal(np.sort(_bytes(photos)[0], axis=1), _numbered(24, 24).photo)


def test_the_seed_alone_chooses_the_crops() -> None:
    pairs = [_numbered(60, 60, 1), _numbered(70, 70, 2)]

    def crops(seed: list[int]) -> Tensor:
        return crop_pairs(pairs, crop=24, batch_size=8, rng=np.random.default_rng(seed))[0]

    torch.manual_seed(1)
    first = crops([1, 7])
    torch.manual_seed(2)
    assert torch.equal(crops([1, 7]), first)
    assert not torch.equal(crops([1, 8]), first)
    assert not torch.equal(crops([2, 7]), first)


def test_pairs_too_small_for_a_crop_are_left_out() -> None:
    pairs = [_numbered(24, 24), _numbered(16, 80), _numbered(80, 16), _numbered(32, 40)]
    assert [pair.photo.shape[:2] for pair in drop_small_pairs(iter(pairs), 24)] == [(24, 24), (32, 40)]
