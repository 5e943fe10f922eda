"""Finds the JSON that a page carries in its scripts, with a JSON parser, so that an item ends where it ends."""

import json
import re
from collections.abc import Iterator
from typing import Any

from selectolax.lexbor import LexborHTMLParser

DECODER = json.JSONDecoder()
OPENING = re.compile(r"[\[{]")
# What may be spent on brackets that open no JSON, in characters skipped: some seconds. To read one takes ten times as
# long; and a value that nests too deeply, a thousand levels of it.
MOST_EFFORT, READ, TOO_DEEP = 2 * 10**9, 10, 10**6


def lists_of_objects(text: str) -> Iterator[list[dict[str, Any]]]:
    """All lists of objects, however deep, in a JSON text or in the scripts of an HTML page."""
    for value in _values(text):
        yield from _lists(value)


def answer_of(text: str) -> Any:
    """The JSON that a text is; None if it is none."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # perhaps a page that begins oddly
        return None


def _values(text: str) -> Iterator[Any]:
    answer = answer_of(text)
    if answer is not None:
        yield answer
        return
    for script in LexborHTMLParser(text).css("script"):
        yield from _values_in_script(script.text())


def _values_in_script(script: str) -> Iterator[Any]:
    """Each object or list that a script assigns. One that is no JSON is code: the search goes on inside it.

    It is given up where that would be to read everything again from each of very many brackets.
    """
    place, effort = 0, MOST_EFFORT
    while effort > 0 and (match := OPENING.search(script, place)):
        try:
            value, place = DECODER.raw_decode(script, match.start())
            yield value
        except json.JSONDecodeError as error:
            # Python counts the lines up to where it failed.
            place, effort = match.end(), effort - error.pos - READ * (error.pos - match.start())
        except RecursionError:
            place, effort = match.end(), effort - TOO_DEEP


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
