"""How django-axes counts failed log-ins here."""

from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.clock import correct_future_times


class LoginLockHandler(AxesDatabaseHandler):
    """In the database. A failure that a clock which was ahead has dated into the future counts as one of now."""

    def get_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> list[QuerySet[Any]]:
        for attempts in self.filter_user_attempts(request, credentials):
            correct_future_times(attempts, "attempt_time", timezone.now())
        return super().get_user_attempts(request, credentials)
