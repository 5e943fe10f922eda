"""Find the JSON that a page carries in its scripts, with a JSON parser, so that an item ends where it ends."""

import json
import re
from collections.abc import Iterator
from typing import Any

from crawler.sources.page_elements import read_elements

MAX_DIGITS = 1000  # Python turns no more than some thousand into a number


def _parse_int(text: str) -> int | str:
    return int(text) if len(text) <= MAX_DIGITS else text


DECODER = json.JSONDecoder(parse_int=_parse_int)
OPENING = re.compile(r"[\[{]")
# What may be spent on brackets that open no JSON, in characters skipped: some seconds. To read a character costs as
# much as to skip READ_COST of them; and a value that nests too deeply, a thousand levels of it.
MAX_EFFORT, READ_COST, DEEP_NESTING_COST = 2 * 10**9, 10, 10**6


def find_object_lists(text: str) -> Iterator[list[dict[str, Any]]]:
    """Yield all lists of objects, however deep, in a JSON text or in the scripts of an HTML page.

    Raise FetchError for a page that takes too long to read.
    """
    for value in _iter_values(text):
        yield from _iter_object_lists(value)


def parse_json(text: str) -> Any:
    """Return the JSON that a text is; None if it is none. A number with very many digits stays a text."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text, parse_int=_parse_int)
    except (ValueError, RecursionError):  # perhaps a page that begins oddly
        return None


def _iter_values(text: str) -> Iterator[Any]:
    value = parse_json(text)
    if value is not None:
        yield value
        return
    for _attributes, script in read_elements(text, "script"):
        yield from _iter_script_values(script)


def _iter_script_values(script: str) -> Iterator[Any]:
    """Each object or list that a script assigns. One that is no JSON is code: the search goes on inside it.

    It is given up where that would be to read everything again from each of very many brackets.
    """
    index, effort = 0, MAX_EFFORT
    while effort > 0 and (match := OPENING.search(script, index)):
        try:
            value, index = DECODER.raw_decode(script, match.start())
            yield value
        except json.JSONDecodeError as error:
            # Python counts the lines up to where it failed.
            index, effort = match.end(), effort - error.pos - READ_COST * (error.pos - match.start())
        except RecursionError:
            index, effort = match.end(), effort - DEEP_NESTING_COST


def _iter_object_lists(value: Any) -> Iterator[list[dict[str, Any]]]:
    """Without recursion: a page may nest as deep as it likes."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            if value and all(isinstance(item, dict) for item in value):
                yield value
            pending.extend(value)
