"""How large a picture may be."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageLimits:
    """What is refused before pixels are read. The defaults are those of the site's settings."""

    max_bytes: int = 25 * 2**20
    max_pixels: int = 51 * 10**6  # what makers of telephones call 50 megapixels are up to 50.4
    max_side: int = 40_000  # a line of pixels costs more than a square of as many


# Of what the product itself has stored: it was within the limits when it was made, and one lowered since must not
# lock it in.
NO_LIMITS = ImageLimits(max_bytes=2**40, max_pixels=2**40, max_side=2**30)
