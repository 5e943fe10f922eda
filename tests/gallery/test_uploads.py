"""What is held of an upload between its arrival and its turn."""

from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.test import Client

from gallery.models import Photo
from gallery.photos.uploads import receive_file
from gallery.storage import media
from imaging.errors import BadImage
from tests.gallery.pictures import photo_bytes

LARGE = 3 * 2**20  # above what Django keeps in memory


def large_photo() -> bytes:
    """What follows the end of a JPEG is no part of the picture, but of the file."""
    return photo_bytes(64, 48) + bytes(LARGE)


def on_disk(data: bytes) -> TemporaryUploadedFile:
    upload = TemporaryUploadedFile("photo.jpg", "image/jpeg", len(data), None)
    upload.write(data)
    upload.seek(0)
    return upload


@pytest.mark.no_database
def test_a_large_upload_stays_on_the_disk_and_a_small_one_in_memory() -> None:
    data = large_photo()
    with on_disk(data) as upload:
        large = receive_file(upload)
        assert large.source == Path(upload.temporary_file_path())
        small = receive_file(BytesIO(data))
        assert (small.source, small.sha256, small.size) == (data, large.sha256, large.size)
        assert small.read() == large.read() == data


@pytest.mark.no_database
def test_more_than_an_upload_may_be_is_refused_wherever_it_lies(settings: LazySettings) -> None:
    settings.UPLOAD_MAX_BYTES = LARGE
    data = large_photo()
    with on_disk(data) as upload, pytest.raises(BadImage, match="too_many_bytes"):
        receive_file(upload)
    with pytest.raises(BadImage, match="too_many_bytes"):
        receive_file(BytesIO(data))


def test_a_large_photo_is_kept_byte_for_byte(owner_client: Client) -> None:
    data = large_photo()
    form = {"photos": BytesIO(data), "style": "comic", "detail": "bold"}
    form["photos"].name = "photo.jpg"
    assert owner_client.post("/studio/", form).status_code == 302
    photo = Photo.objects.get()
    assert media.media_path(photo.file).read_bytes() == data
    assert photo.bytes > len(data)
