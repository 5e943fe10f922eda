"""Somebody uploads a video, watches it being converted, and cancels another one."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from gallery.models import VideoJob
from gallery.storage.media import media_path
from tests.e2e.person import Person
from tests.e2e.test_looks import passes_axe
from tests.e2e.videos import WHOLE, convert, flashing, upload, worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_conversion_is_watched_and_canceled(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    upload(person, flashing("long.mp4", frames=250, width=320, height=240))
    job = convert(person)
    warning = job.locator(".job__warning")
    expect(warning).to_be_visible()
    expect(job).to_contain_text("Next in the queue")
    passes_axe(person.page, "a conversion that nobody works on")
    with worker(tmp_path / "log"):
        expect(warning).to_have_count(0)
        expect(job.locator("progress")).to_be_visible()
        expect(job.locator(".job__facts")).to_contain_text("of 250 frames")
        expect(job.locator(".job__facts")).to_contain_text("frames per second")
        expect(job.locator(".job__facts")).to_contain_text("left")
        preview = job.locator(".job__preview")
        expect(preview).to_be_visible()
        person.page.wait_for_function("image => image.naturalWidth === 320", arg=preview.element_handle())
        passes_axe(person.page, "a conversion that is under way")
        first = preview.get_attribute("src") or ""
        expect(preview).not_to_have_attribute("src", first)
        # The answer to the click itself says so: what the page asks every 2 s brings no news any more.
        person.page.route("**/videos/jobs/*/", lambda route: route.fulfill(status=204))
        job.get_by_role("button", name="Cancel").click()
        expect(job).to_have_attribute("data-state", "cancelled")
        job.get_by_role("button", name="Delete").click()
        expect(job).to_have_count(0)


@pytest.mark.real_styles  # a tiny network has converted all before the page asks how far it is
def test_who_watches_sees_another_worker_finish_what_a_killed_one_began(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    upload(person, flashing("holiday.mp4", frames=200))
    job = convert(person)
    person.page.evaluate("window.isTheSamePage = true")
    with worker(tmp_path / "first") as first:
        expect(job.locator(".job__facts")).to_contain_text("frames per second")
        first.kill()
        first.wait(60)
        assert VideoJob.objects.get().state == "running"
        with worker(tmp_path / "second"):
            expect(job).to_have_attribute("data-state", "done", timeout=WHOLE)
    assert person.page.evaluate("window.isTheSamePage")
    assert not media_path(VideoJob.objects.get().folder).exists()


def test_who_chooses_something_else_is_told_and_can_try_again(person: Person) -> None:
    person.sign_up()
    person.open("/videos/")
    person.page.set_input_files("#video", {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"no video"})
    expect(person.page.locator("[data-part=error]")).to_have_text("We can't open this file. Use MP4, MOV, WebM or MKV.")
    person.page.locator("[data-do=stop]").click()
    expect(person.page.locator("#drop")).to_be_visible()
    upload(person, flashing("holiday.mp4", frames=50))
