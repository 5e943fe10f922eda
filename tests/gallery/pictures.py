"""Pictures and uploads for the gallery's tests."""

import io

import numpy as np
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def photo_bytes(width: int = 96, height: int = 72, *, seed: int = 1, file_format: str = "JPEG") -> bytes:
    """A small colourful picture; another seed is another picture."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8))
    buffer = io.BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).save(buffer, file_format)
    return buffer.getvalue()


def upload(data: bytes | None = None, name: str = "holiday.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo_bytes() if data is None else data, content_type="image/jpeg")


def bomb(width: int = 10_000, height: int = 6_000) -> bytes:
    """A PNG of 60 megapixels in a few kilobytes."""
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
