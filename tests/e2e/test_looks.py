"""Every page: accessible by axe's rules in light and dark, and no wider than a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.threads import engine_held

from .person import Person
from .photos import file, made

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}
PUBLIC = ["/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/nothing-here/"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_page_passes_axe_and_fits_a_phone(browser: Browser, live_server, scheme: str, language: str) -> None:
    with browser.new_context(color_scheme=scheme, locale="en") as context:
        person = Person(context.new_page(), live_server.url)
        person.sign_up()
        person.convert(made())
        work = person.page.locator("[data-do=open]").get_attribute("href")
        cookies = context.cookies()
    addresses = ["/studio/", "/works/", str(work), "/accounts/profile/", "/accounts/password/", "/accounts/delete/"]
    for pages, state in ((PUBLIC, []), (addresses, cookies)):
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
        with engine_held(wait_seconds=30):
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


def passes_axe(page: Page, what: str) -> None:
    result = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    assert result.violations_count == 0, f"{what}: {result.generate_report()}"


def check(visitor: Person, path: str) -> None:
    visitor.page.set_viewport_size(DESKTOP)
    assert visitor.open(path) == (404 if path == "/nothing-here/" else 200), path
    passes_axe(visitor.page, path)
    visitor.page.set_viewport_size(PHONE)
    width = visitor.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], f"{path} is {width} pixels wide on a phone"
    assert visitor.complaints == []


def test_the_language_switch_changes_the_page_and_stays(person: Person) -> None:
    person.open("/")
    person.page.get_by_role("button", name="中文").click()
    expect(person.page.locator("html")).to_have_attribute("lang", "zh-hans")
    person.open("/accounts/login/")
    expect(person.page.locator("html")).to_have_attribute("lang", "zh-hans")
