"""The environment, and the one secret that a fresh clone needs."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key
from environs import Env

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=True)
# Set by the test command, so that no one's own settings change what the tests see.
if os.environ.get("IGNORE_DOTENV") != "1":
    env.read_env(str(BASE_DIR / ".env"), recurse=False)


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
    return path.read_text().strip()
