"""Parsers of the arguments of the crawler's commands; each refusal says what is wrong."""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable

from crawler.http.errors import Forbidden
from crawler.http.guard import parse_host_port

HOST_AND_PORT = re.compile(r"([\w.-]+|\[[0-9a-fA-F:]+\]):\d+")
MAX_NUMBER = 10**9


def parse_page_range(text: str) -> tuple[int, int]:
    """Return (first, last) of `3`, `1-5` or `2-`; a last page of 0 stands for all. Raise ArgumentTypeError."""
    first, dash, last = text.partition("-")
    try:
        pages = int(first), (int(last or 0) if dash else int(first))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not like 3, 1-5 or 2-") from None
    if pages[0] < 1 or (pages[1] and pages[1] < pages[0]):
        raise ArgumentTypeError(f"there is no page in {text!r}")
    return pages


def build_number_parser(minimum: float, number_type: Callable[[str], float] = float) -> Callable[[str], float]:
    """Return a parser of finite numbers from `minimum` to MAX_NUMBER; it raises ArgumentTypeError."""

    def parse_number(text: str) -> float:
        value = number_type(text)
        if not minimum <= value <= MAX_NUMBER:
            raise ArgumentTypeError(f"{text} is not a number from {minimum:g}")
        return value

    parse_number.__name__ = "number"  # argparse names it in "invalid number value"
    return parse_number


def parse_host_and_port(text: str) -> str:
    """Return `host:port` without brackets. Raise ArgumentTypeError."""
    if not HOST_AND_PORT.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is not like HOST:PORT")
    return text.replace("[", "").replace("]", "")


def parse_url(text: str) -> str:
    """Return an http or https URL as it is. Raise ArgumentTypeError."""
    try:
        parse_host_port(text)
    except Forbidden:
        raise ArgumentTypeError(f"{text!r} is not like https://www.example.com") from None
    return text


def build_folder_name_parser(max_length: int) -> Callable[[str], str]:
    """Return a parser of names whose letters mean nothing to any file system, no longer than the database's column."""

    def parse_folder_name(text: str) -> str:
        if not re.fullmatch(rf"[A-Za-z0-9_]{{1,{max_length}}}", text):
            raise ArgumentTypeError(f"{text!r} names a folder: use at most {max_length} letters, digits and _")
        return text

    return parse_folder_name


parse_class_name, parse_gender_name = build_folder_name_parser(40), build_folder_name_parser(20)
