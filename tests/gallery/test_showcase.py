"""The gallery's lists as they are read, and what search engines get."""

import re
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit
from gallery.showcase.listing import PAGE_SIZE
from gallery.showcase.tiles import MAX_SHAPE, MIN_SHAPE, SHAPES_PER_DOUBLING, shape_class
from tests.gallery.exhibits import fill, show

pytestmark = pytest.mark.mariadb

Make = Callable[..., Exhibit]


def shown(client: Client, url: str) -> list[str]:
    """The titles on a page of the gallery."""
    return re.findall(r'exhibit__title">([^<]+)<', client.get(url).content.decode())


def link(client: Client, url: str, rel: str) -> str | None:
    found = re.search(rf'<link rel="{rel}" href="([^"]+)">', client.get(url).content.decode())
    return found and found[1].replace("&amp;", "&")


def test_each_gallery_shows_its_kind_and_all_shows_both(owner: User, other_client: Client) -> None:
    show(owner, title="A friend", kind="face")
    show(owner, title="A lake", kind="scenery")
    assert shown(other_client, "/gallery/faces/") == ["A friend"]
    assert shown(other_client, "/gallery/scenery/") == ["A lake"]
    assert shown(other_client, "/gallery/") == ["A lake", "A friend"]


def test_filter_order_and_search_work_together(owner: User, other: User, other_client: Client) -> None:
    show(owner, title="Lake in spring", style="comic", likes=1)
    show(owner, title="Lake in winter", style="comic", likes=7)
    show(owner, title="Lake in Hayao's summer", style="paprika", likes=9)
    show(other, title="Mountain", style="comic", likes=3)
    assert shown(other_client, "/gallery/?style=comic&sort=liked") == ["Lake in winter", "Mountain", "Lake in spring"]
    assert shown(other_client, "/gallery/?q=LAKE&style=comic") == ["Lake in winter", "Lake in spring"]
    assert shown(other_client, "/gallery/?q=noah") == ["Mountain"]
    assert shown(other_client, "/gallery/?q=ＮＯＡＨ") == ["Mountain"]
    assert "No works found" in other_client.get("/gallery/?q=sea").content.decode()


def test_a_kind_in_the_query_leads_to_the_page_of_that_kind(owner: User, other_client: Client) -> None:
    show(owner)
    response = other_client.get("/gallery/?kind=face&sort=liked&q=lake")
    assert (response.status_code, response["Location"]) == (302, "/gallery/faces/?q=lake&sort=liked")
    assert other_client.get("/gallery/?kind=nonsense").status_code == 200


def test_style_and_order_are_links_that_keep_the_rest(owner: User, other_client: Client) -> None:
    show(owner)
    page = other_client.get("/gallery/faces/?style=comic&sort=liked&q=lake").content.decode()
    assert "<select" not in page  # its choices would act without being asked to
    links = {label: (url, more) for url, more, label in re.findall(r'<a href="([^"]+)" ([^>]*)>([^<]+)</a>', page)}
    chosen = 'aria-current="true"'
    assert links["Newest"] == ("/gallery/faces/?style=comic&amp;q=lake", "")
    assert links["Most liked"] == ("/gallery/faces/?style=comic&amp;q=lake&amp;sort=liked", chosen)
    assert links["All styles"] == ("/gallery/faces/?q=lake&amp;sort=liked", "")
    assert links["Comic"] == ("/gallery/faces/?style=comic&amp;q=lake&amp;sort=liked", chosen)


def test_a_search_keeps_style_and_order(other_client: Client) -> None:
    page = other_client.get("/gallery/?style=comic&sort=liked").content.decode()
    assert re.findall(r'type="hidden" name="(style|sort)" value="(\w+)"', page) == [
        ("style", "comic"),
        ("sort", "liked"),
    ]
    assert 'type="hidden" name="s' not in other_client.get("/gallery/").content.decode()


@pytest.mark.parametrize(
    ("path", "title"), [("/", "Gallery"), ("/faces/", "Faces · Gallery"), ("/scenery/", "Scenery · Gallery")]
)
def test_each_list_has_a_title_of_its_own(other_client: Client, path: str, title: str) -> None:
    page = other_client.get(f"/gallery{path}").content.decode()
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    assert found is not None
    assert " ".join(found[1].split()).startswith(f"{title} · ")


def test_the_canonical_address_of_a_list_has_its_place_but_neither_order_nor_search(
    owner: User, other_client: Client
) -> None:
    fill(owner, PAGE_SIZE + 5)
    following = link(other_client, "/gallery/", "next")
    assert following is not None
    for url, expected in (
        ("/gallery/", "/gallery/"),
        (f"/gallery/{following}", f"/gallery/{following}"),
        ("/gallery/scenery/?sort=liked&style=comic&q=work", "/gallery/scenery/"),
        ("/gallery/?after=nonsense&utm_source=x", "/gallery/"),
    ):
        assert link(other_client, url, "canonical") == f"http://testserver{expected}"


def test_the_pages_lead_through_everything_and_back(owner: User, other_client: Client) -> None:
    fill(owner, 2 * PAGE_SIZE + 5)
    seen, urls = [], ["/gallery/scenery/"]
    while urls[-1]:
        seen += shown(other_client, urls[-1])
        following = link(other_client, urls[-1], "next")
        urls.append(f"/gallery/scenery/{following}" if following else "")
    assert seen == [f"Work {number}" for number in range(2 * PAGE_SIZE + 4, -1, -1)]
    for number in (1, 2):
        back = link(other_client, urls[number], "prev")
        assert shown(other_client, f"/gallery/scenery/{back}") == seen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]


def test_a_work_knows_its_neighbors_in_the_list_it_was_opened_from(owner: User, other_client: Client) -> None:
    first, second, third = (show(owner, title=title, likes=likes) for title, likes in (("a", 5), ("b", 1), ("c", 9)))
    page = other_client.get(f"/gallery/{first.work_id}/?sort=liked").content.decode()
    assert f'/gallery/{third.work_id}/?sort=liked"' in page
    assert f'/gallery/{second.work_id}/?sort=liked"' in page
    end = other_client.get(f"/gallery/{second.work_id}/?sort=liked").content.decode()
    assert 'rel="next"' not in end
    assert f"/gallery/{first.work_id}/?sort=liked" in end


def test_the_way_back_leads_to_the_page_that_begins_with_the_work(owner: User, other_client: Client) -> None:
    rows = fill(owner, PAGE_SIZE + 10)
    deep = rows[3]
    page = other_client.get(f"/gallery/{deep.work_id}/?kind=scenery").content.decode()
    back = re.search(r'id="close"\s+href="([^"]+)"', page)
    assert back is not None
    url, _hash, place = back[1].replace("&amp;", "&").partition("#")
    assert place == f"work-{deep.work_id}"
    assert shown(other_client, url)[0] == "Work 3"


def test_a_tile_offers_every_rendition_and_keeps_its_room(make_exhibit: Make, other_client: Client) -> None:
    exhibit = make_exhibit()
    page = other_client.get("/gallery/").content.decode()
    assert f"/gallery/{exhibit.work_id}/96.webp 96w" in page
    assert exhibit.blur in page
    assert 'width="96"' in page
    assert 'height="72"' in page
    assert 'loading="lazy"' in page


def test_a_picture_with_transparency_has_no_blur_behind_it(make_exhibit: Make, other_client: Client) -> None:
    exhibit = make_exhibit()
    Exhibit.objects.update(blur="")
    for path in ("/gallery/", f"/gallery/{exhibit.work_id}/"):
        assert "exhibit__blur" not in other_client.get(path).content.decode()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (2, 3), (16, 9), (1000, 1), (1, 1000), (4, 3.1)])
def test_every_shape_has_a_class_in_the_style_sheet_within_two_percent(width: int, height: int) -> None:
    from tests.needs import ROOT

    css = (ROOT / "static" / "css" / "gallery.css").read_text("utf-8")
    ratios = {name: float(ratio) for name, ratio in re.findall(r"\.(shape\d+) \{ --ratio: ([\d.]+); \}", css)}
    assert len(ratios) == MAX_SHAPE - MIN_SHAPE + 1
    wanted = min(4.0, max(0.5, width / height))
    assert ratios[shape_class(width, height)] == pytest.approx(wanted, rel=2 ** (0.5 / SHAPES_PER_DOUBLING) - 1 + 0.001)


@pytest.mark.parametrize("query", ["after=x", "after=1-", "before=-1--1", f"after={9**40}-{9**40}", "sort=x&style=%00"])
def test_an_address_that_somebody_made_up_shows_a_page(owner: User, other_client: Client, query: str) -> None:
    show(owner)
    assert other_client.get(f"/gallery/?{query}").status_code == 200


def test_a_shared_link_has_a_picture_where_everybody_may_see_it(
    anonymous: Client, other_client: Client, exhibit: Exhibit, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY = True
    page = anonymous.get(f"/gallery/{exhibit.work_id}/?sort=liked").content.decode()
    picture = re.search(r'og:image" content="http://testserver([^"]+)"', page)
    assert picture is not None
    response = anonymous.get(picture[1])
    assert response["Content-Type"] == "image/jpeg"
    assert b"".join(response.streaming_content)[:3] == b"\xff\xd8\xff"
    assert f'rel="canonical" href="http://testserver/gallery/{exhibit.work_id}/"' in page
    settings.PUBLIC_GALLERY = False
    page = other_client.get(f"/gallery/{exhibit.work_id}/").content.decode()
    assert "og:image" not in page
    assert "noindex" in page


def test_search_engines_find_the_gallery_only_where_it_is_public(
    anonymous: Client, exhibit: Exhibit, settings: LazySettings
) -> None:
    url = f"/gallery/{exhibit.work_id}/"
    settings.PUBLIC_GALLERY = False
    assert "Allow: /gallery/" not in anonymous.get("/robots.txt").content.decode()
    assert url not in anonymous.get("/sitemap-exhibits.xml").content.decode()
    settings.PUBLIC_GALLERY = True
    robots = anonymous.get("/robots.txt").content.decode()
    for path in ("/gallery/", "/static/", "/styles/", "/texts.js", "/sitemap"):
        assert f"Allow: {path}\n" in robots  # all that a page needs to look as it does
    assert "sitemap-exhibits.xml" in anonymous.get("/sitemap.xml").content.decode()
    assert url in anonymous.get("/sitemap-exhibits.xml").content.decode()
