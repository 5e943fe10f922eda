"""Strengths from preferences, against published ones and against what can be worked out by hand."""

import numpy as np
import pytest

from gallery.comparisons.bradley_terry import compute_win_shares, find_groups, fit_strengths

pytestmark = pytest.mark.no_database

# Agresti, Categorical Data Analysis, 2nd ed., table 10.10: the American League's East in 1987. Wins of each row's team
# over each column's: Milwaukee, Detroit, Toronto, New York, Boston, Cleveland, Baltimore.
BASEBALL = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ],
    dtype=float,
)
FITTED = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0.0]  # logarithms, Baltimore's being 0


def two(wins: float, losses: float) -> np.ndarray:
    return np.array([[0.0, wins], [losses, 0.0]])


def test_the_strengths_of_a_published_table_come_out() -> None:
    strengths = fit_strengths(BASEBALL, prior_games=0)
    logs = [np.log(strength.value / strengths[-1].value) for strength in strengths]
    assert logs == pytest.approx(FITTED, abs=0.001)


def test_of_two_the_strengths_are_as_their_wins_and_the_interval_is_that_of_the_log_odds() -> None:
    first, second = fit_strengths(two(30, 10), prior_games=0)
    assert first.value / second.value == pytest.approx(3)
    # The variance of the log odds is 1/30 + 1/10; half of it goes to each side of the mean.
    error = np.sqrt(1 / 30 + 1 / 10) / 2
    assert np.log(first.high / first.value) == pytest.approx(1.959964 * error, rel=1e-4)
    assert first.low * second.high == pytest.approx(1)


def test_the_geometric_mean_of_the_strengths_is_one() -> None:
    logs = [np.log(strength.value) for strength in fit_strengths(BASEBALL)]
    assert sum(logs) == pytest.approx(0, abs=1e-9)


def test_with_many_votes_the_prior_is_not_felt() -> None:
    with_prior, without = fit_strengths(100 * BASEBALL), fit_strengths(100 * BASEBALL, prior_games=0)
    for one, other in zip(with_prior, without, strict=True):
        assert one.value == pytest.approx(other.value, rel=0.002)


def test_who_never_won_has_a_small_strength_and_a_wide_interval() -> None:
    winner, loser = fit_strengths(two(5, 0))
    assert winner.value / loser.value == pytest.approx(5.5 / 0.5)  # with the one game that is taken to be drawn
    assert winner.value * loser.value == pytest.approx(1)
    assert winner.low < 1 < winner.high
    assert winner.high < 1e3


@pytest.mark.parametrize(
    "wins", [two(5, 0), np.zeros((2, 2)), np.kron(np.eye(2), two(3, 2)), np.array([[0, 2, 1], [1, 0, 1], [0, 0, 0]])]
)
def test_without_the_prior_what_has_no_answer_is_refused(wins: np.ndarray) -> None:
    with pytest.raises(ValueError, match="without a prior"):
        fit_strengths(wins, prior_games=0)
    assert all(0 < strength.low < strength.value < strength.high < np.inf for strength in fit_strengths(wins))


def test_more_wins_in_a_row_are_a_larger_strength() -> None:
    values = [fit_strengths(two(wins, 0))[0].value for wins in (1, 5, 50)]
    assert values == sorted(values)
    assert len(set(values)) == 3


def test_neither_as_half_for_both_leaves_them_equal() -> None:
    first, second = fit_strengths(two(4.5, 4.5))
    assert (first.value, second.value) == pytest.approx((1, 1))


def test_without_votes_all_are_equal_and_nothing_is_sure() -> None:
    strengths = fit_strengths(np.zeros((3, 3)))
    assert [strength.value for strength in strengths] == pytest.approx([1, 1, 1])
    assert all(strength.low < 0.1 < 10 < strength.high for strength in strengths)
    assert fit_strengths(np.zeros((0, 0))) == []
    assert fit_strengths(np.zeros((1, 1)))[0].value == 1


def test_a_cycle_leaves_all_equal() -> None:
    cycle = np.array([[0, 3, 0], [0, 0, 3], [3, 0, 0]], dtype=float)
    assert [strength.value for strength in fit_strengths(cycle)] == pytest.approx([1, 1, 1])


def test_groups_that_have_never_met_each_get_a_finite_strength_and_are_told() -> None:
    wins = np.zeros((5, 5))
    wins[0, 1], wins[1, 2], wins[3, 4] = 4, 4, 2
    assert find_groups(wins) == [[0, 1, 2], [3, 4]]
    values = [strength.value for strength in fit_strengths(wins)]
    assert values[0] > values[1] > values[2]
    assert values[3] > values[4]
    assert np.isfinite(values).all()


def test_one_game_connects_whoever_won() -> None:
    assert find_groups(two(0, 1)) == [[0, 1]]
    assert find_groups(two(0, 0)) == [[0], [1]]


def test_shares_are_of_the_games_of_each_two() -> None:
    assert compute_win_shares(two(3, 1)) == [[None, 0.75], [0.25, None]]
