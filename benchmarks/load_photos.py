"""Photos for the load: real ones where they are, else those that scikit-image carries, cut in many ways."""

import io
import random
from pathlib import Path

from PIL import Image

from imaging.samples import SAMPLE_FILES, sample_file

SHARED = Path(__file__).parents[2] / "shared" / "data" / "photos"
CROPS_PER_SAMPLE = 8  # of each sample


def load_photos(folder: Path = SHARED) -> list[bytes]:
    """JPEG files in an order that is always the same, and in which the sizes are mixed."""
    found = sorted(folder.rglob("*.jpg"))
    files = [path.read_bytes() for path in found] or _cut_samples()
    random.Random(1).shuffle(files)
    return files


def _cut_samples() -> list[bytes]:
    rng, files = random.Random(2), []
    for name in [*SAMPLE_FILES] * CROPS_PER_SAMPLE:
        with Image.open(sample_file(name)) as image:
            left, top = rng.randrange(image.width // 4), rng.randrange(image.height // 4)
            buffer = io.BytesIO()
            image.convert("RGB").crop((left, top, image.width, image.height)).save(buffer, "JPEG", quality=90)
            files.append(buffer.getvalue())
    return files


def make_unique(jpeg: bytes, text: str) -> bytes:
    """The same picture as another file: a comment says so. The site keeps the same file of a person only once."""
    comment = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]
