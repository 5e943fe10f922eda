"""Labels that say of a picture that AI made it: metadata for programs, and text in a corner for people.

aigc.py      the AIGC label of GB 45438-2025
xmp.py       the XMP packet: IPTC's digital source type, program and style, AIGC label
embed.py     puts another XMP packet into a JPEG, PNG or WebP file, with no pixel encoded again
read.py      what a picture's file carries
relabel.py   gives a result's file other labels
glyphs.py    the shapes of the visible label's text
visible.py   draws it
"""

from imaging.labels.aigc import AigcLabel
from imaging.labels.visible import LABEL_LANGUAGES, draw_label

__all__ = ["LABEL_LANGUAGES", "AigcLabel", "draw_label"]
