from functools import partial
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from tests.training.samples import picture, save_photo
from training.data.photos import find_photos, hash_photo, load_photo, read_picture

pytestmark = pytest.mark.no_database


def test_photos_are_found_in_all_folders_below_in_order(tmp_path: Path) -> None:
    names = ["b/2.webp", "b/1.JPG", "a/deep/er/3.jpeg", "4.png"]
    for seed, name in enumerate(names):
        save_photo(tmp_path / name, seed)
    for name in ("b/notes.txt", "b/1.json", "5.gif"):
        (tmp_path / name).write_text("not a photo", "utf-8")
    assert find_photos([tmp_path]) == [tmp_path / name for name in ("4.png", "a/deep/er/3.jpeg", "b/1.JPG", "b/2.webp")]


def test_of_photo_and_anime_pairs_only_the_photos_are_found(tmp_path: Path) -> None:
    for seed, name in enumerate(["001_anime.jpg", "001_photo.jpg", "002_anime.png", "002_photo.png"]):
        save_photo(tmp_path / name, seed)
    assert [path.name for path in find_photos([tmp_path])] == ["001_photo.jpg", "002_photo.png"]


def test_a_folder_without_photos_is_named(tmp_path: Path) -> None:
    save_photo(tmp_path / "full" / "1.png", 1)
    save_photo(tmp_path / "drawn" / "1_anime.png", 1)
    for name in ("drawn", "not there"):
        with pytest.raises(ValueError, match=f"no photos below .*{name}$"):
            find_photos([tmp_path / "full", tmp_path / name])


def test_no_folders_hold_no_photos() -> None:
    assert find_photos([]) == []


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((160, 120), 80, (80, 56)),  # 60 rows, cut to a multiple of 8
        ((120, 160), 80, (56, 80)),
        ((160, 120), 160, (160, 120)),
        ((160, 120), 500, (160, 120)),  # never enlarged
        ((101, 99), 500, (96, 96)),
        ((333, 77), 200, (200, 40)),
        ((400, 9), 40, (40, 8)),  # a thin photo keeps eight rows
    ],
)
def test_a_photo_is_scaled_to_its_long_side_and_to_multiples_of_8(
    tmp_path: Path, size: tuple[int, int], long_side: int, expected: tuple[int, int]
) -> None:
    photo = load_photo(save_photo(tmp_path / "1.png", 1, size), long_side)
    assert photo.shape == (expected[1], expected[0], 3)
    assert photo.dtype == np.uint8


def test_a_photo_of_the_right_size_is_not_touched(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "1.png", 1, (96, 72))
    assert np.array_equal(load_photo(path, 96), np.asarray(picture(1, (96, 72))))


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK"])
def test_photos_of_every_color_mode_become_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / f"1.{'jpg' if mode == 'CMYK' else 'png'}"
    picture(1).convert(mode).save(path)
    assert load_photo(path, 48).shape == (32, 48, 3)


def test_a_scaled_and_recompressed_copy_has_nearly_the_same_hash_and_another_photo_has_not(tmp_path: Path) -> None:
    original = hash_photo(save_photo(tmp_path / "1.png", 1, (400, 300)))
    copy = hash_photo(save_photo(tmp_path / "1.jpg", 1, (130, 100), quality=30))
    other = hash_photo(save_photo(tmp_path / "2.png", 2, (400, 300)))
    assert (original ^ copy).bit_count() < 3
    assert (original ^ other).bit_count() > 15


def test_the_hash_says_which_pixels_are_brighter_than_their_right_neighbors(tmp_path: Path) -> None:
    rows = np.tile(np.arange(9, dtype=np.uint8) * 20, (8, 1))
    rows[2] = rows[2, ::-1]
    Image.fromarray(rows).save(tmp_path / "1.png")
    assert hash_photo(tmp_path / "1.png") == 0xFF << (8 * 5)


@pytest.mark.parametrize("kept", [0, 20, 900])
def test_a_damaged_photo_is_named(tmp_path: Path, kept: int) -> None:
    path = save_photo(tmp_path / "cut.jpg", 1, (400, 300), quality=95)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(OSError, match=r"cut\.jpg: not a whole picture"):
        hash_photo(path)


def with_damaged_chunk(path: Path) -> None:
    whole = path.read_bytes()
    place = whole.index(b"IDAT") - 4
    path.write_bytes(whole[:place] + b"\0\0\0\4abcd" + whole[place + 8 :])


def as_bomb(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[16:24] = (60_000).to_bytes(4, "big") * 2  # width and height, as the header states them
    whole[29:33] = crc32(whole[12:29]).to_bytes(4, "big")
    path.write_bytes(whole)


@pytest.mark.parametrize("damage", [with_damaged_chunk, as_bomb])
@pytest.mark.parametrize("read", [read_picture, hash_photo, partial(load_photo, long_side=64)])
def test_whatever_is_wrong_with_a_file_its_name_is_told(tmp_path: Path, damage: Any, read: Any) -> None:
    path = save_photo(tmp_path / "1.png", 1)
    damage(path)
    with pytest.raises(OSError, match=r"1\.png: not a whole picture"):
        read(path)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    for mode, clear in (("RGBA", (255, 0, 0, 0)), ("LA", (0, 0))):
        Image.new(mode, (16, 16), clear).save(tmp_path / "clear.png")
        assert np.all(load_photo(tmp_path / "clear.png", 16) == 255)
