"""Digests of weights files of which nobody published one: who lets a file in pins it, and no other takes its place."""

import json
from pathlib import Path

from imaging.files import write_atomically
from imaging.json_files import read_json

PINS_NAME = "pins.json"  # beside the manifest; of this installation, and not of the project


def read_pins(folder: Path) -> dict[str, str]:
    """Return the pinned SHA-256 of each file name. Raise OSError or ValueError where they cannot be read."""
    path = folder / PINS_NAME
    if not path.exists():
        return {}
    pins = read_json(path)
    if not isinstance(pins, dict) or not all(isinstance(digest, str) and len(digest) == 64 for digest in pins.values()):
        raise ValueError(f"{path}: must be file names with a SHA-256 each")
    return pins


def write_pin(path: Path, sha256: str) -> None:
    """Pin a file of a weights folder."""
    pins = read_pins(path.parent) | {path.name: sha256}
    write_atomically(path.parent / PINS_NAME, json.dumps(pins, indent=2, sort_keys=True).encode())
