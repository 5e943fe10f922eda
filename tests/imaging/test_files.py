"""Files that are whole or not there, and files and folders that one process holds."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from imaging.files import atomic_write, find_partial_files, lock_file, lock_folder, write_atomically

pytestmark = pytest.mark.no_database


def test_a_file_has_its_old_content_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, "old")
    with atomic_write(path) as part:
        part.write_text("new", "utf-8")
        assert path.read_text("utf-8") == "old"
        assert find_partial_files(path) == [part]
    assert (path.read_text("utf-8"), find_partial_files(path)) == ("new", [])


def test_threads_that_write_the_same_file_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    together = Barrier(2)

    def write(text: str) -> None:
        with atomic_write(path) as part:
            part.write_text(text, "utf-8")
            together.wait(timeout=30)
            assert part.read_text("utf-8") == text

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ["one", "two"]))
    assert path.read_text("utf-8") in ("one", "two")
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_writer_left_is_found_whatever_its_version(tmp_path: Path) -> None:
    path = tmp_path / "[a].json"
    left = [tmp_path / "[a].json.part", tmp_path / "[a].json.123.part"]
    for part in (*left, tmp_path / "a.json.part", tmp_path / "[a].json.txt"):
        part.touch()
    assert sorted(find_partial_files(path)) == sorted(left)


def test_what_failed_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "[a].json"
    write_atomically(path, b"old")

    def fail() -> None:
        with atomic_write(path) as part:
            part.write_text("half", "utf-8")
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("[a].json", b"old")]


def test_texts_are_written_in_utf_8(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.txt", "é\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc3\xa9\n"


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    with lock_folder(tmp_path), pytest.raises(BlockingIOError), lock_folder(tmp_path):
        pass
    with lock_folder(tmp_path):
        pass


def test_a_file_is_held_by_one_at_a_time_and_made_where_it_is_not_there(tmp_path: Path) -> None:
    with lock_file(tmp_path / "lock"), pytest.raises(BlockingIOError), lock_file(tmp_path / "lock"):
        pass
    with lock_file(tmp_path / "lock"):
        assert (tmp_path / "lock").read_bytes() == b""


@pytest.mark.parametrize("name", ["x" * 255, "\u6c34" * 85, "y" * 230])
def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path, name: str) -> None:
    write_atomically(tmp_path / name, b"whole")
    assert [path.name for path in tmp_path.iterdir()] == [name]
