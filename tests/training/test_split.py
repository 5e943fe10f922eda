from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from tests.needs import SHARED
from tests.training.samples import save_photo
from training.data.photos import SIMILAR_HASH_BITS, find_photos, hash_photo, split_photos

pytestmark = pytest.mark.no_database


def _folders(root: Path, counts: dict[str, int]) -> list[Path]:
    """Folders of photos of which no two are alike."""
    seed = 0
    for name, count in counts.items():
        for number in range(count):
            save_photo(root / name / f"{number}.png", seed)
            seed += 1
    return [root / name for name in counts]


def _bits_apart(one: Path, other: Path) -> int:
    return (hash_photo(one) ^ hash_photo(other)).bit_count()


def test_every_photo_is_either_learned_from_or_held_out(tmp_path: Path) -> None:
    photos = find_photos(_folders(tmp_path, {"a": 5, "b": 7}))
    training, held_out = split_photos(photos, [], held_out=4)
    assert len(held_out) == 4
    assert sorted(training + held_out) == photos


def test_held_out_photos_come_evenly_from_the_folders(tmp_path: Path) -> None:
    folders = _folders(tmp_path, {"many": 20, "some": 6, "few": 2})
    _, held_out = split_photos(find_photos(folders), [], held_out=6)
    assert Counter(path.parent.name for path in held_out) == {"many": 2, "some": 2, "few": 2}
    _, held_out = split_photos(find_photos(folders), [], held_out=12)
    assert Counter(path.parent.name for path in held_out) == {"many": 5, "some": 5, "few": 2}


def test_the_split_does_not_depend_on_the_order_or_the_names(tmp_path: Path) -> None:
    photos = find_photos(_folders(tmp_path, {"a": 8, "b": 8}))
    training, held_out = split_photos(photos, [], held_out=5)
    assert split_photos(photos[::-1], [], held_out=5) == (training[::-1], held_out)
    chosen = {path.read_bytes() for path in held_out}
    for number, path in enumerate(photos):
        path.rename(path.with_name(f"{97 * (number + 1) % 101}.png"))
    _, renamed = split_photos(find_photos([tmp_path]), [], held_out=5)
    assert {path.read_bytes() for path in renamed} == chosen


def test_photos_added_elsewhere_do_not_change_the_choice_within_a_folder(tmp_path: Path) -> None:
    folders = _folders(tmp_path, {"a": 8, "b": 8})
    alone = split_photos(find_photos(folders[:1]), [], held_out=3)[1]
    with_more = split_photos(find_photos(folders[:1]), find_photos(folders[1:]), held_out=3)[1]
    with_another = split_photos(find_photos(folders), [], held_out=6)[1]
    assert alone == with_more == [path for path in with_another if path.parent == folders[0]]


@pytest.mark.parametrize("copy", ["recompressed", "scaled", "both"])
def test_no_copy_of_a_held_out_photo_is_learned_from(tmp_path: Path, copy: str) -> None:
    size = (96, 72) if copy == "recompressed" else (60, 44)
    options = {} if copy == "scaled" else {"quality": 40}
    for seed in range(12):
        save_photo(tmp_path / "a" / f"{seed}.png", seed)
        save_photo(tmp_path / "b" / f"{seed}.{'png' if copy == 'scaled' else 'jpg'}", seed, size, **options)
    training, held_out = split_photos(find_photos([tmp_path]), [], held_out=5)
    assert len(held_out) == 5
    assert len(training) == 12 - 5, "of the rest, one of each double is enough"
    assert not {path.stem for path in training} & {path.stem for path in held_out}


def test_more_photos_are_never_held_out_nor_copies_of_what_is(tmp_path: Path) -> None:
    own = find_photos(_folders(tmp_path, {"own": 6}))
    for seed in (*range(6), 100, 101):  # six copies and two that are new
        save_photo(tmp_path / "more" / f"{seed}.jpg", seed, (64, 48), quality=50)
    training, held_out = split_photos(own, find_photos([tmp_path / "more"]), held_out=4)
    assert {path.parent.name for path in held_out} == {"own"}
    assert [path.name for path in training if path.parent.name == "more"] == ["100.jpg", "101.jpg"]
    assert len(training) == 2 + 2


def test_a_double_is_not_held_out_twice(tmp_path: Path) -> None:
    for name in "abcd":
        save_photo(tmp_path / f"{name}.jpg", 1, quality=ord(name) - 50)
    save_photo(tmp_path / "other.jpg", 2)
    training, held_out = split_photos(find_photos([tmp_path]), [], held_out=3)
    assert len(held_out) == 2
    assert training == []


@pytest.mark.shared
def test_of_the_real_photos_none_that_is_learned_from_looks_like_one_held_out(tmp_path: Path) -> None:
    photos = find_photos([SHARED / "data" / "photos" / "portrait"])[:40]
    copies = []
    for path in photos[::4]:
        copies.append(tmp_path / path.name)
        with Image.open(path) as image:
            image.resize((image.width * 2 // 3, image.height * 2 // 3)).save(copies[-1], quality=60)
    training, held_out = split_photos(photos, copies, held_out=10)
    assert len(held_out) == 10
    assert set(training) <= set(photos), "a copy of a photo teaches nothing new"
    assert min(_bits_apart(one, other) for one in training for other in held_out) >= SIMILAR_HASH_BITS
