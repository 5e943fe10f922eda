"""How gunicorn serves the site: `gunicorn -c animegan_site/gunicorn.py animegan_site.wsgi`."""

import ctypes
import os
from contextlib import suppress
from typing import Any

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "animegan_site.settings")

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
# One process with many threads: conversions run outside of Python's lock, and share the loaded styles.
workers = settings.WEB_PROCESSES
worker_class = "gthread"
threads = settings.WEB_THREADS
timeout = 300  # a process that says nothing for so long hangs
graceful_timeout = 60  # what is being converted when the server is told to stop is finished
keepalive = 65  # longer than proxies keep theirs: they would send a request just when we hang up
loglevel = "warning"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108 - on a busy disk the heartbeat would stall

M_ARENA_MAX, ARENAS = -8, 2
with suppress(OSError, AttributeError):  # not everybody's C library is glibc
    # It gives many threads heaps of their own, and each of those keeps the room of the largest picture it ever held.
    ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, ARENAS)


def post_worker_init(worker: Any) -> None:
    """Each process gets the engine ready while it answers pages already, and cleans up after one that was killed."""
    from django.db import Error

    from gallery.storage.cleaning import clean_up_storage
    from inference.runtime import start_warm_up

    with suppress(Error):  # the first upload tries again
        clean_up_storage()
    start_warm_up()
