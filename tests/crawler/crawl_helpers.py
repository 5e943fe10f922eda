"""Run the crawler against a site of ours, in this process or in one that can be killed."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command

from tests.crawler.fake_vcg import PHRASES, FakeVcg, PictureSlot
from tests.needs import ROOT

LABELS = {"明星": "super_star", "动漫人物": "cartoon"}
GENDERS = {1: "male", 2: "female"}


def build_crawl_arguments(site: FakeVcg, output: Path, *more: str) -> list[str]:
    """Return arguments with which a crawl is quick, and allowed to ask this machine."""
    hosts = ["--allow-host", *site.picture_hosts]
    return ["--base-url", site.search_url, *hosts, "--output", str(output), "--delay", "0", "--backoff", "0.02", *more]


def run_command(*words: str) -> tuple[int, str]:
    """Return (exit status, what was said) of a command of the crawler."""
    out = StringIO()
    try:
        call_command(*words, stdout=out, stderr=StringIO())
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}\n{error}"
    return 0, out.getvalue()


def run_crawl_vcg(site: FakeVcg, output: Path, *more: str) -> tuple[int, str]:
    return run_command("crawl_vcg", *build_crawl_arguments(site, output, *more))


class CrawlerProcess:
    """The crawler in a process and with a database of its own."""

    def __init__(self, folder: Path, *, with_database: bool = True) -> None:
        self.environment = os.environ | {
            "VAR_DIR": str(folder / "var"),
            "MEDIA_ROOT": str(folder / "media"),
            "DATABASE_URL": f"sqlite:///{folder / 'crawl.sqlite3'}",
        }
        if with_database:
            self.run("migrate", "--verbosity", "0").check_returncode()

    def start(self, *command: str, script: Path = ROOT / "manage.py") -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(script), *command],
            cwd=ROOT,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *command: str, script: Path = ROOT / "manage.py") -> "subprocess.CompletedProcess[str]":
        process = self.start(*command, script=script)
        out, error = process.communicate(timeout=900)
        return subprocess.CompletedProcess(command, process.returncode, out, error)


def read_files(output: Path) -> dict[str, bytes]:
    """Return all files below a folder, but the manifests."""
    found = (path for path in output.rglob("*") if path.is_file() and path.suffix != ".jsonl")
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in found if path.name != "lock"}


def expected_name(slot: PictureSlot, suffix: str = ".jpg") -> str:
    label, gender = LABELS[slot.phrase], GENDERS[slot.gender]
    return f"{label}/{gender}/{label}_{gender}_vcg_raw_page{slot.page}_{slot.number}{suffix}"


def read_manifests(output: Path) -> list[dict[str, Any]]:
    """The lines of both classes' manifests."""
    lists = [output / label / "manifest.jsonl" for label in LABELS.values()]
    return [json.loads(line) for path in lists if path.exists() for line in path.open(encoding="utf-8")]


assert set(LABELS) == set(PHRASES)
