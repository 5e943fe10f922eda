"""What tests need from the machine: they skip with the reason where it is missing, or fail if all is required."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

# What is below these folders is the same on every database.
WITHOUT_DATABASE = {Path(__file__).parent / name for name in ("datasets", "imaging", "inference", "training")}
# Folders of long files, which are begun first.
LONG_FOLDERS = ("e2e", "faults", "training", "inference")
ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
PACKAGES = sorted(file.parent.name for file in ROOT.glob("*/__init__.py") if file.parent.name != "tests")


def missing(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"required here: {reason}")
    pytest.skip(reason)


def need_program(name: str) -> str:
    """The path of a program."""
    return shutil.which(name) or missing(f"{name} is not installed")


def _start_order(item: pytest.Item) -> int:
    folder = item.path.relative_to(ROOT / "tests").parts[0]
    return LONG_FOLDERS.index(folder) if folder in LONG_FOLDERS else len(LONG_FOLDERS)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_start_order)
    reason = os.environ.get("MARIADB_MISSING")
    for item in items:
        if WITHOUT_DATABASE & set(item.path.parents):
            item.add_marker(pytest.mark.no_database)
        if reason:
            item.add_marker(pytest.mark.skip(reason=f"on MariaDB: {reason}"))
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"no reference data at {SHARED}"))
