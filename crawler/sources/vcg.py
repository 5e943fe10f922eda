"""www.vcg.com, the creative search."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from ..targets import Target
from .base import Fetch, Found
from .embedded_json import lists_of_objects

HOME = "https://www.vcg.com"
GENDER_CODES = {"male": 1, "female": 2}


class Vcg:
    name = "vcg"
    hosts: Sequence[str] = ("www.vcg.com", "goss.vcg.com", "goss?.vcg.com", "alifei.vcg.com", "alifei??.vcg.com")

    def __init__(self, *, home: str = HOME, people: int = 1) -> None:
        self.home, self.people = home.rstrip("/"), people

    def page_address(self, target: Target, page: int) -> str:
        """The site counts people from one for nobody; with `people` 0 their number does not matter."""
        query: dict[str, Any] = {"phrase": target.phrase}
        if self.people:
            query["creativePeopleNum"] = self.people + 1
        if target.gender in GENDER_CODES:
            query["creativeGender"] = GENDER_CODES[target.gender]
        return f"{self.home}/creative/search?{urlencode({**query, 'page': page})}"

    def page(self, target: Target, number: int, fetch: Fetch) -> list[Found]:
        """From the JSON in the page, or the JSON that the page is; else from its <img> elements."""
        text = fetch(self.page_address(target, number))
        items = _items(text)
        if items is None:
            items = _images(text)
        return [self._found(place, item) for place, item in enumerate(items, 1)]

    def _found(self, place: int, item: dict[str, Any]) -> Found:
        address = item.get("url800")
        keywords = item.get("keywords") or ()
        return Found(
            place=place,
            # Protocol-relative, so that it takes the scheme of the page.
            address=urljoin(self.home, address.strip()) if isinstance(address, str) and address.strip() else "",
            remote_id=str(item.get("id") or item.get("res_id") or ""),
            title=str(item.get("title") or item.get("caption") or ""),
            keywords=tuple(keywords.split(",")) if isinstance(keywords, str) else tuple(map(str, keywords)),
            licence=str(item.get("licenseType") or ""),
        )

    def is_wanted(self, address: str) -> bool:
        return urlsplit(address).path.startswith("/creative/")


def _items(text: str) -> list[dict[str, Any]] | None:
    """The results among all the JSON of a page: the longest list that has pictures in it. None: there is none."""
    lists = [found for found in lists_of_objects(text) if _has_pictures(found)]
    return max(lists, key=len, default=None)


def _has_pictures(items: list[dict[str, Any]]) -> bool:
    return any(item.get("url800") for item in items)


def _images(text: str) -> list[dict[str, Any]]:
    return [dict(_image_facts(node.attributes)) for node in LexborHTMLParser(text).css("img.lazyload_hk")]


def _image_facts(attributes: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    names = {"data-src": "url800", "alt": "title", "data-id": "id"}
    return ((names[name], value) for name, value in attributes.items() if name in names and value)
