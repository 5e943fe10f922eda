"""www.vcg.com, the creative search."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from crawler.http.challenge import build_challenge, contains_challenge_words
from crawler.http.errors import TransientError
from crawler.sources.base import CrawlTarget, FetchText, ListedPicture
from crawler.sources.embedded_json import find_object_lists, parse_json
from crawler.sources.page_elements import read_elements

SITE_URL = "https://www.vcg.com"
# Class of the folders -> words in the search. `--phrase … --class …` adds one for a run.
DEFAULT_PHRASES = {
    "super_star": "明星",
    "cartoon": "动漫人物",
}
GENDERS = ("male", "female")
GENDER_CODES = {"male": 1, "female": 2}


class VcgSource:
    """`people`: how many a picture shows; 0 for any number."""

    name = "vcg"
    is_local = False
    hosts: Sequence[str] = ("www.vcg.com", "goss.vcg.com", "goss?.vcg.com", "alifei.vcg.com", "alifei??.vcg.com")

    def __init__(self, *, base_url: str = SITE_URL, people: int = 1) -> None:
        self.base_url, self.people = base_url.rstrip("/"), people

    def build_page_url(self, target: CrawlTarget, page: int) -> str:
        """Return the URL of a page of results. The site counts people from one for nobody."""
        query: dict[str, Any] = {"phrase": target.phrase}
        if self.people:
            query["creativePeopleNum"] = self.people + 1
        if target.gender in GENDER_CODES:
            query["creativeGender"] = GENDER_CODES[target.gender]
        return f"{self.base_url}/creative/search?{urlencode({**query, 'page': page})}"

    def read_page(self, target: CrawlTarget, number: int, fetch_text: FetchText) -> list[ListedPicture]:
        """Read the JSON in the page, or the JSON that the page is; else its <img> elements."""
        url = self.build_page_url(target, number)
        text = fetch_text(url)
        items = _find_items(text)
        if items is None:
            images = read_elements(text, "img.lazyload_hk")
            items = [dict(_read_image_attributes(attributes)) for attributes, _text in images]
        if not items:
            _raise_if_error_page(url, text)
        return [self._parse_item(position, item) for position, item in enumerate(items, 1)]

    def _parse_item(self, position: int, item: dict[str, Any]) -> ListedPicture:
        url, keywords = item.get("url800"), item.get("keywords") or ()
        if isinstance(keywords, str):
            keywords = keywords.split(",")
        return ListedPicture(
            position=position,
            url=self._make_absolute(_to_text(url).strip()) if isinstance(url, str) else "",
            remote_id=_to_text(item.get("id") or item.get("res_id")),
            title=_to_text(item.get("title") or item.get("caption")),
            keywords=tuple(map(_to_text, keywords)) if isinstance(keywords, list) else (),
            license=_to_text(item.get("licenseType")),
        )

    def _make_absolute(self, url: str) -> str:
        """URLs are protocol-relative: they take the scheme of the page."""
        try:
            return urljoin(self.base_url, url) if url else ""
        except ValueError:
            return url

    def is_picture_url(self, url: str) -> bool:
        try:
            return urlsplit(url).path.startswith("/creative/")
        except ValueError:
            return False


def _to_text(value: object) -> str:
    """As a database can hold it: JSON may have half of a surrogate pair. Empty for what is no text or number."""
    return str(value or "").encode("utf-8", "replace").decode() if isinstance(value, str | int | float) else ""


def _raise_if_error_page(url: str, text: str) -> None:
    """Raise what a page without pictures tells, if that is other than that there are no more."""
    if contains_challenge_words(text):
        raise build_challenge(url)
    response = parse_json(text)
    code = _to_text(response.get("error_code")) if isinstance(response, dict) else ""
    if code not in ("", "0"):
        raise TransientError("service_error", f"{code} {_to_text(response.get('message'))}".strip())


def _find_items(text: str) -> list[dict[str, Any]] | None:
    """The results among all the JSON of a page: the longest list that has pictures in it. None: there is none."""
    lists = [items for items in find_object_lists(text) if any(item.get("url800") for item in items)]
    return max(lists, key=len, default=None)


def _read_image_attributes(attributes: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    names = {"data-src": "url800", "alt": "title", "data-id": "id"}
    return ((names[name], value) for name, value in attributes.items() if name in names and value)
