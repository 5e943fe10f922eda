"""From folders of pictures to training sets: every picture is looked at once, in order, and the doubles left out."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datasets.contact_sheet import SheetItem, write_contact_sheet
from datasets.files import alone_in
from datasets.journal import JournalEntry
from datasets.options import KINDS, DatasetOptions
from datasets.pool import map_in_order
from datasets.samples import limit_opencv_threads, sample_picture
from datasets.sources import SourcePicture, find_source_pictures, read_manifest_facts
from datasets.store import DatasetStore
from imaging.hashing import HashIndex

RECIPE_VERSION = 1  # counts up when the same options would give other samples
ProgressWrapper = Callable[[Iterable[JournalEntry], int], Iterable[JournalEntry]]


@dataclass(frozen=True)
class PrepareRequest:
    """What to make of which folder. `limit` is of pictures of each kind; None for all."""

    root: Path
    output: Path
    options: DatasetOptions
    photos: Sequence[str] | None = None
    anime: Sequence[str] | None = None
    limit: int | None = None
    workers: int = 1

    @property
    def made_with(self) -> dict[str, object]:
        classes = {"photos": self.photos and sorted(self.photos), "anime": self.anime and sorted(self.anime)}
        return self.options.as_json() | classes | {"input": str(self.root.resolve()), "recipe": RECIPE_VERSION}


def prepare_dataset(request: PrepareRequest, watch: ProgressWrapper) -> Counter[tuple[str, str]]:
    """Make the data set, or go on with it; returns its counts.

    Goes through the entries of what is new by way of `watch(entries, how many)`. Raises NoSources, OtherDataset,
    BlockingIOError when another process writes there, and BrokenProcessPool when a worker dies.
    """
    sources = find_source_pictures(request.root, request.photos, request.anime)
    request.output.mkdir(parents=True, exist_ok=True)
    with alone_in(request.output):
        store = DatasetStore(request.output, request.made_with, request.options.val)
        store.journal.keep_only(sources)
        done = {entry.source for entry in store.journal.entries}
        todo = [source for source in _first(sources, request.limit) if source.name not in done]
        for _ in watch(_work(store, todo, request), len(todo)):
            pass
        counts = store.finish(read_manifest_facts(request.root, {source.label for source in sources}))
        _write_sheets(store, request.root)
    return counts


def _first(sources: list[SourcePicture], limit: int | None) -> list[SourcePicture]:
    return [source for kind in KINDS for source in [s for s in sources if s.kind == kind][:limit]]


def _work(store: DatasetStore, todo: list[SourcePicture], request: PrepareRequest) -> Iterable[JournalEntry]:
    seen = {kind: HashIndex(request.options.similar) for kind in KINDS}
    for entry in store.journal.entries:
        if entry.samples:
            seen[entry.kind].add(entry.hash, entry.source)
    # Before the files are read: what is replaced while it is looked at has another one the next time.
    stamps = [source.stamp for source in todo]
    results = map_in_order(
        partial(sample_picture, options=request.options), todo, request.workers, limit_opencv_threads
    )
    for source, stamp, findings in zip(todo, stamps, results, strict=True):
        # Whole pictures are compared: portraits cut to their faces are all much alike. And only those that gave
        # something: a sharp copy of a blurred picture is welcome.
        like = seen[source.kind].find_nearest(findings.hash) if findings.samples else None
        if findings.samples and not like:
            seen[source.kind].add(findings.hash, source.name)
        yield store.put(source, stamp, findings, like)


def _write_sheets(store: DatasetStore, root: Path) -> None:
    for kind in KINDS:
        shown = [
            SheetItem(
                root / entry.source,
                [store.folder / file for file in (kept.file, kept.smooth) if file],
                kept.box,
                kept.face,
            )
            for entry in store.journal.entries
            if entry.kind == kind
            for kept in store.remaining(entry)
        ]
        write_contact_sheet(store.folder / f"sheet_{kind}.jpg", shown)
