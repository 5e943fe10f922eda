"""The pages of staff in a browser: accessible, no wider than the screen, and the way from what waits to a decision."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Browser, Locator, expect

from accounts.models import User
from gallery.models import Exhibit, ExhibitState, ModerationAction, ReportReason
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from gallery.showcase.publishing import publish
from tests.e2e.person import PASSWORD, Person
from tests.e2e.test_looks import passes_axe
from tests.gallery.pictures import photo_bytes

PHONE, SMALL, LARGE = (390, 844), (1280, 800), (1440, 900)
LONG = "W" * 100
LINES = """cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return range.getClientRects().length;
}"""
Arrive = Callable[..., Person]


@pytest.fixture
def arrive(browser: Browser, live_server) -> Iterator[Arrive]:
    """A superuser has logged in, on a screen and in a language."""
    people = []
    User.objects.create_superuser("admin", "admin@example.org", PASSWORD)

    def arrive(size: tuple[int, int] = LARGE, locale: str = "en", scheme: str = "light") -> Person:
        screen = {"width": size[0], "height": size[1]}
        context = browser.new_context(viewport=screen, locale=locale, color_scheme=scheme)
        people.append(Person(context.new_page(), live_server.url))
        people[-1].log_in("admin")
        return people[-1]

    yield arrive
    for person in people:
        person.page.context.close()
        assert person.browser_errors == []


def waiting(owner: User, title: str, seed: int) -> Exhibit:
    photo = BytesIO(photo_bytes(seed=seed))
    work, _new = convert_upload(
        owner=owner, name=f"{LONG}.jpg", stream=photo, options=ConversionOptions("comic", "balanced")
    )
    return publish(work=work, kind="scenery", title=title, shows_photo=True)


@pytest.fixture
def two_waiting(db: None) -> list[Exhibit]:
    """One has the longest texts that there can be; it is reported, and was decided about."""
    owner = User.objects.create_user("W" * 60, f"{LONG}@example.org", PASSWORD)
    exhibits = [waiting(owner, title, seed) for seed, title in enumerate((LONG, "A lake"))]
    long = exhibits[0]
    long.reports.create(reporter=owner, reason=ReportReason.PERSON, text=LONG)
    long.work.decisions.create(action=ModerationAction.HIDE, work_key=long.work_id, decided_by=owner, reason=LONG)
    return exhibits


def pages(exhibit: Exhibit) -> list[str]:
    """Every list, and what a list leads to."""
    lists = [reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in admin.site._registry]
    person, group = reverse("admin:accounts_user_change", args=[exhibit.owner_id]), reverse("admin:auth_group_add")
    rows = {"exhibit": exhibit.pk, "work": exhibit.work_id, "report": exhibit.reports.get().pk}
    own = [reverse(f"admin:gallery_{name}_change", args=[pk]) for name, pk in rows.items()]
    decision = reverse("admin:gallery_decision_change", args=[exhibit.work.decisions.get().pk])
    found = reverse("admin:gallery_work_changelist", query={"state": ExhibitState.WAITING, "q": "w"})
    return [reverse("admin:index"), reverse("admin:status"), *lists, found, *own, decision, person, group]


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "zh-CN")])
def test_every_page_of_staff_passes_axe_and_fits_a_phone(
    arrive: Arrive, two_waiting: list[Exhibit], scheme: str, language: str
) -> None:
    staff = arrive(SMALL, language, scheme)
    for path in pages(two_waiting[0]):
        staff.page.set_viewport_size({"width": SMALL[0], "height": SMALL[1]})
        assert staff.open(path) == 200, path
        staff.page.wait_for_load_state()
        passes_axe(staff.page, path)
        staff.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert staff.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_columns_of_a_list_fit_beside_its_filters_whatever_is_in_them(
    arrive: Arrive, two_waiting: list[Exhibit], size: tuple[int, int], language: str
) -> None:
    staff = arrive(size, language)
    for name in ("gallery_work", "gallery_exhibit", "gallery_report", "gallery_decision", "accounts_user"):
        staff.open(reverse(f"admin:{name}_changelist"))
        hidden = staff.page.locator(".results").evaluate("list => list.scrollWidth - list.clientWidth")
        assert hidden <= 0, f"{name} hides {hidden} pixels"


def test_short_words_of_chinese_stay_on_one_line(arrive: Arrive, two_waiting: list[Exhibit]) -> None:
    staff = arrive(SMALL, "zh-CN")
    staff.open(reverse("admin:gallery_exhibit_changelist"))
    words = staff.page.locator(".field-state, .field-kind").filter(visible=True).all()
    assert len(words) == 4
    for word in words:
        assert word.evaluate(LINES) == 1, word.text_content()


def test_the_page_where_staff_log_in_passes_axe(person: Person) -> None:
    person.open("/admin/")
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Log in")
    passes_axe(person.page, "the page where staff log in")


def queue(staff: Person) -> Locator:
    """The way to what waits, from the first page: its rows."""
    staff.open("/admin/")
    staff.page.get_by_role("link", name="for review").click()
    return staff.page.locator("#result_list tbody tr")


def test_staff_are_led_to_what_waits_and_publish_or_reject_it_there(arrive: Arrive, two_waiting: list[Exhibit]) -> None:
    staff = arrive()
    page, rows = staff.page, queue(staff)
    expect(rows).to_have_count(2)
    rows.filter(has_text="A lake").get_by_role("button", name="Publish").click()
    expect(page.locator(".messagelist .success")).to_have_text("1 work is published.")
    expect(rows).to_have_count(1)

    rows.get_by_role("button", name="Reject").click()
    expect(page.get_by_label("Reason")).to_be_focused()
    passes_axe(page, "the page that asks for a reason")
    page.get_by_label("Reason").fill("Nobody can see what it is.")
    page.get_by_role("button", name="Reject").click()
    expect(page.locator(".messagelist .success")).to_have_text("1 work is rejected.")
    expect(rows).to_have_count(0)

    expect(queue(staff)).to_have_count(0)
    assert [exhibit.state for exhibit in Exhibit.objects.order_by("pk")] == [
        ExhibitState.REJECTED,
        ExhibitState.PUBLISHED,
    ]


def test_the_field_that_searches_says_what_for_and_all_is_shown_again(
    arrive: Arrive, two_waiting: list[Exhibit]
) -> None:
    staff = arrive()
    rows = queue(staff)
    staff.page.get_by_label("Title, username or email address").fill("lake")
    staff.page.get_by_role("button", name="Search").click()
    expect(rows).to_have_count(1)
    staff.page.get_by_text("1 result").get_by_role("link").click()
    expect(rows).to_have_count(2)
    expect(staff.page.locator("#searchbar")).to_have_value("")


def test_permissions_are_ticked_and_kept(arrive: Arrive, two_waiting: list[Exhibit]) -> None:
    staff, owner = arrive(PHONE), two_waiting[0].owner
    staff.open(reverse("admin:accounts_user_change", args=[owner.pk]))
    staff.page.get_by_label("Gallery | work | Can view work", exact=True).check()
    staff.page.get_by_role("button", name="Save", exact=True).click()
    expect(staff.page.locator(".messagelist .success")).to_be_visible()
    assert [str(right.codename) for right in owner.user_permissions.all()] == ["view_work"]
