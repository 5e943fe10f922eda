"""What is where: the pages of a search, the places on a page, and the address of the picture at each place.

An address says all there is to know about its place, so that it stays the same from one run of the site to the next.
"""

import re
from typing import NamedTuple, Self
from urllib.parse import SplitResult, parse_qs, urlencode
from zlib import crc32

PHRASES = {"明星": "mingxing", "动漫人物": "dongmanrenwu"}  # and how the newer addresses spell them
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
        asked = {"phrase": self.phrase, "creativePeopleNum": 2, "creativeGender": self.gender, "page": self.number}
        return "/creative/search?" + urlencode(asked)

    @property
    def newer_path(self) -> str:
        return f"/creative-image/{PHRASES[self.phrase]}/?page={self.number}&creativeGender={self.gender}"

    @classmethod
    def asked(cls, url: SplitResult) -> Self | None:
        """The page that an address of either kind means, if it means one."""
        query = {name: values[-1] for name, values in parse_qs(url.query).items()}
        phrase = query.get("phrase", "") if url.path == "/creative/search" else _spelt(url.path)
        gender, number = query.get("creativeGender", "1"), query.get("page", "1")
        if not phrase or gender not in ("1", "2") or not re.fullmatch(r"[1-9]\d{0,3}", number):
            return None
        return cls(phrase, int(gender), int(number))


class Place(NamedTuple):
    """Where a picture is shown; the first place on a page is number 1."""

    phrase: str
    gender: int
    page: int
    place: int

    @property
    def on(self) -> Page:
        return Page(*self[:3])

    @property
    def seed(self) -> list[int]:
        return [crc32(self.phrase.encode()), *self[1:]]

    @property
    def res_id(self) -> str:
        numbered = self.phrase in PHRASES
        number = _NUMBERED.index(self.phrase) if numbered else int.from_bytes(self.phrase.encode())
        return f"VCG21{number}{self.gender}{self.page:04}{self.place:04}"

    @property
    def path(self) -> str:
        """Every third is in the folder that the site came to use later."""
        return self.path_in("" if self.place % 3 else "new/")

    def path_in(self, folder: str, *, root: str = "creative") -> str:
        return f"/{root}/vcg/800/{folder}{self.res_id}.jpg"

    @classmethod
    def found(cls, path: str) -> tuple[Self | None, str]:
        """The place whose picture has this path, and the folder that it was looked for in."""
        address = _PICTURE.fullmatch(path)
        match = address and _RES_ID.fullmatch(address["res_id"])
        if not address or not match:
            return None, ""
        number, *rest = map(int, match.groups())
        return cls(_phrase(number), *rest), address["folder"] or ""


def _spelt(path: str) -> str:
    return next((phrase for phrase, spelt in PHRASES.items() if path == f"/creative-image/{spelt}/"), "")


def _phrase(number: int) -> str:
    """A known phrase by its number; any other is a number itself, which is never as small."""
    if number < len(_NUMBERED):
        return _NUMBERED[number]
    return number.to_bytes((number.bit_length() + 7) // 8).decode(errors="replace")
