"""Which pictures of a folder training learns from: all that it reads, none of the system's; a bad one stops none."""

import shutil
from pathlib import Path

import pytest

from tests.inference.material import file_of, photo
from tests.needs import SHARED
from tests.training.samples import save_photo
from training.data.make_pairs import make_pairs
from training.data.pair_files import find_pairs
from training.data.photos import find_photos, split_photos
from training.data.unpaired import cache_pictures
from training.metrics.evaluation import match_by_name

pytestmark = pytest.mark.no_database


def _spoil(folder: Path, name: str = "bad.jpg") -> Path:
    path = folder / name
    path.write_bytes(file_of(photo(40, 60), "JPEG")[:400])
    return path


def test_thumbnails_and_trash_are_not_learned_from_and_all_that_is_left_out_is_told(tmp_path: Path) -> None:
    good = save_photo(tmp_path / "in" / "a.png", 1, (32, 32))
    jfif = save_photo(tmp_path / "in" / "b.jfif", 2, (32, 32), format="JPEG")
    for name in ("@eaDir/a.jpg", ".Trash-1000/files/x.jpg", "#recycle/x.jpg", ".thumbnails/1.png"):
        save_photo(tmp_path / "in" / name, 3, (32, 32))
    (tmp_path / "in" / "._a.png").write_bytes(b"\0\5\x16\7")
    (tmp_path / "in" / "notes.txt").write_text("text", "utf-8")
    said: list[str] = []
    assert list(cache_pictures(tmp_path / "in", 32, tmp_path / "cache", said.append)) == [good, jfif]
    (line,) = said
    assert line.startswith(f"{tmp_path / 'in'}: 6 left out: 5 hidden or of the system (")
    assert line.endswith("1 in another format (notes.txt)")


def test_a_bad_photo_is_named_and_held_out_of_nothing(tmp_path: Path) -> None:
    for seed in range(5):
        save_photo(tmp_path / "in" / f"{seed}.png", seed)
    bad, said = _spoil(tmp_path / "in"), list[str]()
    training, held_out = split_photos(find_photos([tmp_path / "in"]), [bad], held_out=2, report=said.append)
    assert (len(training), len(held_out)) == (3, 2)
    assert {line.split(":")[0] for line in said} == {str(bad)}


def test_a_bad_photo_that_pairs_are_to_be_unlike_of_stops_none(tmp_path: Path) -> None:
    photos = [save_photo(tmp_path / "in" / f"{seed}.png", seed) for seed in range(2)]
    (tmp_path / "other").mkdir()
    bad, said = _spoil(tmp_path / "other"), list[str]()
    count = make_pairs(
        photos, tmp_path / "out", lambda pixels: pixels, {"long_side": 64}, unlike=[bad], report=said.append
    )
    assert count == 2
    assert [line.split(":")[0] for line in said] == [str(bad)]


def test_pairs_are_of_any_format_and_none_of_the_system(tmp_path: Path) -> None:
    for name in ("1_photo.jfif", "1_anime.bmp", "._2_photo.jpg", "._2_anime.jpg"):
        save_photo(tmp_path / name, 1, format="BMP" if name.endswith("bmp") else "JPEG")
    said: list[str] = []
    assert [pair.photo.name for pair in find_pairs([tmp_path], said.append)] == ["1_photo.jfif"]
    assert said == [f"{tmp_path}: 2 left out: 2 hidden or of the system (._2_anime.jpg, ._2_photo.jpg)"]


def test_results_of_stylize_belong_to_the_photos_that_they_are_named_after(tmp_path: Path) -> None:
    for name in ("a.tif", "a.jpg", "b.tif", "c.png"):
        save_photo(tmp_path / "in" / name, 1)
    for name in ("a.tif.jpg", "a.jpg", "b.jpg", "c.jpg"):
        save_photo(tmp_path / "out" / name, 1)
    found = match_by_name(tmp_path / "in", tmp_path / "out")
    assert {photo.name: target.name for photo, target in found} == {
        "a.tif": "a.tif.jpg",
        "a.jpg": "a.jpg",
        "b.tif": "b.jpg",
        "c.png": "c.jpg",
    }
    (tmp_path / "out" / "a.tif.jpg").unlink()
    assert "a.tif" not in {photo.name for photo, _ in match_by_name(tmp_path / "in", tmp_path / "out")}


@pytest.mark.shared
def test_a_photo_with_an_odd_tag_is_learned_from_and_a_broken_one_is_named(tmp_path: Path) -> None:
    case = SHARED / "cases" / "training-one-odd-exif-stops-all" / "side.jpg"
    if not case.exists():
        pytest.skip("the reference data have no such case")
    save_photo(tmp_path / "in" / "a.png", 1, (32, 32))
    shutil.copy(case, tmp_path / "in" / "side.jpg")
    bad, said = _spoil(tmp_path / "in"), list[str]()
    found = cache_pictures(tmp_path / "in", 32, tmp_path / "cache", said.append)
    assert [path.name for path in found] == ["a.png", "side.jpg"]
    assert [line.split(":")[0] for line in said] == [str(bad)]
