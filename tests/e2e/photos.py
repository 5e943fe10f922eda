"""Photos to upload: real ones where the shared data are, else one that looks like one."""

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload

from tests.gallery.pictures import photo_bytes
from tests.needs import SHARED


def real_photo() -> Path:
    path = SHARED / "data" / "photos" / "portrait" / "023.jpg"
    if not path.exists():
        pytest.skip(f"no photos at {SHARED}")
    return path


def made(name: str = "holiday.jpg", *, seed: int = 1, width: int = 320, height: int = 240) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": photo_bytes(width, height, seed=seed)}


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}
