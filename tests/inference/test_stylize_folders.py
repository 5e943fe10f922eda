"""manage.py stylize: pictures are told by their content; what systems leave among them is left out, and all is told."""

import os
from pathlib import Path

import pytest

from tests.inference.material import file_of, photo
from tests.inference.site import files, put, stylize

pytestmark = [pytest.mark.no_database, pytest.mark.usefixtures("weights")]


def _convert(folder: Path) -> str:
    answer = stylize(folder, "-o", folder.parent / "out", "--landmarks")
    assert not answer.error, answer.err
    return answer.out.strip()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("photo.jfif", "JPEG"),
        ("photo.jpe", "JPEG"),
        ("photo.JIF", "JPEG"),
        ("photo.hif", "HEIF"),
        ("photo.dib", "BMP"),
        ("photo.jpg_original", "JPEG"),
        ("photo.heics", "HEIF"),
        ("photo", "WEBP"),
        ("2020.12.30", "TIFF"),
        ("photo.bin", "AVIF"),
    ],
)
def test_a_picture_is_converted_whatever_its_name_ends_with(tmp_path: Path, name: str, kind: str) -> None:
    put(tmp_path / "in" / name, file_of(photo(40, 60), kind))
    assert _convert(tmp_path / "in") == "1 converted, 0 skipped, 0 failed"


def test_what_is_left_out_is_counted_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    put(folder / "a.jpg")
    for name in ("BMW.txt", "sub/clip.mp4", "x.gif", "y.cr3", "z1", "z2"):
        put(folder / name, b"BM is how this begins, too" if name == "BMW.txt" else b"\0\0\0\x18ftypmp42")
    put(folder / "b.jpg.part", file_of(photo(40, 60), "JPEG")[:500])
    os.mkfifo(folder / "pipe.jpg")
    (folder / "album").symlink_to(tmp_path)
    put(folder / os.fsdecode(b"caf\xe9.doc"), b"text")
    said = _convert(folder)
    assert said.startswith("1 converted, 0 skipped, 0 failed, 10 left out: 1 a link to a folder (album); ")
    assert "7 in another format (BMW.txt, caf\ufffd.doc, sub/clip.mp4, x.gif, y.cr3, and 2 more)" in said
    assert "1 not a file (pipe.jpg)" in said
    assert "1 unfinished (b.jpg.part)" in said


def test_what_systems_leave_among_photos_is_left_out(tmp_path: Path) -> None:
    folder, jpeg = tmp_path / "in", file_of(photo(40, 60), "JPEG")
    put(folder / "a.jpg")
    litter = ["._a.jpg", "@eaDir/a.jpg/SYNOFILE_THUMB_M.jpg", ".Trash-1000/files/x.jpg", "#recycle/x.jpg"]
    litter += [".thumbnails/1.jpg", "$RECYCLE.BIN/S-1-5/x.jpg", "__MACOSX/in/._a.jpg", "sub/.@__thumb/x.jpg"]
    litter += ["sub/Thumbs.db", "desktop.ini", ".DS_Store", ".hidden/b.jpg", "@Recycle/x.jpg", "lost+found/x.jpg"]
    litter += ["System Volume Information/x.jpg", "SYNOPHOTO_THUMB_XL.jpg", ".trashed-1-x.jpg", "Icon\r"]
    for name in litter:
        put(folder / name, b"\0\5\x16\7" if "._" in name else jpeg)
    assert _convert(folder).startswith("1 converted, 0 skipped, 0 failed, 18 left out: 18 hidden or of the system (")
    assert files(tmp_path / "out") == ["a.jpg"]


def test_a_shells_wildcard_names_no_thumbnails(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    inputs = [put(folder / "a.jpg"), put(folder / "@eaDir" / "x.jpg").parent, put(folder / "Thumbs.db", b"text")]
    answer = stylize(*inputs, "-o", tmp_path / "out", "--landmarks")
    assert not answer.error
    assert answer.out.startswith("1 converted, 0 skipped, 0 failed, 2 left out: 2 hidden or of the system")
    assert files(tmp_path / "out") == ["a.jpg"]


def test_what_is_left_out_of_a_folder_that_is_named_twice_is_told_once(tmp_path: Path) -> None:
    folder = put(tmp_path / "in" / "a.jpg").parent
    put(folder / "notes.txt", b"text")
    answer = stylize(folder, f"{folder}/", "-o", tmp_path / "out", "--landmarks")
    assert answer.out.strip() == "1 converted, 0 skipped, 0 failed, 1 left out: 1 in another format (notes.txt)"


def test_a_hidden_folder_that_is_named_is_looked_into(tmp_path: Path) -> None:
    put(tmp_path / ".album" / "a.jpg")
    assert _convert(tmp_path / ".album") == "1 converted, 0 skipped, 0 failed"


def test_what_only_looks_like_a_picture_by_its_name_is_told_as_before(tmp_path: Path) -> None:
    source = put(tmp_path / "in" / "a.jfif", b"no photo")
    answer = stylize(source.parent, "-o", tmp_path / "out", "--landmarks")
    assert answer.error == "1 of 1 could not be converted"
    assert f"{source}: " in answer.err
