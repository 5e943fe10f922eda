"""Comparing styles in a browser: from the form to the table, with keys, and as a guest with the link."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gallery.comparisons import services
from gallery.models import Study, StudyResult, StudyVote
from tests.e2e.person import Person
from tests.e2e.test_looks import DESKTOP, PHONE, passes_axe
from tests.gallery.studies import STYLES, make_staff, make_study

Open = Callable[..., Person]


@pytest.fixture
def open_site(browser: Browser, live_server) -> Iterator[Open]:
    """Somebody has opened the site; with a name they have logged in, too."""
    people = []

    def open_site(
        name: str = "", *, size: dict[str, int] = DESKTOP, locale: str = "en", scheme: str = "light"
    ) -> Person:
        context = browser.new_context(viewport=size, locale=locale, color_scheme=scheme)  # type: ignore[arg-type]
        people.append(Person(context.new_page(), live_server.url))
        if name:
            people[-1].log_in(name)
        return people[-1]

    yield open_site
    for person in people:
        person.page.context.close()
        assert person.browser_errors == []


@pytest.fixture
def study(transactional_db: None) -> Study:
    return make_study(make_staff(), photos=2)


def wait_for_pictures(page: Page) -> None:
    page.wait_for_function(
        "() => { const all = [...document.querySelectorAll('.question__image')];"
        " return all.length === 2 && all.every((image) => image.complete && image.naturalWidth > 0); }"
    )


def shown(page: Page) -> tuple[str, str]:
    """The styles that stand left and right."""
    keys = [page.locator(f"[name={side}]").get_attribute("value") for side in ("left", "right")]
    left, right = (StudyResult.objects.get(pk=key).style for key in keys)
    return left, right


def test_staff_make_a_comparison_and_answer_it_with_keys(open_site: Open, transactional_db: None) -> None:
    make_staff("admin")
    page = open_site("admin").page
    page.goto(page.url.replace("/studio/", "/compare/"))
    page.get_by_role("link", name="New comparison").click()
    page.get_by_label("Name").fill("Which line?")
    boxes = page.locator("[name=styles]")
    for box in boxes.all():
        box.set_checked(box.get_attribute("value") in STYLES[:2], force=True)
    page.get_by_label("a cat").check()
    page.get_by_label("a rocket").check()
    page.get_by_role("button", name="Create comparison").click()
    expect(page.get_by_role("heading", name="Which line?")).to_be_visible()
    expect(page.get_by_text("All 4 results are ready.")).to_be_visible()
    assert StudyResult.objects.count() == 4

    page.get_by_role("link", name="Compare", exact=True).click()
    wait_for_pictures(page)
    page.keyboard.press("ArrowUp")  # means nothing
    styles = shown(page)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("1 of 2 compared")).to_be_visible()
    wait_for_pictures(page)
    page.keyboard.press(" ")
    expect(page.get_by_role("heading", name="Thank you!")).to_be_visible()
    first, second = StudyVote.objects.order_by("pk")
    assert (first.left_style, first.right_style, first.outcome) == (*styles, "left")
    assert second.outcome == "neither"

    page.goto(f"{page.url.rpartition('vote/')[0]}")
    expect(page.locator(".numbers").first.locator("tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="All votes as CSV").click()
    assert download.value.suggested_filename == "votes.csv"


def test_a_guest_with_the_link_answers_by_keys_and_buttons_until_all_is_compared(open_site: Open, study: Study) -> None:
    page = open_site("Ina").page
    page.goto(page.url.replace("/studio/", f"/compare/{study.pk}/"))
    link = page.get_by_label("Invitation link").input_value()
    guest = open_site().page
    guest.goto(link)
    expected = []
    for done, (key, outcome) in enumerate(
        [("ArrowRight", "right"), ("ArrowDown", "neither"), ("ArrowLeft", "left"), (" ", "neither")], start=1
    ):
        wait_for_pictures(guest)
        expected.append((*shown(guest), outcome))
        guest.keyboard.press(key)
        expect(guest.get_by_text(f"{done} of 6 compared")).to_be_visible()
    wait_for_pictures(guest)
    expected.append((*shown(guest), "right"))
    guest.get_by_role("button", name="B is better").click()
    expect(guest.get_by_text("5 of 6 compared")).to_be_visible()
    # The focus is not left on where the button was: a space is an answer of its own.
    wait_for_pictures(guest)
    expected.append((*shown(guest), "neither"))
    guest.keyboard.press(" ")
    expect(guest.get_by_role("heading", name="Thank you!")).to_be_visible()
    votes = StudyVote.objects.order_by("pk").values_list("left_style", "right_style", "outcome")
    assert list(votes) == expected


def test_a_button_that_has_the_focus_takes_its_space(open_site: Open, study: Study) -> None:
    page = open_site("Ina").page
    page.goto(page.url.replace("/studio/", f"/compare/{study.pk}/vote/"))
    wait_for_pictures(page)
    page.get_by_role("button", name="A is better").focus()
    page.keyboard.press(" ")
    expect(page.get_by_text("1 of 6 compared")).to_be_visible()
    assert StudyVote.objects.get().outcome == "left"


def test_a_study_that_closes_meanwhile_says_so(open_site: Open, study: Study) -> None:
    page = open_site("Ina").page
    page.goto(page.url.replace("/studio/", f"/compare/{study.pk}/vote/"))
    wait_for_pictures(page)
    services.set_open(study=study, is_open=False)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="This comparison is closed")).to_be_visible()
    assert StudyVote.objects.count() == 0


def test_without_scripts_the_buttons_are_a_form(browser: Browser, live_server, study: Study) -> None:
    from gallery.comparisons.invitations import make_token

    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{live_server.url}/compare/invited/{make_token(study)}/")
        page.get_by_role("button", name="Neither").click()
        expect(page.get_by_text("1 of 6 compared")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_pages_pass_axe_and_fit_the_screen(
    open_site: Open, study: Study, scheme: str, size: dict[str, int]
) -> None:
    from tests.gallery.test_studies import GUEST, vote

    while vote(study, GUEST):
        pass
    page = open_site("Ina", size=size, scheme=scheme, locale="zh-CN").page
    for path in ("", "new/", f"{study.pk}/", f"{study.pk}/vote/"):
        page.goto(f"{page.url.partition('/studio/')[0].partition('/compare/')[0]}/compare/{path}")
        passes_axe(page, path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
