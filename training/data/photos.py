"""Training photos: which files, which are held out, at which sizes."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
NOT_WHOLE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)  # what Pillow raises for such files
NEAR = 6  # bits of 64: below this two difference hashes are taken for the same picture


def find_pictures(folder: Path) -> list[Path]:
    """All pictures below the folder, sorted."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES]


def with_results(pictures: Iterable[Path]) -> list[tuple[Path, Path | None]]:
    """Each NAME_photo of these pictures with the NAME_anime beside it, if there is one. In their order."""
    photos: list[Path] = []
    results: dict[Path, Path] = {}
    for path in pictures:
        if path.stem.endswith("_photo"):
            photos.append(path)
        elif path.stem.endswith("_anime"):
            results.setdefault(path.parent / path.stem, path)
    return [(path, results.get(path.parent / f"{path.stem.removesuffix('_photo')}_anime")) for path in photos]


def find_photos(folders: Iterable[Path]) -> list[Path]:
    """All photos below the folders, sorted; in a folder of photo/anime pairs only the photo halves.

    Raises ValueError, naming the folder, where there are none: it is misspelt more often than empty.
    """
    found = []
    for folder in folders:
        photos = [p for p in find_pictures(Path(folder)) if not p.stem.endswith("_anime")]
        if not photos:
            raise ValueError(f"no photos below {folder}")
        found += photos
    return found


def read_picture(path: Path) -> Image.Image:
    """Upright RGB, what is transparent on white. Raises OSError, naming the file, for what is no whole picture."""
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            if not upright.has_transparency_data:
                return upright.convert("RGB")
            white = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(white, upright.convert("RGBA")).convert("RGB")
    except NOT_WHOLE as error:  # Pillow does not say which file is cut short
        raise OSError(f"{path}: not a whole picture ({error})") from error


def difference_hash(path: Path) -> int:
    """64 bits that hardly change under scaling and recompression: is each of 8x8 pixels brighter than its
    right neighbour, on a 9x8 grey thumbnail (Krawetz 2013). Raises OSError, naming the file, for a damaged one."""
    grey = np.asarray(read_picture(path).convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    return int("".join("1" if bit else "0" for bit in (grey[:, :-1] > grey[:, 1:]).ravel()), 2)


def is_near(value: int, others: Iterable[int]) -> bool:
    """Whether a difference hash is about that of one of the others."""
    return any((value ^ other).bit_count() < NEAR for other in others)


def split(photos: list[Path], more: list[Path], *, held_out: int) -> tuple[list[Path], list[Path]]:
    """(training, validation), without doubles; `more` are for training only.

    The `held_out` validation photos are spread evenly over the folders and chosen by a hash of the file's
    bytes, so that the choice does not change when photos are added elsewhere. A training photo that looks
    like another, or like one held out, is dropped.
    """
    hashes = {path: difference_hash(path) for path in [*photos, *more]}
    by_folder: dict[Path, list[Path]] = {}
    for path in sorted(photos, key=lambda p: sha256(p.read_bytes()).digest()):
        by_folder.setdefault(path.parent, []).append(path)
    validation: list[Path] = []
    queues = list(by_folder.values())
    while len(validation) < held_out and any(queues):
        for queue in queues:
            while queue and len(validation) < held_out:
                candidate = queue.pop(0)
                if not is_near(hashes[candidate], (hashes[p] for p in validation)):
                    validation.append(candidate)
                    break
    seen = [hashes[p] for p in validation]
    training = []
    for path in [*photos, *more]:
        if not is_near(hashes[path], seen):
            seen.append(hashes[path])
            training.append(path)
    return training, sorted(validation)


def load_photo(path: Path, long_side: int) -> np.ndarray:
    """uint8 [H,W,3] RGB, long side at most `long_side`, height and width cut to multiples of 8.

    Raises OSError, naming the file, for what is no whole picture.
    """
    photo = read_picture(path)
    return np.asarray(photo.resize(fitted_size(*photo.size, long_side), Image.Resampling.LANCZOS))


def fitted_size(width: int, height: int, long_side: int) -> tuple[int, int]:
    """(width, height) of a picture of that size with its long side at most so long, both cut to multiples of 8."""
    scale = min(1.0, long_side / max(width, height))
    return max(8, round(width * scale) // 8 * 8), max(8, round(height * scale) // 8 * 8)
