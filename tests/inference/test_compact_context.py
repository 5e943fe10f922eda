"""The generator that knows the whole picture, and many styles in one network."""

import pytest
import torch
from torch import Tensor, nn

from inference.architectures.compact import CompactGenerator
from inference.architectures.compact_context import CompactContextGenerator
from inference.architectures.styled import StyledNetwork
from tests.inference.material import batch

pytestmark = pytest.mark.no_database

SMALL = {"width": 8, "deep_width": 8, "blocks": 1, "deep_blocks": 1, "thin_width": 4}
SHAPES = {"compact_context": SMALL, "compact_fine_context": SMALL | {"shrink": 2}}


def _seen(shrink: int) -> int:
    """How far a pixel sees to each side: 4 pixels at full size (mix, tail, the filter's two), 6 shrunk ones (head, two
    convolutions before, expand, two after), 3 at half of that (down, two of middle), and what a step of 8 rounds away.
    """
    return 4 + shrink * 6 + 2 * shrink * 3 + 8


def _picture(height: int, width: int, count: int = 1) -> Tensor:
    return torch.from_numpy(batch(height, width, count=count))


def _varied(network: nn.Module, seed: int = 1) -> nn.Module:
    """With weights none of which is without effect."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    return network.eval()


@pytest.fixture(scope="module", params=SHAPES)
def network(request: pytest.FixtureRequest) -> CompactContextGenerator:
    varied = _varied(CompactContextGenerator(**SHAPES[request.param]))
    assert isinstance(varied, CompactContextGenerator)
    return varied


@torch.inference_mode()
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_with_the_weights_of_compact_it_begins_as_compact(shape: dict[str, int]) -> None:
    plain = _varied(CompactGenerator(**shape))
    knowing = CompactContextGenerator(**shape).eval()
    missing, unknown = knowing.load_state_dict(plain.state_dict(), strict=False)
    assert {name.split(".")[0] for name in missing} == {"summary", "context_out", "lines"}
    assert not unknown
    x = _picture(64, 48)
    assert torch.equal(knowing(x), plain(x))


@torch.inference_mode()
def test_a_context_taken_before_gives_what_one_pass_gives(network: CompactContextGenerator) -> None:
    x = _picture(64, 80, count=2)
    torch.testing.assert_close(network(x, network.context(x)), network(x), atol=1e-6, rtol=0)


@torch.inference_mode()
def test_pictures_of_a_batch_do_not_see_each_other(network: CompactContextGenerator) -> None:
    x = _picture(48, 64, count=2)
    alone = torch.cat([network(x[:1]), network(x[1:])])
    torch.testing.assert_close(network(x), alone, atol=1e-5, rtol=0)


@torch.inference_mode()
def test_a_tile_comes_out_as_of_the_whole_if_it_is_given_the_context_of_the_whole(
    network: CompactContextGenerator,
) -> None:
    x = _picture(256, 320)
    whole, context = network(x), network.context(x)
    top, left, side = 40, 72, 200
    window = (..., slice(top, top + side), slice(left, left + side))
    seen = _seen(network.shrink)
    inner = (..., slice(seen, side - seen), slice(seen, side - seen))
    torch.testing.assert_close(network(x[window], context)[inner], whole[window][inner], atol=1e-5, rtol=0)
    without = network(x[window])[inner] - whole[window][inner]
    assert without.abs().max() > 1e-3, "the context makes no difference, so this test proves nothing"


@torch.inference_mode()
def test_what_is_far_away_changes_the_tone(network: CompactContextGenerator) -> None:
    x = _picture(256, 64)
    changed = x.clone()
    changed[..., 192:, :] = 1
    assert (network(changed) - network(x))[..., :64, :].abs().mean() > 1e-3


@pytest.fixture(scope="module")
def styled() -> StyledNetwork:
    network = _varied(StyledNetwork(CompactContextGenerator(**SMALL), 3))
    assert isinstance(network, StyledNetwork)
    return network


@torch.inference_mode()
@pytest.mark.parametrize("style", [0, 2, torch.tensor([0.2, 0.5, 0.3])], ids=["first", "last", "a mixture"])
def test_a_style_by_itself_computes_what_it_does_among_the_others(styled: StyledNetwork, style: int | Tensor) -> None:
    x = _picture(40, 48)
    single = styled.to_single_style(style)
    assert single.state_dict().keys() == CompactContextGenerator(**SMALL).state_dict().keys()
    torch.testing.assert_close(single(x), styled(x, style), atol=1e-6, rtol=0)


@torch.inference_mode()
def test_styles_begin_alike_and_may_become_different(styled: StyledNetwork) -> None:
    x = _picture(40, 48)
    new = StyledNetwork(CompactContextGenerator(**SMALL), 2).eval()
    assert torch.equal(new(x, 0), new(x, 1))
    assert torch.equal(new(x, 0), new.base(x))
    assert (styled(x, 0) - styled(x, 1)).abs().mean() > 1e-2


def test_a_style_learns_its_own_part_and_the_shared_one(styled: StyledNetwork) -> None:
    styled.zero_grad()
    styled(_picture(40, 48), 1).square().mean().backward()
    assert styled.scales.grad is not None
    assert styled.scales.grad[1].abs().sum() > 0
    assert styled.scales.grad[0].abs().sum() == 0
    assert styled.base.head.weight.grad is not None


def test_a_network_with_a_layer_that_cannot_be_shifted_is_refused() -> None:
    with pytest.raises(ValueError, match="must have a bias"):
        StyledNetwork(nn.Conv2d(3, 3, 1, bias=False), 2)
