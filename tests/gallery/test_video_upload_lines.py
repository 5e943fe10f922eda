"""Lines break, hang and come back: uploads outlive that, and nothing is made twice."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from django.test import Client

from accounts.models import User
from gallery.files import path_of
from gallery.models import Video, VideoUpload
from gallery.services.locks import Gone
from gallery.services.video_uploads import WrongOffset, receive

from .videos import announce, clip_bytes, send_piece

Stored = Callable[[], list[str]]
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class Slow:
    """A line on which something else happens before the last of it has come."""

    pieces: list[bytes]
    meanwhile: Callable[[], object]

    def read(self, size: int, /) -> bytes:
        if len(self.pieces) == 1:
            self.meanwhile()
        return self.pieces.pop(0) if self.pieces else b""


def test_who_comes_back_on_another_line_does_not_wait_for_the_one_that_hangs(owner_client: Client) -> None:
    data = clip_bytes()
    address = announce(owner_client, data).json()["address"]
    answers = list[int]()

    def come_back() -> None:  # from mobile data, say, while the server still listens to the Wi-Fi
        offset = owner_client.get(address).json()["offset"]
        answers.extend([offset, send_piece(owner_client, address, offset, data[offset:3000]).status_code])

    hanging = Slow([data[:1000], b"x" * 1000], come_back)
    with pytest.raises(WrongOffset):
        receive(upload=VideoUpload.objects.get(), offset=0, source=hanging)
    assert answers == [1000, 200]
    assert send_piece(owner_client, address, 3000, data[3000:]).status_code == 201
    assert path_of(Video.objects.get().file).read_bytes() == data


def test_an_upload_deleted_while_a_piece_comes_is_gone(owner_client: Client, media: Stored) -> None:
    data = clip_bytes()
    address = announce(owner_client, data).json()["address"]
    line = Slow([data[:1000], data[1000:]], lambda: owner_client.delete(address))
    with pytest.raises(Gone):
        receive(upload=VideoUpload.objects.get(), offset=0, source=line)
    assert media() == []


def test_an_upload_whose_row_is_deleted_just_before_its_file_is_gone(owner: User, owner_client: Client) -> None:
    announce(owner_client, b"0123456789")
    upload = VideoUpload.objects.get()
    VideoUpload.objects.all().delete()
    with pytest.raises(Gone):
        receive(upload=upload, offset=0, source=BytesIO(b"0123456789"))
    assert path_of(upload.file).read_bytes() == b""
