"""A stacked bar chart as the places of its rectangles: the template draws it, the style sheet colours it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count

from django.utils.formats import date_format

WIDTH, HEIGHT = 760, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 44, 10, 24
GAP = 0.25  # of a bar's room
COLORS = 6  # in the style sheet; more styles begin again
MAX_DAY_LABELS = 6  # days that are written below


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    colour: int
    text: str


@dataclass(frozen=True)
class AxisLabel:
    """A word beside an axis, and where."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """`rows` are the same numbers as a table: the day, one number a style, and their sum."""

    styles: list[tuple[str, int]]  # title, colour
    bars: list[Bar]
    across: list[AxisLabel]
    up: list[AxisLabel]
    rows: list[tuple[date, list[int], int]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def build_chart(by_day: dict[date, Counter[str]], titles: dict[str, str]) -> Chart:
    """Of the counts of each day by style. The style with the most is at the bottom and comes first."""
    sums: Counter[str] = sum(by_day.values(), Counter())
    styles = [style for style, _number in sums.most_common()]
    top = axis_maximum(max((counts.total() for counts in by_day.values()), default=0))
    room = (WIDTH - LEFT - RIGHT) / max(1, len(by_day))
    return Chart(
        styles=[(titles.get(style, style), colour % COLORS) for colour, style in enumerate(styles)],
        bars=list(_bars(by_day, styles, titles, room, top)),
        across=_days(list(by_day), room),
        up=[AxisLabel(LEFT - 6, _y(value, top), str(value)) for value in (0, top // 2, top)],
        rows=[(day, [counts[style] for style in styles], counts.total()) for day, counts in by_day.items()],
    )


def axis_maximum(most: int) -> int:
    """The top of the axis: a round, even number that is not far above the most."""
    rounds = (first * 10**zeros for zeros in count() for first in (2, 4, 6, 10))
    return next(number for number in rounds if number >= most)


def _y(value: int, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 2)


def _bars(
    by_day: dict[date, Counter[str]], styles: list[str], titles: dict[str, str], room: float, top: int
) -> Iterator[Bar]:
    for place, (day, counts) in enumerate(by_day.items()):
        x, base = round(LEFT + room * (place + GAP / 2), 2), 0
        for colour, style in enumerate(styles):
            if number := counts[style]:
                y, foot = _y(base + number, top), _y(base, top)
                text = f"{date_format(day, 'SHORT_DATE_FORMAT')}, {titles.get(style, style)}: {number}"
                yield Bar(x, y, round(room * (1 - GAP), 2), round(foot - y, 2), colour % COLORS, text)
                base += number


def _days(days: list[date], room: float) -> list[AxisLabel]:
    """Some of the days, the last one among them."""
    chosen = range(len(days) - 1, -1, -max(1, len(days) // MAX_DAY_LABELS))
    y = HEIGHT - BOTTOM + 16
    return [AxisLabel(round(LEFT + room * (n + 0.5), 2), y, date_format(days[n], "MONTH_DAY_FORMAT")) for n in chosen]
