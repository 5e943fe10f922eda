"""Where pictures lie: `<output>/<class>/<gender>/<class>_<gender>_<source>_raw_page<P>_<N>.jpg`.

A picture is written in `.incoming`, under its item's key, when it is whole and verified. From there it moves to its
final name in one step. So a folder of a class never holds half a file, and what was downloaded before a crash is found
again.
"""

import json
from collections.abc import Container, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crawler.models import Item
from imaging.files import atomic_write, find_partial_files, lock_file, write_atomically

INCOMING = ".incoming"
LOCK_FILE = "lock"  # in it; versions of before hold the same
MANIFEST = "manifest.jsonl"
# What JSON allows in a text, but some readers of lines take for the end of one.
ESCAPED_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


class StoreLocked(Exception):
    """Another crawl writes into this folder."""


class CrawlStore:
    """The folder `root` of one or several crawls; `source` is part of the names of new files."""

    def __init__(self, root: Path, source: str) -> None:
        self.root, self.source = root.resolve(), source
        self.incoming = self.root / INCOMING

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for this process alone. Raise StoreLocked."""
        self.incoming.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            try:
                stack.enter_context(lock_file(self.incoming / LOCK_FILE))
            except BlockingIOError as error:
                raise StoreLocked(f"another crawl is writing into {self.root}") from error
            for part in self.incoming.glob("*.part"):  # half a file, of a run that was killed
                part.unlink()
            yield

    def delete_orphaned_files(self, unfinished_keys: Container[str]) -> None:
        """Delete what no row waits for; what was downloaded and not decided about is there for the next crawl."""
        for path in self.incoming.iterdir():
            if path.name != LOCK_FILE and path.name not in unfinished_keys:
                path.unlink()

    def incoming_path(self, item: Item) -> Path:
        """Return where an item's picture lies, once it is verified, until it gets its final name."""
        return self.incoming / item.key

    def write_incoming(self, item: Item, data: bytes) -> None:
        """Write a verified picture, whole or not at all."""
        write_atomically(self.incoming_path(item), data)

    def choose_file_name(self, item: Item, suffix: str) -> str:
        """Return the item's name below the folder, with a number where a picture of an earlier crawl has it."""
        stem = f"{item.label}_{item.gender}_{self.source}_raw_page{item.page}_{item.position}"
        name, number = f"{item.label}/{item.gender}/{stem}{suffix}", 1
        while (self.root / name).exists():
            number += 1
            name = f"{item.label}/{item.gender}/{stem}_{number}{suffix}"
        return name

    def move_to_final_name(self, item: Item) -> None:
        """Move an incoming picture to `item.file`."""
        path = self.root / item.file
        path.parent.mkdir(parents=True, exist_ok=True)
        self.incoming_path(item).replace(path)

    def write_manifest(self, label: str) -> None:
        """Write the manifest of a class from the rows: a line of JSON for each picture that is kept."""
        folder = self.root / label
        if not folder.is_dir():
            return
        kept = Item.objects.filter(output=str(self.root), label=label, state=Item.State.KEPT)
        for part in find_partial_files(folder / MANIFEST):  # of a run that was killed
            part.unlink()
        with atomic_write(folder / MANIFEST) as part, part.open("w", encoding="utf-8") as file:
            for item in kept.iterator(chunk_size=500):
                line = json.dumps(_build_manifest_line(item), ensure_ascii=False)
                file.write(line.translate(ESCAPED_LINE_ENDS) + "\n")


def _build_manifest_line(item: Item) -> dict[str, object]:
    """The keys are those of all manifests that were ever written; `prepare_dataset` reads some."""
    return {
        "file": item.file,
        "address": item.url,
        "page": item.page,
        "place": item.position,
        "id": item.remote_id,
        "title": item.title,
        "keywords": item.keywords,
        "licence": item.license,
        "width": item.width,
        "height": item.height,
        "sha256": item.sha256,
        "perceptual_hash": item.perceptual_hash,
        "fetched_at": item.fetched.isoformat() if item.fetched else None,
    }
