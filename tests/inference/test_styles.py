import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from gallery.management.commands.styles import align_columns, display_width
from inference import runtime
from inference.errors import BadWeights, StyleNotDownloaded, UnknownStyle
from inference.styles import Style, StyleRegistry, read_manifest
from tests.inference.weights_server import entry, write_manifest
from tests.needs import ROOT

pytestmark = pytest.mark.django_db  # the command reads the settings of the site

REAL_MANIFEST = ROOT / "weights" / "manifest.json"
GIT_BLOBS = {
    "celeba_distill": "3b7ea61b02254980831cc3bc77af30666dbc999c",
    "face_paint_512_v1": "19c1a1da4d9580186109a2b055d91044e5127de6",
    "face_paint_512_v2": "d75102f8f201ddaf8dbe6b913b1a97585b55f838",
    "paprika": "58086c9db9fc7a9e5c2876ca31b8079599352643",
}


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """A site with three styles: one ready, one to be downloaded, one to come with the project."""
    settings.WEIGHTS_DIR = tmp_path
    runtime.get_style_registry.cache_clear()
    far = "https://example.org/wash.pt"
    write_manifest(tmp_path, entry("ink"), entry("wash", title={"en": "Wash"}, source=far), entry("own"))
    (tmp_path / "ink.pt").touch()
    yield tmp_path
    runtime.get_style_registry.cache_clear()


def _listed(*arguments: str) -> str:
    out = StringIO()
    call_command("styles", *arguments, stdout=out)
    return out.getvalue()


def _only(folder: Path, **changes: Any) -> Style:
    return read_manifest(write_manifest(folder, entry(**changes)))["ink"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"subject": "cats"}, "ink: 'cats' is not one of face, scenery, any"),
        ({"architecture": "vgg"}, "ink: 'vgg' is not one of"),
        ({"color_order": "grb"}, "ink: 'grb' is not one of"),
        ({"sha256": None}, "ink: neither sha256 nor git_blob"),
        ({"sha256": "dcbb9e9d"}, "ink: its sha256 must have 64 digits"),
        ({"sha256": None, "git_blob": "0" * 39}, "ink: its git_blob must have 40 digits"),
        ({"license": "CC BY 4.0"}, "ink: its license must be texts by language"),
        ({"title": {"en": 5}}, "ink: its title must be texts by language"),
        ({"description": {"de": "Tusche"}}, "ink: there is no English description"),
        ({"working_size": "512"}, "ink: its working_size must be a number of pixels, 64 or more"),
        ({"working_size": 8}, "ink: its working_size must be"),
        ({"license_url": ["https://example.org"]}, "ink: its license_url must be a text"),
        ({"file": None}, "file"),
        ({"license": None}, "license"),
        ({"licence": {"en": "MIT"}}, "ink: has both licence and license"),
        ({"under": {"style": "x", "share": 0.5}, "base_style": "x"}, "ink: has both under and base_style"),
        ({"under": {"style": "x", "share": 0.5}, "blend": 0.5}, "ink: has both under and blend"),
        ({"blend": 0.5}, "ink: has a blend, but no base_style"),
        ({"flavour": "sweet"}, "flavour"),
    ],
)
def test_a_bad_entry_is_told_with_the_name_of_the_manifest(tmp_path: Path, changes: Any, reason: str) -> None:
    with pytest.raises(BadWeights, match=rf"manifest\.json: .*{reason}"):
        _only(tmp_path, **changes)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"styles": [1]}', '{"styles": ["ink"]}', '"\xff'])
def test_a_broken_manifest_is_told_by_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(BadWeights, match=str(path)):
        read_manifest(path)


def test_a_missing_manifest_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(BadWeights, match=str(tmp_path / "manifest.json")):
        StyleRegistry(tmp_path).all()


@pytest.mark.parametrize("file", ["../../etc/ink.pt", "/etc/ink.pt", "sub/ink.pt"])
def test_a_file_outside_the_folder_is_cut_to_its_name(tmp_path: Path, file: str) -> None:
    assert _only(tmp_path, file=file).path == tmp_path / "ink.pt"


def test_titles_and_descriptions_come_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    style = _only(tmp_path)
    assert (style.title_in("zh-hans"), style.description_in("zh-Hans")) == ("水墨", "黑色的墨。")


@pytest.mark.parametrize("language", ["en", "fr", "zh-hant"])
def test_other_languages_fall_back_to_english(tmp_path: Path, language: str) -> None:
    style = _only(tmp_path)
    assert (style.title_in(language), style.description_in(language)) == ("Ink", "Black ink.")


def test_only_styles_whose_file_is_there_are_available(folder: Path) -> None:
    styles = StyleRegistry(folder)
    assert [style.id for style in styles.all()] == ["ink", "wash", "own"]
    assert [style.id for style in styles.available()] == ["ink"]
    assert styles.get_available("ink").is_available


def test_a_style_that_is_not_downloaded_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(StyleNotDownloaded, match=r"manage\.py fetch_weights wash"):
        StyleRegistry(folder).get_available("wash")


def test_an_unknown_style_lists_the_known_ones(folder: Path) -> None:
    with pytest.raises(UnknownStyle, match="'inc'; known: ink, wash, own"):
        StyleRegistry(folder).get("inc")


def test_a_changed_manifest_is_read_again(folder: Path) -> None:
    styles = StyleRegistry(folder)
    assert len(styles.all()) == 3
    os.utime(write_manifest(folder, entry("brush")), (0, 0))  # a clock may be too coarse to tell the two writes apart
    assert [style.id for style in styles.all()] == ["brush"]


def test_every_style_of_the_project_has_both_languages_and_a_license() -> None:
    styles = read_manifest(REAL_MANIFEST).values()
    assert styles
    for style in styles:
        for texts in (style.title, style.description, style.license):
            assert texts["en"].isascii(), style.id
            assert texts["zh-hans"], style.id
            assert not texts["zh-hans"].isascii(), style.id
        assert style.license_url.startswith("https://"), style.id


@pytest.mark.parametrize("style_id", GIT_BLOBS)
def test_the_git_blob_ids_of_the_project_are_the_published_ones(style_id: str) -> None:
    assert read_manifest(REAL_MANIFEST)[style_id].git_blob == GIT_BLOBS[style_id]


def test_the_table_has_a_row_for_every_style_and_its_status(folder: Path) -> None:
    heading, *rows = _listed().splitlines()
    assert heading.split("  ")[0] == "ID"
    assert [row.split()[0] for row in rows] == ["ink", "wash", "own"]
    assert rows[0].endswith("ready")
    assert rows[1].endswith("not downloaded: manage.py fetch_weights wash")
    assert rows[2].endswith("missing: see weights/MODEL_CARD.md")


def test_the_columns_of_the_table_begin_at_the_same_place(folder: Path) -> None:
    lines = _listed().splitlines()
    words = ("Subject", "any", "any", "any")
    assert len({display_width(line[: line.index(word)]) for line, word in zip(lines, words, strict=True)}) == 1


def test_chinese_characters_are_two_columns_wide() -> None:
    assert display_width("漫画 2，e\u0301") == 9
    assert align_columns([("漫画", "x"), ("abc", "y")]) == ["漫画  x", "abc   y"]


def test_json_holds_what_the_table_holds(folder: Path) -> None:
    styles = json.loads(_listed("--json"))
    assert [(style["id"], style["ready"]) for style in styles] == [("ink", True), ("wash", False), ("own", False)]
    assert styles[0]["title"] == {"en": "Ink", "zh-hans": "水墨"}
    assert styles[0]["status"] == "ready"
    assert "水墨" in _listed("--json")


def test_the_list_tells_a_broken_manifest_by_its_name(folder: Path) -> None:
    (folder / "manifest.json").write_text("{", "utf-8")
    with pytest.raises(CommandError, match=r"manifest\.json"):
        _listed()


def test_a_manifest_with_the_keys_of_older_versions_is_read_alike(tmp_path: Path) -> None:
    new = [entry("ink", color_order="bgr"), entry("wash", color_order="bgr", base_style="ink", blend=0.3)]
    expected = read_manifest(write_manifest(tmp_path, *new))
    renamed = {"architecture": "network", "license": "licence", "license_url": "licence_url"}
    old = [{renamed.get(key, key): value for key, value in item.items()} for item in new]
    for item in old:
        item["colour_order"] = item.pop("color_order")
    old[1]["under"] = {"style": old[1].pop("base_style"), "share": old[1].pop("blend")}
    assert read_manifest(write_manifest(tmp_path, *old)) == expected


@pytest.mark.parametrize(
    "changes", [{"base_style": "ink"}, {"blend": 0.3}, {"under": "ink"}, {"under": {"style": "ink"}}]
)
def test_half_of_a_stack_is_told_with_the_name_of_the_manifest(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = write_manifest(tmp_path, entry("ink"), entry("wash", **changes))
    with pytest.raises(BadWeights, match=r"manifest\.json: not a usable manifest"):
        read_manifest(path)
