"""Crawls and their pictures in the admin pages: to look at, by those who may."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils.html import escape
from PIL import Image

from accounts.models import User
from crawler.models import Item, Run
from tests.crawler.crawl_helpers import run_crawl_vcg
from tests.crawler.fake_vcg import FakeVcg, Fault, PictureSlot

pytestmark = [pytest.mark.django_db, pytest.mark.mariadb]

MISSING_SLOT = PictureSlot("明星", 1, page=1, number=2)
URLLESS_SLOT = PictureSlot("明星", 1, page=1, number=3)


@pytest.fixture
def items(tmp_path: Path) -> list[Item]:
    """Of a crawl of five pictures, of which one is kept out and one cannot be had."""
    faults = {MISSING_SLOT: Fault.NOT_FOUND, URLLESS_SLOT: Fault.NO_URL800}
    with FakeVcg(pages=1, per_page=5, faults=faults) as site:
        run_crawl_vcg(site, tmp_path, "--class", "super_star", "--gender", "male")
    return list(Item.objects.order_by("position"))


@pytest.fixture
def staff() -> Callable[..., Client]:
    def logged_in(*codenames: str) -> Client:
        user = User.objects.create_user("Staff", "staff@example.com", "x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="crawler", codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return logged_in


def admin_urls(items: list[Item]) -> list[str]:
    kept = next(item for item in items if item.state == Item.State.KEPT)
    changed = [f"/admin/crawler/item/{kept.pk}/change/", f"/admin/crawler/run/{kept.run_id}/change/"]
    return ["/admin/crawler/run/", "/admin/crawler/item/", *changed, f"/admin/crawler/item/{kept.pk}/thumbnail.jpg"]


def test_an_operator_sees_runs_and_pictures_with_what_became_of_them(items: list[Item], admin_client: Client) -> None:
    for url in admin_urls(items):
        assert admin_client.get(url).status_code == 200, url
    page = admin_client.get("/admin/crawler/item/").content.decode()
    for item in items:
        assert (f"/admin/crawler/item/{item.pk}/thumbnail.jpg" in page) == (item.state == Item.State.KEPT)
    assert "no longer available" in page
    assert "no URL on the page" in page
    run = Run.objects.get()
    assert f"run__id__exact={run.pk}" in admin_client.get("/admin/crawler/run/").content.decode()


def test_the_list_is_narrowed_by_why_a_picture_is_missing(items: list[Item], admin_client: Client) -> None:
    found = admin_client.get("/admin/crawler/item/?why=missing").context["cl"].queryset
    assert [item.position for item in found] == [MISSING_SLOT.number]


def test_thumbnails_are_small_pictures_of_the_kept_files(items: list[Item], admin_client: Client) -> None:
    for item in items:
        response = admin_client.get(f"/admin/crawler/item/{item.pk}/thumbnail.jpg")
        assert response.status_code == (200 if item.state == Item.State.KEPT else 404)
        if response.status_code == 200:
            with Image.open(BytesIO(response.content)) as picture:
                assert max(picture.size) == 192
                assert picture.width * item.height == pytest.approx(picture.height * item.width, rel=0.02)
            assert "private" in response["Cache-Control"]


def test_a_file_that_is_gone_or_was_replaced_has_no_thumbnail(items: list[Item], admin_client: Client) -> None:
    kept = [item for item in items if item.state == Item.State.KEPT]
    (Path(kept[0].output) / kept[0].file).unlink()
    (Path(kept[1].output) / kept[1].file).write_text("no picture", "utf-8")
    for item in kept[:2]:
        assert admin_client.get(f"/admin/crawler/item/{item.pk}/thumbnail.jpg").status_code == 404


def test_others_see_nothing_of_it(
    items: list[Item], staff: Callable[..., Client], owner_client: Client, anonymous: Client
) -> None:
    without = staff()
    for url in admin_urls(items):
        assert anonymous.get(url).status_code == 302
        assert owner_client.get(url).status_code == 302
        assert without.get(url).status_code == 403, url


def test_who_may_look_changes_nothing(items: list[Item], staff: Callable[..., Client]) -> None:
    client = staff("view_item", "view_run", "change_item", "delete_item", "add_item")
    assert all(client.get(url).status_code == 200 for url in admin_urls(items))
    first = items[0]
    for name in ("add/", f"{first.pk}/delete/"):
        assert client.get(f"/admin/crawler/item/{name}").status_code == 403
    assert client.post(f"/admin/crawler/item/{first.pk}/change/", {"title": "Other"}).status_code == 403
    assert Item.objects.get(pk=first.pk).title == first.title


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://example.org@evil.example/", 'https://a.example/"x'])
def test_what_a_page_called_a_url_is_a_link_only_where_it_leads_to_the_web(
    items: list[Item], admin_client: Client, url: str
) -> None:
    item = items[0]
    page = f"/admin/crawler/item/{item.pk}/change/"
    assert f'href="{item.url}"' in admin_client.get(page).content.decode()
    Item.objects.filter(pk=item.pk).update(url=url)
    html = admin_client.get(page).content.decode()
    assert f'href="{escape(url)}"' not in html
    assert escape(url) in html
