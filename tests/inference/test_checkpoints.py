import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from inference.architectures import ARCHITECTURES, build_network, detect_architecture, register
from inference.checkpoints import load_network, read_state_dict
from inference.errors import BadWeights
from tests.inference.material import write_weights

pytestmark = pytest.mark.no_database

State = dict[str, Tensor]


@pytest.fixture(scope="module")
def state() -> State:
    return build_network("compact").state_dict()


def _assert_refused(path: Path, *words: str) -> None:
    with pytest.raises(BadWeights) as caught:
        load_network(path, "compact")
    for word in (str(path), *words):
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth"])
@pytest.mark.parametrize("network", ["compact", "animegan2"])
def test_weights_come_back_from_either_kind_of_file(tmp_path: Path, suffix: str, network: str) -> None:
    path = write_weights(tmp_path / f"w{suffix}", network, seed=5)
    loaded = load_network(path, network)
    written = read_state_dict(path)
    assert all(torch.equal(tensor, written[name]) for name, tensor in loaded.state_dict().items())


def test_a_loaded_network_is_ready_for_inference_only(tmp_path: Path) -> None:
    network = load_network(write_weights(tmp_path / "w.pt"), "compact")
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_weights_of_any_precision_are_used_in_single_precision(tmp_path: Path, state: State, kind: torch.dtype) -> None:
    save_file({name: tensor.to(kind) for name, tensor in state.items()}, tmp_path / "w.safetensors")
    loaded = load_network(tmp_path / "w.safetensors", "compact").state_dict()
    assert {tensor.dtype for tensor in loaded.values()} == {torch.float32}


Change = Callable[[State], Any]


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state | {"tail.extra": torch.zeros(1)}, ["has unknown 1", "'tail.extra'"]),
        (lambda state: {k: v for k, v in state.items() if k != "head.bias"}, ["lacks 1", "'head.bias'"]),
        (lambda state: {k.replace("head.", "first."): v for k, v in state.items()}, ["lacks 2", "'head.bias'"]),
        (lambda state: state | {"head.bias": torch.zeros(7)}, ["'head.bias'", "(7,), not (64,)"]),
        (lambda state: build_network("animegan2").state_dict(), ["another network"]),
        (lambda state: {}, ["no state dict"]),
    ],
    ids=["a key too many", "a key too few", "another name", "another shape", "another network", "no tensor at all"],
)
def test_weights_that_do_not_fit_are_told_by_file_and_name(
    tmp_path: Path, state: State, suffix: str, change: Change, words: list[str]
) -> None:
    path = tmp_path / f"w{suffix}"
    changed = change(dict(state))
    save_file(changed, path) if suffix == ".safetensors" else torch.save(changed, path)
    _assert_refused(path, *words)


@pytest.mark.parametrize(
    "content",
    [[torch.zeros(1)], torch.zeros(3), "text", None, 5, {"epoch": 3, "state": {}}, {"model": {"a": torch.zeros(1)}}],
    ids=["list", "tensor", "text", "nothing", "number", "log of a training", "state within a state"],
)
def test_a_torch_file_of_something_else_is_told_by_its_name(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "w.pt")
    _assert_refused(tmp_path / "w.pt", "no state dict")


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
@pytest.mark.parametrize("keep", [0, 1, 7, 300, 0.5, 0.999])
def test_a_file_that_broke_off_is_told_by_its_name(tmp_path: Path, suffix: str, keep: float) -> None:
    path = write_weights(tmp_path / f"w{suffix}")
    data = path.read_bytes()
    path.write_bytes(data[: int(keep if keep >= 1 else keep * len(data))])
    _assert_refused(path)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_an_error_page_in_place_of_weights_is_told_by_its_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"w{suffix}"
    path.write_text("<!DOCTYPE html><title>404</title>" * 50, "utf-8")
    _assert_refused(path)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_a_missing_file_and_a_folder_are_told_by_their_names(tmp_path: Path, suffix: str) -> None:
    _assert_refused(tmp_path / f"none{suffix}", "no such file")
    (tmp_path / f"folder{suffix}").mkdir()
    _assert_refused(tmp_path / f"folder{suffix}")


class _Attack:
    """What a pickle can do to whoever loads it: here it only makes a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("form", ["torch file", "bare pickle", "among right tensors"])
def test_code_inside_a_file_is_not_run(tmp_path: Path, state: State, suffix: str, form: str) -> None:
    trace, path = tmp_path / "trace", tmp_path / f"w{suffix}"
    attack = _Attack(trace)
    if form == "bare pickle":
        path.write_bytes(pickle.dumps(attack, protocol=2))
    else:
        torch.save(attack if form == "torch file" else {**state, "head.bias": attack}, path)
    _assert_refused(path)
    assert not trace.exists()
    if form == "bare pickle":
        pickle.loads(path.read_bytes())
        assert trace.exists(), "the attack does nothing, so this test proves nothing"


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_state_dict_tells_which_network_it_is_of(architecture: str) -> None:
    state = build_network(architecture).state_dict()
    assert detect_architecture(state) == architecture
    assert [spec.id for spec in ARCHITECTURES.values() if spec.detect(state)] == [architecture]
    name = min(state)
    assert detect_architecture(state | {name: torch.zeros(1, 2, 3)}) is None
    assert detect_architecture({key: tensor for key, tensor in state.items() if key != name}) is None


def test_weights_of_another_network_are_told_by_its_name(tmp_path: Path) -> None:
    path = write_weights(tmp_path / "w.pt", "compact_fine")
    _assert_refused(path, "weights of another network, compact_fine")


def test_two_networks_cannot_have_one_id() -> None:
    with pytest.raises(ValueError, match="there is a network 'compact' already"):
        register(ARCHITECTURES["compact"])
