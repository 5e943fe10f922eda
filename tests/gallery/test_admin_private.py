"""Whatever part of the admin staff are let into, it leads to nobody's private pictures, and to no further right."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client

from accounts.models import User
from crawler.models import Run
from gallery.models import Decision, Exhibit, ExhibitState, ModerationAction, Report
from tests.conftest import PASSWORD
from tests.gallery import test_access, test_videos_access
from tests.gallery.exhibits import show

MODELS = {model._meta.label_lower: model for model in admin.site._registry}
HASHES = ["password", "owner__password", "user__password", "reporter__password", "decided_by__password"]


@pytest.fixture
def private(owner: User) -> list[Exhibit]:
    """A work and a video that were taken back, with all that staff read about them."""
    exhibits = [show(owner, state=ExhibitState.WITHDRAWN, is_video=is_video) for is_video in (False, True)]
    for exhibit in exhibits:
        Report.objects.create(exhibit=exhibit, reporter=owner, reason="other")
    Decision.objects.create(action=ModerationAction.HIDE, work_key=exhibits[0].work_id, work=exhibits[0].work)
    return exhibits


@pytest.fixture
def staff(db: None) -> Callable[[type[Model]], Client]:
    """A browser of staff with every permission for one kind of rows, and no other."""

    def logged_in(model: type[Model]) -> Client:
        user = User.objects.create_user("Staff", "staff@example.com", PASSWORD, is_staff=True)
        content = {"content_type__app_label": model._meta.app_label, "content_type__model": model._meta.model_name}
        user.user_permissions.set(Permission.objects.filter(**content))
        client = Client()
        client.force_login(user)
        return client

    return logged_in


def urls_of_files(exhibits: list[Exhibit]) -> list[str]:
    picture, video = exhibits
    assert picture.work
    assert video.job
    keys = {"work": picture.work_id, "photo": picture.work.photo_id, "job": video.job_id, "video": video.job.video_id}
    patterns = [pattern for pattern in (*test_access.READ, *test_videos_access.READ) if "upload" not in pattern]
    galleries = [
        f"/gallery/{key}/{file}" for key in (keys["work"], keys["job"]) for file in ("", "480.webp", "card.jpg")
    ]
    return [*(pattern.format(**keys) for pattern in patterns), *galleries]


@pytest.mark.parametrize("label", MODELS)
def test_no_part_of_the_admin_leads_to_private_pictures(staff: Any, private: list[Exhibit], label: str) -> None:
    client, files = staff(MODELS[label]), urls_of_files(private)
    base = f"/admin/{label.replace('.', '/')}/"
    keys = MODELS[label]._default_manager.values_list("pk", flat=True)
    for page in (base, *(f"{base}{key}/{part}/" for key in keys for part in ("change", "history", "delete"))):
        html = client.get(page, follow=True).content.decode()
        assert not [url for url in files if f'"{url}' in html], page
    assert {client.get(url).status_code for url in files} == {404}


def test_superusers_too_are_told_that_private_files_do_not_exist(admin_client: Client, private: list[Exhibit]) -> None:
    assert {admin_client.get(url).status_code for url in urls_of_files(private)} == {404}


# The page of styles is no list of rows: it shows the manifest, whatever the query says.
@pytest.mark.parametrize("label", [label for label in MODELS if label != "gallery.stylesetting"])
def test_no_list_can_be_searched_for_the_letters_of_a_password_hash(
    staff: Any, private: list[Exhibit], label: str
) -> None:
    client = staff(MODELS[label])
    for field in HASHES:
        response = client.get(f"/admin/{label.replace('.', '/')}/", {f"{field}__startswith": "md5"})
        assert response.status_code == 400 or response.url.endswith("?e=1"), field


@pytest.mark.parametrize("label", MODELS)
def test_no_single_permission_makes_a_superuser(staff: Any, private: list[Exhibit], owner: User, label: str) -> None:
    """Every form that a page offers is sent back, with rights on top of what it has."""
    client, model = staff(MODELS[label]), MODELS[label]
    Group.objects.create(name="Helpers")
    Run.objects.create(source="x", output="/x")
    every = list(Permission.objects.values_list("pk", flat=True))
    rights = {"is_superuser": "on", "is_staff": "on", "permissions": every, "user_permissions": every}
    base = f"/admin/{label.replace('.', '/')}/"
    for key in list(model._default_manager.values_list("pk", flat=True)):
        page = client.get(f"{base}{key}/change/")
        form = page.context.get("adminform") if page.status_code == 200 and page.context else None
        fields = {name: value for name, value in form.form.initial.items() if value} if form else {}
        client.post(f"{base}{key}/change/", fields | rights)
    client.post(f"{base}add/", {"name": "x", "username": "x", "password1": PASSWORD, "password2": PASSWORD} | rights)
    assert not User.objects.filter(is_superuser=True).exists()
    assert User.objects.get(username="Staff").get_all_permissions() == {
        f"{model._meta.app_label}.{kind}_{model._meta.model_name}" for kind in ("add", "change", "delete", "view")
    }
    assert not Group.objects.filter(permissions__isnull=False).exists()
    assert not User.objects.get(pk=owner.pk).is_staff
