"""What an installation from before the renames left: its database, media, weights, runs and pictures.

`tests/data/before_renames/README.md` says where the files come from.
"""

import json
import lzma
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import User
from inference import runtime
from tests.needs import need_program

DATA = Path(__file__).parents[1] / "data" / "before_renames"
FACTS: dict[str, Any] = json.loads((DATA / "facts.json").read_text("utf-8"))


def copy_of(name: str, folder: Path) -> Path:
    """A copy of one of the folders, whose packed files are unpacked."""
    target = folder / name
    shutil.copytree(DATA / name, target)
    for packed in target.rglob("*.xz"):
        packed.with_suffix("").write_bytes(lzma.decompress(packed.read_bytes()))
        packed.unlink()
    return target


def _fill_sqlite(path: Path) -> None:
    dump = lzma.decompress((DATA / "database.sqlite.sql.xz").read_bytes()).decode()
    database = sqlite3.connect(path)
    database.executescript(dump)
    database.close()


def _in_mariadb(statements: bytes, *database: str) -> None:
    server = connection.settings_dict
    command = [need_program("mariadb"), "--no-defaults", f"--host={server['HOST']}", f"--user={server['USER']}"]
    if server["PASSWORD"]:
        command.append(f"--password={server['PASSWORD']}")
    subprocess.run([*command, f"--port={server['PORT'] or 3306}", *database], input=statements, check=True)


def _fill_mariadb(name: str) -> None:
    _in_mariadb(f"CREATE DATABASE {name} CHARACTER SET utf8mb4".encode())
    _in_mariadb(lzma.decompress((DATA / "database.mariadb.sql.xz").read_bytes()), name)


@pytest.fixture(scope="module")
def old_database(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The old database in the place of the tests' own, migrated with the code of today; each module has a new copy."""
    is_sqlite = connection.vendor == "sqlite"
    name = str(tmp_path_factory.mktemp("old") / "db.sqlite3") if is_sqlite else f"before_renames_{os.getpid()}"
    with django_db_blocker.unblock():
        if is_sqlite:
            _fill_sqlite(Path(name))
        else:
            _fill_mariadb(name)
        connection.close()
        usual, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
        try:
            call_command("migrate", verbosity=0)
            yield
        finally:
            connection.close()
            if not is_sqlite:
                _in_mariadb(f"DROP DATABASE {name}".encode())
            connection.settings_dict["NAME"] = usual


@pytest.fixture(scope="module")
def old_folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Media and weights of the old site; each module has a new copy."""
    folder = tmp_path_factory.mktemp("site")
    for name in ("media", "weights"):
        copy_of(name, folder)
    for plan in folder.glob("media/working/*/plan.json"):
        plan.write_text(plan.read_text("utf-8").replace("{MEDIA_ROOT}", str(folder / "media")), "utf-8")
    return folder


@dataclass(frozen=True)
class OldSite:
    """The old site in the hands of today's code."""

    media: Path

    def client(self, username: str = "") -> Client:
        """A visitor; one who is logged in, if named."""
        client = Client()
        if username:
            client.force_login(User.objects.get(username=username))
        return client


@pytest.fixture
def old_weights(old_folders: Path, settings: LazySettings) -> Iterator[Path]:
    """The weights folder as it was shipped, with two of its files."""
    settings.WEIGHTS_DIR = old_folders / "weights"
    settings.INFERENCE_DEVICE, settings.INFERENCE_BACKEND = "cpu", "torch"
    caches: list[Callable[[], None]] = [
        runtime.get_style_registry.cache_clear,  # type: ignore[attr-defined]
        runtime.get_engine.cache_clear,  # type: ignore[attr-defined]
    ]
    for clear in caches:
        clear()
    yield old_folders / "weights"
    for clear in caches:
        clear()


@pytest.fixture
def old_site(old_database: None, old_folders: Path, old_weights: Path, settings: LazySettings) -> OldSite:
    settings.SECRET_KEY = FACTS["secret_key"]
    settings.MEDIA_ROOT = old_folders / "media"
    return OldSite(old_folders / "media")
