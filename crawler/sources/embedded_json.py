"""Finds the JSON that a page carries in its scripts, with a JSON parser, so that an item ends where it ends."""

import json
import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

DECODER = json.JSONDecoder()
OPENING = re.compile(r"[\[{]")


def lists_of_objects(text: str) -> Iterator[list[dict[str, Any]]]:
    """All lists of objects, however deep, in a JSON text or in the scripts of an HTML page."""
    for value in _values(text):
        yield from _lists(value)


def _values(text: str) -> Iterator[Any]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield json.loads(text)
            return
        except ValueError:
            pass  # perhaps a page that begins oddly
    for script in LexborHTMLParser(text).css("script"):
        yield from _values_in_script(script.text())


def _values_in_script(script: str) -> Iterator[Any]:
    """Each object or list that a script assigns. One that is no JSON is code: the search goes on inside it."""
    place = 0
    while match := OPENING.search(script, place):
        try:
            value, place = DECODER.raw_decode(script, match.start())
            yield value
        except (ValueError, RecursionError):
            place = match.end()


def _lists(value: Any) -> Iterator[list[dict[str, Any]]]:
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
