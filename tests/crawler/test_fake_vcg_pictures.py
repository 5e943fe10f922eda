"""The test site's pictures: all different, always the same, and faulty as told."""

import http.client
import itertools
import time
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
import requests
from PIL import Image

from datasets.filters import measure_sharpness
from datasets.options import DatasetOptions
from datasets.squares import center_square
from tests.crawler.fake_vcg import CopyOf, FakeVcg, Fault, PictureSlot, pictures, source_images
from tests.crawler.fake_vcg.faults import Outcome, expected_outcome
from tests.crawler.fake_vcg_client import decode_picture, fetch, parse_state_items

pytestmark = pytest.mark.no_database
SLOT = PictureSlot("明星", 1, 2, 17)


def difference_hash(image: Image.Image) -> int:
    gray = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), np.int16)
    return pack_bits(gray[:, :-1] > gray[:, 1:])


def frequency_hash(image: Image.Image) -> int:
    low = cv2.dct(np.asarray(image.convert("L").resize((32, 32)), np.float32))[:8, :8]
    return pack_bits(low > np.median(low))


def pack_bits(signs: np.ndarray) -> int:
    return int("".join("1" if bit else "0" for bit in signs.ravel()), 2)


def count_near_pairs(hashes: list[int], near: int) -> int:
    """How many pairs are no farther apart than that."""
    return sum((one ^ other).bit_count() <= near for one, other in itertools.combinations(hashes, 2))


def decode_jpeg(jpeg: bytes) -> Image.Image:
    answer = requests.Response()
    answer._content = jpeg
    return decode_picture(answer)


@pytest.mark.parametrize("real", [True, False])
def test_no_two_pictures_look_alike(real: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not real:
        monkeypatch.setattr(source_images, "_files", lambda phrase: [])
    pictures.make_picture.cache_clear()
    source_images.load_source_image.cache_clear()
    images = [decode_jpeg(pictures.make_picture(slot)) for slot in FakeVcg(pages=3, per_page=15).list_slots()]
    for hashed in (difference_hash, frequency_hash):
        hashes = [hashed(image) for image in images]
        assert count_near_pairs(hashes, 8) == 0
        assert count_near_pairs(hashes, 12) < 5
    pictures.make_picture.cache_clear()
    source_images.load_source_image.cache_clear()


def test_drawn_pictures_are_sharp_enough_for_a_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_images, "_files", lambda phrase: [])
    pictures.make_picture.cache_clear()
    source_images.load_source_image.cache_clear()
    drawn = [
        np.asarray(decode_jpeg(pictures.make_picture(slot))) for slot in FakeVcg(pages=2, per_page=12).list_slots()
    ]
    squares = [center_square(picture.shape[1], picture.shape[0]) for picture in drawn]
    assert min(map(measure_sharpness, drawn, squares)) > DatasetOptions().blur
    pictures.make_picture.cache_clear()
    source_images.load_source_image.cache_clear()


def test_a_picture_is_the_same_again_and_of_the_shape_that_its_page_says() -> None:
    with FakeVcg(per_page=9) as site:
        first, again = (fetch(site.picture_url((*SLOT[:3], 9))) for _ in range(2))
        assert first.content == again.content == site.picture((*SLOT[:3], 9))
        assert first.headers["Content-Type"] == "image/jpeg"
        assert 8_000 < len(first.content) < 60_000
        item = parse_state_items(fetch(site.build_page_url(*SLOT[:3])).text)[8]
        width, height = decode_picture(first).size
        assert item["width"] / item["height"] == width / height
        assert min(width, height) >= 300


def test_there_are_no_pictures_beyond_the_pages() -> None:
    with FakeVcg(pages=3, per_page=20) as site:
        paths = [SLOT._replace(page=4).path, SLOT._replace(number=21).path, SLOT._replace(number=0).path, "/x.jpg"]
        assert [fetch(f"http://{site.picture_host}{path}").status_code for path in paths] == [404] * 4


@pytest.mark.parametrize("fault", [fault for fault in Fault if expected_outcome(fault) is Outcome.KEPT])
def test_harmless_faults_end_in_a_whole_picture(fault: Fault) -> None:
    refuses = {Fault.ERROR_ONCE: 500, Fault.BUSY_ONCE: 429, Fault.BUSY_ONCE_DATE: 429, Fault.UNAVAILABLE_ONCE: 503}
    with FakeVcg(faults={SLOT: fault}, drip_seconds=0.2) as site:
        if fault in refuses:
            answer = fetch(site.picture_url(SLOT))
            assert answer.status_code == refuses[fault]
            assert ("Retry-After" in answer.headers) == (answer.status_code != 500)
        image = decode_picture(fetch(site.picture_url(SLOT)))
        assert image.format == ("PNG" if fault is Fault.PNG else "JPEG")
        assert image.size == decode_jpeg(site.picture(SLOT)).size


def test_a_drip_takes_its_time() -> None:
    with FakeVcg(faults={SLOT: Fault.DRIP}, drip_seconds=0.5) as site:
        begun = time.monotonic()
        assert fetch(site.picture_url(SLOT)).content == site.picture(SLOT)
        assert 0.4 < time.monotonic() - begun < 60  # byte by byte it would be more than a minute


@pytest.mark.parametrize(("fault", "status"), [(Fault.NOT_FOUND, 404), (Fault.ERROR_ALWAYS, 500)])
def test_a_picture_can_be_refused_always(fault: Fault, status: int) -> None:
    with FakeVcg(faults={SLOT: fault}) as site:
        assert [fetch(site.picture_url(SLOT)).status_code for _ in range(2)] == [status] * 2


@pytest.mark.parametrize(
    ("fault", "content_type"),
    [(Fault.TRUNCATED, "image/jpeg"), (Fault.HTML, "text/html; charset=utf-8"), (Fault.HTML_AS_JPEG, "image/jpeg")],
)
def test_what_comes_is_no_whole_picture(fault: Fault, content_type: str) -> None:
    with FakeVcg(faults={SLOT: fault}) as site:
        answer = fetch(site.picture_url(SLOT))
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, content_type)
    with pytest.raises(OSError):
        decode_picture(answer)


def test_a_connection_can_end_before_the_picture_does() -> None:
    with FakeVcg(faults={SLOT: Fault.CUT_OFF}) as site, pytest.raises(requests.exceptions.ChunkedEncodingError):
        fetch(site.picture_url(SLOT))


def test_a_picture_can_stall() -> None:
    with FakeVcg(faults={SLOT: Fault.STALL}) as site:
        url, whole = urlsplit(site.picture_url(SLOT)), site.picture(SLOT)
        connection = http.client.HTTPConnection(url.netloc, timeout=60)
        connection.request("GET", url.path)
        answer = connection.getresponse()
        assert answer.read(len(whole) // 2) == whole[: len(whole) // 2]
        assert connection.sock
        connection.sock.settimeout(0.2)  # not before: on a busy machine the first half takes its time
        with pytest.raises(TimeoutError):
            answer.read(1)
        connection.close()


@pytest.mark.parametrize(("fault", "promised"), [(Fault.ENDLESS, None), (Fault.OVERSIZE, str(5 << 30))])
def test_a_picture_can_be_too_long(fault: Fault, promised: str | None) -> None:
    with FakeVcg(faults={SLOT: fault}) as site:
        url = urlsplit(site.picture_url(SLOT))
        connection = http.client.HTTPConnection(url.netloc, timeout=10)
        connection.request("GET", url.path)
        answer = connection.getresponse()
        assert answer.getheader("Content-Length") == promised
        assert answer.read(20 << 20).startswith(site.picture(SLOT))
        connection.close()


def test_redirects_lead_within_the_site_round_and_out_of_it() -> None:
    kinds = (Fault.MOVED, Fault.REDIRECT_LOOP, Fault.REDIRECT_TRAP, Fault.REDIRECT_PRIVATE)
    slots = {kind: SLOT._replace(number=number) for number, kind in enumerate(kinds, 1)}
    with FakeVcg(faults={slot: kind for kind, slot in slots.items()}) as site:
        urls = {kind: site.picture_url(slot) for kind, slot in slots.items()}
        assert fetch(urls[Fault.MOVED]).content == site.picture(slots[Fault.MOVED])
        with pytest.raises(requests.TooManyRedirects):
            fetch(urls[Fault.REDIRECT_LOOP])
        answer = fetch(urls[Fault.REDIRECT_PRIVATE], allow_redirects=False)
        assert answer.headers["Location"].startswith("http://10.0.0.1/")
        assert site.trapped == []
        assert decode_picture(fetch(urls[Fault.REDIRECT_TRAP])).format == "JPEG"
        assert [request.host for request in site.trapped] == [site.trap_host]


def test_duplicates_are_of_the_slot_before_or_of_any_other() -> None:
    other = PictureSlot("动漫人物", 2, 1, 3)
    faults: dict[PictureSlot, Fault | CopyOf] = {
        SLOT._replace(number=2): Fault.DUPLICATE,
        SLOT._replace(number=4): Fault.NEAR_DUPLICATE,
        SLOT: CopyOf(other),
        SLOT._replace(number=9): CopyOf(other, near=True),
    }
    with FakeVcg(faults=faults) as site:
        served = {number: fetch(site.picture_url(SLOT._replace(number=number))) for number in (1, 2, 3, 4, 9, 17)}
        assert served[1].content == served[2].content
        assert served[17].content == site.picture(other)
        for near, original in (
            (decode_picture(served[4]), decode_picture(served[3])),
            (decode_picture(served[9]), decode_picture(served[17])),
        ):
            assert near.width < original.width
            for hashed in (difference_hash, frequency_hash):
                assert (hashed(near) ^ hashed(original)).bit_count() <= 4


def test_the_first_slot_has_none_before_it() -> None:
    with pytest.raises(ValueError, match="CopyOf"):
        FakeVcg(faults={SLOT._replace(number=1): Fault.DUPLICATE})


def test_a_picture_can_be_too_small() -> None:
    with FakeVcg(faults={SLOT: Fault.TOO_SMALL}) as site:
        assert decode_picture(fetch(site.picture_url(SLOT))).size == (120, 90)


def test_items_without_an_address_have_a_picture_all_the_same() -> None:
    """Who asks for it is found out by the log, not by a 404."""
    with FakeVcg(faults={SLOT: Fault.NOT_CREATIVE}) as site:
        path = SLOT.build_path("", root="editorial")
        assert decode_picture(fetch(f"http://{site.picture_host}{path}")).format == "JPEG"
        assert site.count(path) == 1
