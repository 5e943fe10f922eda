"""What people preferred, as a table and as CSV."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gallery.comparisons.bradley_terry import Strength, compute_win_shares, find_groups, fit_strengths
from gallery.comparisons.queries import VoteCounts
from gallery.models import Study, StudyVote

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
ROWS_PER_QUERY = 1000


@dataclass(frozen=True)
class StyleRow:
    """A style in the table: its strength, its votes, and per cents of votes that it won, of each of the others and of
    all. `shares` are in the order of the table; None where two have not met."""

    style: str
    title: str
    strength: Strength
    votes: int
    undecided: int
    share: float | None
    shares: Sequence[float | None]


@dataclass(frozen=True)
class StrengthTable:
    """The styles, the strongest first; `is_connected`: all of them have met, directly or through others."""

    rows: list[StyleRow]
    votes: int
    is_connected: bool


def build_table(counts: VoteCounts, titles: Mapping[str, str]) -> StrengthTable:
    """Return the table of what was counted; `titles` are those of the styles, by their ids."""
    strengths, shares = fit_strengths(counts.wins), compute_win_shares(counts.wins)
    games = counts.wins + counts.wins.T
    order = sorted(range(len(counts.styles)), key=lambda index: -strengths[index].value)
    rows = [
        StyleRow(
            style=counts.styles[index],
            title=titles.get(counts.styles[index], counts.styles[index]),
            strength=strengths[index],
            votes=int(games[index].sum()),
            undecided=counts.undecided[index],
            share=_percent(counts.wins[index].sum() / games[index].sum() if games[index].any() else None),
            shares=[_percent(shares[index][other]) for other in order],
        )
        for index in order
    ]
    return StrengthTable(rows, int(counts.wins.sum()), len(find_groups(counts.wins)) <= 1)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * float(share)


def write_table_csv(table: StrengthTable) -> str:
    """Return the table as CSV; percentages of votes won against each other style are in its last columns."""
    head = ["style", "strength", "low_95", "high_95", "votes", "neither", "won_percent"]
    lines: list[list[object]] = [[*head, *(f"won_percent_against_{row.style}" for row in table.rows)]]
    for row in table.rows:
        bounds = [f"{value:.4f}" for value in (row.strength.value, row.strength.low, row.strength.high)]
        shares = ["" if share is None else f"{share:.1f}" for share in (row.share, *row.shares)]
        lines.append([row.style, *bounds, row.votes, row.undecided, *shares])
    return _to_csv(lines)


def stream_votes_csv(study: Study) -> Iterator[str]:
    """Yield all votes of a study as CSV, the oldest first. Voters have numbers, and no names."""
    yield _to_csv([["time", "photo_number", "photo", "left_style", "right_style", "outcome", "voter", "is_guest"]])
    numbers: dict[str, int] = {}
    votes = StudyVote.objects.filter(photo__study=study).select_related("photo").order_by("pk")
    last = 0
    while batch := list(votes.filter(pk__gt=last)[:ROWS_PER_QUERY]):
        last = batch[-1].pk
        yield _to_csv(_vote_line(vote, numbers.setdefault(vote.voter, len(numbers) + 1)) for vote in batch)


def _vote_line(vote: StudyVote, voter: int) -> list[object]:
    photo, time = vote.photo, vote.created.isoformat(timespec="seconds")
    styles = [vote.left_style, vote.right_style]
    return [time, photo.number + 1, photo.name, *styles, vote.outcome, voter, int(vote.user_id is None)]


def _to_csv(lines: Iterable[Iterable[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[_defuse(value) for value in line] for line in lines])
    return buffer.getvalue()


def _defuse(value: object) -> object:
    """Names of files are what somebody chose: none shall be a formula for a spreadsheet."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
