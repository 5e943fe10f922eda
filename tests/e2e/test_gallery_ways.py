"""The ways through the gallery: into a long list and back, keys and fingers on the stage, with and without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from playwright.sync_api import Browser, Locator, Page, Route, expect

from accounts.models import User
from gallery.models import Exhibit
from tests.e2e.person import PASSWORD, Person
from tests.e2e.test_looks import passes_axe
from tests.faults.breaking import until
from tests.gallery.exhibits import fill

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
IN_SIGHT = """
tiles => tiles
  .filter((tile) => tile.getBoundingClientRect().top >= 0 && tile.getBoundingClientRect().bottom <= innerHeight)
  .map((tile) => tile.querySelector(".exhibit__title").textContent)
"""


@pytest.fixture(autouse=True)
def public_gallery(settings: LazySettings) -> None:
    settings.PUBLIC_GALLERY = True


@pytest.fixture
def seed(db: None) -> User:
    return User.objects.create_user("seed", "seed@example.org", PASSWORD)


@pytest.fixture
def two_hundred(seed: User) -> list[Exhibit]:
    return fill(seed, 200)


@pytest.fixture
def compared(seed: User) -> list[Exhibit]:
    """Works with their photos, which a slider compares."""
    return fill(seed, 3, shows_photo=True)


@pytest.fixture
def without_scripts(browser: Browser, live_server: Any) -> Iterator[Person]:
    with browser.new_context(java_script_enabled=False, viewport=DESKTOP) as context:
        yield Person(context.new_page(), live_server.url)


# The link to the next page is replaced while one scrolls to it: a handle of it would be stale, so it is looked up anew.
DOWN_TO_MORE = """
known => {
  document.querySelector("#more")?.scrollIntoView();
  return document.querySelectorAll(".exhibit").length > known;
}
"""


def scroll_to(page: Page, title: str) -> Locator:
    """Down the list, which grows, until the work is there; its tile in the middle of the window."""
    tile = page.locator(".exhibit", has=page.get_by_text(title, exact=True))
    for count in range(30, 211, 30):
        if tile.count():
            break
        page.wait_for_function(DOWN_TO_MORE, arg=count)
    tile.evaluate("tile => tile.scrollIntoView({ block: 'center' })")
    return tile


def open_deep(page: Page, title: str = "Work 60") -> int:
    """To the stage of a work far down the list; how long the history is before."""
    tile = scroll_to(page, title)
    length = page.evaluate("history.length")
    tile.locator("a").click()
    expect(page.locator("h1")).to_contain_text(title)
    expect(page.locator("#stage")).to_be_focused()  # its scripts run
    return int(length)


def test_back_leads_to_the_same_place_of_a_long_list(person: Person, two_hundred: list[Exhibit]) -> None:
    page = person.page
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        person.open("/gallery/")
        open_deep(page)
        page.go_back()
        expect(page.get_by_text("Work 60", exact=True)).to_be_in_viewport()
        scroll_to(page, "Work 20")  # and the list goes on from there
        page.wait_for_function("new Set([...document.querySelectorAll('.exhibit')].map((one) => one.id)).size >= 41")


def test_back_leads_to_the_place_in_the_list_from_any_other_page_too(
    person: Person, two_hundred: list[Exhibit]
) -> None:
    page = person.page
    person.open("/gallery/")
    scroll_to(page, "Work 60")
    page.locator(".brand").evaluate("link => link.click()")  # as a click by hand would first scroll up to it
    expect(page.locator(".hero")).to_be_visible()
    page.go_back()
    in_sight = page.locator(".exhibit").evaluate_all(IN_SIGHT)
    assert "Work 60" in in_sight or "Work 62" in in_sight, in_sight


@pytest.mark.parametrize("way", ["Escape", "close"])
def test_leaving_the_stage_leads_to_the_work_seen_last_and_leaves_no_trace_in_the_history(
    person: Person, two_hundred: list[Exhibit], way: str
) -> None:
    page = person.page
    person.open("/gallery/scenery/?sort=newest")
    length = open_deep(page)
    for number in range(59, 39, -1):  # on to works that the page which the first one stood on does not have
        page.keyboard.press("ArrowRight")
        expect(page.locator("h1")).to_contain_text(f"Work {number}")
    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        page.locator("#close").click()
    expect(page.get_by_text("Work 40", exact=True)).to_be_in_viewport()
    assert page.url.startswith(f"{person.site}/gallery/scenery/")
    assert page.evaluate("history.length") == length + 1  # the stage lies ahead, as after the browser's own way back
    page.go_forward()
    expect(page.locator("h1")).to_contain_text("Work 40")


def test_who_came_to_the_stage_by_a_link_gets_to_the_list_all_the_same(
    person: Person, two_hundred: list[Exhibit]
) -> None:
    person.open(f"/gallery/{two_hundred[100].work_id}/")
    person.page.keyboard.press("Escape")
    expect(person.page.get_by_text("Work 100", exact=True)).to_be_in_viewport()


def test_who_is_at_the_slider_before_the_scripts_run_stays_there(person: Person, compared: list[Exhibit]) -> None:
    page = person.page
    held: list[Route] = []
    page.route("**/js/stage.js", lambda route: held.append(route))
    page.goto(f"{person.site}/gallery/{compared[0].work_id}/", wait_until="commit")
    slider = page.get_by_role("slider")
    slider.focus()
    until(lambda: page.wait_for_timeout(20) or held)
    held[0].continue_()
    page.wait_for_load_state()
    expect(slider).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("51")


def test_keys_work_while_the_slider_has_the_focus_and_arrows_move_it(person: Person, compared: list[Exhibit]) -> None:
    person.sign_up()
    page = person.page
    person.open("/gallery/")
    page.locator(".exhibit__link").first.click()
    slider = page.get_by_role("slider")
    slider.focus()
    for key, value in (("ArrowRight", "51"), ("ArrowLeft", "50"), ("End", "100"), ("Home", "0"), ("PageUp", "10")):
        page.keyboard.press(key)
        expect(slider).to_have_value(value)
    expect(page.locator("h1")).to_contain_text("Work 2")
    page.keyboard.press("i")
    expect(page.locator("#facts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#facts")).to_be_hidden()
    page.keyboard.press("l")
    expect(page.locator("#likes")).to_have_text("1")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement === null")
    page.keyboard.press("Escape")
    page.wait_for_url("**/gallery/#work-*")


@pytest.mark.browser_context_args(has_touch=True, viewport=PHONE)
def test_a_finger_on_the_slider_moves_it_and_stays_at_the_work(person: Person, compared: list[Exhibit]) -> None:
    page = person.page
    person.open(f"/gallery/{compared[1].work_id}/")
    swipe(page, page.get_by_role("slider"))
    expect(page.get_by_role("slider")).not_to_have_value("50")
    expect(page.locator("h1")).to_contain_text("Work 1")
    swipe(page, page.locator(".stage__room"), y=10)
    expect(page.locator("h1")).to_contain_text("Work 0")


def swipe(page: Page, where: Locator, y: float | None = None) -> None:
    """A finger from right to left over the middle, or so far below its upper edge."""
    box = where.bounding_box()
    assert box is not None
    height = box["y"] + (box["height"] / 2 if y is None else y)
    finger = page.context.new_cdp_session(page)
    for kind, x in (("touchStart", 300), ("touchMove", 180), ("touchMove", 80), ("touchEnd", None)):
        points = [] if x is None else [{"x": x, "y": height}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_a_small_work_stays_small_on_a_large_screen(person: Person, seed: User) -> None:
    (plain,), (compared,) = fill(seed, 1), fill(seed, 1, shows_photo=True)
    for exhibit in (plain, compared):
        for size, width in (({"width": 2560, "height": 1600}, 960), (PHONE, 390)):
            person.page.set_viewport_size(size)
            person.open(f"/gallery/{exhibit.work_id}/")
            box = person.page.locator(".stage__frame").bounding_box()
            assert box is not None
            assert round(box["width"]) == width  # 640 pixels, and half as many again
            assert abs(box["height"] - width * 0.75) < 2


def test_without_scripts_photo_and_anime_stand_side_by_side(without_scripts: Person, compared: list[Exhibit]) -> None:
    page = without_scripts.page
    for path, root in ((f"/gallery/{compared[0].work_id}/", ".stage"), ("/", ".hero")):
        without_scripts.open(path)
        expect(page.locator(f"{root} input[type=range]")).to_be_hidden()
        photo, anime = (page.locator(f"{root} .compare__{name}").bounding_box() for name in ("before", "after"))
        assert photo is not None
        assert anime is not None
        assert photo["x"] + photo["width"] <= anime["x"]
        assert abs(photo["width"] - anime["width"]) < 2
    expect(page.locator(".js-only").first).to_be_hidden()


def test_icons_stand_in_the_middle_of_their_buttons(person: Person, compared: list[Exhibit]) -> None:
    person.open(f"/gallery/{compared[0].work_id}/")
    for name in ("copy", "full", "info"):
        expect(person.page.locator(f"#{name}")).to_have_css("display", "flex")


def test_style_and_order_wait_for_a_click(person: Person, compared: list[Exhibit]) -> None:
    page = person.page
    Exhibit.objects.filter(pk=compared[0].pk).update(style="hayao")  # of one style there is nothing to choose
    person.open("/gallery/")
    page.locator(".finder summary").click()
    passes_axe(page, "the styles to choose from")
    page.locator(".finder .picker__list a", has_text="Comic").click()
    page.wait_for_url("**/gallery/?style=comic")
    page.get_by_role("link", name="Most liked").click()
    page.wait_for_url("**/gallery/?style=comic&sort=liked")
    page.get_by_role("searchbox").fill("work 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery/?style=comic&sort=liked&q=work+1")
    page.get_by_role("searchbox").fill("")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gallery/?style=comic&sort=liked")  # nothing in it that says nothing


def test_who_wants_little_movement_gets_little(person: Person, compared: list[Exhibit]) -> None:
    page = person.page
    for choice, moves in (("no-preference", True), ("reduce", False)):
        page.emulate_media(reduced_motion=choice)
        person.open("/gallery/")
        page.locator(".exhibit__link").first.hover()
        image = page.locator(".exhibit__image").first
        if moves:
            expect(image).not_to_have_css("transform", "none")
        else:
            expect(image).to_have_css("transform", "none")
            assert image.evaluate("image => image.getAnimations().length") == 0  # nor will it move
        page.locator("#more").evaluate("more => { more.dataset.loading = ''; }")
        spinner = page.locator("#more").evaluate("more => getComputedStyle(more, '::before').animationName")
        assert (spinner == "turn") == moves


def test_a_page_with_a_message_passes_axe(person: Person) -> None:
    person.sign_up()
    person.open("/accounts/profile/")
    person.page.locator("main form button[type=submit]").first.click()
    expect(person.page.get_by_role("status").locator(".message")).to_be_visible()
    passes_axe(person.page, "a page with a message")


def test_a_phone_shows_at_once_what_the_site_is_and_where_to_sign_up(person: Person) -> None:
    person.page.set_viewport_size(PHONE)
    person.open("/")
    for part in (person.page.locator("h1"), person.page.locator(".hero .button--primary")):
        expect(part).to_be_in_viewport(ratio=1)
    box = person.page.locator(".hero__picture").bounding_box()
    assert box is not None
    assert box["y"] < PHONE["height"] / 2  # and a good part of a picture
