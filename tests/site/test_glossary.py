"""No word that docs/glossary.md retires is used again: in identifiers, file names, comments and English texts."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polib
import pytest

from tests.needs import PACKAGES, ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
# What old versions made, names people chose, and the list itself.
LEFT_OUT = ("tests/data/", "docs/glossary.md", "locale/", "weights/", "static/learning/")
TEXT_SUFFIXES = {".html", ".md", ".txt"}
SCRIPT_SUFFIXES = {".js", ".css"}
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
pytestmark = pytest.mark.no_database


@dataclass(frozen=True)
class Use:
    """A word in some place: an identifier, a comment, a text or a path."""

    where: str
    text: str


def _table(heading: str) -> list[list[str]]:
    """The rows of the table below a heading of the glossary."""
    section = re.split(rf"^#+ {heading}$", GLOSSARY.read_text("utf-8"), flags=re.MULTILINE)[1]
    section = re.split(r"^#", section, flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines[2:]]


def _retired(heading: str) -> list[str]:
    return [word.strip() for row in _table(heading) for word in row[0].split(",")]


SPELLING = frozenset(_retired("Spelling"))
NAMES = frozenset(_retired("Names"))
FUNCTIONS = frozenset(_retired("Functions"))
PHRASES = re.compile(r"(?i)\b(?:" + "|".join(r"\s+".join(phrase.split()) for phrase in _retired("Texts")) + r")\b")
STAYS = [(where, name) for where, name, _why in _table("Names that stay")]


@cache
def _files() -> list[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in listed if not name.startswith(LEFT_OUT) and (ROOT / name).is_file()]


def _python_files() -> list[Path]:
    return [path for path in _files() if path.suffix == ".py" and "migrations" not in path.parts]


def _path(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _words(name: str) -> list[str]:
    """The words of an identifier or a text: `LossMeter`, `loss_meter` and `LOSS_METER` are loss, meter."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


@dataclass(frozen=True)
class Uses:
    identifiers: tuple[Use, ...]
    prose: tuple[Use, ...]  # comments, docstrings, documents, templates, texts of both catalogs


@cache
def _uses() -> Uses:
    identifiers, prose = [], []
    for path in _python_files():
        text = path.read_text("utf-8")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME:
                identifiers.append(Use(f"{_path(path)}:{token.start[0]}", token.string))
            elif token.type == tokenize.COMMENT:
                prose.append(Use(f"{_path(path)}:{token.start[0]}", token.string))
        prose += _docstrings(path, text)
    for path in _files():
        if path.suffix in SCRIPT_SUFFIXES:
            names = set(re.findall(r"[\w-]*[A-Za-z][\w-]*", path.read_text("utf-8")))
            identifiers += [Use(_path(path), name) for name in sorted(names)]
        elif path.suffix in TEXT_SUFFIXES:
            prose.append(Use(_path(path), path.read_text("utf-8")))
    for domain in ("django", "djangojs"):
        for entry in polib.pofile(str(ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / f"{domain}.po")):
            prose.append(Use(domain, f"{entry.msgid} {entry.msgid_plural or ''}"))
    # What stands in `code` is no prose.
    return Uses(tuple(identifiers), tuple(Use(use.where, CODE.sub(" ", use.text)) for use in prose))


def _docstrings(path: Path, text: str) -> Iterator[Use]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            docstring := ast.get_docstring(node, clean=False)
        ):
            yield Use(f"{_path(path)}:{getattr(node, 'lineno', 1)}", docstring)


def _stays(use: Use, word: str) -> bool:
    return any(use.where.startswith(where) and word == name for where, name in STAYS)


def _spelled_wrong(use: Use, words: list[str]) -> list[str]:
    return [f"{use.where}: {word}" for word in words if word in SPELLING and not _stays(use, word)]


def test_identifiers_are_american() -> None:
    assert [text for use in _uses().identifiers for text in _spelled_wrong(use, _words(use.text))] == []


def test_file_names_are_american() -> None:
    assert [text for path in _files() for text in _spelled_wrong(Use(_path(path), ""), _words(_path(path)))] == []


def test_comments_texts_and_documents_are_american() -> None:
    wrong = [text for use in _uses().prose for text in _spelled_wrong(use, _words(use.text))]
    assert wrong == []


def test_no_identifier_is_a_retired_name() -> None:
    """The names of tests are sentences, in which the words may follow each other."""
    found = []
    for use in _uses().identifiers:
        name = f"_{'_'.join(_words(use.text))}_"
        if not name.startswith("_test_"):
            retired = [words for words in NAMES if f"_{words}_" in name and not _stays(use, words)]
            found += [f"{use.where}: {use.text}" for _ in retired]
    assert found == []


def test_no_function_of_the_packages_has_a_retired_name() -> None:
    found = []
    for path in _python_files():
        if path.relative_to(ROOT).parts[0] in PACKAGES:
            nodes = ast.walk(ast.parse(path.read_text("utf-8")))
            defined = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
            found += [f"{_path(path)}:{node.lineno}: {node.name}" for node in defined if node.name in FUNCTIONS]
    assert found == []


def test_no_text_uses_a_retired_phrase() -> None:
    found = [f"{use.where}: {match[0]}" for use in _uses().prose for match in PHRASES.finditer(use.text)]
    assert found == []


def test_every_name_that_stays_is_still_there() -> None:
    for where, name in STAYS:
        texts = [path.read_text("utf-8") for path in _files() if _path(path).startswith(where)]
        assert any(name in text for text in texts), f"{where}: {name}"
