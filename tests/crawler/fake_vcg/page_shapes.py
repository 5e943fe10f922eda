"""The three shapes of a page: JSON in a script, pictures in the HTML, and the JSON service's answer."""

import json
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.crawler.fake_vcg.options import Shape
from tests.crawler.fake_vcg.page_encoding import get_charset
from tests.crawler.fake_vcg.page_items import PageItem
from tests.crawler.fake_vcg.slots import PHRASES, Page

if TYPE_CHECKING:
    from tests.crawler.fake_vcg.site import FakeVcg

_PAGE = (Path(__file__).parent / "page.html").read_text("utf-8")
_BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
_HTML, _JSON = "text/html", "application/json"


def render_state_page(site: "FakeVcg", page: Page, items: list[PageItem]) -> tuple[str, str]:
    """What the site's own script starts from; its HTML has nothing but room for the pictures."""
    found = {"list": [each.as_dict() for each in items], "total_count": _total(site), "per_page": site.per_page}
    state = {
        "header": {"user": None, "hot": [{"id": n, "title": f"热门 {n}", "url": "#"} for n in (1, 2)]},
        "searchPage": {
            "filters": {"creativeGender": page.gender, "creativePeopleNum": 2, "exclude": []},
            "result": {"error_code": 0, "data": found},
        },
        "recommend": {"list": [{"id": 7, "title": "{相关}搜索", "phrase": phrase} for phrase in PHRASES]},
    }
    script = f"<script>window.__INITIAL_STATE__ = {_in_script(state)};(function(){{var s;}}());</script>"
    return _furnished(site, page, script, '<div id="root"><div class="skeleton"></div></div>'), _HTML


def render_html_page(site: "FakeVcg", page: Page, items: list[PageItem]) -> tuple[str, str]:
    gallery = "\n".join(map(_figure, items))
    return _furnished(site, page, "", f'<div class="gallery">\n{gallery}\n</div>'), _HTML


def render_service_response(site: "FakeVcg", page: Page, items: list[PageItem]) -> tuple[str, str]:
    found = {"list": [each.as_dict() for each in items], "total_count": _total(site), "page": page.number}
    return json.dumps({**found, "error_code": 0, "message": ""}, ensure_ascii=False), _JSON


def render_service_error() -> tuple[str, str]:
    return json.dumps({"list": [], "total_count": 0, "error_code": 50001, "message": "系统繁忙，请稍后再试"}), _JSON


RENDERERS: dict[Shape, Callable[["FakeVcg", Page, list[PageItem]], tuple[str, str]]] = {
    "state": render_state_page,
    "html": render_html_page,
    "service": render_service_response,
}


def _total(site: "FakeVcg") -> int:
    return site.pages * site.per_page


def _in_script(value: Any) -> str:
    """JSON that neither ends the script it stands in nor one of its lines."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("</", "<\\/").replace("\u2028", "\\u2028")


def _figure(item: PageItem) -> str:
    source = f' data-src="{escape(item.url800)}"' if item.url800 else ""
    title = escape(item.title)
    link = f'<a class="imgWaper" href="/creative/{item.slot.res_id}" title="{title}">'
    return f'<figure>{link}<img class="lazyload_hk" src="{_BLANK}"{source} alt="{title}"></a></figure>'


def _furnished(site: "FakeVcg", page: Page, script: str, content: str) -> str:
    fault = site.page_faults.get(page, site.every_page)
    words = {"charset": get_charset(fault), "phrase": escape(page.phrase), "content": content, "script": script}
    text = _PAGE
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    return text
