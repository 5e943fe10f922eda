"""A site's folders for the tests of `stylize`, and the command itself."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
from django.core.management import CommandError, call_command

from imaging.decode import decode_image
from tests.inference.material import file_of, photo


@dataclass(frozen=True)
class CommandResult:
    out: str
    err: str
    error: str  # of the CommandError that ended it, with which it exits 1; empty where it ended well


def stylize(*arguments: str | Path) -> CommandResult:
    out, err, error = StringIO(), StringIO(), ""
    try:
        call_command("stylize", *map(str, arguments), stdout=out, stderr=err)
    except CommandError as caught:
        error = str(caught)
    return CommandResult(out.getvalue(), err.getvalue(), error)


def refusal(*arguments: str | Path) -> str:
    """What the command says when it does nothing at all."""
    answer = stylize(*arguments)
    assert answer.error, "the command ended well"
    assert not answer.out
    return answer.error


def put(path: Path, content: np.ndarray | bytes | None = None, file_format: str = "") -> Path:
    """A picture, or other bytes, in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not isinstance(content, bytes):
        kinds = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".heic": "HEIF", ".bmp": "BMP", ".tif": "TIFF"}
        content = file_of(photo(40, 60) if content is None else content, file_format or kinds[path.suffix.lower()])
    path.write_bytes(content)
    return path


def pixels(path: Path) -> np.ndarray:
    return decode_image(path).pixels


def files(folder: Path) -> list[str]:
    """All files below a folder, by their path in it."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
