"""All faults of items, spread over a site."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, product

from tests.crawler.fake_vcg.faults import CopyOf, Fault, Outcome, outcome
from tests.crawler.fake_vcg.places import PHRASES, Place

# A stalled picture costs a crawler its whole time limit.
USUAL = tuple(fault for fault in Fault if fault is not Fault.STALL)
_COPIES = (Fault.DUPLICATE, Fault.NEAR_DUPLICATE)


@dataclass(frozen=True)
class Plan:
    """Which items are faulty, and how every item of the site should end."""

    faults: dict[Place, Fault | CopyOf]
    ends: dict[Place, Outcome]

    @property
    def good(self) -> list[Place]:
        """What should be kept: the faultless, and those that come right in the end."""
        return self.ending(Outcome.KEPT)

    @property
    def bad(self) -> list[Place]:
        return [place for place, end in self.ends.items() if end is not Outcome.KEPT]

    def ending(self, end: Outcome) -> list[Place]:
        return [place for place, its_end in self.ends.items() if its_end is end]


def sprinkle(
    phrases: Sequence[str] = tuple(PHRASES),
    *,
    genders: Sequence[int] = (1, 2),
    pages: int = 3,
    per_page: int = 100,
    share: float = 0.2,
    kinds: Sequence[Fault] = USUAL,
    seed: int = 1,
) -> Plan:
    """Faults of all kinds in turn at a share of all places, the same ones for the same seed.

    A duplicate is of a faultless place that comes earlier, on any page: seen in order, the other one is kept.
    """
    numbers = product(phrases, genders, range(1, pages + 1), range(1, per_page + 1))
    places = [Place(*each) for each in numbers]
    rng = random.Random(seed)
    faulty = rng.sample(range(1, len(places)), round(share * len(places)))  # the first has nothing to be a copy of
    faultless = sorted(set(range(len(places))) - set(faulty))
    faults: dict[Place, Fault | CopyOf] = {}
    for number, kind in zip(sorted(faulty), _shuffled(kinds, rng), strict=False):
        original = places[rng.choice([one for one in faultless if one < number])]
        faults[places[number]] = CopyOf(original, kind is Fault.NEAR_DUPLICATE) if kind in _COPIES else kind
    return Plan(faults, {place: outcome(faults.get(place)) for place in places})


def _shuffled(kinds: Sequence[Fault], rng: random.Random) -> Iterator[Fault]:
    return cycle(rng.sample(kinds, len(kinds)))
