"""Other labels for the file of a result."""

from imaging.decode import decode_image
from imaging.encode import encode_image
from imaging.labels.aigc import AigcLabel
from imaging.labels.embed import embed_xmp
from imaging.labels.read import read_marks
from imaging.labels.visible import draw_label
from imaging.labels.xmp import build_xmp_packet
from imaging.limits import NO_LIMITS


def relabel_image(data: bytes, file_format: str, label: AigcLabel | None, language: str | None) -> bytes:
    """Return the bytes of a result, of `encode_image`, with this AIGC label, or without one.

    With a `language` of LABEL_LANGUAGES the visible label is on it; with none the pixels stay as they are, bit for bit.
    Raise BadImage.
    """
    marks = read_marks(data)
    packet = build_xmp_packet(marks.style, label)
    if marks.tool and not language:
        return embed_xmp(data, packet)
    picture = decode_image(data, NO_LIMITS)
    picture = draw_label(picture, language) if language else picture
    return embed_xmp(encode_image(picture, file_format, style="any"), packet)
