"""Pictures, folders and the command itself, for the tests of `prepare_dataset`, which are in the files beside it."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from django.core.management import CommandError, call_command
from PIL import Image

from tests.needs import SHARED

PHOTOS = SHARED / "data" / "photos"


def draw_patchwork(seed: int, height: int = 300, width: int = 400) -> np.ndarray:
    """uint8 [H,W,3]: a patchwork with clear edges; another seed looks like another picture."""
    rng = np.random.default_rng(seed)
    patches = rng.integers(0, 256, (10, 13, 3), dtype=np.uint8)
    return cv2.resize(patches, (width, height), interpolation=cv2.INTER_NEAREST)


def load_portrait() -> np.ndarray:
    """uint8 [512,512,3]: Eileen Collins (NASA, public domain); her face is about 180 to 270 across, 70 to 170 down."""
    from skimage.data import astronaut

    return np.asarray(astronaut())


def blur(pixels: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def encode_jpeg(pixels: np.ndarray, quality: int = 92) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def write_picture(path: Path, content: np.ndarray | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else encode_jpeg(content))
    return path


def make_crawled_folder(root: Path, photos: int = 6, anime: int = 4) -> Path:
    """A crawler's folder of drawn pictures, with a manifest of the photos."""
    lines = []
    for n in range(photos):
        name = f"super_star/female/super_star_female_vcg_raw_page1_{n}.jpg"
        write_picture(root / name, draw_patchwork(n))
        lines.append(
            json.dumps({"file": name, "address": f"https://example.org/{n}.jpg", "licence": "RF", "title": "x"})
        )
    for n in range(anime):
        write_picture(root / f"cartoon/male/cartoon_male_vcg_raw_page1_{n}.jpg", draw_patchwork(100 + n, 400, 300))
    if photos:
        (root / "super_star" / "manifest.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return root


@dataclass(frozen=True)
class CommandResult:
    out: str
    err: str
    error: str  # of the CommandError that ended it; empty where it ended well


def run_prepare_dataset(root: Path, output: Path, *arguments: str | int | float, workers: int = 1) -> CommandResult:
    out, err, error = io.StringIO(), io.StringIO(), ""
    given = ["--input", str(root), "--output", str(output), "--workers", str(workers), *map(str, arguments)]
    try:
        call_command("prepare_dataset", *given, stdout=out, stderr=err)
    except CommandError as caught:
        error = str(caught)
    return CommandResult(out.getvalue(), err.getvalue(), error)


def read_files(folder: Path) -> dict[str, bytes]:
    """All files below a folder with what is in them, but the journal, whose order and times may differ."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "journal.jsonl")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def read_index(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "index.jsonl").read_text("utf-8").splitlines()]


def read_counts(output: Path, kind: str = "photo") -> dict[str, int]:
    return json.loads((output / "report.json").read_text("utf-8"))["counts"][kind]


def read_pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
