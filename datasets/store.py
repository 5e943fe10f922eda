"""The folder of a data set: where samples lie, what it was made with, and its index."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from datasets.files import write_whole
from datasets.journal import Journal, JournalEntry, SampleRecord
from datasets.options import ANIME, KINDS, PHOTO
from datasets.samples import Sample, SampledPicture, is_validation_picture
from datasets.sources import SourcePicture

SMOOTH = f"{ANIME}_smooth"
FOLDERS = (f"{PHOTO}/train", f"{PHOTO}/val", f"{ANIME}/train", f"{ANIME}/val", f"{SMOOTH}/train")
REPORT, INDEX, JOURNAL = "report.json", "index.jsonl", "journal.jsonl"


class DatasetMismatch(ValueError):
    """The folder has something else than the data set that was asked for; the message says what."""


class DatasetStore:
    """`made_with` is kept in the report; a folder that was made with something else is refused (OtherDataset)."""

    def __init__(self, folder: Path, made_with: dict[str, Any], val: float) -> None:
        self.folder, self.made_with, self.val = folder, made_with, val
        self._check()
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.journal = Journal(folder / JOURNAL)

    def _check(self) -> None:
        report = self.folder / REPORT
        if not report.exists():
            # Killed right at its start, an earlier run leaves a report without its name.
            if {path.name for path in self.folder.iterdir()} - {f"{REPORT}.part"}:
                raise DatasetMismatch(f"{self.folder} is not empty and no data set: give another --output")
            self.write_report({})
            return
        try:
            before = dict(json.loads(report.read_text(encoding="utf-8"))["options"])
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetMismatch(f"{report} is no report of a data set: give another --output") from error
        names = sorted(before.keys() | self.made_with.keys())
        differ = [name for name in names if before.get(name) != self.made_with.get(name)]
        if differ:
            values = "; ".join(f"{name}: {before.get(name)}, now {self.made_with.get(name)}" for name in differ)
            raise DatasetMismatch(
                f"{self.folder} was made with other options ({values}): give the same, or another --output"
            )

    def put(
        self, source: SourcePicture, stamp: tuple[int, int], findings: SampledPicture, like: str | None
    ) -> JournalEntry:
        """Write a picture's samples, then its entry: only what the journal names is there for sure."""
        dropped = {"similar": 1} if like else {reason: n for reason, n in findings.dropped.items() if n}
        samples = [] if like else [self._put(source, n, findings, sample) for n, sample in enumerate(findings.samples)]
        entry = JournalEntry(
            source=source.name,
            kind=source.kind,
            label=source.label,
            stamp=stamp,
            sha256=findings.sha256,
            hash=findings.hash,
            dropped=dropped,
            trouble=findings.trouble,
            like=like or "",
            samples=samples,
        )
        self.journal.add(entry)
        return entry

    def _put(self, source: SourcePicture, number: int, findings: SampledPicture, sample: Sample) -> SampleRecord:
        split = "val" if is_validation_picture(findings.sha256, self.val) else "train"
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", source.path.stem)[:80]
        # The hash makes names unique: two folders may both have a 1.jpg.
        name = f"{split}/{stem}_{findings.sha256[:12]}_{number}.jpg"
        file, smooth = f"{source.kind}/{name}", f"{SMOOTH}/{name}" if sample.smooth else ""
        if sample.smooth:
            write_whole(self.folder / smooth, sample.smooth)
        write_whole(self.folder / file, sample.jpeg)
        face = sample.face.box if sample.face else None
        return SampleRecord(file, sample.square.box, face, sample.sharpness, smooth)

    def remaining(self, entry: JournalEntry) -> list[SampleRecord]:
        """The samples of a picture that are still there: who deletes one by hand does not want it."""
        return [kept for kept in entry.samples if (self.folder / kept.file).exists()]

    def finish(self, facts: dict[str, dict[str, Any]]) -> Counter[tuple[str, str]]:
        """Write index and report, and remove files that the index does not name. Returns the counts."""
        lines, named = [], set()
        for entry in self.journal.entries:
            for kept in self.remaining(entry):
                lines.append(json.dumps(_line(entry, kept, facts.get(entry.source, {})), ensure_ascii=False) + "\n")
                named |= {kept.file, kept.smooth}
        write_whole(self.folder / INDEX, "".join(lines).encode())
        for name in FOLDERS:
            for path in (self.folder / name).iterdir():
                if path.relative_to(self.folder).as_posix() not in named:
                    path.unlink()
        counts = self._counts()
        bad = {entry.source: entry.trouble for entry in self.journal.entries if entry.trouble}
        table = {kind: {what: n for (k, what), n in sorted(counts.items()) if k == kind} for kind in KINDS}
        self.write_report({"counts": table, "bad": bad})
        return counts

    def write_report(self, found: dict[str, Any]) -> None:
        text = json.dumps({"options": self.made_with} | found, ensure_ascii=False, indent=2)
        write_whole(self.folder / REPORT, text.encode() + b"\n")

    def _counts(self) -> Counter[tuple[str, str]]:
        """(kind, what) -> how many: pictures, samples of each split, and what was dropped for which reason."""
        counts: Counter[tuple[str, str]] = Counter()
        for entry in self.journal.entries:
            kept = self.remaining(entry)
            found = Counter({"pictures": 1, "deleted": len(entry.samples) - len(kept)}) + Counter(entry.dropped)
            found.update(sample.file.split("/")[1] for sample in kept)
            counts.update({(entry.kind, what): n for what, n in found.items()})
        return counts


def _line(entry: JournalEntry, kept: SampleRecord, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "file": kept.file,
        "split": kept.file.split("/")[1],
        "class": entry.label,
        "source": entry.source,
        "sha256": entry.sha256,
        "box": kept.box,
        "face": kept.face,
        "sharpness": kept.sharpness,
        "licence": facts.get("licence"),
        "address": facts.get("address"),
    }
