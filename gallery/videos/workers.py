"""Which workers are alive, by the heartbeats that they send; and how they are woken when there is work."""

import logging
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.clock import CLOCK_TOLERANCE
from gallery.models import Worker

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 3.0
STALE_AFTER = timedelta(seconds=15)  # a worker that is silent for so long was killed, or its machine is off
TASK = "gallery.tasks.convert_videos"


def send_heartbeat(name: str) -> None:
    Worker.objects.update_or_create(name=name, defaults={"last_seen": timezone.now()})


def remove_worker(name: str) -> None:
    Worker.objects.filter(name=name).delete()


def alive_workers() -> QuerySet[Worker]:
    return Worker.objects.filter(_is_alive())


def prune_stale_workers() -> None:
    Worker.objects.exclude(_is_alive()).delete()


def _is_alive() -> Q:
    """One that was last seen in the future was so by a clock that was ahead: if it lives, it soon says so again."""
    now = timezone.now()
    return Q(last_seen__gt=now - STALE_AFTER, last_seen__lte=now + CLOCK_TOLERANCE)


def wake_workers() -> None:
    """Enqueue the task that makes a sleeping worker look for steps at once.

    Workers poll the database as well, only less often: a queue that cannot be reached is logged, and no error. The task
    is found by its name, as it imports the worker, which wakes others in its turn; and because loading it opens the
    queue, which may fail already.
    """
    try:
        import_string(TASK).enqueue()
    except Exception:
        logger.exception("no worker could be woken")
