"""What leaves the site: the right bytes, types, names and caching."""

from io import BytesIO

from django.conf import LazySettings
from django.test import Client
from PIL import Image

from gallery.models import Work
from gallery.storage.media import media_path
from tests.gallery.pictures import photo_bytes


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_result_is_what_was_stored(owner_client: Client, work: Work) -> None:
    response = owner_client.get(f"/works/{work.pk}/result/")
    assert body(response) == media_path(work.file).read_bytes()
    assert response["Content-Type"] == "image/jpeg"


def test_only_the_owners_browser_may_keep_a_file(owner_client: Client, work: Work) -> None:
    header = owner_client.get(f"/works/{work.pk}/result/")["Cache-Control"]
    assert "private" in header
    assert "public" not in header


def test_a_download_is_named_for_photo_and_style(owner_client: Client, make_work) -> None:
    work = make_work(name="夏天.jpg")
    header = owner_client.get(f"/works/{work.pk}/download/jpeg/")["Content-Disposition"]
    assert header.startswith("attachment")
    assert "%E5%A4%8F%E5%A4%A9_comic.jpg" in header


def test_a_png_download_is_a_png_of_the_same_picture_marked_as_made_by_ai(owner_client: Client, work: Work) -> None:
    data = body(owner_client.get(f"/works/{work.pk}/download/png/"))
    with Image.open(BytesIO(data)) as png, Image.open(media_path(work.file)) as stored:
        assert png.format == "PNG"
        assert png.convert("RGB").tobytes() == stored.tobytes()
    assert b"trainedAlgorithmicMedia" in data or b"TrainedAlgorithmicMedia" in data


def test_downloads_that_are_made_on_request_are_limited_and_stored_files_are_not(
    owner_client: Client, work: Work, settings: LazySettings
) -> None:
    settings.DOWNLOADS_PER_HOUR = 2
    png, stored = f"/works/{work.pk}/download/png/", f"/works/{work.pk}/download/jpeg/"
    zipped = {"action": "zip", "works": [work.pk]}
    assert owner_client.get(png).status_code == 200
    head = owner_client.head(png)
    assert (head.status_code, head["Content-Type"], head.content) == (200, "image/png", b"")
    assert owner_client.post("/works/selection/", zipped).status_code == 200
    for refused in (owner_client.get(png), owner_client.post("/works/selection/", zipped)):
        assert refused.status_code == 429
        assert 3500 < int(refused["Retry-After"]) <= 3600
        assert "max-age" not in refused["Cache-Control"]
    assert owner_client.get(stored).status_code == 200
    assert owner_client.post("/works/selection/", {**zipped, "action": "delete"}).status_code == 302


def test_other_kinds_of_download_do_not_exist(owner_client: Client, work: Work) -> None:
    assert owner_client.get(f"/works/{work.pk}/download/gif/").status_code == 404


def test_the_original_comes_back_byte_for_byte_and_never_as_a_page(owner_client: Client, work: Work) -> None:
    response = owner_client.get(f"/photos/{work.photo_id}/original/")
    assert body(response) == photo_bytes()
    assert response["Content-Type"] == "application/octet-stream"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_is_gone_from_the_disk_answers_404(owner_client: Client, work: Work) -> None:
    media_path(work.file).unlink()
    assert owner_client.get(f"/works/{work.pk}/result/").status_code == 404


def test_nginx_sends_the_file_where_it_is_told_to(owner_client: Client, work: Work, settings: LazySettings) -> None:
    settings.ACCEL_REDIRECT = "/protected/"
    response = owner_client.get(f"/works/{work.pk}/result/")
    assert response["X-Accel-Redirect"] == f"/protected/{work.file}"
    assert response.content == b""


def test_location_and_camera_of_the_photo_are_in_no_shown_file(owner_client: Client) -> None:
    image = Image.open(BytesIO(photo_bytes()))
    exif = image.getexif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    buffer = BytesIO()
    image.save(buffer, "JPEG", exif=exif)
    assert b"SecretCamera" in buffer.getvalue()
    from tests.gallery.pictures import upload

    owner_client.post("/studio/", {"photos": upload(buffer.getvalue()), "style": "comic", "detail": "balanced"})
    work = Work.objects.get()
    for name in (work.file, work.thumbnail, work.photo.preview):
        data = media_path(name).read_bytes()
        assert b"SecretCamera" not in data
        with Image.open(BytesIO(data)) as shown:
            assert not shown.getexif()
