"""Downloads of weights that staff asked for. Workers do them; the row in the database is the truth, as for videos.

A worker claims a row by a conditional update, renews its lease while bytes arrive, and learns by the same update that
the download was canceled. A worker that is killed leaves its lease to run out: the next one resumes where it stopped.
"""

import errno
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connections
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gallery.models import ACTIVE_DOWNLOADS, DownloadState, StyleSetting
from gallery.styles.files import get_file, list_missing_ids
from gallery.videos.leases import RENEWAL_SECONDS, repeat_in_background
from inference.download import download_file, is_verified
from inference.errors import BadWeights, DownloadFailed, DownloadInProgress, UnknownStyle

logger = logging.getLogger(__name__)

POLL_SECONDS = 2.0  # between looks into the database
RETRY_DELAY = timedelta(seconds=5)  # where another process is at the same file
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT)


class DownloadStopped(Exception):
    """It was canceled, another worker has it, or this worker shall end."""


def request_download(file_id: str) -> list[str]:
    """Have a worker download a file, and that of its base style; return the ids. Raise UnknownStyle.

    What is on its way already stays as it is.
    """
    ids = list_missing_ids(get_file(file_id)) or [file_id]
    fresh: dict[str, Any] = {
        "download": DownloadState.WAITING,
        "error": "",
        "error_detail": "",
        "worker": "",
        "attempts": 0,
        "sha256": "",
        "lease_expires_at": timezone.now(),
    }
    for one in ids:
        StyleSetting.objects.get_or_create(style=one)
        StyleSetting.objects.filter(style=one).exclude(download__in=ACTIVE_DOWNLOADS).update(**fresh)
    return ids


def cancel_download(file_id: str) -> bool:
    """Cancel a download; return whether it was active. What arrived is kept: a later one resumes."""
    active = StyleSetting.objects.filter(style=file_id, download__in=ACTIVE_DOWNLOADS)
    return bool(active.update(download=DownloadState.CANCELED, worker=""))


class DownloadLease:
    """A worker's hold on a download, whose progress goes into the row with each renewal."""

    def __init__(self, file_id: str, worker: str, stop_requested: threading.Event) -> None:
        self._row = StyleSetting.objects.filter(style=file_id, worker=worker, download=DownloadState.RUNNING)
        self._stop_requested, self._is_lost = stop_requested, False
        self._progress: dict[str, int | None] = {}

    def renew(self) -> None:
        """Write down how far it is, and notice where the row is no longer this worker's."""
        if not self._is_lost:
            self._is_lost = not self._row.update(lease_expires_at=_lease_end(), **self._progress)

    def report(self, received: int, total: int | None) -> None:
        """Take note of the bytes that are here. Raise DownloadStopped."""
        self._progress = {"received_bytes": received, "total_bytes": total}
        if self._is_lost or self._stop_requested.is_set():
            raise DownloadStopped

    def finish(self, state: DownloadState, **fields: Any) -> None:
        """Write down how it ended, unless it is another's by now; with the progress that is known."""
        values = self._progress | {"worker": "", "lease_expires_at": timezone.now()} | fields
        self._row.update(download=state, **values)


def run_next_download(worker: str, stop_requested: threading.Event) -> bool:
    """Do the next download that no other worker does, to its end; return whether there was one."""
    row = _claim_next(worker)
    if row is None:
        return False
    lease = DownloadLease(row.style, worker, stop_requested)
    try:
        with repeat_in_background(lease.renew, RENEWAL_SECONDS, "lease of a download"):
            _download(row.style, lease)
    except DownloadStopped:
        lease.finish(DownloadState.WAITING)  # changes nothing where it was canceled
    except DownloadInProgress:
        lease.finish(DownloadState.WAITING, lease_expires_at=timezone.now() + RETRY_DELAY)
    except Error:
        raise  # without a database nothing can be written down: the lease runs out
    except Exception as error:  # of several libraries, about strangers' servers: none of them may end the worker
        code = _get_error_code(error)
        log = logger.exception if code == "unexpected" else logger.warning
        log("download of %s failed: %s", row.style, error)
        lease.finish(DownloadState.FAILED, error=code, error_detail=str(error)[:500])
    return True


def _download(file_id: str, lease: DownloadLease) -> None:
    file = get_file(file_id)
    if not is_verified(file):
        download_file(file, progress=lease.report)
    size = file.path.stat().st_size
    lease.finish(DownloadState.DONE, received_bytes=size, total_bytes=size)


def _lease_end() -> Any:
    return timezone.now() + timedelta(seconds=settings.VIDEO_LEASE_SECONDS)


def _free_downloads() -> QuerySet[StyleSetting]:
    return StyleSetting.objects.filter(download__in=ACTIVE_DOWNLOADS, lease_expires_at__lte=timezone.now())


def _claim_next(worker: str) -> StyleSetting | None:
    for row in _free_downloads().order_by("lease_expires_at", "style"):
        claim = {"download": DownloadState.RUNNING, "worker": worker, "lease_expires_at": _lease_end()}
        if _free_downloads().filter(style=row.style).update(**claim):
            return row
    return None


def _get_error_code(error: Exception) -> str:
    if isinstance(error, OSError):
        kinds = {"disk_full": DISK_FULL, "not_writable": NOT_WRITABLE}
        return next((code for code, numbers in kinds.items() if error.errno in numbers), "storage")
    codes = {BadWeights: "other_file", DownloadFailed: "transfer", UnknownStyle: "unknown_style"}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), "unexpected")


def get_download_error(row: StyleSetting) -> str:
    """Return what went wrong with a download, and what to do about it; empty where nothing did."""
    texts = {
        "transfer": _("The file could not be downloaded. What arrived is kept: try again to continue."),
        "other_file": _("The server sent another file than the one that was published. Nothing of it was kept."),
        "disk_full": _("The disk is full. Free some space, then try again: what arrived is kept."),
        "not_writable": _("The worker may not write into the weights folder. Change its permissions, then try again."),
        "storage": _("The file could not be written. Check the disk, then try again."),
        "unknown_style": _("The weights manifest no longer lists it."),
    }
    return texts.get(row.error, _("Something unexpected went wrong. The log has the cause.")) if row.error else ""


@contextmanager
def download_meanwhile(worker: str) -> Iterator[None]:
    """Do the downloads that are asked for in a thread beside what this process does: videos take hours."""
    stop = threading.Event()
    thread = threading.Thread(target=_download_until, args=(worker, stop), name="downloads", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(POLL_SECONDS)  # a chunk comes, or does not: then the lease runs out


def _download_until(worker: str, stop: threading.Event) -> None:
    while not stop.wait(POLL_SECONDS):
        try:
            while not stop.is_set() and run_next_download(worker, stop):
                pass
        except Exception:  # a database that does not answer, above all
            logger.warning("downloads have to wait", exc_info=True)
            time.sleep(POLL_SECONDS)
        finally:
            connections.close_all()
