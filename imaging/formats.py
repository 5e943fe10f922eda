"""Which pictures are read, and what has to be known of a file before Pillow opens it."""

import pillow_heif

from imaging import jpeg, png, tiff
from imaging.errors import BadImage
from imaging.files import FileData

pillow_heif.register_heif_opener()

IMAGE_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")
# What the files of these formats are called; Windows and browsers have their own names for JPEG, Canon for HEIF.
IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".jpe", ".jif", ".png", ".apng", ".webp", ".bmp", ".dib", ".tif", ".tiff"),
    *(".heic", ".heif", ".hif", ".avif"),
)
# Photographs have ten. Each takes as long as the whole picture, and hardly any bytes.
MAX_JPEG_SCANS = 100
# Of raw files that are no TIFF by their first bytes: Olympus, Panasonic, Fujifilm, Sigma, Minolta.
RAW_MAGICS = (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM")
CANON_RAW_2, CANON_RAW_3 = (slice(8, 10), b"CR"), (slice(4, 12), b"ftypcrx ")


def prepare_data(data: FileData) -> bytes | None:
    """Return what to read in place of a file that Pillow would refuse or misread; None where it can read it.

    Raise BadImage for a camera's raw file, an uncommon kind of JPEG, and what was made to keep its readers busy.
    """
    if data[:8] == png.MAGIC:
        try:
            return png.drop_side_chunks(data)
        except png.TooManyChunks as error:
            raise BadImage("too_complex") from error
    if data[:3] == jpeg.MAGIC:
        layout = jpeg.read_layout(data)
        if layout.scans > MAX_JPEG_SCANS:
            raise BadImage("too_complex")
        if layout.is_lossless or layout.bits != 8:
            raise BadImage("jpeg_unsupported")
        return None
    if _is_raw_by_magic(data):
        raise BadImage("camera_raw")
    return _prepare_tiff(data) if data[:4] in tiff.MAGICS else None


def _is_raw_by_magic(data: FileData) -> bool:
    return data[:16].startswith(RAW_MAGICS) or any(data[at] == magic for at, magic in (CANON_RAW_2, CANON_RAW_3))


def _prepare_tiff(data: FileData) -> bytes | None:
    try:
        reader = tiff.TiffReader(data)
        if tiff.has_raw(reader):
            raise BadImage("camera_raw")
        chosen = tiff.choose_directory(reader)
    except tiff.TooManyNumbers as error:
        raise BadImage("too_complex") from error
    return reader.begin_with(chosen) if chosen else None


def explain_refusal(data: FileData) -> str:
    """Return the reason of BadImage for a file that Pillow cannot open."""
    if data[:4] in tiff.MAGICS:
        first = next(tiff.TiffReader(data).directories(), None)
        return first.unsupported_kind if first else "damaged"
    return "not_a_picture"
