"""Staff and videos: what they find, what they see of them, and what they do about them."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from gallery.models import (
    Decision,
    Exhibit,
    ExhibitKind,
    ExhibitState,
    JobState,
    ModerationAction,
    Video,
    VideoJob,
    VideoSegment,
)
from gallery.moderation.admin.widgets import format_seen_versions
from tests.gallery.exhibits import fill, show
from tests.gallery.videos import add_job, add_result, add_video

pytestmark = pytest.mark.mariadb

VIDEOS, JOBS = "/admin/gallery/video/", "/admin/gallery/videojob/"
WHY = "A court told us to"


def run_action(client: Client, url: str, name: str, rows: list, **more: str) -> str:
    """Do something with marked rows, as the page shows them now; the page after."""
    marked = {"action": name, "_selected_action": [str(row.pk) for row in rows]}
    marked["seen"] = format_seen_versions(Exhibit.objects.all())
    return client.post(url, marked | more, follow=True).content.decode()


def found(client: Client, query: str) -> list[str]:
    return sorted(job.video.name for job in client.get(f"{JOBS}?{query}").context["cl"].result_list)


def test_of_a_private_video_staff_see_the_data_and_no_picture(admin_client: Client, owner: User) -> None:
    for private in (show(owner, title="Secret", is_video=True, state=ExhibitState.WITHDRAWN), None):
        job = private.job if private else add_result(add_video(owner, name="Secret.mp4"))
        for url in (VIDEOS, JOBS, f"{VIDEOS}{job.video_id}/change/", f"{JOBS}{job.pk}/change/"):
            page = admin_client.get(url).content.decode()
            assert "Secret.mp4" in page
            assert f"/gallery/{job.pk}" not in page
            assert f"/videos/jobs/{job.pk}" not in page and f'"/videos/{job.video_id}' not in page


@pytest.mark.parametrize("state", [state for state in ExhibitState if state != ExhibitState.WITHDRAWN])
def test_a_submitted_one_is_shown_and_led_to(admin_client: Client, owner: User, state: ExhibitState) -> None:
    job = show(owner, is_video=True, state=state).job
    for url in (JOBS, f"{JOBS}{job.pk}/change/"):
        page = admin_client.get(url).content.decode()
        assert f'src="/gallery/{job.pk}/480.webp"' in page
        assert f'href="/gallery/{job.pk}/"' in page
        assert "▶ 0:07" in page
        assert "original not shown" in page


def test_both_lists_lead_to_each_other(admin_client: Client, owner: User) -> None:
    job = show(owner, is_video=True).job
    show(owner, title="Another", is_video=True)
    url = f"{JOBS}?video__id__exact={job.video_id}"
    assert f'href="{url}">1</a>' in admin_client.get(VIDEOS).content.decode()
    assert found(admin_client, f"video__id__exact={job.video_id}") == ["A work.mp4"]
    assert f'href="{VIDEOS}{job.video_id}/change/"' in admin_client.get(JOBS).content.decode()


def test_the_list_tells_how_each_stands(admin_client: Client, owner: User) -> None:
    running, failed = (show(owner, is_video=True).job for _ in range(2))
    VideoJob.objects.filter(pk=running.pk).update(state=JobState.RUNNING, frames=8)
    VideoSegment.objects.bulk_create(VideoSegment(job=running, index=n, frames=4, frames_done=n + 1) for n in range(2))
    VideoJob.objects.filter(pk=failed.pk).update(state=JobState.FAILED, error="too_long")
    page = admin_client.get(JOBS).content.decode()
    assert "Converting, 37 %" in page
    assert "Failed: This video is longer than" in page


def test_conversions_are_narrowed_and_searched(admin_client: Client, owner: User, other: User) -> None:
    show(owner, title="Hills", is_video=True)
    show(other, title="Face", is_video=True, kind=ExhibitKind.FACE, style="hayao", state=ExhibitState.WAITING)
    show(owner, title="Secret", is_video=True, state=ExhibitState.WITHDRAWN)
    VideoJob.objects.filter(video__name="Secret.mp4").update(state=JobState.FAILED)
    assert found(admin_client, "state__exact=failed") == ["Secret.mp4"]
    assert found(admin_client, "shown=withdrawn") == ["Secret.mp4"]
    assert found(admin_client, "shown=waiting") == found(admin_client, "style=hayao") == ["Face.mp4"]
    assert found(admin_client, "kind=face") == found(admin_client, "q=noah") == ["Face.mp4"]
    assert found(admin_client, "q=hills") == ["Hills.mp4"]
    names = [video.name for video in admin_client.get(f"{VIDEOS}?q=MIA@example").context["cl"].result_list]
    assert sorted(names) == ["Hills.mp4", "Secret.mp4"]


@pytest.mark.parametrize("url", [VIDEOS, JOBS, "/admin/gallery/exhibit/", "/admin/gallery/report/"])
def test_the_lists_take_the_same_queries_whatever_their_length(
    admin_client: Client, owner: User, other: User, django_assert_num_queries, url: str
) -> None:
    def add(count: int) -> None:
        for exhibit in fill(owner, count, is_video=True):
            exhibit.reports.create(reporter=other, reason="other")
            VideoSegment.objects.create(job=exhibit.job, index=0, frames=1)

    add(3)
    admin_client.get(url)
    with django_assert_num_queries(6, exact=False) as few:
        admin_client.get(url)
    add(17)
    with django_assert_num_queries(len(few)):
        admin_client.get(url)


def test_a_conversion_under_way_is_canceled_and_a_finished_one_is_not(
    admin_client: Client, admin_user: User, owner: User
) -> None:
    waiting, done = add_job(add_video(owner)), show(owner, is_video=True).job
    page = run_action(admin_client, JOBS, "cancel", [waiting, done])
    assert "1 conversion was canceled." in page
    states = {job.pk: job.state for job in VideoJob.objects.all()}
    assert states == {waiting.pk: JobState.CANCELED, done.pk: JobState.DONE}
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.user) == (str(waiting.pk), admin_user)


def test_marked_ones_are_published_and_hidden_with_a_reason(admin_client: Client, owner: User) -> None:
    job = show(owner, is_video=True, state=ExhibitState.WAITING).job
    private = show(owner, is_video=True, state=ExhibitState.WITHDRAWN).job
    page = run_action(admin_client, JOBS, "publish", [job, private])
    assert "1 work is published." in page and "1 private work was skipped." in page
    run_action(admin_client, JOBS, "hide", [job, private], reason=WHY)
    assert Exhibit.objects.get(job=job).state == ExhibitState.HIDDEN
    log = admin_client.get("/admin/gallery/decision/").content.decode()
    assert f'<a href="{JOBS}{job.pk}/change/">A work.mp4 (Comic)</a>' in log


@pytest.mark.parametrize("is_of_all", [False, True], ids=["a conversion", "its video"])
def test_deleting_asks_why_deletes_the_files_and_is_written_down(
    admin_client: Client,
    owner: User,
    media: Callable[[], list[str]],
    django_capture_on_commit_callbacks,
    is_of_all: bool,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = add_result(add_video(owner))
    url, row = (VIDEOS, job.video) if is_of_all else (JOBS, job)
    assert 'name="reason"' in run_action(admin_client, url, "delete_selected", [row])
    assert set(job.files) <= set(media())
    with django_capture_on_commit_callbacks(execute=True):
        page = admin_client.post(f"{url}{row.pk}/delete/", {"reason": WHY}, follow=True).content.decode()
    assert f"1 {'video' if is_of_all else 'work'} is deleted." in page
    assert media() == ([] if is_of_all else sorted(job.video.files))
    assert Video.objects.count() == (not is_of_all)
    decision = Decision.objects.get()
    assert (decision.action, decision.work_key, decision.reason) == (ModerationAction.DELETE, row.pk, WHY)


def test_the_page_that_asks_about_a_video_shows_what_is_published_of_it(admin_client: Client, owner: User) -> None:
    exhibit, secret = show(owner, is_video=True), show(owner, is_video=True, state=ExhibitState.WITHDRAWN)
    page = run_action(admin_client, VIDEOS, "delete_selected", [exhibit.job.video, secret.job.video])
    assert f"/gallery/{exhibit.work_key}/" in page
    assert f"/gallery/{secret.work_key}/" not in page
    assert '<span class="private">' in page


def test_who_only_looks_sees_no_pictures_and_does_nothing(owner: User) -> None:
    user = User.objects.create_user("Staff", "staff@example.com", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_video", "view_videojob"]))
    client = Client()
    client.force_login(user)
    job = add_job(show(owner, is_video=True).job.video)
    page = client.get(JOBS).content.decode()
    assert "/gallery/" not in page.partition('id="content-main"')[2].replace("/admin/gallery/", "")
    for action in ("cancel", "hide", "delete_selected"):
        run_action(client, JOBS, action, [job], reason=WHY)
    run_action(client, VIDEOS, "delete_selected", [job.video], reason=WHY)
    assert client.post(f"{VIDEOS}{job.video_id}/delete/", {"reason": WHY}).status_code == 403
    job.refresh_from_db()
    assert job.state == JobState.WAITING


def test_a_key_that_is_none_changes_nothing(admin_client: Client, owner: User) -> None:
    show(owner, is_video=True)
    for url in (VIDEOS, JOBS):
        marked = {"action": "delete_selected", "_selected_action": ["nonsense"], "reason": WHY}
        assert "no longer exists" in admin_client.post(url, marked, follow=True).content.decode()
    assert Video.objects.count() == 1


def test_what_people_keep_counts_their_videos(admin_client: Client, owner: User) -> None:
    job = show(owner, is_video=True).job
    VideoJob.objects.filter(pk=job.pk).update(bytes=3 * 2**20)
    Video.objects.update(bytes=2**20)
    assert "4.0\xa0MB" in admin_client.get("/admin/accounts/user/").content.decode()
