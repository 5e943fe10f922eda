import locale
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.samples import fill_pairs, picture
from training.data.alignment import Alignment
from training.data.pair_files import (
    HELD_OUT,
    WholePictureSource,
    find_pairs,
    load_aligned,
    read_split,
    split_pairs,
    write_split,
)
from training.data.pairs import Pair

pytestmark = pytest.mark.no_database


def test_pairs_are_found_by_their_names_and_a_photo_alone_is_told(tmp_path: Path) -> None:
    folder = fill_pairs(tmp_path, "warm", 3)
    picture(9).save(folder / "9_photo.png")
    (folder / "notes_photo.txt").write_text("no picture", "utf-8")
    told: list[str] = []
    files = find_pairs([folder, fill_pairs(tmp_path, "cold", 2)], told.append)
    assert [(file.name, file.style) for file in files] == [
        *[(f"warm/{n}_photo.png", 0) for n in range(3)],
        *[(f"cold/{n}_photo.png", 1) for n in range(2)],
    ]
    assert told == [
        f"{folder}: 1 left out: 1 in another format (notes_photo.txt)",
        f"{folder / '9_photo.png'}: there is no 9_anime beside it; skipped",
    ]


def test_names_may_have_brackets(tmp_path: Path) -> None:
    folder = fill_pairs(tmp_path, "warm", 1)
    for kind in ("photo", "anime"):
        (folder / f"0_{kind}.png").rename(folder / f"a[1]_{kind}.png")
    assert [file.name for file in find_pairs([folder], print)] == ["warm/a[1]_photo.png"]


def test_a_folder_without_pairs_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"no pairs .* in {tmp_path}"):
        find_pairs([tmp_path], print)


def test_the_split_follows_from_the_files_alone(tmp_path: Path) -> None:
    folder = fill_pairs(tmp_path, "warm", 10)
    training, held_out = split_pairs(find_pairs([folder], print), 0.2)
    assert (len(training), len(held_out)) == (8, 2)
    keys = {file.key for file in held_out}
    for number in range(10):
        for kind in ("photo", "anime"):
            (folder / f"{number}_{kind}.png").rename(folder / f"a{9 - number}_{kind}.png")
    assert {file.key for file in split_pairs(find_pairs([folder], print), 0.2)[1]} == keys


def test_a_photo_held_out_is_held_out_in_every_style_and_so_is_its_like(tmp_path: Path) -> None:
    one, other = fill_pairs(tmp_path, "one", 8), fill_pairs(tmp_path, "other", 8)
    for path in other.glob("*_photo.png"):
        with Image.open(path) as photo:
            photo.resize((150, 120)).save(path)
    training, held_out = split_pairs(find_pairs([one, other], print), 0.25)
    assert [sum(file.style == style for file in held_out) for style in (0, 1)] == [2, 2]
    assert {file.photo.name for file in training}.isdisjoint({file.photo.name for file in held_out})


def test_what_another_run_held_out_is_held_out_again_whatever_the_share(tmp_path: Path) -> None:
    folder = fill_pairs(tmp_path, "warm", 10)
    _, before = split_pairs(find_pairs([folder], print), 0.3)
    still = Alignment(np.eye(2, 3), movement_px=0.0, correlation=1.0)
    write_split(tmp_path / "split.csv", [(file, HELD_OUT, still) for file in before])
    folder = fill_pairs(tmp_path, "warm_again", 14)  # of which ten are as before
    training, held_out = split_pairs(find_pairs([folder], print), 0.1, read_split(tmp_path / "split.csv"))
    assert {file.key for file in held_out} == {file.key for file in before}
    assert len(training) == 11


@pytest.mark.parametrize("text", ["", "pair,role\nwarm/1_photo.png,held out\n", "\0\n", None])
def test_a_file_that_is_no_runs_split_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "split.csv"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=str(path)):
        read_split(path)


def _only(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    (file,) = find_pairs([folder], print)
    return load_aligned(file, 96)[:2]


def test_a_pair_is_made_smaller_together(tmp_path: Path) -> None:
    photo, result = _only(fill_pairs(tmp_path, "warm", 1))
    assert photo.shape == result.shape == (72, 96, 3)


def test_a_result_that_does_not_belong_to_its_photo_is_refused_by_name(tmp_path: Path) -> None:
    folder = fill_pairs(tmp_path, "warm", 1)
    picture(77, (128, 160)).transpose(Image.Transpose.ROTATE_90).save(folder / "0_anime.png")
    with pytest.raises(ValueError, match=r"0_photo\.png: its result shows something else"):
        _only(folder)
    picture(0, (80, 64)).save(folder / "0_anime.png")
    with pytest.raises(ValueError, match=r"0_photo\.png: its result has another size"):
        _only(folder)
    (folder / "0_anime.png").write_bytes((folder / "0_photo.png").read_bytes()[:300])
    with pytest.raises(OSError, match=r"0_anime\.png: not a whole picture"):
        _only(folder)


def _numbered(height: int, width: int) -> Pair:
    """Red is the row, green the column, in steps of one; the target is the negative."""
    photo = np.zeros((height, width, 3), np.uint8)
    photo[..., 0], photo[..., 1] = np.arange(height)[:, None], np.arange(width)
    return Pair(photo, 255 - photo)


def test_a_step_sees_most_of_a_picture_and_the_same_part_of_both() -> None:
    source = WholePictureSource([_numbered(128, 160)], [], ("warm",), (64, 96), 0.8, 16, "")
    samples = source.samples(np.random.default_rng(1))
    shapes = {tuple(sample.photos.shape[2:]) for sample in samples}
    assert shapes == {(64, 64), (64, 96), (96, 96)} & shapes
    assert all(side % 32 == 0 for shape in shapes for side in shape)
    mirrored = set()
    for sample in samples:
        photo = (sample.photos[0] + 1) * 127.5
        assert (photo + (sample.targets[0] + 1) * 127.5 - 255).abs().max() < 1.01
        assert float(photo[0].max() - photo[0].min()) > 0.78 * 127
        assert float(photo[1].max() - photo[1].min()) > 0.78 * 159
        mirrored.add(bool(photo[1, 0, 0] > photo[1, 0, -1]))
    assert mirrored == {True, False}


def test_a_style_of_few_pairs_is_seen_more_often_than_its_share() -> None:
    pairs = [_numbered(64, 64)] * 16 + [Pair(p.photo, p.target, 1) for p in [_numbered(64, 64)]]
    source = WholePictureSource(pairs, [], ("many", "one"), (64,), 1.0, 400, "")
    seen = sum(sample.style for sample in source.samples(np.random.default_rng(1)))
    assert seen == pytest.approx(400 / 5, rel=0.25)


def test_a_photo_that_its_camera_held_upright_fits_to_its_upright_result(tmp_path: Path) -> None:
    folder = fill_pairs(tmp_path, "warm", 1)
    upright = _only(folder)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter to the right
    with Image.open(folder / "0_photo.png") as photo:
        photo.transpose(Image.Transpose.ROTATE_90).save(folder / "0_photo.png", exif=exif)
    assert all(np.array_equal(*pictures) for pictures in zip(upright, _only(folder), strict=True))


def test_a_damaged_photo_is_told_of_and_the_other_pairs_are_found(tmp_path: Path) -> None:
    folder = fill_pairs(tmp_path, "warm", 2)
    (folder / "1_photo.png").write_bytes(b"no picture")
    told: list[str] = []
    assert [pair.photo.name for pair in find_pairs([folder], told.append)] == ["0_photo.png"]
    assert told[0].startswith(f"{folder / '1_photo.png'}: not a whole picture")


@pytest.fixture
def ascii_locale() -> Iterator[None]:
    """As libraries leave it that set it to read numbers, and that two threads are in at a time."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    yield
    locale.setlocale(locale.LC_CTYPE, before)


@pytest.mark.usefixtures("ascii_locale")
def test_a_split_has_names_in_any_script_in_every_locale(tmp_path: Path) -> None:
    files = find_pairs([fill_pairs(tmp_path, "水墨", 1)], print)
    write_split(tmp_path / "split.csv", [(files[0], HELD_OUT, Alignment(np.eye(2, 3), 0.0, 1.0))])
    assert read_split(tmp_path / "split.csv") == {files[0].key}
