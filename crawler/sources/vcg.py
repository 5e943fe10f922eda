"""www.vcg.com, the creative search."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from crawler.http.challenge import asks_for_person, challenge_at
from crawler.http.errors import ServerTrouble
from crawler.sources.base import Fetch, Found
from crawler.sources.embedded_json import answer_of, lists_of_objects
from crawler.targets import Target

HOME = "https://www.vcg.com"
GENDER_CODES = {"male": 1, "female": 2}


class Vcg:
    name = "vcg"
    is_local = False
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
        address = self.page_address(target, number)
        text = fetch(address)
        items = _items(text)
        if items is None:
            items = _images(text)
        if not items:
            _check_empty(address, text)
        return [self._found(place, item) for place, item in enumerate(items, 1)]

    def _found(self, place: int, item: dict[str, Any]) -> Found:
        address, keywords = item.get("url800"), item.get("keywords") or ()
        if isinstance(keywords, str):
            keywords = keywords.split(",")
        return Found(
            place=place,
            address=self._absolute(_text(address).strip()) if isinstance(address, str) else "",
            remote_id=_text(item.get("id") or item.get("res_id")),
            title=_text(item.get("title") or item.get("caption")),
            keywords=tuple(map(_text, keywords)) if isinstance(keywords, list) else (),
            licence=_text(item.get("licenseType")),
        )

    def _absolute(self, address: str) -> str:
        """Addresses are protocol-relative: they take the scheme of the page."""
        try:
            return urljoin(self.home, address) if address else ""
        except ValueError:
            return address

    def is_wanted(self, address: str) -> bool:
        try:
            return urlsplit(address).path.startswith("/creative/")
        except ValueError:
            return False


def _text(value: object) -> str:
    """As a database can hold it: JSON may have half of a character."""
    return str(value or "").encode("utf-8", "replace").decode()


def _check_empty(address: str, text: str) -> None:
    """Raises the reason why a page has no pictures, if it tells one other than that there are no more."""
    if asks_for_person(text):
        raise challenge_at(address)
    answer = answer_of(text)
    code = _text(answer.get("error_code")) if isinstance(answer, dict) else ""
    if code not in ("", "0"):
        raise ServerTrouble("service_error", f"{code} {_text(answer.get('message'))}".strip())


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
