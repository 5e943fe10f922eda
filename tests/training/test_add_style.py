"""From a package to a style of the site."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings

from inference import runtime
from inference.architectures import build_network
from inference.engine import Engine, EngineSettings
from tests.needs import ROOT
from training.checkpoints import save_weights
from training.style_package import StyleTexts, make_style_id, write_package

pytestmark = pytest.mark.no_database
WEIGHTS = ROOT / "weights"


@pytest.fixture
def weights(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A site with the manifest that is shipped."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("manifest.json", "comic.safetensors"):
        shutil.copy(WEIGHTS / name, folder)
    settings.WEIGHTS_DIR = folder
    runtime.get_style_registry.cache_clear()
    yield folder
    runtime.get_style_registry.cache_clear()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    Image.new("RGB", (20, 10)).save(tmp_path / "sheet.jpg")
    torch.manual_seed(3)
    return write_package(
        tmp_path / "package",
        build_network("animegan2"),
        "animegan2",
        texts=StyleTexts(title="Ink", license="CC0 1.0", license_url="https://example.org/cc0"),
        facts={"steps": 5},
        sheet=tmp_path / "sheet.jpg",
        working_size=512,
        name="ink",
    )


def _add(package: Path, *flags: str) -> str:
    out = StringIO()
    call_command("add_style", str(package), *flags, stdout=out)
    return out.getvalue()


def _change(package: Path, **changes: Any) -> None:
    path = package / "manifest.json"
    (entry,) = json.loads(path.read_text("utf-8"))["styles"]
    path.write_text(json.dumps({"styles": [entry | changes]}), "utf-8")


def _stamp(package: Path) -> None:
    """State the right SHA-256 of whatever the file holds now."""
    _change(package, sha256=sha256((package / "ink.safetensors").read_bytes()).hexdigest())


def test_a_package_is_installed_with_its_card_and_sheet(weights: Path, package: Path) -> None:
    before = (weights / "manifest.json").read_text("utf-8")
    assert "ink: installed" in _add(package)
    assert {"ink.safetensors", "ink.md", "ink.jpg"} <= {path.name for path in weights.iterdir()}
    after = (weights / "manifest.json").read_text("utf-8")
    assert after.startswith(before[: before.rindex("}\n  ]") + 1]), "what was there stays as it was"
    assert list(json.loads(after)["styles"])[:-1] == json.loads(before)["styles"]
    assert not list(weights.glob("*.part"))


def test_the_registry_has_the_style_at_once_and_it_converts(weights: Path, package: Path) -> None:
    registry = runtime.get_style_registry()
    assert "ink" not in [style.id for style in registry.available()]
    _add(package)
    style = registry.get_available("ink")
    assert style.title_in("zh-hans") == "Ink"
    photo = np.random.default_rng(1).integers(0, 256, (40, 33, 3), dtype=np.uint8)
    assert Engine(EngineSettings(device="cpu", backend="torch")).stylize(photo, style).shape == photo.shape


@pytest.mark.django_db
def test_the_site_then_offers_the_style(weights: Path, package: Path, owner_client: Client) -> None:
    assert 'value="ink"' not in owner_client.get(reverse("gallery:studio")).content.decode()
    _add(package)
    page = owner_client.get(reverse("gallery:studio")).content.decode()
    assert 'value="ink"' in page
    assert "Ink" in page


@pytest.mark.parametrize("kind", ["animegan1", "whitebox"])
def test_a_style_of_another_network_is_installed_and_converts(weights: Path, tmp_path: Path, kind: str) -> None:
    Image.new("RGB", (20, 10)).save(tmp_path / "sheet.jpg")
    texts = StyleTexts(title="Brush", license="CC0 1.0", license_url="https://example.org/cc0")
    network, sheet = build_network(kind), tmp_path / "sheet.jpg"
    described = {"texts": texts, "facts": {"steps": 5}, "sheet": sheet, "working_size": 512, "name": "brush"}
    _add(write_package(tmp_path / "first", network, kind, **described))
    engine = Engine(EngineSettings(device="cpu", backend="torch"))
    assert engine.stylize(np.zeros((40, 56, 3), np.uint8), runtime.get_style_registry().get("brush")).shape == (
        40,
        56,
        3,
    )


def test_a_check_installs_nothing(weights: Path, package: Path) -> None:
    before = (weights / "manifest.json").read_bytes()
    assert "could be installed" in _add(package, "--check")
    assert (weights / "manifest.json").read_bytes() == before
    assert not (weights / "ink.safetensors").exists()


def _files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}


def _truncate(package: Path) -> None:
    path = package / "ink.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def _of_another_network(package: Path) -> None:
    save_weights(build_network("compact"), package / "ink.safetensors", {})
    _stamp(package)


def _not_numbers(package: Path) -> None:
    network = build_network("animegan2")
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    save_weights(network, package / "ink.safetensors", {})
    _stamp(package)


def _one_color(package: Path) -> None:
    network = build_network("animegan2")
    with torch.no_grad():
        network.out_layer[0].weight.zero_()
    save_weights(network, package / "ink.safetensors", {})
    _stamp(package)


def _nest(package: Path, depth: int) -> None:
    (package / "manifest.json").write_text('{"styles": ' + "[" * depth + "]" * depth + "}", "utf-8")


def _link(package: Path, name: str) -> None:
    """In place of the file, a link to one beside the package: its content must not be copied."""
    (package.parent / "secret").write_text("the key of this machine", "utf-8")
    (package / name).unlink()
    (package / name).symlink_to(package.parent / "secret")


def _hard_link(package: Path, name: str) -> None:
    (package.parent / "secret").write_text("the key of this machine", "utf-8")
    (package / name).unlink()
    (package / name).hardlink_to(package.parent / "secret")


def _pipe(package: Path, name: str) -> None:
    (package / name).unlink()
    os.mkfifo(package / name)


Harm = Callable[[Path], object]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_truncate, "its SHA-256 is"),
        (_of_another_network, "weights of another network, compact"),
        (_not_numbers, "not numbers"),
        (_one_color, "makes one color"),
        (lambda p: (p / "ink.safetensors").unlink(), "no such file"),
        (lambda p: (p / "manifest.json").unlink(), "not a usable manifest"),
        (lambda p: (p / "manifest.json").write_text('{"styles": []}', "utf-8"), "a package has one style, not 0"),
        (lambda p: _change(p, license={"en": " "}), "no English license"),
        (lambda p: _change(p, license={}), "no English license"),
        (lambda p: _change(p, license_url="javascript:alert(1)"), "is no web address"),
        (lambda p: _change(p, title={"en": ""}), "no English title"),
        (lambda p: _change(p, id="../ink"), "is no id"),
        (lambda p: _change(p, id="comic"), "there is a style 'comic' already"),
        (lambda p: _change(p, architecture="resnet"), "not one of"),
        (lambda p: _change(p, sha256="", git_blob="0" * 40), "its SHA-256 is not stated"),
        (lambda p: _change(p, file="../../secret.key"), "is no name for weights"),
        (lambda p: _change(p, title={"en": "x" * 3000}), "title has more than 2000 characters"),
        (lambda p: _change(p, title={"en": "\ud800"}), "not a usable manifest"),
        (lambda p: _change(p, working_size=10**9), "8192 at most"),
        (lambda p: _change(p, base_style="ink", blend=10**400), "not a usable manifest"),
        (lambda p: _change(p, align_corners=[[]]), "true or false"),
        (lambda p: _nest(p, 100_000), "nests more than 64 deep"),
        (lambda p: _nest(p, 200), "nests more than 64 deep"),
        (
            lambda p: (p / "manifest.json").write_text('{"styles": [], "styles": []}', "utf-8"),
            "'styles' is there twice",
        ),
        (lambda p: (p / "manifest.json").write_text('{"styles": [NaN]}', "utf-8"), "NaN is not a finite number"),
        (lambda p: (p / "manifest.json").write_text(f'{{"styles": [{"9" * 5000}]}}', "utf-8"), "not a usable manifest"),
        (lambda p: (p / "manifest.json").write_bytes(b" " * (2**20 + 1)), "more than 1048576"),
        (lambda p: _link(p, "manifest.json"), "manifest.json: a link"),
        (lambda p: _link(p, "ink.md"), "ink.md: a link"),
        (lambda p: _link(p, "ink.jpg"), "ink.jpg: a link"),
        (lambda p: _link(p, "ink.safetensors"), "ink.safetensors: a link"),
        (lambda p: _hard_link(p, "ink.md"), "ink.md: a hard link"),
        (lambda p: _pipe(p, "ink.jpg"), "ink.jpg: no file"),
        (lambda p: _pipe(p, "manifest.json"), "manifest.json: no file"),
        (lambda p: (p / "ink.md").write_bytes(b" " * (2**20 + 1)), "more than 1048576"),
        (lambda p: (p / "ink.md").write_bytes(b"\xff\xfe"), "ink.md: no text"),
        (lambda p: (p / "ink.jpg").write_bytes(b"<svg onload=alert(1)>"), "ink.jpg: no picture"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_installed(weights: Path, package: Path, harm: Harm, reason: str) -> None:
    before = sorted(path.name for path in weights.iterdir())
    harm(package)
    with pytest.raises(CommandError, match=reason):
        _add(package)
    assert sorted(path.name for path in weights.iterdir()) == before
    assert (weights / "manifest.json").read_bytes() == (WEIGHTS / "manifest.json").read_bytes()


@pytest.mark.parametrize("end", [', "notes": []}', ', "note": "see [1]"}'])
def test_a_manifest_laid_out_otherwise_is_told_and_nothing_is_left(weights: Path, package: Path, end: str) -> None:
    manifest = weights / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").rstrip().removesuffix("}") + end, "utf-8")
    before = _files_of(weights)
    with pytest.raises(CommandError, match=r"weights/manifest\.json: is not laid out as expected"):
        _add(package)
    assert _files_of(weights) == before


def test_what_cannot_be_written_leaves_nothing(weights: Path, package: Path) -> None:
    (weights / "ink.jpg" / "in the way").mkdir(parents=True)
    before = _files_of(weights)
    with pytest.raises(CommandError, match=r"ink\.jpg"):
        _add(package)
    assert _files_of(weights) == before


def test_a_file_of_another_style_is_not_overwritten(weights: Path, package: Path) -> None:
    (package / "ink.safetensors").rename(package / "comic.safetensors")
    _change(package, file="comic.safetensors")
    with pytest.raises(CommandError, match=r"a file comic\.safetensors of another style"):
        _add(package)


def test_a_style_is_not_installed_twice(weights: Path, package: Path) -> None:
    _add(package)
    with pytest.raises(CommandError, match="there is a style 'ink' already"):
        _add(package)


@pytest.mark.parametrize(("name", "expected"), [("Ink", "ink"), ("My style-2", "my_style_2"), ("ink_", "ink")])
def test_the_name_of_a_run_becomes_an_id(name: str, expected: str) -> None:
    assert make_style_id(name) == expected


@pytest.mark.parametrize("name", ["2021", "__", "水墨"])
def test_a_name_that_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must begin with a letter"):
        make_style_id(name)
