"""What a clock that was ahead has left behind.

A machine whose clock is wrong for a while, as after a dead battery or before it has asked a time server, writes times
that lie in the future once the clock is right again. Whatever is compared with them would wait until then.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

CLOCK_TOLERANCE = timedelta(minutes=1)  # by which the clocks of machines that share a database may differ
MAX_ROWS = 1000  # corrected by one request


def is_in_future(time: datetime, now: datetime) -> bool:
    """Return whether a time that was "now" when it was written cannot be right."""
    return time > now + CLOCK_TOLERANCE


def correct_future_times(rows: QuerySet[Any], field: str, now: datetime) -> None:
    """Let what was written "in the future" be written now: it then counts for as long as it would have."""
    keys = rows.filter(**{f"{field}__gt": now + CLOCK_TOLERANCE}).values_list("pk", flat=True)[:MAX_ROWS]
    # By their keys: MariaDB locks a range that is updated, gaps included, and those who write there then deadlock.
    if found := list(keys):
        rows.model._default_manager.filter(pk__in=found).update(**{field: now})
