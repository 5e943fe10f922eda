"""Faults are spread over the test site so that each item's end is known."""

from collections import Counter

import pytest

from tests.crawler.fake_vcg import CopyOf, FakeVcg, Fault, sprinkle
from tests.crawler.fake_vcg.faults import Outcome
from tests.crawler.fake_vcg.plan import USUAL

pytestmark = pytest.mark.no_database


def test_a_fifth_of_the_items_is_faulty_in_all_ways() -> None:
    plan = sprinkle()
    assert list(plan.ends) == FakeVcg().places()
    assert (len(plan.ends), len(plan.faults)) == (1200, 240)
    often = Counter(fault for fault in plan.faults.values() if not isinstance(fault, CopyOf))
    assert set(often) == set(USUAL) - {Fault.DUPLICATE, Fault.NEAR_DUPLICATE}
    assert min(often.values()) >= 240 // len(USUAL)
    assert {fault.near for fault in plan.faults.values() if isinstance(fault, CopyOf)} == {True, False}


def test_the_same_seed_spreads_the_same_faults() -> None:
    assert sprinkle(seed=4) == sprinkle(seed=4) != sprinkle(seed=5)


def test_every_item_is_good_or_bad_and_ends_as_its_fault_does() -> None:
    plan = sprinkle(["雪景"], genders=[2], pages=2, per_page=60, share=0.5)
    assert sorted([*plan.good, *plan.bad]) == sorted(plan.ends)
    assert {place.phrase for place in plan.ends} == {"雪景"}
    assert all(plan.ends[place] is Outcome.KEPT for place in plan.ends if place not in plan.faults)
    assert {plan.ends[place] for place in plan.faults} == set(Outcome)
    assert [plan.faults[place] for place in plan.ending(Outcome.TOO_SMALL)].count(Fault.TOO_SMALL) >= 2


def test_what_a_duplicate_is_of_comes_earlier_and_is_kept() -> None:
    plan = sprinkle()
    order = list(plan.ends)
    for place in plan.ending(Outcome.DUPLICATE):
        copy = plan.faults[place]
        assert isinstance(copy, CopyOf)
        assert copy.place not in plan.faults
        assert order.index(copy.place) < order.index(place)
