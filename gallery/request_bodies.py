"""What the body of a request may hold: files only where a view expects them, everywhere else a small form."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest

AnyView = TypeVar("AnyView", bound=Callable[..., Any])


@dataclass(frozen=True)
class UploadAllowance:
    """The files that the form of a view may bring: so many in `field`, each no larger than a setting says."""

    field: str
    max_bytes_setting: str
    max_files: int

    @property
    def max_file_bytes(self) -> int:
        return int(getattr(settings, self.max_bytes_setting))


def accept_files(field: str, *, max_bytes_setting: str, max_files: int) -> Callable[[AnyView], AnyView]:
    """Decorate a view whose form has files. All other views accept none."""

    def decorate(view: AnyView) -> AnyView:
        view.upload_allowance = UploadAllowance(field, max_bytes_setting, max_files)  # type: ignore[attr-defined]
        return view

    return decorate


def get_upload_allowance(request: HttpRequest) -> UploadAllowance | None:
    """Return which files the view of a request accepts; None for none, as where no view was found."""
    view = request.resolver_match.func if request.resolver_match else None
    return getattr(view, "upload_allowance", None)


def get_max_body_bytes(request: HttpRequest) -> int:
    """Return how many bytes the body of a request may have.

    Of who is not logged in, nothing is stored; but one whose session ran out while they sent a file is asked to log
    in, which a browser shows only after the whole file was read.
    """
    allowance = get_upload_allowance(request)
    if allowance is None:
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    files = allowance.max_files if request.user.is_authenticated else 1
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE + files * allowance.max_file_bytes
