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
    [
        ("DEBUG", "maybe"),
        ("UPLOAD_MAX_MB", "many"),
        ("INFERENCE_PARALLEL", "0"),
        ("DATABASE_URL", "nonsense://x"),
        ("HSTS_SECONDS", "-1"),
        ("AI_LABEL", "yes"),
        ("AI_LABEL_LANGUAGE", "ja"),
        ("AI_LABEL_PRODUCER", "x" * 201),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(tmp_path: Path, name: str, value: str) -> None:
    result = manage("check", var=tmp_path, **{name: value})
    assert result.returncode != 0
    assert name in result.stderr or value in result.stderr


def test_hosts_and_origins_that_are_separated_by_a_comma_and_a_space_are_all_answered(tmp_path: Path) -> None:
    script = "from django.conf import settings as s; print(s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS)"
    lists = {"ALLOWED_HOSTS": "a.org, b.org", "CSRF_TRUSTED_ORIGINS": "https://a.org, https://b.org"}
    result = manage("shell", "-v0", "-c", script, var=tmp_path, **lists)
    assert result.stdout.strip() == "['a.org', 'b.org'] ['https://a.org', 'https://b.org']"


def test_browsers_put_the_site_on_their_list_of_https_only_when_asked(tmp_path: Path) -> None:
    script = "from django.conf import settings as s; print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_PRELOAD)"
    unasked, asked = (
        manage("shell", "-v0", "-c", script, var=tmp_path, HTTPS="true", HSTS_PRELOAD=value).stdout.strip()
        for value in ("false", "true")
    )
    assert (unasked, asked) == ("31536000 False", "31536000 True")


def test_a_deployment_that_answers_to_every_host_name_is_refused(tmp_path: Path) -> None:
    result = manage("check", "--deploy", var=tmp_path, HTTPS="true", ALLOWED_HOSTS="a.org, *")
    assert result.returncode != 0
    assert "ALLOWED_HOSTS=*" in result.stderr


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


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"EMAIL_USE_TLS": "true", "EMAIL_USE_SSL": "true"}, "EMAIL_USE_TLS and EMAIL_USE_SSL"),
        ({"EMAIL_BACKEND": "dummy", "EMAIL_VERIFICATION": "true"}, "EMAIL_VERIFICATION=true needs"),
        ({"EMAIL_BACKEND": "smtp", "EMAIL_PORT": "465"}, "EMAIL_PORT=465 needs EMAIL_USE_SSL=true"),
        ({"EMAIL_BACKEND": "smtp", "EMAIL_PORT": "587", "EMAIL_USE_SSL": "true"}, "EMAIL_PORT=587 needs EMAIL_USE_TLS"),
        ({"EMAIL_TIMEOUT": "0"}, "EMAIL_TIMEOUT"),
        ({"LOGIN_FAILURES_PER_HOUR": "0"}, "LOGIN_FAILURES_PER_HOUR"),
    ],
)
def test_mail_settings_that_do_not_go_together_are_refused_by_name(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    result = manage("check", "--fail-level", "WARNING", var=tmp_path, **environment)
    assert result.returncode != 0
    assert said in result.stderr


def test_addresses_are_confirmed_where_mails_are_sent(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.EMAIL_VERIFICATION, settings.EMAIL_TIMEOUT)"
    sent = manage(
        "shell", "-v0", "-c", code, var=tmp_path, EMAIL_BACKEND="smtp", EMAIL_PORT="465", EMAIL_USE_SSL="true"
    )
    assert sent.stdout.split() == ["True", "10"]
    assert manage("shell", "-v0", "-c", code, var=tmp_path).stdout.split() == ["False", "10"]
