"""The log of a run."""

import pytest

from training.report.log import LossMeter

pytestmark = pytest.mark.no_database


def test_the_mean_of_a_loss_is_of_the_steps_that_it_had_a_part_in() -> None:
    meter = LossMeter(0)
    for losses in ({"l1": 1.0, "hint": 0.5}, {"l1": 2.0}, {"l1": 3.0}):
        meter.add(losses)
    assert meter.means(("l1", "hint", "patches")) == {"l1": 2.0, "hint": 0.5, "patches": 0.0}
