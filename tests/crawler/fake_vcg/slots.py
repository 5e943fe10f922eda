"""What is where: the pages of a search, the slots on a page, and the URL of the picture at each slot.

A URL says all there is to know about its slot, so that it stays the same from one run of the site to the next.
"""

import re
from typing import NamedTuple, Self
from urllib.parse import SplitResult, parse_qs, urlencode
from zlib import crc32

PHRASES = {"明星": "mingxing", "动漫人物": "dongmanrenwu"}  # and how the newer URLs spell them
_NUMBERED = tuple(PHRASES)
_PICTURE = re.compile(r"/(?:creative|editorial)/vcg/800/(?:(?P<folder>[a-z]+)/)?(?P<res_id>VCG\d+)\.jpg")
_RES_ID = re.compile(r"VCG21(\d+)([12])(\d{4})(\d{4})")


class Page(NamedTuple):
    """A page of results; the first is number 1, gender 1 is male and 2 female."""

    phrase: str
    gender: int
    number: int

    @property
    def path(self) -> str:
        query = {"phrase": self.phrase, "creativePeopleNum": 2, "creativeGender": self.gender, "page": self.number}
        return "/creative/search?" + urlencode(query)

    @property
    def newer_path(self) -> str:
        return f"/creative-image/{PHRASES[self.phrase]}/?page={self.number}&creativeGender={self.gender}"

    @classmethod
    def from_url(cls, url: SplitResult) -> Self | None:
        """The page that a URL of either kind means, if it means one."""
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        phrase = query.get("phrase", "") if url.path == "/creative/search" else _find_spelled_phrase(url.path)
        gender, number = query.get("creativeGender", "1"), query.get("page", "1")
        if not phrase or gender not in ("1", "2") or not re.fullmatch(r"[1-9]\d{0,3}", number):
            return None
        return cls(phrase, int(gender), int(number))


class PictureSlot(NamedTuple):
    """Where a picture is shown; the first slot on a page is number 1."""

    phrase: str
    gender: int
    page: int
    number: int

    @property
    def seed(self) -> list[int]:
        return [crc32(self.phrase.encode()), *self[1:]]

    @property
    def res_id(self) -> str:
        numbered = self.phrase in PHRASES
        number = _NUMBERED.index(self.phrase) if numbered else int.from_bytes(self.phrase.encode())
        return f"VCG21{number}{self.gender}{self.page:04}{self.number:04}"

    @property
    def path(self) -> str:
        """Every third is in the folder that the site came to use later."""
        return self.build_path("" if self.number % 3 else "new/")

    def build_path(self, folder: str, *, root: str = "creative") -> str:
        return f"/{root}/vcg/800/{folder}{self.res_id}.jpg"

    @classmethod
    def from_path(cls, path: str) -> tuple[Self | None, str]:
        """The slot whose picture has this path, and the folder that it was looked for in."""
        path_match = _PICTURE.fullmatch(path)
        match = path_match and _RES_ID.fullmatch(path_match["res_id"])
        if not path_match or not match:
            return None, ""
        number, *rest = map(int, match.groups())
        return cls(_parse_phrase_number(number), *rest), path_match["folder"] or ""


def _find_spelled_phrase(path: str) -> str:
    return next((phrase for phrase, spelling in PHRASES.items() if path == f"/creative-image/{spelling}/"), "")


def _parse_phrase_number(number: int) -> str:
    """A known phrase by its number; any other is a number itself, which is never as small."""
    if number < len(_NUMBERED):
        return _NUMBERED[number]
    return number.to_bytes((number.bit_length() + 7) // 8).decode(errors="replace")
