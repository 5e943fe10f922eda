"""What became of each picture, a line a picture: a run that was ended goes on by it, and nothing is done twice."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from datasets.options import PICTURE_KINDS
from datasets.sources import SourcePicture
from imaging.files import write_atomically
from imaging.json_files import parse_json

# Names on disk, where they differ from the fields: journals of earlier runs go on to be read.
ENTRY_KEYS = {"perceptual_hash": "hash", "error": "trouble", "duplicate_of": "like"}
SAMPLE_KEYS = {"smooth_file": "smooth"}
SAMPLE_NAME = re.compile(r"[a-z_]+/(?:train|val)/[^/\0]+")  # of a file, in the folder of the data set
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
        """Return the entry of a line. Raise ValueError, KeyError, TypeError or AttributeError for another line."""
        values = _rename(parse_json(line), {key: name for name, key in ENTRY_KEYS.items()})
        sample_names = {key: name for name, key in SAMPLE_KEYS.items()}
        samples = [SampleRecord(**_rename(sample, sample_names)) for sample in values.pop("samples")]
        entry = cls(**values | {"stamp": tuple(values["stamp"]), "samples": samples})
        names = [name for sample in samples for name in (sample.file, sample.smooth_file) if name]
        if entry.kind not in PICTURE_KINDS or not all(SAMPLE_NAME.fullmatch(name) for name in names):
            raise ValueError("its samples are not in this data set")
        return entry

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
        self.entries = []
        for number, line in enumerate(lines, start=1):
            try:
                if line.endswith(b"\n"):
                    self.entries.append(JournalEntry.from_json_line(line.decode()))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{path}, line {number}: not of a data set's journal ({error})") from error

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
