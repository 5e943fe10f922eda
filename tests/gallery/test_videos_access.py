"""Each address of a video, an upload or a conversion as its owner, as another person, and as nobody."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, JobState, Video, VideoJob, VideoUpload
from gallery.videos import uploads
from gallery.videos.services import create_job
from tests.gallery.videos import add_video

READ = [
    "/videos/{video}/",
    "/videos/{video}/poster/",
    "/videos/{video}/file/",
    "/videos/{video}/original/",
    "/videos/uploads/{upload}/",
    "/videos/jobs/{job}/result/",
    "/videos/jobs/{job}/poster/",
    "/videos/jobs/{job}/download/",
    "/videos/jobs/{job}/publish/",
]
WHILE_RUNNING = ["/videos/jobs/{job}/preview/"]  # the owner has it in test_video_progress.py
LED_ON = ["/videos/jobs/{job}/"]
WRITE = [
    "/videos/{video}/convert/",
    "/videos/{video}/delete/",
    "/videos/uploads/{upload}/delete/",
    "/videos/jobs/{job}/cancel/",
    "/videos/jobs/{job}/retry/",
    "/videos/jobs/{job}/delete/",
    "/videos/jobs/{job}/withdraw/",
]
URLS = [*READ, *WHILE_RUNNING, *LED_ON, *WRITE]
Url = Callable[[str], str]


@pytest.fixture
def url(owner: User) -> Url:
    """Of a video, a finished conversion of it and an upload, of the owner."""
    video = add_video(owner)
    job = create_job(video=video, style="comic", detail="bold")
    VideoJob.objects.update(state=JobState.DONE, file=video.file, poster=video.poster)
    upload = uploads.begin_upload(owner=owner, name="b.mp4", size=100)
    return lambda pattern: pattern.format(video=video.pk, job=job.pk, upload=upload.pk)


def counts() -> list[int]:
    return [model.objects.count() for model in (Video, VideoJob, VideoUpload)]


def test_the_owner_may_read_all(owner_client: Client, url: Url) -> None:
    assert [owner_client.get(url(pattern)).status_code for pattern in READ] == [200] * len(READ)
    assert owner_client.get(url(LED_ON[0]))["Location"] == url(READ[0])


def test_for_another_person_nothing_of_it_exists(other_client: Client, url: Url) -> None:
    assert {other_client.get(url(pattern)).status_code for pattern in (*READ, *WHILE_RUNNING, *LED_ON)} == {404}
    assert {other_client.post(url(pattern), {"style": "comic"}).status_code for pattern in WRITE} == {404}
    upload = url("/videos/uploads/{upload}/")
    assert (other_client.patch(upload).status_code, other_client.delete(upload).status_code) == (404, 404)
    assert counts() == [1, 1, 1]


def test_another_person_publishes_nothing_of_it(other_client: Client, url: Url) -> None:
    data = {"kind": "scenery", "title": "Mine", "agreed": "on"}
    assert other_client.post(url("/videos/jobs/{job}/publish/"), data).status_code == 404
    assert not Exhibit.objects.exists()


def test_nobody_is_sent_to_log_in_and_comes_back(anonymous: Client, url: Url) -> None:
    for pattern in URLS:
        at = url(pattern)
        assert anonymous.get(at)["Location"] == f"/accounts/login/?next={at}"
    assert "/accounts/login/" in anonymous.patch(url("/videos/uploads/{upload}/"))["Location"]


def test_who_comes_by_get_to_what_changes_things_is_led_back(owner_client: Client, url: Url) -> None:
    assert {owner_client.get(url(pattern)).status_code for pattern in WRITE} == {302}
    assert counts() == [1, 1, 1]


def test_the_list_shows_no_videos_of_others(other_client: Client, url: Url) -> None:
    assert "/videos/jobs/" not in other_client.get("/videos/").content.decode()
    assert "holiday.mp4" not in other_client.get("/videos/").content.decode()


def test_changes_need_a_csrf_token(owner_client: Client, url: Url) -> None:
    owner_client.handler.enforce_csrf_checks = True
    assert owner_client.post(url("/videos/{video}/delete/")).status_code == 403
    assert owner_client.patch(url("/videos/uploads/{upload}/"), b"x").status_code == 403
    assert counts() == [1, 1, 1]
