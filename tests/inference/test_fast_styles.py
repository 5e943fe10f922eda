"""The fast variant of a style: its entry, its files, and what takes it."""

import shutil
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from inference import runtime
from inference.engine import Engine
from inference.errors import BadWeights
from inference.management.commands import add_style
from inference.styles import Style, StyleRegistry, read_manifest
from tests.inference.clips import Clip, pictures_of
from tests.inference.material import photo, write_weights
from tests.inference.site import pixels, put, refusal, stylize
from tests.inference.weights_server import BODY, WeightsServer, corrupt, entry, right, write_manifest

pytestmark = pytest.mark.no_database
FAST = {"architecture": "compact", "file": "ink_fast.pt", "sha256": sha256(BODY).hexdigest()}


def read_one(folder: Path, **changes: Any) -> Style:
    return read_manifest(write_manifest(folder, entry(**({"fast": FAST} | changes))))["ink"]


@pytest.fixture
def fast_ink(weights: Path) -> Style:
    """The site's own style, with a fast variant of other weights."""
    file = write_weights(weights / "ink_fast.safetensors", "tiny")
    shipped = entry("ink", file="ink.safetensors", working_size=128)
    shipped["fast"] = {"architecture": "tiny", "file": file.name, "sha256": sha256(file.read_bytes()).hexdigest()}
    write_manifest(weights, shipped, entry("plain", file="ink.safetensors", working_size=128))
    return StyleRegistry(weights).get("ink")


def test_it_is_a_style_of_the_same_name_and_license_with_a_network_and_file_of_its_own(tmp_path: Path) -> None:
    style = read_one(tmp_path, architecture="unet", fast=FAST | {"architecture": "unet_light"})
    assert style.fast
    assert (style.fast.id, style.fast.title, style.fast.license) == (style.id, style.title, style.license)
    assert (style.fast.architecture, style.fast.path) == ("unet_light", tmp_path / "ink_fast.pt")
    assert style.fast.cost.relative_seconds < style.cost.relative_seconds
    assert (style.is_fast, style.fast.is_fast, style.fast.fast) == (False, True, None)


def test_a_style_takes_what_it_has(tmp_path: Path) -> None:
    style = read_one(tmp_path)
    (tmp_path / "ink.pt").touch()
    assert style.is_available
    assert style.variant(is_fast=True) is style, "the file is not there"
    (tmp_path / "ink_fast.pt").touch()
    assert style.variant(is_fast=True) is style.fast
    assert style.variant(is_fast=False) is style
    assert read_one(tmp_path, fast=None).variant(is_fast=True).is_fast is False


def test_both_are_told_apart_where_their_files_are_alike(tmp_path: Path) -> None:
    style = read_one(tmp_path)
    (tmp_path / "ink.pt").touch()
    shutil.copy2(tmp_path / "ink.pt", tmp_path / "ink_fast.pt")
    assert style.fast
    assert style.version != style.fast.version


@pytest.mark.parametrize(
    ("fast", "reason"),
    [
        ("ink_fast.pt", "ink: its fast must be texts by key"),
        ({"file": 5}, "ink: its fast must be texts by key"),
        ({"architecture": "compact"}, "'file'"),
        (FAST | {"architecture": "vgg"}, "ink: 'vgg' is not one of"),
        (FAST | {"sha256": ""}, "ink: neither sha256 nor git_blob"),
        (FAST | {"sha256": "dcbb9e9d"}, "ink: its sha256 must have 64 digits"),
        (FAST | {"file": "ink.pt"}, "ink: its fast must have a file of its own"),
        (FAST | {"file": "../../ink.pt"}, "ink: its fast must have a file of its own"),
        (FAST | {"title": "Ink"}, "ink: its fast has the key 'title'; known: architecture, file"),
    ],
)
def test_an_entry_that_cannot_be_is_told_with_the_name_of_the_manifest(
    tmp_path: Path, fast: object, reason: str
) -> None:
    with pytest.raises(BadWeights, match=rf"manifest\.json: not a usable manifest: .*{reason}"):
        read_one(tmp_path, fast=fast)


def test_a_stacked_style_may_have_one_that_is_not_stacked(tmp_path: Path) -> None:
    stacked = entry("wash", base_style="ink", blend=0.5, fast=FAST | {"file": "wash_fast.pt"})
    style = read_manifest(write_manifest(tmp_path, entry("ink"), stacked))["wash"]
    assert style.fast
    assert (style.fast.base_style, style.fast.blend) == (None, 0.0)


def test_pictures_take_it_on_request(in_torch: Engine, fast_ink: Style, tmp_path: Path) -> None:
    source = put(tmp_path / "a.png")
    assert fast_ink.fast
    for flags, style in (((), fast_ink), (("--best",), fast_ink), (("--fast",), fast_ink.fast)):
        target = tmp_path / f"result{''.join(flags)}.png"
        assert not stylize(source, "-o", target, *flags).error
        assert np.array_equal(pixels(target), in_torch.stylize(photo(40, 60), style))
        assert b"style ink" in target.read_bytes()


def test_a_style_without_one_is_converted_as_ever(fast_ink: Style, tmp_path: Path) -> None:
    source = put(tmp_path / "a.png")
    for name, flags in (("b.png", ()), ("c.png", ("--fast",))):
        assert not stylize(source, "-o", tmp_path / name, "--style", "plain", *flags).error
    assert (tmp_path / "b.png").read_bytes() == (tmp_path / "c.png").read_bytes()


def test_videos_take_it_unless_the_best_is_asked_for(fast_ink: Style, tmp_path: Path) -> None:
    source = Clip(frames=2).write(tmp_path / "a.mp4")
    frames = {}
    for name, flags in (("plain", ()), ("fast", ("--fast",)), ("best", ("--best",))):
        assert not stylize(source, "-o", tmp_path / f"{name}.mp4", *flags).error
        frames[name] = pictures_of(tmp_path / f"{name}.mp4")[0].astype(int)
    assert np.array_equal(frames["plain"], frames["fast"])
    assert np.abs(frames["plain"] - frames["best"]).mean() > 2


def test_fast_and_best_contradict_one_another(fast_ink: Style, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not allowed with argument"):
        call_command("stylize", str(put(tmp_path / "a.png")), "-o", "b.png", "--fast", "--best")
    asked = put(tmp_path / "a.png"), "-o", tmp_path / "b.png", "--checkpoint", tmp_path / "c.pt", "--fast"
    assert "--fast is for styles" in refusal(*asked)


def fetch(*arguments: str) -> str:
    out = StringIO()
    call_command("fetch_weights", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_it_is_downloaded_and_verified_with_its_style(tmp_path: Path, settings: Settings) -> None:
    settings.WEIGHTS_DIR = tmp_path
    runtime.get_style_registry.cache_clear()
    with WeightsServer() as server:
        fast = FAST | {"source": server.serves("/fast.pt", corrupt())}
        write_manifest(tmp_path, entry(source=server.serves("/ink.pt", right()), fast=fast))
        with pytest.raises(CommandError, match="1 downloaded, 1 failed"):
            fetch("ink")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["ink.pt", "manifest.json"]
        server.serves("/fast.pt", right())
        assert "1 downloaded" in fetch()
        assert (tmp_path / "ink_fast.pt").read_bytes() == BODY
        assert "2 already there" in fetch("ink")


def test_a_style_whose_fast_variant_is_shipped_is_downloaded_alone(tmp_path: Path, settings: Settings) -> None:
    settings.WEIGHTS_DIR = tmp_path
    runtime.get_style_registry.cache_clear()
    with WeightsServer() as server:
        write_manifest(tmp_path, entry(source=server.serves("/ink.pt", right()), fast=FAST))
        assert "1 downloaded" in fetch("ink")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    files = [write_weights(folder / name, "tiny") for name in ("brush.safetensors", "brush_fast.safetensors")]
    digests = [sha256(file.read_bytes()).hexdigest() for file in files]
    fast = {"architecture": "tiny", "file": files[1].name, "sha256": digests[1]}
    write_manifest(folder, entry("brush", architecture="tiny", file=files[0].name, sha256=digests[0], fast=fast))
    return folder


def test_a_package_brings_both(weights: Path, package: Path) -> None:
    call_command("add_style", str(package), stdout=StringIO())
    style = StyleRegistry(weights).get_available("brush")
    assert style.has_fast
    assert (weights / "brush_fast.safetensors").read_bytes() == (package / "brush_fast.safetensors").read_bytes()


def test_a_package_whose_fast_file_is_missing_or_another_is_refused(weights: Path, package: Path) -> None:
    file = package / "brush_fast.safetensors"
    (package / "manifest.json").write_text(
        (package / "manifest.json").read_text("utf-8").replace(file.name, "none.pt"), "utf-8"
    )
    with pytest.raises(CommandError, match=r"none\.pt: no such file"):
        call_command("add_style", str(package))
    (package / "manifest.json").write_text(
        (package / "manifest.json").read_text("utf-8").replace("none.pt", file.name), "utf-8"
    )
    file.write_bytes(b"other")
    with pytest.raises(CommandError, match=r"brush_fast\.safetensors: its SHA-256 is"):
        call_command("add_style", str(package))
    assert "brush" not in [style.id for style in StyleRegistry(weights).all()]


def test_a_package_whose_fast_file_has_the_name_of_an_installed_one_is_refused(tmp_path: Path, package: Path) -> None:
    style, installed = read_manifest(package / "manifest.json")["brush"], read_one(tmp_path)
    assert installed.fast
    taken = replace(installed, fast=replace(installed.fast, path=tmp_path / "brush_fast.safetensors"))
    with pytest.raises(add_style.PackageRefused, match=r"there is a file brush_fast\.safetensors of another style"):
        add_style.check_conflicts(style, [taken])
