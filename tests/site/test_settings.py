"""Settings in a process of their own: what the environment says, what a bad value does, what a deployment needs."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from animegan_site.env import read_secret_key
from tests.needs import ROOT

pytestmark = pytest.mark.no_database


def manage(*arguments: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = kept | {"IGNORE_DOTENV": "1", "VAR_DIR": str(var), "MEDIA_ROOT": str(var / "media")} | environment
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def test_the_deployment_check_is_clean_under_production_settings(tmp_path: Path) -> None:
    result = manage(
        "check", "--deploy", "--fail-level", "INFO", var=tmp_path, HTTPS="true", ALLOWED_HOSTS="anime.example.org"
    )
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [("DEBUG", "maybe"), ("UPLOAD_MAX_MB", "many"), ("INFERENCE_PARALLEL", "0"), ("DATABASE_URL", "nonsense://x")],
)
def test_a_bad_value_stops_the_start_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    result = manage("check", var=tmp_path, **{name: value})
    assert result.returncode != 0
    assert name in result.stderr or value in result.stderr


def test_debug_is_off_unless_asked_for(tmp_path: Path) -> None:
    result = manage("shell", "-v0", "-c", "from django.conf import settings; print(settings.DEBUG)", var=tmp_path)
    assert result.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("environment", "short_side", "pixels"),
    [
        ({}, 1088, 3_000_000),
        ({"VIDEO_MAX_PIXELS": "8294400"}, 2160, 8_294_400),
        ({"VIDEO_MAX_PIXELS": "2088960"}, 1088, 2_088_960),
        ({"VIDEO_MAX_PIXELS": "8294400", "VIDEO_MAX_SHORT_SIDE": "1440"}, 1440, 8_294_400),
    ],
)
def test_who_has_set_the_pixels_of_a_frame_alone_gets_its_short_side_too(
    tmp_path: Path, environment: dict[str, str], short_side: int, pixels: int
) -> None:
    code = "from django.conf import settings as s; print(s.VIDEO_MAX_SHORT_SIDE, s.VIDEO_MAX_PIXELS)"
    result = manage("shell", "-v0", "-c", code, var=tmp_path, **environment)
    assert result.stdout.split() == [str(short_side), str(pixels)]


def test_the_secret_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    first = read_secret_key(path)
    assert len(first) >= 50
    assert read_secret_key(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_many_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    code = "import sys, pathlib, animegan_site.env as e; print(e.read_secret_key(pathlib.Path(sys.argv[1])))"
    path = tmp_path / "secret_key"
    command = [sys.executable, "-c", code, str(path)]
    started = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    assert len({process.communicate()[0] for process in started}) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["secret_key"]
