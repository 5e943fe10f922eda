"""Faults are spread over the test site so that each item's end is known."""

from collections import Counter

import pytest

from tests.crawler.fake_vcg import CopyOf, FakeVcg, Fault, scatter_faults
from tests.crawler.fake_vcg.fault_plan import USUAL
from tests.crawler.fake_vcg.faults import Outcome

pytestmark = pytest.mark.no_database


def test_a_fifth_of_the_items_is_faulty_in_all_ways() -> None:
    plan = scatter_faults()
    assert list(plan.outcomes) == FakeVcg().list_slots()
    assert (len(plan.outcomes), len(plan.faults)) == (1200, 240)
    often = Counter(fault for fault in plan.faults.values() if not isinstance(fault, CopyOf))
    assert set(often) == set(USUAL) - {Fault.DUPLICATE, Fault.NEAR_DUPLICATE}
    assert min(often.values()) >= 240 // len(USUAL)
    assert {fault.near for fault in plan.faults.values() if isinstance(fault, CopyOf)} == {True, False}


def test_the_same_seed_spreads_the_same_faults() -> None:
    assert scatter_faults(seed=4) == scatter_faults(seed=4) != scatter_faults(seed=5)


def test_every_item_is_good_or_bad_and_ends_as_its_fault_does() -> None:
    plan = scatter_faults(["雪景"], genders=[2], pages=2, per_page=60, share=0.5)
    assert sorted([*plan.good, *plan.bad]) == sorted(plan.outcomes)
    assert {slot.phrase for slot in plan.outcomes} == {"雪景"}
    assert all(plan.outcomes[slot] is Outcome.KEPT for slot in plan.outcomes if slot not in plan.faults)
    assert {plan.outcomes[slot] for slot in plan.faults} == set(Outcome)
    assert [plan.faults[slot] for slot in plan.list_slots_with(Outcome.TOO_SMALL)].count(Fault.TOO_SMALL) >= 2


def test_what_a_duplicate_is_of_comes_earlier_and_is_kept() -> None:
    plan = scatter_faults()
    order = list(plan.outcomes)
    for slot in plan.list_slots_with(Outcome.DUPLICATE):
        copy = plan.faults[slot]
        assert isinstance(copy, CopyOf)
        assert copy.slot not in plan.faults
        assert order.index(copy.slot) < order.index(slot)
