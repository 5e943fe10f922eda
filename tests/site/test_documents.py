"""What the documents say is so."""

import ast
import json
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.needs import PACKAGES, ROOT

README = (ROOT / "README.md").read_text("utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")
COMMAND_LINE = (ROOT / "docs" / "command-line.md").read_text("utf-8")
GLOBS = ("*.md", ".github/**/*.md", "docs/**/*.md", "weights/*.md")
DOCUMENTS = sorted(path for glob in GLOBS for path in ROOT.glob(glob))
SETTINGS = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "animegan_site" / "settings.py").read_text("utf-8")))
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)]+)\)")
LINKS = [(path, link) for path in DOCUMENTS for link in LINK.findall(path.read_text("utf-8"))]
# A path in the code, as `gallery/access.py`; what people have or runs make is elsewhere.
FOLDERS = "|".join((*PACKAGES, "static", "templates", "tests"))
CODE_PATH = re.compile(rf"`((?:{FOLDERS})/[\w/.-]+\.(?:py|js|html|css|md|json))(?::([\w.]+))?")
# A test, as `tests/gallery/test_access.py::test_the_owner_may_read`.
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
MAX_README_WORDS = 900
pytestmark = pytest.mark.no_database


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_every_setting_is_in_the_documents_and_in_the_example(name: str) -> None:
    assert f"`{name}`" in CONFIGURATION
    assert re.search(rf"^# {name}=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)


def test_every_setting_that_the_documents_name_is_read() -> None:
    rows = re.findall(r"^\| (`[^|]+) \|", CONFIGURATION, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named - {"PORT", "HOST"} == SETTINGS


def _anchors(path: Path) -> set[str]:
    """Of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(("path", "link"), LINKS, ids=[f"{path.name}: {link}" for path, link in LINKS])
def test_every_file_and_heading_that_a_document_links_to_is_there(path: Path, link: str) -> None:
    file, _, anchor = link.partition("#")
    target = (path.parent / file).resolve() if file else path
    assert target.exists()
    assert not anchor or anchor in _anchors(target)


def test_every_command_is_in_the_documents() -> None:
    apps = ("benchmarks", "crawler", "datasets", "gallery", "inference", "training")
    ours = {name for name, app in get_commands().items() if app in apps}
    assert {"stylize", "styles", "fetch_weights", "benchmark", "distill_style", "check_media"} <= ours
    for name in ours:
        assert f"`{name}" in COMMAND_LINE or f"    {name}" in COMMAND_LINE, name


def test_every_file_and_name_of_the_code_that_a_document_names_is_there() -> None:
    """As `gallery/access.py`, or `gallery/locks.py:lock_user`."""
    for path in DOCUMENTS:
        for file, name in CODE_PATH.findall(path.read_text("utf-8")):
            where = f"{path.relative_to(ROOT)}: {file}"
            assert (ROOT / file).exists(), where
            assert not name or name in _names_in(ROOT / file), f"{where}:{name}"


def _names_in(module: Path) -> set[str]:
    """Of its functions, classes and constants, and of methods and attributes as `Class.name`."""
    names = set()
    for node in ast.parse(module.read_text("utf-8")).body:
        names |= _defined_by(node)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{name}" for inner in node.body for name in _defined_by(inner)}
    return names


def _defined_by(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def test_every_test_that_a_document_names_is_there() -> None:
    for path in DOCUMENTS:
        for file, name in TEST.findall(path.read_text("utf-8")):
            where = f"{path.relative_to(ROOT)}: {file}"
            assert (ROOT / file).exists(), where
            assert name in _names_in(ROOT / file), f"{where}::{name}"


def test_every_promise_of_security_says_where_it_is_made_and_which_test_holds_it() -> None:
    promises, _heading, not_met = (ROOT / "docs" / "security.md").read_text("utf-8").partition("## Not met")
    rows = [line.strip("| ").split(" | ") for line in re.findall(r"^\|(?! ASVS|---).*$", promises, re.MULTILINE)]
    assert len(rows) > 50
    for *_numbers, promise, made_in, held_by in rows:
        assert promise.endswith((".", ".)")), promise
        assert made_in, promise
        assert TEST.findall(held_by), promise
        assert not TEST.sub("", held_by).strip(", "), f"more than tests: {held_by}"
    assert TEST.findall(not_met) == []


def test_every_weights_file_and_style_is_in_the_list_of_licenses() -> None:
    licenses = (ROOT / "weights" / "LICENSES.md").read_text("utf-8")
    styles = json.loads((ROOT / "weights" / "manifest.json").read_text("utf-8"))["styles"]
    shipped = {path.name for path in (ROOT / "weights").glob("*.safetensors")}
    assert shipped <= {style["file"] for style in styles}
    for style in styles:
        assert f"`{style['file']}`" in licenses, style["id"]


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= MAX_README_WORDS


def test_every_module_that_runs_on_mariadb_is_in_the_documents_with_the_reason() -> None:
    section = (ROOT / "docs" / "testing.md").read_text("utf-8").partition("## What runs on MariaDB")[2]
    listed = re.findall(r"^\| `(tests/[\w/]+\.py)` \| \w", section, re.MULTILINE)
    marked = [path for path in ROOT.glob("tests/**/test_*.py") if "mark." + "mariadb" in path.read_text("utf-8")]
    assert listed == sorted(path.relative_to(ROOT).as_posix() for path in marked)
