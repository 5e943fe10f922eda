"""What takes part for this project, in processes of its own as in the benchmark."""

from pathlib import Path

import pytest
from PIL import Image

from benchmarks.speed import material as materials
from benchmarks.speed import start
from benchmarks.speed.contestants import MATRIX, list_networks, list_our_conversions
from benchmarks.speed.material import Material
from benchmarks.speed.race import run_race
from inference.styles import Style, StyleRegistry
from tests.inference.material import style_of

pytestmark = pytest.mark.no_database
SIZE = (64, 96)  # (height, width) in pixels
LIMIT_MB = 8192


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory, ink: Style) -> Material:
    material = materials.make_material(tmp_path_factory.mktemp("material"), style_of(ink.path, sha256="0" * 64))
    materials.add_photo(material, *SIZE)
    return material


def test_a_photos_file_becomes_its_results_files(material: Material) -> None:
    wanted = [
        one
        for one in list_our_conversions(StyleRegistry(material.weights).all(), *SIZE)
        if one.name == "(4) ink, torch"
    ]
    [outcome] = run_race(wanted, (material, *SIZE), 1, LIMIT_MB).values()
    assert (outcome.over, len(outcome.seconds)) == ("", 1)
    for name in ("result", "thumbnail", "preview"):
        with Image.open(Path(material.folder, f"ink_torch_{name}")) as image:
            assert image.size == SIZE[::-1]


@pytest.mark.slow
def test_networks_alone_and_matrix_products_run(material: Material) -> None:
    names = ("(4) animegan2, torch", MATRIX)
    wanted = [one for one in list_networks(StyleRegistry(material.weights).all(), *SIZE) if one.name in names]
    outcomes = run_race(wanted, (material, *SIZE), 1, LIMIT_MB)
    assert [(outcome.over, len(outcome.seconds)) for outcome in outcomes.values()] == [("", 1)] * 2


@pytest.mark.slow
def test_a_serving_process_whose_networks_are_on_disk_never_imports_torch(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = "openvino, torch never imported"
    monkeypatch.setattr(start, "START_KINDS", {kind: start.START_KINDS[kind]})
    [started] = start.measure_starts(material, "ink", 1).values()
    assert not started.has_torch
    assert 0 < started.answers < started.ready
    assert started.idle_mb > 0
