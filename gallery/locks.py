"""The order in which transactions lock rows.

Why there is an order
---------------------
A database that locks rows, as MariaDB does, lets a transaction wait for a row that another one holds. Two that wait for
each other's rows would wait for ever: the database finds such a deadlock and kills one of them, whose user reads an
error for something that was right. That cannot happen where everybody locks in one order: of any two transactions
that want the same rows, the one that has the first of them gets the others, too.

(SQLite knows one writer at a time. Its transactions begin with the write lock, by `transaction_mode: IMMEDIATE` in the
settings, so there the order costs nothing and changes nothing.)

The order
---------
1. People, by their keys: those who act, and the owners of what is changed or deleted.
   `lock_user` for one, `lock_users` for several.
2. Exhibits, by their keys: all that the transaction will change or delete, and those whose likes and reports go.
   `lock_exhibit` for one, `lock_exhibits` for many.
3. What hangs on these: works, photos, videos and their conversions, likes, reports, decisions. None of these is
   locked on its own: whoever writes them holds the lock of their owner or of their exhibit.

Workers stand outside of this order, and need not wait in it: they claim and renew steps of video jobs by single
conditional UPDATEs (`videos.steps`), and what such a statement locks is free again at its end. Only storing a result
is a transaction, and begins with its owner's lock like any other.

A new row also locks, as its foreign keys make the database do, the rows that it names: a decision the person who took
it, a like its exhibit. So these have to be locked before, in their turn, although nothing of theirs is changed.

What else the lock of a person gives
------------------------------------
Whatever one person does at the same time in two tabs happens one after the other. That is what makes these safe:

- two uploads of the same file become one photo (`photos.services.convert_upload`);
- of two uploads that both fit into the quota, and do not together, the second is refused: the quota is read again
  under the lock;
- nobody publishes a work while its owner's account is being deleted: the one that comes second finds the person gone,
  and raises ObjectDeleted.

How to write a transaction
--------------------------
    with transaction.atomic():
        lock_user(work.owner_id)          # 1, raises ObjectDeleted
        exhibit = lock_exhibit(work.pk)   # 2, raises ObjectDeleted; what was read before may be out of date
        ...                               # 3

Read again, after the lock, what the decision to write depends on. Keep it short: no picture is converted, no byte is
awaited and no mail is sent in a transaction. Files are written before and deleted after it: see `storage.media`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from uuid import UUID

from accounts.models import User
from gallery.models import Exhibit
from gallery.models.exhibits import subject_filter

MAX_KEYS_PER_QUERY = 500  # databases take only so many values in a query


class ObjectDeleted(Exception):
    """What was to be changed, or its owner, was deleted in the meantime."""


def lock_user(user_id: int) -> None:
    """Lock a person's row until the transaction ends. Raise ObjectDeleted if it is gone."""
    if not User.objects.select_for_update().filter(pk=user_id).exists():
        raise ObjectDeleted


def lock_users(*user_ids: int) -> None:
    """Lock several people in the order of their keys; one may be given twice. Raise ObjectDeleted if one is gone."""
    for user_id in sorted(set(user_ids)):
        lock_user(user_id)


def lock_exhibit(work_key: UUID) -> Exhibit:
    """Lock the exhibit of a work or a video's conversion, and return it as it is now. Raise ObjectDeleted."""
    keys = Exhibit.objects.filter(subject_filter(work_key)).values_list("pk", flat=True)
    exhibit = next(chain.from_iterable(lock_exhibits(keys)), None)
    if exhibit is None:
        raise ObjectDeleted
    return exhibit


def lock_exhibits(keys: Iterable[int]) -> Iterator[list[Exhibit]]:
    """Lock exhibits in the order of their keys; yield them as they are now, in batches, without those that are gone.

    They are looked up by nothing but their keys. A database locks rows in the order in which it finds them; and where
    it finds them by another index, it locks that index's entries before the rows, while whoever deletes the rows locks
    these after them.
    """
    ordered = sorted(set(keys))
    for start in range(0, len(ordered), MAX_KEYS_PER_QUERY):
        batch = ordered[start : start + MAX_KEYS_PER_QUERY]
        yield list(Exhibit.objects.select_for_update().filter(pk__in=batch).order_by("pk"))
