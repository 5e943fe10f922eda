"""A result plays beside its video, in step and with its sound."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import User
from gallery.models import VideoJob
from gallery.storage.media import media_path
from tests.e2e.person import Person
from tests.e2e.test_looks import DESKTOP, PHONE, passes_axe
from tests.e2e.videos import WHOLE, convert, flashes_of, flashing, upload, worker
from tests.gallery.videos import add_result, add_video
from tests.inference.clips import RATE, beeps_of

pytestmark = pytest.mark.django_db(transaction=True)
# [where the result is, how much later the original is than it should be], in seconds; null while one of them seeks.
STEP = """player => {
  const [after, before] = ["after", "before"].map((name) => player.querySelector(`[data-part=${name}]`));
  const isReady = before.readyState > 2 && !before.seeking && !after.seeking;
  return isReady ? [after.currentTime, before.currentTime - after.currentTime - Number(player.dataset.offset)] : null;
}"""
IS_PAST = "([player, time]) => { const at = (%s)(player); return at && at[0] > time && at; }" % STEP  # noqa: UP031
IN_STEP = 0.15


def apart_after(player: Locator, time: float) -> float:
    """How far they are apart once the result is past that time, in seconds."""
    found = player.page.wait_for_function(IS_PAST, arg=[player.element_handle(), time])
    return abs(float(found.json_value()[1]))


def test_result_and_video_play_in_step_and_the_sound_fits_the_pictures(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    upload(person, flashing("holiday.mp4", frames=250))
    job = convert(person, start="0.5")
    with worker(tmp_path / "log"):
        expect(job).to_have_attribute("data-state", "done", timeout=WHOLE)
    player = job.locator(".wipe")
    expect(player).to_have_attribute("data-offset", "0.520")  # the first frame at or after the start

    passes_axe(person.page, "a result in its player")
    play, seek = player.locator("[data-do=play]"), player.locator("[data-part=seek]")
    play.click()
    expect(play).to_have_attribute("aria-label", "Pause")
    assert apart_after(player, 2.0) < IN_STEP  # on a busy machine they need a moment to get there
    seek.fill("4")
    assert apart_after(player, 5.5) < IN_STEP
    play.click()
    expect(play).to_have_attribute("aria-label", "Play")
    seek.fill("1.5")
    expect(player.locator("[data-part=time]")).to_have_text("0:01 / 0:09")
    assert apart_after(player, 1.49) < 1 / RATE

    muted = "player => [...player.querySelectorAll('video')].map((video) => video.muted)"
    assert player.evaluate(muted) == [False, True]
    player.get_by_role("button", name="Mute").click()
    assert player.evaluate(muted) == [True, True]
    slider = player.get_by_label("How much of the original is shown")
    slider.fill("20")
    slider.press("ArrowRight")
    assert player.locator(".wipe__picture").evaluate("box => box.style.getPropertyValue('--split')") == "20.5%"

    result = media_path(VideoJob.objects.get().file)
    beeps, flashes = beeps_of(result), flashes_of(result)
    assert flashes == pytest.approx([0.48, 2.48, 4.48, 6.48, 8.48], abs=1 / RATE)
    assert beeps == pytest.approx(flashes, abs=1 / RATE)


def test_where_the_browser_cannot_play_the_video_the_result_plays_alone(person: Person, tmp_path: Path) -> None:
    person.sign_up()
    upload(person, flashing("old.mp4", frames=50, codec="mpeg4"))
    job = convert(person)
    with worker(tmp_path / "log"):
        expect(job).to_have_attribute("data-state", "done", timeout=WHOLE)
    player = job.locator(".wipe")
    expect(player.locator(".compare__range")).to_be_visible()
    player.locator("[data-do=play]").click()
    expect(player.locator(".compare__range")).to_have_count(0)
    expect(player.locator("video")).to_have_count(1)
    player.page.wait_for_function("video => video.currentTime > 0.5", arg=player.locator("video").element_handle())


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("shape", [(320, 180), (180, 320)], ids=["wide", "tall"])
def test_what_is_below_the_player_stays_where_it_is_when_its_script_comes(
    person: Person, size: dict[str, int], shape: tuple[int, int]
) -> None:
    """A finger that is coming down would miss the button."""
    person.page.set_viewport_size(size)
    person.sign_up()
    video = add_video(User.objects.get(username="mia"), frames=25, width=shape[0], height=shape[1])
    add_result(video)
    tops = []
    for script in ("late", "there"):
        if script == "late":
            person.page.route("**/js/video*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
        person.open(f"/videos/{video.pk}/")
        person.page.wait_for_load_state()
        expect(person.page.locator(".wipe--on")).to_have_count(int(script == "there"))
        tops.append(person.page.locator(".job .card__actions").bounding_box())
        person.page.unroute("**/js/video*.js")
    assert tops[0] is not None
    assert tops[0] == pytest.approx(tops[1], abs=1)
