"""What arguments of the crawler's commands may be; each refusal says what is wrong."""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable

from crawler.http.errors import Forbidden
from crawler.http.guard import place_of

HOST_AND_PORT = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\]):\d+")


def page_range(text: str) -> tuple[int, int]:
    """`3` is page 3, `1-5` five pages, `2-` all from the second."""
    first, dash, last = text.partition("-")
    try:
        pages = int(first), (int(last or 0) if dash else int(first))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not like 3, 1-5 or 2-") from None
    if pages[0] < 1 or (pages[1] and pages[1] < pages[0]):
        raise ArgumentTypeError(f"there is no page in {text!r}")
    return pages


def at_least(least: float, kind: Callable[[str], float] = float) -> Callable[[str], float]:
    """A number that is not too small, and finite."""

    def number(text: str) -> float:
        value = kind(text)
        if not least <= value <= 10**9:
            raise ArgumentTypeError(f"{text} is not a number from {least:g}")
        return value

    number.__name__ = "number"
    return number


def host_and_port(text: str) -> str:
    if not HOST_AND_PORT.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is not like HOST:PORT")
    return text.replace("[", "").replace("]", "")


def web_address(text: str) -> str:
    try:
        place_of(text)
    except Forbidden:
        raise ArgumentTypeError(f"{text!r} is not like https://www.example.com") from None
    return text


def folder_name(most: int) -> Callable[[str], str]:
    """Letters that mean nothing to any file system, and no more than a column of the database holds."""

    def name(text: str) -> str:
        if not re.fullmatch(rf"[A-Za-z0-9_]{{1,{most}}}", text):
            raise ArgumentTypeError(f"{text!r} names a folder: use at most {most} letters, digits and _")
        return text

    return name


class_name, gender_name = folder_name(40), folder_name(20)
