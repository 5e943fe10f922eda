"""Reads pictures that strangers send, safely; writes results, marked as made by AI."""

import io
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import quoteattr

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageCms, ImageOps

from inference.downsampling import fitted
from inference.errors import BadImage

pillow_heif.register_heif_opener()
# Pillow's own guard knows one limit for the whole process and warns below twice of it; ours is checked for
# each picture, in `_open`, before any pixel is read.
Image.MAX_IMAGE_PIXELS = None

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif")
REASONS = ("empty", "too_many_bytes", "too_many_pixels", "not_a_picture", "damaged")
QUALITY = 92
JPEG_MOST_SIDE = 65_500
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
# IPTC NewsCodes: media in which a trained model changed a picture that people made.
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
PROGRAM = "AnimeGAN Studio"


@dataclass(frozen=True)
class Limits:
    """What is refused before pixels are read."""

    bytes: int = 25 * 2**20
    pixels: int = 50 * 10**6


@dataclass(frozen=True)
class Picture:
    """`pixels` uint8 [H,W,3] in sRGB, upright; `alpha` uint8 [H,W] (0 is transparent) or None."""

    pixels: np.ndarray
    alpha: np.ndarray | None = None

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def natural_format(self) -> str:
        """JPEG, or PNG where transparency must be kept or a side is longer than a JPEG's may be."""
        return "JPEG" if self.alpha is None and max(self.height, self.width) <= JPEG_MOST_SIDE else "PNG"


def _open(source: Path | bytes, limits: Limits) -> Image.Image:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size == 0:
        raise BadImage("empty")
    if size > limits.bytes:
        raise BadImage("too_many_bytes", limit=limits.bytes)
    try:
        image = Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS)
    except Exception as error:  # decoders raise many kinds for hostile files; none of them is worth a traceback
        raise BadImage("not_a_picture") from error
    if image.width * image.height > limits.pixels:
        image.close()
        raise BadImage("too_many_pixels", limit=limits.pixels, width=image.width, height=image.height)
    return image


def check(source: Path | bytes, limits: Limits) -> tuple[int, int]:
    """(height, width) as stored. Raises BadImage for what `decode` would refuse by its size or its first bytes.

    No pixels are read.
    """
    with _open(source, limits) as image:
        return image.height, image.width


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Bring 16-bit and floating-point grey to 8 bits by scaling; Pillow's own conversion clips."""
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image))
        scaled = np.round(values * 255 if values.max(initial=0) <= 1 else values)
    else:
        # Whole numbers all the way: a picture of 50 megapixels would take 400 MB in double precision.
        scaled = (np.clip(np.asarray(image), 0, 65535).astype(np.uint32) + 128) // 257
    return Image.fromarray(np.clip(scaled, 0, 255).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB; a profile that cannot be used is ignored, as browsers do."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                target = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
                return converted if converted is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image if image.mode == "RGB" else image.convert("RGB")  # `convert` always copies


def _split_alpha(image: Image.Image) -> tuple[Image.Image, np.ndarray | None]:
    if not image.has_transparency_data:
        return image, None
    with_alpha = image if image.mode in ("RGBA", "LA") else image.convert("RGBA")
    alpha = np.asarray(with_alpha.getchannel("A"))
    opaque = with_alpha.convert("L" if with_alpha.mode == "LA" else "RGB")
    return opaque, None if alpha.min() == 255 else alpha


def _upright(image: Image.Image) -> Image.Image:
    try:
        if image.getexif().get(ExifTags.Base.Orientation, 1) == 1:
            return image  # `exif_transpose` would copy it
        return ImageOps.exif_transpose(image)
    except Exception:  # a good photo with EXIF that cannot be read; Pillow raises many kinds
        return image


def _pixels_of(image: Image.Image) -> np.ndarray:
    """uint8 [H,W,3] of an RGB image, some rows at a time: at once, Pillow would copy a large picture twice."""
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    rows = max(1, 2**18 // image.width)
    for top in range(0, image.height, rows):
        pixels[top : top + rows] = np.asarray(image.crop((0, top, image.width, min(image.height, top + rows))))
    return pixels


def decode(source: Path | bytes, limits: Limits | None = None, *, enough: int | None = None) -> Picture:
    """The first frame of a file, upright and in sRGB.

    Where `enough` pixels of the longer side will do, a JPEG is read at a half, a quarter or an eighth of its size, as
    far as it keeps these: in half the time, and a quarter of the memory.
    Raises BadImage, and nothing else but OSError for a path where there is no file.
    """
    image = _open(source, limits or Limits())
    try:
        with image:
            profile = image.info.get("icc_profile")
            if enough:
                scale = enough / max(image.size)
                image.draft(None, (ceil(image.width * scale), ceil(image.height * scale)))
            image.load()
            upright = _upright(image)
            if upright.mode in ("F", "I") or upright.mode.startswith("I;16"):
                upright, profile = _to_8_bit(upright), None
            if upright.mode == "P":  # a profile speaks of colours, not of places in a palette
                upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
            opaque, alpha = _split_alpha(upright)
            return Picture(_pixels_of(_to_srgb(opaque, profile)), alpha)
    except Exception as error:
        raise BadImage("damaged") from error


def xmp(style: str) -> bytes:
    """The XMP packet that says that a trained model made this, with which program and style."""
    # A style may be named after a file, and a file's name may have what XML must not.
    printable = "".join(char if char.isprintable() else "?" for char in style)
    tool = quoteattr(f"{PROGRAM}, style {printable}")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' xmp:CreatorTool={tool} Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def encode(picture: Picture, file_format: str, *, style: str | None, quality: int = QUALITY) -> bytes:
    """The bytes of a JPEG (on white), PNG or WEBP file, with no metadata of the photo.

    With the id of a `style`, the file says in XMP that it was made by AI, with which program and style.
    `quality` is from 0 to 100, and means nothing to a PNG.
    """
    image = Image.fromarray(picture.pixels)
    if picture.alpha is not None:
        alpha = Image.fromarray(picture.alpha)
        if file_format == "JPEG":
            image = Image.composite(image, Image.new("RGB", image.size, "white"), alpha)
        else:
            image.putalpha(alpha)
    buffer = io.BytesIO()
    image.save(buffer, file_format, **_options(file_format, xmp(style) if style else None, quality))
    return buffer.getvalue()


def _options(file_format: str, packet: bytes | None, quality: int) -> dict[str, Any]:
    if file_format == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        if packet:
            info.add_itxt("XML:com.adobe.xmp", packet.decode())
        return {"pnginfo": info, "compress_level": 4}
    options: dict[str, Any] = {"quality": quality} | ({"xmp": packet} if packet else {})
    # Full colour resolution: thin coloured lines are what these pictures are made of.
    return options | ({"subsampling": 0} if file_format == "JPEG" else {"method": 2})


def shrink(picture: Picture, side: int) -> Picture:
    """The picture with its longer side at most `side` pixels."""
    alpha = None if picture.alpha is None else fitted(picture.alpha, side)
    return Picture(fitted(picture.pixels, side), alpha)


def read_limited(stream: IO[bytes], limits: Limits) -> bytes:
    """All bytes of a stream, but never many more than the limit. Raises BadImage."""
    data = stream.read(limits.bytes + 1)
    if len(data) > limits.bytes:
        raise BadImage("too_many_bytes", limit=limits.bytes)
    return data
