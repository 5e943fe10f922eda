"""The page of styles for staff: what it shows, what its buttons do, and who may press them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from gallery.models import DownloadState, JobState, StyleSetting, VideoJob
from gallery.styles import load_style_catalog, services
from tests.gallery.styles import INK, put_ink, remove_entry
from tests.gallery.videos import add_job, add_video

pytestmark = [pytest.mark.mariadb, pytest.mark.django_db, pytest.mark.usefixtures("weights_dir")]
PAGE = "/admin/gallery/stylesetting/"
REMOVE, STATE = f"{PAGE}ink/remove/", f"{PAGE}ink/state/"
GET_PUBLISHED = "Get the published AnimeGANv2 and v3 styles"


@pytest.fixture
def staff(db: None) -> Callable[..., Client]:
    def logged_in(*codenames: str) -> Client:
        user = User.objects.create_user("Staff", "staff@example.com", "x", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return logged_in


def press(client: Client, button: str) -> int:
    return client.post(PAGE, {"one": button}).status_code


def text(client: Client, url: str = PAGE) -> str:
    return " ".join(client.get(url).content.decode().split())


@pytest.mark.parametrize("url", [PAGE, REMOVE, STATE])
def test_nobody_and_users_are_sent_to_log_in_and_staff_need_the_permission(
    anonymous: Client, owner_client: Client, staff: Callable[..., Client], url: str, weights_dir: Path
) -> None:
    put_ink(weights_dir)
    for client in (anonymous, owner_client):
        assert client.get(url).status_code == client.post(url).status_code == 302
        assert "/login/" in client.get(url).url
    assert staff("view_work").get(url).status_code == 403


def test_who_only_looks_changes_nothing(staff: Callable[..., Client], weights_dir: Path) -> None:
    put_ink(weights_dir)
    client = staff("view_stylesetting")
    page = text(client)
    assert "Ink" in page
    assert "<button" not in page.partition('id="content-main"')[2]
    assert press(client, "disable:comic") == 403
    assert client.post(REMOVE).status_code == 403
    assert load_style_catalog().setting("comic").is_enabled


def test_every_style_is_listed_with_its_license_size_and_state(admin_client: Client) -> None:
    page = text(admin_client)
    for part in ("Comic", "CC BY-NC-SA 4.0", "KB" if "KB" in page else "bytes", "Offered to people", "Not downloaded"):
        assert part in page
    assert GET_PUBLISHED in page
    assert "yunet" in page


def test_one_button_downloads_the_published_styles(admin_client: Client) -> None:
    assert press(admin_client, "published:") == 302
    assert [row.style for row in StyleSetting.objects.filter(download=DownloadState.WAITING)] == [INK]
    page = text(admin_client)
    assert "no worker is running" in page
    assert GET_PUBLISHED not in page
    assert "<progress" in text(admin_client, STATE)


def test_the_page_is_loaded_again_when_a_download_is_over(admin_client: Client) -> None:
    press(admin_client, f"download:{INK}")
    assert "HX-Refresh" not in admin_client.get(STATE)
    press(admin_client, f"cancel:{INK}")
    assert admin_client.get(STATE)["HX-Refresh"] == "true"
    assert "Download canceled" in text(admin_client)


def test_a_failed_download_says_why_and_can_be_tried_again(
    admin_client: Client,
) -> None:
    StyleSetting.objects.create(style=INK, download=DownloadState.FAILED, error="other_file")
    page = text(admin_client)
    assert "another file than the one that was published" in page
    assert "Try again" in page


def test_buttons_enable_disable_order_and_choose_the_default(admin_client: Client) -> None:
    for button in ("disable:comic", "default:compact_hayao", "up:compact_hayao"):
        assert press(admin_client, button) == 302
    catalog = load_style_catalog()
    assert [style.id for style in catalog.styles] == ["compact_hayao", "comic", INK]
    assert [style.id for style in catalog.offered] == ["compact_hayao"]
    assert catalog.default_id == "compact_hayao"
    for button in ("enable:comic", "down:compact_hayao"):
        press(admin_client, button)
    assert [style.id for style in load_style_catalog().offered] == ["comic", "compact_hayao"]
    assert LogEntry.objects.count() == 5


@pytest.mark.parametrize(
    "button", ["enable:nothing", "up:nothing", "download:nothing", "default:nothing", "default:ink"]
)
def test_a_button_of_an_old_page_is_no_error(admin_client: Client, button: str) -> None:
    response = admin_client.post(PAGE, {"one": button}, follow=True)
    assert response.status_code == 200
    assert 'class="warning"' in response.content.decode()


def test_an_unknown_button_is_not_found(admin_client: Client) -> None:
    assert press(admin_client, "explode:comic") == 404


def test_a_file_is_removed_after_it_was_asked(admin_client: Client, weights_dir: Path) -> None:
    put_ink(weights_dir)
    assert "This deletes its file" in text(admin_client, REMOVE)
    assert (weights_dir / "ink.safetensors").is_file()
    assert admin_client.post(REMOVE).status_code == 302
    assert not (weights_dir / "ink.safetensors").exists()
    assert "Not downloaded" in text(admin_client)
    assert admin_client.get(REMOVE).status_code == 404


def test_a_file_that_a_video_needs_is_not_removed(admin_client: Client, owner: User, weights_dir: Path) -> None:
    put_ink(weights_dir)
    add_job(add_video(owner, frames=10))
    VideoJob.objects.update(style=INK, state=JobState.RUNNING)
    assert "1 video is being converted with it" in text(admin_client, REMOVE)
    assert admin_client.post(REMOVE).status_code == 409
    assert (weights_dir / "ink.safetensors").is_file()


@pytest.mark.parametrize("style_id", ["comic", "nothing"])
def test_what_came_with_the_project_is_only_disabled(admin_client: Client, style_id: str) -> None:
    assert admin_client.post(f"{PAGE}{style_id}/remove/").status_code == 404
    assert f"{PAGE}comic/remove/" not in text(admin_client)


def test_a_row_whose_style_is_gone_is_told(admin_client: Client, weights_dir: Path) -> None:
    services.set_enabled(INK, False)
    remove_entry(weights_dir, INK)
    assert "No longer in the manifest" in text(admin_client)


def test_a_file_that_a_worker_downloaded_elsewhere_is_told(admin_client: Client, weights_dir: Path) -> None:
    put_ink(weights_dir)
    (weights_dir / "ink.safetensors").unlink()
    assert "All machines must share that folder" in text(admin_client)


def test_a_manifest_that_is_not_usable_is_told(admin_client: Client, weights_dir: Path) -> None:
    (weights_dir / "manifest.json").write_text("{", "utf-8")
    assert "not a usable manifest" in text(admin_client)


def test_the_page_asks_the_same_however_many_rows_there_are(
    admin_client: Client, django_assert_max_num_queries
) -> None:
    text(admin_client)
    for number in range(30):
        StyleSetting.objects.create(style=f"old_{number}")
    with django_assert_max_num_queries(8):
        text(admin_client)


def test_a_new_install_leads_staff_there(admin_client: Client, staff: Callable[..., Client]) -> None:
    assert "1 style can be downloaded" in text(admin_client, "/admin/")
    assert "can be downloaded" not in text(staff("view_work"), "/admin/")
