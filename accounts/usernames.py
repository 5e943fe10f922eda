"""Which user names are one name, which look like one, and which are not allowed at all.

After Unicode Technical Standard 39 (Unicode Security Mechanisms): skeletons of confusable characters, and its "highly
restrictive" profile, in which letters of one script stand together, and Latin ones beside Chinese, Japanese and Korean.
"""

import unicodedata
from collections import defaultdict
from functools import cache
from hashlib import sha256

from confusable_homoglyphs.categories import alias
from confusable_homoglyphs.confusables import confusables_data

SCRIPTS_OF_NONE = {"COMMON", "INHERITED"}
SCRIPTS_TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
# Default_Ignorable_Code_Point of Unicode: they are shown as nothing. Some of them are letters.
IGNORABLE_RANGES = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)


def make_username_key(username: str) -> str:
    """Return what two user names share when they differ only in case or in the width of their characters."""
    return unicodedata.normalize("NFKC", username.strip()).casefold()


def make_username_skeleton(username: str) -> str:
    """Return what two user names share when they look alike.

    It is a SHA-256, as databases compare texts in ways of their own.
    `paypal` and `pаypаl` with Cyrillic letters share it, as do `Iena` and `lena`, or `l0` and `10`.
    """
    text = _map_confusables(unicodedata.normalize("NFKC", username.strip()))
    return sha256(_map_confusables(text.casefold()).encode()).hexdigest()


def has_invisible_characters(username: str) -> bool:
    return any(first <= ord(char) <= last for char in username for first, last in IGNORABLE_RANGES)


def has_mixed_scripts(username: str) -> bool:
    """Return whether letters stand together that nobody writes together, or digits of several kinds."""
    scripts = {alias(char) for char in username} - SCRIPTS_OF_NONE
    zeros = {ord(char) - unicodedata.decimal(char) for char in username if char.isdecimal()}
    return len(zeros) > 1 or not (len(scripts) <= 1 or any(scripts <= together for together in SCRIPTS_TOGETHER))


def _map_confusables(text: str) -> str:
    prototypes = _prototypes()
    mapped = "".join(prototypes.get(char, char) for char in unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFD", mapped)


@cache
def _prototypes() -> dict[str, str]:
    """Return the character, or the characters, that each confusable character stands for.

    The package lists who looks like whom, in both directions: a prototype and all that look like it.
    """
    neighbors: dict[str, set[str]] = defaultdict(set)
    for text, others in confusables_data.items():
        for other in others:
            one, another = _without_marks(text), _without_marks(other["c"])
            neighbors[one].add(another)
            neighbors[another].add(one)
    prototypes: dict[str, str] = {}
    for text in neighbors:
        if text not in prototypes:
            group = _connected(text, neighbors)
            # Several characters are always a prototype; else it is what most others look like.
            prototype = max(group, key=lambda member: (len(member) > 1, len(neighbors[member]), -ord(member[0])))
            prototypes.update(dict.fromkeys(group, prototype))
    return {text: prototype for text, prototype in prototypes.items() if len(text) == 1 and text != prototype}


def _without_marks(text: str) -> str:
    return text.replace("\u200e", "")  # which set apart letters that are written from the right


def _connected(start: str, neighbors: dict[str, set[str]]) -> set[str]:
    group, left = {start}, [start]
    while left:
        for member in neighbors[left.pop()] - group:
            group.add(member)
            left.append(member)
    return group
