"""What is read of studies: how far they are, which pair comes next, and what people preferred."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

import numpy as np
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from gallery.comparisons.bradley_terry import Matrix
from gallery.comparisons.voters import Voter
from gallery.models import Study, StudyPhoto, StudyResult, StudyVote, VoteOutcome
from gallery.models.studies import make_pair
from inference.runtime import get_style_registry

random_source = random.SystemRandom()  # nobody can work out which side a style will be on


@dataclass(frozen=True)
class StudyProgress:
    """How many results of a study are made, of how many, and which of its styles are no longer there."""

    done: int
    total: int
    missing_styles: list[str]

    @property
    def is_complete(self) -> bool:
        return self.done >= self.total


@dataclass(frozen=True)
class Question:
    """Two results of one photo, and the sides that they stand on."""

    photo: StudyPhoto
    left: StudyResult
    right: StudyResult


@dataclass(frozen=True)
class Ballot:
    """What one voter is to do: the next question, if any is left; `done` pairs of `total` are compared."""

    question: Question | None
    done: int
    total: int


def list_studies() -> QuerySet[Study]:
    """Return all studies, the newest first, each with the numbers of its photos and votes."""
    votes = StudyVote.objects.filter(photo__study=OuterRef("pk")).order_by().values("photo__study")
    count = Subquery(votes.annotate(count=Count("pk")).values("count"))
    photos = Count("photos", distinct=True)
    return Study.objects.annotate(photo_count=photos, vote_count=Coalesce(count, 0)).order_by("-created", "pk")


def get_progress(study: Study) -> StudyProgress:
    """Return how far the results are. Styles that are no longer there are not waited for."""
    available = {style.id for style in get_style_registry().available()}
    made = Counter(StudyResult.objects.filter(photo__study=study).values_list("style", flat=True))
    photos = study.photos.count()
    possible = [style for style in study.styles if style in available or made[style] == photos]
    return StudyProgress(
        done=sum(made[style] for style in possible),
        total=photos * len(possible),
        missing_styles=[style for style in study.styles if style not in possible],
    )


def list_missing_results(study: Study) -> Iterator[tuple[StudyPhoto, str]]:
    """Yield each photo and style that can be converted and is not: all styles of one photo after another."""
    available = {style.id for style in get_style_registry().available()}
    made = set(StudyResult.objects.filter(photo__study=study).values_list("photo_id", "style"))
    for photo in study.photos.order_by("number"):
        for style in study.styles:
            if style in available and (photo.pk, style) not in made:
                yield photo, style


def get_ballot(study: Study, voter: Voter) -> Ballot:
    """Return what a voter is asked next, by what has been compared least, and how far they are.

    Of the pairs that this voter has not compared yet: one of two styles that are compared least often on all photos,
    then on the photo that these were compared least on; among equals, and for the sides, by chance.
    """
    results = _load_results(study)
    answered = set(_votes_of(study).filter(voter=voter.key).values_list("photo_id", "pair")) if voter.key else set()
    by_photo = {
        (photo_id, pair): count
        for photo_id, pair, count in _votes_of(study).values_list("photo_id", "pair").annotate(count=Count("pk"))
    }
    by_pair: Counter[str] = Counter()
    for (_photo_id, pair), count in by_photo.items():
        by_pair[pair] += count
    choices = [pair for made in results.values() for pair in combinations(made, 2)]
    keys = [(first.photo_id, make_pair(first.style, second.style)) for first, second in choices]
    ranked = [
        (by_pair[key[1]], by_photo.get(key, 0), random_source.random(), index)
        for index, key in enumerate(keys)
        if key not in answered
    ]
    question = _ask(*choices[min(ranked)[-1]]) if ranked else None
    return Ballot(question, len(keys) - len(ranked), len(keys))


def _ask(*pair: StudyResult) -> Question:
    left, right = random_source.sample(pair, 2)
    return Question(left.photo, left, right)


def _votes_of(study: Study) -> QuerySet[StudyVote]:
    return StudyVote.objects.filter(photo__study=study).order_by()


def _load_results(study: Study) -> dict[UUID, list[StudyResult]]:
    """The results that are there, by the key of their photo, in the order of the styles."""
    found: dict[UUID, list[StudyResult]] = defaultdict(list)
    rows = StudyResult.objects.filter(photo__study=study).exclude(file="").select_related("photo")
    for result in rows.order_by("photo__number", "style"):
        found[result.photo_id].append(result)
    return found


@dataclass(frozen=True)
class VoteCounts:
    """How often each style was preferred to each of the others: `wins[i, j]`, neither as half for both.

    `undecided[i]` counts the games of a style in which neither was preferred.
    """

    styles: Sequence[str]
    wins: Matrix
    undecided: Sequence[int]


def count_votes(study: Study) -> VoteCounts:
    """Return what people preferred so far."""
    index = {style: number for number, style in enumerate(study.styles)}
    wins, undecided = np.zeros((len(index), len(index))), [0] * len(index)
    groups = _votes_of(study).values_list("left_style", "right_style", "outcome").annotate(count=Count("pk"))
    for left_style, right_style, outcome, count in groups:
        left, right = index[left_style], index[right_style]
        share = {VoteOutcome.LEFT.value: 1.0, VoteOutcome.RIGHT.value: 0.0}.get(outcome, 0.5)
        wins[left, right] += share * count
        wins[right, left] += (1 - share) * count
        if outcome == VoteOutcome.NEITHER:
            undecided[left] += count
            undecided[right] += count
    return VoteCounts(study.styles, wins, undecided)
