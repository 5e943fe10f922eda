"""Somebody publishes a video, staff approve it, and a stranger watches it."""

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from playwright.sync_api import Browser, expect

from accounts.models import User
from gallery.models import Exhibit, ExhibitState
from tests.e2e.person import PASSWORD, Person
from tests.gallery.videos import add_result, add_video

PLAYED = "video => video.readyState >= 2 && video.videoWidth > 0 && video.currentTime > 0.2"


@pytest.fixture
def staff(transactional_db: None) -> User:
    user = User.objects.create_user("rosa", "rosa@example.org", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_exhibit", "change_exhibit"]))
    return user


def test_a_video_is_published_approved_and_watched_by_a_stranger(
    browser: Browser, live_server, person: Person, staff: User, settings: LazySettings
) -> None:
    settings.PUBLIC_GALLERY = True
    person.sign_up()
    job = add_result(add_video(User.objects.get(username="mia"), frames=75, width=320, height=180))
    person.open("/works/videos/")
    person.page.locator(".tile__link").click()
    person.page.wait_for_url("**/videos/*-*/*")
    person.page.wait_for_load_state()
    person.page.locator(".job").get_by_role("link", name="Publish in the gallery").click()
    form = person.page.locator(".publishing__form form")
    form.locator("[name=kind][value=scenery]").check(force=True)
    form.locator("[name=title]").fill("On the lake")
    form.locator("[name=shows_photo]").check()
    form.locator("[name=agreed]").check()
    form.locator("button[type=submit]").click()
    expect(person.page.locator(".message--success")).to_contain_text("as soon as it is approved")

    with browser.new_context(locale="en") as context:
        moderator = Person(context.new_page(), live_server.url)
        moderator.log_in("rosa")
        moderator.open("/admin/gallery/exhibit/?state=waiting")
        expect(moderator.page.locator(".pictures__length")).to_have_text("▶ 0:03")
        moderator.page.get_by_role("button", name="Publish On the lake").click()
        expect(moderator.page.locator(".messagelist")).to_contain_text("1 work is published.")
        assert moderator.browser_errors == []

    with browser.new_context(locale="en") as context:
        stranger = Person(context.new_page(), live_server.url)
        stranger.open("/gallery/")
        tile = stranger.page.locator(".exhibit")
        expect(tile.locator(".length")).to_contain_text("0:03")
        tile.locator("a").click()
        video = stranger.page.locator(".stage__video")
        video.evaluate("video => { video.muted = true; return video.play(); }")
        stranger.page.wait_for_function(f"video => ({PLAYED})(video)", arg=video.element_handle())
        video.evaluate("video => { video.pause(); video.currentTime = 2.5; }")
        arrived = "video => !video.seeking && Math.abs(video.currentTime - 2.5) < 0.1"
        stranger.page.wait_for_function(arrived, arg=video.element_handle())
        stranger.page.locator(".stage__before .compare__range").fill("80")
        expect(stranger.page.locator(".stage__before .compare")).to_have_attribute("style", "--split: 80%;")
        assert stranger.browser_errors == []
    assert Exhibit.objects.get(job=job).state == ExhibitState.PUBLISHED
