from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class GalleryConfig(AppConfig):
    name = "gallery"
    verbose_name = _("Gallery")

    def ready(self) -> None:
        from accounts.signals import account_deleted, account_deletion
        from gallery.moderation import notices  # noqa: F401 - registers the mails about decisions

        account_deletion.connect(_delete_user_data, dispatch_uid="gallery")
        account_deleted.connect(_warn_of_failed_deletions, dispatch_uid="gallery")
        post_save.connect(_update_search_texts, sender=settings.AUTH_USER_MODEL, dispatch_uid="gallery")


def _delete_user_data(*, user: Any, **_kwargs: Any) -> None:
    """In the transaction that deletes the account."""
    from gallery.photos.services import delete_user_data

    delete_user_data(owner=user)


def _warn_of_failed_deletions(*, request: HttpRequest, **_kwargs: Any) -> None:
    from gallery.responses import warn_of_failed_deletions

    warn_of_failed_deletions(request)


def _update_search_texts(*, instance: Any, created: bool, raw: bool, update_fields: Any, **_kwargs: Any) -> None:
    """People are saved at every log-in, but hardly ever under another name."""
    if created or raw or (update_fields is not None and "username" not in update_fields):
        return
    from gallery.showcase.publishing import update_search_texts

    update_search_texts(owner=instance)
