"""Files are deleted after the rows that name them, and as often as it takes.

A transaction that deletes rows also notes their files in a row of its own for each (`PendingDeletion`). Once it is
committed, the files are deleted, and then the notes. If the process is killed in between, or the media folder may not
be written to just then, the notes stay: the files are tried again before uploads, by workers, and when a server
starts, until they are gone. The status page says how many there are.
"""

import logging
from collections.abc import Iterable, Sequence
from functools import partial

from django.db import Error, transaction
from django.db.models import F

from gallery.models import PendingDeletion
from gallery.storage import media

logger = logging.getLogger(__name__)

RETRY_BATCH_SIZE = 200
MAX_ERROR_LENGTH = 200


def delete_on_commit(names: Iterable[str]) -> None:
    """Delete stored files and folders once the rows that name them are gone for good: after the transaction."""
    pending = [PendingDeletion(name=name) for name in dict.fromkeys(names)]
    if pending:
        PendingDeletion.objects.bulk_create(pending)
        transaction.on_commit(partial(_delete_noted, pending))


def delete_or_note(names: Iterable[str]) -> None:
    """Delete stored files that no row names; note those that could not be deleted."""
    failures = media.delete_files(names)
    PendingDeletion.objects.bulk_create(
        [PendingDeletion(name=name, attempts=1, error=_describe(error)) for name, error in failures.items()]
    )


def retry_deletions() -> None:
    """Delete what could not be deleted before; give up for now where a whole batch fails.

    Those that were tried least often come first, so that some which always fail keep none of the others.
    """
    while batch := list(PendingDeletion.objects.order_by("attempts", "created")[:RETRY_BATCH_SIZE]):
        if _delete(batch) == len(batch):
            break


def count_failed_deletions() -> int:
    """Return how many files and folders were tried in vain, and are still to be deleted."""
    return PendingDeletion.objects.filter(attempts__gt=0).count()


def _delete_noted(pending: Sequence[PendingDeletion]) -> None:
    try:
        _delete(pending)
    except Error:  # the rows are gone, as was asked for; the notes are still there
        logger.warning("the database does not answer: files are deleted later", exc_info=True)


def _delete(pending: Sequence[PendingDeletion]) -> int:
    """Delete files and the notes of them; return how many could not be deleted."""
    failures = media.delete_files(deletion.name for deletion in pending)
    failed = [deletion.pk for deletion in pending if deletion.name in failures]
    # By their keys: MariaDB locks a range that is deleted, gaps included.
    PendingDeletion.objects.filter(pk__in=[row.pk for row in pending if row.name not in failures]).delete()
    if failed:
        error = _describe(next(iter(failures.values())))
        PendingDeletion.objects.filter(pk__in=failed).update(attempts=F("attempts") + 1, error=error)
    return len(failed)


def _describe(error: OSError) -> str:
    return (error.strerror or str(error))[:MAX_ERROR_LENGTH]
