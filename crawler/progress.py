"""What a person sees of a crawl, or a machine reads."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from tqdm import tqdm

from crawler.models import Item
from crawler.sources.base import CrawlTarget


@dataclass
class SetCounts:
    """Pictures of one set by what became of them, and why. The names are those of the JSON output's keys."""

    name: str
    kept: int = 0
    skipped: int = 0
    failed: int = 0
    bytes: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    def count(self, item: Item) -> None:
        if item.state == Item.State.FAILED:
            self.failed += 1
        elif item.state == Item.State.SKIPPED:
            self.skipped += 1
        else:
            self.kept += 1
            self.bytes += item.bytes
        if item.reason:
            self.reasons[item.reason] += 1


class TextOutput(Protocol):
    def write(self, text: str, /) -> object: ...


class CrawlProgress:
    """A bar for each set and a table at the end; or, `as_json`, a line of JSON a set."""

    def __init__(self, out: TextOutput, *, as_json: bool = False) -> None:
        self.out, self.as_json = out, as_json
        self.sets: list[SetCounts] = []
        self._bar: tqdm | None = None

    @contextmanager
    def track(self, target: CrawlTarget) -> Iterator[None]:
        """Count for this set while it is collected."""
        counts = SetCounts(target.name)
        self.sets.append(counts)
        started = time.monotonic()
        with tqdm(desc=target.name, total=0, unit="picture", disable=self.as_json or None) as self._bar:
            try:
                yield
            finally:
                counts.seconds = round(time.monotonic() - started, 3)
                self._bar = None
        if self.as_json:
            self.out.write(json.dumps(vars(counts)) + "\n")

    def add_expected(self, count: int) -> None:
        """Add pictures of this set that are still to come to the bar's length."""
        if self._bar is not None:
            self._bar.total = (self._bar.total or 0) + count
            self._bar.refresh()

    def count(self, *items: Item) -> None:
        """Count what became of these items, for good."""
        counts = self.sets[-1]
        for item in items:
            counts.count(item)
        if self._bar is not None:
            postfix = f"{counts.bytes / 1e6:.1f} MB, {counts.skipped} skipped, {counts.failed} failed"
            self._bar.set_postfix_str(postfix, refresh=False)
            self._bar.update(len(items))

    @property
    def total(self) -> SetCounts:
        total = SetCounts("all")
        for counts in self.sets:
            total.kept, total.skipped = total.kept + counts.kept, total.skipped + counts.skipped
            total.failed, total.bytes = total.failed + counts.failed, total.bytes + counts.bytes
            total.seconds += counts.seconds
            total.reasons += counts.reasons
        return total

    def format_table(self) -> str:
        """Return one line a set, one for all, and why pictures were skipped or failed."""
        rows = [("", "kept", "skipped", "failed", "MB", "a second")]
        for counts in (*self.sets, self.total):
            rate = (counts.kept + counts.skipped + counts.failed) / counts.seconds if counts.seconds else 0.0
            numbers = (str(counts.kept), str(counts.skipped), str(counts.failed))
            rows.append((counts.name, *numbers, f"{counts.bytes / 1e6:.1f}", f"{rate:.1f}"))
        lines = [f"{row[0]:<24}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows]
        reasons = self.total.reasons.most_common()
        return "\n".join([*lines, *(f"  {reason}: {number}" for reason, number in reasons)])
