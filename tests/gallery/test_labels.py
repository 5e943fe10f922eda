"""All that leaves the site says that AI made it, as the settings ask for; each file is read with ExifTool."""

import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client
from PIL import Image

from accounts.models import User
from gallery import urls
from gallery.models import Exhibit, ExhibitKind, JobState, VideoJob, Work
from gallery.photos.services import delete_works
from gallery.showcase.publishing import publish
from gallery.storage import labels
from gallery.storage.media import delete_files, media_path
from gallery.videos import worker
from gallery.videos.results import make_preview_writer
from imaging.decode import decode_image
from imaging.labels.relabel import relabel_image
from imaging.labels.visible import make_label_patch
from inference.runtime import get_engine
from inference.scheduler import Requester
from tests.exiftool import read_aigc, read_tags
from tests.gallery.faces import portrait_of
from tests.gallery.pictures import photo_bytes, upload
from tests.gallery.videos import add_job, add_result, add_video
from tests.inference.clips import frames_of, packets_of, times_of

SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4"}
# The routes of files that a style made, and of those that people brought.
RESULTS = {
    *("result", "thumbnail", "download", "export", "style_preview", "rendition", "card", "full", "exhibit_download"),
    *("exhibit_video", "video_preview", "video_result", "video_result_poster", "video_download"),
}
ORIGINALS = {"before", "photo_preview", "photo_original", "video_poster", "video_file", "video_original"}
ORIGINALS |= {"sample_preview", "exhibit_photo"}
FILE_MODULES = ("photos.views.files", "photos.views.previews", "showcase.views.files", "videos.views.files")


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def save(owner_client: Client, tmp_path: Path) -> Callable[..., Path]:
    """The answer to a request as a file."""

    def get(url: str, client: Client = owner_client, **headers: str) -> Path:
        response = client.get(url, headers=headers)
        assert response.status_code == 200, (url, response.status_code)
        path = tmp_path / f"{quote(url, safe='')}.{SUFFIXES[response['Content-Type']]}"
        path.write_bytes(content_of(response))
        return path

    return get


def unpack(response: Any, folder: Path) -> Iterator[Path]:
    with zipfile.ZipFile(BytesIO(content_of(response))) as archive:
        archive.extractall(folder)
        yield from (folder / name for name in archive.namelist() if not name.startswith(("photos/", "videos/", "data")))


def test_no_route_of_files_is_left_out() -> None:
    names = {pattern.name for pattern in urls.urlpatterns if pattern.callback.__module__[8:] in FILE_MODULES}
    assert names | {"export"} == RESULTS | ORIGINALS


def work_urls(exhibit: Exhibit) -> list[str]:
    work = exhibit.work
    assert work
    widths = [width for width, _file in exhibit.renditions]
    of_owner = [f"/works/{work.pk}/{part}/" for part in ("result", "thumbnail", "download/jpeg", "download/png")]
    shown = ("card.jpg", "full/", "download/", *(f"{width}.webp" for width in widths))
    return [*of_owner, *(f"/gallery/{work.pk}/{part}" for part in shown), "/styles/comic.webp"]


@pytest.mark.parametrize("mode", ["off", "metadata", "visible"])
def test_all_that_leaves_is_labeled(
    owner_client: Client, exhibit: Exhibit, save: Callable[..., Path], settings: LazySettings, tmp_path: Path, mode: str
) -> None:
    """The work was made with metadata alone; the settings are those of now."""
    settings.AI_LABEL = mode
    paths = [save(url) for url in work_urls(exhibit)]
    zipped = owner_client.post("/works/selection/", {"action": "zip", "works": [exhibit.work_key]})
    paths += unpack(zipped, tmp_path / "zip")
    paths += unpack(owner_client.get("/account/export/"), tmp_path / "export")
    assert len(paths) == 11
    found = read_aigc(paths)
    assert all(len(values) == (mode != "off") for values in found.values())
    numbers = {values[0]["ProduceID"] for path, values in found.items() if values and "styles" not in path.name}
    assert len(numbers) == (mode != "off")
    for values in filter(None, found.values()):
        assert (values[0]["Label"], values[0]["ContentProducer"]) == ("1", "AnimeGAN Studio")
        assert values[0]["PropagateID"] == values[0]["ProduceID"]
    for path in paths:
        assert is_drawn_on(path) == (mode == "visible"), path


def is_drawn_on(path: Path) -> bool:
    """Whether the dark ground of the label is where it should be: all of a line is as dark as it can be there."""
    picture = decode_image(path)
    patch = make_label_patch(picture.width, picture.height, "en")
    height, width = patch.opacity.shape
    margin = round(0.5 * patch.text_px)
    row = patch.top + height - margin // 2 - 1
    line = picture.pixels[row, patch.left + margin : patch.left + width - margin].astype(int)
    return bool(line.max() <= 125)


def test_the_label_is_in_the_language_of_who_looks(
    work: Work, save: Callable[..., Path], settings: LazySettings, owner_client: Client
) -> None:
    settings.AI_LABEL = "visible"
    url = f"/works/{work.pk}/result/"
    english, chinese = (decode_image(save(url, **{"Accept-Language": code})).pixels for code in ("en", "zh-cn"))
    assert not np.array_equal(english, chinese)
    assert "Accept-Language" in owner_client.get(url)["Vary"]
    settings.AI_LABEL_LANGUAGE = "zh-hans"
    assert np.array_equal(decode_image(save(url, **{"Accept-Language": "en"})).pixels, chinese)


def test_a_copy_is_made_once_and_goes_with_its_work(
    owner: User, work: Work, media: Callable[[], list[str]], save: Callable[..., Path], settings: LazySettings
) -> None:
    settings.AI_LABEL, url = "visible", f"/works/{work.pk}/result/"
    before = media()
    first = save(url).read_bytes()
    (copy,) = set(media()) - set(before)
    written = media_path(copy).stat().st_mtime_ns
    assert save(url).read_bytes() == first
    assert media_path(copy).stat().st_mtime_ns == written
    call_command("check_media", "--minutes", "0", stdout=StringIO())
    delete_works(owner=owner, works=[work])
    assert [name for name in media() if "labeled" in name] == [copy]  # the transaction of the test has not ended
    labels_left = labels.labeled_folder(work.file)
    delete_files([work.file])
    assert not media_path(labels_left).exists()


def test_with_the_settings_of_before_the_stored_file_leaves(
    owner_client: Client, work: Work, media: Callable[[], list[str]], settings: LazySettings
) -> None:
    before, settings.ACCEL_REDIRECT = media(), "/protected"
    url = f"/works/{work.pk}/result/"
    assert owner_client.get(url)["X-Accel-Redirect"] == f"/protected/{work.file}"
    settings.AI_LABEL = "off"
    assert owner_client.get(url)["X-Accel-Redirect"].startswith("/protected/labeled/")
    settings.AI_LABEL = "metadata"
    assert owner_client.get(url)["X-Accel-Redirect"] == f"/protected/{work.file}"
    assert len(media()) == len(before) + 1


def test_another_producer_is_in_all_works_at_once(
    work: Work, save: Callable[..., Path], settings: LazySettings
) -> None:
    settings.AI_LABEL_PRODUCER = "001191110102MACQD9K64010000"
    path = save(f"/works/{work.pk}/result/")
    (values,) = read_aigc([path])[path]
    assert values["ContentProducer"] == values["ContentPropagator"] == "001191110102MACQD9K64010000"
    assert np.array_equal(decode_image(path).pixels, decode_image(media_path(work.file)).pixels)


def test_the_number_is_that_of_the_work_and_does_not_tell_its_key(
    work: Work, owner: User, save: Callable[..., Path], settings: LazySettings
) -> None:
    path = save(f"/works/{work.pk}/download/png/")
    content = path.read_bytes()
    (values,) = read_aigc([path])[path]
    for private in (str(work.pk), work.pk.hex, Path(work.file).stem, owner.username, work.photo.name):
        assert private.encode() not in content
    settings.SECRET_KEY = "another"  # the number stays what it is in files that have one
    label = labels.get_result_label(work.file, work.pk)
    assert label and label.produce_id == values["ProduceID"]


def test_a_work_of_before_labels_gets_one(
    work: Work, save: Callable[..., Path], settings: LazySettings, owner_client: Client
) -> None:
    stored = media_path(work.file)
    stored.write_bytes(relabel_image(stored.read_bytes(), "JPEG", None, None))
    path = save(f"/works/{work.pk}/result/")
    assert len(read_aigc([path])[path]) == 1


def test_transparency_is_kept_under_a_visible_label(
    owner_client: Client, save: Callable[..., Path], settings: LazySettings
) -> None:
    image = Image.open(BytesIO(photo_bytes(200, 160))).convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.paste((10, 20, 30, 255), (0, 0, 100, 160))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    owner_client.post("/studio/", {"photos": upload(buffer.getvalue(), "a.png"), "style": "comic", "detail": "bold"})
    work = Work.objects.get()
    settings.AI_LABEL = "visible"
    for part in ("result", "thumbnail", "download/png"):
        path = save(f"/works/{work.pk}/{part}/")
        alpha = decode_image(path).alpha
        assert alpha is not None
        assert (alpha[:60, :90].min(), alpha[:60, 120:].max()) == (255, 0)
        assert alpha[100:, 120:].max() == 255
        assert len(read_aigc([path])[path]) == 1


def test_a_portrait_has_its_label_in_every_size(work: Work, save: Callable[..., Path], settings: LazySettings) -> None:
    portrait = portrait_of(work, whose=1)
    settings.AI_LABEL = "visible"
    paths = [save(f"/works/{portrait.pk}/download/{kind}/{side}/") for kind in ("jpeg", "png") for side in (256, 1024)]
    assert all(len(values) == 1 for values in read_aigc(paths).values())
    assert all(is_drawn_on(path) for path in paths)


def test_what_people_brought_is_not_labeled(
    owner_client: Client, exhibit: Exhibit, save: Callable[..., Path], settings: LazySettings
) -> None:
    settings.AI_LABEL = "visible"
    assert exhibit.work
    photo = exhibit.work.photo_id
    paths = [save(f"/photos/{photo}/preview/"), save(f"/works/{exhibit.work_key}/before/"), save("/styles/sample.webp")]
    assert not [name for tags in read_tags(paths).values() for name in tags if name.startswith("XMP")]
    assert content_of(owner_client.get(f"/photos/{photo}/original/")) == photo_bytes()


def test_a_damaged_file_leaves_as_it_is(owner_client: Client, work: Work, settings: LazySettings) -> None:
    settings.AI_LABEL = "visible"
    media_path(work.file).write_bytes(b"\xff\xd8\xff damaged")
    response = owner_client.get(f"/works/{work.pk}/result/")
    assert (response.status_code, content_of(response)) == (200, b"\xff\xd8\xff damaged")


@pytest.mark.parametrize("is_video", [False, True])
def test_where_no_copy_can_be_written_nothing_leaves_without_its_label(
    owner: User, owner_client: Client, work: Work, settings: LazySettings, is_video: bool
) -> None:
    url = f"/works/{work.pk}/result/"
    if is_video:
        url = f"/videos/jobs/{add_result(add_video(owner, frames=10)).pk}/result/"
    settings.AI_LABEL = "visible"
    media_path("labeled").write_bytes(b"")  # no folder can be made there
    response = owner_client.get(url)
    assert (response.status_code, b"storage space" in response.content) == (507, True)
    media_path("labeled").unlink()
    assert owner_client.get(url).status_code == 200


# --- Videos ---


@pytest.fixture
def converted(owner: User) -> VideoJob:
    """A video of 4.8 seconds that a worker has converted."""
    job = add_job(add_video(owner, frames=120, width=96, height=64))
    worker.drain_queue()
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    return job


def as_gallery_shows(job: VideoJob) -> Exhibit:
    return publish(work=job, kind=ExhibitKind.SCENERY, title="A street", shows_photo=True, is_reviewed=True)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_videos_are_labeled_wherever_they_leave(
    owner_client: Client, converted: VideoJob, save: Callable[..., Path], settings: LazySettings, tmp_path: Path
) -> None:
    as_gallery_shows(converted)
    stored = media_path(converted.file)
    for mode in ("metadata", "off", "visible"):
        settings.AI_LABEL = mode
        of_owner = [f"/videos/jobs/{converted.pk}/{part}/" for part in ("result", "poster", "download")]
        shown = [f"/gallery/{converted.pk}/{part}" for part in ("video.mp4", "card.jpg", "96.webp", "download/")]
        paths = [save(url) for url in (*of_owner, *shown)]
        paths += unpack(owner_client.get("/account/export/"), tmp_path / mode)
        found = read_aigc(paths)
        assert len(found) == 8
        assert all(len(values) == (mode != "off") for values in found.values()), mode
        assert len({values[0]["ProduceID"] for values in found.values() if values}) == (mode != "off")
        for path in (path for path in paths if path.suffix == ".mp4"):
            assert times_of(path) == times_of(stored)
            assert packets_of(path, "audio") == packets_of(stored, "audio")
            changed = changed_frames(path, stored)
            assert changed == (range(75) if mode == "visible" else range(0))
    assert owner_client.get(of_owner[0], headers={"Range": "bytes=0-99"}).status_code == 206


def changed_frames(path: Path, stored: Path) -> range:
    """The frames whose lower right corner is another: from the first one on, without a gap."""
    pairs = zip(frames_of(path), frames_of(stored), strict=True)
    corners = [tuple(frame.to_ndarray(format="gray")[44:, 40:].astype(int) for frame in pair) for pair in pairs]
    changed = [bool(np.abs(a - b).mean() > 5) for a, b in corners]
    count = changed.count(True)
    assert changed == [True] * count + [False] * (len(changed) - count)
    return range(count)


@pytest.mark.django_db(transaction=True)
def test_the_preview_of_a_conversion_is_labeled(
    owner: User, owner_client: Client, save: Callable[..., Path], settings: LazySettings
) -> None:
    settings.AI_LABEL = "visible"
    job = add_job(add_video(owner, frames=10))
    VideoJob.objects.filter(pk=job.pk).update(state=JobState.RUNNING)
    media_path(job.folder).mkdir(parents=True)
    make_preview_writer(media_path(job.preview), "comic")(np.full((200, 300, 3), 255, np.uint8))
    path = save(f"/videos/jobs/{job.pk}/preview/")
    assert len(read_aigc([path])[path]) == 1
    assert is_drawn_on(path)


@pytest.mark.django_db(transaction=True)
def test_who_finds_the_engine_busy_is_told_when_to_come_again(
    owner: User, owner_client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AI_LABEL = "visible"
    job = add_result(add_video(owner, frames=10))
    queue = get_engine().queue
    with queue.slot(Requester(), None, 1), monkeypatch.context() as patched:
        patched.setattr(queue, "max_waiting", 0)
        response = owner_client.get(f"/videos/jobs/{job.pk}/result/")
        assert response.status_code == 503
        assert int(response["Retry-After"]) >= 1
    assert owner_client.get(f"/videos/jobs/{job.pk}/result/").status_code == 200
