"""At which size a picture is worked on."""

from inference.styles import Style

# Multiples of the style's recommended size: fewer pixels make bolder shapes, more keep finer detail.
DETAILS = {"bold": 2 / 3, "balanced": 1.0, "fine": 1.5}
MIN_SHORT_SIDE = 256  # a panorama is not worked on as a ribbon…
MAX_AREA = 2  # …but on no more than this many squares of the working size
MULTIPLE = 8  # most networks take multiples of this…
MIN_SIDE = 32  # …and wants at least this: thinner pictures are filled up to it
SHORT_SIDE_STEP = 32  # photos come in many shapes, and a network is compiled for each it works on: so they are few
# As `Cost.relative_seconds`, for each of the photo's own pixels: they are decoded, enlarged to and encoded.
READ_WRITE_COST = 0.08


def working_size(height: int, width: int, style: Style, detail: str) -> tuple[int, int]:
    """Return (height, width) in pixels to convert at: never larger than the picture, shape kept to a sixteenth.

    Of a style that takes one size only, no side is larger than that: what is missing is filled up.
    Raise KeyError for a detail that is not in DETAILS.
    """
    target = style.working_size * DETAILS[detail]
    scale = max(target / max(height, width), MIN_SHORT_SIDE / min(height, width))
    max_pixels = min(MAX_AREA * target**2, style.cost.max_pixels)
    # The second limit is for the area of a thin picture after it is filled up: a line of a million pixels is small.
    scale = min(scale, (max_pixels / (height * width)) ** 0.5, max_pixels / (MIN_SIDE * max(height, width)), 1.0)
    fixed_height, fixed_width = style.fixed_size or (height, width)
    scale = min(scale, fixed_height / height, fixed_width / width)
    if scale == 1.0:
        return height, width
    step = SHORT_SIDE_STEP if min(height, width) * scale >= MIN_SHORT_SIDE else MULTIPLE
    short = _scaled(min(height, width), scale, step)
    long = max(short, _scaled(max(height, width), scale, MULTIPLE))
    size = (short, long) if height < width else (long, short)
    return (min(size[0], fixed_height), min(size[1], fixed_width)) if style.fixed_size else size


def _scaled(length: int, scale: float, step: int) -> int:
    """Return the nearest multiple of the step, but never more than there is."""
    return min(length, max(MULTIPLE, round(length * scale / step) * step))


def estimate_cost(height: int, width: int, style: Style, detail: str) -> float:
    """Return what a conversion of a photo of this size costs, in units of a megapixel through `compact`."""
    work_height, work_width = working_size(height, width, style, detail)
    return (style.cost.relative_seconds * work_height * work_width + READ_WRITE_COST * height * width) / 10**6


def padding_to_multiple(length: int, multiple: int = MULTIPLE) -> int:
    """Return how many pixels to add to a side to get one that a network takes."""
    return -(-max(MIN_SIDE, length) // multiple) * multiple - length
