"""The pages on which owners publish their videos, and find them again."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from gallery.models import Exhibit, ExhibitState, JobState, VideoJob
from gallery.photos.views import works
from tests.gallery.exhibits import fill, show
from tests.gallery.test_export import data_of, take_home
from tests.gallery.videos import add_job, add_result, add_video

FORM = {"kind": "scenery", "title": " A lake ", "shows_photo": "on", "agreed": "on"}


@pytest.fixture
def job(owner: User) -> VideoJob:
    return add_result(add_video(owner))


def send(client: Client, job: VideoJob, **other: Any) -> Any:
    return client.post(f"/videos/jobs/{job.pk}/publish/", {**FORM, **other}, follow=True)


def test_the_card_of_a_finished_conversion_leads_to_the_form(owner_client: Client, job: VideoJob) -> None:
    page = owner_client.get(f"/videos/{job.video_id}/").content.decode()
    assert f'href="/videos/jobs/{job.pk}/publish/"' in page
    assert "Publish in the gallery" in page
    form = owner_client.get(f"/videos/jobs/{job.pk}/publish/").context["form"]
    assert form.initial["title"] == "holiday"


def test_the_card_of_one_that_is_not_finished_does_not(owner: User, owner_client: Client) -> None:
    job = add_job(add_video(owner))
    assert "/publish/" not in owner_client.get(f"/videos/{job.video_id}/").content.decode()


def test_it_is_published_changed_and_taken_back(owner_client: Client, job: VideoJob) -> None:
    page = send(owner_client, job)
    assert page.redirect_chain == [(f"/videos/jobs/{job.pk}/publish/", 302)]
    assert "as soon as it is approved" in page.content.decode()
    exhibit = Exhibit.objects.get()
    assert (exhibit.title, exhibit.state, exhibit.shows_photo) == ("A lake", ExhibitState.WAITING, True)
    assert "Gallery: Waiting for review" in owner_client.get(f"/videos/{job.video_id}/").content.decode()
    send(owner_client, job, title="A pond")
    exhibit.refresh_from_db()
    assert exhibit.title == "A pond"
    page = owner_client.post(f"/videos/jobs/{job.pk}/withdraw/", follow=True)
    assert "Only you can see this work now." in page.content.decode()
    exhibit.refresh_from_db()
    assert exhibit.state == ExhibitState.WITHDRAWN


@pytest.mark.parametrize("wrong", [{"agreed": ""}, {"title": " "}, {"kind": "abstract"}])
def test_a_form_that_is_not_filled_in_is_shown_again(owner_client: Client, job: VideoJob, wrong: dict) -> None:
    page = send(owner_client, job, **wrong)
    assert page.status_code == 422
    assert page.context["form"].errors
    assert not Exhibit.objects.exists()


def test_what_was_never_published_cannot_be_taken_back(owner_client: Client, job: VideoJob) -> None:
    assert owner_client.post(f"/videos/jobs/{job.pk}/withdraw/").status_code == 404


def test_its_owner_reads_why_it_was_refused(owner_client: Client, owner: User) -> None:
    exhibit = show(owner, is_video=True, state=ExhibitState.REJECTED)
    Exhibit.objects.update(reason="Too dark")
    page = owner_client.get(f"/videos/jobs/{exhibit.work_key}/publish/").content.decode()
    assert "Reason: Too dark" in page


# --- My works ---


def test_my_works_have_a_tab_with_finished_conversions(owner: User, owner_client: Client) -> None:
    exhibit = show(owner, title="Hills", is_video=True)
    secret = show(owner, title="Secret", is_video=True, state=ExhibitState.WITHDRAWN)
    waiting = add_job(exhibit.job.video)
    assert 'href="/works/videos/"' in owner_client.get("/works/").content.decode()
    page = owner_client.get("/works/videos/").content.decode()
    for shown in (exhibit, secret):
        assert f'src="/videos/jobs/{shown.work_key}/poster/"' in page
        assert f'href="/videos/{shown.job.video_id}/#job-{shown.work_key}"' in page
    assert str(waiting.pk) not in page
    assert page.count("state--published") == 1
    assert page.count("0:07") == 2


def test_it_has_pages_styles_and_nothing_of_others(
    owner: User, other: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(works, "PAGE_SIZE", 2)
    fill(owner, 3, is_video=True)
    show(owner, style="paprika", is_video=True)
    show(other, is_video=True)
    first = owner_client.get("/works/videos/").context
    assert (first["page"].paginator.count, len(first["jobs"])) == (4, 2)
    assert len(owner_client.get("/works/videos/?page=2").context["jobs"]) == 2
    assert [job.style for job in owner_client.get("/works/videos/?style=paprika").context["jobs"]] == ["paprika"]
    VideoJob.objects.update(state=JobState.FAILED)
    assert "Nothing here yet" in owner_client.get("/works/videos/").content.decode()


def test_the_export_says_what_is_published(owner_client: Client, owner: User) -> None:
    exhibit = show(owner, title="Hills", is_video=True)
    (row,) = data_of(take_home(owner_client))["exhibits"]
    assert (row["work_id"], row["title"], row["state"]) == (str(exhibit.work_key), "Hills", "published")
