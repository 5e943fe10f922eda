"""The visible label: white text on a dark ground with rounded corners, at the lower right of a picture.

GB 45438-2025, 4.2 and 4.4: text at an edge or in a corner, with "AI" and "generated", at least 5 % as high as the
picture's shorter side; in a video for at least 2 seconds from its beginning on.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from imaging.decode import Picture
from imaging.labels.glyphs import SUPERSAMPLING, render_text

TEXTS = {"en": "AI-generated", "zh-hans": "AI生成"}
LABEL_LANGUAGES = tuple(TEXTS)
MIN_TEXT_SHARE = 0.05  # of the shorter side, by law
TEXT_SHARE = 0.052  # rounded up, and a little more than that: a picture that is shown smaller still has it
MIN_TEXT_PX = 9  # below which nobody reads it; smaller only where it would not fit
GROUND_OPACITY = 0.62
# In heights of a capital letter.
PADDING_X, PADDING_Y, MARGIN, CORNER = 0.65, 0.5, 0.55, 0.45


@dataclass(frozen=True)
class LabelPatch:
    """What lies over a picture of one size: from `top` and `left` on, `color` (0 to 255) as far as `opacity` (0 to 1).

    Both are float32 [h,w]. `text_px` is how high a capital letter is.
    """

    top: int
    left: int
    color: np.ndarray
    opacity: np.ndarray
    text_px: int

    def draw_on(self, pixels: np.ndarray) -> None:
        """Draw the label on uint8 [H,W,3], in place."""
        height, width = self.opacity.shape
        region = pixels[self.top : self.top + height, self.left : self.left + width]
        opacity = self.opacity[..., None]
        region[:] = np.round(region * (1 - opacity) + self.color[..., None] * opacity).astype(np.uint8)


def choose_label_language(language: str | None) -> str:
    """Return the language of LABEL_LANGUAGES for a language as browsers and systems write it: `zh-TW`, `en_US`."""
    return "zh-hans" if (language or "").lower().startswith("zh") else "en"


def draw_label(picture: Picture, language: str) -> Picture:
    """Return the picture with the label in one of LABEL_LANGUAGES. Nothing beside it changes.

    Where the picture is transparent, the label is seen as well.
    """
    patch = make_label_patch(picture.width, picture.height, language)
    pixels, alpha = picture.pixels.copy(), None
    if picture.alpha is None:
        patch.draw_on(pixels)
        return Picture(pixels)
    alpha = picture.alpha.copy()
    _draw_on_transparent(patch, pixels, alpha)
    return Picture(pixels, alpha)


def _draw_on_transparent(patch: LabelPatch, pixels: np.ndarray, alpha: np.ndarray) -> None:
    """What is hidden has any color: mix by how much of each is seen."""
    height, width = patch.opacity.shape
    place = np.s_[patch.top : patch.top + height, patch.left : patch.left + width]
    under = alpha[place].astype(np.float32) / 255 * (1 - patch.opacity)
    total = np.maximum(under + patch.opacity, 1e-6)
    seen = (pixels[place] * under[..., None] + (patch.color * patch.opacity)[..., None]) / total[..., None]
    changed = patch.opacity > 0
    pixels[place][changed] = np.round(seen).astype(np.uint8)[changed]
    alpha[place][changed] = np.round(255 * total).astype(np.uint8)[changed]


def make_label_patch(width: int, height: int, language: str) -> LabelPatch:
    """Return the label for pictures of this size, in one of LABEL_LANGUAGES."""
    least = max(1, int(np.ceil(TEXT_SHARE * min(width, height))))
    for text_px in range(max(least, MIN_TEXT_PX), 0, -1):
        color, opacity = _render(TEXTS[language], text_px)
        margin = round(MARGIN * text_px)
        if opacity.shape[1] + 2 * margin <= width and opacity.shape[0] + 2 * margin <= height:
            top, left = height - margin - opacity.shape[0], width - margin - opacity.shape[1]
            return LabelPatch(top, left, color, opacity, text_px)
    # Nothing can be read in so few pixels: as much of the smallest as there is room for.
    color, opacity = (part[:height, :width] for part in _render(TEXTS[language], 1))
    return LabelPatch(height - opacity.shape[0], width - opacity.shape[1], color, opacity, 1)


def _render(text: str, text_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Return color and opacity, float32 [h,w] each."""
    ink = render_text(text, text_px).astype(np.float32) / 255
    pad_x, pad_y = max(1, round(PADDING_X * text_px)), max(1, round(PADDING_Y * text_px))
    ink = np.pad(ink, ((pad_y, pad_y), (pad_x, pad_x)))
    height, width = ink.shape
    ground = Image.new("L", (width * SUPERSAMPLING, height * SUPERSAMPLING))
    box = (0, 0, width * SUPERSAMPLING - 1, height * SUPERSAMPLING - 1)
    ImageDraw.Draw(ground).rounded_rectangle(box, CORNER * text_px * SUPERSAMPLING, 255)
    shape = np.asarray(ground.resize((width, height), Image.Resampling.BOX)).astype(np.float32) / 255
    # White ink over the dark ground: together they cover more than the ground alone.
    opacity = np.maximum(ink, GROUND_OPACITY * shape * (1 - ink) + ink)
    color = np.where(opacity > 0, 255 * ink / np.maximum(opacity, 1e-6), 0).astype(np.float32)
    return color, opacity
