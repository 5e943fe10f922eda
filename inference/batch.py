"""Many files at once: which to convert, where each goes, what became of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .images import EXTENSIONS, SUFFIXES


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
    if len(inputs) == 1 and not inputs[0].is_dir() and output.suffix.lower() in SUFFIXES:
        yield Job(inputs[0], output)
        return
    for entry in inputs:
        if entry.is_dir():
            # Results of an earlier run below the input are not inputs.
            found = (p for p in sorted(entry.rglob("*")) if p.suffix.lower() in SUFFIXES and output not in p.parents)
            for source in found:
                yield Job(source, _target(output / source.relative_to(entry), file_format))
        else:
            yield Job(entry, _target(output / entry.name, file_format))


def _target(path: Path, file_format: str | None) -> Path:
    """`a.png` stays a PNG, everything else becomes a JPEG, unless a format is asked for."""
    if file_format:
        return path.with_suffix(f".{EXTENSIONS[file_format]}")
    return path if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp") else path.with_suffix(".jpg")


def format_of(target: Path) -> str:
    """JPEG, PNG or WEBP by the file's suffix; ValueError for another."""
    for name, suffixes in (("JPEG", (".jpg", ".jpeg")), ("PNG", (".png",)), ("WEBP", (".webp",))):
        if target.suffix.lower() in suffixes:
            return name
    raise ValueError(f"{target.name}: results are written as .jpg, .png or .webp")


def side_by_side(photo: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Photo left, result right, uint8 [H,2W,3]; of a smaller result the photo is cut to its size."""
    height, width = result.shape[:2]
    return np.concatenate([photo[:height, :width], result], axis=1)
