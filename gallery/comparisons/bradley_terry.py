"""How strong each of several candidates is, by how often it was preferred to each of the others.

Bradley and Terry (Biometrika 39, 1952): candidate i is preferred to j with the probability p_i / (p_i + p_j). The
strengths p are fitted by Hunter's MM algorithm (Annals of Statistics 32, 2004, equation 3), whose every step makes the
likelihood larger.

Who prefers neither counts as half a preference for each.

So that there always is one answer, also where a candidate has won or lost every time, or where some have never met,
each candidate is taken to have played `PRIOR_GAMES` more games, as many with each of the others, and to have won half
of them. Without votes all strengths are 1; with many it is not felt. Candidates that have never met, directly or
through others, are not ordered by this: `find_groups` says which have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRIOR_GAMES = 1.0
MAX_STEPS = 10_000
TOLERANCE = 1e-10  # of the logarithms of the strengths, between two steps
Z_95 = 1.959964  # standard deviations that a confidence of 95 % reaches to

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Strength:
    """How strong a candidate is; the geometric mean of all is 1. `low` and `high` bound it with 95 % confidence."""

    value: float
    low: float
    high: float


def fit_strengths(wins: Matrix, *, prior_games: float = PRIOR_GAMES) -> list[Strength]:
    """Return the strength of each candidate: `wins[i, j]` is how often i was preferred to j, halves included.

    The intervals are those of the inverse of the Fisher information at the fit, on the scale of the logarithms. They
    take each vote to be independent of all others.
    With `prior_games` 0 there is no answer where some have won every game against all of the others, or where they have
    never met: then raise ValueError.
    """
    count = len(wins)
    if count < 2:
        return [Strength(1.0, 1.0, 1.0)] * count
    counted = wins + prior_games / 2 / (count - 1) * (1 - np.eye(count))
    # Wins have to lead from everybody to everybody (Ford, American Mathematical Monthly 64, 1957).
    if not np.linalg.matrix_power((counted > 0) + np.eye(count), count).all():
        raise ValueError("without a prior, some candidates cannot be compared")
    strengths = _fit(counted)
    errors = np.sqrt(np.clip(np.diag(_estimate_covariance(counted, strengths)), 0, None))
    bounds = np.exp(np.log(strengths) + np.outer([0, -Z_95, Z_95], errors)).T
    return [Strength(*map(float, row)) for row in bounds]


def _fit(wins: Matrix) -> Matrix:
    games, won = wins + wins.T, wins.sum(axis=1)
    strengths = np.ones(len(wins))
    for _step in range(MAX_STEPS):
        updated = won / (games / np.add.outer(strengths, strengths)).sum(axis=1)
        updated /= np.exp(np.log(updated).mean())  # the scale is free, so it is fixed
        has_settled = np.abs(np.log(updated / strengths)).max() < TOLERANCE
        strengths = updated
        if has_settled:
            break
    return strengths


def _estimate_covariance(wins: Matrix, strengths: Matrix) -> Matrix:
    """Of the logarithms of the strengths, whose mean is 0: the pseudo-inverse of their Fisher information.

    Its only null vector is that of ones, as the scale is free, so the inverse without that direction is exact.
    """
    chances = strengths[:, None] / np.add.outer(strengths, strengths)
    weights = (wins + wins.T) * chances * (1 - chances)
    mean = np.full_like(weights, 1 / len(weights))
    covariance: Matrix = np.linalg.inv(np.diag(weights.sum(axis=1)) - weights + mean) - mean
    return covariance


def find_groups(wins: Matrix) -> list[list[int]]:
    """Return the candidates, by their indices, in groups of those that have met, directly or through others."""
    has_met = (wins + wins.T) > 0
    remaining, groups = set(range(len(wins))), []
    while remaining:
        group, new = set[int](), {min(remaining)}
        while new:
            group |= new
            new = {int(index) for index in np.flatnonzero(has_met[sorted(new)].any(axis=0))} - group
        groups.append(sorted(group))
        remaining -= group
    return groups


def compute_win_shares(wins: Matrix) -> list[Sequence[float | None]]:
    """Return, for each candidate, the share of its games with each of the others that it won; None where none were."""
    games = wins + wins.T
    return [
        [float(won / played) if played else None for won, played in zip(*rows, strict=True)]
        for rows in zip(wins, games, strict=True)
    ]
