"""Read the test site as simply as can be, so that its tests say what it serves and not what a crawler makes of it."""

import io
import json
from html.parser import HTMLParser
from typing import Any

import requests
from PIL import Image

STATE = 'window.__INITIAL_STATE__ = {"'


def fetch(url: str, **options: Any) -> requests.Response:
    return requests.get(url, timeout=10, **options)


def parse_state_items(text: str) -> list[dict[str, Any]]:
    """The items in the state of a page."""
    assert text.count(STATE) == 1
    state, _ = json.JSONDecoder().raw_decode(text, text.index(STATE) + len(STATE) - 2)
    items: list[dict[str, Any]] = state["searchPage"]["result"]["data"]["list"]
    return items


def parse_html_urls(text: str) -> list[str]:
    """The picture addresses of a page without a state."""
    assert STATE not in text
    images = _Images()
    images.feed(text)
    return images.urls


def decode_picture(answer: requests.Response) -> Image.Image:
    """A picture that is whole, or an error that says what is wrong with it."""
    image = Image.open(io.BytesIO(answer.content))
    image.load()
    return image


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "img" and attributes.get("class") == "lazyload_hk" and (url := attributes.get("data-src")):
            self.urls.append(url)
