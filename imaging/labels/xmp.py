"""The XMP packet of a result: that a trained model made it, with which program and style, and its AIGC label."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from imaging.labels.aigc import FIELD, AigcLabel

# IPTC NewsCodes: media in which a trained model changed a picture that people made.
DIGITAL_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
PROGRAM_NAME = "AnimeGAN Studio"
TC260_NAMESPACE = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_XMP_NAMESPACE = "http://ns.adobe.com/xap/1.0/"
_IPTC_NAMESPACE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_RDF_NAMESPACE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PACKET = re.compile(rb"<(?:\w+:)?xmpmeta.*</(?:\w+:)?xmpmeta\s*>|<(?:\w+:)?RDF.*</(?:\w+:)?RDF\s*>", re.DOTALL)


@dataclass(frozen=True)
class XmpMarks:
    """What a packet says: IPTC's digital source type, a URL; the program; the AIGC label. Empty: it does not say."""

    source_type: str = ""
    tool: str = ""
    aigc: AigcLabel | None = None

    @property
    def style(self) -> str:
        """Return the style that a result of this program says; empty where it says none."""
        start = f"{PROGRAM_NAME}, style "
        return self.tool.removeprefix(start) if self.tool.startswith(start) else ""


def build_xmp_packet(style: str, label: AigcLabel | None = None) -> bytes:
    """Return the XMP packet that says that a trained model made this, with which program and style, and the label."""
    tool = f"{PROGRAM_NAME}, style {style}" if style else PROGRAM_NAME
    # Not as an attribute: the practice guide's own example is an element.
    aigc = f"<TC260:{FIELD}>{escape(_printable(label.to_json()))}</TC260:{FIELD}>" if label else ""
    namespace = f' xmlns:TC260="{TC260_NAMESPACE}"' if label else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF_NAMESPACE}">'
        f'<rdf:Description rdf:about="" xmlns:xmp="{_XMP_NAMESPACE}" xmlns:Iptc4xmpExt="{_IPTC_NAMESPACE}"{namespace}'
        f' xmp:CreatorTool={quoteattr(_printable(tool))} Iptc4xmpExt:DigitalSourceType="{DIGITAL_SOURCE_TYPE}">'
        f'{aigc}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def _printable(text: str) -> str:
    """A style may be named after a file, and a file's name may have what XML must not."""
    return "".join(char if char.isprintable() else "?" for char in text)


def parse_xmp(packet: bytes) -> XmpMarks:
    """Return what a packet says, whoever wrote it; nothing where it is none, or is broken."""
    found = _PACKET.search(packet)
    # A packet defines no entities of its own; one that does may grow without end.
    if not found or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return XmpMarks()
    try:
        root = ElementTree.fromstring(found[0])  # noqa: S314 - see above
    except ElementTree.ParseError:
        return XmpMarks()
    aigc = _find(root, TC260_NAMESPACE, FIELD)
    return XmpMarks(
        _find(root, _IPTC_NAMESPACE, "DigitalSourceType") or "",
        _find(root, _XMP_NAMESPACE, "CreatorTool") or "",
        AigcLabel.from_json(aigc) if aigc else None,
    )


def _find(root: ElementTree.Element, namespace: str, name: str) -> str | None:
    """Return a property's value, written as an attribute or as an element, with the text or a link to it."""
    tag = f"{{{namespace}}}{name}"
    for element in root.iter():
        if tag in element.attrib:
            return element.attrib[tag].strip()
        if element.tag == tag:
            return "".join(element.itertext()).strip() or element.get(f"{{{_RDF_NAMESPACE}}}resource", "")
    return None
