import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from inference.architectures import ARCHITECTURES, build_network
from inference.architectures.guided import guided_filter, sums_by_convolution
from inference.architectures.whitebox import WhiteboxGenerator, from_published
from inference.checkpoints import load_network
from tests.inference.material import ANIMEGAN2, GOLDEN, RANDOM_CHECKPOINT, WHITEBOX, batch

pytestmark = pytest.mark.no_database


def _parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@torch.inference_mode()
def _run(network: nn.Module, image: np.ndarray) -> np.ndarray:
    """uint8 [H,W,3] to the network's float32 [H',W',3]."""
    x = torch.from_numpy(image.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
    return network(x)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_that_a_style_may_have_can_be_built(name: str) -> None:
    shape = (ARCHITECTURES[name].multiple * 4, ARCHITECTURES[name].multiple * 5, 3)
    assert _run(build_network(name).eval(), np.zeros(shape, np.uint8)).shape == shape


@pytest.mark.shared
@pytest.mark.parametrize("case", GOLDEN)
def test_animegan2_computes_what_the_published_generator_does(case: str) -> None:
    golden = np.load(ANIMEGAN2 / f"{case}.npz")
    network = load_network(RANDOM_CHECKPOINT, "animegan2", align_corners=bool(golden["align_corners"]))
    np.testing.assert_allclose(_run(network, golden["image_rgb_uint8"]), golden["output_float32"], atol=1e-4)


@pytest.mark.shared
def test_animegan2_has_the_published_names_and_shapes() -> None:
    published = json.loads((ANIMEGAN2 / "state_dict_shapes.json").read_text("utf-8"))
    ours = {name: list(tensor.shape) for name, tensor in build_network("animegan2").state_dict().items()}
    assert ours == published


def test_animegan2_has_the_published_number_of_parameters() -> None:
    assert _parameters(build_network("animegan2")) == 2_143_552


@pytest.mark.parametrize(("align_corners", "expected"), [(False, (64, 68)), (True, (66, 70))])
def test_animegan2_loses_odd_rows_unless_corners_are_aligned(align_corners: bool, expected: tuple[int, int]) -> None:
    network = build_network("animegan2", align_corners=align_corners)
    assert _run(network, np.zeros((66, 70, 3), np.uint8)).shape[:2] == expected


@pytest.mark.shared
@pytest.mark.parametrize("case", ["tflite_case_a", "tflite_case_b"])
def test_whitebox_computes_what_the_published_model_does(case: str) -> None:
    golden = np.load(WHITEBOX / f"{case}.npz")
    network = WhiteboxGenerator()
    network.load_state_dict(from_published(load_file(WHITEBOX / "whitebox_generator_fp16_oihw.safetensors")))
    np.testing.assert_allclose(_run(network, golden["image_bgr_uint8"]), golden["output_bgr_float32"], atol=1e-3)


@pytest.mark.parametrize("name", ["compact", "compact_fine"])
def test_compact_has_fewer_than_one_and_a_half_million_parameters(name: str) -> None:
    assert _parameters(build_network(name)) < 1_500_000


@pytest.mark.parametrize("name", ["compact", "compact_fine"])
@pytest.mark.parametrize("size", [(8, 8), (32, 32), (40, 104), (128, 24)])
def test_compact_keeps_the_size(name: str, size: tuple[int, int]) -> None:
    x = torch.from_numpy(batch(*size, count=2))
    assert build_network(name)(x).shape == x.shape


@pytest.mark.parametrize("name", ["compact", "compact_fine"])
def test_every_layer_of_compact_has_a_part_in_its_result(name: str) -> None:
    network = build_network(name)
    network(torch.from_numpy(batch(48, 64))).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert float(parameter.grad.abs().max()) > 0, name


@torch.inference_mode()
def test_the_deep_features_of_compact_fine_have_the_shapes_of_its_teachers() -> None:
    x = torch.from_numpy(batch(48, 64))
    student, teacher = build_network("compact_fine").eval(), WhiteboxGenerator().eval()
    result, features = student.with_deep_features(x)
    hints = teacher.deep_features(x)
    assert [f.shape for f in features] == [h.shape for h in hints] == [(1, 128, 12, 16)] * 4
    assert torch.equal(result, student(x))


@torch.inference_mode()
def test_the_deep_features_of_whitebox_are_those_that_it_draws_from() -> None:
    network, seen = WhiteboxGenerator().eval(), []
    network.conv5.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    x = torch.from_numpy(batch(48, 64))
    network(x)
    assert torch.equal(network.deep_features(x)[-1], seen[0])


def _filtered_by_the_formula(guide: np.ndarray, source: np.ndarray, radius: int, eps: float) -> np.ndarray:
    """Equations 5, 6 and 8 of He, Sun, Tang (ECCV 2010) for one channel [H,W], window by window in double precision."""
    height, width = guide.shape

    def window(i: int, j: int) -> tuple[slice, slice]:
        return slice(max(0, i - radius), i + radius + 1), slice(max(0, j - radius), j + radius + 1)

    a, b, q = (np.empty((height, width)) for _ in range(3))
    places = list(np.ndindex(height, width))
    for i, j in places:
        seen, painted = guide[window(i, j)], source[window(i, j)]
        covariance = (seen * painted).mean() - seen.mean() * painted.mean()
        a[i, j] = covariance / (seen.var() + eps)
        b[i, j] = painted.mean() - a[i, j] * seen.mean()
    for i, j in places:
        q[i, j] = a[window(i, j)].mean() * guide[i, j] + b[window(i, j)].mean()
    return q


@pytest.mark.parametrize(("radius", "eps"), [(1, 5e-3), (2, 1e-2), (4, 0.1)])
def test_the_guided_filter_is_the_one_of_the_paper(radius: int, eps: float) -> None:
    guide, source = batch(9, 13, count=2), batch(13, 9, count=2).transpose(0, 1, 3, 2).copy()
    ours = guided_filter(torch.from_numpy(guide), torch.from_numpy(source), radius=radius, eps=eps).numpy()
    for n, c in np.ndindex(2, 3):
        expected = _filtered_by_the_formula(guide[n, c].astype(float), source[n, c].astype(float), radius, eps)
        np.testing.assert_allclose(ours[n, c], expected, atol=1e-4)


def test_the_guided_filter_is_the_same_with_sums_by_convolution() -> None:
    guide, source = (torch.rand(2, 3, 17, 23, generator=torch.Generator().manual_seed(n)) * 2 - 1 for n in (1, 2))
    expected = guided_filter(guide, source, radius=1, eps=5e-3)
    with sums_by_convolution():
        torch.testing.assert_close(guided_filter(guide, source, radius=1, eps=5e-3), expected, atol=1e-5, rtol=0)
    assert torch.equal(guided_filter(guide, source, radius=1, eps=5e-3), expected)


def test_the_guided_filter_stays_exact_under_autocast() -> None:
    guide, source = torch.from_numpy(batch(16, 16)) * 0.01 + 0.9, torch.from_numpy(batch(16, 16))
    exact = guided_filter(guide, source, radius=1, eps=5e-3)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(guided_filter(guide, source, radius=1, eps=5e-3), exact)
