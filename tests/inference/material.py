"""Pictures, styles and measurements for the tests of inference."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from inference.architectures import build_network
from inference.styles import Style
from tests.needs import ROOT, SHARED

ANIMEGAN2 = SHARED / "reference" / "animegan2"
WHITEBOX = SHARED / "reference" / "whitebox"
GOLDEN = ("case_64x96", "case_66x70", "case_128x128_align")
RANDOM_CHECKPOINT = ANIMEGAN2 / "random_state_dict.pt"


def photo(height: int, width: int, seed: int = 0) -> np.ndarray:
    """uint8 [H,W,3]: soft colors with a hard-edged shape in them, as photos have both."""
    rng = np.random.default_rng(seed)
    colors = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    pixels = cv2.resize(colors, (width, height), interpolation=cv2.INTER_CUBIC)
    top, left = height // 4, width // 3
    pixels[top : top + height // 3, left : left + width // 3] = rng.integers(0, 256, 3)
    return pixels


def file_of(picture: Image.Image | np.ndarray, file_format: str, **options: Any) -> bytes:
    """The bytes of a file in one of Pillow's formats."""
    image = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How far each value of one is from that of the other; uint8 would wrap around."""
    assert one.shape == other.shape
    return np.abs(one.astype(np.float64) - other.astype(np.float64))


def batch(height: int, width: int, *, count: int = 1) -> np.ndarray:
    """float32 [N,3,H,W] in [-1,1]."""
    return np.random.default_rng(height * width).uniform(-1, 1, (count, 3, height, width)).astype(np.float32)


def write_weights(path: Path, network: str = "compact", seed: int = 0) -> Path:
    """Random weights of a network; those of `compact` and its like are made to change the photo, and to look at it."""
    torch.manual_seed(seed)
    module = build_network(network)
    if network.startswith("compact"):
        module.tail.weight.data.mul_(8)
    if network == "compact_context":
        for parameter in (*module.context_out.parameters(), *module.lines.parameters()):
            torch.nn.init.normal_(parameter, std=0.1)
    state = module.state_dict()
    save_file(state, path) if path.suffix == ".safetensors" else torch.save(state, path)
    return path


def style_of(path: Path, architecture: str = "compact", **changes: Any) -> Style:
    described: dict[str, Any] = {
        "id": path.stem,
        "title": {"en": path.stem},
        "description": {"en": ""},
        "subject": "any",
        "architecture": architecture,
        "path": path,
        "source": "",
        "license": {"en": ""},
        "license_url": "",
        "working_size": 128,
    }
    return Style(**(described | changes))


def run_python(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter in the project's folder, with the given settings and none of the machine's own."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=kept | {"IGNORE_DOTENV": "1", "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


# To be put before a script that reports its own memory. Linux keeps the peak of resource.getrusage across exec(), so
# there a child would be told the size of the test run that started it; the peak in /proc is the process's own.
PEAK = """
def peak_bytes():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
"""
