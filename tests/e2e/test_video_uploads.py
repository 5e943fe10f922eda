"""Somebody uploads a video, and the line breaks, hangs, or their session ends in the middle of it."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Request, Route, expect

from gallery.models import Video
from gallery.storage.media import media_path
from gallery.videos.views import uploads
from tests.e2e.person import Person
from tests.e2e.videos import flashing
from tests.faults.breaking import until

PIECE = 20_000
UPLOADS = "**/videos/uploads/*-*/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK_BYTES", PIECE)


def test_an_upload_that_broke_goes_on_from_what_had_arrived(person: Person) -> None:
    file = flashing("holiday.mp4", frames=200)
    page, begins = person.page, list[int]()

    def pass_on(route: Route, request: Request) -> None:
        if request.method == "PATCH":
            begins.append(int(request.headers["upload-offset"]))
        if begins and begins[-1] == 2 * PIECE and request.method == "PATCH":
            route.abort()
        else:
            route.continue_()

    person.sign_up()
    person.open("/videos/")
    page.route(UPLOADS, pass_on)
    with page.expect_event("requestfailed"):
        page.set_input_files("#video", file)
    page.reload()
    page.unroute(UPLOADS)  # not before: after a second the old page would have gone on by itself
    person.browser_errors.clear()  # the browser's, of the broken line
    expect(page.locator(".unfinished__item")).to_contain_text("holiday.mp4")
    with page.expect_request(lambda request: request.method == "PATCH") as going_on:
        page.set_input_files("#video", file)
    page.wait_for_url("**/videos/*-*/")
    assert begins[:3] == [0, PIECE, 2 * PIECE]
    assert set(begins[3:]) <= {2 * PIECE}  # once more by the old page, if it was slow to go
    assert going_on.value.headers["upload-offset"] == str(2 * PIECE)
    assert media_path(Video.objects.get().file).read_bytes() == file["buffer"]


@pytest.mark.parametrize("has_logged_in", [False, True], ids=["nobody", "in another tab"])
def test_who_is_logged_out_meanwhile_logs_in_and_goes_on(person: Person, has_logged_in: bool) -> None:
    file = flashing("holiday.mp4", frames=200)
    page, other = person.page, Person(person.page.context.new_page(), person.site)
    held = list[Route]()

    def hold(route: Route, request: Request) -> None:
        if request.headers.get("upload-offset") == str(PIECE) and not held:
            held.append(route)
        else:
            route.continue_()

    person.sign_up()
    person.open("/videos/")
    page.route(UPLOADS, hold)
    page.set_input_files("#video", file)
    until(lambda: page.wait_for_timeout(20) or held)
    Session.objects.all().delete()
    if has_logged_in:
        other.log_in("mia")
    held[0].continue_()
    expect(page.locator("[data-part=error]")).to_contain_text("Log in again, then choose the same file again.")
    if not has_logged_in:
        other.log_in("mia")
    page.locator("[data-do=resume]").click()
    expect(page.locator(".unfinished__item")).to_contain_text("holiday.mp4")
    page.wait_for_load_state()
    with page.expect_request(lambda request: request.method == "PATCH") as going_on:
        page.set_input_files("#video", file)
    page.wait_for_url("**/videos/*-*/")
    assert going_on.value.headers["upload-offset"] == str(PIECE)
    assert media_path(Video.objects.get().file).read_bytes() == file["buffer"]


def test_who_does_not_hear_that_all_has_arrived_still_gets_to_the_video(person: Person) -> None:
    file = flashing("holiday.mp4", frames=200)
    page, sent = person.page, list[int]()

    def lose_the_last_answer(route: Route, request: Request) -> None:
        if request.method != "PATCH":
            route.continue_()
            return
        answer = route.fetch()
        sent.append(answer.status)
        if answer.status == 201:
            route.abort()
        else:
            route.fulfill(response=answer)

    person.sign_up()
    person.open("/videos/")
    page.route(UPLOADS, lose_the_last_answer)
    page.set_input_files("#video", file)
    page.wait_for_url("**/videos/*-*/")
    person.browser_errors.clear()  # the browser's, of the broken line
    assert sent.count(201) == 1
    assert page.url.endswith(f"/videos/{Video.objects.get().pk}/")


def test_a_line_on_which_nothing_comes_is_given_up_for_another(person: Person) -> None:
    file = flashing("holiday.mp4", frames=200)
    page, silent = person.page, list[Route]()

    def hold_one(route: Route, request: Request) -> None:
        if request.method == "PATCH" and not silent:
            silent.append(route)
        else:
            route.continue_()

    person.sign_up()
    page.clock.install()
    person.open("/videos/")
    page.route(UPLOADS, hold_one)
    with page.expect_request(lambda request: request.method == "PATCH"):
        page.set_input_files("#video", file)
    page.clock.fast_forward(5 * 60_000)
    page.wait_for_url("**/videos/*-*/")
    assert media_path(Video.objects.get().file).read_bytes() == file["buffer"]
