"""Files of which nobody published a digest: they are let in once, and no other file takes their place."""

import json
from collections.abc import Iterator
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from inference import runtime
from inference.download import download_file
from inference.errors import BadWeights, DownloadFailed
from inference.styles import StyleRegistry, read_manifest
from tests.inference.graphs import write_negative
from tests.inference.weights_server import WeightsServer, corrupt, entry, right, truncated, write_manifest
from tests.needs import ROOT

pytestmark = pytest.mark.no_database


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with WeightsServer() as running:
        yield running


@pytest.fixture
def body(tmp_path: Path) -> bytes:
    return write_negative(tmp_path / "published.onnx").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, server: WeightsServer, body: bytes) -> Iterator[Path]:
    """A site with one style of which no digest is known."""
    folder = tmp_path / "weights"
    folder.mkdir()
    settings.WEIGHTS_DIR = folder
    runtime.get_style_registry.cache_clear()
    source = server.serves("/negative.onnx", right(body))
    graph = {"layout": "nhwc", "value_range": [-1, 1], "multiple": 1}
    write_manifest(
        folder, entry("negative", architecture="graph", file="negative.onnx", graph=graph, source=source, sha256=None)
    )
    yield folder
    runtime.get_style_registry.cache_clear()


def _fetch(*arguments: str) -> str:
    out = StringIO()
    try:
        call_command("fetch_weights", *arguments, stdout=out, stderr=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}"
    return out.getvalue()


def test_with_yes_it_comes_and_is_pinned(folder: Path, body: bytes) -> None:
    digest = sha256(body).hexdigest()
    said = _fetch("negative", "--yes")
    assert f"negative: {len(body)} bytes, SHA-256 {digest}" in said
    assert "1 downloaded" in said
    assert json.loads((folder / "pins.json").read_text("utf-8")) == {"negative.onnx": digest}
    assert runtime.get_style_registry().get_available("negative").sha256 == digest
    assert "already there" in _fetch("negative")


def test_without_a_terminal_it_is_refused_and_what_came_is_kept_for_the_next_try(
    folder: Path, server: WeightsServer
) -> None:
    assert "--yes lets it in" in _fetch("negative")
    assert not (folder / "negative.onnx").exists()
    assert not (folder / "pins.json").exists()
    assert "1 downloaded" in _fetch("negative", "--yes")
    assert [asked for _path, asked in server.asked][1] is not None, "not the whole file again"


def test_unnamed_it_is_left_out_where_nobody_can_be_asked(folder: Path, server: WeightsServer) -> None:
    said = _fetch()
    assert "negative: left out, as no digest of it was published" in said
    assert "failed" not in said
    assert server.asked == []


def test_another_file_is_refused_from_then_on(folder: Path, server: WeightsServer, body: bytes) -> None:
    _fetch("negative", "--yes")
    (folder / "negative.onnx").unlink()
    server.answers["/negative.onnx"] = [corrupt(body)]
    said = _fetch("negative", "--yes")
    assert "its SHA-256 is" in said
    assert "1 failed" in said
    assert not (folder / "negative.onnx").exists()


def test_a_transfer_that_breaks_goes_on_where_it_was(folder: Path, server: WeightsServer, body: bytes) -> None:
    server.answers["/negative.onnx"] = [truncated(200, body), right(body)]
    assert "1 downloaded" in _fetch("negative", "--yes")
    assert (folder / "negative.onnx").read_bytes() == body


def test_what_is_no_graph_is_not_let_in(folder: Path, server: WeightsServer) -> None:
    server.answers["/negative.onnx"] = [right(b"<html>Not here any more</html>")]
    assert "negative.onnx: not a" in _fetch("negative", "--yes")
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json"]


def test_a_file_that_somebody_put_there_is_pinned_without_a_download(
    folder: Path, server: WeightsServer, body: bytes
) -> None:
    (folder / "negative.onnx").write_bytes(body)
    assert "1 downloaded" in _fetch("negative", "--yes")
    assert (folder / "pins.json").is_file()
    assert server.asked == []


def test_nothing_comes_that_nobody_lets_in(folder: Path) -> None:
    style = StyleRegistry(folder).get("negative")
    with pytest.raises(DownloadFailed, match="somebody has to let it in"):
        download_file(style)
    with pytest.raises(BadWeights, match="was not let in"):
        download_file(style, confirm=lambda file, path, digest: False)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json"]


def test_pins_that_cannot_be_read_are_told(folder: Path) -> None:
    (folder / "pins.json").write_text("[]", "utf-8")
    with pytest.raises(BadWeights, match=r"pins\.json: not usable"):
        StyleRegistry(folder).all()


def test_a_style_that_is_no_graph_needs_a_digest(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path, entry(sha256=None, source="https://example.org/ink.pt"))
    with pytest.raises(BadWeights, match="neither sha256 nor git_blob"):
        read_manifest(manifest)


def test_the_published_styles_of_animeganv3_are_known_and_not_offered_without_their_files() -> None:
    registry = StyleRegistry(ROOT / "weights")
    graphs = [style for style in registry.all() if style.graph]
    assert [style.id for style in graphs][:3] == ["animeganv3_hayao", "animeganv3_shinkai", "animeganv3_cute"]
    assert not [style for style in graphs if style.is_available and not style.path.is_file()]
    for style in graphs:
        assert style.source == f"https://github.com/TachibanaYoshino/AnimeGANv3/raw/master/deploy/{style.path.name}"
        assert {"en", "zh-hans"} <= style.title.keys() & style.description.keys() & style.license.keys()
