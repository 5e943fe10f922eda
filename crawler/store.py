"""Where pictures lie: `<output>/<class>/<gender>/<class>_<gender>_<source>_raw_page<P>_<N>.jpg`.

A picture is written in `.incoming`, under its item's key: with `.part` at the end until it is whole and verified.
From there it moves to its place in one step. So a folder of a class never holds half a file, and what was downloaded
before a crash is found again.
"""

import fcntl
import json
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.models import Item

INCOMING = ".incoming"
# What JSON allows in a text, but some readers of lines take for the end of one.
LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}


class Busy(Exception):
    """Another crawl writes into this folder."""


class Store:
    def __init__(self, root: Path, source: str) -> None:
        self.root, self.source = root.resolve(), source
        self.incoming = self.root / INCOMING

    @contextmanager
    def open(self) -> Iterator[None]:
        """The folder for this process alone. Raises Busy."""
        self.incoming.mkdir(parents=True, exist_ok=True)
        with (self.incoming / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise Busy(f"another crawl is writing into {self.root}") from error
            for half in self.incoming.glob("*.part"):
                half.unlink()
            yield

    def clean(self, waiting: Container[str]) -> None:
        """Remove what no row waits for; what was downloaded and not decided about is there for the next crawl."""
        for left in self.incoming.iterdir():
            if left.name != "lock" and left.name not in waiting:
                left.unlink()

    def incoming_path(self, item: Item) -> Path:
        """Where an item's picture lies, once it is verified, until it moves to its place."""
        return self.incoming / item.key

    def write_incoming(self, item: Item, data: bytes) -> None:
        whole = self.incoming_path(item)
        part = whole.with_suffix(".part")
        part.write_bytes(data)
        part.replace(whole)

    def free_name(self, item: Item, suffix: str) -> str:
        """The item's name below the folder; with a number where another picture has it from an earlier crawl."""
        stem = f"{item.label}_{item.gender}_{self.source}_raw_page{item.page}_{item.place}"
        name, number = f"{item.label}/{item.gender}/{stem}{suffix}", 1
        while (self.root / name).exists():
            number += 1
            name = f"{item.label}/{item.gender}/{stem}_{number}{suffix}"
        return name

    def move_to_place(self, item: Item) -> None:
        target = self.root / item.file
        target.parent.mkdir(parents=True, exist_ok=True)
        self.incoming_path(item).replace(target)

    def write_manifest(self, label: str) -> None:
        """`manifest.jsonl` of a class from the rows: a line a picture that is kept."""
        folder = self.root / label
        if not folder.is_dir():
            return
        kept = Item.objects.filter(output=str(self.root), label=label, state=Item.State.KEPT)
        part = folder / "manifest.jsonl.part"
        with part.open("w", encoding="utf-8") as file:
            for item in kept.iterator(chunk_size=500):
                file.write(json.dumps(_line(item), ensure_ascii=False).translate(LINE_ENDS) + "\n")
        part.replace(folder / "manifest.jsonl")


def _line(item: Item) -> dict[str, object]:
    return {
        "file": item.file,
        "address": item.address,
        "page": item.page,
        "place": item.place,
        "id": item.remote_id,
        "title": item.title,
        "keywords": item.keywords,
        "licence": item.licence,
        "width": item.width,
        "height": item.height,
        "sha256": item.sha256,
        "perceptual_hash": item.perceptual_hash,
        "fetched_at": item.fetched.isoformat() if item.fetched else None,
    }
