"""Videos come in pieces; what is no video leaves nothing behind."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from accounts.models import User
from gallery.failures import get_video_failure_text
from gallery.models import Video, VideoUpload
from gallery.storage.media import media_path
from gallery.storage.quotas import get_quota
from gallery.videos.uploads import discard_abandoned_uploads
from tests.faults.breaking import full_disk
from tests.gallery.videos import announce, clip_bytes, gray_clip, send_all, send_piece, sound_alone, without_frames
from tests.needs import SHARED

Stored = Callable[[], list[str]]
pytestmark = [pytest.mark.django_db, pytest.mark.mariadb]
commits = pytest.mark.django_db(transaction=True)  # for what is done on commit


def test_a_video_in_pieces_becomes_a_video_with_a_poster(owner: User, owner_client: Client) -> None:
    data = clip_bytes()
    answer = send_all(owner_client, data, "假期.mp4")
    video = Video.objects.get()
    assert (answer.status_code, answer.json()["page"]) == (201, f"/videos/{video.pk}/")
    assert (video.owner, video.name, video.width, video.height, video.has_sound) == (owner, "假期.mp4", 64, 48, True)
    assert video.seconds == pytest.approx(1.2, abs=0.1)
    assert video.rate == pytest.approx(25, abs=2)
    assert media_path(video.file).read_bytes() == data
    assert media_path(video.poster).read_bytes()[:3] == b"\xff\xd8\xff"
    assert video.bytes == sum(media_path(name).stat().st_size for name in video.files)


def test_begun_uploads_say_where_they_are_and_go_on_there(owner_client: Client) -> None:
    data = clip_bytes()
    begun = announce(owner_client, data)
    url = begun.json()["address"]
    assert (begun.status_code, begun["Location"], begun.json()["offset"]) == (201, url, 0)
    assert begun.json()["chunk"] > 0
    assert send_piece(owner_client, url, 0, data[:1000]).json()["offset"] == 1000
    assert owner_client.head(url)["Upload-Offset"] == "1000"
    assert owner_client.get(url).json()["size"] == len(data)
    assert send_piece(owner_client, url, 1000, data[1000:]).status_code == 201


@pytest.mark.parametrize("offset", [0, 999, 1001, "", "-1", "x", pytest.param("9" * 5000, id="5000 digits")])
def test_a_piece_that_begins_elsewhere_is_told_where_it_should(owner_client: Client, offset: int | str) -> None:
    data = clip_bytes()
    url = announce(owner_client, data).json()["address"]
    send_piece(owner_client, url, 0, data[:1000])
    answer = send_piece(owner_client, url, offset, data[1000:])
    assert (answer.status_code, answer["Upload-Offset"], answer.json()["offset"]) == (409, "1000", 1000)
    assert send_piece(owner_client, url, 1000, data[1000:]).status_code == 201


def test_more_than_was_announced_is_not_taken(owner_client: Client) -> None:
    data = clip_bytes()
    url = announce(owner_client, data).json()["address"]
    assert send_piece(owner_client, url, 0, data + b"x" * 100_000).status_code == 201
    assert media_path(Video.objects.get().file).read_bytes() == data


def test_without_scripts_a_form_uploads_it_whole(owner_client: Client, settings: LazySettings) -> None:
    settings.UPLOAD_MAX_BYTES = 1000  # which is for photos
    file = SimpleUploadedFile("trip.mp4", clip_bytes())
    answer = owner_client.post("/videos/", {"video": file})
    assert answer["Location"] == f"/videos/{Video.objects.get().pk}/"
    assert owner_client.post("/videos/").status_code == 422


@commits
@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"no video at all, but long enough", "We can't open this file. Use MP4, MOV, WebM or MKV."),
        (clip_bytes()[:3000], "This video is incomplete"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 500, "We can't open this file. Use MP4, MOV, WebM or MKV."),
        (without_frames(), "This video has no frames"),
        (sound_alone(), "This file has sound but no video"),
    ],
    ids=["text", "cut off", "picture", "no frames", "sound alone"],
)
def test_what_is_no_video_is_refused_and_leaves_nothing(
    owner: User, owner_client: Client, media: Stored, data: bytes, text: str
) -> None:
    answer = send_all(owner_client, data)
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(text)
    whole = owner_client.post("/videos/", {"video": SimpleUploadedFile("a.mp4", data)})
    assert whole.status_code == 422
    assert escape(text) in whole.content.decode()
    assert (Video.objects.count(), VideoUpload.objects.count(), media()) == (0, 0, [])
    assert get_quota(owner).bytes == 0


def test_it_is_refused_in_the_language_of_who_reads_it(owner_client: Client) -> None:
    owner_client.cookies["django_language"] = "zh-hans"
    answer = send_all(owner_client, b"no video")
    assert answer.status_code == 422
    assert answer.json()["error"] == "无法打开这个文件。请使用 MP4、MOV、WebM 或 MKV。"


@commits
def test_limits_of_length_pictures_and_bytes(owner_client: Client, settings: LazySettings, media: Stored) -> None:
    data = clip_bytes()
    settings.VIDEO_MAX_BYTES = len(data) - 1
    answer = announce(owner_client, data)
    assert (answer.status_code, media()) == (413, [])
    assert owner_client.post("/videos/", {"video": SimpleUploadedFile("a.mp4", data)}).status_code == 413
    settings.VIDEO_MAX_BYTES = 10**9
    settings.VIDEO_MAX_PIXELS = 64 * 48 - 1
    assert "too large: 64 × 48 pixels" in send_all(owner_client, data).json()["error"]
    settings.VIDEO_MAX_PIXELS, settings.VIDEO_MAX_SECONDS = 10**6, 1
    long = clip_bytes(frames=60)
    assert send_all(owner_client, long).json()["error"] == "This video is longer than 1 seconds."
    assert media() == []


@pytest.mark.parametrize(
    ("pixels", "name"),
    [(1920 * 1088, "1080p"), (1920 * 1080, "1080p"), (1280 * 720, "720p"), (3840 * 2160, "2160p"), (160 * 90, "90p")],
)
def test_the_page_names_the_largest_pictures_as_people_do(
    owner_client: Client, settings: LazySettings, pixels: int, name: str
) -> None:
    settings.VIDEO_MAX_PIXELS, settings.VIDEO_MAX_SHORT_SIDE = pixels, 4320
    assert f"180 seconds and {name}." in owner_client.get("/videos/").content.decode()
    assert f"The limit is {name}" in get_video_failure_text("too_many_pixels")


@pytest.mark.parametrize(("width", "height"), [(1080, 2400), (2640, 1080), (2560, 1080), (1920, 1088), (1440, 1080)])
def test_1080p_is_what_people_call_so(owner_client: Client, width: int, height: int) -> None:
    assert send_all(owner_client, gray_clip(width, height)).status_code == 201


@pytest.mark.parametrize(("width", "height"), [(1440, 1440), (1440, 2560), (3840, 1080)])
def test_a_text_about_frames_that_are_too_large_has_the_numbers(owner_client: Client, width: int, height: int) -> None:
    answer = send_all(owner_client, gray_clip(width, height))
    assert (answer.status_code, answer.json()["error"]) == (
        422,
        f"The frames of this video are too large: {width} × {height} pixels. "
        "The limit is 1080p: 1088 pixels on the short side, and 3 megapixels.",
    )


@pytest.mark.shared
def test_a_screen_recording_of_a_phone_is_taken(owner_client: Client) -> None:
    file = SHARED / "cases" / "screen-recording-refused" / "screen_1080x2400.mp4"
    assert send_all(owner_client, file.read_bytes()).status_code == 201
    video = Video.objects.get()
    assert (video.width, video.height) == (1080, 2400)


@pytest.mark.parametrize(
    ("size", "status"), [("0", 422), ("", 400), ("-5", 400), ("many", 400), ("9" * 12, 413), ("9" * 5000, 400)]
)
def test_sizes_that_no_file_has_are_refused(owner_client: Client, size: str, status: int) -> None:
    assert owner_client.post("/videos/uploads/", {"name": "a.mp4", "size": size}).status_code == status


def test_room_is_kept_for_what_shall_come(owner: User, owner_client: Client, settings: LazySettings) -> None:
    settings.QUOTA_MEGABYTES = 2
    assert announce(owner_client, b"x" * 1_500_000).status_code == 201
    assert get_quota(owner).bytes == 1_500_000
    refused = announce(owner_client, b"x" * 1_000_000)
    assert refused.status_code == 403
    assert "2 MB" in refused.json()["error"]


@commits
def test_only_a_few_may_be_unfinished_until_one_is_deleted(owner_client: Client, media: Stored) -> None:
    urls = [announce(owner_client, clip_bytes()).json()["address"] for _ in range(3)]
    assert announce(owner_client, clip_bytes()).status_code == 403
    assert owner_client.delete(urls[0]).status_code == 204
    assert announce(owner_client, clip_bytes()).status_code == 201
    owner_client.post(f"{urls[1]}delete/")
    assert len(media()) == 2


def test_uploads_are_limited_by_the_hour(owner_client: Client, settings: LazySettings) -> None:
    settings.VIDEO_UPLOADS_PER_HOUR = 1
    assert announce(owner_client, clip_bytes()).status_code == 201
    assert announce(owner_client, clip_bytes()).status_code == 429


@commits
def test_what_nobody_goes_on_with_for_a_day_is_dropped(owner_client: Client, media: Stored) -> None:
    old, young = (announce(owner_client, clip_bytes()).json()["id"] for _ in range(2))
    VideoUpload.objects.filter(pk=old).update(updated=timezone.now() - timedelta(hours=25))
    discard_abandoned_uploads()
    assert str(VideoUpload.objects.get().pk) == young
    assert len(media()) == 1


@commits
@pytest.mark.parametrize("kilobytes", [10, 40])  # too little for the file, and for its poster
def test_a_full_disk_is_507_and_with_more_room_the_upload_goes_on(
    owner: User, settings: LazySettings, kilobytes: int
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    data = clip_bytes(frames=60, width=320, height=240)
    with full_disk(Path(settings.MEDIA_ROOT), kilobytes=500):
        other = media_path("other")
        other.write_bytes(bytes((500 - kilobytes) * 1024))
        url = announce(client, data).json()["address"]
        assert send_piece(client, url, 0, data).status_code == 507
        other.unlink()
        arrived = client.get(url).json()["offset"]
        assert 0 < arrived <= len(data)
        assert send_piece(client, url, arrived, data[arrived:]).status_code == 201
        assert media_path(Video.objects.get().file).read_bytes() == data
