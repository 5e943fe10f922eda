"""Taking everything home, and leaving nothing behind; with a thousand works too."""

import io
import json
import os
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services import delete_account
from gallery.models import Exhibit, ExhibitKind, ExhibitState, Like, Photo, Report, Work
from gallery.storage import export
from gallery.storage.archive import UniqueNames, sanitize_file_name
from gallery.storage.media import media_path

pytestmark = pytest.mark.mariadb

URL = "/account/export/"
Make = Callable[..., Work]
Stored = Callable[[], list[str]]


def take_home(client: Client) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join(client.get(URL).streaming_content)))


def data_of(archive: zipfile.ZipFile) -> dict[str, Any]:
    return json.loads(archive.read("data.json"))


def exhibit(work: Work, title: str, state: ExhibitState = ExhibitState.PUBLISHED, **fields: Any) -> Exhibit:
    own = {"work": work, "owner": work.owner, "style": work.style, "kind": ExhibitKind.SCENERY}
    return Exhibit.objects.create(**own, title=title, state=state, submitted=timezone.now(), **fields)


def write(name: str, data: bytes = b"picture") -> str:
    media_path(name).parent.mkdir(parents=True, exist_ok=True)
    media_path(name).write_bytes(data)
    return name


def add_works(owner: User, names: list[str], prefix: str = "") -> list[Work]:
    """A photo with each name, a work of each photo, an exhibit of each work; files only of the first two."""
    photos, works, exhibits = [], [], []
    for number, name in enumerate(names):
        same = {"owner": owner, "width": 9, "height": 9, "bytes": 7}
        stored = f"{prefix}{number}"
        of_photo = {"file": f"uploads/{stored}.jpg", "preview": f"uploads/{stored}.preview.jpg"}
        photo = Photo(**same, **of_photo, name=name, sha256=f"{owner.pk}-{stored}")
        of_work = {"file": f"results/{stored}.jpg", "thumbnail": f"results/{stored}.webp", "photo": photo}
        work = Work(**same, **of_work, style="comic", detail="fine", seconds=1, device="cpu", engine="torch")
        own = {
            "owner": owner,
            "work": work,
            "style": "comic",
            "kind": ExhibitKind.FACE,
            "search": "s",
            "blur": "b" * 600,
        }
        of_exhibit = {"renditions": [[480, f"results/{stored}.480.webp"]], "card": f"results/{stored}.card.jpg"}
        exhibits.append(
            Exhibit(**own, **of_exhibit, title=name, state=ExhibitState.PUBLISHED, submitted=timezone.now())
        )
        photos.append(photo), works.append(work)
    Photo.objects.bulk_create(photos, batch_size=100)
    Work.objects.bulk_create(works, batch_size=100)
    Exhibit.objects.bulk_create(exhibits, batch_size=100)
    return works


@pytest.fixture
def thousand(owner: User) -> int:
    """A thousand works whose six files each have 300 kB; the size of all photos and results."""
    works = add_works(owner, [f"{number}.jpg" for number in range(1000)])
    one = media_path(write("one", os.urandom(300_000)))
    for name in ("uploads/x", "results/x"):
        media_path(name).parent.mkdir(parents=True, exist_ok=True)
    for row in Exhibit.objects.select_related("work__photo"):
        for name in (*row.files, *row.work.files, *row.work.photo.files):
            os.link(one, media_path(name))
    one.unlink()
    return 2 * 300_000 * len(works)


def peak(action: Callable[[], object]) -> int:
    """The most bytes that Python objects took meanwhile."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def is_open(file: str) -> bool:
    """Whether this process has a stored file open."""
    return media_path(file).resolve() in [link.resolve() for link in Path("/proc/self/fd").iterdir()]


def test_photos_and_results_come_home_under_their_names(owner_client: Client, make_work: Make) -> None:
    work = make_work(name="夏天.jpg")
    archive = take_home(owner_client)
    assert archive.testzip() is None
    assert archive.read("photos/夏天.jpg") == media_path(work.photo.file).read_bytes()
    assert archive.read("results/夏天_comic_balanced.jpg") == media_path(work.file).read_bytes()
    assert len(archive.namelist()) == 3


def test_the_data_says_what_each_file_is(owner: User, owner_client: Client) -> None:
    work = add_works(owner, ["a.jpg"])[0]
    write(work.photo.file), write(work.file)
    data = data_of(take_home(owner_client))
    assert list(data["profile"].values())[:-1] == ["Mia", "mia@example.com", "", False]
    assert data["profile"]["date_joined"][:4] == str(owner.date_joined.year)
    photo, result = data["photos"][0], data["works"][0]
    assert (photo["id"], photo["name"], photo["file"]) == (str(work.photo_id), "a.jpg", "photos/a.jpg")
    assert (result["id"], result["photo_id"]) == (str(work.pk), str(work.photo_id))
    assert result["file"] == "results/a_comic_fine.jpg"
    assert (result["style"], result["detail"], result["width"], result["height"]) == ("comic", "fine", 9, 9)
    assert result["created"][:4] == str(work.created.year)


def test_the_data_has_exhibits_likes_and_reports(owner: User, other: User, owner_client: Client) -> None:
    mine, theirs = add_works(owner, ["mine.jpg"])[0], add_works(other, ["theirs.jpg"], "other")[0]
    Exhibit.objects.filter(owner=owner).update(state=ExhibitState.REJECTED, reason="too dark", likes=4)
    shown = Exhibit.objects.get(owner=other)
    Like.objects.create(exhibit=shown, user=owner)
    Report.objects.create(exhibit=shown, reporter=owner, reason="other", text="hm")
    data = data_of(take_home(owner_client))
    (of_mine,) = data["exhibits"]
    assert (of_mine["work_id"], of_mine["title"], of_mine["likes"]) == (str(mine.pk), "mine.jpg", 4)
    assert (of_mine["kind"], of_mine["state"], of_mine["reason"]) == ("face", "rejected", "too dark")
    assert [(row["work_id"], row["title"]) for row in data["likes"]] == [(str(theirs.pk), "theirs.jpg")]
    assert [(row["title"], row["complaint"], row["text"]) for row in data["reports"]] == [("theirs.jpg", "other", "hm")]


@pytest.mark.parametrize(
    "state", [ExhibitState.WITHDRAWN, ExhibitState.WAITING, ExhibitState.REJECTED, ExhibitState.HIDDEN]
)
def test_what_others_have_taken_back_keeps_its_title(
    owner: User, other: User, owner_client: Client, state: ExhibitState
) -> None:
    work = add_works(other, ["secret.jpg"])[0]
    Like.objects.create(exhibit=work.exhibit, user=owner)
    Exhibit.objects.update(state=state)
    archive = take_home(owner_client)
    assert data_of(archive)["likes"][0] | {"created": None} == {"work_id": str(work.pk), "title": None, "created": None}
    assert b"secret" not in archive.read("data.json")


def test_another_person_takes_only_what_is_theirs(owner: User, other_client: Client) -> None:
    work = add_works(owner, ["a.jpg"])[0]
    write(work.photo.file), write(work.file)
    Like.objects.create(exhibit=work.exhibit, user=owner)
    archive = take_home(other_client)
    data = data_of(archive)
    assert archive.namelist() == ["data.json"]
    assert data.pop("profile")["username"] == "Noah"
    assert set(data) == {"photos", "works", "videos", "video_conversions", "exhibits", "likes", "reports"}
    assert not any(data.values())


def test_nobody_is_sent_to_log_in(anonymous: Client) -> None:
    assert anonymous.get(URL)["Location"] == f"/accounts/login/?next={URL}"


@pytest.mark.parametrize("method", ["post", "head", "put", "delete"])
def test_it_is_only_asked_for_by_get(owner_client: Client, method: str) -> None:
    assert getattr(owner_client, method)(URL).status_code == 405


def test_nothing_on_the_way_keeps_it(owner_client: Client) -> None:
    response = owner_client.get(URL)
    assert response["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert {"no-store", "private"} <= set(response["Cache-Control"].split(", "))


def test_the_account_page_leads_there(owner_client: Client) -> None:
    assert f'href="{URL}"' in owner_client.get("/accounts/profile/").content.decode()


def test_a_file_that_is_gone_is_left_out_and_has_no_name(owner: User, owner_client: Client) -> None:
    gone, kept = add_works(owner, ["gone.jpg", "there.jpg"])
    write(kept.photo.file), write(gone.file), write(kept.file)
    archive = take_home(owner_client)
    results = {"results/gone_comic_fine.jpg", "results/there_comic_fine.jpg"}
    assert set(archive.namelist()) == {"data.json", "photos/there.jpg", *results}
    files = {photo["name"]: photo["file"] for photo in data_of(archive)["photos"]}
    assert files == {"gone.jpg": None, "there.jpg": "photos/there.jpg"}


def test_photos_of_the_same_name_are_told_apart(owner: User, owner_client: Client) -> None:
    works = add_works(owner, ["a.jpg", "A.JPG", "a_2.jpg", "a.jpg"])
    for work in works:
        write(work.photo.file, str(work.pk).encode())
    archive = take_home(owner_client)
    names = [name.casefold() for name in archive.namelist()]
    assert len(set(names)) == len(names) == 5
    contents = {photo["id"]: archive.read(photo["file"]) for photo in data_of(archive)["photos"]}
    assert contents == {str(work.photo_id): str(work.pk).encode() for work in works}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("holiday.jpg", "holiday.jpg"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Windows\\a.jpg", "C__Windows_a.jpg"),
        (".hidden.jpg", "hidden.jpg"),
        ("...", "file"),
        ("", "file"),
        ("line\nbreak\x00.jpg", "line_break_.jpg"),
        ("gpj.\u202eexe.jpg", "gpj._exe.jpg"),
        ("trailing. ", "trailing"),
        ("x" * 200 + ".jpeg", "x" * 175 + ".jpeg"),
        ("a." + "x" * 200, "a." + "x" * 178),
    ],
)
def test_names_in_the_zip_are_safe_everywhere(name: str, safe: str) -> None:
    assert sanitize_file_name(name) == safe


def test_a_long_name_is_not_cut_within_a_character() -> None:
    assert sanitize_file_name("夏" * 100 + ".jpg") == "夏" * 58 + ".jpg"


def test_names_are_unique_within_their_folder_as_other_systems_compare_them() -> None:
    names = UniqueNames()
    wanted = ["é.jpg", "e\u0301.jpg", "É.jpg", "é_2.jpg"]
    assert [names.reserve(name, "photos") for name in wanted] == [
        "photos/é.jpg",
        "photos/e\u0301_2.jpg",
        "photos/É_3.jpg",
        "photos/é_2_2.jpg",
    ]
    assert names.reserve("é.jpg", "results") == "results/é.jpg"


def test_rows_are_read_some_at_a_time(owner: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS_PER_QUERY", 2)
    names = {f"{number}.jpg" for number in range(5)}
    add_works(owner, sorted(names))
    response = owner_client.get(URL)
    with CaptureQueriesContext(connection) as queries:
        archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    data = data_of(archive)
    assert {photo["name"] for photo in data["photos"]} == names
    assert (len(data["works"]), len({work["id"] for work in data["works"]})) == (5, 5)
    assert sum("LIMIT 2" in query["sql"] for query in queries) == len(queries) >= 3 * 3


@pytest.mark.django_db(transaction=True)
def test_who_deletes_their_account_meanwhile_gets_a_whole_zip(owner: User, owner_client: Client) -> None:
    works = add_works(owner, ["a.jpg", "b.jpg"])
    for work in works:
        write(work.photo.file, b"x" * 300_000), write(work.file)
    content = owner_client.get(URL).streaming_content
    first = next(content)
    assert not connection.in_atomic_block
    delete_account(user=owner)
    archive = zipfile.ZipFile(io.BytesIO(first + b"".join(content)))
    assert archive.testzip() is None
    assert len([photo["file"] for photo in data_of(archive)["photos"] if photo["file"]]) == 1


def test_who_goes_away_leaves_no_file_open(owner: User, owner_client: Client) -> None:
    work = add_works(owner, ["a.jpg"])[0]
    write(work.photo.file, b"x" * 600_000)
    response = owner_client.get(URL)
    next(response.streaming_content)
    assert is_open(work.photo.file)
    with warnings.catch_warnings(record=True) as left_to_chance:
        warnings.simplefilter("always")
        response.close()
    assert not is_open(work.photo.file)
    assert left_to_chance == []


def test_a_thousand_works_come_home_in_little_memory(owner_client: Client, thousand: int) -> None:
    sent = 0

    def download() -> None:
        nonlocal sent
        for chunk in owner_client.get(URL).streaming_content:
            sent += len(chunk)

    assert peak(download) < 64 * 2**20
    assert sent > thousand


def test_an_account_with_a_thousand_works_goes_whole_and_in_little_memory(
    owner: User, thousand: int, media: Stored, django_capture_on_commit_callbacks
) -> None:
    def delete() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            delete_account(user=owner)

    assert len(media()) == 6000
    assert peak(delete) < 64 * 2**20
    assert media() == []
    assert not any(model.objects.exists() for model in (User, Photo, Work, Exhibit))
