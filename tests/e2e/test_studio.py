"""The studio and the works, with a mouse, keys and a clipboard."""

import zipfile
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.person import Person
from tests.e2e.photos import made
from tests.faults.breaking import until
from tests.gallery.pictures import photo_bytes
from tests.threads import engine_held


def test_several_photos_are_converted_one_after_another(person: Person) -> None:
    person.sign_up()
    person.convert(*(made(f"{n}.jpg", seed=n) for n in (1, 2, 3)))
    person.page.reload()
    expect(person.page.locator(".latest img")).to_have_count(3)


def test_the_sample_needs_no_photo_of_ones_own(person: Person) -> None:
    person.sign_up()
    person.page.get_by_role("button", name="Try it with a sample").click()
    expect(person.page.locator(".card[data-state=done]")).to_have_count(1)


def test_a_picture_can_be_pasted_or_dropped(person: Person) -> None:
    person.sign_up()
    give = """async (kind) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
      const ink = canvas.getContext("2d");
      ink.fillStyle = kind === "drop" ? "teal" : "plum";
      ink.fillRect(0, 0, 64, 48);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
      const transfer = new DataTransfer();
      transfer.items.add(new File([blob], `${kind}.png`, { type: "image/png" }));
      const event = kind === "drop"
        ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
      document.getElementById("drop").dispatchEvent(event);
    }"""
    for number, kind in enumerate(("paste", "drop"), start=1):
        person.page.evaluate(give, kind)
        expect(person.page.locator(".card[data-state=done]")).to_have_count(number)


def _drop(person: Person, *paths: Path) -> None:
    """Drop files and folders of the disk, as from a file manager."""
    box = person.page.locator("#drop").bounding_box()
    assert box
    session = person.page.context.new_cdp_session(person.page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": box["x"] + 9, "y": box["y"] + 9, "data": data})


def test_of_a_dropped_folder_the_pictures_are_taken_by_content_and_what_is_left_out_is_named(
    person: Person, tmp_path: Path
) -> None:
    folder = tmp_path / "album"
    pictures = {"a.jpg": "JPEG", "b.jfif": "JPEG", "scan": "PNG", "d.bin": "WEBP", "sub/e": "BMP", "f.hif": "HEIF"}
    pictures |= {"g": "TIFF", "h": "AVIF", "@eaDir/x.jpg": "JPEG", ".Trash-1000/y.jpg": "JPEG", "._a.jpg": "JPEG"}
    for number, (name, kind) in enumerate(pictures.items()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(photo_bytes(64, 48, seed=number, file_format=kind))
    for name in ("BMW.txt", "sub/clip.mp4", "half.jpg.crdownload"):
        (folder / name).write_bytes(b"BMW and other cars, a list of them")
    person.sign_up()
    _drop(person, folder)
    expect(person.page.locator(".card[data-state=done]")).to_have_count(8)
    names = person.page.locator(".card__name").all_text_contents()
    assert sorted(names) == ["a.jpg", "b.jfif", "d.bin", "e", "f.hif", "g", "h", "scan"]
    expect(person.page.locator("#left-out p")).to_have_text(
        [
            "3 files in other formats were left out: album/BMW.txt, album/half.jpg.crdownload, album/sub/clip.mp4",
            "3 hidden or system files were left out: album/.Trash-1000, album/._a.jpg, album/@eaDir",
        ]
    )
    _drop(person, folder / "sub" / "e")
    expect(person.page.locator("#left-out")).to_be_hidden()


def test_the_same_photo_in_another_detail_needs_no_second_upload(person: Person) -> None:
    person.sign_up()
    cards = person.convert(made())
    person.page.get_by_label("Bold").check(force=True)
    uploads: list[str] = []
    person.page.on("request", lambda request: uploads.append(request.url) if request.method == "POST" else None)
    cards.first.get_by_role("button", name="Try another style").click()
    expect(person.page.locator(".card[data-state=done]")).to_have_count(2)
    assert len(uploads) == 1
    assert uploads[0].endswith("/again/")


def test_the_same_photo_again_is_recognized(person: Person) -> None:
    person.sign_up()
    person.convert(made())
    person.choose(made("copy.jpg"))
    expect(person.page.locator(".card__state").first).to_contain_text("already in My works")


def test_a_card_can_be_deleted(person: Person) -> None:
    person.sign_up()
    cards = person.convert(made())
    cards.first.get_by_role("button", name="Delete").click()
    expect(cards).to_have_count(0)
    person.open("/works/")
    expect(person.page.locator(".tile")).to_have_count(0)


def test_full_screen_zooms_by_wheel_keys_and_double_click(person: Person) -> None:
    person.sign_up()
    person.open_work(person.convert(made()).first)
    person.page.get_by_role("slider").focus()
    person.page.keyboard.press("f")
    image = person.page.locator(".viewer__image").first
    expect(image).to_be_visible()
    expect(image).not_to_have_css("transform", "none")  # it is fitted once it is decoded
    width = lambda: image.bounding_box()["width"]  # noqa: E731
    fit = width()
    person.page.mouse.move(600, 400)
    person.page.mouse.wheel(0, -300)
    until(lambda: width() > fit)  # nobody waits for what a wheel does
    person.page.keyboard.press("1")
    assert round(width()) == 320
    person.page.keyboard.press("0")
    assert abs(width() - fit) < 1
    left = image.bounding_box()["x"]
    person.page.keyboard.press("ArrowRight")
    assert image.bounding_box()["x"] == left - 80
    person.page.keyboard.press("Escape")
    expect(person.page.locator("#viewer")).not_to_be_visible()


def test_marked_works_are_downloaded_as_a_zip_and_deleted(person: Person) -> None:
    person.sign_up()
    person.convert(*(made(f"{n}.jpg", seed=n) for n in (1, 2)))
    person.open("/works/")
    page = person.page
    expect(page.get_by_role("button", name="Download ZIP")).to_be_disabled()
    page.get_by_label("Select all").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download ZIP").click()
    with zipfile.ZipFile(Path(download.value.path())) as archive:
        assert len(archive.namelist()) == 2
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("2 works are deleted.")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(0)


def test_a_session_that_has_ended_is_told_and_the_photo_is_not_lost(person: Person) -> None:
    person.sign_up()
    person.page.context.clear_cookies(name="sessionid")
    cards = person.choose(made())
    expect(cards.first.locator(".card__error")).to_contain_text("Your session has ended")
    expect(cards.first.get_by_role("button", name="Try again")).to_be_visible()


def test_who_waits_for_others_sees_how_many_come_first_and_may_leave(person: Person) -> None:
    person.sign_up()
    with engine_held(wait_seconds=120):
        cards = person.choose(made(seed=1))
        expect(cards.first.locator(".card__state")).to_contain_text("1 photo ahead: about ")
        cards.first.get_by_role("button", name="Cancel").click()
        expect(cards).to_have_count(0)
        second = person.choose(made(seed=2))
        expect(second.first.locator(".card__state")).to_contain_text("ahead")
    expect(person.page.locator(".card[data-state=done]")).to_have_count(1)
