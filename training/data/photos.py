"""Training photos: which files, which are held out, at which sizes."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image

from imaging.errors import ImagingError
from imaging.folders import describe_left_out
from imaging.folders import find_pictures as find_in_folder
from imaging.hashing import difference_hash, hamming_distance
from imaging.limits import ImageLimits
from imaging.untrusted import decode_untrusted

TRAINING_LIMITS = ImageLimits(max_bytes=2**30, max_pixels=2 * 10**8)  # own pictures, which may be larger than an upload
SIMILAR_HASH_BITS = 6  # bits of 64: below this two difference hashes are taken for the same picture


RECIPE_NOTE = "made_with.json"  # what `make_pairs` leaves among its pairs
Report = Callable[[str], None]


def find_pictures(folder: Path, report: Report | None = None, *, is_recursive: bool = True) -> list[Path]:
    """Return all pictures in the folder and, unless told otherwise, those below it, sorted.

    `report` hears what is left out.
    """
    contents = find_in_folder(folder, is_recursive=is_recursive)
    left_out = [item for item in contents.left_out if item.path.name != RECIPE_NOTE]
    if report and left_out:
        report(f"{folder}: {describe_left_out(left_out)}")
    return contents.pictures


def pair_with_results(pictures: Iterable[Path]) -> list[tuple[Path, Path | None]]:
    """Return each NAME_photo of these pictures with the NAME_anime beside it, if there is one. In their order."""
    photos: list[Path] = []
    results: dict[Path, Path] = {}
    for path in pictures:
        if path.stem.endswith("_photo"):
            photos.append(path)
        elif path.stem.endswith("_anime"):
            results.setdefault(path.parent / path.stem, path)
    return [(path, results.get(path.parent / f"{path.stem.removesuffix('_photo')}_anime")) for path in photos]


def find_photos(folders: Iterable[Path], report: Report | None = None) -> list[Path]:
    """Return all photos below the folders, sorted; in a folder of photo/anime pairs only the photo halves.

    `report` hears what is left out. Raise ValueError, naming the folder, where there are none: it is misspelled more
    often than empty.
    """
    found = []
    for folder in folders:
        photos = [p for p in find_pictures(Path(folder), report) if not p.stem.endswith("_anime")]
        if not photos:
            raise ValueError(f"no photos below {folder}")
        found += photos
    return found


def read_picture(path: Path) -> Image.Image:
    """Return a picture upright and in sRGB, what is transparent on white.

    Raise OSError, naming the file, for what is no whole picture.
    """
    try:
        return Image.fromarray(decode_untrusted(path, TRAINING_LIMITS).on_white())
    except (ImagingError, MemoryError) as error:
        raise OSError(f"{path}: not a whole picture ({error})") from error


def hash_photo(path: Path) -> int:
    """Return the difference hash of a photo. Raise OSError, naming the file, for a damaged one."""
    return difference_hash(np.asarray(read_picture(path)))


def is_similar_hash(value: int, others: Iterable[int]) -> bool:
    """Return whether a difference hash is about that of one of the others."""
    return any(hamming_distance(value, other) < SIMILAR_HASH_BITS for other in others)


def hash_photos(photos: Iterable[Path], report: Report) -> dict[Path, int]:
    """Return the difference hash of each photo; a damaged one is reported and left out."""
    hashes = {}
    for path in photos:
        try:
            hashes[path] = hash_photo(path)
        except OSError as error:
            report(f"{error}; skipped")
    return hashes


def split_photos(
    photos: list[Path], more: list[Path], *, held_out: int, report: Report = print
) -> tuple[list[Path], list[Path]]:
    """Return (training, validation), without doubles; `more` are for training only.

    The `held_out` validation photos are spread evenly over the folders and chosen by a hash of the file's
    bytes, so that the choice does not change when photos are added elsewhere. A training photo that looks
    like another, or like one held out, is dropped; a damaged one is reported and left out.
    """
    hashes = hash_photos([*photos, *more], report)
    by_folder: dict[Path, list[Path]] = {}
    for path in sorted((p for p in photos if p in hashes), key=lambda p: sha256(p.read_bytes()).digest()):
        by_folder.setdefault(path.parent, []).append(path)
    validation: list[Path] = []
    queues = list(by_folder.values())
    while len(validation) < held_out and any(queues):
        for queue in queues:
            while queue and len(validation) < held_out:
                candidate = queue.pop(0)
                if not is_similar_hash(hashes[candidate], (hashes[p] for p in validation)):
                    validation.append(candidate)
                    break
    seen = [hashes[p] for p in validation]
    training = []
    for path in (p for p in [*photos, *more] if p in hashes):
        if not is_similar_hash(hashes[path], seen):
            seen.append(hashes[path])
            training.append(path)
    return training, sorted(validation)


def load_photo(path: Path, long_side: int) -> np.ndarray:
    """Return uint8 [H,W,3] RGB, long side at most `long_side`, height and width cut to multiples of 8.

    Raise OSError, naming the file, for what is no whole picture.
    """
    photo = read_picture(path)
    return np.asarray(photo.resize(scaled_size(*photo.size, long_side), Image.Resampling.LANCZOS))


def scaled_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """Return (width, height) of such a picture with its long side at most so long, cut to multiples of 8."""
    scale = min(1.0, long_side / max(width, height))
    return max(8, round(width * scale) // 8 * 8), max(8, round(height * scale) // 8 * 8)
