from typing import Any

from django.apps import AppConfig


class GalleryConfig(AppConfig):
    name = "gallery"

    def ready(self) -> None:
        from accounts.signals import account_deletion

        account_deletion.connect(_delete_pictures, dispatch_uid="gallery")


def _delete_pictures(*, user: Any, **_kwargs: Any) -> None:
    from .services.works import delete_everything_of

    delete_everything_of(owner=user)
