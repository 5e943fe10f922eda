"""The weights folder as it was shipped before the renames, and style packages that training ended with then."""

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from inference import runtime
from tests.compatibility.conftest import copy_of

pytestmark = pytest.mark.django_db
OLD_KEYS = {"licence", "licence_url", "network", "file", "sha256", "source", "working_size", "subject"}


def a_photo() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (64, 48, 3), dtype=np.uint8)


def test_an_old_manifest_is_read_with_all_its_styles(old_weights: Path) -> None:
    entries = json.loads((old_weights / "manifest.json").read_text("utf-8"))["styles"]
    assert entries[0].keys() >= OLD_KEYS and any("under" in entry for entry in entries)
    registry = runtime.get_style_registry()
    assert [style.id for style in registry.all()] == [entry["id"] for entry in entries]
    assert [style.id for style in registry.available()] == ["comic", "compact_paprika"]
    out = StringIO()
    call_command("styles", stdout=out)
    assert "comic" in out.getvalue()


@pytest.mark.parametrize("style", ["comic", "compact_paprika"])
def test_an_old_style_converts_also_one_that_lies_over_another(old_weights: Path, style: str) -> None:
    registry = runtime.get_style_registry()
    result = runtime.get_engine().stylize(a_photo(), registry.get_available(style))
    assert result.shape == (64, 48, 3) and result.dtype == np.uint8


def test_what_the_old_manifest_says_of_licenses_is_said(old_weights: Path) -> None:
    out = StringIO()
    call_command("styles", stdout=out)
    assert "CC BY-NC-SA 4.0" in out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ink", "warm"])
def test_an_old_style_package_is_installed_and_converts(old_weights: Path, tmp_path: Path, name: str) -> None:
    package = copy_of("runs", tmp_path) / "packages" / name
    assert "licence" in json.loads((package / "manifest.json").read_text("utf-8"))["styles"][0]
    out = StringIO()
    call_command("add_style", str(package), stdout=out)
    assert f"{name}: installed" in out.getvalue()
    style = runtime.get_style_registry().get_available(name)
    assert runtime.get_engine().stylize(a_photo(), style).std() > 1
