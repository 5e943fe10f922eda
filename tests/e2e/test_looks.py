"""Every page: accessible by axe's rules in light and dark, and no wider than a phone."""

from io import BytesIO
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from gallery.showcase.publishing import publish
from tests.e2e.person import PASSWORD, Person
from tests.e2e.photos import file, made
from tests.gallery.pictures import photo_bytes
from tests.gallery.videos import add_result, add_video
from tests.threads import engine_held

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PUBLIC = ["/", "/learning/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nothing-here/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_page_passes_axe_and_fits_a_phone(
    browser: Browser, live_server, settings: LazySettings, scheme: str, language: str
) -> None:
    settings.PUBLIC_GALLERY = True
    with browser.new_context(color_scheme=scheme, locale="en") as context:
        person = Person(context.new_page(), live_server.url)
        person.sign_up()
        person.convert(made())
        work = person.page.locator("[data-do=open]").get_attribute("href")
        cookies = context.cookies()
    shown = f"/gallery/{someone_elses_exhibit()}/"
    film = published_video(User.objects.get(username="mia"))
    urls = ["/studio/", "/works/", str(work), "/accounts/profile/", "/accounts/password/", "/accounts/delete/"]
    urls += ["/gallery/", "/gallery/?q=nothing", shown, f"{shown}report/"]
    urls += ["/works/videos/", f"/videos/jobs/{film}/publish/", f"/gallery/{film}/"]
    for pages, state in (([*PUBLIC, "/gallery/faces/", shown, f"/gallery/{film}/"], []), (urls, cookies)):
        with browser.new_context(color_scheme=scheme, locale=language) as context:
            context.add_cookies([c for c in state if c["name"] != "django_language"])
            visitor = Person(context.new_page(), live_server.url)
            for path in pages:
                check(visitor, path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_cards_in_every_state_and_the_open_viewer_pass_axe(browser: Browser, live_server, scheme: str) -> None:
    with browser.new_context(color_scheme=scheme, viewport=DESKTOP) as context:
        person = Person(context.new_page(), live_server.url)
        person.sign_up()
        person.choose(file("words.txt.jpg", b"words"))
        expect(person.page.locator(".card[data-state=failed]")).to_have_count(1)
        with engine_held(wait_seconds=120):
            person.choose(made("1.jpg", seed=1), made("2.jpg", seed=2))
            expect(person.page.locator(".card[data-state=converting]")).to_have_count(1)
            expect(person.page.locator(".card[data-state=waiting]")).to_have_count(1)
            passes_axe(person.page, "cards that wait and convert")
        expect(person.page.locator(".card[data-state=done]")).to_have_count(2)
        passes_axe(person.page, "cards that are done")
        person.open_work(person.page.locator(".card[data-state=done]").first)
        person.page.get_by_role("button", name="Full screen").click()
        expect(person.page.locator("#viewer")).to_be_visible()
        passes_axe(person.page, "the open viewer")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_on_a_page_passes_axe(browser: Browser, live_server, scheme: str) -> None:
    shown = someone_elses_exhibit()
    with browser.new_context(color_scheme=scheme, viewport=PHONE) as context:
        person = Person(context.new_page(), live_server.url)
        person.sign_up()
        person.open(f"/gallery/{shown}/")
        person.page.locator("#info").click()
        expect(person.page.locator("#facts")).to_be_visible()
        passes_axe(person.page, "the facts of a work")
        person.open("/gallery/")
        for menu in person.page.locator(".menu").all():
            menu.locator("summary").click()
            passes_axe(person.page, "an open menu")
            person.page.keyboard.press("Escape")
            expect(menu.locator(".menu__list")).to_be_hidden()
        person.open("/studio/")
        person.open_work(person.convert(made()).first)
        person.page.locator(".publishing summary").click()
        passes_axe(person.page, "the form for publishing")
        person.page.locator("[name=title]").fill("")
        person.page.locator("main form[action*='publish']").evaluate("form => form.noValidate = true")
        person.page.locator(".publishing form button[type=submit]").last.click()
        expect(person.page.locator(".form__errors")).to_be_visible()
        passes_axe(person.page, "the form for publishing, with errors")


def someone_elses_exhibit() -> UUID:
    """The id of a published face with its photo beside it."""
    owner = User.objects.create_user("rosa", "rosa@example.org", PASSWORD)
    photo = BytesIO(photo_bytes(seed=9))
    work, _new = convert_upload(owner=owner, name="a.jpg", stream=photo, options=ConversionOptions("comic", "balanced"))
    return publish(work=work, kind="face", title="A friend", shows_photo=True, is_reviewed=True).work_key


def published_video(owner: User) -> UUID:
    """The id of somebody's published conversion with a picture of the original beside it."""
    job = add_result(add_video(owner, width=320, height=180))
    return publish(work=job, kind="scenery", title="A lake", shows_photo=True, is_reviewed=True).work_key


def passes_axe(page: Page, what: str) -> None:
    # Read again by axe, a style sheet that imports another would be one that the CSP forbids.
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    result = Axe().run(page, options=options)
    assert result.violations_count == 0, f"{what}: {result.generate_report()}"


def check(visitor: Person, path: str) -> None:
    visitor.page.set_viewport_size(DESKTOP)
    assert visitor.open(path) == (404 if path == "/nothing-here/" else 200), path
    passes_axe(visitor.page, path)
    visitor.page.set_viewport_size(PHONE)
    width = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], f"{path} is {width} pixels wide on a phone"
    assert visitor.browser_errors == []


def test_the_language_switch_changes_the_page_and_stays(person: Person) -> None:
    person.open("/")
    person.page.get_by_role("button", name="中文").click()
    expect(person.page.locator("html")).to_have_attribute("lang", "zh-hans")
    person.open("/accounts/login/")
    expect(person.page.locator("html")).to_have_attribute("lang", "zh-hans")


SHIFTS = """
() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => { sum += entry.value; }))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 500);
})
"""


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_moves_while_public_pages_load(person: Person, settings: LazySettings, size: dict[str, int]) -> None:
    settings.PUBLIC_GALLERY = True
    shown = someone_elses_exhibit()
    person.page.set_viewport_size(size)
    for path in ("/", "/learning/", "/gallery/", f"/gallery/{shown}/"):
        person.open(path)
        person.page.wait_for_load_state("networkidle")
        assert person.page.evaluate(SHIFTS) < 0.01, path
