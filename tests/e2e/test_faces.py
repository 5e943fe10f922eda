"""Faces in the studio: seen in boxes, unticked, and cut out as an avatar."""

from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from gallery.photos.samples import sample_file
from tests.e2e.person import Person
from tests.e2e.test_looks import passes_axe


def test_a_face_is_seen_in_a_box_unticked_and_cut_out_as_a_portrait(person: Person) -> None:
    page = person.page
    person.sign_up()
    page.get_by_label("Sharpen faces").check(force=True)
    card = person.convert(sample_file()).first
    box = card.locator(".faces__frame")
    expect(card.locator(".faces__box--ticked")).to_have_count(1)
    photo, face = card.locator(".faces__photo").bounding_box(), box.bounding_box()
    assert photo and face
    middle = (face["x"] + face["width"] / 2 - photo["x"]) / photo["width"]
    assert abs(middle - 225 / 512) < 0.03  # where her face is

    box.click()
    expect(card.get_by_label("Face 1")).not_to_be_checked()
    card.get_by_role("button", name="Convert again").click()
    done = page.locator(".card[data-state=done]")
    expect(done).to_have_count(2)
    expect(done.first.locator(".card__state")).not_to_contain_text("Sharpen faces")

    person.open_work(done.first)
    page.get_by_label("Portrait crop").check(force=True)
    expect(page.get_by_role("radio", name="Face 1")).to_be_checked()
    page.get_by_role("button", name="Convert again").click()
    with page.expect_download() as download:
        page.get_by_label("JPEG, 256 × 256").click()
    with Image.open(Path(download.value.path())) as avatar:
        assert avatar.size == (256, 256)


def test_faces_of_a_whole_picture_are_looked_for_when_somebody_asks(person: Person) -> None:
    page = person.page
    person.sign_up()
    page.get_by_role("button", name="Try it with a sample").click()
    expect(page.locator(".card[data-state=done]")).to_have_count(1)
    person.open_work(page.locator(".card[data-state=done]"))
    expect(page.locator(".faces")).to_have_count(0)
    page.get_by_label("Sharpen faces").check(force=True)
    expect(page.locator(".faces__box--ticked")).to_be_visible()
    passes_axe(page, "a work with boxes around faces")
    page.get_by_role("checkbox", name="Face 1").uncheck()
    expect(page.locator(".faces__box--ticked")).to_have_count(0)
