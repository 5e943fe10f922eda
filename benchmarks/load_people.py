"""The people of the load: each in a thread, with a browser's cookies, and never two uploads at a time."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from multiprocessing.connection import Connection
from uuid import uuid4

import requests

from benchmarks.load_clock import Clock
from benchmarks.load_photos import make_unique
from tests.faults.visitor import Visitor

IDLE_SECONDS = 4.5  # seconds after which a server may be about to close a connection that nobody uses
RUN = uuid4().hex  # so that a site that runs on gets other files than the last time
PROBE_PAUSE_SECONDS = 0.1  # seconds between two pages of the prober
PAGES = ("/studio/", "/works/", "/gallery/")


@dataclass
class LoadLog:
    """What people met with, all of them together; they add to it one at a time."""

    conversions: list[tuple[float, float]] = field(default_factory=list)  # (when the upload began, when all was here)
    accepted: list[str] = field(default_factory=list)  # ids of works
    refusals: int = 0
    unfinished: int = 0  # were still told to come back when the time was over
    reconnections: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def error(self, text: str) -> None:
        with self.lock:
            self.errors[text] += 1


class SimulatedUser(Visitor):
    """Uploads photo after photo, fetches each result, and looks at My works in between."""

    def __init__(self, url: str, name: str, password: str, files: list[bytes], first: int, seen: LoadLog) -> None:
        super().__init__(url, name, password)
        self.seen = seen
        self._photos = self._own_photos(files, first)

    def _own_photos(self, files: list[bytes], first: int) -> Iterator[bytes]:
        for number in count():
            yield make_unique(files[(first + number) % len(files)], f"{RUN} {self.name} {number}")

    def live(self, clock: Clock, until: float) -> None:
        """Until this moment of the clock; what is under way then is finished."""
        goes_on = True
        while goes_on and clock.now() < until:
            try:
                goes_on = self.convert(next(self._photos), clock, until)
            except requests.RequestException as error:
                self.seen.error(repr(error))

    def convert(self, photo: bytes, clock: Clock, until: float) -> bool:
        """Whether it came to an end before the time was over."""
        begun = clock.now()
        while (pause := self.try_to_convert(photo, clock, begun)) is not None:
            with self.seen.lock:
                self.seen.refusals += 1
            if clock.now() + pause > until:
                with self.seen.lock:
                    self.seen.unfinished += 1
                return False
            clock.sleep(pause)
        return True

    def try_to_convert(self, photo: bytes, clock: Clock, begun: float) -> float | None:
        """After how many seconds to try again; None where there is nothing to try any more."""
        with clock.busy():
            answer = self.send(photo)
            if answer.status_code == 503 and "Retry-After" in answer.headers:
                return float(answer.headers["Retry-After"])
            if answer.status_code != 201:
                self.seen.error(f"upload: {answer.status_code}")
                return None
            work = answer.json()
            with self.seen.lock:
                self.seen.accepted.append(work["id"])
            if self.look_at(work["result"]):
                with self.seen.lock:
                    self.seen.conversions.append((begun, clock.now()))
            self.look_at("/works/")
            self.look_at(f"/works/{work['id']}/thumbnail/")
        return None

    def look_at(self, path: str) -> bool:
        """Whether it is there, and not empty."""
        answer = self.get(path)
        if answer.status_code == 200 and answer.content:
            return True
        self.seen.error(f"{path.strip('/').split('/')[-1]}: {answer.status_code}")
        return False

    def send(self, photo: bytes) -> requests.Response:
        """As browsers do, again where the server closed an idle connection just when the photo went out on it."""
        idle = time.monotonic() - self.last_answer
        try:
            return self.upload(photo)
        except requests.ConnectionError:
            if idle < IDLE_SECONDS:
                raise
            with self.seen.lock:
                self.seen.reconnections += 1
            return self.upload(photo)


def run_prober(url: str, name: str, password: str, pipe: Connection) -> None:
    """Looks at pages that convert nothing, one after another, between "begin" and "end"; tells the seconds at last.

    In a process of its own: the people's threads wait for each other.
    """
    visitor = Visitor(url, name, password)
    visitor.log_in()
    times: dict[str, list[float]] = {page: [] for page in PAGES}
    failures = 0
    pipe.send("ready")
    while pipe.recv() == "begin":
        while not pipe.poll():
            for page in PAGES:
                begun = time.perf_counter()
                failures += visitor.get(page).status_code != 200
                times[page].append(time.perf_counter() - begun)
                time.sleep(PROBE_PAUSE_SECONDS)
        pipe.recv()
    pipe.send((times, failures))
