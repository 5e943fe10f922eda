"""What became of each picture, a line a picture: a run that was ended goes on by it, and nothing is done twice."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from datasets.sources import SourcePicture
from imaging.files import write_atomically

# Names on disk, where they differ from the fields: journals of earlier runs go on to be read.
ENTRY_KEYS = {"perceptual_hash": "hash", "error": "trouble", "duplicate_of": "like"}
SAMPLE_KEYS = {"smooth_file": "smooth"}
UNREADABLE = "unreadable"  # begins the error of a file that the system could not read: it is tried again


@dataclass(frozen=True)
class SampleRecord:
    """A sample: its file in the data set, and in its picture the square it shows and the face it is for.

    Both are [left, top, side] in pixels.
    """

    file: str
    box: list[int]
    face: list[int] | None
    sharpness: float
    smooth_file: str = ""  # the copy with blurred edges, if there is one


@dataclass(frozen=True)
class JournalEntry:
    """A picture that is done: its samples, or why there are none."""

    source: str
    kind: str
    label: str
    stamp: tuple[int, int]
    sha256: str
    perceptual_hash: int
    dropped: dict[str, int] = field(default_factory=dict)
    error: str = ""
    duplicate_of: str = ""  # name of the picture that this one looks like
    samples: list[SampleRecord] = field(default_factory=list)

    @classmethod
    def from_json_line(cls, line: str) -> "JournalEntry":
        values = _rename(json.loads(line), {key: name for name, key in ENTRY_KEYS.items()})
        sample_names = {key: name for name, key in SAMPLE_KEYS.items()}
        samples = [SampleRecord(**_rename(sample, sample_names)) for sample in values.pop("samples")]
        return cls(**values | {"stamp": tuple(values["stamp"]), "samples": samples})

    def to_json_line(self) -> str:
        values = _rename(asdict(self), ENTRY_KEYS)
        values["samples"] = [_rename(sample, SAMPLE_KEYS) for sample in values["samples"]]
        return json.dumps(values, ensure_ascii=False) + "\n"


def _rename(values: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in values.items()}


class Journal:
    """The entries on disk. One process at a time may write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        # A line without its end is from a run that was killed while it wrote: that picture is not done.
        self.entries = [JournalEntry.from_json_line(line.decode()) for line in lines if line.endswith(b"\n")]

    def discard_stale(self, sources: Iterable[SourcePicture]) -> None:
        """Forget pictures that are gone, were replaced or could not be read, and the duplicates of those."""
        stamps = {source.name: source.stamp for source in sources}
        current = {entry.source: entry for entry in self.entries if entry.stamp == stamps.get(entry.source)}
        self.entries = [
            entry
            for entry in current.values()
            if (not entry.duplicate_of or entry.duplicate_of in current) and not entry.error.startswith(UNREADABLE)
        ]
        write_atomically(self.path, "".join(entry.to_json_line() for entry in self.entries))

    def add(self, entry: JournalEntry) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(entry.to_json_line())
        self.entries.append(entry)
