"""The shapes of the visible label's text: letters from the font that comes with Pillow, and two characters drawn here.

Neither Pillow nor what Debian and PyPI surely have brings a font with Chinese characters, and one would be several
megabytes for two of them. They are strokes in a square of 100 units, y downwards, as sans-serif types draw them.
"""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Stroke = tuple[tuple[float, float], ...]
CHARACTERS: dict[str, tuple[Stroke, ...]] = {
    "生": (
        ((27, 5), (20, 27), (7, 45)),
        ((21, 26), (90, 26)),
        ((15, 57), (86, 57)),
        ((6, 91), (94, 91)),
        ((53, 5), (53, 91)),
    ),
    "成": (
        ((15, 23), (95, 23)),
        ((15, 23), (15, 54), (12, 75), (5, 93)),
        ((17, 47), (43, 47), (42, 64), (40, 77), (26, 78)),
        ((55, 5), (56, 24), (61, 50), (70, 73), (83, 89), (90, 89), (94, 69)),
        ((85, 37), (75, 59), (59, 78), (39, 93)),
        ((70, 6), (82, 16)),
    ),
}
STROKE = 9.5  # width, in the same units; that of the letters beside them
CHARACTER_HEIGHT = 1.24  # of a character's square, in heights of a capital letter
SPACING = 0.16  # between letters and characters, likewise
SUPERSAMPLING = 4
MEASURED_SIZE = 400  # of a font, whose capitals tell how high those of another size are


@cache
def render_text(text: str, capital_px: int) -> np.ndarray:
    """Return the coverage of a line of text, uint8 [H,W], 255 is full, cut to its ink.

    Capitals are at least `capital_px` pixels high. Characters are those of CHARACTERS; all
    else must be in the font of Pillow.
    """
    parts: list[np.ndarray] = []
    letters = ""
    for char in text:
        if char not in CHARACTERS:
            letters += char
            continue
        if letters:
            parts.append(_render_letters(letters, capital_px))
            letters = ""
        parts.append(_render_character(char, capital_px))
    if letters:
        parts.append(_render_letters(letters, capital_px))
    return _join(parts, max(1, round(SPACING * capital_px)))


def _render_letters(letters: str, capital_px: int) -> np.ndarray:
    """Return the letters, in rows from the capitals' middle to the same distance above and below."""
    font = _font_of(capital_px)
    left, top, right, bottom = font.getbbox(letters, anchor="ls")
    above, below = _capital_height(font), 0
    reach = max(-top - above, bottom - below, 0)
    image = Image.new("L", (int(right - left) + 2, int(above + 2 * reach) + 2))
    ImageDraw.Draw(image).text((1 - left, above + reach + 1), letters, 255, font, anchor="ls")
    return np.asarray(image)


@cache
def _font_of(capital_px: int) -> ImageFont.FreeTypeFont:
    """Return a font whose capitals are at least so many pixels high, and hardly more."""
    size = capital_px * MEASURED_SIZE // _capital_height(_load_font(MEASURED_SIZE))
    while _capital_height(font := _load_font(size)) < capital_px:
        size += 1
    return font


@cache
def _load_font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # noqa: S101 - Pillow's wheels have FreeType
    return font


def _capital_height(font: ImageFont.FreeTypeFont) -> int:
    return int(-font.getbbox("I", anchor="ls")[1])


def _render_character(char: str, capital_px: int) -> np.ndarray:
    side = round(CHARACTER_HEIGHT * capital_px)
    scale = side * SUPERSAMPLING / 100
    image = Image.new("L", (side * SUPERSAMPLING, side * SUPERSAMPLING))
    draw = ImageDraw.Draw(image)
    for stroke in CHARACTERS[char]:
        points = [(x * scale, y * scale) for x, y in stroke]
        draw.line(points, 255, max(1, round(STROKE * scale)), joint="curve")
        radius = STROKE * scale / 2
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return np.asarray(image.resize((side, side), Image.Resampling.BOX))


def _join(parts: list[np.ndarray], gap: int) -> np.ndarray:
    height = max(part.shape[0] for part in parts)
    width = sum(part.shape[1] for part in parts) + gap * (len(parts) - 1)
    line, left = np.zeros((height, width), np.uint8), 0
    for part in parts:
        top = (height - part.shape[0]) // 2
        line[top : top + part.shape[0], left : left + part.shape[1]] = part
        left += part.shape[1] + gap
    rows, columns = np.flatnonzero(line.max(axis=1)), np.flatnonzero(line.max(axis=0))
    return line[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
