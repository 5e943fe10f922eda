"""Files that are there whole, or not at all; and those of a weights folder that are no styles."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import escape
from pathlib import Path


@contextmanager
def whole_or_nothing(path: Path) -> Iterator[Path]:
    """A path beside it to write to, of this process alone; it becomes `path` unless something is raised."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def parts_of(path: Path) -> list[Path]:
    """What writers of `path` that were killed have left beside it."""
    return list(path.parent.glob(f"{escape(path.name)}.*.part"))


@dataclass(frozen=True)
class WeightsFile:
    """A file in a weights folder that is no style's; `download.fetch` takes it as it takes a style."""

    folder: Path
    name: str
    id: str
    source: str  # its address
    sha256: str  # or its beginning, where no more of it was published
    git_blob: str = ""

    @property
    def path(self) -> Path:
        return self.folder / self.name

    @property
    def downloaded(self) -> bool:
        return self.path.is_file()
