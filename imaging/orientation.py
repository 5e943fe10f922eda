"""How a camera was held: EXIF's orientation, read by its tag alone.

Pillow's own way reads all of EXIF and writes it anew, and gives up on tags that it cannot write, which cameras and
editors do leave; it also takes the orientation of XMP, which no browser does.
"""

import re

from PIL import ExifTags, Image, TiffImagePlugin

from imaging.files import FileData

# With the usual place of the first directory, right after it.
_TIFF_HEADER = re.compile(rb"II\*\0\x08\0\0\0|MM\0\*\0\0\0\x08")
EXIF_PREFIX = b"Exif\0\0"
SHORT = 3  # the type that EXIF 2.32 (4.6.4) gives the tag; browsers take no other
ENTRY_BYTES = 12
UPRIGHT = 1
TIFF_ORIENTATION = "tiff_orientation"  # among what Pillow knows of an image

# What brings a picture upright, for each orientation (EXIF 2.32, 4.6.4 A).
TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def parse_exif_orientation(exif: bytes) -> int:
    """Return the orientation in EXIF data, 1 (upright) to 8; 1 if there is none that can be read."""
    tiff = exif.removeprefix(EXIF_PREFIX)
    if tiff[:4] not in (b"II*\0", b"MM\0*"):
        return UPRIGHT
    order = "little" if tiff[:2] == b"II" else "big"

    def number(offset: int, length: int) -> int:
        return int.from_bytes(tiff[offset : offset + length], order)  # type: ignore[arg-type]

    first = number(4, 4)
    for entry in range(first + 2, first + 2 + number(first, 2) * ENTRY_BYTES, ENTRY_BYTES):
        if entry + ENTRY_BYTES > len(tiff):
            break
        if number(entry, 2) == ExifTags.Base.Orientation:
            is_valid = number(entry + 2, 2) == SHORT and number(entry + 4, 4) == 1
            value = number(entry + 8, 2)
            return value if is_valid and value in TRANSPOSES else UPRIGHT
    return UPRIGHT


def blank_exif(data: FileData) -> bytes:
    """Return the bytes of a file with the first EXIF in them made empty: an AVIF has its own orientation beside it."""
    found = _TIFF_HEADER.search(data)
    if found is None:
        return bytes(data)
    return b"".join((data[: found.end()], bytes(2), data[found.end() + 2 :]))


def keep_as_stored(image: Image.Image) -> None:
    """Keep Pillow from turning a TIFF when it is loaded: it would do so by all of its tags, for `getexif` are these."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        image.info[TIFF_ORIENTATION] = image.tag_v2.get(ExifTags.Base.Orientation, UPRIGHT)
        image.getexif = Image.Exif  # type: ignore[method-assign]
        image._size = image._tile_size  # which it gave as those of the turned picture


def read_orientation(image: Image.Image) -> int:
    """Return the orientation of a picture, 1 (upright) to 8; from 5 on it lies on its side.

    Of a PNG it is known for sure once the pixels are loaded. HEIF has no orientation left: its reader turns.
    """
    exif = image.info.get("exif")
    found = parse_exif_orientation(exif) if isinstance(exif, bytes) else image.info.get(TIFF_ORIENTATION)
    return found if found in TRANSPOSES else UPRIGHT


def turn_upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return a copy of the picture that stands upright; the picture itself where it does so already."""
    return image.transpose(TRANSPOSES[orientation]) if orientation in TRANSPOSES else image
