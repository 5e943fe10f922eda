"""Who writes takes turns: first the person's row is locked, then, where one is changed, the exhibit's.

Always in this order, so that no two transactions wait for each other.
"""

from uuid import UUID

from accounts.models import User

from ..models import Exhibit


class Gone(Exception):
    """What was to be changed, or its owner, was deleted meanwhile."""


def lock_person(user_id: int) -> None:
    """Raises Gone."""
    if not User.objects.select_for_update().filter(pk=user_id).exists():
        raise Gone


def lock_exhibit(work_id: UUID) -> Exhibit:
    """The exhibit of a work as it is now. Raises Gone."""
    exhibit = Exhibit.objects.select_for_update().filter(work_id=work_id).first()
    if exhibit is None:
        raise Gone
    return exhibit
