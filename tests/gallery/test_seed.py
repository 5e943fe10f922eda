"""manage.py seed_gallery: a folder of photos becomes published works, once."""

import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from accounts.models import User
from gallery.models import Exhibit, ExhibitKind, ExhibitState, ModerationAction, Photo, Work
from gallery.moderation.services import decide
from gallery.photos.samples import sample_file
from gallery.showcase.publishing import publish, withdraw
from gallery.showcase.seeding import title_from_path
from inference import runtime
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.django_db


@dataclass
class CommandResult:
    """What the command printed, with what was left out apart, and its error; empty where all went well."""

    out: str
    left_out: str
    told: str
    error: str


def seed(folder: Path, *arguments: str, kind: str = "scenery") -> CommandResult:
    out, told, error = io.StringIO(), io.StringIO(), ""
    try:
        call_command("seed_gallery", folder, "--kind", kind, *arguments, stdout=out, stderr=told)
    except CommandError as refused:
        error = str(refused)
    summary, _, left_out = out.getvalue().strip().partition(" left out: ")
    return CommandResult(summary.rpartition(", ")[0] if left_out else summary, left_out, told.getvalue(), error)


def counts(published: int = 0, published_before: int = 0, left: int = 0, failed: int = 0) -> str:
    return f"{published} published, {published_before} there already, {left} left as it is, {failed} failed"


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two photos, one of them in a folder below, and something that is no picture."""
    folder = tmp_path / "album"
    for seed_, name in enumerate(["sunset_beach-02.jpg", "portrait/023.PNG"]):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo_bytes(seed=seed_, file_format="JPEG" if path.suffix == ".jpg" else "PNG"))
    (folder / "notes.txt").write_text("no picture", "utf-8")
    return folder


def test_a_folder_and_those_below_are_converted_and_published(album: Path) -> None:
    answer = seed(album)
    assert (answer.out, answer.error) == (counts(published=2), "")
    assert answer.left_out == "1 in another format (notes.txt)"
    assert set(Exhibit.objects.values_list("title", "kind", "state", "style", "shows_photo", "owner__username")) == {
        ("Sunset beach 02", ExhibitKind.SCENERY, ExhibitState.PUBLISHED, "comic", False, "exhibition"),
        ("Portrait 23", ExhibitKind.SCENERY, ExhibitState.PUBLISHED, "comic", False, "exhibition"),
    }
    assert set(Photo.objects.values_list("name", flat=True)) == {"sunset_beach-02.jpg", "023.PNG"}


def test_what_is_asked_for_is_what_is_made(album: Path, owner: User) -> None:
    assert not seed(album, "--owner", "MIA", "--detail", "bold", "--show-photo", kind="face").error
    work, exhibit = Work.objects.first(), Exhibit.objects.first()
    assert work and exhibit
    assert (work.owner, work.detail) == (owner, "bold")
    assert (exhibit.owner, exhibit.kind, exhibit.shows_photo) == (owner, ExhibitKind.FACE, True)
    assert not User.objects.filter(username="exhibition").exists()


def test_portraits_can_be_made_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "mia.png").write_bytes(sample_file().read_bytes())
    for outcome in (counts(published=1), counts(published_before=1)):
        assert seed(tmp_path, "--faces", "portrait", kind="face").out == outcome
    assert list(Work.objects.values_list("faces", "width", "height")) == [("portrait", 1024, 1024)]


def test_the_second_time_nothing_is_made_again(album: Path) -> None:
    seed(album)
    rows = list(Exhibit.objects.values())
    assert seed(album, "--show-photo", kind="face").out == counts(published_before=2)
    assert list(Exhibit.objects.values()) == rows
    assert Work.objects.count() == 2


def test_a_photo_that_is_new_joins_those_that_are_there(album: Path) -> None:
    seed(album)
    (album / "new.jpg").write_bytes(photo_bytes(seed=9))
    assert seed(album).out == counts(published=1, published_before=2)


@pytest.fixture
def two_styles(tmp_path: Path, settings: LazySettings) -> Iterator[None]:
    """A weights folder with the shipped style under two names."""
    manifest = json.loads((settings.WEIGHTS_DIR / "manifest.json").read_text("utf-8"))
    comic = next(entry for entry in manifest["styles"] if entry["id"] == "comic")
    folder = tmp_path / "weights"
    folder.mkdir()
    shutil.copy2(settings.WEIGHTS_DIR / comic["file"], folder)
    (folder / "manifest.json").write_text(json.dumps({"styles": [comic, {**comic, "id": "tragic"}]}), "utf-8")
    settings.WEIGHTS_DIR = folder
    runtime.get_style_registry.cache_clear()
    yield
    runtime.get_style_registry.cache_clear()


@pytest.mark.usefixtures("two_styles")
def test_each_style_is_an_exhibit_of_its_own(album: Path) -> None:
    assert seed(album, "--style", "comic", "tragic").out == counts(published=4)
    styles = Exhibit.objects.filter(title="Portrait 23").values_list("style", flat=True)
    assert sorted(styles) == ["comic", "tragic"]
    assert Photo.objects.count() == 2


@pytest.mark.parametrize("refused", [ModerationAction.REJECT, ModerationAction.HIDE, None])
def test_what_staff_or_its_owner_took_back_stays_back(
    album: Path, other: User, refused: ModerationAction | None
) -> None:
    seed(album)
    exhibit = Exhibit.objects.get(title="Portrait 23")
    if refused:
        decide(exhibits=[exhibit], action=refused, decided_by=other)
    else:
        withdraw(work=exhibit.work)
    assert seed(album).out == counts(published_before=1, left=1)
    exhibit.refresh_from_db()
    assert exhibit.state != ExhibitState.PUBLISHED


def test_what_waits_for_review_goes_on_waiting(album: Path, owner: User) -> None:
    seed(album, "--owner", "Mia")
    exhibit = Exhibit.objects.get(title="Portrait 23")
    publish(work=exhibit.work, kind=ExhibitKind.FACE, title="My own title", shows_photo=False)
    assert seed(album, "--owner", "Mia").out == counts(published_before=1, left=1)
    exhibit.refresh_from_db()
    assert (exhibit.state, exhibit.title) == (ExhibitState.WAITING, "My own title")


def test_what_was_interrupted_half_way_is_completed(album: Path) -> None:
    seed(album)
    Exhibit.objects.filter(title="Portrait 23").update(state=ExhibitState.WITHDRAWN, title="", published=None)
    assert seed(album).out == counts(published=1, published_before=1)
    assert Exhibit.objects.filter(title="Portrait 23", state=ExhibitState.PUBLISHED).exists()


def test_a_bad_file_stops_nothing_and_is_named(album: Path) -> None:
    (album / "a_bad_one.jpg").write_bytes(b"no photo")
    (album / "empty.png").write_bytes(b"")
    answer = seed(album)
    assert (answer.out, answer.error) == (counts(published=2, failed=2), "2 of 4 could not be published")
    assert f"{album / 'a_bad_one.jpg'}: We can't open this file" in answer.told
    assert f"{album / 'empty.png'}: This file is empty" in answer.told


# --- The owner ---


def test_nobody_can_log_in_as_the_exhibition(album: Path) -> None:
    seed(album)
    user = User.objects.get()
    assert not user.has_usable_password()
    assert (user.email, user.is_staff) == ("exhibition@localhost", False)
    seed(album)
    assert User.objects.get() == user


def test_the_exhibition_has_room_for_everything(album: Path, settings: LazySettings) -> None:
    settings.QUOTA_WORKS = settings.QUOTA_MEGABYTES = 1
    assert seed(album).out == counts(published=2)


def test_a_person_without_room_is_told_so(album: Path, owner: User, settings: LazySettings) -> None:
    settings.QUOTA_WORKS = 1
    answer = seed(album, "--owner", "Mia")
    assert answer.out == counts(published=1, failed=1)
    assert "storage quota" in answer.told


def test_an_account_that_is_somebodys_is_not_taken_for_the_exhibition(album: Path) -> None:
    person = User.objects.create_user("Exhibition", "somebody@example.com", "x")
    assert "is somebody's account" in seed(album).error
    assert not Work.objects.exists()
    assert seed(album, "--owner", "exhibition").out == counts(published=2)
    assert set(Work.objects.values_list("owner", flat=True)) == {person.pk}


def test_an_address_that_is_somebodys_is_told(album: Path) -> None:
    User.objects.create_user("Eve", "exhibition@localhost", "x")
    assert "belongs to somebody" in seed(album).error


# --- What is refused at once ---


def test_an_owner_that_is_not_there_is_refused(album: Path) -> None:
    assert (
        seed(album, "--owner", "Nobody").error == "there is no account 'Nobody'; without --owner, 'exhibition' is used"
    )


def test_a_style_that_is_not_there_is_refused_before_anything_is_done(album: Path) -> None:
    assert "no style 'oil'" in seed(album, "--style", "comic", "oil").error
    assert not (Work.objects.exists() or User.objects.exists())


def test_a_folder_that_is_not_there_or_has_no_pictures_is_refused(tmp_path: Path) -> None:
    assert "is not a folder" in seed(tmp_path / "nowhere").error
    assert "no pictures" in seed(tmp_path).error


def test_an_unknown_kind_or_detail_is_refused(album: Path) -> None:
    for refused in (seed(album, kind="dog"), seed(album, "--detail", "coarse")):
        assert "invalid choice" in refused.error


# --- Titles ---


@pytest.mark.parametrize(
    ("photo", "title"),
    [
        ("/p/sunset_beach-02.jpg", "Sunset beach 02"),
        ("/p/portrait/023.jpg", "Portrait 23"),
        ("/p/my_old-album/000.jpg", "My old album 0"),
        ("/p/西湖 - 黄昏.jpeg", "西湖 黄昏"),
        ("/p/IMG_2041.HEIC", "IMG 2041"),
        ("/p/e\u0301te\u0301.jpg", "Été"),
        ("/p/scenery/___.jpg", "Scenery"),
        ("/7.jpg", "7"),
        ("/--.jpg", ".jpg"),
        ("/p/" + "ab " * 80 + ".jpg", "Ab " + "ab " * 32 + "a"),
        ("/p/caf\udce9.jpg", "Caf"),
    ],
)
def test_a_title_is_made_of_the_files_name(photo: str, title: str) -> None:
    assert title_from_path(Path(photo)) == title


def test_photos_are_told_by_their_content_and_what_is_left_out_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    for number, name in enumerate(("a.jfif", "b", "@eaDir/c.jpg", "._d.jpg", ".Trash-1000/e.jpg", "notes.txt")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"text" if name == "notes.txt" else photo_bytes(60, 40, seed=number))
    answer = seed(folder)
    assert not answer.error, answer.told
    assert answer.out == counts(published=2)
    assert answer.left_out.startswith("3 hidden or of the system (.Trash-1000, ._d.jpg, @eaDir); ")
    assert answer.left_out.endswith("1 in another format (notes.txt)")
    assert set(Photo.objects.values_list("name", flat=True)) == {"a.jfif", "b"}
