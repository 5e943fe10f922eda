"""Who writes takes turns. Every transaction locks in this order, so that no two wait for each other:

1. people, by their keys: those who act, and the owners whose works are deleted (`lock_user`, `lock_users`);
2. exhibits, by their keys: all that it will change or delete, and those whose likes and reports go
   (`lock_exhibit` for one, `lock_exhibits` for many);
3. what hangs on these: works, photos, video conversions, videos, likes, reports, decisions.

A new row also locks, as its database's foreign keys do, the rows that it names: a decision the person who took it,
a like the exhibit. So these have to be locked before, in their turn.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from uuid import UUID

from accounts.models import User
from gallery.models import Exhibit
from gallery.models.exhibits import subject_filter

MAX_KEYS_PER_QUERY = 500  # keys in a query: databases take only so many values


class ObjectDeleted(Exception):
    """What was to be changed, or its owner, was deleted meanwhile."""


def lock_user(user_id: int) -> None:
    """Raises ObjectDeleted."""
    if not User.objects.select_for_update().filter(pk=user_id).exists():
        raise ObjectDeleted


def lock_users(*user_ids: int) -> None:
    """Several people, the same one twice perhaps. Raises ObjectDeleted where one is."""
    for user_id in sorted(set(user_ids)):
        lock_user(user_id)


def lock_exhibit(work_key: UUID) -> Exhibit:
    """The exhibit of a work or a video's conversion as it is now. Raises ObjectDeleted."""
    keys = Exhibit.objects.filter(subject_filter(work_key)).values_list("pk", flat=True)
    exhibit = next(chain.from_iterable(lock_exhibits(keys)), None)
    if exhibit is None:
        raise ObjectDeleted
    return exhibit


def lock_exhibits(keys: Iterable[int]) -> Iterator[list[Exhibit]]:
    """Exhibits as they are now, in the order of their keys, some at a time; those that are gone are passed over.

    By nothing but their keys: a database locks the rows in the order in which it finds them, and where it follows
    another index, that index's entries before the rows, which whoever deletes the rows locks after them.
    """
    ordered = sorted(set(keys))
    for start in range(0, len(ordered), MAX_KEYS_PER_QUERY):
        some = ordered[start : start + MAX_KEYS_PER_QUERY]
        yield list(Exhibit.objects.select_for_update().filter(pk__in=some).order_by("pk"))
