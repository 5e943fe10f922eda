import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from imaging.weights_files import find_digest_mismatch
from inference.checkpoints import load_network
from inference.engine import Engine, EngineSettings, run_padded
from inference.errors import BadWeights
from inference.styles import Style, read_manifest
from tests.inference.material import apart, photo, style_of, write_weights
from tests.needs import ROOT

pytestmark = pytest.mark.no_database


@torch.inference_mode()
def _by_hand(path: Path, image: np.ndarray) -> np.ndarray:
    """What the network makes of uint8 [H,W,3], sides divisible by 8."""
    x = torch.from_numpy(image / 127.5 - 1).float().permute(2, 0, 1)[None]
    result = load_network(path, "compact")(x)[0].permute(1, 2, 0).numpy()
    return np.round(np.clip((result + 1) * 127.5, 0, 255)).astype(np.uint8)


@pytest.mark.parametrize(
    "size",
    [(1, 1), (1, 500), (7, 5), (33, 31), (128, 96), (129, 127), (640, 480)],
)
def test_a_picture_of_any_size_comes_back_at_its_own(engine: Engine, ink: Style, size: tuple[int, int]) -> None:
    result = engine.stylize(photo(*size), ink)
    assert result.shape == (*size, 3)
    assert result.dtype == np.uint8


@pytest.mark.parametrize("size", [(90, 3000), (3000, 90), (2, 40_000), (40_000, 1), (1, 400_000)])
def test_a_panorama_comes_back_at_its_own_size(engine: Engine, ink: Style, size: tuple[int, int]) -> None:
    assert engine.stylize(photo(*size), ink).shape == (*size, 3)


@pytest.mark.parametrize("detail", ["bold", "balanced", "fine"])
def test_every_detail_gives_a_picture_of_its_own(in_torch: Engine, ink: Style, detail: str) -> None:
    picture = photo(200, 300)
    result = in_torch.stylize(picture, ink, detail)
    assert result.shape == picture.shape
    others = {"bold", "balanced", "fine"} - {detail}
    assert all(apart(result, in_torch.stylize(picture, ink, other)).max() > 2 for other in others)


def test_an_unknown_detail_is_a_key_error(in_torch: Engine, ink: Style) -> None:
    with pytest.raises(KeyError):
        in_torch.stylize(photo(50, 50), ink, "coarse")


def test_a_small_picture_is_exactly_what_the_network_makes_of_it(engine: Engine, ink: Style) -> None:
    picture = photo(96, 128)
    assert apart(engine.stylize(picture, ink), _by_hand(ink.path, picture)).max() <= 1


def test_borders_are_filled_up_with_the_mirrored_picture(engine: Engine, ink: Style) -> None:
    picture = photo(43, 20)
    mirrored = np.concatenate([picture, picture[:-6:-1]])
    mirrored = np.concatenate([mirrored, mirrored[:, :-13:-1]], axis=1)
    assert mirrored.shape == (48, 32, 3)
    assert apart(engine.stylize(picture, ink), _by_hand(ink.path, mirrored)[:43, :20]).max() <= 1


def test_a_large_picture_is_like_the_small_result_that_it_comes_from(in_torch: Engine, ink: Style) -> None:
    picture = photo(480, 640)
    small = picture.reshape(96, 5, 128, 5, 3).mean(axis=(1, 3)).round().astype(np.uint8)
    worked = run_padded(in_torch.load_session(ink), small, ink)
    reduced = in_torch.stylize(picture, ink).reshape(96, 5, 128, 5, 3).mean(axis=(1, 3))
    assert apart(reduced, worked).mean() < apart(small, worked).mean() / 2, "nearer to the photo than to the result"


def test_pictures_that_are_views_or_read_only_are_taken_and_left_as_they_are(in_torch: Engine, ink: Style) -> None:
    whole = photo(200, 260)
    for size in (60, 200):
        view = whole[:size:2, ::-1][:, :size]
        view.flags.writeable = False
        result = in_torch.stylize(view, ink)
        assert np.array_equal(result, in_torch.stylize(view.copy(), ink))
    assert np.array_equal(whole, photo(200, 260))


@pytest.mark.parametrize("size", [(64, 64), (200, 300)])
def test_a_network_that_learned_bgr_sees_bgr(in_torch: Engine, ink: Style, size: tuple[int, int]) -> None:
    picture, other = photo(*size), dataclasses.replace(ink, id="bgr", color_order="bgr")
    expected = in_torch.stylize(picture[..., ::-1].copy(), ink)[..., ::-1]
    assert apart(in_torch.stylize(picture, other), expected).max() <= 1
    assert apart(in_torch.stylize(picture, ink), expected).max() > 2


def test_a_style_is_loaded_once(in_torch: Engine, ink: Style) -> None:
    first = in_torch.load_session(ink)
    in_torch.stylize(photo(40, 40), ink)
    assert in_torch.load_session(dataclasses.replace(ink, working_size=64)) is first


def test_a_changed_file_is_loaded_anew(in_torch: Engine, tmp_path: Path) -> None:
    style = style_of(write_weights(tmp_path / "w.pt", seed=1))
    session, before = in_torch.load_session(style), in_torch.stylize(photo(32, 32), style)
    write_weights(style.path, seed=2)
    os.utime(style.path, (1, 1))  # a clock may be too coarse to tell the two writes apart
    assert in_torch.load_session(style) is not session
    assert apart(in_torch.stylize(photo(32, 32), style), before).max() > 2


def test_a_file_that_is_gone_is_told_by_its_name(in_torch: Engine, tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match=r"gone\.pt: no such file"):
        in_torch.stylize(photo(32, 32), style_of(tmp_path / "gone.pt"))


def test_a_damaged_file_is_told_and_a_mended_one_taken(in_torch: Engine, tmp_path: Path) -> None:
    style = style_of(tmp_path / "w.pt")
    style.path.write_bytes(b"half a file")
    with pytest.raises(BadWeights, match=r"w\.pt"):
        in_torch.stylize(photo(32, 32), style)
    write_weights(style.path)
    assert in_torch.stylize(photo(32, 32), style).shape == (32, 32, 3)


def test_the_style_that_was_used_longest_ago_makes_room(tmp_path: Path) -> None:
    one, two, three = (style_of(write_weights(tmp_path / f"{n}.pt", seed=n)) for n in range(3))
    room_for_two = round(2.5 * one.path.stat().st_size)
    engine = Engine(EngineSettings(device="cpu", backend="torch", memory_bytes=room_for_two))
    first, second = engine.load_session(one), engine.load_session(two)
    assert engine.load_session(one) is first
    third = engine.load_session(three)
    assert engine.load_session(one) is first
    assert engine.load_session(three) is third
    assert engine.load_session(two) is not second


def test_a_style_that_is_larger_than_the_room_is_kept_all_the_same(tmp_path: Path) -> None:
    style = style_of(write_weights(tmp_path / "w.pt"))
    engine = Engine(EngineSettings(device="cpu", backend="torch", memory_bytes=1))
    assert engine.load_session(style) is engine.load_session(style)


def test_the_style_that_comes_with_the_project_is_whole_and_converts(in_torch: Engine) -> None:
    style = read_manifest(ROOT / "weights" / "manifest.json")["comic"]
    assert not find_digest_mismatch(style, style.path)
    assert in_torch.stylize(photo(50, 70), style).shape == (50, 70, 3)


class Negative:
    """A session that takes pixels as they are, and turns them into their negative."""

    size_bytes, accepts_pixels = 0, True

    def run(self, batch: np.ndarray) -> np.ndarray:
        assert batch.dtype == np.uint8
        self.seen = batch[0, 0, 0].tolist()
        return 255 - batch


@pytest.mark.parametrize(("order", "seen"), [("rgb", [10, 20, 30]), ("bgr", [30, 20, 10])])
def test_a_session_that_takes_pixels_is_given_them_in_the_order_of_its_network(order: str, seen: list[int]) -> None:
    session, style = Negative(), style_of(Path("negative.pt"), color_order=order)
    image = np.full((33, 45, 3), (10, 20, 30), np.uint8)
    result = run_padded(session, image, style)
    assert session.seen == seen
    assert (result == 255 - image).all()
