"""The marks of an axis."""

import math
from collections.abc import Sequence


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Round numbers, `most` or fewer steps apart, of which the first and the last enclose `low` and `high`."""
    room = (high - low) or abs(high) or 1.0
    rough = room / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = max(first + 1, math.ceil(high / step - 1e-9))
    return [round(number * step, 12) for number in range(first, last + 1)]


def value_ticks(values: Sequence[float]) -> list[float]:
    """From zero, unless the values differ by less than a quarter of the largest, which would then look like a line."""
    low, high = min(values), max(values)
    return ticks(0.0 if low >= 0 and high - low > high / 4 else low, high)
