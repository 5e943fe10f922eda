"""A converted work of the owner, and a look into the media folders."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from gallery.models import Exhibit, Work
from gallery.photos.conversion import ConversionOptions
from gallery.photos.services import convert_upload
from gallery.showcase.publishing import publish
from tests.gallery.pictures import photo_bytes


@pytest.fixture
def make_work(owner: User) -> Callable[..., Work]:
    def make(*, seed: int = 1, detail: str = "balanced", name: str = "holiday.jpg", by: User = owner) -> Work:
        stream = BytesIO(photo_bytes(seed=seed))
        return convert_upload(owner=by, name=name, stream=stream, options=ConversionOptions("comic", detail))[0]

    return make


@pytest.fixture
def work(make_work: Callable[..., Work]) -> Work:
    return make_work()


@pytest.fixture
def make_exhibit(make_work: Callable[..., Work]) -> Callable[..., Exhibit]:
    """A converted and published work, in another state if asked for."""

    def make(
        *, kind: str = "scenery", title: str = "By the sea", shows_photo: bool = False, state: str = "", **work: Any
    ) -> Exhibit:
        exhibit = publish(work=make_work(**work), kind=kind, title=title, shows_photo=shows_photo, is_reviewed=True)
        if state:
            exhibit.state = state
            exhibit.save()
        return exhibit

    return make


@pytest.fixture
def exhibit(make_exhibit: Callable[..., Exhibit]) -> Exhibit:
    return make_exhibit()


@pytest.fixture
def media(settings: LazySettings) -> Callable[[], list[str]]:
    """The names of all files that are stored."""

    def stored() -> list[str]:
        root = Path(settings.MEDIA_ROOT)
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())

    return stored
