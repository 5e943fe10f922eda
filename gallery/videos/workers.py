"""Which workers are there, by what they say themselves."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from gallery.models import Worker

HEARTBEAT_SECONDS = 3.0  # seconds
STALE_AFTER = timedelta(seconds=15)  # after that one is taken for gone: killed, or its machine is


def send_heartbeat(name: str) -> None:
    Worker.objects.update_or_create(name=name, defaults={"last_seen": timezone.now()})


def remove_worker(name: str) -> None:
    Worker.objects.filter(name=name).delete()


def alive_workers() -> QuerySet[Worker]:
    return Worker.objects.filter(last_seen__gt=timezone.now() - STALE_AFTER)


def prune_stale_workers() -> None:
    Worker.objects.filter(last_seen__lte=timezone.now() - STALE_AFTER).delete()
