"""The database and the files of a site from before the renames, after an update to the code of today."""

import base64
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from gallery.models import ACTIVE_STATES, Exhibit, JobState, Photo, Video, VideoJob, VideoSegment, VideoUpload, Work
from gallery.queue import FileQueue
from gallery.videos import worker
from tests.compatibility.conftest import DATA, FACTS, OldSite

pytestmark = pytest.mark.mariadb
LOGIN = "/accounts/login/"
JOBS = {name: UUID(key) for name, key in FACTS["jobs"].items()}
EXHIBITS = {state: UUID(key) for state, key in FACTS["exhibits"].items()}


def pages_of_mia() -> list[str]:
    """What only Mia may see: pages and files of all that she has."""
    mia = User.objects.get(username="Mia")
    urls = []
    for work in Work.objects.filter(owner=mia):
        of_work = ("", "result/", "thumbnail/", "before/", "download/jpeg/")
        urls += [f"/works/{work.pk}/{part}" for part in of_work]
    for photo in Photo.objects.filter(owner=mia):
        urls += [f"/photos/{photo.pk}/{part}/" for part in ("preview", "original")]
    for video in Video.objects.filter(owner=mia):
        urls += [f"/videos/{video.pk}/{part}" for part in ("", "poster/", "file/", "original/")]
    urls += [f"/videos/jobs/{job.pk}/" for job in VideoJob.objects.filter(owner=mia)]
    urls += [f"/videos/jobs/{JOBS['done']}/{part}/" for part in ("result", "poster", "download")]
    return urls


def body_of(client: Client, url: str) -> bytes:
    response = client.get(url, follow=True)
    assert response.status_code == 200, url
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_everything_opens_for_its_owner(old_site: OldSite) -> None:
    mia, urls = old_site.client("Mia"), pages_of_mia()
    assert len(urls) > 60
    for url in urls:
        assert body_of(mia, url), url


def test_nothing_private_opens_for_others_or_for_nobody(old_site: OldSite) -> None:
    noah, nobody = old_site.client("Noah"), old_site.client()
    for url in pages_of_mia():
        assert noah.get(url).status_code == 404, url
        response = nobody.get(url)
        assert response.status_code == 302 and response["Location"].startswith(LOGIN), url


@pytest.mark.parametrize(
    "url", ["/studio/", "/works/", "/works/videos/", "/videos/", "/gallery/", "/accounts/profile/"]
)
def test_lists_show_what_the_old_site_had(old_site: OldSite, url: str) -> None:
    page = body_of(old_site.client("Mia"), url).decode()
    expected = {"/works/": "holiday 1.jpg", "/videos/": "holiday.mp4", "/gallery/": "By the sea 1"}
    assert expected.get(url, "<main") in page


def test_exhibits_are_shown_to_others_or_not_as_their_old_states_say(old_site: OldSite) -> None:
    noah = old_site.client("Noah")
    assert EXHIBITS.keys() == {"published", "waiting", "rejected", "hidden", "withdrawn"}
    for state, key in EXHIBITS.items():
        expected = 200 if state == "published" else 404
        assert noah.get(f"/gallery/{key}/").status_code == expected, state
        assert noah.get(f"/gallery/{key}/card.jpg").status_code == expected, state
    assert noah.get(f"/gallery/{JOBS['done']}/").status_code == 200
    assert noah.get(f"/gallery/{JOBS['done']}/video.mp4").status_code == 200


def test_likes_and_reports_of_the_old_site_count(old_site: OldSite) -> None:
    exhibit = Exhibit.objects.get(work_id=EXHIBITS["published"])
    assert exhibit.likes == 5
    assert old_site.client("Noah").post(f"/gallery/{exhibit.work_id}/like/", {"on": "0"}).status_code in (200, 204, 302)
    exhibit.refresh_from_db()
    assert exhibit.likes == 4
    assert sorted(exhibit.reports.values_list("is_resolved", flat=True)) == [False, True]


def test_who_was_logged_in_still_is(old_site: OldSite) -> None:
    client = Client()
    client.cookies["sessionid"] = FACTS["session"]
    assert "Mia" in body_of(client, "/accounts/profile/").decode()


def test_old_passwords_and_names_in_any_case_log_in(old_site: OldSite, settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    for name in ("noah", "NOAH@example.com"):
        client = Client()
        assert client.post(LOGIN, {"username": name, "password": FACTS["password"]}).status_code == 302
        assert "Noah" in body_of(client, "/accounts/profile/").decode()


def test_attempts_that_the_old_site_counted_still_count(old_site: OldSite, settings: LazySettings) -> None:
    settings.SIGNUPS_PER_HOUR = 1
    person = {"password1": FACTS["password"], "password2": FACTS["password"]}

    def sign_up(name: str, client_ip: str) -> int:
        fields = person | {"username": name, "email": f"{name}@example.com"}
        return Client().post("/accounts/signup/", fields, REMOTE_ADDR=client_ip).status_code

    assert sign_up("Lena", "203.0.113.7") == 429
    assert sign_up("Lena", "203.0.113.9") == 302


def test_the_admin_pages_list_and_open_all_rows(old_site: OldSite) -> None:
    ada = old_site.client("Ada")
    lists = sorted(set(re.findall(r'href="(/admin/\w+/\w+/)"', body_of(ada, "/admin/").decode())))
    assert len(lists) >= 10
    opened = 0
    for url in lists:
        page = body_of(ada, url).decode()
        for row in re.findall(rf'href="({url}[^"/]+/change/)', page):
            assert body_of(ada, row), row
            opened += 1
    assert opened > 40
    assert "comic" in body_of(ada, "/admin/status/").decode()


def test_the_export_has_all_that_mia_had(old_site: OldSite) -> None:
    archive = zipfile.ZipFile(io.BytesIO(body_of(old_site.client("Mia"), "/account/export/")))
    assert archive.testzip() is None
    data = json.loads(archive.read("data.json"))
    counts = {name: len(rows) for name, rows in data.items() if isinstance(rows, list)}
    expected = {"photos": 7, "works": 8, "videos": 1, "video_conversions": 5, "exhibits": 7, "likes": 0, "reports": 0}
    assert counts == expected
    assert len([name for name in archive.namelist() if not name.endswith("data.json")]) == 7 + 8 + 1 + 1


def test_an_upload_that_was_begun_before_goes_on_where_it_was(old_site: OldSite) -> None:
    mia, whole = old_site.client("Mia"), (DATA / "later.mp4").read_bytes()
    upload = VideoUpload.objects.get()
    url = f"/videos/uploads/{upload.pk}/"
    assert mia.get(url).json()["offset"] == 1000
    headers = {"Upload-Offset": "1000"}
    kind = "application/offset+octet-stream"
    response = mia.patch(url, whole[1000:], content_type=kind, headers=headers)
    assert response.status_code == 201, response.content
    video = Video.objects.get(name="later.mp4")
    assert body_of(mia, f"/videos/{video.pk}/original/") == whole


@pytest.mark.slow
def test_an_old_message_is_dropped_and_the_jobs_go_on_with_what_was_done(
    old_site: OldSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is a pickle, which nobody reads. The worker takes up the segments that a killed one left."""
    mia, running = old_site.client("Mia"), VideoJob.objects.get(pk=JOBS["running"])
    assert list(VideoSegment.objects.order_by("index").values_list("is_done", flat=True)) == [True, False, False]
    finished = old_site.media / "working" / JOBS["running"].hex / "00000.mp4"
    before = finished.stat().st_mtime_ns
    for name in ("failed", "canceled"):
        url = f"/videos/jobs/{JOBS[name]}"
        mia.post(f"{url}/retry/")
        assert VideoJob.objects.get(pk=JOBS[name]).state == JobState.WAITING
        mia.post(f"{url}/cancel/")  # else it would take the time of a conversion
    converted: list[int] = []
    convert_segment = worker.convert_segment

    def note(plan, index, *args, **kwargs):  # type: ignore[no-untyped-def]
        if plan.folder == finished.parent:
            assert finished.stat().st_mtime_ns == before
            converted.append(index)
        return convert_segment(plan, index, *args, **kwargs)

    monkeypatch.setattr(worker, "convert_segment", note)
    queue = FileQueue("videos", filename=str(tmp_path / "queue.sqlite3"))
    queue.storage.enqueue(base64.b64decode(FACTS["queue_message"]))
    monkeypatch.setattr(worker, "HUEY", queue)
    worker.run_until_stopped(is_orphan=lambda: not VideoJob.objects.filter(state__in=ACTIVE_STATES).exists())
    assert len(queue) == 0
    states = {job.pk: job.state for job in VideoJob.objects.all()}
    assert {name for name, key in JOBS.items() if states[key] == JobState.DONE} == {"done", "running", "waiting"}
    assert converted == [1, 2]
    running.refresh_from_db()
    assert running.frames == 24
    assert timezone.now() - running.finished < timedelta(minutes=5)
    assert body_of(mia, f"/videos/jobs/{JOBS['running']}/result/")
