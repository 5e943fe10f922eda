"""Comparisons of styles: photos and results, votes and which pair comes next, tables, and what is deleted."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.services import delete_account
from gallery.comparisons import queries, services
from gallery.comparisons.services import StudyClosed, record_vote
from gallery.comparisons.tables import build_table, stream_votes_csv, write_table_csv
from gallery.comparisons.voters import Voter
from gallery.locks import ObjectDeleted
from gallery.models import Study, StudyPhoto, StudyResult, StudyVote, VoteOutcome
from gallery.storage.media import media_path
from gallery.storage.orphans import compare_media_with_rows, delete_orphaned_files
from gallery.styles import get_style_titles
from inference import runtime
from tests.gallery.pictures import photo_bytes
from tests.gallery.studies import STYLES, log_in, make_staff, make_study, results_of
from tests.threads import at_once, engine_held
from tests.tiny_architecture import write_weights_dir

pytestmark = pytest.mark.mariadb

GUEST, OTHER_GUEST = Voter("guest a"), Voter("guest b")
GONE = (ObjectDeleted, Study.DoesNotExist)  # what may be said of a study that is deleted just now
Files = Callable[[], list[str]]


@pytest.fixture
def staff(db: None) -> User:
    return make_staff()


@pytest.fixture
def study(staff: User) -> Study:
    return make_study(staff)


def vote(study: Study, voter: Voter, outcome: VoteOutcome = VoteOutcome.LEFT) -> bool:
    """Answer the next question; whether there was one."""
    question = queries.get_ballot(study, voter).question
    if question:
        record_vote(study=study, voter=voter, left=question.left, right=question.right, outcome=outcome)
    return question is not None


def styles_of(study: Study) -> Iterator[tuple[str, str]]:
    for row in StudyVote.objects.filter(photo__study=study):
        yield row.left_style, row.right_style


def form(**more: object) -> dict[str, object]:
    return {"name": "Lines", "styles": STYLES, "samples": ["cat"], **more}


def test_a_study_has_each_photo_in_each_style_once(study: Study) -> None:
    made = Counter((result.photo.number, result.style) for result in results_of(study))
    assert made == Counter({(number, style): 1 for number in range(2) for style in STYLES})
    assert not services.make_next_result(study=study)
    assert queries.get_progress(study).is_complete


def test_what_voters_get_names_no_style_and_says_that_it_was_made_by_ai(study: Study) -> None:
    for result in results_of(study):
        data = media_path(result.file).read_bytes()
        assert b"compositeWithTrainedAlgorithmicMedia" in data
        assert result.style.encode() not in data
        assert result.style not in result.file


def test_the_page_makes_one_result_after_another_and_says_how_far_it_is(staff: User) -> None:
    study, client = make_study(staff, photos=1, is_ready=False), log_in(staff)
    url = f"/compare/{study.pk}/prepare/"
    pages = [client.post(url, headers={"HX-Request": "true"}).content.decode() for _ in STYLES]
    assert "1 of 3 results are ready" in pages[0]
    assert 'hx-trigger="load, every 30s"' in pages[0]
    assert "All 3 results are ready" in pages[-1]
    assert "hx-trigger" not in pages[-1]


def test_without_scripts_a_button_makes_the_next_result(staff: User) -> None:
    study = make_study(staff, photos=1, is_ready=False)
    response = log_in(staff).post(f"/compare/{study.pk}/prepare/")
    assert response["Location"] == f"/compare/{study.pk}/"
    assert len(results_of(study)) == 1


def test_a_busy_engine_is_told_and_asked_again(staff: User, settings: LazySettings) -> None:
    study = make_study(staff, photos=1, is_ready=False)
    with engine_held(wait_seconds=0):
        response = log_in(staff).post(f"/compare/{study.pk}/prepare/", headers={"HX-Request": "true"})
    assert response.status_code == 503
    assert "Many photos are being converted" in response.content.decode()
    assert "load delay:" in response.content.decode()
    assert services.make_next_result(study=study)


def test_a_style_that_is_gone_is_named_and_the_others_are_compared(
    staff: User, settings: LazySettings, tmp_path: Path
) -> None:
    study = make_study(staff, is_ready=False)
    settings.WEIGHTS_DIR = write_weights_dir(tmp_path, *STYLES[:2])
    runtime.get_style_registry.cache_clear()
    while services.make_next_result(study=study):
        pass
    progress = queries.get_progress(study)
    assert (progress.done, progress.total, progress.missing_styles) == (4, 4, STYLES[2:])
    title = get_style_titles("en")[STYLES[2]]
    assert f"No longer available here: {title}." in log_in(staff).get(f"/compare/{study.pk}/").content.decode()
    assert queries.get_ballot(study, GUEST).total == 2


def test_a_form_with_own_photos_and_samples_makes_a_study(staff: User, media: Files) -> None:
    photos = [BytesIO(photo_bytes(seed=seed)) for seed in (1, 2)]
    response = log_in(staff).post("/compare/new/", form(photos=photos, agreed="on"))
    study = Study.objects.get()
    assert response["Location"] == f"/compare/{study.pk}/"
    assert [study.name, study.styles, study.owner] == ["Lines", STYLES, staff]
    assert [photo.number for photo in study.photos.order_by("number")] == [0, 1, 2]
    assert len(media()) == 6


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": ""}, "This field is required"),
        ({"styles": STYLES[:1]}, "Choose at least two styles"),
        ({"styles": STYLES[:1] * 2}, "Choose at least two styles"),
        ({"styles": [STYLES[0], "nowhere"]}, "This style is not available here"),
        ({"samples": []}, "Choose at least one photo"),
        ({"samples": ["nowhere"]}, "nowhere is not one of the available choices"),
    ],
)
def test_a_form_that_lacks_something_says_so_and_stores_nothing(
    staff: User, media: Files, data: dict[str, object], words: str
) -> None:
    response = log_in(staff).post("/compare/new/", form(**data))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert (Study.objects.count(), media()) == (0, [])


def test_own_photos_need_a_promise(staff: User) -> None:
    response = log_in(staff).post("/compare/new/", form(photos=[BytesIO(photo_bytes())]))
    assert response.status_code == 422
    assert "You can only use your own photos if you confirm this." in response.content.decode()


def test_a_damaged_file_is_named_and_the_others_are_used(staff: User) -> None:
    broken = BytesIO(photo_bytes()[:300])
    broken.name = "broken.jpg"
    response = log_in(staff).post("/compare/new/", form(photos=[broken], agreed="on"), follow=True)
    assert "broken.jpg: " in response.content.decode()
    assert [photo.name for photo in StudyPhoto.objects.all()] == ["cat.png"]


def test_without_any_usable_photo_there_is_no_study(staff: User, media: Files) -> None:
    broken = BytesIO(b"these are words")
    broken.name = "words.jpg"
    response = log_in(staff).post("/compare/new/", form(samples=[], photos=[broken], agreed="on"))
    assert response.status_code == 422
    assert "words.jpg: " in response.content.decode()
    assert (Study.objects.count(), media()) == (0, [])


def test_a_voter_is_asked_about_every_pair_once_and_then_thanked(study: Study) -> None:
    answered = sum(vote(study, GUEST) for _ in range(20))
    assert answered == 6  # two photos, three pairs each
    ballot = queries.get_ballot(study, GUEST)
    assert (ballot.question, ballot.done, ballot.total) == (None, 6, 6)
    assert queries.get_ballot(study, OTHER_GUEST).done == 0


def test_what_is_compared_least_comes_first(study: Study) -> None:
    for number in range(9):
        assert vote(study, Voter(f"guest {number}"))
    pairs = Counter(StudyVote.objects.values_list("pair", flat=True))
    photos = Counter(StudyVote.objects.values_list("pair", "photo__number"))
    assert sorted(pairs.values()) == [3, 3, 3]
    assert set(photos.values()) <= {1, 2}


def test_sides_are_a_matter_of_chance_and_recorded(staff: User) -> None:
    study = make_study(staff, photos=1, styles=STYLES[:2])
    for number in range(40):
        vote(study, Voter(f"guest {number}"))
    sides = Counter(styles_of(study))
    assert set(sides) == {tuple(STYLES[:2]), tuple(reversed(STYLES[:2]))}  # but once in 500 billion runs


def test_only_the_first_word_about_a_pair_counts_whichever_side(study: Study) -> None:
    question = queries.get_ballot(study, GUEST).question
    assert question
    sides = {"left": question.left, "right": question.right}
    swapped = {"left": question.right, "right": question.left}
    assert record_vote(study=study, voter=GUEST, outcome=VoteOutcome.LEFT, **sides)
    assert not record_vote(study=study, voter=GUEST, outcome=VoteOutcome.LEFT, **swapped)
    assert StudyVote.objects.get().left_style == question.left.style


def test_a_closed_study_takes_no_vote_and_an_open_one_does_again(study: Study) -> None:
    services.set_open(study=study, is_open=False)
    with pytest.raises(StudyClosed):
        vote(study, GUEST)
    services.set_open(study=study, is_open=True)
    assert vote(study, GUEST)


def test_a_vote_for_a_study_that_was_deleted_meanwhile_is_told(study: Study) -> None:
    question = queries.get_ballot(study, GUEST).question
    assert question
    services.delete_studies(owner_id=study.owner_id, study_id=study.pk)
    with pytest.raises(ObjectDeleted):
        record_vote(study=study, voter=GUEST, left=question.left, right=question.right, outcome=VoteOutcome.LEFT)


def test_the_table_counts_neither_as_half_for_both(staff: User) -> None:
    study = make_study(staff, photos=1, styles=STYLES[:2])
    first, second = results_of(study)
    for number, outcome in enumerate([VoteOutcome.LEFT] * 3 + [VoteOutcome.NEITHER] * 2):
        record_vote(study=study, voter=Voter(str(number)), left=first, right=second, outcome=outcome)
    counts = queries.count_votes(study)
    assert counts.wins.tolist() == [[0, 4], [1, 0]]
    table = build_table(counts, {STYLES[0]: "Comic"})
    assert [(row.title, row.votes, row.undecided, row.share) for row in table.rows] == [
        ("Comic", 5, 2, 80),
        (STYLES[1], 5, 2, 20),
    ]
    assert table.rows[0].strength.value > 1 > table.rows[1].strength.value
    assert table.rows[0].shares == [None, 80]


def test_styles_that_have_not_met_are_told(study: Study, staff: User) -> None:
    assert vote(study, GUEST)
    page = log_in(staff).get(f"/compare/{study.pk}/").content.decode()
    assert "Some styles have not been compared with the others yet" in page
    while vote(study, GUEST):
        pass
    page = log_in(staff).get(f"/compare/{study.pk}/").content.decode()
    assert "Some styles have not been compared with the others yet" not in page


def test_the_csv_of_votes_has_no_names_of_people_and_no_formulas(study: Study, staff: User) -> None:
    StudyPhoto.objects.update(name="=cmd()")
    client = log_in(staff)
    vote(study, Voter(f"user {staff.pk}", staff.pk))
    vote(study, GUEST, VoteOutcome.NEITHER)
    response = client.get(f"/compare/{study.pk}/votes.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode())))  # type: ignore[arg-type]
    assert [(row["voter"], row["is_guest"], row["outcome"]) for row in rows] == [
        ("1", "0", "left"),
        ("2", "1", "neither"),
    ]
    assert {row["photo"] for row in rows} == {"'=cmd()"}
    assert "guest a" not in "".join(stream_votes_csv(study))


def test_the_csv_of_the_table_has_what_the_page_shows(study: Study, staff: User) -> None:
    while vote(study, GUEST):
        pass
    text = log_in(staff).get(f"/compare/{study.pk}/table.csv").content.decode()
    assert text == write_table_csv(build_table(queries.count_votes(study), {}))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["style"] for row in rows} == set(STYLES)
    assert {row["votes"] for row in rows} == {"4"}


def test_deleting_a_study_deletes_rows_and_files(
    study: Study, staff: User, media: Files, django_capture_on_commit_callbacks: Callable
) -> None:
    vote(study, GUEST)
    assert len(media()) == 10
    with django_capture_on_commit_callbacks(execute=True):
        log_in(staff).post(f"/compare/{study.pk}/delete/")
    assert media() == []
    assert [model.objects.count() for model in (Study, StudyPhoto, StudyResult, StudyVote)] == [0, 0, 0, 0]


def test_an_account_takes_its_studies_along_and_its_votes_in_others(
    study: Study, staff: User, other: User, media: Files, django_capture_on_commit_callbacks: Callable
) -> None:
    vote(study, Voter(f"user {other.pk}", other.pk))
    vote(study, GUEST)
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(user=other)
    assert [row.voter for row in StudyVote.objects.all()] == ["guest a"]
    with django_capture_on_commit_callbacks(execute=True):
        delete_account(user=staff)
    assert (Study.objects.count(), media()) == (0, [])


def test_files_of_a_study_are_no_orphans(study: Study) -> None:
    found = compare_media_with_rows(min_age=timedelta(0))
    assert (found.file_count, found.orphaned, found.missing) == (10, [], [])
    delete_orphaned_files()
    assert all(media_path(name).exists() for row in results_of(study) for name in row.files)


def test_a_result_that_two_pages_make_at_once_is_stored_once(
    staff: User, media: Files, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable
) -> None:
    study = make_study(staff, photos=1, is_ready=False)
    (photo,) = study.photos.all()
    monkeypatch.setattr(services, "list_missing_results", lambda study: iter([(photo, STYLES[0])]))
    with django_capture_on_commit_callbacks(execute=True):
        services.make_next_result(study=study)
        services.make_next_result(study=study)
    assert len(results_of(study)) == 1
    assert len(media()) == 3


@pytest.mark.django_db(transaction=True)
def test_of_the_same_answer_many_times_at_once_one_counts() -> None:
    study = make_study(make_staff(), photos=1)
    question = queries.get_ballot(study, GUEST).question
    assert question

    def answer() -> bool:
        own = Study.objects.get(pk=study.pk)
        return record_vote(
            study=own, voter=GUEST, left=question.left, right=question.right, outcome=VoteOutcome.NEITHER
        )

    assert sorted(map(str, at_once(*[answer] * 6))) == ["False"] * 5 + ["True"]
    assert StudyVote.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_study_that_is_deleted_while_people_vote_leaves_nothing_and_no_error(media: Files) -> None:
    study, users = make_study(make_staff()), [make_staff(f"voter{number}") for number in range(4)]

    def answer(voter: Voter) -> Callable[[], object]:
        return lambda: vote(Study.objects.get(pk=study.pk), voter)

    answers = [answer(Voter(f"user {user.pk}", user.pk)) for user in users] + [answer(GUEST)]
    deletion = partial(services.delete_studies, owner_id=study.owner_id, study_id=study.pk)
    *outcomes, deleted = at_once(*answers, deletion)
    assert deleted is None
    assert all(outcome is True or outcome is False or isinstance(outcome, GONE) for outcome in outcomes)
    assert (StudyVote.objects.count(), media()) == (0, [])


def test_the_pages_ask_as_much_with_many_photos_and_votes_as_with_few(staff: User) -> None:
    small, large = make_study(staff, photos=1), make_study(staff, photos=4)
    for number in range(5):
        while vote(large, Voter(f"guest {number}")):
            pass
    client = log_in(staff)

    def count(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    for page in ("", "vote/", "table.csv"):
        assert count(f"/compare/{small.pk}/{page}") == count(f"/compare/{large.pk}/{page}") <= 9
    assert count("/compare/") <= 5


def test_a_study_page_of_another_language_is_translated(study: Study, staff: User) -> None:
    page = log_in(staff).get(f"/compare/{study.pk}/vote/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "你更喜欢哪一张？" in page


def test_a_client_needs_no_account_to_be_sent_away(anonymous: Client, study: Study) -> None:
    assert anonymous.get("/compare/")["Location"] == "/accounts/login/?next=/compare/"
