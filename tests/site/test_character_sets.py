"""A database that cannot store every character is refused by name, with the command that mends it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.own_site import free_port
from tests.faults.test_mariadb import SERVER, cursor
from tests.needs import ROOT
from tests.site.test_settings import manage

pytestmark = [pytest.mark.skipif(SERVER.scheme != "mysql", reason="on MariaDB only"), pytest.mark.mariadb]
NAME = f"charset_{os.getpid()}"
URL = f"mysql://{SERVER.netloc}/{NAME}"
ALTER = f"ALTER DATABASE `{NAME}` CHARACTER SET utf8mb4;"


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of an empty database of an older character set."""
    with cursor() as server:
        server.execute(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb3")
    yield URL
    with cursor() as server:
        server.execute(f"DROP DATABASE {NAME}")


def test_neither_migrate_nor_a_worker_nor_the_site_starts_on_it(database: str, tmp_path: Path) -> None:
    for command in ("migrate", "run_worker"):
        refused = manage(command, var=tmp_path, DATABASE_URL=database)
        assert refused.returncode != 0
        assert ALTER in refused.stderr
    server = [sys.executable, "-m", "gunicorn", "-c", "animegan_site/gunicorn.py", "animegan_site.wsgi"]
    environment = os.environ | {"DATABASE_URL": database, "VAR_DIR": str(tmp_path), "PORT": str(free_port())}
    ended = subprocess.run(server, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 3
    assert ALTER in ended.stderr
    with cursor(NAME) as server_side:
        server_side.execute("SHOW TABLES")
        assert server_side.fetchall() == ()


def test_tables_that_are_there_already_are_named_too(database: str, tmp_path: Path) -> None:
    with cursor(NAME) as server:
        server.execute("CREATE TABLE accounts_user (username varchar(10))")
        server.execute("CREATE TABLE gallery_work (title varchar(10)) CHARACTER SET latin1")
        server.execute("CREATE TABLE somebody_elses (name varchar(10))")
        server.execute(ALTER)
    refused = manage("check", "--database", "default", var=tmp_path, DATABASE_URL=database)
    assert refused.returncode != 0
    assert "ALTER TABLE `accounts_user` CONVERT TO CHARACTER SET utf8mb4;" in refused.stderr
    assert "somebody_elses" not in refused.stderr
    assert "ALTER TABLE `gallery_work` CONVERT TO CHARACTER SET utf8mb4;" in refused.stderr
    with cursor(NAME) as server:
        server.execute("ALTER TABLE `accounts_user` CONVERT TO CHARACTER SET utf8mb4;")
        server.execute("ALTER TABLE `gallery_work` CONVERT TO CHARACTER SET utf8mb4;")
    assert manage("check", "--database", "default", var=tmp_path, DATABASE_URL=database).returncode == 0
