"""Processes that convert videos are killed, stopped, and share what there is to do."""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests

from tests.faults.breaking import until
from tests.faults.conftest import logged_in
from tests.faults.own_site import OwnSite, TinySite, free_port
from tests.faults.visitor import Visitor
from tests.faults.workers import Worker, working
from tests.gallery.videos import clip_bytes
from tests.needs import need_program

pytestmark = pytest.mark.no_database  # each site has one of its own
FORM = {"style": "comic", "detail": "balanced"}
CONVERTED = "SELECT count(*) FROM gallery_videosegment WHERE is_done"


def upload(visitor: Visitor, data: bytes) -> str:
    """The address of a video."""
    headers = {"X-CSRFToken": visitor.token, "Referer": visitor.url}
    begun = visitor.post("/videos/uploads/", {"name": "clip.mp4", "size": str(len(data))}).json()
    answer = visitor.session.patch(
        visitor.url + begun["address"], data, headers=headers | {"Upload-Offset": "0"}, timeout=60
    )
    return str(answer.json()["page"])


def convert(visitor: Visitor, video: str, **options: str) -> None:
    assert visitor.post(f"{video}convert/", FORM | options).status_code == 200


def one(site: OwnSite, query: str) -> Any:
    return site.rows(query)[0][0]


def state(site: OwnSite) -> str:
    """Of the last job."""
    return str(one(site, "SELECT state FROM gallery_videojob ORDER BY created DESC LIMIT 1"))


def url(site: OwnSite) -> str:
    """Of the last job."""
    return f"/videos/jobs/{UUID(one(site, 'SELECT id FROM gallery_videojob ORDER BY created DESC LIMIT 1'))}/"


def segment_files(site: OwnSite) -> dict[str, int]:
    """When each finished segment was written."""
    return {path.name: path.stat().st_mtime_ns for path in site.media.glob("working/*/*.mp4")}


@pytest.fixture
def video(mia: Visitor) -> Iterator[str]:
    """Three segments; it is gone in the end, with all that was made of it."""
    url = upload(mia, clip_bytes(frames=225, width=128, height=96))
    yield url
    mia.post(f"{url}delete/", {})


@pytest.mark.slow
def test_what_a_killed_worker_had_begun_another_ends_from_the_last_finished_segment(
    site: OwnSite, mia: Visitor, video: str
) -> None:
    with working(site) as (first,):
        convert(mia, video)
        until(lambda: one(site, CONVERTED) >= 1 and one(site, "SELECT sum(frames_done) FROM gallery_videosegment") > 75)
        first.kill()
    finished = segment_files(site)
    assert 0 < len(finished) < 3
    assert state(site) == "running"
    again: dict[str, int] = {}
    with working(site):
        until(lambda: again.update(segment_files(site)) or state(site) == "done")
        until(lambda: not list(site.media.glob("working/*")))
    assert {name: again[name] for name in finished} == finished, "what was finished is not made again"
    result = mia.get(f"{url(site)}result/")
    assert result.content[4:8] == b"ftyp"
    assert site.manage("check_media", "--minutes", "0").returncode == 0


def test_a_worker_that_is_told_to_stop_gives_back_what_is_under_way(site: OwnSite, mia: Visitor, video: str) -> None:
    with working(site) as (worker,):
        convert(mia, video)
        until(lambda: one(site, "SELECT coalesce(sum(frames_done), 0) FROM gallery_videosegment") > 0)
        assert worker.stop() == 0
        assert one(site, "SELECT count(*) FROM gallery_videosegment WHERE worker != ''") == 0
        assert one(site, "SELECT max(tries) FROM gallery_videosegment WHERE NOT is_done") == 0
    assert state(site) == "running"


def are_all_in(workers: list[Worker], names: Iterable[str]) -> bool:
    return all(any(name.startswith(worker.name) for name in names) for worker in workers)


@pytest.mark.slow
def test_two_workers_share_one_video(site: OwnSite, mia: Visitor, video: str) -> None:
    seen: set[str] = set()

    def look() -> bool:
        seen.update(name for (name,) in site.rows("SELECT worker FROM gallery_videosegment WHERE worker != ''"))
        return state(site) == "done"

    with working(site, processes=2) as workers:
        until(lambda: are_all_in(workers, [name for (name,) in site.rows("SELECT name FROM gallery_worker")]))
        convert(mia, video)
        until(look)
        assert are_all_in(workers, seen)


def test_who_cancels_is_heard_within_two_seconds(site: OwnSite, mia: Visitor, video: str) -> None:
    before = site.stored
    with working(site) as (worker,):
        convert(mia, video)
        until(lambda: one(site, "SELECT coalesce(sum(frames_done), 0) FROM gallery_videosegment") > 0)
        mia.post(f"{url(site)}cancel/", {})
        assert state(site) == "cancelled"
        until(lambda: not list(site.media.glob("working/*")), seconds=20)
        assert worker.is_running
        assert site.stored == before


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """The address of a Redis of its own."""
    port = free_port()
    command = [need_program("redis-server"), "--port", str(port), "--dir", str(tmp_path), "--save", ""]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


@pytest.mark.slow
def test_with_redis_a_sleeping_worker_is_woken(prepared: OwnSite, redis: str, tmp_path: Path) -> None:
    site = TinySite(tmp_path / "site", REDIS_URL=redis)
    site.copy_from(prepared)
    site.start()
    try:
        rosa = logged_in(site, "Rosa")
        video = upload(rosa, clip_bytes())
        with working(site):
            convert(rosa, video)
            until(lambda: state(site) == "done")
        assert not (site.folder / "var" / "queue.sqlite3").exists()
        assert requests.get(f"{site.url}/healthz", timeout=10).status_code == 200
    finally:
        site.stop()
