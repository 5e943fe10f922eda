"""The machine's clock jumps. Nobody waits longer for it, is logged out, or is refused."""

import struct
import subprocess
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path

import pytest
import requests

from tests.faults.breaking import until
from tests.faults.conftest import Start, logged_in
from tests.gallery.pictures import photo_bytes
from tests.needs import need_program

pytestmark = pytest.mark.no_database  # each site has one of its own
DAY = 86_400
Jump = Callable[[int], None]


@pytest.fixture
def clock(tmp_path: Path) -> tuple[dict[str, str], Jump]:
    """(settings for a site with a clock of its own, what makes it wrong by so many seconds)"""
    library, file = tmp_path / "clock.so", tmp_path / "clock"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([need_program("gcc"), "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    file.write_bytes(struct.pack("l", 0))

    def jump(seconds: int) -> None:
        with file.open("r+b") as offset:
            offset.write(struct.pack("l", seconds))

    return {"LD_PRELOAD": str(library), "CLOCK_FILE": str(file)}, jump


def wrong_by(answer: requests.Response) -> float:
    """How many seconds the server's clock is ahead."""
    return parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()


@pytest.mark.parametrize("seconds", [DAY, -DAY])
@pytest.mark.slow
def test_what_waits_and_what_comes_goes_on_when_the_clock_jumps(
    start: Start, clock: tuple[dict[str, str], Jump], seconds: int
) -> None:
    settings, jump = clock
    site = start(**settings)
    mia, workers = logged_in(site, "Mia"), site.workers
    assert abs(wrong_by(mia.get("/works/"))) < DAY / 2
    with ThreadPoolExecutor(4) as pool:
        photos = [photo_bytes(2400, 1800, seed=seed) for seed in range(4)]
        uploads = [pool.submit(mia.upload, photo, ticket=f"photo{seed}") for seed, photo in enumerate(photos)]
        until(lambda: any(mia.get(f"/studio/queue/photo{seed}/").json()["ahead"] for seed in range(4)))
        jump(seconds)
        answers = [upload.result() for upload in uploads]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert all(0 < answer.json()["seconds"] < 60 for answer in answers)
    page = mia.get("/works/")
    assert (page.status_code, page.history) == (200, [])
    assert abs(wrong_by(page) - seconds) < DAY / 2
    assert mia.upload(photo_bytes(seed=9)).status_code == 201
    assert site.workers == workers


@pytest.mark.slow
def test_what_a_clock_that_was_ahead_has_counted_blocks_nobody_for_long(
    start: Start, clock: tuple[dict[str, str], Jump]
) -> None:
    settings, jump = clock
    site = start(**settings, UPLOADS_PER_HOUR="1")
    mia = logged_in(site, "Mia")
    jump(30 * DAY - 3600)  # the session is still valid
    assert mia.upload(photo_bytes(seed=1)).status_code == 201
    jump(0)
    refused = mia.upload(photo_bytes(seed=2))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 3600
    jump(3700)
    assert mia.upload(photo_bytes(seed=2)).status_code == 201
    archive = zipfile.ZipFile(BytesIO(mia.get("/account/export/").content))
    assert len(archive.namelist()) == 5
