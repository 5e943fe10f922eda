"""The folder of a data set: where samples lie, what it was made with, and its index."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.journal import Journal, JournalEntry, SampleRecord
from datasets.options import ANIME, PHOTO, PICTURE_KINDS
from datasets.samples import DatasetSample, SampledPicture, is_validation_picture
from datasets.sources import SourcePicture
from imaging.files import find_partial_files, write_atomically
from imaging.json_files import read_json

SMOOTH = f"{ANIME}_smooth"
FOLDERS = (f"{PHOTO}/train", f"{PHOTO}/val", f"{ANIME}/train", f"{ANIME}/val", f"{SMOOTH}/train")
REPORT, INDEX, JOURNAL = "report.json", "index.jsonl", "journal.jsonl"
CONTACT_SHEETS = {kind: f"sheet_{kind}.jpg" for kind in PICTURE_KINDS}


class DatasetMismatch(ValueError):
    """The folder has something else than the data set that was asked for; the message says what."""


class DatasetStore:
    """`config` is what the samples are made with, and stands in the report.

    Raise DatasetMismatch for a folder that was made with something else. Only the process that holds the folder's lock
    may open it.
    """

    def __init__(self, folder: Path, config: Mapping[str, Any], val: float) -> None:
        self.folder, self.config, self.val = folder, config, val
        self._check_config()
        for part in self._find_partial_files():  # of an earlier run that was killed: no one else writes here
            part.unlink()
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        try:
            self.journal = Journal(folder / JOURNAL)
        except ValueError as error:
            raise DatasetMismatch(f"{error}: give another --output") from error

    def _check_config(self) -> None:
        report = self.folder / REPORT
        if not report.exists():
            # Killed right at its start, an earlier run leaves a report without its name.
            if set(self.folder.iterdir()) - self._find_partial_files():
                raise DatasetMismatch(f"{self.folder} is not empty and no data set: give another --output")
            self.write_report({})
            return
        try:
            before = dict(read_json(report)["options"])
        except (ValueError, KeyError, TypeError) as error:
            raise DatasetMismatch(f"{report} is no report of a data set: give another --output") from error
        names = sorted(before.keys() | self.config.keys())
        differ = [name for name in names if before.get(name) != self.config.get(name)]
        if differ:
            values = "; ".join(f"{name}: {before.get(name)}, now {self.config.get(name)}" for name in differ)
            raise DatasetMismatch(
                f"{self.folder} was made with other options ({values}): give the same, or another --output"
            )

    def _find_partial_files(self) -> set[Path]:
        """Only those of the data set's own files: the folder may turn out to be somebody else's."""
        own = [self.folder / name for name in (REPORT, INDEX, JOURNAL, *CONTACT_SHEETS.values())]
        return {part for path in own for part in find_partial_files(path)}

    def add_picture(
        self, source: SourcePicture, stamp: tuple[int, int], sampled: SampledPicture, duplicate_of: str | None
    ) -> JournalEntry:
        """Write a picture's samples, then its entry: what the journal names is there for sure."""
        samples = []
        dropped = {reason: count for reason, count in sampled.dropped.items() if count}
        if duplicate_of:
            dropped = {"similar": 1}
        else:
            samples = [self._write_sample(source, n, sampled, sample) for n, sample in enumerate(sampled.samples)]
        entry = JournalEntry(
            source=source.name,
            kind=source.kind,
            label=source.label,
            stamp=stamp,
            sha256=sampled.sha256,
            perceptual_hash=sampled.perceptual_hash,
            dropped=dropped,
            error=sampled.error,
            duplicate_of=duplicate_of or "",
            samples=samples,
        )
        self.journal.add(entry)
        return entry

    def _write_sample(
        self, source: SourcePicture, number: int, sampled: SampledPicture, sample: DatasetSample
    ) -> SampleRecord:
        split = "val" if is_validation_picture(sampled.sha256, self.val) else "train"
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", source.path.stem)[:80]
        # The hash makes names unique: two folders may both have a 1.jpg.
        name = f"{split}/{stem}_{sampled.sha256[:12]}_{number}.jpg"
        file, smooth_file = f"{source.kind}/{name}", ""
        if sample.smooth_jpeg:
            smooth_file = f"{SMOOTH}/{name}"
            write_atomically(self.folder / smooth_file, sample.smooth_jpeg)
        write_atomically(self.folder / file, sample.jpeg)
        face = sample.face.box if sample.face else None
        return SampleRecord(file, sample.square.box, face, sample.sharpness, smooth_file)

    def find_remaining_samples(self, entry: JournalEntry) -> list[SampleRecord]:
        """Return the samples of a picture that still have a file: who deletes one by hand does not want it."""
        return [sample for sample in entry.samples if (self.folder / sample.file).exists()]

    def finish(self, facts: Mapping[str, dict[str, Any]]) -> Counter[tuple[str, str]]:
        """Write index and report, remove files that the index does not name, and return the counts."""
        lines, indexed = [], set()
        for entry in self.journal.entries:
            for sample in self.find_remaining_samples(entry):
                line = _build_index_line(entry, sample, facts.get(entry.source, {}))
                lines.append(json.dumps(line, ensure_ascii=False) + "\n")
                indexed |= {sample.file, sample.smooth_file}
        write_atomically(self.folder / INDEX, "".join(lines))
        for name in FOLDERS:
            for path in (self.folder / name).iterdir():
                if path.relative_to(self.folder).as_posix() not in indexed:
                    path.unlink()
        counts = self._count()
        bad = {entry.source: entry.error for entry in self.journal.entries if entry.error}
        table = {kind: {name: n for (k, name), n in sorted(counts.items()) if k == kind} for kind in PICTURE_KINDS}
        self.write_report({"counts": table, "bad": bad})
        return counts

    def write_report(self, results: Mapping[str, Any]) -> None:
        text = json.dumps({"options": self.config, **results}, ensure_ascii=False, indent=2)
        write_atomically(self.folder / REPORT, text + "\n")

    def _count(self) -> Counter[tuple[str, str]]:
        """(kind, name) -> how many: pictures, samples of each split, and what was dropped for which reason."""
        counts: Counter[tuple[str, str]] = Counter()
        for entry in self.journal.entries:
            samples = self.find_remaining_samples(entry)
            of_entry = Counter({"pictures": 1, "deleted": len(entry.samples) - len(samples)}) + Counter(entry.dropped)
            of_entry.update(sample.file.split("/")[1] for sample in samples)
            counts.update({(entry.kind, name): n for name, n in of_entry.items()})
        return counts


def _build_index_line(entry: JournalEntry, sample: SampleRecord, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "file": sample.file,
        "split": sample.file.split("/")[1],
        "class": entry.label,
        "source": entry.source,
        "sha256": entry.sha256,
        "box": sample.box,
        "face": sample.face,
        "sharpness": sample.sharpness,
        "licence": facts.get("licence"),
        "address": facts.get("address"),
    }
