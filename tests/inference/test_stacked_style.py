"""A style that is stacked on another one."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from imaging.decode import decode_image
from imaging.limits import ImageLimits
from imaging.samples import sample_file
from inference.architectures import ARCHITECTURES
from inference.backends.openvino_backend import OpenVINOBackend
from inference.checkpoints import load_generator, load_network
from inference.engine import run_padded
from inference.errors import BadWeights, StyleNotDownloaded
from inference.styles import Style, StyleRegistry, read_manifest
from tests.inference.weights_server import entry, write_manifest
from tests.needs import ROOT

pytestmark = pytest.mark.no_database
REAL = ROOT / "weights"


@pytest.fixture
def paprika() -> Style:
    style = StyleRegistry(REAL).get("compact_paprika")
    assert style.base_style
    assert style.base_style.id == "comic"
    return style


@pytest.fixture
def photo() -> np.ndarray:
    pixels = decode_image(sample_file("coffee").read_bytes(), ImageLimits(max_bytes=10**7, max_pixels=10**7)).pixels
    return np.ascontiguousarray(pixels[:96, :128])


def stacked(folder: Path, **changes: Any) -> Style:
    path = write_manifest(folder, entry("ink"), entry("wash", **({"base_style": "ink", "blend": 0.5} | changes)))
    return read_manifest(path)["wash"]


def test_the_style_sees_the_photo_blended_with_what_its_base_makes(paprika: Style) -> None:
    assert paprika.base_style
    own, comic = load_network(paprika.path, paprika.architecture), load_generator(paprika.base_style)
    x = torch.rand(1, 3, 32, 48) * 2 - 1
    for blend in (0.25, 1.0):
        style = replace(paprika, blend=blend)
        expected = own((1 - blend) * x + blend * comic(x).clamp(-1, 1))
        torch.testing.assert_close(load_generator(style)(x), expected, atol=1e-5, rtol=0)


@pytest.mark.slow
def test_the_engine_computes_what_torch_does(paprika: Style, photo: np.ndarray, tmp_path: Path) -> None:
    result = run_padded(OpenVINOBackend(tmp_path, single=True).load(paprika), photo, paprika)
    x = torch.from_numpy(photo).permute(2, 0, 1)[None] / 127.5 - 1
    expected = ((load_generator(paprika)(x)[0].permute(1, 2, 0) + 1) * 127.5).clamp(0, 255).numpy()
    assert np.abs(result - expected).max() < 1.5


def test_what_is_kept_for_one_blend_is_not_taken_for_another(
    tiny_weights: Path, photo: np.ndarray, tmp_path: Path
) -> None:
    style = StyleRegistry(tiny_weights).get("compact_paprika")
    assert style.base_style
    backend = OpenVINOBackend(tmp_path, single=True)
    alone, mixed = replace(style, base_style=None), replace(style, blend=1.0)
    results = [run_padded(backend.load(each), photo, each).astype(int) for each in (alone, style, mixed)]
    assert all(np.abs(a - b).mean() > 2 for a, b in pairwise(results))
    assert len(list(tmp_path.glob("*.xml"))) == 3


def test_it_costs_what_both_cost(paprika: Style) -> None:
    assert paprika.base_style
    own, comic = (ARCHITECTURES[style.architecture].cost for style in (paprika, paprika.base_style))
    assert paprika.cost.relative_seconds == own.relative_seconds + comic.relative_seconds
    assert paprika.cost.max_pixels == min(own.max_pixels, comic.max_pixels)
    assert paprika.cost.pixel_bytes == max(own.pixel_bytes, comic.pixel_bytes)


def test_it_can_be_used_when_both_files_are_there(tmp_path: Path) -> None:
    stacked(tmp_path)
    styles = StyleRegistry(tmp_path)
    (tmp_path / "wash.pt").touch()
    with pytest.raises(StyleNotDownloaded, match=r"^ink is not downloaded; run: manage.py fetch_weights ink"):
        styles.get_available("wash")
    assert styles.available() == []
    (tmp_path / "ink.pt").touch()
    assert [style.id for style in styles.available()] == ["ink", "wash"]


def test_its_version_changes_with_either_file_and_with_the_blend(tmp_path: Path) -> None:
    for name in ("ink.pt", "wash.pt"):
        (tmp_path / name).touch()
    versions = [stacked(tmp_path).version, stacked(tmp_path, blend=0.25).version]
    for name in ("ink.pt", "wash.pt"):
        (tmp_path / name).write_bytes(b"more")
        versions.append(stacked(tmp_path).version)
    assert len(set(versions)) == 4


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"base_style": "comic"}, "'comic'"),
        ({"base_style": "wash"}, "'wash'"),
        ({"base_style": None}, "has a blend, but no base_style"),
        ({"blend": 0}, "blend 0.0 is not above 0"),
        ({"blend": 1.5}, "blend 1.5 is not above 0"),
        ({"blend": "much"}, "could not convert"),
    ],
)
def test_an_entry_that_cannot_be_is_told_with_the_name_of_the_manifest(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadWeights, match=rf"manifest\.json: not a usable manifest: .*{reason}"):
        stacked(tmp_path, **changes)


def test_both_see_colors_in_the_same_order(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match="wash: of another color order than its base style ink"):
        stacked(tmp_path, color_order="bgr")


def test_a_stack_has_two_styles_at_most(tmp_path: Path) -> None:
    on_ink, on_wash = ({"base_style": style, "blend": 0.5} for style in ("ink", "wash"))
    path = write_manifest(tmp_path, entry("ink"), entry("wash", **on_ink), entry("third", **on_wash))
    with pytest.raises(BadWeights, match="wash is stacked on ink already"):
        read_manifest(path)
