"""The environment, and the one secret that a fresh clone needs."""

import os
import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.core.management.utils import get_random_secret_key
from environs import Env, ValidationError

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=True)
# Set by the test command, so that no one's own settings change what the tests see.
if os.environ.get("IGNORE_DOTENV") != "1":
    env.read_env(str(BASE_DIR / ".env"), recurse=False)

HOST_LABEL = r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
HOST_NAME = re.compile(rf"{HOST_LABEL}(\.{HOST_LABEL})*", re.IGNORECASE | re.ASCII)
SCRIPT_NAME = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@env.parser_for("hosts")
def parse_hosts(text: str) -> list[str]:
    """Return the entries of a list of host names, as ALLOWED_HOSTS has them: names, IP addresses, `.example.org`, `*`.

    Raise ValidationError with the entry that no Host header could ever match.
    """
    hosts = _split(text)
    if not hosts:
        raise ValidationError("it names no host, so the site would answer nobody")
    for host in hosts:
        if host != "*" and not _is_host(host.removeprefix(".")):
            hint = "only names and IP addresses, without https://, port or path, separated by commas"
            raise ValidationError(f"{host!r} is no host name ({hint})")
    return hosts


@env.parser_for("origins")
def parse_origins(text: str) -> list[str]:
    """Return the entries of a list of origins: `https://example.org`, `https://*.example.org`, `http://[::1]:8000`.

    Raise ValidationError with the entry that no Origin header could ever match.
    """
    origins = _split(text.lower())  # as browsers send them
    for origin in origins:
        if not _is_origin(origin.replace("://*.", "://", 1)):
            hint = "https://, a host name, a port if it is not the usual one, and nothing after it, separated by commas"
            raise ValidationError(f"{origin!r} is no origin ({hint})")
    return origins


@env.parser_for("script_name")
def parse_script_name(text: str) -> str:
    """Return the path that the site lies below, as `/anime`; empty for the root. Raise ValidationError."""
    path = text.strip().rstrip("/")
    if not SCRIPT_NAME.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise ValidationError(f"{text!r} is no path such as /anime")
    return path


@env.parser_for("site_url")
def parse_site_url(text: str, *, script_name: str) -> str:
    """Return the origin of the site's URL, which may end with `script_name`: reversed paths begin with that already.

    Raise ValidationError.
    """
    url = text.strip().rstrip("/")
    origin = url.removesuffix(script_name)
    if origin and not _is_origin(origin):
        raise ValidationError(f"{text!r} is not https://, a host name, and {script_name or 'nothing'} after it")
    return origin


def _split(text: str) -> list[str]:
    return [entry for part in text.split(",") if (entry := part.strip())]


def _is_host(text: str) -> bool:
    if text.startswith("[") and text.endswith("]"):
        try:
            return ip_address(text[1:-1]).version == 6
        except ValueError:
            return False
    return bool(HOST_NAME.fullmatch(text))


def _is_origin(text: str) -> bool:
    scheme, separator, netloc = text.partition("://")
    try:
        port = urlsplit(text).port
    except ValueError:
        return False
    host = netloc if port is None else netloc.removesuffix(f":{port}")
    return scheme in ("http", "https") and bool(separator) and _is_host(host)


def read_secret_key(path: Path) -> str:
    """Return the key in `path`; made on the first call, in a file that only its owner can read.

    Several processes may start at once: the file is written beside and then linked to its name, which
    fails for all but the first, and every one of them then reads that first one's key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(get_random_secret_key())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text("utf-8").strip()
