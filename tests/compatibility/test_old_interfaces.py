"""What people and programs may rely on: commands and options, settings, URLs, JSON, columns of tables, the export."""

import ast
import io
import json
import lzma
import re
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from gallery.models import VideoUpload
from tests.compatibility.conftest import DATA, FACTS, OldSite
from tests.gallery.pictures import photo_bytes, upload

pytestmark = pytest.mark.mariadb
PROMISES: dict[str, Any] = json.loads(lzma.decompress((DATA / "promises.json.xz").read_bytes()))
SETTINGS_SOURCE = Path("animegan_site/settings.py")


@pytest.mark.no_database
@pytest.mark.parametrize("name", PROMISES["commands"])
def test_every_old_option_of_a_command_is_taken_as_before(name: str) -> None:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    positional = [action for action in parser._actions if not action.option_strings]
    for old in PROMISES["commands"][name]:
        now = parser._option_string_actions[old["options"][0]] if old["options"] else positional.pop(0)
        assert all(parser._option_string_actions.get(option) is now for option in old["options"]), old
        assert now.nargs in (old["nargs"], "+"), old  # where one was taken, one of several is
        assert "--device" in old["options"] or str(now.default).strip("[]") == old["default"].strip("[]"), (
            old
        )  # this machine's own
        assert old["required"] or not now.required, old
        assert now.choices is None or set(old["choices"] or ()) <= set(map(str, now.choices)), old
    assert not any(action.required for action in positional)


# Who set them has what they set; the others may send more than before.
RAISED_LIMITS = {"UPLOAD_MAX_MEGAPIXELS": "51", "VIDEO_MAX_PIXELS": "3_000_000"}


@pytest.mark.no_database
def test_every_old_setting_is_read_with_its_default() -> None:
    now = dict(re.findall(r'env\.\w+\(\s*"([A-Z_]+)",\s*([^,)]+)', SETTINGS_SOURCE.read_text("utf-8")))
    assert PROMISES["settings"].keys() <= now.keys()
    for name, default in (PROMISES["settings"] | RAISED_LIMITS).items():
        assert _value_of(now[name]) == _value_of(default), name


def _value_of(text: str) -> object:
    """The default in a settings file; of several, which were a list and are one text now, the first."""
    try:
        return ast.literal_eval(text) or ""
    except (SyntaxError, ValueError):
        return text.strip('["')  # an expression, or the beginning of a list or text


@pytest.mark.no_database
def test_every_old_url_is_answered() -> None:
    def routes_below(resolver: URLResolver, prefix: str = "") -> set[str]:
        found = set()
        for one in resolver.url_patterns:
            route = prefix + str(one.pattern)
            found |= {route} if isinstance(one, URLPattern) else routes_below(one, route)
        return found

    def without_names(routes: set[str]) -> set[str]:
        return {re.sub(r"<(\w+):\w+>", r"<\1>", re.sub(r"\(\?P<\w+>", "(", route)) for route in routes}

    assert len(PROMISES["routes"]) > 150
    assert without_names(set(PROMISES["routes"])) - without_names(routes_below(get_resolver())) == set()


def _shape(value: object) -> Any:
    """The keys of JSON, and the kinds of its values."""
    if isinstance(value, dict):
        return {key: _shape(one) for key, one in value.items()}
    return [_shape(one) for one in value[:1]] if isinstance(value, list) else type(value).__name__


def _assert_holds(now: Any, old: Any, at: str) -> None:
    """All that was there is there, and the same; there may be more."""
    if isinstance(old, dict):
        for key, value in old.items():
            assert key in now, f"{at}: {key}"
            _assert_holds(now[key], value, f"{at}: {key}")
    elif isinstance(old, list):
        assert len(now) == len(old), at
        for number, (one, before) in enumerate(zip(now, old, strict=True)):
            _assert_holds(one, before, f"{at}: {number}")
    else:
        assert now == old, at


def test_no_table_and_no_column_of_the_old_database_has_another_name(old_site: OldSite) -> None:
    dump = lzma.decompress((DATA / "database.sqlite.sql.xz").read_bytes()).decode()
    tables = re.findall(r'^CREATE TABLE (?:IF NOT EXISTS )?"(\w+)" \((.*?)\);$', dump, re.MULTILINE | re.DOTALL)
    old = {table: set(re.findall(r'(?:^|, )"(\w+)" (?!\()', columns)) for table, columns in tables}
    assert {"gallery_videojob", "gallery_exhibit", "accounts_attempt", "crawler_item"} <= old.keys()
    with connection.cursor() as cursor:
        for table, columns in old.items():
            if table != "sqlite_sequence":
                now = {column.name for column in connection.introspection.get_table_description(cursor, table)}
                assert len(columns) > 1 and columns <= now, table


def _in_order(export: dict[str, Any]) -> dict[str, Any]:
    """Without fractions of seconds, which the dump for MariaDB lost; databases order UUIDs each in their own way."""
    export = json.loads(re.sub(r"(:\d\d)\.\d+Z\b", r"\1Z", json.dumps(export)))
    return {name: sorted(rows, key=json.dumps) if isinstance(rows, list) else rows for name, rows in export.items()}


def test_the_export_says_what_it_said_before(old_site: OldSite) -> None:
    response = old_site.client("Mia").get("/account/export/")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert sorted(archive.namelist()) == PROMISES["exported_files"]
    _assert_holds(_in_order(json.loads(archive.read("data.json"))), _in_order(PROMISES["export"]), "data.json")


def test_the_list_of_styles_as_json_says_what_it_said_before(old_site: OldSite) -> None:
    out = StringIO()
    call_command("styles", "--json", stdout=out)
    old = [{key: value for key, value in style.items() if key != "status"} for style in PROMISES["styles"]]
    _assert_holds(json.loads(out.getvalue()), old, "styles")


def test_scripts_get_the_json_that_they_got_before(old_site: OldSite) -> None:
    mia: Client = old_site.client("Mia")
    json_only = {"headers": {"Accept": "application/json"}}
    shown, waiting = (UUID(FACTS["exhibits"][state]) for state in ("published", "waiting"))
    unfinished = f"/videos/uploads/{VideoUpload.objects.get().pk}/"
    choice = {"style": "comic", "detail": "balanced"}
    rest = (DATA / "later.mp4").read_bytes()[1000:]
    offset = {"Upload-Offset": "1000", "Accept": "application/json"}
    responses = {
        "POST /studio/": mia.post("/studio/", {"photos": upload(photo_bytes(seed=1)), **choice}, **json_only),
        "POST /studio/ with what is no picture": mia.post(
            "/studio/", {"photos": io.BytesIO(b"text"), **choice}, **json_only
        ),
        "GET /studio/queue/": mia.get("/studio/queue/none/", **json_only),
        "POST /gallery/…/like/": mia.post(f"/gallery/{shown}/like/", {"on": "1"}, **json_only),
        "POST /works/…/faces/": mia.post(f"/works/{waiting}/faces/", **json_only),
        "POST /works/…/delete/": mia.post(f"/works/{waiting}/delete/", **json_only),
        "POST /videos/uploads/": mia.post("/videos/uploads/", {"name": "a.mp4", "size": 10}, **json_only),
        "GET /videos/uploads/…/": mia.get(unfinished, **json_only),
        "PATCH /videos/uploads/…/": mia.patch(
            unfinished, rest, content_type="application/offset+octet-stream", headers=offset
        ),
        "GET /healthz": mia.get("/healthz", **json_only),
        "GET /readyz": mia.get("/readyz", **json_only),
    }
    assert responses.keys() == PROMISES["responses"].keys()
    for name, response in responses.items():
        status, shape = PROMISES["responses"][name]
        assert response.status_code == status, name
        _assert_holds(_shape(response.json()), shape, name)
