"""JSON of strangers: what is no plain JSON is refused with a ValueError, whatever is wrong with it."""

import os
from pathlib import Path

import pytest

from imaging.json_files import parse_json, read_json

pytestmark = pytest.mark.no_database


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "nests more than 64 deep"),
        ('{"a": ' * 200 + "1" + "}" * 200, "nests more than 64 deep"),
        ("[" * 66 + "]" * 66, "nests more than 64 deep"),
        ('{"a": 1, "a": 2}', "'a' is there twice"),
        ("[NaN]", "NaN is not a finite number"),
        ("[-Infinity]", "not a finite number"),
        ("[1e999]", "not a finite number"),
        ("9" * 5000, "digits"),
        ('["\\ud800"]', "surrogates"),
        ('{"\\udfff": 1}', "surrogates"),
        (b'"\xff"', "utf-8"),
        ("", "Expecting value"),
        ("{", "Expecting"),
    ],
)
def test_what_could_do_harm_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_json(text)


def test_what_is_plain_json_is_read_as_ever() -> None:
    text = '{"a": [1, 2.5, null, true, "\u6c34\u58a8"], "b": {"a": ' + "[" * 60 + "]" * 60 + "}}"
    assert parse_json(text)["a"] == [1, 2.5, None, True, "水墨"]
    assert parse_json('"\\ud83d\\ude00"') == "\U0001f600"


def test_a_pipe_is_not_waited_for_and_a_large_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="not a file"):
        read_json(tmp_path / "pipe")
    (tmp_path / "large.json").write_text("[" + " " * 100 + "]", "utf-8")
    with pytest.raises(ValueError, match="102 bytes, more than 100"):
        read_json(tmp_path / "large.json", 100)
    assert read_json(tmp_path / "large.json") == []
