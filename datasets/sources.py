"""The pictures that samples are made from: which files, of which class, with what the crawler noted of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.options import ANIME, PHOTO
from imaging.folders import describe_left_out, find_pictures
from imaging.json_files import parse_json

MANIFEST = "manifest.jsonl"
ANIME_CLASS = "cartoon"  # the class that the crawler collects anime pictures into


class NoSourcePictures(ValueError):
    """The input folder can't be used; the message says why."""


@dataclass(frozen=True)
class SourcePicture:
    """`name` is the file relative to the input folder, with slashes; `label` the class that it belongs to."""

    name: str
    path: Path
    kind: str
    label: str

    @property
    def stamp(self) -> tuple[int, int]:
        """(bytes, time of change in ns): differs when the file was replaced."""
        status = self.path.stat()
        return status.st_size, status.st_mtime_ns

    def read(self) -> bytes:
        return self.path.read_bytes()


def find_source_pictures(
    root: Path,
    photos: Sequence[str] | None = None,
    anime: Sequence[str] | None = None,
    report: Callable[[str], None] | None = None,
) -> list[SourcePicture]:
    """Return all pictures below `root` of the classes `photos` and of the classes `anime`, by class and name.

    The class of a picture is the first folder on the way to it; of those that lie in `root` itself, the name of
    `root`. None for `anime` stands for ANIME_CLASS, None for `photos` for all other classes. `report` hears what is
    left out. Raise NoSourcePictures where nothing is found, or nothing of a class.
    """
    files = _find_files_by_class(root, report)
    if anime is None:
        anime = [label for label in files if label == ANIME_CLASS and label not in (photos or ())]
    if photos is None:
        photos = [label for label in files if label not in anime]
    if shared := set(photos) & set(anime):
        raise NoSourcePictures(f"{', '.join(sorted(shared))}: either photos or anime")
    kinds = dict.fromkeys(photos, PHOTO) | dict.fromkeys(anime, ANIME)
    if missing := kinds.keys() - files.keys():
        found = ", ".join(sorted(files)) or "no pictures"
        raise NoSourcePictures(f"no pictures of class {', '.join(sorted(missing))} in {root}; there are: {found}")
    if not kinds:
        raise NoSourcePictures(f"no pictures in {root}")
    return [
        SourcePicture(path.relative_to(root).as_posix(), path, kinds[label], label)
        for label in sorted(kinds)
        for path in files[label]
    ]


def _find_files_by_class(root: Path, report: Callable[[str], None] | None) -> dict[str, list[Path]]:
    if not root.is_dir():
        raise NoSourcePictures(f"{root} is not a folder")
    contents = find_pictures(root)
    # The crawler's own files are no surprise to anybody.
    left_out = [item for item in contents.left_out if item.path.name not in (MANIFEST, ".incoming")]
    if report and left_out:
        report(describe_left_out(left_out))
    by_class: dict[str, list[Path]] = {}
    for path in contents.pictures:
        parts = path.relative_to(root).parts
        by_class.setdefault(parts[0] if len(parts) > 1 else root.resolve().name, []).append(path)
    return by_class


def read_manifest_facts(root: Path, labels: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return name of a picture -> its license and URL, under their keys in the manifest of its class."""
    facts: dict[str, dict[str, Any]] = {}
    for label in labels:
        manifest = root / label / MANIFEST
        for line in _read_json_lines(manifest) if manifest.is_file() else ():
            if isinstance(line, dict) and "file" in line:
                facts[str(line["file"])] = {key: line.get(key) for key in ("licence", "address")}
    return facts


def _read_json_lines(path: Path) -> Iterator[Any]:
    """A line that a person broke while editing is skipped."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            with suppress(ValueError):
                yield parse_json(line)
