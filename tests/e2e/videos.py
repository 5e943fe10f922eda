"""Videos for the tests in a browser, and the workers that convert them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from django.conf import settings
from django.db import connection
from playwright.sync_api import FilePayload, Locator

from tests.e2e.person import Person
from tests.inference.clips import RATE, Clip, frames_of
from tests.needs import ROOT

LIT = 0.12  # seconds
WHOLE = 300_000  # milliseconds for a video, by a worker that starts first and has little of a busy machine


@dataclass(frozen=True)
class FlashingClip(Clip):
    """Is white from the moment on at which a beep begins."""

    def picture(self, number: int) -> np.ndarray:
        is_lit = any(0 <= number / RATE - beep < LIT for beep in self.beeps)
        return np.full((self.height, self.width, 3), 255, np.uint8) if is_lit else super().picture(number)


def flashes_of(path: Path) -> list[float]:
    """When the pictures become white, in seconds."""
    frames = frames_of(path)
    is_lit = np.array([frame.to_ndarray(format="gray").mean() > 200 for frame in frames])
    return [float(frames[place].time) for place in np.flatnonzero(is_lit[1:] & ~is_lit[:-1]) + 1]


@cache
def flashing(name: str, *, frames: int, width: int = 160, height: int = 120, codec: str = "libx264") -> FilePayload:
    """A video with a flash and a beep at 1 s and each 2 s after it; 25 pictures are a second."""
    beeps = tuple(float(second) for second in range(1, frames // RATE, 2))
    clip = FlashingClip(frames=frames, width=width, height=height, codec=codec, sound="aac", beeps=beeps)
    with TemporaryDirectory() as folder:
        data = clip.write(Path(folder) / "clip.mp4").read_bytes()
    return {"name": name, "mimeType": "video/mp4", "buffer": data}


def upload(person: Person, file: FilePayload) -> None:
    person.open("/videos/")
    person.page.set_input_files("#video", file)
    person.page.wait_for_url("**/videos/*-*/")


def convert(person: Person, **options: str) -> Locator:
    """The conversion that is begun."""
    for name, value in options.items():
        person.page.locator(f".work__again [name={name}]").fill(value)
    person.page.locator(".work__again button[type=submit]").click()
    return person.page.locator(".job").first


@contextmanager
def worker(log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that converts what is uploaded to the site of this test; it takes over from others after 2 s."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "WEIGHTS_DIR": str(settings.WEIGHTS_DIR),
        "VIDEO_LEASE_SECONDS": "2",
    }
    with log.open("ab") as output:
        command = [sys.executable, "manage.py", "run_worker", "--alone"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)
