"""The landing page: what it shows, and how little it costs."""

import gzip
import re
from pathlib import Path

from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.test import Client

from accounts.models import User
from tests.gallery.exhibits import fill, show

MOST_BYTES = 60_000  # of HTML, style sheets and scripts, compressed


def page(client: Client) -> str:
    return client.get("/").content.decode()


def files_of(html: str) -> list[str]:
    return re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', html)


def test_it_costs_less_than_60_kilobytes_before_the_pictures(
    anonymous: Client, owner: User, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY = True
    fill(owner, 40)
    html = page(anonymous)
    names = files_of(html)
    assert {"css/site.css", "css/gallery.css", "js/compare.js"} <= set(names)
    files = [Path(str(finders.find(name))) for name in names]
    scripts = [file.read_text("utf-8") for file in files if file.suffix == ".js"]
    assert not any(re.search(r"^import ", text, re.MULTILINE) for text in scripts), "a second round of requests"
    parts = [html.encode(), *(file.read_bytes() for file in files)]
    assert sum(len(gzip.compress(part)) for part in parts) < MOST_BYTES


def test_it_shows_every_style_that_is_there_with_its_license(anonymous: Client) -> None:
    html = page(anonymous)
    assert "/styles/comic/coffee.webp" in html
    assert "/styles/compact_paprika/coffee.webp" in html
    assert html.count("CC BY-NC-SA 4.0") == 5
    assert "/styles/paprika/" not in html


def test_a_style_for_faces_is_shown_on_a_face(anonymous: Client) -> None:
    html = page(anonymous)
    assert "/styles/compact_face_paint/astronaut.webp" in html
    assert "/styles/compact_face_paint/rocket.webp" not in html
    assert "/styles/compact_shinkai/rocket.webp" in html


def test_published_works_are_on_it_only_where_the_gallery_is_public(
    anonymous: Client, owner: User, settings: LazySettings
) -> None:
    show(owner, title="By the lake")
    settings.PUBLIC_GALLERY = False
    assert "By the lake" not in page(anonymous)
    assert 'href="/gallery/"' not in page(anonymous)
    settings.PUBLIC_GALLERY = True
    assert "By the lake" in page(anonymous)
    assert 'href="/gallery/"' in page(anonymous)


def test_samples_are_pictures_and_others_do_not_exist(anonymous: Client) -> None:
    for path in ("/styles/sample/cat.webp", "/styles/comic/rocket.webp"):
        assert anonymous.get(path)["Content-Type"] == "image/webp"
    for path in ("/styles/sample/dog.webp", "/styles/comic/dog.webp", "/styles/paprika/cat.webp"):
        assert anonymous.get(path).status_code == 404
