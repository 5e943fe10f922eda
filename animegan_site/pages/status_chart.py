"""A stacked bar chart as the positions of its rectangles: the template draws it, the style sheet colors it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count

from django.utils.formats import date_format

WIDTH, HEIGHT = 760, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 44, 10, 24
GAP = 0.25  # between two bars, as a part of a day's width
COLORS = 6  # in the style sheet; more styles begin again
MAX_DAY_LABELS = 6  # days that are written below


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    color: int
    text: str


@dataclass(frozen=True)
class AxisLabel:
    """A text beside an axis, and its position."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """What the template draws, in the units of the SVG. `rows` are the same numbers as a table: (day, counts, sum)."""

    styles: list[tuple[str, int]]  # title, color
    bars: list[Bar]
    day_labels: list[AxisLabel]
    count_labels: list[AxisLabel]
    rows: list[tuple[date, list[int], int]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def build_chart(by_day: dict[date, Counter[str]], titles: Mapping[str, str]) -> Chart:
    """Draw the counts of each day by style. The style with the most is at the bottom and comes first."""
    sums: Counter[str] = sum(by_day.values(), Counter())
    styles = [style for style, _number in sums.most_common()]
    top = axis_maximum(max((counts.total() for counts in by_day.values()), default=0))
    day_width = (WIDTH - LEFT - RIGHT) / max(1, len(by_day))
    return Chart(
        styles=[(_title(titles, style), color % COLORS) for color, style in enumerate(styles)],
        bars=list(_bars(by_day, styles, titles, day_width, top)),
        day_labels=_day_labels(list(by_day), day_width),
        count_labels=[AxisLabel(LEFT - 6, _y(value, top), str(value)) for value in (0, top // 2, top)],
        rows=[(day, [counts[style] for style in styles], counts.total()) for day, counts in by_day.items()],
    )


def axis_maximum(maximum: int) -> int:
    """Return the top of the axis: a round, even number not far above the maximum."""
    round_numbers = (first * 10**zeros for zeros in count() for first in (2, 4, 6, 10))
    return next(number for number in round_numbers if number >= maximum)


def _y(value: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 2)


def _bars(
    by_day: dict[date, Counter[str]], styles: list[str], titles: Mapping[str, str], day_width: float, top: int
) -> Iterator[Bar]:
    for index, (day, counts) in enumerate(by_day.items()):
        x, base = round(LEFT + day_width * (index + GAP / 2), 2), 0
        for color, style in enumerate(styles):
            if number := counts[style]:
                y, foot = _y(base + number, top), _y(base, top)
                text = f"{date_format(day, 'SHORT_DATE_FORMAT')}, {_title(titles, style)}: {number}"
                yield Bar(x, y, round(day_width * (1 - GAP), 2), round(foot - y, 2), color % COLORS, text)
                base += number


def _day_labels(days: list[date], day_width: float) -> list[AxisLabel]:
    """Return labels of some of the days, the last one among them."""
    labeled = range(len(days) - 1, -1, -max(1, len(days) // MAX_DAY_LABELS))
    y = HEIGHT - BOTTOM + 16
    return [
        AxisLabel(round(LEFT + day_width * (n + 0.5), 2), y, date_format(days[n], "MONTH_DAY_FORMAT")) for n in labeled
    ]


def _title(titles: Mapping[str, str], style: str) -> str:
    try:
        return titles[style]
    except KeyError:
        return style
