"""The main job as a person does it, from signing up to coming back."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.e2e.person import Person
from tests.e2e.photos import made, real_photo
from tests.gallery.pictures import bomb


@pytest.mark.shared
@pytest.mark.real_styles
def test_a_new_person_turns_a_photo_into_anime_and_keeps_it(person: Person, browser: Browser, tmp_path: Path) -> None:
    page = person.page
    person.open("/")
    page.get_by_role("link", name="Sign up").first.click()
    person.sign_up()

    cards = person.convert(real_photo())
    expect(cards.first.locator(".card__state")).to_contain_text("Comic · Balanced, in ")
    person.open_work(cards.first)

    slider = page.get_by_role("slider")
    slider.focus()
    before = page.locator(".compare").evaluate("box => box.style.getPropertyValue('--split')")
    page.keyboard.press("ArrowRight")
    after = page.locator(".compare").evaluate("box => box.style.getPropertyValue('--split')")
    assert (before, after) == ("50%", "51%")

    with page.expect_download() as download:
        page.get_by_role("link", name="Download JPEG").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)
    assert saved.name == "023_comic.jpg"
    with Image.open(saved) as result, Image.open(real_photo()) as photo:
        assert (result.format, result.size) == ("JPEG", photo.size)

    page.reload()
    assert page.locator(".compare__after").evaluate("image => image.complete && image.naturalWidth > 0")
    url = page.url.removeprefix(person.site)
    person.open("/works/")
    expect(page.locator(".tile")).to_have_count(1)

    with browser.new_context() as context:
        stranger = Person(context.new_page(), person.site)
        stranger.sign_up("noah")
        assert stranger.open(url) == 404
        assert stranger.open(url + "result/") == 404
        assert stranger.open("/works/") == 200
        expect(stranger.page.locator(".tile")).to_have_count(0)


def test_bad_files_are_told_from_each_other_and_leave_nothing(
    person: Person, settings: LazySettings, tmp_path: Path
) -> None:
    person.sign_up()
    photo = made(width=900, height=700)["buffer"]
    cases = {
        "cut.jpg": (photo[: len(photo) // 2], "damaged or incomplete"),
        "large.jpg": (photo + b"\0" * (30 * 2**20), "larger than 25 MB"),
        "words.jpg": (b"these are only words\n" * 50, "We can't open this file"),
        "bomb.png": (bomb(), "The limit is 51 megapixels"),
    }
    for name, (data, _words) in cases.items():
        (tmp_path / name).write_bytes(data)
    person.choose(*(tmp_path / name for name in cases))
    for name, (_data, words) in cases.items():
        card = person.page.locator(".card").filter(has_text=name)
        expect(card).to_have_attribute("data-state", "failed")
        expect(card.locator(".card__error")).to_contain_text(words)
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


def test_a_file_that_is_too_large_is_refused_by_the_server_too(person: Person, settings: LazySettings) -> None:
    person.sign_up()
    settings.UPLOAD_MAX_BYTES = 1000  # after the page was made: the page still lets the file through
    cards = person.choose(made())
    expect(cards.first.locator(".card__error")).to_contain_text("larger than")
    expect(cards.first.get_by_role("button", name="Try again")).to_be_hidden()


def test_without_scripts_the_form_still_does_the_job(browser: Browser, live_server, tmp_path: Path) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        person = Person(context.new_page(), live_server.url)
        person.sign_up()
        person.page.set_input_files("#photos", made())
        person.page.get_by_role("button", name="Make anime").click()
        expect(person.page.get_by_role("heading", level=1)).to_have_text("holiday.jpg")
        with person.page.expect_download() as download:
            person.page.get_by_role("link", name="Download PNG").click()
        with Image.open(BytesIO(Path(download.value.path()).read_bytes())) as result:
            assert (result.format, result.size) == ("PNG", (320, 240))
