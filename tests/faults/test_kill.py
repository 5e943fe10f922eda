"""Processes of the site are killed while they convert."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import requests

from tests.faults.breaking import until
from tests.faults.conftest import PEOPLE, Start, logged_in
from tests.faults.own_site import OwnSite
from tests.faults.test_orphaned_files import age_journal
from tests.faults.visitor import Visitor
from tests.gallery.pictures import photo_bytes

pytestmark = pytest.mark.no_database  # each site has one of its own
KILLS = 4


class Uploads:
    """One person's, one after another. After a connection that broke, the same photo is sent again."""

    def __init__(self, visitor: Visitor, first: int) -> None:
        self.visitor = visitor
        self.done: list[str] = []
        self.broken = 0
        self.others: list[int] = []  # statuses that nobody should see
        self._seeds = count(first)

    def go_on(self, over: threading.Event) -> None:
        while not over.is_set():
            self._upload(photo_bytes(800, 600, seed=next(self._seeds)))

    def _upload(self, photo: bytes) -> None:
        while True:
            try:
                answer = self.visitor.upload(photo)
            except requests.RequestException:
                self.broken += 1
                continue
            if answer.status_code in (200, 201):  # 200: it was kept, but the answer did not come
                self.done.append(answer.json()["id"])
                return
            if answer.status_code != 503:
                self.others.append(answer.status_code)
                return


def kill_one(site: OwnSite, people: list[Uploads], which: int) -> None:
    """While somebody writes; and wait until another process is there in its place."""
    before, stored = sum(len(person.done) for person in people), len(site.stored)
    until(lambda: sum(len(person.done) for person in people) > before and len(site.stored) > stored)
    killed = site.workers[which]
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(set(site.workers) - {killed}) == 2)


def others_go_on(people: list[Uploads]) -> None:
    before = [len(person.done) for person in people]
    until(lambda: all(len(person.done) > then for person, then in zip(people, before, strict=True)))


@pytest.mark.slow
def test_others_go_on_and_nothing_is_half_kept_when_processes_are_killed(start: Start) -> None:
    site = start(has_real_style=True, WEB_PROCESSES="2")
    people = [Uploads(logged_in(site, name), 1000 * number) for number, name in enumerate(PEOPLE)]
    over = threading.Event()
    with ThreadPoolExecutor(len(people)) as pool:
        running = [pool.submit(person.go_on, over) for person in people]
        try:
            for kill in range(KILLS):
                kill_one(site, people, kill % 2)
            others_go_on(people)
        finally:
            over.set()
        for upload in running:
            upload.result()
    assert sum(person.broken for person in people) > 0, "too quick to be killed in the middle"
    assert [person.others for person in people] == [[], [], []]
    accepted = sorted(work for person in people for work in person.done)
    age_journal(site.media)
    accepted.append(people[0].visitor.upload(photo_bytes(seed=9999)).json()["id"])  # deletes the orphans
    works = [work for (work,) in site.rows("SELECT id FROM gallery_work")]
    assert sorted(works) == sorted(work.replace("-", "") for work in accepted)
    named = "SELECT file FROM gallery_{0} UNION SELECT {1} FROM gallery_{0}"
    rows = [*site.rows(named.format("work", "thumbnail")), *site.rows(named.format("photo", "preview"))]
    assert site.stored == sorted(name for (name,) in rows)
    assert site.manage("check_media", "--minutes", "0").returncode == 0
