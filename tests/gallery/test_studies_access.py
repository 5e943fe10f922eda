"""Each address of a comparison as a manager, as other staff, as another person, with the link, and as nobody."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import User
from gallery.comparisons import queries, services
from gallery.comparisons.invitations import make_token
from gallery.comparisons.voters import SESSION_KEY, Voter
from gallery.models import Study, StudyVote
from tests.conftest import PASSWORD
from tests.exiftool import read_aigc
from tests.gallery.studies import log_in, make_staff, make_study, results_of

MANAGE = [
    "/compare/new/",
    "/compare/{study}/",
    "/compare/{study}/prepare/",
    "/compare/{study}/open/",
    "/compare/{study}/invitation/",
    "/compare/{study}/delete/",
    "/compare/{study}/table.csv",
    "/compare/{study}/votes.csv",
]
TAKE_PART = [
    "/compare/",
    "/compare/{study}/vote/",
    "/compare/{study}/photos/{photo}/",
    "/compare/{study}/results/{result}/",
]
INVITED = [
    "/compare/invited/{token}/",
    "/compare/invited/{token}/photos/{photo}/",
    "/compare/invited/{token}/results/{result}/",
]
CHANGES = ("prepare/", "open/", "invitation/", "delete/")  # by POST; a GET is led back to the page
URLS = [*MANAGE, *TAKE_PART, *INVITED]


@pytest.fixture
def study(db: None) -> Study:
    return make_study(make_staff())


@pytest.fixture
def manager_client(study: Study) -> Client:
    return log_in(study.owner)


@pytest.fixture
def staff_client(db: None) -> Client:
    """Staff without any permission."""
    return log_in(User.objects.create_user("Tom", "tom@example.com", PASSWORD, is_staff=True))


def url(pattern: str, study: Study, token: str = "") -> str:
    result = results_of(study)[0]
    token = token or make_token(study)
    return pattern.format(study=study.pk, photo=result.photo_id, result=result.pk, token=token)


def answer(study: Study, **more: object) -> dict[str, object]:
    """A valid vote."""
    question = queries.get_ballot(study, Voter("")).question
    assert question
    return {"left": question.left.pk, "right": question.right.pk, "outcome": "left", **more}


@pytest.mark.parametrize("pattern", URLS)
def test_a_manager_may_do_all(manager_client: Client, study: Study, pattern: str) -> None:
    is_change = pattern.endswith(CHANGES)
    response = manager_client.post(url(pattern, study)) if is_change else manager_client.get(url(pattern, study))
    assert response.status_code == (302 if is_change else 200)
    assert "login" not in response.headers.get("Location", "")


@pytest.mark.parametrize("pattern", URLS)
def test_other_staff_take_part_and_manage_nothing(staff_client: Client, study: Study, pattern: str) -> None:
    get, post = staff_client.get(url(pattern, study)), staff_client.post(url(pattern, study))
    if pattern in MANAGE:
        assert get.status_code == (302 if pattern.endswith(CHANGES) else 404)
        assert post.status_code in (404, 405)
    else:
        assert get.status_code == 200
        # A vote without anything in it is none, and pictures take no POST.
        assert post.status_code == (422 if pattern.endswith(("vote/", "{token}/")) else 405)
    assert Study.objects.filter(closed=None, invitation_number=1).count() == 1


@pytest.mark.parametrize("pattern", [*MANAGE, *TAKE_PART])
def test_for_another_person_nothing_of_it_exists(other_client: Client, study: Study, pattern: str) -> None:
    get, post = other_client.get(url(pattern, study)), other_client.post(url(pattern, study))
    assert get.status_code == (302 if pattern.endswith(CHANGES) else 404)
    assert post.status_code in (404, 405)
    assert Study.objects.filter(closed=None, invitation_number=1).count() == 1


@pytest.mark.parametrize("pattern", [*MANAGE, *TAKE_PART])
def test_nobody_is_sent_to_log_in_also_with_the_link_to_take_part(
    anonymous: Client, study: Study, pattern: str
) -> None:
    anonymous.get(url(INVITED[0], study))
    response = anonymous.get(url(pattern, study))
    assert response["Location"] == f"/accounts/login/?next={url(pattern, study)}"


@pytest.mark.parametrize("pattern", INVITED)
def test_with_the_link_anybody_takes_part(anonymous: Client, other_client: Client, study: Study, pattern: str) -> None:
    for client in (anonymous, other_client):
        response = client.get(url(pattern, study))
        assert response.status_code == 200
        assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("pattern", INVITED)
@pytest.mark.parametrize("case", ["made up", "cut off", "of another key", "renewed", "of another study", "deleted"])
def test_a_link_that_is_not_right_leads_nowhere(
    anonymous: Client, study: Study, settings: LazySettings, pattern: str, case: str
) -> None:
    token = make_token(study)
    address = url(pattern, study, token)
    if case == "made up":
        address = url(pattern, study, "made-up")
    elif case == "cut off":
        address = url(pattern, study, token[:-1])
    elif case == "of another key":
        settings.SECRET_KEY = "another"
    elif case == "renewed":
        services.renew_invitation(study=study)
    elif case == "of another study":
        other = Study.objects.create(owner=study.owner, name="Other", styles=study.styles)
        address = url(pattern, study, make_token(other))
        if pattern == INVITED[0]:  # which is a page, and of nothing
            page = anonymous.get(address)
            assert (page.status_code, page.context["ballot"].total) == (200, 0)
            return
    else:
        services.delete_studies(owner_id=study.owner_id)
    assert anonymous.get(address).status_code == 404
    assert anonymous.post(address).status_code in (404, 405)


def test_a_closed_study_says_so_and_shows_no_picture_to_guests(
    anonymous: Client, manager_client: Client, study: Study
) -> None:
    vote = answer(study)
    services.set_open(study=study, is_open=False)
    for response in (anonymous.get(url(INVITED[0], study)), anonymous.post(url(INVITED[0], study), vote)):
        assert response.status_code == 410
        assert "This comparison is closed" in response.content.decode()
    assert [anonymous.get(url(pattern, study)).status_code for pattern in INVITED[1:]] == [404, 404]
    assert manager_client.post(url("/compare/{study}/vote/", study), vote).status_code == 410
    assert StudyVote.objects.count() == 0


def test_the_link_opens_no_original_and_no_other_study(anonymous: Client, study: Study) -> None:
    other = make_study(study.owner, photos=1)
    photo, result = other.photos.get(), results_of(other)[0]
    token = make_token(study)
    assert anonymous.get(f"/compare/invited/{token}/photos/{photo.pk}/").status_code == 404
    assert anonymous.get(f"/compare/invited/{token}/results/{result.pk}/").status_code == 404
    shown = anonymous.get(url(INVITED[1], study))
    assert shown["Content-Type"] == "image/jpeg"
    assert f'filename="{study.photos.get(number=0).preview.split("/")[-1]}"' in shown["Content-Disposition"]


@pytest.mark.parametrize("pattern", ["/compare/{study}/vote/", "/compare/invited/{token}/"])
def test_a_question_names_no_style(manager_client: Client, study: Study, pattern: str) -> None:
    page = manager_client.get(url(pattern, study)).content.decode()
    assert "Which one do you prefer?" in page
    assert study.name not in page
    assert [style for style in study.styles if style in page] == []


def test_a_vote_of_a_guest_counts_once_and_is_nobodys(anonymous: Client, study: Study) -> None:
    vote = answer(study)
    assert SESSION_KEY not in anonymous.session
    anonymous.get(url(INVITED[0], study))
    assert SESSION_KEY not in anonymous.session
    for _ in range(2):
        response = anonymous.post(url(INVITED[0], study), vote)
        assert response["Location"] == url(INVITED[0], study)
    row = StudyVote.objects.get()
    assert (row.user, row.voter, row.outcome) == (None, anonymous.session[SESSION_KEY], "left")


def test_votes_of_staff_and_of_people_who_are_logged_in_are_theirs(
    manager_client: Client, other_client: Client, other: User, study: Study
) -> None:
    vote = answer(study)
    manager_client.post(url("/compare/{study}/vote/", study), vote)
    manager_client.post(url(INVITED[0], study), vote)
    other_client.post(url(INVITED[0], study), vote)
    assert {row.user for row in StudyVote.objects.all()} == {study.owner, other}
    assert StudyVote.objects.count() == 2


def test_scripts_get_the_next_question_in_answer(anonymous: Client, study: Study) -> None:
    response = anonymous.post(url(INVITED[0], study), answer(study), headers={"HX-Request": "true"})
    assert response.status_code == 200
    page = response.content.decode()
    assert page.lstrip().startswith('<section class="question"')
    assert "1 of 6 compared" in page


def test_a_made_up_vote_is_no_vote(anonymous: Client, study: Study) -> None:
    first, second, third = results_of(study)[:3]
    of_another_photo = results_of(study)[3]
    of_another_study = results_of(make_study(study.owner, photos=1))
    pairs = [
        (first, first),
        (first, of_another_photo),
        (of_another_study[0], of_another_study[1]),
        (first, of_another_study[1]),
    ]
    votes = [{"left": left.pk, "right": right.pk, "outcome": "left"} for left, right in pairs]
    votes += [
        {"left": "x", "right": "\x00", "outcome": "left"},
        {"left": first.pk, "right": second.pk, "outcome": "both"},
        {"left": first.pk, "outcome": "left"},
        {},
    ]
    assert [anonymous.post(url(INVITED[0], study), vote).status_code for vote in votes] == [422] * len(votes)
    assert StudyVote.objects.count() == 0
    vote = {"left": third.pk, "right": second.pk, "outcome": "neither"}
    assert anonymous.post(url(INVITED[0], study), vote).status_code == 302


def test_guests_of_one_address_share_a_limit_by_the_hour(study: Study, settings: LazySettings) -> None:
    settings.VOTES_PER_HOUR = 2
    vote = answer(study)
    statuses = [Client().post(url(INVITED[0], study), vote).status_code for _ in range(3)]
    assert statuses == [302, 302, 429]
    assert StudyVote.objects.count() == 2


def test_a_vote_above_the_limit_is_told_and_the_question_stays(
    manager_client: Client, study: Study, settings: LazySettings
) -> None:
    settings.VOTES_PER_HOUR = 1
    address = url("/compare/{study}/vote/", study)
    manager_client.post(address, answer(study))
    response = manager_client.post(address, answer(study), headers={"HX-Request": "true"})
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
    assert "You have done this too often within an hour" in response.content.decode()


def test_votes_and_changes_need_a_csrf_token(study: Study) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(url(INVITED[0], study), answer(study)).status_code == 403
    client.force_login(study.owner)
    assert client.post(url("/compare/{study}/delete/", study)).status_code == 403
    assert (Study.objects.count(), StudyVote.objects.count()) == (1, 0)


def test_only_staff_are_shown_the_way_there(
    manager_client: Client, other_client: Client, moderator_client: Client
) -> None:
    assert 'href="/compare/"' in manager_client.get("/works/").content.decode()
    assert 'href="/compare/"' in manager_client.get("/admin/").content.decode()
    assert 'href="/compare/"' not in moderator_client.get("/admin/").content.decode()
    assert 'href="/compare/new/"' not in moderator_client.get("/compare/").content.decode()
    assert 'href="/compare/"' not in other_client.get("/works/").content.decode()


@pytest.mark.parametrize("mode", ["off", "metadata", "visible"])
def test_results_that_guests_see_are_labeled(
    anonymous: Client, study: Study, settings: LazySettings, tmp_path: Path, mode: str
) -> None:
    settings.AI_LABEL = mode
    response = anonymous.get(url(INVITED[2], study))
    path = tmp_path / "result.webp"
    path.write_bytes(b"".join(response.streaming_content))
    (labels,) = read_aigc([path]).values()
    assert [label["Label"] for label in labels] == ([] if mode == "off" else ["1"])
    if mode == "visible":
        assert "Accept-Language" in response["Vary"]
