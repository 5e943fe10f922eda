"""The Chinese catalogs: complete, in step with the code, and compiled."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.test import Client

from tests.needs import PACKAGES, ROOT, need_program

pytestmark = pytest.mark.no_database

CATALOGS = Path("locale/zh_Hans/LC_MESSAGES")
DOMAINS = ("django", "djangojs")
FOLDERS = (*PACKAGES, "static", "templates")
# What a translation must not lose: %(name)s, %s, {name}, <strong>.
PARTS = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+>")

Text = tuple[str | None, str, str]


def catalog(domain: str, root: Path = ROOT) -> polib.POFile:
    return polib.pofile(str(root / CATALOGS / f"{domain}.po"))


def translations(entry: polib.POEntry | polib.MOEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) or [entry.msgstr]


def text_of(entry: polib.POEntry | polib.MOEntry) -> Text:
    return entry.msgctxt, entry.msgid, entry.msgid_plural or ""


def content(entries: polib.POFile | polib.MOFile) -> dict[Text, list[str]]:
    return {text_of(entry): translations(entry) for entry in entries}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the code with catalogs that `makemessages` has just begun."""
    need_program("xgettext")
    copy = tmp_path_factory.mktemp("texts")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
    (copy / "locale").mkdir()
    surroundings = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    for domain in DOMAINS:
        command = [sys.executable, "-m", "django", "makemessages", "--locale", "zh_Hans", "--domain", domain]
        subprocess.run(command, cwd=copy, env=surroundings, check=True, capture_output=True)
    yield copy
    shutil.rmtree(copy)


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_translated_and_none_is_a_guess(domain: str) -> None:
    entries = catalog(domain)
    assert len(entries) > 0
    assert [entry.msgid for entry in entries if not entry.translated()] == []
    assert [entry.msgid for entry in entries if entry.fuzzy or entry.obsolete] == []
    assert not entries.metadata_is_fuzzy


@pytest.mark.parametrize("domain", DOMAINS)
def test_translations_keep_the_placeholders_and_tags_of_their_text(domain: str) -> None:
    lost = [
        (entry.msgid, translation)
        for entry in catalog(domain)
        for translation in translations(entry)
        if sorted(PARTS.findall(entry.msgid_plural or entry.msgid)) != sorted(PARTS.findall(translation))
    ]
    assert lost == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_chinese_has_one_plural_form(domain: str) -> None:
    entries = catalog(domain)
    assert entries.metadata["Language"] == "zh_Hans"
    assert entries.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert {tuple(entry.msgstr_plural) for entry in entries if entry.msgid_plural} <= {(0,)}


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_compiled_catalog_is_the_written_one(domain: str) -> None:
    compiled = polib.mofile(str(ROOT / CATALOGS / f"{domain}.mo"))
    assert content(compiled) == content(catalog(domain)), "run `make messages`"


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_catalog_has_every_text_of_the_code_and_no_other(domain: str, collected: Path) -> None:
    marked = {text_of(entry) for entry in catalog(domain, collected)}
    assert {text_of(entry) for entry in catalog(domain)} == marked, "run `make messages` and translate what is new"


def test_scripts_get_their_texts_in_the_language_of_the_page() -> None:
    texts = Client().get("/texts.js", headers={"Accept-Language": "zh-CN"}).content.decode()
    for entry in catalog("djangojs"):
        assert json.dumps(entry.msgstr) in texts
