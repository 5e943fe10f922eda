"""Writes results as JPEG, PNG or WebP, marked as made by AI."""

import io
from typing import Any
from xml.sax.saxutils import quoteattr

from PIL import Image

from imaging.decode import Picture

DEFAULT_QUALITY = 92
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
# IPTC NewsCodes: media in which a trained model changed a picture that people made.
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
PROGRAM_NAME = "AnimeGAN Studio"


def build_xmp_packet(style: str) -> bytes:
    """Return the XMP packet that says that a trained model made this, with which program and style."""
    # A style may be named after a file, and a file's name may have what XML must not.
    printable = "".join(char if char.isprintable() else "?" for char in style)
    tool = quoteattr(f"{PROGRAM_NAME}, style {printable}")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' xmp:CreatorTool={tool} Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}"/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def encode_image(picture: Picture, file_format: str, *, style: str | None, quality: int = DEFAULT_QUALITY) -> bytes:
    """Return the bytes of a JPEG (on white), PNG or WEBP file, with no metadata of the photo.

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
    image.save(buffer, file_format, **_save_options(file_format, build_xmp_packet(style) if style else None, quality))
    return buffer.getvalue()


def _save_options(file_format: str, packet: bytes | None, quality: int) -> dict[str, Any]:
    if file_format == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        if packet:
            info.add_itxt("XML:com.adobe.xmp", packet.decode())
        return {"pnginfo": info, "compress_level": 4}
    options: dict[str, Any] = {"quality": quality} | ({"xmp": packet} if packet else {})
    # Full color resolution: thin colored lines are what these pictures are made of.
    return options | ({"subsampling": 0} if file_format == "JPEG" else {"method": 2})
