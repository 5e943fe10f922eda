"""Brings weights files here, and keeps only those that are what the manifest says."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests
from requests import Response, Session
from urllib3.exceptions import HTTPError

from imaging.weights_files import Downloadable, wrong_id
from inference.errors import BadWeights, DownloadFailed

ATTEMPTS = 4
PAUSE = 0.5  # seconds before the second attempt, and so much longer before each one after it
TIMEOUT = (10, 30)  # seconds to connect, and without a byte
MAX_BYTES = 640 * 2**20  # VGG19 has 548
CHUNK = 64 * 2**10

# The body is read below requests, whose own reader drops what came just before a connection broke; hence urllib3's.
PASSING = (requests.ConnectionError, requests.Timeout, HTTPError)
NOT_WEB = ValueError  # of which all kinds are that urllib, urllib3 and requests raise for addresses


Progress = Callable[[int, int | None], None]  # bytes here so far, and of the whole file where that is known


def address_of(style: Downloadable, base_url: str | None = None) -> str | None:
    """Where the file can be downloaded: from the mirror at `base_url`, or else from the style's own source."""
    if base_url:
        return f"{base_url.rstrip('/')}/{quote(style.path.name)}"
    return style.source if style.source.lower().startswith(("http://", "https://")) else None


def already_there(style: Downloadable) -> bool:
    """Whether the file is in the weights folder, and is the right one. Raises OSError where it cannot be read."""
    return style.downloaded and not wrong_id(style, style.path)


def fetch(
    style: Downloadable,
    *,
    base_url: str | None = None,
    session: Session | None = None,
    progress: Progress | None = None,
) -> Path:
    """The style's file, downloaded if it is not there or not right; an old one stays until the new one is verified.

    Raises DownloadFailed where there is no address, the server refuses, the file is too large, or the transfer
    stops again and again (what arrived is kept, and the next call resumes); BadWeights where the file that came
    is not the one that the manifest names (nothing of it is kept); OSError where the folder cannot be written.
    """
    if session is None:
        with requests.Session() as own:
            return fetch(style, base_url=base_url, session=own, progress=progress)
    if not already_there(style):
        address = address_of(style, base_url)
        if address is None:
            raise DownloadFailed(f"{style.id} has no download address; it comes from {style.source}")
        transfer = _Transfer(style, address, session, progress or (lambda had, total: None))
        transfer.run()
        transfer.finish()
    return style.path


def _extent(response: Response) -> tuple[int, int | None]:
    """Where in the file the body begins (-1: it does not say), and how long the whole file is where that is known."""
    if response.status_code == 206:
        match = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if not match:
            return -1, None
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


@dataclass
class _Transfer:
    """One file on its way."""

    style: Downloadable
    address: str
    session: Session
    progress: Progress
    total: int | None = None

    @property
    def part(self) -> Path:
        return self.style.path.with_name(f"{self.style.path.name}.part")

    @property
    def had(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def run(self) -> None:
        """Completes `part`, or raises DownloadFailed."""
        problem = ""
        for attempt in range(ATTEMPTS):
            time.sleep(PAUSE * attempt)
            try:
                if self._is_whole_after_an_attempt():
                    return
            except NOT_WEB as error:
                raise DownloadFailed(f"{self.address}: only http and https can be followed ({error})") from error
            except PASSING as error:
                problem = f" ({error.args[0] if error.args else error})"
            except requests.RequestException as error:
                raise DownloadFailed(f"{self.address}: {error}") from error
        size = f"{self.had} of {self.total}" if self.total else f"{self.had}"
        raise DownloadFailed(f"{self.address}: stopped at {size} bytes{problem}; running again resumes from there")

    def finish(self) -> None:
        """Gives the file its name; or deletes it and raises BadWeights."""
        problem = wrong_id(self.style, self.part)
        if problem:
            self.part.unlink()
            raise BadWeights(f"{self.style.path.name} from {self.address}: {problem}; nothing of it was kept")
        self.part.replace(self.style.path)

    def _is_whole_after_an_attempt(self) -> bool:
        with self._ask(self.had) as response:
            if response.status_code == 416 and self.had:
                return self._was_whole_already()
            if response.status_code not in (200, 206):
                raise DownloadFailed(f"{response.url}: the server answered {response.status_code} {response.reason}")
            begins, self.total = _extent(response)
            if begins not in (0, self.had):
                self.part.unlink(missing_ok=True)  # the next attempt then asks for the whole file
                return False
            self._refuse_if_too_large(self.total or 0)
            self._write(response, begins)
        self._refuse_if_too_large(self.had)
        return self.total is None or self.had >= self.total

    def _ask(self, start: int) -> Response:
        # Compressed, the lengths and ranges would be those of other bytes than the file's.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        return self.session.get(self.address, headers=headers, stream=True, timeout=TIMEOUT)

    def _was_whole_already(self) -> bool:
        if not wrong_id(self.style, self.part):
            return True
        self.part.unlink()
        return False

    def _write(self, response: Response, begins: int) -> None:
        with self.part.open("ab" if begins else "wb") as file:
            self.progress(begins, self.total)
            for chunk in response.raw.stream(CHUNK, decode_content=False):
                file.write(chunk)
                self.progress(file.tell(), self.total)
                if file.tell() > MAX_BYTES:
                    break

    def _refuse_if_too_large(self, size: int) -> None:
        if size > MAX_BYTES:
            self.part.unlink(missing_ok=True)
            raise DownloadFailed(f"{self.address}: larger than the {MAX_BYTES / 2**20:.0f} MB that are allowed")
