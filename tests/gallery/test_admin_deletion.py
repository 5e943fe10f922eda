"""Staff delete works: with a reason, with their files, and never without a trace."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from gallery.models import Decision, Exhibit, ExhibitKind, ExhibitState, ModerationAction, Photo, Work
from gallery.moderation.admin import actions
from gallery.showcase.publishing import publish
from tests.gallery.exhibits import fill, show

pytestmark = pytest.mark.mariadb

WORKS = "/admin/gallery/work/"
WHY = "A court told us to"
Stored = Callable[[], list[str]]


def mark(client: Client, *marked: Work, **more: str) -> str:
    """Choose to delete marked works; the page after."""
    data = {"action": "delete_selected", "_selected_action": [str(work.pk) for work in marked]}
    return client.post(WORKS, data | more, follow=True).content.decode()


@pytest.fixture
def view_only(db: None) -> Client:
    user = User.objects.create_user("Staff", "staff@example.com", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_work", "change_exhibit"]))
    client = Client()
    client.force_login(user)
    return client


def test_deleting_one_asks_why_deletes_its_files_and_is_written_down(
    admin_client: Client, admin_user: User, work: Work, media: Stored, django_capture_on_commit_callbacks
) -> None:
    publish(work=work, kind=ExhibitKind.SCENERY, title="Hills", shows_photo=False)
    url = f"{WORKS}{work.pk}/delete/"
    for page in (admin_client.get(url), admin_client.post(url, {"post": "yes"})):
        assert 'name="reason"' in page.content.decode()
        assert "holiday.jpg" in page.content.decode()
    assert Work.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        page = admin_client.post(url, {"reason": WHY}, follow=True)
    assert "1 work is deleted." in page.content.decode()
    assert (Work.objects.count(), Exhibit.objects.count(), Photo.objects.count(), media()) == (0, 0, 0, [])
    decision = Decision.objects.get()
    assert (decision.action, decision.work_key, decision.decided_by) == (ModerationAction.DELETE, work.pk, admin_user)
    assert decision.reason == WHY
    assert LogEntry.objects.get().object_id == str(work.pk)


def test_deleting_marked_ones_does_so_too_whoever_owns_them(
    admin_client: Client,
    make_work: Callable[..., Work],
    other: User,
    media: Stored,
    django_capture_on_commit_callbacks,
) -> None:
    gone = [make_work(seed=1), make_work(seed=2, by=other)]
    kept = make_work(seed=3)
    assert 'name="reason"' in mark(admin_client, *gone)
    with django_capture_on_commit_callbacks(execute=True):
        assert "2 works are deleted." in mark(admin_client, *gone, reason=WHY)
    assert list(Work.objects.all()) == [kept]
    assert media() == sorted([*kept.files, *kept.photo.files])
    noted = set(Decision.objects.values_list("action", "work_key", "reason"))
    assert noted == {(ModerationAction.DELETE, work.pk, WHY) for work in gone}


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_without_a_usable_reason_nothing_is_deleted(admin_client: Client, owner: User, reason: str) -> None:
    assert "errorlist" in mark(admin_client, show(owner).work, reason=reason)
    assert Work.objects.count() == 1


def test_the_answer_names_what_was_marked_so_that_nothing_else_is_deleted(admin_client: Client, owner: User) -> None:
    work = show(owner).work
    marked = {"action": "delete_selected", "_selected_action": [str(work.pk)], "select_across": "1"}
    hidden = dict(admin_client.post(WORKS, marked).context["hidden"])
    kept = show(owner).work  # meanwhile
    admin_client.post(WORKS, hidden | {"reason": WHY})
    assert list(Work.objects.all()) == [kept]


def test_of_a_private_work_the_page_that_asks_shows_no_picture(admin_client: Client, owner: User) -> None:
    work = show(owner, title="Second thoughts", state=ExhibitState.WITHDRAWN).work
    page = mark(admin_client, work)
    assert "Second thoughts.jpg" in page
    assert f"/gallery/{work.pk}" not in page


def test_too_many_at_a_time_are_not_asked_about(
    admin_client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "MAX_WORKS_PER_REASON", 2)
    page = mark(admin_client, *[exhibit.work for exhibit in fill(owner, 3)])
    assert "Please select at most 2 works at a time." in page
    assert Work.objects.count() == 3


@pytest.mark.parametrize("key", ["123", "00000000-0000-0000-0000-000000000000"])
def test_a_work_that_is_gone_leads_back_to_the_list(admin_client: Client, key: str) -> None:
    response = admin_client.post(f"{WORKS}{key}/delete/", {"reason": WHY})
    assert (response.status_code, response.url) == (302, WORKS)


def test_staff_without_the_permission_delete_nothing(view_only: Client, owner: User) -> None:
    work = show(owner).work
    assert "delete_selected" not in view_only.get(WORKS).content.decode()
    mark(view_only, work, reason=WHY)
    assert view_only.post(f"{WORKS}{work.pk}/delete/", {"reason": WHY}).status_code == 403
    assert Work.objects.count() == 1
