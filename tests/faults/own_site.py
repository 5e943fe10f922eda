"""A site of its own: the server as `make run` starts it, with folders and a database that nobody else has."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from tests.needs import ROOT
from tests.tiny_architecture import write_weights_dir

START_SECONDS = 120  # until it is ready, on a busy machine
PASSWORD = "correct horse 9"
STYLE = "comic"
# What `make setup` does, in one process.
PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
call_command("prepare_styles")
"""
# One hash for all of them: to hash a password takes long, as it should.
ADD_PEOPLE = """
from django.contrib.auth.hashers import make_password
from accounts.models import User, make_username_key
password = make_password({password!r})
User.objects.bulk_create(
    User(
        username=name, username_key=make_username_key(name), email=f"{{name}}@example.com",
        password=password, language=language,
    )
    for name, language in {people!r}.items()
)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class OwnSite:
    """Prepared once, then started and stopped as often as one likes. `settings` are given by the environment."""

    settings_module = "animegan_site.settings"

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.media, self.log = folder, folder / "media", folder / "log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": self.settings_module,
            "VAR_DIR": str(folder / "var"),
            "MEDIA_ROOT": str(self.media),
            "WEIGHTS_DIR": str(self.weights),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            **settings,
        }
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        """Where it is, unless the settings name another one."""
        return self.folder / "database" / "db.sqlite3"

    @property
    def weights(self) -> Path:
        """Its own, of one style only."""
        return self.folder / "weights"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the SQLite database answers."""
        with closing(sqlite3.connect(self.database, timeout=20)) as database:
            return database.execute(query).fetchall()

    @property
    def stored(self) -> list[str]:
        """All files in the media folder."""
        return sorted(str(path.relative_to(self.media)) for path in self.media.rglob("*") if path.is_file())

    def manage(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """A command of the site."""
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, text=True, capture_output=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words[:1])}: {done.stdout}{done.stderr}")
        return done

    def run(self, script: str) -> str:
        """What a script prints that the site's own shell runs."""
        return self.manage("shell", "--no-imports", "--command", script).stdout

    def prepare(self) -> None:
        """With an empty database, and all that a start needs."""
        for folder in (self.folder / "var", self.database.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.write_weights()
        self.run(PREPARE)

    def write_weights(self) -> None:
        """Put one style into its folder, and nothing else."""
        shutil.rmtree(self.weights, ignore_errors=True)
        self.weights.mkdir()
        self.add_style()

    def add_style(self) -> None:
        """Put the style that comes with the project into the empty folder."""
        for name in ("manifest.json", f"{STYLE}.safetensors"):
            shutil.copy(ROOT / "weights" / name, self.weights)

    def copy_from(self, other: "OwnSite") -> None:
        """What another site was prepared with, instead of `prepare`; only what is compiled is shared."""
        for name in ("var", "database", "weights"):
            shutil.copytree(other.folder / name, self.folder / name, symlinks=True)

    def add_people(self, *names: str, **languages: str) -> None:
        """Accounts with PASSWORD; some with the language of their profile."""
        self.run(ADD_PEOPLE.format(password=PASSWORD, people=dict.fromkeys(names, "") | languages))

    def start(self) -> None:
        """Start it, and wait until it is ready to convert."""
        command = [sys.executable, "-m", "gunicorn", "-c", "animegan_site/gunicorn.py", "animegan_site.wsgi"]
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        assert self._server
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                if requests.get(f"{self.url}/readyz", timeout=10).status_code == 200:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.1)
        raise RuntimeError(f"the site did not start:\n{self.log.read_text('utf-8')[-2000:]}")

    def stop(self) -> None:
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(90)
        except subprocess.TimeoutExpired:
            for worker in self.workers:
                os.kill(worker, signal.SIGKILL)
            self._server.kill()
            self._server.wait()
        self._server = None

    @property
    def workers(self) -> list[int]:
        """The processes that answer; their parent only watches over them."""
        assert self._server
        parent = self._server.pid
        return [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text("utf-8").split()]

    @property
    def peak_megabytes(self) -> float:
        """The kernel's high-water marks of all its processes, added up."""
        assert self._server
        return sum(_peak_kilobytes(process) for process in (self._server.pid, *self.workers)) / 1024


class TinySite(OwnSite):
    """A site whose style is a tiny network."""

    settings_module = "tests.settings"

    def add_style(self) -> None:
        write_weights_dir(self.weights, STYLE)


def _peak_kilobytes(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
