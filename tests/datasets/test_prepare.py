"""manage.py prepare_dataset: which samples there are, and what is written about them."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets.contact_sheet import CELL_PX, COLUMNS
from datasets.filters import smooth_edges
from datasets.samples import is_validation_picture
from datasets.sources import SourcePicture
from datasets.squares import crop_square
from imaging.faces.strict_search import Square
from tests.datasets.helpers import (
    PHOTOS,
    blur,
    draw_patchwork,
    encode_jpeg,
    load_portrait,
    make_crawled_folder,
    read_counts,
    read_files,
    read_index,
    read_pixels,
    run_prepare_dataset,
    write_picture,
)

pytestmark = pytest.mark.no_database
FOLDERS = ("photo/train", "photo/val", "anime/train", "anime/val", "anime_smooth/train")


def list_names(output: Path, folder: str) -> set[str]:
    return {path.name for path in (output / folder).iterdir()}


def test_crawled_folders_become_the_folders_that_training_reads(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in", photos=12, anime=9), tmp_path / "out"
    answer = run_prepare_dataset(root, output, "--val", 0.3, "--size", 128)
    assert (answer.error, answer.err) == ("", "")
    found = {folder: list_names(output, folder) for folder in FOLDERS}
    assert all(found.values())
    assert (len(found["photo/train"] | found["photo/val"]), len(found["anime/train"] | found["anime/val"])) == (12, 9)
    assert found["anime_smooth/train"] == found["anime/train"]
    assert {read_pixels(output / line["file"]).shape for line in read_index(output)} == {(128, 128, 3)}
    train, val = len(found["photo/train"]), len(found["photo/val"])
    assert answer.out.splitlines()[0] == f"photo: 12 pictures, {train} train, {val} val"
    assert read_counts(output) == {"pictures": 12, "train": train, "val": val}
    rest = {name for name in read_files(output) if "/" not in name}
    assert rest == {"index.jsonl", "report.json", "sheet_photo.jpg", "sheet_anime.jpg"}


def test_the_index_says_of_each_sample_where_it_is_from(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    assert not run_prepare_dataset(root, output).error
    lines = read_index(output)
    assert {line["file"] for line in lines} == {f for f in read_files(output) if "/" in f and "smooth" not in f}
    for line in lines:
        source = root / line["source"]
        assert line["sha256"] == sha256(source.read_bytes()).hexdigest()
        assert line["split"] == line["file"].split("/")[1]
        assert line["class"] == line["source"].split("/")[0]
        expected = crop_square(read_pixels(source), Square(*line["box"]), 256)
        assert np.abs(read_pixels(output / line["file"]) - expected.astype(float)).mean() < 3
        assert line["sharpness"] >= 50
    known = {line["source"]: (line["licence"], line["address"]) for line in lines}
    assert known["super_star/female/super_star_female_vcg_raw_page1_3.jpg"] == ("RF", "https://example.org/3.jpg")
    assert known["cartoon/male/cartoon_male_vcg_raw_page1_1.jpg"] == (None, None)


def test_the_smooth_copies_are_those_of_the_samples(tmp_path: Path) -> None:
    output = tmp_path / "out"
    run_prepare_dataset(make_crawled_folder(tmp_path / "in", photos=0), output, "--val", 0)
    assert len(list_names(output, "anime/train")) == 4
    for name in list_names(output, "anime/train"):
        sample, smooth = (read_pixels(output / kind / "train" / name) for kind in ("anime", "anime_smooth"))
        to_expected = np.abs(smooth - smooth_edges(sample).astype(float)).mean()  # not 0: both are JPEG
        assert to_expected < 1 < 2 < np.abs(smooth - sample.astype(float)).mean()


def test_each_face_becomes_a_sample_and_drawings_give_their_top(tmp_path: Path) -> None:
    root, output = tmp_path / "in", tmp_path / "out"
    write_picture(root / "super_star" / "two.jpg", np.hstack([load_portrait(), load_portrait()[:, ::-1]]))
    write_picture(root / "super_star" / "none.jpg", draw_patchwork(1))
    write_picture(root / "super_star" / "tiny.jpg", load_portrait()[::2, ::2])
    write_picture(root / "cartoon" / "tall.jpg", draw_patchwork(2, 500, 300))
    assert not run_prepare_dataset(root, output, "--faces").error
    photos = [line for line in read_index(output) if line["class"] == "super_star"]
    assert [line["source"] for line in photos] == ["super_star/two.jpg"] * 2
    for line in photos:
        (x, y, side), (face_x, face_y, face_side) = line["box"], line["face"]
        assert 0 <= x <= face_x and 0 <= y <= face_y and x + side <= 1024 and y + side <= 512
        assert side == round(1.5 * face_side)
    assert {key: n for key, n in read_counts(output).items() if key not in ("train", "val")} == {
        "pictures": 3,
        "no_face": 1,
        "tiny_face": 1,
    }
    (anime,) = (line for line in read_index(output) if line["class"] == "cartoon")
    assert (anime["box"], anime["face"]) == ([0, 0, 300], None)


def test_a_smaller_least_face_lets_small_faces_in(tmp_path: Path) -> None:
    write_picture(tmp_path / "in" / "a.jpg", load_portrait())
    run_prepare_dataset(tmp_path / "in", tmp_path / "out", "--faces", "--min-face", 150)
    run_prepare_dataset(tmp_path / "in", tmp_path / "out2", "--faces", "--min-face", 80)
    assert read_counts(tmp_path / "out") == {"pictures": 1, "tiny_face": 1}
    assert len(read_index(tmp_path / "out2")) == 1


def test_blurred_copies_and_small_pictures_are_dropped(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for seed in range(3):
        write_picture(root / f"sharp{seed}.jpg", draw_patchwork(seed))
        write_picture(root / f"blurred{seed}.jpg", blur(draw_patchwork(seed), 5))
        write_picture(root / f"small{seed}.jpg", draw_patchwork(10 + seed, 255, 400))
    answer = run_prepare_dataset(root, tmp_path / "out")
    assert {line["source"] for line in read_index(tmp_path / "out")} == {f"sharp{seed}.jpg" for seed in range(3)}
    assert "dropped: 3 too small, 3 blurred" in answer.out
    run_prepare_dataset(root, tmp_path / "all", "--blur", 0, "--min-side", 200)
    assert len(read_index(tmp_path / "all")) == 6, "a blurred copy is a double of the sharp picture"


@pytest.mark.shared
def test_a_blurred_copy_of_a_real_photo_is_dropped_and_the_photo_is_not(tmp_path: Path) -> None:
    photos = sorted((PHOTOS / "portrait").glob("*.jpg"))[60:100:5]
    for path in photos:
        write_picture(tmp_path / "in" / "sharp" / path.name, path.read_bytes())
        pixels = read_pixels(path)
        write_picture(
            tmp_path / "in" / "blurred" / path.name, encode_jpeg(blur(pixels, min(pixels.shape[:2]) / 256 * 2))
        )
    run_prepare_dataset(tmp_path / "in", tmp_path / "out")
    assert [line["class"] for line in read_index(tmp_path / "out")] == ["sharp"] * len(photos)
    assert read_counts(tmp_path / "out")["blurred"] == len(photos)


def test_of_doubles_the_first_is_kept_and_photos_are_no_doubles_of_drawings(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_picture(root / "super_star" / "a.jpg", draw_patchwork(1))
    write_picture(root / "super_star" / "b.jpg", draw_patchwork(1))
    write_picture(root / "super_star" / "c.jpg", encode_jpeg(draw_patchwork(1, 600, 800), quality=50))
    write_picture(root / "super_star" / "d.jpg", draw_patchwork(2))
    write_picture(root / "cartoon" / "a.jpg", draw_patchwork(1))
    answer = run_prepare_dataset(root, tmp_path / "out")
    assert [line["source"] for line in read_index(tmp_path / "out")] == [
        "super_star/a.jpg",
        "super_star/d.jpg",
        "cartoon/a.jpg",
    ]
    assert "2 similar" in answer.out.splitlines()[0]
    assert "similar" not in answer.out.splitlines()[1]


def test_bad_pictures_are_named_and_stop_nothing(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_picture(root / "cut.jpg", encode_jpeg(draw_patchwork(1))[:3000])
    write_picture(root / "empty.jpg", b"")
    write_picture(root / "good.jpg", draw_patchwork(2))
    write_picture(root / "page.jpg", b"<html>not here</html>")
    write_picture(root / "half.jpg.part", encode_jpeg(draw_patchwork(3)))
    answer = run_prepare_dataset(root, tmp_path / "out")
    assert answer.error == ""
    bad = {"cut.jpg": "damaged", "empty.jpg": "empty", "page.jpg": "not_a_picture"}
    assert json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))["bad"] == bad
    assert answer.err.splitlines() == [f"{name}: {why}" for name, why in bad.items()]
    assert [line["source"] for line in read_index(tmp_path / "out")] == ["good.jpg"]


def test_a_file_that_may_not_be_read_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_picture(tmp_path / "in" / "a.jpg", draw_patchwork(1))

    def refused(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(SourcePicture, "read", refused)
        assert (
            run_prepare_dataset(tmp_path / "in", tmp_path / "out").err.strip() == "a.jpg: unreadable: Permission denied"
        )
    assert read_counts(tmp_path / "out") == {"pictures": 1, "bad": 1}
    run_prepare_dataset(tmp_path / "in", tmp_path / "out")
    assert [line["source"] for line in read_index(tmp_path / "out")] == ["a.jpg"]


def test_what_is_transparent_becomes_white(tmp_path: Path) -> None:
    alpha = np.zeros((300, 300), np.uint8)
    alpha[:, :150] = 255
    (tmp_path / "in").mkdir()
    Image.fromarray(np.dstack([draw_patchwork(1, 300, 300), alpha])).save(tmp_path / "in" / "a.png")
    run_prepare_dataset(tmp_path / "in", tmp_path / "out")
    (line,) = read_index(tmp_path / "out")
    sample = read_pixels(tmp_path / "out" / line["file"])
    assert sample[:, 140:].min() > 245
    assert sample[:, :100].min() < 100


def test_random_crops_are_as_many_as_asked_for(tmp_path: Path) -> None:
    write_picture(tmp_path / "in" / "a.jpg", draw_patchwork(1, 600, 800))
    run_prepare_dataset(tmp_path / "in", tmp_path / "out", "--random-crops", 5, "--blur", 0)
    boxes = [line["box"] for line in read_index(tmp_path / "out")]
    assert (len(boxes), len({tuple(box) for box in boxes})) == (5, 5)


def test_the_share_held_out_is_what_was_asked_for() -> None:
    digests = [sha256(str(n).encode()).hexdigest() for n in range(4000)]
    assert sum(is_validation_picture(digest, 0.05) for digest in digests) / 4000 == pytest.approx(0.05, abs=0.015)
    assert not any(is_validation_picture(digest, 0) for digest in digests)
    assert all(is_validation_picture(digest, 0.4) for digest in digests if is_validation_picture(digest, 0.1))


def test_a_limit_is_of_each_kind_and_can_be_raised_later(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    assert "photo: 2 pictures" in run_prepare_dataset(root, output, "--limit", 2).out
    assert read_counts(output, "anime")["pictures"] == 2
    run_prepare_dataset(root, output)
    run_prepare_dataset(root, tmp_path / "once")
    assert read_files(output).keys() == read_files(tmp_path / "once").keys()
    run_prepare_dataset(root, output, "--limit", 1)
    assert read_counts(output)["pictures"] == 6


def test_two_workers_write_what_one_does(tmp_path: Path) -> None:
    root = make_crawled_folder(tmp_path / "in")
    write_picture(root / "super_star" / "woman.jpg", np.hstack([load_portrait(), load_portrait()[:, ::-1]]))
    run_prepare_dataset(root, tmp_path / "one", "--faces", "--blur", 0, workers=1)
    run_prepare_dataset(root, tmp_path / "two", "--faces", "--blur", 0, workers=2)
    assert read_files(tmp_path / "one") == read_files(tmp_path / "two")
    assert len(read_index(tmp_path / "one")) == 6


def make_gray(pixels: np.ndarray) -> np.ndarray:
    return np.repeat(pixels[..., 1:2], 3, axis=2)


def count_colored_pixels(pixels: np.ndarray, channel: int) -> int:
    """How many pixels of uint8 [H,W,3] have clearly more of one color than of the others."""
    others = np.delete(pixels, channel, axis=2).max(axis=2)
    return int((pixels[..., channel] > 100 + others.astype(int)).sum())


@pytest.mark.parametrize(("photos", "rows"), [(1, 1), (5, 1), (7, 2)])
def test_the_sheet_shows_pictures_with_their_samples(tmp_path: Path, photos: int, rows: int) -> None:
    for seed in range(photos):
        write_picture(tmp_path / "in" / f"{seed}.jpg", make_gray(draw_patchwork(seed)))
    run_prepare_dataset(tmp_path / "in", tmp_path / "out")
    sheet = read_pixels(tmp_path / "out" / "sheet_photo.jpg")
    assert sheet.shape == (rows * CELL_PX, COLUMNS * CELL_PX, 3)
    empty = (6 * rows - photos) * 2 * CELL_PX
    white = (sheet[(rows - 1) * CELL_PX :].min(axis=(0, 2)) > 250).sum()
    assert empty - 20 <= white <= empty + 40
    assert count_colored_pixels(sheet[:CELL_PX, :CELL_PX], 1) > 100, "the sample's border"
    assert count_colored_pixels(sheet[:CELL_PX, CELL_PX : 2 * CELL_PX], 1) == count_colored_pixels(sheet, 0) == 0
    assert not (tmp_path / "out" / "sheet_anime.jpg").exists()


def test_the_sheet_shows_faces_in_red(tmp_path: Path) -> None:
    write_picture(tmp_path / "in" / "a.jpg", make_gray(load_portrait()))
    run_prepare_dataset(tmp_path / "in", tmp_path / "out", "--faces")
    picture = read_pixels(tmp_path / "out" / "sheet_photo.jpg")[:CELL_PX, :CELL_PX]
    assert count_colored_pixels(picture, 0) > 50 < count_colored_pixels(picture, 1)


def test_a_sheet_goes_with_the_last_of_its_samples(tmp_path: Path) -> None:
    root, output = make_crawled_folder(tmp_path / "in"), tmp_path / "out"
    run_prepare_dataset(root, output)
    for path in output.glob("anime/*/*.jpg"):
        path.unlink()
    run_prepare_dataset(root, output)
    assert (output / "sheet_photo.jpg").exists()
    assert not (output / "sheet_anime.jpg").exists()


def test_what_systems_leave_among_pictures_is_not_in_the_set_and_other_formats_are_named(tmp_path: Path) -> None:
    root = make_crawled_folder(tmp_path / "in", photos=2, anime=1)
    jpeg = encode_jpeg(draw_patchwork(7))
    for name in ("super_star/@eaDir/x.jpg", ".Trash-1000/files/y.jpg", "#recycle/z.jpg", "super_star/._1.jpg"):
        write_picture(root / name, encode_jpeg(draw_patchwork(len(name))))
    write_picture(root / "super_star" / "saved.jfif", jpeg)
    write_picture(root / "super_star" / "unfinished.jpg.part", jpeg[:200])
    write_picture(root / "super_star" / "clip.mp4", b"\0\0\0\x18ftypmp42")
    answer = run_prepare_dataset(root, tmp_path / "out")
    assert not answer.error, answer.err
    assert {line["source"].split("/")[-1] for line in read_index(tmp_path / "out") if line["class"] != "cartoon"} == {
        "super_star_female_vcg_raw_page1_0.jpg",
        "super_star_female_vcg_raw_page1_1.jpg",
        "saved.jfif",
    }
    assert answer.out.splitlines()[-1].startswith("6 left out: 4 hidden or of the system (")
    assert "1 in another format (super_star/clip.mp4)" in answer.out
    assert "manifest.jsonl" not in answer.out
