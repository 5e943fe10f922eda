"""How strong each of several candidates is, by how often it was preferred to each of the others.

Bradley and Terry (Biometrika 39, 1952): candidate i is preferred to j with the probability p_i / (p_i + p_j). The
strengths p are fitted by Hunter's MM algorithm (Annals of Statistics 32, 2004, equation 3), whose every step makes the
likelihood larger.

Who prefers neither counts as half a preference for each.

So that there always is one answer, also where a candidate has won or lost every time, or where some have never met,
each candidate is taken to have met one more opponent, of strength 1, in `PRIOR_GAMES` games, and to have won half of
them. Without votes all strengths are 1; with many it is not felt. Candidates that have never met, directly or through
others, are not ordered by this: `find_groups` says which have.
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
    With `prior_games` 0 there is no answer where somebody has won or lost every game: then raise ValueError.
    """
    count = len(wins)
    if not count:
        return []
    logs = np.log(_fit(wins, prior_games))
    covariance = _estimate_covariance(wins, np.exp(logs), prior_games)
    centering = np.eye(count) - 1 / count
    errors = np.sqrt(np.clip(np.diag(centering @ covariance @ centering.T), 0, None))
    logs -= logs.mean()
    bounds = np.exp([logs, logs - Z_95 * errors, logs + Z_95 * errors]).T
    return [Strength(*map(float, row)) for row in bounds]


def _fit(wins: Matrix, prior_games: float) -> Matrix:
    games, won = wins + wins.T, wins.sum(axis=1) + prior_games / 2
    if not prior_games and (not won.all() or not wins.sum(axis=0).all()):
        raise ValueError("who has won or lost every game has no strength without a prior")
    strengths = np.ones(len(wins))
    for _step in range(MAX_STEPS):
        expected = (games / np.add.outer(strengths, strengths)).sum(axis=1) + prior_games / (strengths + 1)
        updated = won / expected
        if not prior_games:
            updated /= np.exp(np.log(updated).mean())  # the scale is free, so it is fixed
        has_settled = np.abs(np.log(updated / strengths)).max() < TOLERANCE
        strengths = updated
        if has_settled:
            break
    return strengths


def _estimate_covariance(wins: Matrix, strengths: Matrix, prior_games: float) -> Matrix:
    """Of the logarithms of the strengths. Without a prior their mean is free, and the pseudo-inverse leaves it out."""
    chances = strengths[:, None] / np.add.outer(strengths, strengths)
    weights = (wins + wins.T) * chances * (1 - chances)
    prior = prior_games * strengths / (strengths + 1) ** 2
    information = np.diag(weights.sum(axis=1) + prior) - weights
    return np.asarray(np.linalg.pinv(information, hermitian=True), np.float64)


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
