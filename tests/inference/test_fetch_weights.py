from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from inference import runtime
from tests.inference.weights_server import BODY, Answer, WeightsServer, corrupt, entry, right, status, write_manifest


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with WeightsServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, settings: Settings, server: WeightsServer) -> Iterator[Path]:
    """A site whose styles are two that can be downloaded and one that cannot."""
    settings.WEIGHTS_DIR = tmp_path
    runtime.get_style_registry.cache_clear()
    far = [entry(name, source=server.serves(f"/{name}.pt", right())) for name in ("ink", "wash")]
    write_manifest(tmp_path, *far, entry("own"))
    yield tmp_path
    runtime.get_style_registry.cache_clear()


def _run(*arguments: str) -> str:
    out = StringIO()
    call_command("fetch_weights", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def _fails(*arguments: str) -> tuple[str, str]:
    """What a failing command said on the way, and at its end."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("fetch_weights", *arguments, stdout=out, stderr=out)
    assert caught.value.returncode == 1
    return out.getvalue(), str(caught.value)


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"manifest.json"}


def test_all_that_are_missing_and_have_an_address_are_downloaded(folder: Path) -> None:
    assert "2 downloaded" in _run()
    assert _files(folder) == {"ink.pt", "wash.pt"}
    assert (folder / "ink.pt").read_bytes() == BODY


def test_a_second_run_downloads_nothing(folder: Path, server: WeightsServer) -> None:
    _run()
    server.asked.clear()
    assert "every style that can be downloaded is here" in _run()
    assert server.asked == []


def test_only_the_named_style_is_downloaded(folder: Path) -> None:
    assert "1 downloaded" in _run("wash", "wash")
    assert _files(folder) == {"wash.pt"}


def test_a_named_style_that_is_right_is_already_there(folder: Path, server: WeightsServer) -> None:
    (folder / "ink.pt").write_bytes(BODY)
    assert "ink: already there" in _run("ink")
    assert server.asked == []


def test_all_checks_again_what_is_there(folder: Path) -> None:
    (folder / "ink.pt").write_bytes(BODY)
    (folder / "wash.pt").write_bytes(b"damaged")
    assert "1 downloaded, 1 already there" in _run("--all")
    assert (folder / "wash.pt").read_bytes() == BODY


def test_all_and_names_together_are_refused(folder: Path) -> None:
    assert "not both" in _fails("ink", "--all")[1]


@pytest.mark.parametrize(("answer", "reason"), [(status(404), "404"), (corrupt(), "SHA-256")])
def test_one_bad_style_does_not_stop_the_others(
    folder: Path, server: WeightsServer, answer: Answer, reason: str
) -> None:
    server.answers["/ink.pt"] = [answer]
    said, summary = _fails()
    assert "ink: " in said
    assert reason in said
    assert summary == "1 downloaded, 1 failed"
    assert _files(folder) == {"wash.pt"}


def test_an_unknown_style_lists_the_known_ones_before_anything_is_downloaded(
    folder: Path, server: WeightsServer
) -> None:
    assert "known: ink, wash, own" in _fails("ink", "inc")[1]
    assert server.asked == []


def test_a_style_of_the_project_itself_says_that_it_has_no_address(folder: Path) -> None:
    assert "own has no download address" in _fails("own")[0]


def test_a_mirror_also_has_styles_that_have_no_address(folder: Path, server: WeightsServer) -> None:
    for name in ("ink", "wash", "own"):
        server.serves(f"/mirror/{name}.pt", right())
    assert "3 downloaded" in _run("--base-url", server.url("/mirror"))
    assert {path for path, _ in server.asked} == {"/mirror/ink.pt", "/mirror/wash.pt", "/mirror/own.pt"}


@pytest.mark.parametrize(
    "mirror", ["file:///tmp", "no-address", "http://exa mple", "http://[::1", f"http://{'a' * 64}"]
)
def test_a_mirror_must_be_on_the_web(folder: Path, mirror: str) -> None:
    said, summary = _fails("ink", "yunet", "--base-url", mirror)
    for line, name in zip(said.splitlines(), ("ink", "yunet"), strict=True):
        assert line.startswith(f"{name}: {mirror}/")
        assert "only http and https" in line
    assert summary == "2 failed"


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "ink.pt.part").mkdir()
    assert "ink: " in _fails("ink")[0]


def test_a_broken_manifest_is_told(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", "utf-8")
    assert "manifest.json" in _fails()[1]
