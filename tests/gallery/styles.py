"""A weights folder of its own, whose published style a local server has, and what workers do about it."""

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from gallery.models import DownloadState, StyleSetting
from gallery.styles.downloads import request_download, run_next_download
from inference import download, runtime
from tests.inference.weights_server import WeightsServer, entry, right
from tests.tiny_architecture import write_weights_dir

INK = "ink"


@pytest.fixture
def weights_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "RETRY_PAUSE_SECONDS", 0)
    with WeightsServer() as running:
        yield running


@pytest.fixture
def weights_dir(tmp_path: Path, settings: LazySettings, weights_server: WeightsServer) -> Iterator[Path]:
    """A folder with `comic` and `compact_hayao`, and with `ink`, which is to be downloaded and works then."""
    (tmp_path / "weights").mkdir()
    settings.WEIGHTS_DIR = write_weights_dir(tmp_path / "weights", "comic", "compact_hayao")
    runtime.get_style_registry.cache_clear()
    body = (settings.WEIGHTS_DIR / "comic.safetensors").read_bytes()
    source = weights_server.serves("/ink.safetensors", right(body))
    digest = hashlib.sha256(body).hexdigest()
    add_entry(settings.WEIGHTS_DIR, architecture="tiny", file="ink.safetensors", sha256=digest, source=source)
    yield settings.WEIGHTS_DIR
    runtime.get_style_registry.cache_clear()


def add_entry(folder: Path, style_id: str = INK, **changes: Any) -> None:
    """Leave `comic` and `compact_hayao` in the manifest, and add another one, in place of what had its id."""
    path = folder / "manifest.json"
    styles = json.loads(path.read_text("utf-8"))["styles"]
    kept = [one for one in styles if one["id"] in ("comic", "compact_hayao", INK) and one["id"] != style_id]
    path.write_text(json.dumps({"styles": [*kept, entry(style_id, **changes)]}, ensure_ascii=False), "utf-8")


def remove_entry(folder: Path, style_id: str) -> None:
    path = folder / "manifest.json"
    styles = [one for one in json.loads(path.read_text("utf-8"))["styles"] if one["id"] != style_id]
    path.write_text(json.dumps({"styles": styles}, ensure_ascii=False), "utf-8")
    runtime.get_style_registry.cache_clear()


def ink_body(weights_dir: Path) -> bytes:
    return (weights_dir / "comic.safetensors").read_bytes()


def work_off(worker: str = "worker") -> int:
    """Do what waits; the number of downloads."""
    count = 0
    while run_next_download(worker, threading.Event()):
        count += 1
    return count


def fetch(style_id: str = INK) -> None:
    """Have it downloaded, by a worker that renews its lease over another connection."""
    request_download(style_id)
    work_off()


def put_ink(weights_dir: Path) -> None:
    """Leave what a download leaves."""
    (weights_dir / "ink.safetensors").write_bytes(ink_body(weights_dir))
    StyleSetting.objects.update_or_create(style=INK, defaults={"download": DownloadState.DONE})
