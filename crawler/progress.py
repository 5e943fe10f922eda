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
from crawler.targets import Target


@dataclass
class Count:
    """Of one set: pictures by what became of them, and why; bytes and seconds."""

    name: str
    kept: int = 0
    skipped: int = 0
    failed: int = 0
    bytes: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)

    def note(self, item: Item) -> None:
        if item.state == Item.State.FAILED:
            self.failed += 1
        elif item.state == Item.State.SKIPPED:
            self.skipped += 1
        else:
            self.kept += 1
            self.bytes += item.bytes
        if item.reason:
            self.reasons[item.reason] += 1


class Out(Protocol):
    def write(self, text: str, /) -> object: ...


class Progress:
    """A bar a set on `out`, and a table at the end; or, `as_json`, a line of JSON a set."""

    def __init__(self, out: Out, *, as_json: bool = False) -> None:
        self.out, self.as_json = out, as_json
        self.counts: list[Count] = []
        self._bar: tqdm | None = None

    @contextmanager
    def on(self, target: Target) -> Iterator[None]:
        """While this set is collected."""
        count = Count(target.name)
        self.counts.append(count)
        started = time.monotonic()
        with tqdm(desc=target.name, total=0, unit="picture", disable=self.as_json or None) as self._bar:
            try:
                yield
            finally:
                count.seconds = round(time.monotonic() - started, 3)
                self._bar = None
        if self.as_json:
            self.out.write(json.dumps(vars(count)) + "\n")

    def expect(self, more: int) -> None:
        """So many more pictures of this set are to be had."""
        if self._bar is not None:
            self._bar.total = (self._bar.total or 0) + more
            self._bar.refresh()

    def note(self, *items: Item) -> None:
        """What became of these, for good."""
        count = self.counts[-1]
        for item in items:
            count.note(item)
        if self._bar is not None:
            self._bar.set_postfix_str(_postfix(count), refresh=False)
            self._bar.update(len(items))

    @property
    def total(self) -> Count:
        total = Count("all")
        for count in self.counts:
            total.kept, total.skipped = total.kept + count.kept, total.skipped + count.skipped
            total.failed, total.bytes = total.failed + count.failed, total.bytes + count.bytes
            total.seconds += count.seconds
            total.reasons += count.reasons
        return total

    def table(self) -> str:
        """One line a set, one for all, and why pictures were skipped or failed."""
        rows = [("", "kept", "skipped", "failed", "MB", "a second")]
        for count in (*self.counts, self.total):
            rate = (count.kept + count.skipped + count.failed) / count.seconds if count.seconds else 0.0
            numbers = (str(count.kept), str(count.skipped), str(count.failed))
            rows.append((count.name, *numbers, f"{count.bytes / 1e6:.1f}", f"{rate:.1f}"))
        lines = [f"{row[0]:<24}" + "".join(f"{cell:>10}" for cell in row[1:]) for row in rows]
        reasons = self.total.reasons.most_common()
        return "\n".join([*lines, *(f"  {reason}: {number}" for reason, number in reasons)])


def _postfix(count: Count) -> str:
    return f"{count.bytes / 1e6:.1f} MB, {count.skipped} skipped, {count.failed} failed"
