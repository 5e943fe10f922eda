"""What all tests of the site share: quick settings, two people, and a browser for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import translation

from accounts.models import User
from inference import runtime
from tests.tiny_architecture import ROOT, write_weights_dir

pytest_plugins = ["tests.gallery.styles", "tests.needs"]

PASSWORD = "correct horse 9"


@pytest.fixture(autouse=True)
def quick_settings(settings: LazySettings, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Without collectstatic there is no manifest to look names up in.
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}  # wakes nobody
    settings.SEND_MAIL_IN_BACKGROUND = False  # `send_due_mails` sends what was queued
    settings.STATIC_ROOT, settings.MEDIA_ROOT = tmp_path_factory.mktemp("static"), tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights folder with the project's own styles as tiny networks."""
    return write_weights_dir(tmp_path_factory.mktemp("weights"))


@pytest.fixture(autouse=True)
def styles(request: pytest.FixtureRequest, settings: LazySettings, tiny_weights: Path) -> Iterator[None]:
    """What the site converts with: tiny networks, or with the mark `real_styles` those that come with the project."""
    is_real = request.node.get_closest_marker("real_styles")
    settings.WEIGHTS_DIR = ROOT / "weights" if is_real else tiny_weights
    runtime.get_style_registry.cache_clear()
    yield
    runtime.get_style_registry.cache_clear()


@pytest.fixture(autouse=True)
def no_language_left_over() -> Iterator[None]:
    yield
    translation.deactivate()


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("Mia", "mia@example.com", PASSWORD)


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("Noah", "noah@example.com", PASSWORD)


@pytest.fixture
def moderator(db: None) -> User:
    """Staff who may decide about exhibits, and nothing else."""
    user = User.objects.create_user("Rosa", "rosa@example.com", PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_exhibit", "change_exhibit"]))
    return user


@pytest.fixture
def anonymous(db: None) -> Client:
    return Client()


@pytest.fixture
def owner_client(owner: User) -> Client:
    return _logged_in(owner)


@pytest.fixture
def other_client(other: User) -> Client:
    return _logged_in(other)


@pytest.fixture
def moderator_client(moderator: User) -> Client:
    return _logged_in(moderator)


def _logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
