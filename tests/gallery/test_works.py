"""My works: grid, page, deleting, taking home; and what deleting leaves on the disk."""

import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from gallery.models import Photo, Work
from gallery.storage.media import media_path
from tests.conftest import PASSWORD

pytestmark = pytest.mark.mariadb

Make = Callable[..., Work]
Stored = Callable[[], list[str]]


def test_the_newest_work_comes_first(owner_client: Client, make_work: Make) -> None:
    first, second = make_work(seed=1), make_work(seed=2)
    page = owner_client.get("/works/").content.decode()
    assert page.index(str(second.pk)) < page.index(str(first.pk))


def test_the_grid_has_pages(owner_client: Client, make_work: Make) -> None:
    works = Work.objects.bulk_create(_copies(make_work(), 30))
    assert len(works) == 30
    first, second = owner_client.get("/works/"), owner_client.get("/works/?page=2")
    assert (len(first.context["page"]), len(second.context["page"])) == (24, 7)


@pytest.mark.parametrize("page", ["0", "99", "x"])
def test_a_page_that_does_not_exist_shows_one_that_does(owner_client: Client, work: Work, page: str) -> None:
    assert owner_client.get(f"/works/?page={page}").status_code == 200


def test_the_grid_can_be_narrowed_to_a_style(owner_client: Client, work: Work) -> None:
    assert str(work.pk) in owner_client.get("/works/?style=comic").content.decode()
    assert str(work.pk) not in owner_client.get("/works/?style=paprika").content.decode()


def _copies(work: Work, count: int) -> list[Work]:
    same = {"owner": work.owner, "photo": work.photo, "style": "comic", "detail": "bold", "thumbnail": "t"}
    numbers = {"width": 9, "height": 9, "seconds": 1.0}
    return [Work(**same, **numbers, file=f"results/{n}.jpg", device="cpu", engine="torch") for n in range(count)]


@pytest.mark.parametrize("count", [1, 20])
def test_the_grid_takes_the_same_queries_whatever_its_length(
    owner_client: Client, make_work: Make, django_assert_num_queries, count: int
) -> None:
    Work.objects.bulk_create(_copies(make_work(), count))
    with django_assert_num_queries(5):
        owner_client.get("/works/")


def test_the_page_of_a_work_shows_how_it_came_about(owner_client: Client, work: Work) -> None:
    page = owner_client.get(f"/works/{work.pk}/").content.decode()
    for text in ("holiday.jpg", "Comic", "96 × 72", "openvino", "CC BY-NC-SA 4.0"):
        assert text in page


def test_deleting_a_work_deletes_its_files_and_its_lonely_photo(
    owner_client: Client, work: Work, media: Stored, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post(f"/works/{work.pk}/delete/")
    assert (Work.objects.count(), Photo.objects.count(), media()) == (0, 0, [])


def test_a_photo_stays_while_another_work_of_it_does(
    owner_client: Client, make_work: Make, media: Stored, django_capture_on_commit_callbacks
) -> None:
    gone, kept = make_work(), make_work(detail="fine")
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post(f"/works/{gone.pk}/delete/")
    assert media() == sorted([*kept.files, *kept.photo.files])


def test_a_deletion_that_fails_keeps_the_files(work: Work, media: Stored) -> None:
    from django.db import transaction

    from gallery.photos.services import delete_works

    before = media()
    with pytest.raises(RuntimeError), transaction.atomic():
        delete_works(owner=work.owner, works=[work])
        raise RuntimeError
    assert media() == before


def test_marked_works_are_deleted_together(
    owner_client: Client, make_work: Make, django_capture_on_commit_callbacks, media: Stored
) -> None:
    works = [make_work(seed=seed) for seed in (1, 2, 3)]
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post("/works/selection/", {"action": "delete", "works": [str(w.pk) for w in works[:2]]})
    assert list(Work.objects.all()) == works[2:]
    assert len(media()) == 4


def test_marked_works_come_home_as_a_zip_with_names_of_their_own(owner_client: Client, make_work: Make) -> None:
    works = [make_work(seed=1), make_work(seed=2), make_work(seed=1, detail="fine")]
    response = owner_client.post("/works/selection/", {"action": "zip", "works": [str(w.pk) for w in works]})
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert archive.testzip() is None
    names = {"holiday_comic_balanced.jpg", "holiday_comic_balanced_2.jpg", "holiday_comic_fine.jpg"}
    assert set(archive.namelist()) == names
    stored = {media_path(work.file).read_bytes() for work in works}
    assert {archive.read(name) for name in names} == stored


@pytest.mark.parametrize("marked", [[], ["nonsense"], ["00000000-0000-0000-0000-000000000000"]])
def test_nothing_marked_says_so(owner_client: Client, work: Work, marked: list[str]) -> None:
    response = owner_client.post("/works/selection/", {"action": "delete", "works": marked}, follow=True)
    assert "Select at least one work" in response.content.decode()
    assert Work.objects.count() == 1


def test_deleting_an_account_deletes_every_row_and_file(
    owner: User, owner_client: Client, other: User, make_work: Make, media: Stored, django_capture_on_commit_callbacks
) -> None:
    make_work(seed=1), make_work(seed=2)
    stays = make_work(by=other)
    with django_capture_on_commit_callbacks(execute=True):
        owner_client.post("/accounts/delete/", {"password": PASSWORD})
    assert not User.objects.filter(pk=owner.pk).exists()
    assert list(Work.objects.all()) == [stays]
    assert media() == sorted([*stays.files, *stays.photo.files])


def test_media_that_agree_with_the_database_pass_the_check(work: Work, capsys) -> None:
    call_command("check_media")
    assert "4 files, 0 without a row, 0 rows without a file" in capsys.readouterr().out


def test_the_check_finds_and_deletes_a_file_without_a_row(work: Work, media: Stored, capsys) -> None:
    media_path("results/orphan.jpg").write_bytes(b"x")
    call_command("check_media")  # too young to be judged
    with pytest.raises(CommandError):
        call_command("check_media", minutes=0)
    assert "no row: results/orphan.jpg" in capsys.readouterr().out
    call_command("check_media", "--delete", minutes=0)
    assert media() == sorted([*work.files, *work.photo.files])


def test_the_check_finds_a_row_without_a_file(work: Work, capsys) -> None:
    media_path(work.thumbnail).unlink()
    with pytest.raises(CommandError):
        call_command("check_media")
    assert f"no file: {work.thumbnail}" in capsys.readouterr().out
