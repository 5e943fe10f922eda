"""Who may open the pages of staff, and what each of them is offered there."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from gallery.models import Decision, Exhibit, ExhibitState
from gallery.moderation.admin.widgets import format_seen_versions
from tests.gallery.exhibits import show

LISTS = ["work", "video", "videojob", "exhibit", "report", "decision"]
PAGES = [f"/admin/gallery/{name}/" for name in LISTS] + ["/admin/status/"]
Staff = Callable[..., Client]


@pytest.fixture
def staff(db: None) -> Staff:
    """A browser of staff who have some of the gallery's permissions, and no other."""

    def logged_in(*codenames: str) -> Client:
        user = User.objects.create_user("Staff", "staff@example.com", "x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="gallery", codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return logged_in


@pytest.mark.parametrize("url", ["/admin/", *PAGES])
def test_nobody_is_sent_to_log_in(anonymous: Client, url: str) -> None:
    response = anonymous.get(url)
    assert response.status_code == 302
    assert response.url.endswith(f"/login/?next={url}")


@pytest.mark.parametrize("url", ["/admin/", *PAGES])
def test_people_who_are_not_staff_are_refused(owner_client: Client, url: str) -> None:
    response = owner_client.get(url)
    assert response.status_code == 302
    assert response.url.endswith(f"/login/?next={url}")


@pytest.mark.parametrize("url", PAGES)
def test_staff_without_the_permission_are_refused(staff: Staff, url: str) -> None:
    assert staff().get(url).status_code == 403


@pytest.mark.parametrize("url", PAGES)
def test_a_superuser_may_open_every_page(admin_client: Client, url: str) -> None:
    assert admin_client.get(url).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_staff_may_open_the_one_list_that_they_have_the_permission_for(staff: Staff, name: str) -> None:
    client = staff(f"view_{name}")
    allowed = [page for page in PAGES if client.get(page).status_code == 200]
    assert allowed == [f"/admin/gallery/{name}/"]


def test_the_status_page_needs_the_permission_to_see_conversions(staff: Staff) -> None:
    assert staff("view_conversion").get("/admin/status/").status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_nothing_is_added_or_changed_by_a_form(admin_client: Client, owner: User, name: str) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    assert admin_client.get(f"/admin/gallery/{name}/add/").status_code == 403
    assert admin_client.post(f"/admin/gallery/exhibit/{exhibit.pk}/change/", {"title": "Other"}).status_code == 403
    assert Exhibit.objects.get().title == exhibit.title


@pytest.mark.parametrize("name", ["exhibit", "report", "decision"])
def test_only_works_are_deleted_there(admin_client: Client, name: str) -> None:
    assert admin_client.get(f"/admin/gallery/{name}/1/delete/").status_code in (302, 403)
    assert "delete_selected" not in admin_client.get(f"/admin/gallery/{name}/").content.decode()


def test_who_only_looks_is_offered_neither_pictures_nor_decisions(staff: Staff, owner: User) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    client = staff("view_work", "view_exhibit", "view_report")
    for page in ("/admin/gallery/work/", "/admin/gallery/exhibit/", f"/admin/gallery/exhibit/{exhibit.pk}/change/"):
        response = client.get(page)
        assert response.status_code == 200
        text = response.content.decode()
        assert "<img" not in text.partition('id="content-main"')[2].replace('<img src="/static/', "")
        assert 'value="publish' not in text


@pytest.mark.parametrize(
    "data", [{"one": "publish:{pk}"}, {"action": "publish", "_selected_action": "{pk}"}], ids=["button", "action"]
)
def test_who_only_looks_decides_nothing(staff: Staff, owner: User, data: dict[str, str]) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    client = staff("view_exhibit")
    sent = {name: text.format(pk=exhibit.pk) for name, text in data.items()}
    client.post("/admin/gallery/exhibit/", sent | {"seen": format_seen_versions([exhibit])})
    assert Exhibit.objects.get().state == ExhibitState.WAITING
    assert not Decision.objects.exists()


def test_a_moderator_who_is_no_superuser_decides(staff: Staff, owner: User) -> None:
    exhibit = show(owner, state=ExhibitState.WAITING)
    client = staff("change_exhibit")
    page = client.get("/admin/gallery/exhibit/").content.decode()
    assert f"/gallery/{exhibit.work_id}/480.webp" in page
    client.post("/admin/gallery/exhibit/", {"one": f"publish:{exhibit.pk}", "seen": format_seen_versions([exhibit])})
    assert Exhibit.objects.get().state == ExhibitState.PUBLISHED


def test_names_lead_to_accounts_only_for_those_who_may_see_them(
    staff: Staff, admin_client: Client, owner: User
) -> None:
    show(owner)
    url = f"/admin/accounts/user/{owner.pk}/change/"
    for page in ("/admin/gallery/work/", "/admin/gallery/exhibit/"):
        assert url in admin_client.get(page).content.decode()
    page = staff("view_work").get("/admin/gallery/work/").content.decode()
    assert "Mia" in page
    assert url not in page


def test_the_first_page_counts_what_waits(admin_client: Client, owner: User, other: User) -> None:
    for state in (ExhibitState.WAITING, ExhibitState.WAITING, ExhibitState.PUBLISHED):
        exhibit = show(owner, state=state)
    exhibit.reports.create(reporter=other, reason="other")
    hidden = show(owner, state=ExhibitState.WITHDRAWN)
    hidden.reports.create(reporter=other, reason="other")
    page = admin_client.get("/admin/").content.decode()
    for text in ("2 works wait for review", "?state=waiting", "1 report is open", "?settled=open", "/admin/status/"):
        assert text in page
    for url, count in (("exhibit/?state=waiting", 2), ("report/?settled=open", 1)):
        assert admin_client.get(f"/admin/gallery/{url}").context["cl"].result_count == count


def test_the_first_page_leads_only_where_one_may_go(staff: Staff) -> None:
    page = staff("view_work").get("/admin/").content.decode()
    assert "/admin/gallery/work/" in page
    for text in ("wait for review", "are open", "/admin/status/"):
        assert text not in page
