"""What became of each picture, a line a picture: by it a run that was ended goes on, and nothing is done twice."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from datasets.files import write_whole
from datasets.sources import SourcePicture


@dataclass(frozen=True)
class SampleRecord:
    """A sample: its file in the data set, the square of the picture that it shows, and the face that it is for."""

    file: str
    box: list[int]
    face: list[int] | None
    sharpness: float
    smooth: str = ""  # file of the copy with blurred edges, if there is one


@dataclass(frozen=True)
class JournalEntry:
    """A picture that is done. `like` names the picture that it is a double of."""

    source: str
    kind: str
    label: str
    stamp: tuple[int, int]
    sha256: str
    hash: int
    dropped: dict[str, int] = field(default_factory=dict)
    trouble: str = ""
    like: str = ""
    samples: list[SampleRecord] = field(default_factory=list)

    @classmethod
    def from_json(cls, line: str) -> "JournalEntry":
        values: dict[str, Any] = json.loads(line)
        samples = [SampleRecord(**sample) for sample in values.pop("samples")]
        return cls(**values | {"stamp": tuple(values["stamp"]), "samples": samples})

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


class Journal:
    """The entries on disk. One process at a time may write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        # A line without its end is from a run that was killed while it wrote: that picture is not done.
        self.entries = [JournalEntry.from_json(line.decode()) for line in lines if line.endswith(b"\n")]

    def keep_only(self, sources: Iterable[SourcePicture]) -> None:
        """Forget the pictures that are gone or were replaced, and the doubles of those."""
        stamps = {source.name: source.stamp for source in sources}
        fresh = {entry.source: entry for entry in self.entries if entry.stamp == stamps.get(entry.source)}
        self.entries = [
            entry
            for entry in fresh.values()
            if (not entry.like or entry.like in fresh) and not entry.trouble.startswith("unreadable")
        ]
        write_whole(self.path, "".join(entry.as_json() for entry in self.entries).encode())

    def add(self, entry: JournalEntry) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(entry.as_json())
        self.entries.append(entry)
