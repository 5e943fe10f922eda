"""A style that lies over another one."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from imaging.decode import ImageLimits, decode_image
from imaging.samples import sample_file
from inference.backends.openvino_backend import OpenVINOBackend
from inference.checkpoints import load_generator, load_network
from inference.engine import run_padded
from inference.errors import BadWeights, StyleNotDownloaded
from inference.styles import NETWORKS, Registry, Style, Under, read_manifest
from tests.inference.weights_server import entry, write_manifest

pytestmark = pytest.mark.no_database
REAL = Path(__file__).parents[2] / "weights"


@pytest.fixture
def paprika() -> Style:
    style = Registry(REAL).get("compact_paprika")
    assert style.under and style.under.style.id == "comic"
    return style


@pytest.fixture
def photo() -> np.ndarray:
    pixels = decode_image(sample_file("coffee").read_bytes(), ImageLimits(bytes=10**7, pixels=10**7)).pixels
    return np.ascontiguousarray(pixels[:96, :128])


def over(folder: Path, **under: Any) -> Style:
    path = write_manifest(folder, entry("ink"), entry("wash", under={"style": "ink", "share": 0.5} | under))
    return read_manifest(path)["wash"]


def test_the_style_sees_the_photo_mixed_with_what_lies_under_it(paprika: Style) -> None:
    assert paprika.under
    own, comic = load_network(paprika.path, paprika.network), load_generator(paprika.under.style)
    x = torch.rand(1, 3, 32, 48) * 2 - 1
    for share in (0.25, 1.0):
        style = replace(paprika, under=Under(paprika.under.style, share))
        expected = own((1 - share) * x + share * comic(x).clamp(-1, 1))
        torch.testing.assert_close(load_generator(style)(x), expected, atol=1e-5, rtol=0)


def test_the_engine_computes_what_torch_does(paprika: Style, photo: np.ndarray, tmp_path: Path) -> None:
    result = run_padded(OpenVINOBackend(tmp_path, single=True).load(paprika), photo, paprika)
    x = torch.from_numpy(photo).permute(2, 0, 1)[None] / 127.5 - 1
    expected = ((load_generator(paprika)(x)[0].permute(1, 2, 0) + 1) * 127.5).clamp(0, 255).numpy()
    assert np.abs(result - expected).max() < 1.5


def test_what_is_kept_for_one_share_is_not_taken_for_another(paprika: Style, photo: np.ndarray, tmp_path: Path) -> None:
    assert paprika.under
    backend = OpenVINOBackend(tmp_path, single=True)
    alone, mixed = (replace(paprika, under=under) for under in (None, Under(paprika.under.style, 1.0)))
    results = [run_padded(backend.load(style), photo, style).astype(int) for style in (alone, paprika, mixed)]
    assert all(np.abs(a - b).mean() > 2 for a, b in pairwise(results))
    assert len(list(tmp_path.glob("*.xml"))) == 3


def test_it_costs_what_both_cost(paprika: Style) -> None:
    assert paprika.under
    own, comic = NETWORKS[paprika.network], NETWORKS[paprika.under.style.network]
    assert paprika.costs.seconds == own.seconds + comic.seconds
    assert paprika.costs.most_pixels == min(own.most_pixels, comic.most_pixels)
    assert paprika.costs.pixel_bytes == max(own.pixel_bytes, comic.pixel_bytes)


def test_it_can_be_used_when_both_files_are_there(tmp_path: Path) -> None:
    over(tmp_path)
    styles = Registry(tmp_path)
    (tmp_path / "wash.pt").touch()
    with pytest.raises(StyleNotDownloaded, match=r"^ink is not downloaded; run: manage.py fetch_weights ink"):
        styles.get_available("wash")
    assert styles.available() == []
    (tmp_path / "ink.pt").touch()
    assert [style.id for style in styles.available()] == ["ink", "wash"]


def test_its_version_changes_with_either_file_and_with_the_share(tmp_path: Path) -> None:
    for name in ("ink.pt", "wash.pt"):
        (tmp_path / name).touch()
    versions = [over(tmp_path).version, over(tmp_path, share=0.25).version]
    for name in ("ink.pt", "wash.pt"):
        (tmp_path / name).write_bytes(b"more")
        versions.append(over(tmp_path).version)
    assert len(set(versions)) == 4


@pytest.mark.parametrize(
    ("under", "reason"),
    [
        ({"style": "comic"}, "'comic'"),
        ({"style": "wash"}, "'wash'"),
        ({"share": 0}, "share 0.0 is not above 0"),
        ({"share": 1.5}, "share 1.5 is not above 0"),
        ({"share": "much"}, "could not convert"),
    ],
)
def test_an_entry_that_cannot_be_is_told_with_the_name_of_the_manifest(
    tmp_path: Path, under: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadWeights, match=rf"manifest\.json: not a usable manifest: .*{reason}"):
        over(tmp_path, **under)


def test_both_see_colours_in_the_same_order(tmp_path: Path) -> None:
    under = {"style": "ink", "share": 0.5}
    path = write_manifest(tmp_path, entry("ink"), entry("wash", under=under, colour_order="bgr"))
    with pytest.raises(BadWeights, match="wash: of another colour order than ink"):
        read_manifest(path)


def test_two_are_the_most_that_lie_over_one_another(tmp_path: Path) -> None:
    on_ink, on_wash = ({"style": style, "share": 0.5} for style in ("ink", "wash"))
    path = write_manifest(tmp_path, entry("ink"), entry("wash", under=on_ink), entry("third", under=on_wash))
    with pytest.raises(BadWeights, match="wash lies over ink already"):
        read_manifest(path)
