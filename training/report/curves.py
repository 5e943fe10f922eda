"""Curves of a run as one SVG: a panel for each figure, for light and dark, which also stands alone in a document.

A page shows a single panel by its name, as `curves.svg#error`, and writes the title itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH, HEIGHT = 320, 150  # of a panel, as a page shows it
TITLE = 26  # above a panel, where the whole picture is shown
COLUMNS = 3
LEFT, RIGHT, TOP, BOTTOM = 50, 72, 10, 24  # around what is drawn
MAX_POINTS = 250
# Attributes hold the light colors, so that nothing is lost where style sheets are not allowed.
DARK = (
    "@media (prefers-color-scheme: dark) { .words { fill: #b9aec4 } .value { fill: #f3eef6 } .grid { stroke: #3b3448 }"
    " .known { stroke: #b9aec4 } .curve { stroke: #ff7a9f } .end { fill: #ff7a9f } }"
)


@dataclass(frozen=True)
class Curve:
    """Values by step; `reference`: one to compare with, such as that of the photo left as it is."""

    name: str
    points: Sequence[tuple[float, float]]
    unit: str = ""
    reference: float | None = None

    @property
    def last(self) -> float:
        return self.points[-1][1]


def axis_ticks(low: float, high: float, max_steps: int = 4) -> list[float]:
    """Return round numbers, at most `max_steps` steps, of which the first and the last enclose `low` and `high`."""
    span = (high - low) or abs(high) or 1.0
    rough = span / max_steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = max(first + 1, math.ceil(high / step - 1e-9))
    return [round(number * step, 12) for number in range(first, last + 1)]


def value_ticks(values: Sequence[float]) -> list[float]:
    """Return ticks from zero, unless the values differ by less than a quarter of the largest.

    The curve would then look like a line."""
    low, high = min(values), max(values)
    return axis_ticks(0.0 if low >= 0 and high - low > high / 4 else low, high)


def format_number(value: float) -> str:
    """Return three digits that matter, never as a power of ten."""
    return np.format_float_positional(value, precision=3, fractional=False, trim="-")


def _thinned(points: Sequence[tuple[float, float]]) -> np.ndarray:
    """Return [N,2] of at most MAX_POINTS, means of neighbors; a run may have logged many thousands."""
    parts = np.array_split(np.asarray(points, dtype=float), min(len(points), MAX_POINTS))
    return np.array([part.mean(axis=0) for part in parts])


def _text(x: float, y: float, words: str, anchor: str = "start", *, is_strong: bool = False) -> str:
    attributes = 'class="value" fill="#231c2b" font-weight="600"' if is_strong else 'class="words" fill="#62586c"'
    return f'<text {attributes} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(y: float, kind: str, color: str, dashes: str = "") -> str:
    drawn = f'stroke="{color}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
    return f'<path class="{kind}" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" {drawn} fill="none"/>'


def _panel(curve: Curve, last_step: float) -> list[str]:
    values = [value for _, value in curve.points]
    marks = value_ticks([*values, *([] if curve.reference is None else [curve.reference])])

    def across(step: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * step / last_step

    def up(value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - marks[0]) / (marks[-1] - marks[0])

    parts = []
    for mark in marks:
        parts += [_line(up(mark), "grid", "#ddd3d6"), _text(LEFT - 6, up(mark) + 4, format_number(mark), "end")]
    if curve.reference is not None:
        parts.append(_line(up(curve.reference), "known", "#62586c", "5 4"))
    path = "L".join(f"{across(step):.1f} {up(value):.1f}" for step, value in _thinned(curve.points))
    x, y = across(curve.points[-1][0]), up(curve.last)
    parts += [
        f'<path class="curve" d="M{path}" fill="none" stroke="#c22453" stroke-width="2" stroke-linejoin="round"/>',
        f'<circle class="end" cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#c22453"/>',
        _text(WIDTH - RIGHT + 9, y + 4, format_number(curve.last), is_strong=True),
        _text(LEFT, HEIGHT - 6, "0", "middle"),
        _text(WIDTH - RIGHT, HEIGHT - 6, f"{last_step:,.0f}", "middle"),
    ]
    return parts


def draw_curves(curves: Sequence[Curve]) -> str:
    """Return the SVG of the curves, in rows of COLUMNS; across are steps, from 0 to the last of the run."""
    last_step = max(curve.points[-1][0] for curve in curves)
    columns, rows = min(COLUMNS, len(curves)), -(-len(curves) // COLUMNS)
    parts = []
    for place, curve in enumerate(curves):
        x, y = place % COLUMNS * WIDTH, place // COLUMNS * (HEIGHT + TITLE) + TITLE
        title = f"{curve.name} ({curve.unit})" if curve.unit else curve.name
        parts += [f'<view id="{escape(curve.name)}" viewBox="{x} {y} {WIDTH} {HEIGHT}"/>']
        # What is too wide is cut off, and not seen in the panel beside it.
        parts += [_text(x + LEFT, y - 8, title, is_strong=True)]
        parts += [f'<svg x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}">', *_panel(curve, last_step), "</svg>"]
    size = f"{columns * WIDTH} {rows * (HEIGHT + TITLE)}"
    font = 'font-family="system-ui, sans-serif" font-size="12"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" {font}><style>{DARK}</style>'
    return "\n".join([head, *parts, "</svg>", ""])
