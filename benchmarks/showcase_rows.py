"""The gallery that its benchmark measures: many works of 50 people, with titles, likes and dates as they come."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import User, make_username_key
from gallery.models import ExhibitKind, ExhibitState
from tests.gallery.exhibits import save, unsaved

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OWNERS = 50
STYLES = {
    "comic": 0.45,
    "face_paint_512_v2": 0.25,
    "face_paint_512_v1": 0.15,
    "paprika": 0.1497,
    "celeba_distill": 0.0003,
}
RARE_STYLE = "celeba_distill"
WORDS = ("sunset", "old town", "my cat", "by the sea", "portrait", "mountain", "西湖", "长城", "我的猫", "黄昏", "雪山")
COMMON, RARE, NOWHERE = "sunset", "灯笼节", "没有这样的"
RARELY = 0.0003
HIDDEN = 10  # one of so many works is not published
BATCH = 5000


def visitor() -> User:
    return User.objects.get_or_create(username="visitor", defaults={"email": "visitor@example.com"})[0]


def _owners() -> list[User]:
    names = [f"person{number}" for number in range(OWNERS)]
    people = [User(username=name, username_key=make_username_key(name), email=f"{name}@example.com") for name in names]
    User.objects.bulk_create(people, ignore_conflicts=True)
    return list(User.objects.filter(username__in=names))


def _special(chance: random.Random, number: int) -> dict[str, Any]:
    """What tells one work from the others."""
    words = [*chance.sample(WORDS, 2), *([RARE] if chance.random() < RARELY else [])]
    is_hidden = number % HIDDEN == HIDDEN - 1
    return {
        "title": " ".join([*words, str(chance.randrange(1000))]),
        "kind": chance.choice(ExhibitKind.values),
        "style": chance.choices(list(STYLES), list(STYLES.values()))[0],
        # Most have few likes, and a few have most of them.
        "likes": min(5000, int(chance.paretovariate(0.7)) - 1),
        "published": NOW - timedelta(seconds=chance.randrange(2 * 365 * 86400)),
        "state": chance.choice([s for s in ExhibitState.values if s != ExhibitState.PUBLISHED])
        if is_hidden
        else ExhibitState.PUBLISHED,
    }


def fill(count: int) -> None:
    """Add so many published works, and the hidden ones that belong to them; always the same."""
    chance, owners = random.Random(count), _owners()
    total = count + count // (HIDDEN - 1)
    for start in range(0, total, BATCH):
        numbers = range(start, min(start + BATCH, total))
        save([unsaved(chance.choice(owners), **_special(chance, number)) for number in numbers])
