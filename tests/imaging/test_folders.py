"""What is a picture in a folder, by its content; what is left out, and how that is said."""

import os
from pathlib import Path

import pytest

from imaging.folders import LeftOut, begins_like_picture, describe_left_out, find_pictures, is_system_name
from imaging.formats import IMAGE_FORMATS, IMAGE_SUFFIXES
from tests.inference.material import file_of, photo

pytestmark = pytest.mark.no_database


def _put(path: Path, data: bytes = b"text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("file_format", IMAGE_FORMATS)
def test_every_format_that_is_read_is_told_by_its_first_bytes(file_format: str) -> None:
    assert begins_like_picture(file_of(photo(16, 16), file_format)[:32])


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"BMW and other cars, a list of all that I have",
        b"\0\0\0\x1cftypisom\0\0\2\0isomiso2",
        b"\0\0\0\x14ftypqt  ",
        b"GIF89a",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"%PDF-1.7",
        b"\0\5\x16\7\0\2\0\0Mac OS X        ",
    ],
)
def test_what_is_no_such_picture_is_not_taken_for_one(head: bytes) -> None:
    assert not begins_like_picture(head)


def test_pictures_come_sorted_as_paths_and_all_else_has_its_reason(tmp_path: Path) -> None:
    jpeg = file_of(photo(16, 16), "JPEG")
    names = ["b/2.jpg", "b.jpg", "a/deep/er/1", "Z.jfif"]
    for name in names:
        _put(tmp_path / name, jpeg)
    for name in ("@eaDir/1.jpg", ".hidden/2.jpg", "._b.jpg", "c.jpg.crdownload", "notes.txt"):
        _put(tmp_path / name, jpeg if name != "notes.txt" else b"text")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    contents = find_pictures(tmp_path)
    assert contents.pictures == sorted(tmp_path / name for name in names)
    assert {str(item.path): item.reason for item in contents.left_out} == {
        "@eaDir": "hidden or of the system",
        ".hidden": "hidden or of the system",
        "._b.jpg": "hidden or of the system",
        "c.jpg.crdownload": "unfinished",
        "notes.txt": "in another format",
        "pipe": "not a file",
        "gone.jpg": "cannot be read",
        "loop": "a link to a folder",
    }


def test_one_folder_alone_can_be_looked_at_and_one_can_be_left_unmentioned(tmp_path: Path) -> None:
    first, below, result = (_put(tmp_path / name) for name in ("a.jpg", "below/b.jpg", "out/c.jpg"))
    assert find_pictures(tmp_path, is_recursive=False).pictures == [first]
    contents = find_pictures(tmp_path, excluded=result.parent)
    assert (contents.pictures, contents.left_out) == ([first, below], [])
    assert find_pictures(tmp_path / "nowhere").pictures == []


@pytest.mark.parametrize("name", ["photo.jpg", "thumbs", "recycle", "a#recycle", "eaDir", "trash.jpg", "Icon.jpg"])
def test_names_of_people_are_left_alone(name: str) -> None:
    assert not is_system_name(name)


def test_all_names_of_pictures_are_small_letters_with_a_dot() -> None:
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in IMAGE_SUFFIXES)


def test_a_long_list_is_counted_and_named_in_part() -> None:
    found = [LeftOut(Path(f"{number}.txt"), "in another format") for number in range(7)]
    found += [LeftOut(Path(os.fsdecode(b"\xff\n.jpg")), "cannot be read")]
    assert describe_left_out(found) == (
        "8 left out: 1 cannot be read (\ufffd?.jpg); "
        "7 in another format (0.txt, 1.txt, 2.txt, 3.txt, 4.txt, and 2 more)"
    )
    assert describe_left_out([]) == ""
