"""A real generator that is tiny: what the site does with styles is tested with it in milliseconds.

It is a network as any other, with weights in files, loaded, traced, compiled and run by the same engine.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

ROOT = Path(__file__).parents[1]
NAME = "tiny"
WRITTEN_AT = 1_700_000_000  # a style's version holds when its file was written; a session's files are the last one's


class TinyGenerator(nn.Module):
    """[N,3,H,W] RGB in [-1,1] to the same shape, unclipped, for any H and W: the photo with a tinge."""

    def __init__(self) -> None:
        super().__init__()
        self.soften = nn.Conv2d(3, 4, 3, padding=1)
        self.color = nn.Conv2d(4, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.color(torch.relu(self.soften(x)))


def write_weights_dir(folder: Path, *style_ids: str) -> Path:
    """Write a weights folder with the project's own styles as tiny networks, or with files of some of them only.

    Their ids, titles, licenses and sizes are those of the project's manifest; each has weights of its own. Styles that
    have to be downloaded are listed as they are there.
    """
    manifest = json.loads((ROOT / "weights" / "manifest.json").read_text("utf-8"))
    for seed, entry in enumerate(manifest["styles"]):
        if (ROOT / "weights" / entry["file"]).is_file():
            entry |= {"architecture": NAME, "file": f"{entry['id']}.safetensors"}
            entry["sha256"] = _write_weights(folder / entry["file"], seed)
            if style_ids and entry["id"] not in style_ids:
                (folder / entry["file"]).unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    return folder


def _write_weights(path: Path, seed: int) -> str:
    """Random weights; their SHA-256."""
    generator = torch.Generator().manual_seed(seed)
    state: dict[str, Any] = TinyGenerator().state_dict()
    save_file({name: torch.randn(value.shape, generator=generator) / 8 for name, value in state.items()}, path)
    os.utime(path, (WRITTEN_AT, WRITTEN_AT))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def add_fast_variant(folder: Path, style_id: str) -> Path:
    """Give a style of a folder that `write_weights_dir` wrote a fast variant with weights of its own."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    entry = next(entry for entry in manifest["styles"] if entry["id"] == style_id)
    file = folder / f"{style_id}_fast.safetensors"
    entry["fast"] = {"architecture": NAME, "file": file.name, "sha256": _write_weights(file, 99)}
    path.write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    return file
