"""Pairs made with styles that are there, by the real engine and the style that the project ships."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from inference.engine import run_padded
from inference.runtime import get_engine, get_style_registry
from tests.inference.graphs import write_negative
from tests.training.samples import save_photo, save_teacher
from training.data.pair_files import find_pairs
from training.data.photos import load_photo
from training.data.teachers import load_whitebox_teacher

pytestmark = pytest.mark.no_database


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for seed in range(3):
        save_photo(tmp_path / "photos" / f"{seed}.png", seed)
    return tmp_path / "photos"


def make(photos: Path, *options: Any) -> str:
    output = StringIO()
    command = ["make_pairs", "--photos", photos, "--style", "comic", "--out", photos.parent / "pairs", *options]
    call_command(*map(str, command), stdout=output, stderr=output)
    return output.getvalue()


def pictures(folder: Path, kind: str, suffix: str = "jpg") -> dict[str, np.ndarray]:
    return {path.stem.split("_")[0]: np.asarray(Image.open(path)) for path in folder.glob(f"*_{kind}.{suffix}")}


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(int) - other).mean())


def test_every_photo_becomes_a_pair_with_what_the_style_makes_of_it(photos: Path) -> None:
    assert "3 pairs" in make(photos, "--long-side", 64)
    folder = photos.parent / "pairs"
    assert len(find_pairs([folder], pytest.fail)) == 3
    results, style = pictures(folder, "anime"), get_style_registry().get("comic")
    for name, photo in pictures(folder, "photo").items():
        assert max(photo.shape) == 64
        expected = run_padded(get_engine().load_session(style), photo, style)
        assert difference(results[name], expected) < 4  # the photo went through JPEG before, and the result too


@pytest.mark.slow
def test_a_style_after_another_sees_a_mix_of_the_photo_and_what_that_made(photos: Path) -> None:
    make(photos, "--after", "comic", "--share", 0.7, "--long-side", 64)
    results, style = pictures(photos.parent / "pairs", "anime"), get_style_registry().get("comic")
    session = get_engine().load_session(style)
    for name, photo in pictures(photos.parent / "pairs", "photo").items():
        once = run_padded(session, photo, style)
        mixed = np.rint(0.3 * photo + 0.7 * once).astype(np.uint8)
        twice = run_padded(session, mixed, style)
        assert difference(results[name], twice) < 4
        assert difference(results[name], once) > difference(results[name], twice)


def test_pairs_of_several_sizes_without_loss_are_exactly_what_the_style_makes(photos: Path) -> None:
    """A photo that is no larger than the smaller size has one pair."""
    save_photo(photos / "small.png", 7, (60, 48))
    assert "7 pairs" in make(photos, "--long-side", 64, 88, "--lossless")
    session = get_engine().load_session(get_style_registry().get("comic"))
    found = sorted((photos.parent / "pairs").glob("*_photo.png"))
    sizes = [max(Image.open(path).size) for path in found]
    assert sorted(sizes) == [56, 64, 64, 64, 88, 88, 88]
    for path in found:
        result = np.asarray(Image.open(path.with_name(path.name.replace("_photo", "_anime"))))
        photo = np.asarray(Image.open(path))
        assert np.array_equal(result, run_padded(session, photo, get_style_registry().get("comic")))


def test_a_published_white_box_file_makes_pairs_as_it_is(photos: Path) -> None:
    weights = save_teacher(photos.parent / "teacher.safetensors")
    make(photos, "--style", weights, "--long-side", 64, "--lossless")
    teacher = load_whitebox_teacher(weights, exact=True)
    for path in (photos.parent / "pairs").glob("*_photo.png"):
        result = np.asarray(Image.open(path.with_name(path.name.replace("_photo", "_anime"))))
        assert difference(result, teacher(np.asarray(Image.open(path)))) < 1


def test_a_published_graph_makes_pairs_as_it_is(photos: Path) -> None:
    graph = write_negative(photos.parent / "negative.onnx")
    make(photos, "--style", graph, "--long-side", 64, "--lossless")
    for name, photo in pictures(photos.parent / "pairs", "photo", "png").items():
        assert np.abs(pictures(photos.parent / "pairs", "anime", "png")[name] - (255.0 - photo)).max() <= 1
    (photos.parent / "broken.onnx").write_bytes(b"no graph")
    with pytest.raises(CommandError, match=r"broken\.onnx"):
        make(photos, "--style", photos.parent / "broken.onnx", "--out", photos.parent / "others")
    assert not (photos.parent / "others").exists()


def test_a_style_that_converts_faces_first_is_part_of_the_recipe_and_leaves_other_photos_alone(photos: Path) -> None:
    make(photos, "--long-side", 64, "--under", "compact_face_paint")
    results, style = pictures(photos.parent / "pairs", "anime"), get_style_registry().get("comic")
    for name, photo in pictures(photos.parent / "pairs", "photo").items():
        assert difference(results[name], run_padded(get_engine().load_session(style), photo, style)) < 4
    note = json.loads((photos.parent / "pairs" / "made_with.json").read_text("utf-8"))
    assert note["face_styles"][0][0] == "compact_face_paint"
    assert note["face_detector"] == "cascades"
    with pytest.raises(CommandError, match="holds pairs that were made otherwise"):
        make(photos, "--long-side", 64)


def test_a_style_that_is_stacked_already_comes_after_no_other(photos: Path) -> None:
    with pytest.raises(CommandError, match="compact_paprika is stacked on comic already"):
        make(photos, "--style", "compact_paprika", "--after", "comic")
    assert not (photos.parent / "pairs").exists()


def test_what_is_there_is_not_made_again(photos: Path) -> None:
    make(photos, "--long-side", 64)
    first = sorted((photos.parent / "pairs").glob("*_anime.jpg"))[0]
    first.write_bytes(b"kept")
    (photos.parent / "pairs" / f"{sorted((photos.parent / 'pairs').glob('*_photo.jpg'))[1].name}").unlink()
    assert "3 pairs" in make(photos, "--long-side", 64)
    assert first.read_bytes() == b"kept"
    assert len(list((photos.parent / "pairs").glob("*_photo.jpg"))) == 3


@pytest.mark.parametrize("other", [("--long-side", 96), ("--after", "comic"), ("--style", "compact_hayao")])
def test_pairs_of_two_recipes_do_not_come_into_one_folder(photos: Path, other: tuple[Any, ...]) -> None:
    make(photos, "--long-side", 64)
    files = {path: path.read_bytes() for path in (photos.parent / "pairs").iterdir()}
    with pytest.raises(CommandError, match="holds pairs that were made otherwise"):
        make(photos, "--long-side", 64, *other)
    assert {path: path.read_bytes() for path in (photos.parent / "pairs").iterdir()} == files


def test_pairs_do_not_come_among_other_pictures(photos: Path) -> None:
    save_photo(photos.parent / "pairs" / "mine_photo.png", 9)
    with pytest.raises(CommandError, match="holds other pictures"):
        make(photos)


def test_doubles_and_photos_like_those_to_be_kept_apart_are_passed_over(photos: Path, tmp_path: Path) -> None:
    with Image.open(photos / "0.png") as photo:
        photo.resize((80, 60)).save(photos / "double.png")
    (tmp_path / "apart").mkdir()
    with Image.open(photos / "1.png") as photo:
        photo.resize((80, 60)).save(tmp_path / "apart" / "other.png")
    assert "2 pairs" in make(photos, "--long-side", 64, "--unlike", tmp_path / "apart")


def test_a_damaged_photo_is_named_and_the_others_are_converted(photos: Path) -> None:
    (photos / "a.jpg").write_bytes(b"\xff\xd8 no more")
    output = make(photos, "--long-side", 64)
    assert f"{photos / 'a.jpg'}: not a whole picture" in output
    assert "3 pairs" in output


def test_a_photo_is_learned_from_as_its_camera_was_held(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.new("RGB", (80, 48), "red").save(tmp_path / "photo.jpg", exif=exif)
    assert load_photo(tmp_path / "photo.jpg", 80).shape == (80, 48, 3)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--share", "0"], "--share must be above 0"),
        (["--long-side", "8"], "--long-side must be 64 or more"),
        (["--after", "nobody"], "nobody"),
        (["--unlike", "/nowhere"], "no photos below /nowhere"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(photos: Path, options: list[str], text: str) -> None:
    with pytest.raises(CommandError, match=text):
        make(photos, *options)
    assert not (photos.parent / "pairs").exists()
