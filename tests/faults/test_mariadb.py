"""A database server that the site cannot reach for a while, or that stands still."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.faults.conftest import OUR_FAULT, PEOPLE, logged_in
from tests.faults.gateway import Gateway
from tests.faults.own_site import OwnSite, TinySite
from tests.faults.test_orphaned_files import age_journal
from tests.gallery.pictures import photo_bytes

SERVER = urlsplit(os.environ.get("DATABASE_URL", ""))
pytestmark = [pytest.mark.skipif(SERVER.scheme != "mysql", reason="on MariaDB only"), pytest.mark.mariadb]
LARGE = (7000, 6000)


@contextmanager
def cursor(database: str = "") -> Iterator[Any]:
    import MySQLdb  # type: ignore[import-untyped]

    where = {"host": SERVER.hostname, "port": SERVER.port, "user": SERVER.username, "passwd": SERVER.password or ""}
    with closing(MySQLdb.connect(**where, db=database, autocommit=True)) as connection:
        yield connection.cursor()


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    assert SERVER.hostname
    gateway = Gateway(SERVER.hostname, SERVER.port or 3306)
    yield gateway
    gateway.cut()


@pytest.fixture(scope="module")
def site(gateway: Gateway, prepared: OwnSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSite]:
    """Its way to its database goes through the gateway."""
    name = f"faults_{os.getpid()}"
    login = SERVER.netloc.rpartition("@")[0]
    url = f"mysql://{login}@127.0.0.1:{gateway.port}/{name}"
    site = TinySite(tmp_path_factory.mktemp("mariadb") / "site", DATABASE_URL=url)
    site.copy_from(prepared)
    with cursor() as server:
        server.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    site.manage("migrate", "--verbosity", "0")
    site.add_people(*PEOPLE)
    site.start()
    yield site
    site.stop()
    with cursor() as server:
        server.execute(f"DROP DATABASE {name}")


def works(site: OwnSite) -> int:
    with cursor(site.environment["DATABASE_URL"].rpartition("/")[2]) as server:
        server.execute("SELECT count(*) FROM gallery_work")
        return int(server.fetchone()[0])


@pytest.mark.slow
def test_without_its_server_every_answer_is_try_again_and_then_all_is_well(site: OwnSite, gateway: Gateway) -> None:
    mia = logged_in(site, "Mia")
    gateway.cut()
    upload, page = mia.upload(photo_bytes(seed=1)), mia.get("/works/")
    health = requests.get(f"{site.url}/healthz", timeout=30)
    gateway.mend()
    assert (upload.status_code, upload.json()) == (503, {"error": OUR_FAULT})
    assert int(upload.headers["Retry-After"]) > 0
    assert (page.status_code, health.status_code) == (503, 503)
    assert mia.get("/works/").status_code == 200
    assert mia.upload(photo_bytes(seed=1)).status_code == 201


def test_an_upload_whose_database_goes_away_while_it_is_converted_can_be_repeated(
    site: OwnSite, gateway: Gateway
) -> None:
    noah, before, stored = logged_in(site, "Noah"), works(site), len(site.stored)
    photo = photo_bytes(*LARGE, seed=2)
    with ThreadPoolExecutor(1) as pool:
        upload = pool.submit(noah.upload, photo, detail="fine")
        time.sleep(0.4)  # it is converted now, which takes more than a second
        gateway.cut()
        try:
            assert upload.result().status_code == 503
        finally:
            gateway.mend()
    assert noah.upload(photo).status_code == 201
    age_journal(site.media)
    assert noah.upload(photo_bytes(seed=3)).status_code == 201  # deletes the orphans
    assert works(site) == before + 2
    assert len(site.stored) == stored + 8


def test_uploads_wait_for_a_server_that_stands_still(site: OwnSite) -> None:
    rosa = logged_in(site, "Rosa")
    with cursor() as server:
        server.execute("SELECT @@datadir, @@pid_file")
        folder, name = server.fetchone()
    process = int(Path(folder, name).read_text("utf-8"))
    with ThreadPoolExecutor(2) as pool:
        os.kill(process, signal.SIGSTOP)
        try:
            upload, page = pool.submit(rosa.upload, photo_bytes(seed=4)), pool.submit(rosa.get, "/works/")
            time.sleep(2)
            assert not upload.done()
        finally:
            os.kill(process, signal.SIGCONT)
        assert (upload.result().status_code, page.result().status_code) == (201, 200)
