"""From folders of pictures to training sets: every picture is sampled once, in order, and duplicates are left out."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datasets.contact_sheet import SheetItem, write_contact_sheet
from datasets.journal import JournalEntry
from datasets.options import PICTURE_KINDS, DatasetOptions
from datasets.pool import map_in_order
from datasets.samples import limit_opencv_threads, sample_picture
from datasets.sources import SourcePicture, find_source_pictures, read_manifest_facts
from datasets.store import CONTACT_SHEETS, DatasetStore
from imaging.files import lock_folder
from imaging.hashing import HashIndex

RECIPE_VERSION = 1  # counts up when the same options would give other samples
# Passes entries on as they come; the number is how many there will be.
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
    def config(self) -> dict[str, object]:
        classes = {"photos": self.photos and sorted(self.photos), "anime": self.anime and sorted(self.anime)}
        return self.options.as_dict() | classes | {"input": str(self.root.resolve()), "recipe": RECIPE_VERSION}


def prepare_dataset(
    request: PrepareRequest, wrap_progress: ProgressWrapper, report: Callable[[str], None] = print
) -> Counter[tuple[str, str]]:
    """Make the data set, or go on with it; return its counts by (kind, name).

    The entries of new pictures pass through `wrap_progress`; `report` hears which files are left out. Raise
    NoSourcePictures, DatasetMismatch, BlockingIOError when another process writes there, and BrokenProcessPool when a
    worker dies.
    """
    sources = find_source_pictures(request.root, request.photos, request.anime, report)
    request.output.mkdir(parents=True, exist_ok=True)
    with lock_folder(request.output):
        store = DatasetStore(request.output, request.config, request.options.val)
        store.journal.discard_stale(sources)
        done = {entry.source for entry in store.journal.entries}
        by_kind = [[source for source in sources if source.kind == kind] for kind in PICTURE_KINDS]
        pending = [source for group in by_kind for source in group[: request.limit] if source.name not in done]
        for _ in wrap_progress(_add_pictures(store, pending, request), len(pending)):
            pass
        counts = store.finish(read_manifest_facts(request.root, {source.label for source in sources}))
        _write_contact_sheets(store, request.root)
    return counts


def _add_pictures(store: DatasetStore, pending: list[SourcePicture], request: PrepareRequest) -> Iterable[JournalEntry]:
    indexes = {kind: HashIndex(request.options.similar) for kind in PICTURE_KINDS}
    for entry in store.journal.entries:
        if entry.samples:
            indexes[entry.kind].add(entry.perceptual_hash, entry.source)
    # Before the files are read: what is replaced while it is sampled has another stamp the next time.
    stamps = [source.stamp for source in pending]
    sample = partial(sample_picture, options=request.options)
    results = map_in_order(sample, pending, request.workers, limit_opencv_threads)
    for source, stamp, sampled in zip(pending, stamps, results, strict=True):
        # Whole pictures are compared: portraits cropped to their faces are all much alike. And only those that gave
        # something: a sharp copy of a blurred picture is welcome.
        duplicate_of = None
        if sampled.samples:
            duplicate_of = indexes[source.kind].find_nearest(sampled.perceptual_hash)
            if not duplicate_of:
                indexes[source.kind].add(sampled.perceptual_hash, source.name)
        yield store.add_picture(source, stamp, sampled, duplicate_of)


def _write_contact_sheets(store: DatasetStore, root: Path) -> None:
    for kind in PICTURE_KINDS:
        items = [
            SheetItem(
                root / entry.source,
                [store.folder / file for file in (sample.file, sample.smooth_file) if file],
                sample.box,
                sample.face,
            )
            for entry in store.journal.entries
            if entry.kind == kind
            for sample in store.find_remaining_samples(entry)
        ]
        write_contact_sheet(store.folder / CONTACT_SHEETS[kind], items)
