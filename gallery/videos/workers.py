"""Which workers are there, by what they say themselves."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from gallery.models import Worker

SAY_EVERY = 3.0  # seconds
SILENT = timedelta(seconds=15)  # after that one is taken for gone: killed, or its machine is


def say_there(name: str) -> None:
    Worker.objects.update_or_create(name=name, defaults={"seen": timezone.now()})


def say_gone(name: str) -> None:
    Worker.objects.filter(name=name).delete()


def there() -> QuerySet[Worker]:
    return Worker.objects.filter(seen__gt=timezone.now() - SILENT)


def forget_silent() -> None:
    Worker.objects.filter(seen__lte=timezone.now() - SILENT).delete()
