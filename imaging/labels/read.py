"""What the file of a picture says of how it was made."""

import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import ExifTags, Image

from imaging import png
from imaging.decode import read_image_size
from imaging.errors import BadImage
from imaging.files import FileData, map_file
from imaging.formats import IMAGE_FORMATS
from imaging.labels.aigc import FIELD, AigcLabel
from imaging.labels.xmp import XmpMarks, parse_xmp
from imaging.limits import NO_LIMITS

# Texts of EXIF in which other programs put the label where XMP does not have it.
_EXIF_TEXTS = (ExifTags.Base.UserComment, ExifTags.Base.ImageDescription, ExifTags.Base.MakerNote)
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
MAX_TEXT_BYTES = 2**20  # of a PNG's text, unpacked
PNG_XMP = "XML:com.adobe.xmp"


def read_marks(source: Path | bytes) -> XmpMarks:
    """Return what a picture's file says. Raise BadImage and OSError for what is no picture or is not there."""
    read_image_size(source, NO_LIMITS)
    with map_file(source) as data:
        texts = dict(_read_png_texts(data)) if data[:8] == png.MAGIC else {}
    try:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=IMAGE_FORMATS) as image:
            packet = texts.get(PNG_XMP) or image.info.get("xmp") or b""
            others = [texts.get(FIELD), *_read_exif_texts(image)]
    except Exception as error:
        if not texts:
            raise BadImage("damaged") from error
        packet, others = texts.get(PNG_XMP, b""), [texts.get(FIELD)]  # Pillow minds a damaged text beside them
    marks = parse_xmp(packet.encode() if isinstance(packet, str) else packet)
    return XmpMarks(marks.source_type, marks.tool, marks.aigc or _find_label(others))


def _find_label(texts: list[object]) -> AigcLabel | None:
    for text in texts:
        decoded = text.decode(errors="replace") if isinstance(text, bytes) else text
        found = _OBJECT.search(decoded) if isinstance(decoded, str) else None
        if found and (label := AigcLabel.from_json(found[0])):
            return label
    return None


def _read_exif_texts(image: Image.Image) -> list[object]:
    try:
        exif = image.getexif()
        tags = dict(exif) | dict(exif.get_ifd(ExifTags.IFD.Exif))
    except Exception:  # of odd EXIF Pillow raises many kinds
        return []
    return [tags.get(tag) for tag in _EXIF_TEXTS]


def _read_png_texts(data: FileData) -> Iterator[tuple[str, bytes]]:
    """Yield the keyword and the value of each text (PNG specification, third edition, 11.3.3)."""
    for chunk in png.read_chunks(data):
        if chunk.kind not in (b"tEXt", b"zTXt", b"iTXt"):
            continue
        keyword, _, rest = bytes(data[chunk.body]).partition(b"\0")
        is_packed = chunk.kind == b"zTXt" or (chunk.kind == b"iTXt" and rest[:1] == b"\1")
        if chunk.kind == b"zTXt":
            rest = rest[1:]
        elif chunk.kind == b"iTXt":
            rest = rest[2:].split(b"\0", 2)[-1]  # after the language and the translated keyword
        if is_packed:
            try:
                rest = zlib.decompressobj().decompress(rest, MAX_TEXT_BYTES)
            except zlib.error:
                continue
        yield keyword.decode("latin-1"), rest
