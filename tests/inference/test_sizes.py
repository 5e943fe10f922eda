import random
from pathlib import Path

import pytest

from inference.sizes import padding_to_multiple, working_size
from tests.inference.material import style_of

pytestmark = pytest.mark.no_database

STYLE = style_of(Path("ink.pt"), working_size=720)


@pytest.mark.parametrize(
    ("detail", "expected"), [("bold", (352, 480)), ("balanced", (544, 720)), ("fine", (800, 1080))]
)
def test_detail_chooses_the_long_side(detail: str, expected: tuple[int, int]) -> None:
    assert working_size(3000, 4000, STYLE, detail) == expected


def test_an_unknown_detail_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        working_size(100, 100, STYLE, "coarse")


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (7, 5), (720, 720), (600, 720), (719, 33)])
def test_a_small_picture_is_worked_on_at_its_own_size(size: tuple[int, int]) -> None:
    assert working_size(*size, STYLE, "balanced") == size


@pytest.mark.parametrize(("size", "expected"), [((1000, 4000), (256, 1024)), ((4000, 1000), (1024, 256))])
def test_a_panorama_is_not_worked_on_as_a_ribbon(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert working_size(*size, STYLE, "balanced") == expected


def _any_size(rng: random.Random) -> tuple[int, int]:
    """From one pixel to fifty megapixels, in all shapes."""
    height = round(10 ** rng.uniform(0, 7.7))
    return height, max(1, round(10 ** rng.uniform(0, 7.7) / height))


@pytest.mark.parametrize(("detail", "target"), [("bold", 480), ("balanced", 720), ("fine", 1080)])
def test_no_picture_is_enlarged_or_more_work_than_two_squares(detail: str, target: int) -> None:
    rng = random.Random(0)
    for height, width in (_any_size(rng) for _ in range(2000)):
        h, w = working_size(height, width, STYLE, detail)
        assert 1 <= h <= height, (height, width)
        assert 1 <= w <= width, (height, width)
        padded = (h + padding_to_multiple(h)) * (w + padding_to_multiple(w))
        assert padded <= 2 * target**2 * 1.25, (height, width)  # a thin side may be rounded up by a quarter


@pytest.mark.parametrize("size", [(7071, 7071), (2500, 20_000), (768, 65_000)])
def test_a_network_that_takes_much_memory_is_given_no_more_than_fits(size: tuple[int, int]) -> None:
    painter = style_of(Path("painter.pt"), "animegan2", working_size=768)
    h, w = working_size(*size, painter, "fine")
    assert h * w <= 1_100_000 * 1.02


@pytest.mark.parametrize("size", [(3000, 4000), (4000, 3000), (2000, 2001), (721, 5000), (300, 9000)])
def test_the_shape_of_a_picture_is_kept(size: tuple[int, int]) -> None:
    h, w = working_size(*size, STYLE, "balanced")
    assert h % 8 == w % 8 == 0
    assert h / w == pytest.approx(size[0] / size[1], rel=0.05)


@pytest.mark.parametrize(("length", "padded"), [(1, 32), (31, 32), (32, 32), (33, 40), (40, 40), (500, 504)])
def test_padding_brings_a_side_to_a_multiple_that_networks_take(length: int, padded: int) -> None:
    assert length + padding_to_multiple(length) == padded
