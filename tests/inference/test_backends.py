import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.architectures import ARCHITECTURES
from inference.backends import openvino_backend, precision
from inference.backends.cuda_backend import CudaBackend
from inference.backends.openvino_backend import MAX_CACHED_BLOBS, MAX_COMPILED_SHAPES, OpenVINOBackend
from inference.backends.torch_backend import TorchBackend
from inference.engine import Engine, EngineSettings, choose_backend, run_padded
from inference.errors import BadWeights, DeviceUnavailable
from inference.styles import Style, StyleRegistry
from tests.inference.material import apart, batch, photo, run_python, style_of, write_weights
from tests.needs import ROOT

pytestmark = pytest.mark.no_database

without_card = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA card")
with_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA card")
SIZES = ((32, 40), (64, 104))


def _same_in_both(style: Style, compiled: Path, *batches: np.ndarray) -> None:
    openvino, in_torch = OpenVINOBackend(compiled, single=True).load(style), TorchBackend().load(style)
    for x in (*(batch(*size) for size in SIZES), *batches):
        expected = in_torch.run(x)
        assert expected.std() > 0.01
        np.testing.assert_allclose(openvino.run(x), expected, atol=1e-3)


def test_openvino_computes_what_torch_does_for_compact(ink: Style, compiled: Path) -> None:
    _same_in_both(ink, compiled, batch(32, 40, count=2), batch(136, 48))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.slow
def test_in_the_precision_of_this_processor_the_shipped_style_looks_the_same(compiled: Path, seed: int) -> None:
    comic, picture = StyleRegistry(ROOT / "weights").get_available("comic"), photo(240, 320, seed)
    chosen, exact = (backend.load(comic) for backend in (OpenVINOBackend(compiled), TorchBackend()))
    difference = run_padded(chosen, picture, comic).astype(int) - run_padded(exact, picture, comic)
    assert abs(difference).mean() < 0.25
    assert abs(difference).max() <= 3


def test_a_style_that_half_precision_would_spoil_is_computed_in_single(
    tinge: Style, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = batch(64, 64)
    expected = TorchBackend().load(tinge).run(picture)
    with monkeypatch.context() as patch:
        patch.setattr(openvino_backend, "MAX_ERROR_LEVELS", -1.0)
        np.testing.assert_allclose(OpenVINOBackend(tmp_path / "strict").load(tinge).run(picture), expected, atol=1e-3)
    again = OpenVINOBackend(tmp_path / "strict").load(tinge)  # what was chosen is kept
    np.testing.assert_allclose(again.run(picture), expected, atol=1e-3)
    if "BF16" in again._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        quick = OpenVINOBackend(tmp_path / "quick").load(tinge).run(picture)
        assert 1e-3 < abs(quick - expected).max() < 0.2


@pytest.mark.slow
def test_in_single_precision_the_guided_filter_is_convolutions_and_the_results_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvino_backend, "MAX_ERROR_LEVELS", -1.0)
    style = style_of(write_weights(tmp_path / "light.safetensors", "unet_light"), "unet_light")
    openvino = OpenVINOBackend(tmp_path).load(style)
    for x in (batch(32, 48, count=2), batch(64, 32)):
        np.testing.assert_allclose(openvino.run(x), TorchBackend().load(style).run(x), atol=1e-3)
    (path,) = tmp_path.glob("*.xml")
    kinds = [node.get_type_name() for node in OpenVINOBackend(tmp_path).core.read_model(path).get_ops()]
    assert kinds.count("GroupConvolution") >= 6


def test_the_pictures_that_precision_is_chosen_with_have_sides_that_every_network_takes() -> None:
    sides = (*openvino_backend.PROBE_SIZE, *precision.PROBE_SIZE)
    assert [side % spec.multiple for spec in ARCHITECTURES.values() for side in sides if side % spec.multiple] == []


@pytest.mark.slow
def test_openvino_computes_what_torch_does_with_context(tmp_path: Path, compiled: Path) -> None:
    style = style_of(write_weights(tmp_path / "knowing.safetensors", "compact_context"), "compact_context")
    _same_in_both(style, compiled, batch(32, 40, count=2), batch(136, 48))


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.slow
def test_openvino_computes_what_torch_does_for_animegan2(painter: Path, compiled: Path, align_corners: bool) -> None:
    _same_in_both(style_of(painter, "animegan2", align_corners=align_corners), compiled)


def test_more_sizes_than_are_kept_compiled_come_out_right(tinge: Style, compiled: Path) -> None:
    session = OpenVINOBackend(compiled).load(tinge)
    pictures = [batch(32, 32 + 8 * n) for n in range(MAX_COMPILED_SHAPES + 1)]
    first = [session.run(x) for x in pictures]
    assert all(np.array_equal(session.run(x), y) for x, y in zip(pictures, first, strict=True))


def test_a_result_is_not_written_over_by_the_next_one(tinge: Style, compiled: Path) -> None:
    session = OpenVINOBackend(compiled).load(tinge)
    result = session.run(batch(32, 32))
    before = result.copy()
    session.run(-batch(32, 32))
    assert np.array_equal(result, before)


def test_a_traced_network_is_kept_and_not_traced_again(tinge: Style, tmp_path: Path) -> None:
    def kept() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir() if path.is_file()}

    OpenVINOBackend(tmp_path).load(tinge)
    before = kept()
    OpenVINOBackend(tmp_path).load(tinge)
    assert kept() == before
    assert {Path(name).suffix for name in before} == {".bin", ".xml"}, "something half written was left"


@pytest.fixture
def own_cache(tinge: Style, tmp_path: Path) -> Path:
    """A cache folder that has the traced network already, and nothing compiled."""
    OpenVINOBackend(tmp_path / "compiled").load(tinge)
    shutil.rmtree(tmp_path / "compiled" / "compiled", ignore_errors=True)
    return tmp_path / "compiled"


def test_what_was_compiled_is_kept_for_the_next_start_but_not_without_end(tinge: Style, own_cache: Path) -> None:
    session = OpenVINOBackend(own_cache).load(tinge)
    blobs = own_cache / "compiled"
    for number in range(MAX_CACHED_BLOBS + 2):
        session.run(batch(32, 32 + 8 * number))
    kept = {path.name for path in blobs.iterdir()}
    assert len(kept) == MAX_CACHED_BLOBS
    again = OpenVINOBackend(own_cache).load(tinge)
    again.run(batch(32, 32 + 8 * (MAX_CACHED_BLOBS + 1)))
    assert {path.name for path in blobs.iterdir()} == kept, "compiled again"


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_what_was_compiled_and_is_damaged_is_made_again(tinge: Style, own_cache: Path, share: float) -> None:
    right = OpenVINOBackend(own_cache).load(tinge).run(batch(32, 32))
    (blob,) = (own_cache / "compiled").iterdir()
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes()[: int(blob.stat().st_size * share)])
    assert np.array_equal(OpenVINOBackend(own_cache).load(tinge).run(batch(32, 32)), right)


def test_a_given_number_of_threads_computes_the_same(ink: Style, compiled: Path) -> None:
    one, all_ = (OpenVINOBackend(compiled, threads).load(ink).run(batch(64, 64)) for threads in (1, 0))
    assert apart(one, all_).max() < 1e-4


def test_the_same_file_with_and_without_aligned_corners_is_kept_twice(painter: Path, compiled: Path) -> None:
    results = [
        OpenVINOBackend(compiled).load(style_of(painter, "animegan2", align_corners=align)).run(batch(64, 64))
        for align in (False, True)
    ]
    assert apart(*results).max() > 0.01


CONVERT_IN_A_NEW_PROCESS = """
import sys
from pathlib import Path
import numpy as np
from inference.engine import Engine, EngineSettings
from inference.styles import StyleRegistry, Style
weights, cache, picture, target = map(Path, sys.argv[1:])
style = Style("ink", {"en": "Ink"}, {"en": ""}, "any", "compact", weights, "", "", "", 128)
result = Engine(EngineSettings(device="cpu", cache_dir=cache)).stylize(np.load(picture), style)
np.save(target, result)
assert "torch" not in sys.modules, "torch was imported"
"""


def test_a_second_process_converts_without_torch(engine: Engine, ink: Style, compiled: Path, tmp_path: Path) -> None:
    picture = photo(150, 210)
    np.save(tmp_path / "photo.npy", picture)
    result = tmp_path / "result.npy"
    done = run_python("-c", CONVERT_IN_A_NEW_PROCESS, ink.path, compiled, tmp_path / "photo.npy", result)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(np.load(result), engine.stylize(picture, ink))


def test_damaged_weights_are_told_by_either_back_end(tmp_path: Path) -> None:
    style = style_of(tmp_path / "broken.safetensors")
    style.path.write_bytes(b"\x08\0\0\0\0\0\0\0{")
    for backend in (TorchBackend(), OpenVINOBackend(tmp_path / "compiled")):
        with pytest.raises(BadWeights, match=r"broken\.safetensors"):
            backend.load(style)
    assert not [path for path in (tmp_path / "compiled").rglob("*") if path.is_file()]


@without_card
@pytest.mark.parametrize("backend", ["auto", "torch"])
def test_cuda_without_a_card_is_told_with_the_setting_to_change(backend: str) -> None:
    with pytest.raises(DeviceUnavailable, match=r"INFERENCE_DEVICE is cuda, but .* set it to auto or cpu"):
        choose_backend(EngineSettings(device="cuda", backend=backend))


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (EngineSettings(device="tpu"), "INFERENCE_DEVICE is 'tpu'; it must be auto, cpu or cuda"),
        (EngineSettings(backend="onnx"), "INFERENCE_BACKEND is 'onnx'; it must be auto, torch or openvino"),
        (EngineSettings(precision="double"), "INFERENCE_PRECISION is 'double'; it must be auto or single"),
        (EngineSettings(device="cuda", backend="openvino"), "INFERENCE_BACKEND openvino runs on the CPU"),
    ],
)
def test_a_setting_that_nothing_can_meet_is_told(asked: EngineSettings, text: str, ink: Style) -> None:
    with pytest.raises(DeviceUnavailable, match=text):
        Engine(asked).load_session(ink)


@pytest.mark.parametrize(
    ("device", "backend", "expected"),
    [
        ("cpu", "auto", "openvino"),
        ("cpu", "openvino", "openvino"),
        ("cpu", "torch", "torch"),
        ("auto", "torch", "torch"),
        ("auto", "openvino", "openvino"),
    ],
)
def test_the_back_end_is_the_one_that_is_asked_for(device: str, backend: str, expected: str, compiled: Path) -> None:
    assert choose_backend(EngineSettings(device=device, backend=backend, cache_dir=compiled)).name == expected


@without_card
def test_auto_means_openvino_where_there_is_no_card(compiled: Path) -> None:
    backend = choose_backend(EngineSettings(cache_dir=compiled))
    assert (backend.name, backend.device) == ("openvino", "cpu")


@with_card
def test_auto_means_the_card_where_there_is_one() -> None:
    backend = choose_backend(EngineSettings())
    assert isinstance(backend, CudaBackend)
    assert (backend.name, backend.device) == ("torch", "cuda")


@with_card
def test_torch_by_name_is_single_precision_on_the_card() -> None:
    assert isinstance(choose_backend(EngineSettings(backend="torch")), TorchBackend)


@with_card
@pytest.mark.parametrize("network", ["compact", "animegan2"])
def test_a_card_computes_what_the_processor_does(network: str, painter: Path, ink: Style) -> None:
    style = ink if network == "compact" else style_of(painter, "animegan2")
    on_card, on_processor = TorchBackend("cuda").load(style), TorchBackend("cpu").load(style)
    for size in SIZES:
        # Cards compute convolutions in TensorFloat-32: ten bits of fraction.
        np.testing.assert_allclose(on_card.run(batch(*size)), on_processor.run(batch(*size)), atol=0.02)
