"""Lines break, hang and come back: uploads outlive that, and nothing is made twice."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import pytest
from django.test import Client

from accounts.models import User
from gallery.locks import ObjectDeleted
from gallery.models import Video, VideoUpload
from gallery.storage.media import media_path
from gallery.videos.uploads import WrongOffset, receive_chunk
from tests.gallery.videos import announce, clip_bytes, send_piece
from tests.threads import at_once

Stored = Callable[[], list[str]]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mariadb]


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
    url = announce(owner_client, data).json()["address"]
    answers = list[int]()

    def come_back() -> None:  # from mobile data, say, while the server still listens to the Wi-Fi
        offset = owner_client.get(url).json()["offset"]
        answers.extend([offset, send_piece(owner_client, url, offset, data[offset:3000]).status_code])

    hanging = Slow([data[:1000], b"x" * 1000], come_back)
    with pytest.raises(WrongOffset):
        receive_chunk(upload=VideoUpload.objects.get(), offset=0, source=hanging)
    assert answers == [1000, 200]
    assert send_piece(owner_client, url, 3000, data[3000:]).status_code == 201
    assert media_path(Video.objects.get().file).read_bytes() == data


def test_an_upload_that_has_become_a_video_says_where_that_is(
    owner_client: Client, other_client: Client, media: Stored
) -> None:
    data = clip_bytes()
    url = announce(owner_client, data).json()["address"]
    page = send_piece(owner_client, url, 0, data).json()["page"]
    asked, sent = owner_client.get(url), send_piece(owner_client, url, 0, data)
    assert (asked.status_code, asked.json()["page"]) == (200, page)
    assert (sent.status_code, sent.json()["page"]) == (201, page)
    assert owner_client.get(page).status_code == 200
    assert owner_client.delete(url).status_code == 404
    assert other_client.get(url).status_code == 404
    assert send_piece(other_client, url, 0, data).status_code == 404
    assert (Video.objects.count(), len(media())) == (1, 2)


def test_who_asks_again_while_the_server_looks_at_the_video_gets_the_same_one(
    owner_client: Client, media: Stored
) -> None:
    data = clip_bytes()
    url = announce(owner_client, data).json()["address"]
    send_piece(owner_client, url, 0, data[:-1])
    VideoUpload.objects.update(received_bytes=len(data))
    media_path(VideoUpload.objects.get().file).write_bytes(data)  # all has arrived, but nobody heard of it
    answers = at_once(*[lambda: send_piece(owner_client, url, len(data), b"")] * 2)
    page = f"/videos/{Video.objects.get().pk}/"
    assert [(answer.status_code, answer.json().get("page")) for answer in answers] == [(201, page)] * 2
    assert len(media()) == 2


def test_an_upload_deleted_while_a_piece_comes_is_gone(owner_client: Client, media: Stored) -> None:
    data = clip_bytes()
    url = announce(owner_client, data).json()["address"]
    line = Slow([data[:1000], data[1000:]], lambda: owner_client.delete(url))
    with pytest.raises(ObjectDeleted):
        receive_chunk(upload=VideoUpload.objects.get(), offset=0, source=line)
    assert media() == []


def test_an_upload_whose_row_is_deleted_just_before_its_file_is_gone(owner: User, owner_client: Client) -> None:
    announce(owner_client, b"0123456789")
    upload = VideoUpload.objects.get()
    VideoUpload.objects.all().delete()
    with pytest.raises(ObjectDeleted):
        receive_chunk(upload=upload, offset=0, source=BytesIO(b"0123456789"))
    assert media_path(upload.file).read_bytes() == b""
