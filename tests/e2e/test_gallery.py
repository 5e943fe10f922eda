"""From publishing to looking, liking, reporting: in both languages, at a phone's and a desktop's width."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings
from playwright.sync_api import Browser, expect

from accounts.models import User
from tests.e2e.person import PASSWORD, Person
from tests.e2e.photos import file
from tests.gallery.exhibits import fill
from tests.gallery.pictures import photo_bytes

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
Arrive = Callable[..., Person]


@pytest.fixture
def arrive(browser: Browser, live_server) -> Iterator[Arrive]:
    """Somebody new opens the site, on a device and in a language."""
    people = []

    def arrive(name: str = "", **device: object) -> Person:
        person = Person(browser.new_context(**device).new_page(), live_server.url)
        people.append(person)
        if name:
            person.sign_up(name)
        return person

    yield arrive
    for person in people:
        person.page.context.close()
        assert person.browser_errors == []


def publish_two(owner: Person) -> None:
    """A lake with its photo beside it, and a face."""
    for seed, kind, title in ((1, "scenery", "A lake"), (2, "face", "A friend")):
        owner.open("/studio/")
        owner.open_work(owner.convert(file(f"{seed}.jpg", photo_bytes(640, 480, seed=seed))).first)
        owner.publish(kind=kind, title=title, shows_photo=kind == "scenery")
        expect(owner.page.locator(".state--waiting")).to_be_visible()


def approve_all(staff: Person) -> None:
    staff.log_in("admin")
    for _one in range(2):
        staff.open("/admin/")
        staff.page.locator(".tasks__one--waiting").first.click()
        staff.page.locator("button[name=one][value^='publish:']").first.click()
        expect(staff.page.locator(".messagelist .success")).to_be_visible()


def walk(visitor: Person) -> None:
    """Through the gallery with the keyboard alone."""
    page = visitor.page
    assert visitor.titles() == ["A friend", "A lake"]
    page.locator(".exhibit__link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery/*-*/")
    expect(page.locator("#stage")).to_be_focused()
    expect(page.locator("h1")).to_contain_text("A friend")
    page.locator("#like button").press("Enter")
    expect(page.locator("#likes")).to_have_text("1")
    expect(page.locator("#like button")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("ArrowRight")
    expect(page.locator("h1")).to_contain_text("A lake")
    expect(page.locator("#stage")).to_be_focused()
    page.keyboard.press("i")
    expect(page.locator("#facts")).to_be_visible()
    expect(page.locator("#facts")).to_contain_text("640 × 480")
    page.keyboard.press("Escape")
    expect(page.locator("#facts")).to_be_hidden()
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("h1")).to_contain_text("A friend")
    assert page.evaluate("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
    page.keyboard.press("Escape")
    page.wait_for_url("**/gallery/#work-*")


def url_of(visitor: Person, title: str) -> str:
    visitor.open("/gallery/")
    return str(visitor.page.locator(".exhibit__link", has_text=title).get_attribute("href"))


def report(visitor: Person, url: str) -> None:
    visitor.open(url)
    visitor.page.locator("#info").click()
    visitor.page.locator("#facts a[href$='/report/']").click()
    visitor.page.locator("[name=complaint][value=person]").check()
    visitor.page.locator("main button[type=submit]").click()
    expect(visitor.page.locator(".message--success")).to_be_visible()


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_work_goes_from_its_owner_through_review_to_others_and_back(
    arrive: Arrive, settings: LazySettings, device: dict, language: str
) -> None:
    settings.REPORTS_TO_HIDE = 2
    User.objects.create_superuser("admin", "admin@example.org", PASSWORD)
    owner, visitor, third = (arrive(name, locale=language, **device) for name in ("mia", "noah", "lin"))
    publish_two(owner)
    assert visitor.titles() == []
    approve_all(arrive(locale=language, **device))
    walk(visitor)

    lake, friend = url_of(visitor, "A lake"), url_of(visitor, "A friend")
    visitor.open(lake)
    with visitor.page.expect_download() as download:
        visitor.page.locator(".stage__bar a[download]").click()
    assert download.value.suggested_filename == "A lake_comic.jpg"
    visitor.open(friend)
    assert visitor.page.locator("a[download]").count() == 0
    assert visitor.open(friend + "download/") == 404

    report(visitor, friend)
    assert third.titles("/gallery/faces/") == ["A friend"]
    report(third, friend)
    assert third.titles() == ["A lake"]

    owner.open(lake.replace("/gallery/", "/works/"))
    owner.page.locator(".publishing form[action$='/withdraw/'] button").click()
    expect(owner.page.locator(".message--success")).to_be_visible()
    assert third.titles() == []


@pytest.fixture
def sixty(db: None) -> None:
    fill(User.objects.create_user("seed", "seed@example.org", PASSWORD), 65)


def test_scrolling_shows_the_next_page_and_back_finds_the_place_again(arrive: Arrive, sixty: None) -> None:
    visitor = arrive("noah", **DESKTOP)
    visitor.open("/gallery/")
    tiles = visitor.page.locator(".exhibit")
    visitor.page.locator("#more").evaluate("more => more.scrollIntoView()")
    expect(tiles).to_have_count(60)
    visitor.page.locator("#more").evaluate("more => more.scrollIntoView()")
    expect(tiles).to_have_count(65)
    expect(visitor.page.locator("#more a")).to_have_count(0)
    assert len(set(visitor.page.locator(".exhibit__title").all_text_contents())) == 65

    visitor.page.get_by_text("Work 20", exact=True).click(force=True)
    expect(visitor.page.locator("h1")).to_contain_text("Work 20")
    visitor.page.go_back()
    expect(visitor.page.get_by_text("Work 20", exact=True)).to_be_in_viewport()


def test_without_scripts_the_gallery_is_plain_pages(arrive: Arrive, sixty: None) -> None:
    cookies = arrive("noah").page.context.cookies()
    visitor = arrive(java_script_enabled=False, **DESKTOP)
    visitor.page.context.add_cookies(cookies)
    seen = visitor.titles()
    while (following := visitor.page.locator("#more a")).count():
        following.click()
        seen += visitor.page.locator(".exhibit__title").all_text_contents()
    assert seen == [f"Work {number}" for number in range(64, -1, -1)]
    visitor.page.locator("a[rel=prev]").click()
    visitor.page.locator(".exhibit__link").nth(3).click()
    expect(visitor.page.locator("#facts")).to_be_visible()
    visitor.page.locator("#like button").click()
    expect(visitor.page.locator("#likes")).to_have_text("1")


def test_a_swipe_leads_to_the_next_work(arrive: Arrive, sixty: None) -> None:
    visitor = arrive("noah", **PHONE)
    visitor.open("/gallery/")
    visitor.page.locator(".exhibit__link").first.click()
    expect(visitor.page.locator("h1")).to_contain_text("Work 64")
    expect(visitor.page.locator("#stage")).to_be_focused()  # its scripts run
    finger = visitor.page.context.new_cdp_session(visitor.page)
    for kind, x in (("touchStart", 300), ("touchMove", 180), ("touchMove", 80), ("touchEnd", None)):
        points = [] if x is None else [{"x": x, "y": 400}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(visitor.page.locator("h1")).to_contain_text("Work 63")
