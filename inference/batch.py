"""Many files at once: which to convert, where each goes, what became of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.decode import IMAGE_SUFFIXES
from imaging.encode import EXTENSIONS

# The suffixes that a result may have, and the format of each.
WRITTEN = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


@dataclass(frozen=True)
class Job:
    """One input file and the file that its result goes to."""

    source: Path
    target: Path


def plan(inputs: Iterable[Path], output: Path, file_format: str | None) -> Iterator[Job]:
    """A job for each file, and for each picture in each folder, whose shape is kept below `output`.

    With one file as the only input, an `output` with a picture's suffix names the result itself.
    """
    inputs = list(inputs)
    if len(inputs) == 1 and not inputs[0].is_dir() and output.suffix.lower() in IMAGE_SUFFIXES:
        yield Job(inputs[0], output)
        return
    taken: set[str] = set()
    for source, place in _sources(inputs, output):
        yield Job(source, free(_target(output / place, file_format), taken))


def _sources(inputs: list[Path], output: Path) -> Iterator[tuple[Path, Path]]:
    """Each picture, with its place below its folder."""
    results = output.resolve()
    for entry in inputs:
        if not entry.is_dir():
            yield entry, Path(entry.name)
            continue
        root = entry.resolve()
        for source in sorted(entry.rglob("*")):
            place = source.relative_to(entry)
            # Results of an earlier run below the input are not inputs.
            if source.suffix.lower() in IMAGE_SUFFIXES and source.is_file() and results not in (root / place).parents:
                yield source, place


def free(target: Path, taken: set[str]) -> Path:
    """The target, with a number where another file of this run has it already: IMG_1.HEIC beside IMG_1.JPG."""
    numbered, number = target, 1
    while str(numbered).casefold() in taken:  # some file systems know no capitals
        number += 1
        numbered = target.with_stem(f"{target.stem}_{number}")
    taken.add(str(numbered).casefold())
    return numbered


def _target(path: Path, file_format: str | None) -> Path:
    """`a.png` stays a PNG, everything else becomes a JPEG, unless a format is asked for."""
    if file_format:
        return path.with_suffix(f".{EXTENSIONS[file_format]}")
    return path if path.suffix.lower() in WRITTEN else path.with_suffix(".jpg")


def format_of(target: Path) -> str:
    """JPEG, PNG or WEBP by the file's suffix; ValueError for another."""
    try:
        return WRITTEN[target.suffix.lower()]
    except KeyError:
        raise ValueError(f"{target.name}: results are written as .jpg, .png or .webp") from None


def side_by_side(photo: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Photo left, result right, uint8 [H,2W,3]; of a smaller result the photo is cut to its size."""
    height, width = result.shape[:2]
    return np.concatenate([photo[:height, :width], result], axis=1)
