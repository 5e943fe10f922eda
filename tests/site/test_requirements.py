"""What is installed is locked with hashes, and in step with what the requirements say."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.needs import ROOT

pytestmark = pytest.mark.no_database
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;\\]+)", re.MULTILINE)
LOCKED = re.compile(r"^([\w.-]+)==([^\s;\\]+)[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)
NOTHING_ELSE = re.compile(r"#.*\n|\s+")
REQUIREMENTS = ("requirements", "requirements-dev", "requirements-mysql")
TORCH = "torch"  # apart, as requirements-torch.txt says


def lines(path: Path) -> str:
    """Of a list, with those of the lists that it includes."""
    return re.sub(r"^-r (.+)$", lambda found: lines(ROOT / found[1]), path.read_text("utf-8"), flags=re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """The version of each package that a list names."""
    return {canonicalize_name(package): version for package, version in PIN.findall(lines(ROOT / name))}


def locked(name: str) -> dict[str, str]:
    return {canonicalize_name(package): version for package, version, _hashes in LOCKED.findall(read(f"{name}.lock"))}


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_lock_has_all_requirements_and_nothing_without_a_version_and_hashes(name: str) -> None:
    named, found = pins(f"{name}.txt"), locked(name)
    assert {package: version for package, version in named.items() if package != TORCH} == {
        package: found.get(package) for package in named if package != TORCH
    }, "run `make lock`"
    assert NOTHING_ELSE.sub("", LOCKED.sub("", read(f"{name}.lock"))) == ""


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_a_lock_has_the_versions_of_the_constraints_and_no_others(name: str) -> None:
    known = pins("constraints.txt") | pins("requirements-dev.txt") | pins("requirements-mysql.txt")
    found = locked(name)
    assert found == {package: known.get(package) for package in found}


def test_what_is_installed_to_run_is_installed_to_test_too() -> None:
    assert locked("requirements").items() <= locked("requirements-dev").items()


def test_torch_and_what_only_its_build_for_cuda_needs_are_not_locked() -> None:
    assert not [package for package in locked("requirements-dev") if re.match(r"torch$|triton|nvidia-|cuda-", package)]


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_nothing_that_a_locked_package_needs_is_missing_from_the_lock(name: str) -> None:
    """They are installed without looking up what they need."""
    found = locked(name)
    missing = {f"{package}: {need}" for package in found for need in needs(package) if need not in {*found, TORCH}}
    assert missing == set()


def needs(package: str) -> Iterator[str]:
    try:
        stated = requires(package) or []
    except PackageNotFoundError:  # for other systems
        return
    for requirement in map(Requirement, stated):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)
