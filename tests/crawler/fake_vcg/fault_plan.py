"""All faults of items, spread over a site."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, product

from tests.crawler.fake_vcg.faults import CopyOf, Fault, Outcome, expected_outcome
from tests.crawler.fake_vcg.slots import PHRASES, PictureSlot

# A stalled picture costs a crawler its whole time limit.
USUAL = tuple(fault for fault in Fault if fault is not Fault.STALL)
_COPIES = (Fault.DUPLICATE, Fault.NEAR_DUPLICATE)


@dataclass(frozen=True)
class FaultPlan:
    """Which items are faulty, and how every item of the site should end."""

    faults: dict[PictureSlot, Fault | CopyOf]
    outcomes: dict[PictureSlot, Outcome]

    @property
    def good(self) -> list[PictureSlot]:
        """What should be kept: the faultless, and those that come right in the end."""
        return self.list_slots_with(Outcome.KEPT)

    @property
    def bad(self) -> list[PictureSlot]:
        return [slot for slot, end in self.outcomes.items() if end is not Outcome.KEPT]

    def list_slots_with(self, end: Outcome) -> list[PictureSlot]:
        return [slot for slot, its_end in self.outcomes.items() if its_end is end]


def scatter_faults(
    phrases: Sequence[str] = tuple(PHRASES),
    *,
    genders: Sequence[int] = (1, 2),
    pages: int = 3,
    per_page: int = 100,
    share: float = 0.2,
    kinds: Sequence[Fault] = USUAL,
    seed: int = 1,
) -> FaultPlan:
    """Faults of all kinds in turn at a share of all slots, the same ones for the same seed.

    A duplicate is of a faultless slot that comes earlier, on any page: seen in order, the other one is kept.
    """
    numbers = product(phrases, genders, range(1, pages + 1), range(1, per_page + 1))
    slots = [PictureSlot(*each) for each in numbers]
    rng = random.Random(seed)
    faulty = rng.sample(range(1, len(slots)), round(share * len(slots)))  # the first has nothing to be a copy of
    faultless = sorted(set(range(len(slots))) - set(faulty))
    faults: dict[PictureSlot, Fault | CopyOf] = {}
    for number, kind in zip(sorted(faulty), _shuffled(kinds, rng), strict=False):
        original = slots[rng.choice([one for one in faultless if one < number])]
        faults[slots[number]] = CopyOf(original, kind is Fault.NEAR_DUPLICATE) if kind in _COPIES else kind
    return FaultPlan(faults, {slot: expected_outcome(faults.get(slot)) for slot in slots})


def _shuffled(kinds: Sequence[Fault], rng: random.Random) -> Iterator[Fault]:
    return cycle(rng.sample(kinds, len(kinds)))
