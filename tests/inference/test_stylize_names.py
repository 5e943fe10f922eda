"""manage.py stylize: a result is named after its source alone, so no photo is ever taken for another one."""

from pathlib import Path

import numpy as np
import pytest

from inference import batch
from inference.batch import result_name
from tests.inference.material import file_of
from tests.inference.site import files, pixels, put, stylize

pytestmark = [pytest.mark.no_database, pytest.mark.usefixtures("weights")]

RED, BLUE = (200, 30, 30), (30, 30, 200)


def _colored(color: tuple[int, int, int]) -> np.ndarray:
    return np.full((48, 48, 3), color, np.uint8)


def _put(path: Path, color: tuple[int, int, int], file_format: str = "") -> Path:
    return put(path, _colored(color), file_format)


def _convert(*arguments: str | Path) -> str:
    """What is said at the end. Results have the color of their photo: `--landmarks` draws on it, and finds nothing."""
    answer = stylize(*arguments, "--landmarks")
    assert not answer.error, answer.err
    return answer.out.strip()


def _is_of(path: Path, color: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixels(path).mean((0, 1)) - color).max() < 12)


@pytest.mark.parametrize(
    ("first", "second"), [(".jpg", ".heic"), (".heic", ".jpg"), (".tif", ".heic"), (".png", ".bmp"), (".jpg", ".jfif")]
)
def test_a_photo_of_the_same_stem_that_is_added_later_gets_its_own_result(
    tmp_path: Path, first: str, second: str
) -> None:
    photos, out = tmp_path / "in", tmp_path / "out"
    kinds = {".jfif": "JPEG"}
    _put(photos / f"IMG_1{first}", RED, kinds.get(first, ""))
    assert _convert(photos, "-o", out) == "1 converted, 0 skipped, 0 failed"
    (red,) = files(out)
    _put(photos / f"IMG_1{second}", BLUE, kinds.get(second, ""))
    assert _convert(photos, "-o", out) == "1 converted, 1 skipped, 0 failed"
    (blue,) = set(files(out)) - {red}
    assert _is_of(out / red, RED)
    assert _is_of(out / blue, BLUE)
    assert _convert(photos, "-o", out) == "0 converted, 2 skipped, 0 failed"


def test_no_two_names_give_the_same_result() -> None:
    names = ["a.heic", "a.heic.jpg", "a.heic.jpg.jpg", "a.tif", "a", "a.jpg", "a.file", "a.file.jpg", "a.JPG"]
    names += ["a.jpeg", "a.png", "a.heic.png", "a.jpg.png", "a.jpg.png.png", "a.file.file.jpg", "12.30.2020", ".jpg"]
    for file_format in (None, "JPEG", "PNG", "WEBP"):
        results = [result_name(name, file_format) for name in names]
        assert len(set(results)) == len(names), (file_format, sorted(results))


@pytest.mark.parametrize(
    ("name", "file_format", "result"),
    [
        ("a.jpg", None, "a.jpg"),
        ("b.PNG", None, "b.PNG"),
        ("a.heic", None, "a.heic.jpg"),
        ("a.heic.jpg", None, "a.heic.jpg.jpg"),
        ("a.jpeg", "JPEG", "a.jpeg"),
        ("a.jpg", "PNG", "a.jpg.png"),
        ("photo", None, "photo.file.jpg"),
        ("a.dng", None, "a.dng.jpg"),
        ("at 12.30.15", None, "at 12.30.15.file.jpg"),
        ("at 12.30.15.jpg", None, "at 12.30.15.jpg"),
    ],
)
def test_a_result_is_called_like_its_source(name: str, file_format: str | None, result: str) -> None:
    assert result_name(name, file_format) == result


def test_folders_with_the_same_names_have_results_of_their_own_in_whatever_order(tmp_path: Path) -> None:
    first, second, out = tmp_path / "a" / "photos", tmp_path / "b" / "photos", tmp_path / "out"
    _put(first / "1.jpg", RED)
    _put(second / "1.jpg", BLUE)
    assert _convert(first, second, "-o", out) == "2 converted, 0 skipped, 0 failed"
    assert [_is_of(out / name, RED) for name in files(out)].count(True) == 1
    assert [_is_of(out / name, BLUE) for name in files(out)].count(True) == 1
    assert _convert(second, first, "-o", out) == "0 converted, 2 skipped, 0 failed"


def test_a_file_that_is_named_twice_is_converted_once(tmp_path: Path) -> None:
    photo = _put(tmp_path / "in" / "1.jpg", RED)
    assert _convert(photo, photo.parent, "-o", tmp_path / "out") == "1 converted, 0 skipped, 0 failed"


def test_names_that_differ_in_capitals_stay_as_they_are_where_both_can_be(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _put(tmp_path / "in" / "img.jpg", RED)
    assert _convert(tmp_path / "in", "-o", out).startswith("1 converted")
    _put(tmp_path / "in" / "IMG.jpg", BLUE)
    assert _convert(tmp_path / "in", "-o", out) == "1 converted, 1 skipped, 0 failed"
    assert files(out) == ["IMG.jpg", "img.jpg"]
    assert _is_of(out / "img.jpg", RED)


def test_names_that_would_be_the_same_file_where_capitals_do_not_count_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_ignores_case", lambda folder: True)  # such a disk cannot be had in every test
    for name in ("IMG.jpg", "img.jpg", "caf\u00e9.jpg", "cafe\u0301.jpg", "other.jpg"):
        _put(tmp_path / "in" / name, RED)
    assert _convert(tmp_path / "in", "-o", tmp_path / "out") == "5 converted, 0 skipped, 0 failed"
    found = files(tmp_path / "out")
    assert len({name.casefold() for name in found}) == 5
    assert "other.jpg" in found
    assert _convert(tmp_path / "in", "-o", tmp_path / "out") == "0 converted, 5 skipped, 0 failed"


def test_a_source_that_is_called_like_a_result_has_its_own(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _put(tmp_path / "in" / "a.heic", RED)
    _convert(tmp_path / "in", "-o", out)
    put(tmp_path / "in" / "a.heic.jpg", file_of(_colored(BLUE), "JPEG"))
    assert _convert(tmp_path / "in", "-o", out) == "1 converted, 1 skipped, 0 failed"
    assert _is_of(out / "a.heic.jpg", RED)
    assert _is_of(out / "a.heic.jpg.jpg", BLUE)
