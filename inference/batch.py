"""Many files at once: which to convert, where each goes, what became of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from imaging.encode import EXTENSIONS
from imaging.formats import IMAGE_SUFFIXES

# The suffixes that a result may have, and the format of each.
OUTPUT_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


@dataclass(frozen=True)
class FileJob:
    """One input file and the file that its result goes to."""

    source: Path
    target: Path


def plan_jobs(inputs: Iterable[Path], output: Path, file_format: str | None) -> Iterator[FileJob]:
    """Yield a job for each file, and for each picture in each folder, whose structure is kept below `output`.

    With one file as the only input, an `output` with a picture's suffix names the result itself.
    """
    inputs = list(inputs)
    if len(inputs) == 1 and not inputs[0].is_dir() and output.suffix.lower() in IMAGE_SUFFIXES:
        yield FileJob(inputs[0], output)
        return
    taken: set[str] = set()
    for source, relative in _find_sources(inputs, output):
        yield FileJob(source, unique_path(_target_path(output / relative, file_format), taken))


def _find_sources(inputs: list[Path], output: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each picture, with its path relative to its folder."""
    results = output.resolve()
    for entry in inputs:
        if not entry.is_dir():
            yield entry, Path(entry.name)
            continue
        root = entry.resolve()
        for source in sorted(entry.rglob("*")):
            relative = source.relative_to(entry)
            # Results of an earlier run below the input are not inputs.
            is_result = results in (root / relative).parents
            if source.suffix.lower() in IMAGE_SUFFIXES and source.is_file() and not is_result:
                yield source, relative


def unique_path(target: Path, taken: set[str]) -> Path:
    """Return the target, with a number where another file of this run has it: IMG_1.HEIC beside IMG_1.JPG."""
    numbered, number = target, 1
    while str(numbered).casefold() in taken:  # some file systems know no capitals
        number += 1
        numbered = target.with_stem(f"{target.stem}_{number}")
    taken.add(str(numbered).casefold())
    return numbered


def _target_path(path: Path, file_format: str | None) -> Path:
    """Return where a result goes: `a.png` stays a PNG, all else becomes a JPEG, unless a format is asked for."""
    if file_format:
        return path.with_suffix(f".{EXTENSIONS[file_format]}")
    return path if path.suffix.lower() in OUTPUT_FORMATS else path.with_suffix(".jpg")


def output_format(target: Path) -> str:
    """Return JPEG, PNG or WEBP by the file's suffix. Raise ValueError for another."""
    try:
        return OUTPUT_FORMATS[target.suffix.lower()]
    except KeyError:
        raise ValueError(f"{target.name}: results are written as .jpg, .png or .webp") from None


def join_side_by_side(photo: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Return photo left, result right, uint8 [H,2W,3]; of a smaller result the photo is cut to its size."""
    height, width = result.shape[:2]
    return np.concatenate([photo[:height, :width], result], axis=1)
