"""One account cannot stop the site with a picture: time, memory and the engine's slot come back."""

import time
from io import BytesIO

import numpy as np
import pytest
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from accounts.models import User
from gallery.models import Photo, Work
from gallery.photos import conversion
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from imaging import untrusted
from inference.errors import ClientDisconnected
from inference.runtime import get_engine, get_style_registry
from inference.scheduler import Requester, requested_by
from tests.gallery.pictures import photo_bytes, upload
from tests.inference.material import file_of, photo

pytestmark = pytest.mark.django_db

OPTIONS = ConversionOptions(style="comic", detail="balanced")


def slow_picture() -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = file_of(photo(2000, 2000), "JPEG", progressive=True)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * 900 + data[-2:]


def send(client: Client, data: bytes, name: str = "a.jpg") -> HttpResponse:
    choice = {"photos": upload(data, name), "style": "comic", "detail": "balanced"}
    return client.post("/studio/", choice, headers={"Accept": "application/json"})


def test_who_leaves_while_their_picture_is_read_gives_the_slot_back(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_at = time.monotonic() + 0.5

    def spin(*args: object, **options: object) -> object:
        return run("tests.imaging.isolated_tasks:spin", b"", {}, *args[3:], **options)  # type: ignore[arg-type]

    run = untrusted.PROCESSES.run
    monkeypatch.setattr(conversion, "read_untrusted_size", lambda *_args, **_options: (2000, 2000))
    monkeypatch.setattr(untrusted.PROCESSES, "run", spin)
    requester = Requester(user_id=owner.pk, is_disconnected=lambda: time.monotonic() > left_at)
    with requested_by(requester), pytest.raises(ClientDisconnected):
        convert_upload(owner=owner, name="a.jpg", stream=BytesIO(photo_bytes()), options=OPTIONS)
    monkeypatch.undo()
    assert not get_engine().queue._served
    convert_upload(owner=owner, name="a.jpg", stream=BytesIO(photo_bytes()), options=OPTIONS)
    assert Work.objects.count() == 1


def test_a_picture_of_endless_scans_is_refused_in_words(owner_client: Client) -> None:
    answer = send(owner_client, slow_picture())
    assert answer.status_code == 422
    assert "takes too long to open" in answer.json()["error"]
    assert not Photo.objects.exists()


def test_a_line_of_pixels_is_refused_with_its_limit(owner_client: Client) -> None:
    line = BytesIO()
    Image.new("1", (2_000_000, 1)).save(line, "PNG")
    answer = send(owner_client, line.getvalue(), "line.png")
    assert answer.status_code == 413
    assert "40000 pixels" in answer.json()["error"]


@pytest.mark.parametrize("size", [(40_000, 1), (1, 40_000), (40_000, 30)])
def test_the_longest_sides_that_are_allowed_are_converted_without_much_memory(size: tuple[int, int]) -> None:
    style = get_style_registry().get_available("comic")
    image = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    assert get_engine().stylize(image, style).shape == image.shape


NO_MEMORY = (  # as Python, OpenVINO and torch say it
    MemoryError(),
    RuntimeError("std::bad_alloc"),
    RuntimeError("Check 'ptr' failed at cpu_memory.cpp:257:\nFailed to allocate 114170944 bytes of memory\n"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
)


@pytest.mark.parametrize("error", NO_MEMORY)
def test_a_machine_without_memory_asks_people_to_come_again(
    error: Exception, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(conversion, "stylize_faces", run_out)
    answer = send(owner_client, photo_bytes())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert not Photo.objects.exists()
