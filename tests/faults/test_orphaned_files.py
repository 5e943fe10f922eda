"""What is left of an upload whose process is killed, or whose database goes away, just before its rows are there."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import OperationalError, connection

from accounts.models import User
from gallery.models import Photo, Work
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from gallery.storage import media as stored_media
from gallery.storage.orphans import delete_orphaned_files
from tests.faults.own_site import OwnSite, TinySite
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.mariadb

KILLED = """
import os, signal
from io import BytesIO
from accounts.models import User
from gallery.photos import services
from gallery.photos.conversion import ConversionOptions
from tests.gallery.pictures import photo_bytes
find = services._get_or_create_work
def killed(*all):
    find(*all)
    os.kill(os.getpid(), signal.SIGKILL)
services._get_or_create_work = killed
owner = User.objects.get(username="Mia")
options = ConversionOptions("comic", "bold")
services.convert_upload(owner=owner, name="a.jpg", stream=BytesIO(photo_bytes()), options=options)
"""
KILLED_WHILE_WRITING = """
import os, signal
from pathlib import Path
from gallery.storage import media
from imaging.files import atomic_write
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with media.new_files() as new:
    {write}
"""
WRITES = {
    "of a photo": 'new.write("results", "webp", b"picture")',
    "of a video": """path = media.media_path(new.reserve("results", "mp4"))
    with atomic_write(path) as part:
        part.write_bytes(b"pictures and sound")""",
}
KILLED_WHILE_DELETING = """
import os, signal
from accounts.models import User
from gallery.models import Work
from gallery.photos.services import delete_works
from gallery.storage import media
media.delete_files = lambda _names: os.kill(os.getpid(), signal.SIGKILL)
delete_works(owner=User.objects.get(username="Mia"), works=Work.objects.all())
"""
UPLOAD = KILLED.replace("services._get_or_create_work = killed", "")
DELETE_ORPHANS = "from gallery.storage.orphans import delete_orphaned_files; delete_orphaned_files()"


def journal_entries(media: Path) -> list[Path]:
    return list((media / stored_media.JOURNAL_FOLDER).glob("*"))


def age_journal(media: Path) -> None:
    """Let the entries look older than they are: nobody waits a minute in a test."""
    for entry in journal_entries(media):
        os.utime(entry, (0, 0))


@pytest.fixture
def media() -> Path:
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def rows_answer_late(owner: User) -> Iterator[None]:
    """The rows are written, but the database goes away before it says so."""
    commit = connection._commit  # type: ignore[attr-defined]

    def written_in_silence() -> None:
        commit()
        raise OperationalError("server has gone away")

    with patch.object(connection, "_commit", written_in_silence):
        yield


def convert(owner: User, seed: int = 1) -> Work:
    stream = BytesIO(photo_bytes(seed=seed))
    return convert_upload(owner=owner, name="a.jpg", stream=stream, options=ConversionOptions("comic", "bold"))[0]


@pytest.mark.no_database
def test_a_process_that_is_killed_in_the_middle_leaves_nothing_once_orphans_are_deleted(
    prepared: OwnSite, tmp_path: Path
) -> None:
    site = TinySite(tmp_path / "site")
    site.copy_from(prepared)
    assert site.manage("shell", "--no-imports", "--command", KILLED, check=False).returncode == -9
    assert len(site.stored) == 5, "four files and their journal entry"
    site.run(DELETE_ORPHANS)
    assert len(site.stored) == 5, "somebody may still be at it"
    age_journal(site.media)
    site.run(DELETE_ORPHANS)
    assert site.stored == []


@pytest.mark.no_database
def test_a_process_that_is_killed_between_rows_and_files_leaves_a_note_of_the_files(
    prepared: OwnSite, tmp_path: Path
) -> None:
    site = TinySite(tmp_path / "site")
    site.copy_from(prepared)
    site.run(UPLOAD)
    assert len(site.stored) == 4
    assert site.manage("shell", "--no-imports", "--command", KILLED_WHILE_DELETING, check=False).returncode == -9
    assert site.rows("SELECT count(*) FROM gallery_work") == [(0,)]
    assert len(site.stored) == 4
    site.run("from gallery.storage.cleaning import clean_up_storage; clean_up_storage()")
    assert site.stored == []
    assert site.rows("SELECT count(*) FROM gallery_pendingdeletion") == [(0,)]


@pytest.mark.no_database
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_half_a_file_goes_too(prepared: OwnSite, tmp_path: Path, write: str) -> None:
    site = TinySite(tmp_path / "site")
    site.copy_from(prepared)
    code = KILLED_WHILE_WRITING.format(write=write)
    assert site.manage("shell", "--no-imports", "--command", code, check=False).returncode == -9
    assert [Path(name).suffix for name in site.stored if stored_media.JOURNAL_FOLDER not in str(name)] == [".part"]
    age_journal(site.media)
    site.run(DELETE_ORPHANS)
    assert site.stored == []


@pytest.mark.django_db(transaction=True)
def test_files_stay_where_the_database_went_away_after_the_rows_were_written(
    owner: User, media: Path, rows_answer_late: None
) -> None:
    with pytest.raises(OperationalError):
        convert(owner)
    age_journal(media)
    delete_orphaned_files()
    (work,) = Work.objects.all()
    assert all((media / name).is_file() for name in (*work.files, *work.photo.files))
    assert journal_entries(media) == []


@pytest.mark.django_db(transaction=True)
def test_files_go_where_the_database_went_away_before_the_rows_were_written(owner: User, media: Path) -> None:
    gone = patch.object(connection, "_commit", side_effect=OperationalError("server has gone away"))
    with gone, pytest.raises(OperationalError):
        convert(owner)
    age_journal(media)
    convert(owner, seed=2)  # deletes the orphans that were left before
    assert Photo.objects.count() == 1
    assert len([path for path in media.rglob("*") if path.is_file()]) == 4


def test_nobody_deletes_what_another_is_still_writing(db: None, media: Path) -> None:
    with stored_media.new_files() as new:
        name = new.write("uploads", "jpg", b"picture")
        age_journal(media)
        delete_orphaned_files()
        assert (media / name).is_file()
    assert journal_entries(media) == []
