"""Titles: what nobody sees is none."""

import pytest
from django.test import Client

from gallery.models import Exhibit, Work
from gallery.models.exhibits import normalize_title

ZWNJ, ZWJ = "\u200c", "\u200d"
FAMILY = f"👩{ZWJ}👧"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  By \t the\nsea ", "By the sea"),
        ("By\u00a0the\u3000sea", "By the sea"),
        ("By\u200b the\ufeff sea\u00ad", "By the sea"),
        ("sea\u202egpj.exe", "seagpj.exe"),
        ("bell\x07 and \x00null", "bell and null"),
        (f"{FAMILY} at home", f"{FAMILY} at home"),
        (f"می{ZWNJ}خواهم", f"می{ZWNJ}خواهم"),
        (f"{ZWJ}a{ZWNJ} {ZWJ} b{ZWJ}", "a b"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("e\u0301te\u0301", "e\u0301te\u0301"),
        ("西湖的黄昏", "西湖的黄昏"),
        ("\U0001fae9", "\U0001fae9"),  # an emoji that is newer than Python 3.11
        ("!", "!"),
    ],
)
def test_a_title_is_kept_without_what_nobody_sees(typed: str, kept: str) -> None:
    assert normalize_title(typed) == kept


INVISIBLE = {
    "zero width space": "\u200b",
    "byte order mark": "\ufeff",
    "joiners": f"{ZWJ}{ZWNJ} {ZWJ}",
    "right to left": "\u202e\u202c",
    "control": "\x01\x02",
    "soft hyphen": "\u00ad\u00ad",
    "tags": "\U000e0041\U000e0042",
    "wide spaces": "\u3000\u2003",
    "line separators": "\u2028\u2029",
    "variation selector": "\ufe0f",
    "an accent of nothing": "\u0301",
    "Hangul filler": "\u3164",
    "blank Braille": "\u2800 \u2800",
}


@pytest.mark.parametrize("title", INVISIBLE.values(), ids=INVISIBLE.keys())
def test_a_title_that_nobody_sees_is_refused_like_an_empty_one(owner_client: Client, work: Work, title: str) -> None:
    def publish(title: str) -> list[str]:
        response = owner_client.post(f"/works/{work.pk}/publish/", {"kind": "scenery", "title": title, "agreed": "on"})
        assert response.status_code == 422
        return list(response.context["form"].errors["title"])

    assert publish(title) == publish("") != []
    assert not Exhibit.objects.exists()
