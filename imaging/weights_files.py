"""Files of a weights folder, and whether they are what was published."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class DownloadableFile(Protocol):
    """A file that can be brought here: that of an `inference.styles.Style`, or another that says as much of itself."""

    @property
    def id(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def source(self) -> str: ...
    @property
    def sha256(self) -> str:
        """Or its first digits, where no more of it was published; empty where nothing was."""
        ...

    @property
    def git_blob(self) -> str: ...
    @property
    def is_available(self) -> bool: ...


@dataclass(frozen=True)
class WeightsFile:
    """A file in a weights folder that is no style's, which `inference.download.download_file` takes all the same."""

    folder: Path
    name: str
    id: str
    source: str  # its URL
    sha256: str  # or its beginning, where no more of it was published
    git_blob: str = ""

    @property
    def path(self) -> Path:
        """Return where it is, or would be."""
        return self.folder / self.name

    @property
    def is_available(self) -> bool:
        """Return whether there is such a file, right or wrong."""
        return self.path.is_file()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _git_blob(path: Path) -> str:
    header = b"blob %d\0" % path.stat().st_size
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.sha1(header, usedforsecurity=False)).hexdigest()


def find_digest_mismatch(file: DownloadableFile, path: Path) -> str:
    """Return how the bytes in `path` differ from what they should be; empty where they are right. Raise OSError."""
    for kind, expected, read in (("SHA-256", file.sha256, _sha256), ("git blob id", file.git_blob, _git_blob)):
        if expected and not (actual := read(path)).startswith(expected.lower()):
            return f"its {kind} is {actual}, not {expected}"
    return ""
