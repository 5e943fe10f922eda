"""Brings weights files here, and keeps only those that are what the manifest says."""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import requests
from requests import Response, Session
from urllib3.exceptions import HTTPError

from imaging.files import lock_file
from imaging.weights_files import DownloadableFile, find_digest_mismatch
from inference.errors import BadWeights, DownloadFailed, DownloadInProgress
from inference.pins import write_pin

MAX_ATTEMPTS = 4
RETRY_PAUSE_SECONDS = 0.5  # before the second attempt, and so much longer before each one after it
TIMEOUT_SECONDS = (10, 30)  # to connect, and without a byte
MAX_BYTES = 640 * 2**20  # VGG19 has 548
CHUNK_BYTES = 64 * 2**10

# The body is read below requests, whose own reader drops what came just before a connection broke; hence urllib3's.
TRANSIENT_ERRORS = (requests.ConnectionError, requests.Timeout, HTTPError)
INVALID_URL_ERROR = ValueError  # of which all kinds are that urllib, urllib3 and requests raise for URLs


Progress = Callable[[int, int | None], None]  # (bytes received, bytes of the whole file where that is known)
# (the file, where it lies, its SHA-256): whether it is to be let in. Asked of files whose digest nobody published.
Confirm = Callable[[DownloadableFile, Path, str], bool]


def download_url(file: DownloadableFile, base_url: str | None = None) -> str | None:
    """Return where the file can be downloaded: from the mirror at `base_url`, or else from its own source.

    None where there is neither: it comes with the project, or by hand.
    """
    if base_url:
        return f"{base_url.rstrip('/')}/{quote(file.path.name)}"
    return file.source if file.source.lower().startswith(("http://", "https://")) else None


def is_verified(file: DownloadableFile) -> bool:
    """Return whether the file is in the weights folder, and the right one. Raise OSError where it cannot be read."""
    return file.is_available and has_digest(file) and not find_digest_mismatch(file, file.path)


def has_digest(file: DownloadableFile) -> bool:
    """Return whether it is known what the file should be: published, or pinned when it came first."""
    return bool(file.sha256 or file.git_blob)


def download_file(
    file: DownloadableFile,
    *,
    base_url: str | None = None,
    session: Session | None = None,
    progress: Progress | None = None,
    confirm: Confirm | None = None,
) -> Path:
    """Return the path of a file, downloaded if it is not there or not right; an old one stays till the new is verified.

    Raise DownloadFailed where there is no URL, the server refuses, the file is too large, or the transfer
    stops again and again (what arrived is kept, and the next call resumes); BadWeights where the file that came
    is not the one that the manifest names, or that `confirm` does not let in (nothing of it is kept);
    DownloadInProgress where another process is at it; OSError where the folder cannot be written. What `confirm` lets
    in is pinned; without it, no file comes that has no digest.
    """
    if session is None:
        with requests.Session() as new_session:
            return download_file(file, base_url=base_url, session=new_session, progress=progress, confirm=confirm)
    if not is_verified(file):
        if not has_digest(file) and confirm is None:
            raise DownloadFailed(f"{file.id}: no digest of it was published; somebody has to let it in")
        if confirm and file.is_available and not has_digest(file):  # put there by hand
            _let_in(file, file.path, confirm)
            return file.path
        url = download_url(file, base_url)
        if url is None:
            raise DownloadFailed(f"{file.id} has no download address; it comes from {file.source}")
        transfer = _Transfer(file, url, session, progress or (lambda received, total: None))
        transfer.run_alone(confirm)
    return file.path


def _parse_range(response: Response) -> tuple[int, int | None]:
    """Return where in the file the body begins (-1: it does not say), and the bytes of the whole file if known."""
    if response.status_code == 206:
        match = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if not match:
            return -1, None
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _let_in(file: DownloadableFile, path: Path, confirm: Confirm) -> None:
    """Pin the file that lies at `path`. Raise BadWeights where it is not let in, and what `confirm` raises."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if not confirm(file, path, digest):
        raise BadWeights(f"{file.path.name} was not let in; nothing of it was kept")
    write_pin(file.path, digest)


@dataclass
class _Transfer:
    """One file on its way."""

    file: DownloadableFile
    url: str
    session: Session
    progress: Progress
    total: int | None = None

    @property
    def part(self) -> Path:
        return self.file.path.with_name(f"{self.file.path.name}.part")

    @property
    def received(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def run_alone(self, confirm: Confirm | None) -> None:
        """Complete `part` and give it its name, while no other process writes to it. Raise as `download_file`."""
        try:
            with lock_file(self.part):
                try:
                    self.run()
                    self.finish(confirm)
                finally:
                    if not self.received:  # made by the lock alone
                        self.part.unlink(missing_ok=True)
        except BlockingIOError as error:
            raise DownloadInProgress(f"{self.file.id} is being downloaded by another process") from error

    def run(self) -> None:
        """Complete `part`. Raise DownloadFailed."""
        problem = ""
        for attempt in range(MAX_ATTEMPTS):
            time.sleep(RETRY_PAUSE_SECONDS * attempt)
            try:
                if self._attempt():
                    return
            except INVALID_URL_ERROR as error:
                raise DownloadFailed(f"{self.url}: only http and https can be followed ({error})") from error
            except TRANSIENT_ERRORS as error:
                problem = f" ({error.args[0] if error.args else error})"
            except requests.RequestException as error:
                raise DownloadFailed(f"{self.url}: {error}") from error
        size = f"{self.received} of {self.total}" if self.total else f"{self.received}"
        raise DownloadFailed(f"{self.url}: stopped at {size} bytes{problem}; running again resumes from there")

    def finish(self, confirm: Confirm | None) -> None:
        """Give the file its name; or delete it and raise BadWeights."""
        if confirm and not has_digest(self.file):
            try:
                _let_in(self.file, self.part, confirm)
            except BadWeights:
                self.part.unlink()
                raise
        problem = find_digest_mismatch(self.file, self.part)
        if problem:
            self.part.unlink()
            raise BadWeights(f"{self.file.path.name} from {self.url}: {problem}; nothing of it was kept")
        self.part.replace(self.file.path)

    def _attempt(self) -> bool:
        """Return whether `part` is whole after one more request."""
        with self._request(self.received) as response:
            if response.status_code == 416 and self.received:
                return self._is_part_complete()
            if response.status_code not in (200, 206):
                raise DownloadFailed(f"{response.url}: the server answered {response.status_code} {response.reason}")
            offset, self.total = _parse_range(response)
            if offset not in (0, self.received):
                self.part.unlink(missing_ok=True)  # the next attempt then asks for the whole file
                return False
            self._check_size(self.total or 0)
            self._write(response, offset)
        self._check_size(self.received)
        return self.total is None or self.received >= self.total

    def _request(self, start: int) -> Response:
        # Compressed, the lengths and ranges would be those of other bytes than the file's.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        return self.session.get(self.url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS)

    def _is_part_complete(self) -> bool:
        if not find_digest_mismatch(self.file, self.part):
            return True
        self.part.unlink()
        return False

    def _write(self, response: Response, offset: int) -> None:
        with self.part.open("ab" if offset else "wb") as file:
            self.progress(offset, self.total)
            for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
                file.write(chunk)
                self.progress(file.tell(), self.total)
                if file.tell() > MAX_BYTES:
                    break

    def _check_size(self, size: int) -> None:
        if size > MAX_BYTES:
            self.part.unlink(missing_ok=True)
            raise DownloadFailed(f"{self.url}: larger than the {MAX_BYTES / 2**20:.0f} MB that are allowed")
