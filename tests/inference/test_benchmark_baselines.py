"""Those that this project is measured against do what the published ways do."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.speed import material as materials
from benchmarks.speed import new_process, onnx_runtime, ours, published
from benchmarks.speed.contestants import list_conversions, list_networks
from benchmarks.speed.material import Material
from benchmarks.speed.matrix import network_gflop
from imaging.decode import decode_image
from inference.published import (
    convert_at_full_size,
    load_published_session,
    resize_to_multiples_of_32,
    style_from_checkpoint,
)
from inference.styles import Style, StyleRegistry
from tests.inference.material import apart, style_of

pytestmark = pytest.mark.no_database
SIZE = (300, 270)  # (height, width) in pixels, no multiples of 8


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory, ink: Style) -> Material:
    material = materials.make_material(tmp_path_factory.mktemp("material"), style_of(ink.path, sha256="0" * 64))
    materials.add_photo(material, *SIZE)
    return material


def _expected(material: Material) -> np.ndarray:
    """What this project's own command makes of the photo when it is to work as the published script does."""
    session = load_published_session(style_from_checkpoint(material.animegan2, align_corners=False), "cpu")
    return convert_at_full_size(session, resize_to_multiples_of_32(decode_image(material.photo(*SIZE))).pixels)


def _pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_the_site_of_the_benchmark_has_both_networks_and_the_photo_its_size(material: Material, ink: Style) -> None:
    styles = StyleRegistry(material.weights).available()
    assert [style.architecture for style in styles] == ["compact", "animegan2"]
    assert styles[0].path.read_bytes() == ink.path.read_bytes()
    assert _pixels(material.photo(*SIZE)).shape == (*SIZE, 3)


@pytest.mark.parametrize(
    ("side", "by_32", "by_8"), [(512, 512, 512), (100, 256, 256), (3000, 2976, 3000), (270, 256, 264)]
)
def test_sides_are_those_of_the_scripts(side: int, by_32: int, by_8: int) -> None:
    assert (published.resized_side(side), onnx_runtime.resized_side(side)) == (by_32, by_8)


def test_the_published_way_computes_what_the_script_does(material: Material, tmp_path: Path) -> None:
    published.convert(published.load(material.animegan2), material.photo(*SIZE), tmp_path / "result.png")
    assert apart(_pixels(tmp_path / "result.png"), _expected(material)).max() <= 1


@pytest.mark.slow
def test_a_new_process_makes_the_same_file_or_tells_why_not(material: Material) -> None:
    published.prepare(material, *SIZE)()
    new_process.prepare(material, *SIZE)()
    one, other = (_pixels(material.folder / name) for name in ("new_process.jpg", "published.jpg"))
    assert apart(one, other).mean() < 0.1  # with another number of threads, sums are rounded otherwise
    with pytest.raises(new_process.Failed, match="FileNotFoundError"):
        new_process.prepare(material, 1, 1)()


def test_onnx_runtime_makes_a_picture_of_the_photos_own_size(material: Material) -> None:
    onnx_runtime.prepare(material, *SIZE)()
    result = _pixels(material.folder / "onnx_runtime.jpg")
    assert result.shape == (*SIZE, 3)
    large = np.asarray(Image.fromarray(_expected(material)).resize(SIZE[::-1]))
    assert apart(result, large).mean() < 8  # another resizing, and a JPEG


def test_the_exported_graph_computes_what_torch_does(material: Material) -> None:
    session = onnx_runtime._session(material)
    x = torch.rand(1, 3, 64, 96) * 2 - 1
    with torch.no_grad():
        expected = published.load(material.animegan2)(x).numpy()
    np.testing.assert_allclose(session.run(None, {"photo": x.numpy()})[0], expected, atol=1e-3)


def test_networks_are_as_much_work_as_they_are_known_to_be() -> None:
    assert network_gflop("animegan2", 512, 512) == pytest.approx(210, rel=0.03)
    assert network_gflop("compact", 512, 512) == pytest.approx(27, rel=0.05)
    assert network_gflop("compact", 256, 1024) == network_gflop("compact", 512, 512)


def test_all_ways_take_part(material: Material) -> None:
    styles = StyleRegistry(material.weights).all()
    for listed, ways in (
        (list_conversions, {"(1)", "(2)", "(3)", "(4)", "(5)"}),
        (list_networks, {"(1)", "(3)", "(4)", "(5)"}),
    ):
        contestants = listed(styles, *SIZE)
        assert {contestant.name[:3] for contestant in contestants} == ways
        assert len([one for one in contestants if one.name.startswith("(4)")]) == 6
    # Ours works at the style's own size where the photo is larger; the published way does not.
    work = {one.name: one.gflop for one in list_conversions(styles, 3000, 4000)}
    assert work["(4) animegan2, torch"] < work["(1) published script"] / 50
    assert ours.DETAIL == "balanced"
