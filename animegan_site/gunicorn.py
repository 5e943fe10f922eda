"""How gunicorn serves the site: `gunicorn -c animegan_site/gunicorn.py animegan_site.wsgi`."""

import ctypes
import os
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from gunicorn.arbiter import Arbiter

from animegan_site.file_modes import restrict_existing_files, restrict_umask

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")
restrict_umask()

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# One process with many threads: conversions run outside of Python's lock, and share the loaded styles.
workers = settings.WEB_PROCESSES
# Read by the settings, and not for gunicorn, which would refuse all paths that do not begin with it: those of health
# checks, and what proxies send that take it off.
os.environ.pop("SCRIPT_NAME", None)
worker_class = "animegan_site.gunicorn_worker.BufferingThreadWorker"  # no client keeps a thread by being slow
threads = settings.WEB_THREADS
timeout = 300  # a process that says nothing for so long hangs
graceful_timeout = 60  # what is being converted when the server is told to stop is finished
keepalive = 65  # longer than proxies keep theirs: they would send a request just when we hang up
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - on a busy disk the heartbeat would stall

# Every connection is an open file, and so is every upload and picture; many systems allow 1024 unless asked.
MAX_OPEN_FILES = 4096
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_most = MAX_OPEN_FILES if _hard == resource.RLIM_INFINITY else min(MAX_OPEN_FILES, _hard)
if resource.RLIM_INFINITY != _soft < _most:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _hard))

M_ARENA_MAX, ARENAS = -8, 2
with suppress(OSError, AttributeError):  # not everybody's C library is glibc
    # It gives many threads heaps of their own, and each of those keeps the room of the largest picture it ever held.
    ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, ARENAS)


def on_starting(server: Any) -> None:
    """Before there are processes that answer: see to the modes of files that earlier versions wrote."""
    database = settings.DATABASES["default"]
    is_file = database["ENGINE"].endswith("sqlite3")
    path = Path(database["NAME"]) if is_file else None
    restrict_existing_files(var=Path(settings.VAR_DIR), media=Path(settings.MEDIA_ROOT), database=path)


def post_worker_init(worker: Any) -> None:
    """Each process gets the engine ready while it answers pages already, and cleans up after one that was killed."""
    from django.db import Error

    from accounts.mail.sender import sender
    from animegan_site.checks import find_database_errors
    from gallery.storage.cleaning import clean_up_storage
    from gallery.styles import load_style_catalog
    from imaging.errors import ImagingError
    from inference.runtime import start_warm_up

    if errors := find_database_errors():
        for error in errors:
            worker.log.critical("%s", error)
        sys.exit(Arbiter.WORKER_BOOT_ERROR)  # gunicorn stops, and does not try again for ever
    with suppress(Error):  # the first upload tries again
        clean_up_storage()
    sender.wake()  # mails that were left when the server stopped
    default_style = ""
    with suppress(Error, ImagingError):  # the first request tells
        default_style = load_style_catalog().default_id
    start_warm_up(default_style)
