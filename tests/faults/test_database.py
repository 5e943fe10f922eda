"""The database is away for a while. The site says so at once, and goes on when it is back."""

import sqlite3
import threading
import time
from contextlib import closing

import pytest
import requests

from tests.faults.conftest import OUR_FAULT
from tests.faults.own_site import OwnSite
from tests.faults.visitor import Visitor
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own


def test_uploads_wait_while_somebody_else_holds_the_whole_database(site: OwnSite, mia: Visitor) -> None:
    answers: list[requests.Response] = []
    upload = threading.Thread(target=lambda: answers.append(mia.upload(photo_bytes(seed=101))))
    with closing(sqlite3.connect(site.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        upload.start()
        time.sleep(2)
        assert not answers
        other.execute("COMMIT")
    upload.join()
    assert answers[0].status_code == 201


def test_without_a_database_every_answer_is_try_again_and_then_all_is_well(site: OwnSite, mia: Visitor) -> None:
    away = site.database.parent.with_name("away")
    site.database.parent.rename(away)
    try:
        upload = mia.upload(photo_bytes(seed=102))
        page, health = mia.get("/works/"), requests.get(f"{site.url}/healthz", timeout=30)
    finally:
        away.rename(site.database.parent)
    assert (upload.status_code, upload.json()) == (503, {"error": OUR_FAULT})
    assert (page.status_code, health.status_code) == (503, 503)
    assert int(upload.headers["Retry-After"]) > 0
    assert mia.get("/works/").status_code == 200
    assert mia.upload(photo_bytes(seed=102)).status_code == 201
