"""The site shares a host with others and lies below a path; gunicorn serves it, with its collected static files."""

from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Page, Response, expect

from tests.e2e.person import Person
from tests.e2e.photos import made
from tests.faults.own_site import OwnSite, TinySite

pytestmark = pytest.mark.no_database  # it has one of its own
BELOW = "/anime"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSite]:
    site = TinySite(tmp_path_factory.mktemp("below"), SCRIPT_NAME=BELOW, PUBLIC_GALLERY="true")
    site.prepare()
    site.start()
    yield site
    site.stop()


def test_a_photo_is_converted_and_every_file_and_cookie_lies_below_the_path(site: OwnSite, page: Page) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    person = Person(page, site.url + BELOW)
    person.open("/")
    page.get_by_role("link", name="Sign up").first.click()
    person.sign_up()
    cards = person.convert(made())
    page.locator("#sample").click()
    expect(page.locator(".card[data-state=done]")).to_have_count(2)
    person.open_work(cards.first)
    page.wait_for_load_state("networkidle")
    person.open("/works/")
    expect(page.locator(".tile")).to_have_count(2)
    for path in ("/videos/", "/gallery/", "/learning/", "/accounts/profile/"):
        assert person.open(path) == 200
        page.wait_for_load_state("networkidle")
    assert [answer.url for answer in answers if answer.status >= 400] == []
    outside = [a.url for a in answers if not a.url.startswith((f"{site.url}{BELOW}/", "blob:", "data:"))]
    assert outside == []
    assert {cookie.get("path") for cookie in page.context.cookies()} == {f"{BELOW}/"}
    assert person.browser_errors == []


def test_what_a_proxy_sends_without_the_path_is_answered_as_well(site: OwnSite) -> None:
    """Caddy's `handle_path` takes it off, as does nginx's `proxy_pass` with a slash at its end; a monitor has none."""
    for path in ("/healthz", f"{BELOW}/healthz", "/readyz"):
        assert requests.get(site.url + path, timeout=60).status_code == 200
    whole, stripped = (requests.get(f"{site.url}{path}/accounts/login/", timeout=60) for path in (BELOW, ""))
    assert f'href="{BELOW}/static/css/site.' in whole.text
    assert f'href="{BELOW}/static/css/site.' in stripped.text
    style = next(part for part in whole.text.split('"') if part.startswith(f"{BELOW}/static/css/site."))
    for path in (style, style.removeprefix(BELOW)):
        assert requests.get(site.url + path, timeout=60).headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("path", ["", "/"])
def test_the_first_page_leads_on_below_the_path(site: OwnSite, path: str) -> None:
    first = requests.get(f"{site.url}{BELOW}{path}", timeout=60)
    assert first.status_code == 200
    assert f'href="{BELOW}/accounts/signup/"' in first.text
    studio = requests.get(f"{site.url}{BELOW}/studio/", timeout=60, allow_redirects=False)
    assert studio.headers["Location"] == f"{BELOW}/accounts/login/?next={BELOW}/studio/"


def test_search_engines_are_told_paths_and_urls_below_the_path(site: OwnSite) -> None:
    robots = requests.get(f"{site.url}{BELOW}/robots.txt", timeout=60).text
    rules = [line.split(": ", 1)[1] for line in robots.splitlines() if line.startswith(("Allow", "Disallow"))]
    assert all(rule.startswith(f"{BELOW}/") for rule in rules)
    assert f"Sitemap: {site.url}{BELOW}/sitemap.xml" in robots
    sitemap = requests.get(f"{site.url}{BELOW}/sitemap-pages.xml", timeout=60).text
    assert sitemap.count("<loc>") == sitemap.count(f"<loc>{site.url}{BELOW}/")


def test_the_workers_and_commands_know_the_path_too(site: OwnSite) -> None:
    script = "from django.urls import reverse; print(reverse('accounts:profile'))"
    assert site.run(script).strip() == f"{BELOW}/accounts/profile/"
