"""Many files at once: which to convert, where each goes, what became of it."""

import os
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePath

import numpy as np

from imaging.encode import EXTENSIONS
from imaging.folders import SYSTEM, LeftOut, find_pictures, is_system_name
from imaging.formats import IMAGE_SUFFIXES

# The suffixes that a result may have, and the format of each.
OUTPUT_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
# The suffixes that stay in the name of a result: those of pictures, and of camera raws, some of which are TIFFs.
KEPT_SUFFIXES = (*IMAGE_SUFFIXES, ".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw")
NO_SUFFIX = ".file"  # comes between a name without any of these and the suffix of its result


@dataclass(frozen=True)
class FileJob:
    """One input file, the file that its result goes to, and the folder that the input was found in."""

    source: Path
    target: Path
    folder: Path = Path()


@dataclass(frozen=True)
class BatchPlan:
    """What is converted, and what is left out of the folders that were given."""

    jobs: list[FileJob]
    left_out: list[LeftOut] = field(default_factory=list)


def plan_pictures(inputs: Sequence[Path], output: Path, file_format: str | None) -> BatchPlan:
    """Return a job for each file, and for each picture in each folder, whose structure is kept below `output`.

    With one file as the only input, an `output` with a picture's suffix names the result itself.
    """
    if len(inputs) == 1 and not inputs[0].is_dir() and output.suffix.lower() in IMAGE_SUFFIXES:
        return BatchPlan([FileJob(inputs[0], output)])
    jobs: list[FileJob] = []
    left_out: list[LeftOut] = []
    for entry in {entry.absolute(): entry for entry in inputs}.values():
        # What a shell's `photos/*` names is not what a person names.
        if len(inputs) > 1 and is_system_name(entry.name) and not entry.name.startswith("."):
            left_out.append(LeftOut(entry, SYSTEM))
            continue
        found = [entry]
        if entry.is_dir():
            contents = find_pictures(entry, excluded=output)  # results of an earlier run below the input
            found = contents.pictures
            left_out += contents.left_out
        folder = entry if entry.is_dir() else entry.parent
        for source in found:
            relative = source.relative_to(folder)
            target = output / relative.with_name(result_name(relative.name, file_format))
            jobs.append(FileJob(source, target, folder))
    return BatchPlan(separate_targets(jobs, output), left_out)


def result_name(name: str, file_format: str | None) -> str:
    """Return what the result of a file of this name is called: by that name alone, so that it stays what it is.

    `a.png` stays a PNG and keeps its name; all else becomes a JPEG, unless a format is asked for, with the suffix of
    the result behind the whole name: `a.heic.jpg`. No other name gives the same: a photo that is called `a.heic.jpg`
    becomes `a.heic.jpg.jpg`.
    """
    suffix, stem = PurePath(name).suffix.lower(), PurePath(name).stem
    wanted = file_format or OUTPUT_FORMATS.get(suffix, "JPEG")
    if OUTPUT_FORMATS.get(suffix) == wanted:
        others = {stem, stem.removesuffix(NO_SUFFIX)} - {""}
        if all(result_name(other, file_format).lower() != name.lower() for other in others):
            return name
    return f"{name}{'' if suffix in KEPT_SUFFIXES else NO_SUFFIX}.{EXTENSIONS[wanted]}"


def separate_targets(jobs: Sequence[FileJob], output: Path) -> list[FileJob]:
    """Return the jobs with a target of its own each; a file that was given twice once.

    Where several folders have files of one name, all of their results are named after the folders, too: which came
    first says nothing about what an earlier run has left there.
    """
    jobs = list({(job.source.resolve(), job.target): job for job in jobs}.values())
    counts = Counter(str(job.target) for job in jobs)
    folded = Counter(_fold(job.target) for job in jobs)
    if len(folded) < len(counts) and _ignores_case(output):
        counts = Counter({str(job.target): folded[_fold(job.target)] for job in jobs})
    return [_with_folder(job) if counts[str(job.target)] > 1 else job for job in jobs]


def _fold(path: Path) -> str:
    """Return one text for all paths that are the same where capitals and forms of Unicode are not told apart."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _ignores_case(folder: Path) -> bool:
    """Return whether names that differ in capitals only are the same file there."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    try:
        with tempfile.NamedTemporaryFile(dir=existing, prefix="aB") as file:
            return Path(file.name).with_name(Path(file.name).name.swapcase()).exists()
    except OSError:
        return False


def _with_folder(job: FileJob) -> FileJob:
    source = job.source.absolute()
    digest = sha256(os.fsencode(source)).hexdigest()[:8]  # two folders may have one name, too
    stem = f"{job.target.stem}_{job.folder.absolute().name}-{digest}"
    return replace(job, target=job.target.with_stem(stem))


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
