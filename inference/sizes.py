"""At which size a picture is worked on."""

from .styles import Style

# Multiples of the style's recommended size: fewer pixels make bolder shapes, more keep finer detail.
DETAILS = {"bold": 2 / 3, "balanced": 1.0, "fine": 1.5}
LEAST_SHORT_SIDE = 256  # a panorama is not worked on as a ribbon…
MOST_AREA = 2  # …but on no more than this many squares of the working size
MULTIPLE = 8  # every network here takes multiples of this


def working_size(height: int, width: int, style: Style, detail: str) -> tuple[int, int]:
    """(height, width) in pixels to convert at: never larger than the picture, shape kept.

    Raises KeyError for a detail that is not in DETAILS.
    """
    target = style.working_size * DETAILS[detail]
    scale = max(target / max(height, width), LEAST_SHORT_SIDE / min(height, width))
    scale = min(scale, (MOST_AREA * target**2 / (height * width)) ** 0.5, 1.0)
    if scale == 1.0:
        return height, width
    return _to_multiple(height * scale), _to_multiple(width * scale)


def _to_multiple(length: float) -> int:
    return max(MULTIPLE, round(length / MULTIPLE) * MULTIPLE)


def padding_to_multiple(length: int) -> int:
    """How many pixels to add to a side that is worked on at its own length; networks want at least 32."""
    return max(32, -(-length // MULTIPLE) * MULTIPLE) - length
