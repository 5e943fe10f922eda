"""What people are offered: the styles that are there and enabled, in the operator's order."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery.models import Exhibit, JobState, StyleSetting, VideoJob, Work
from gallery.styles import get_style_titles, load_style_catalog, services
from gallery.styles.titles import remember_style_titles
from gallery.videos import worker
from inference.runtime import get_engine, get_style_registry
from tests.gallery.pictures import photo_bytes
from tests.gallery.styles import INK, put_ink, remove_entry
from tests.gallery.videos import add_job, add_video

pytestmark = [pytest.mark.mariadb, pytest.mark.django_db]
UNAVAILABLE = "This style is not available here. Choose another one."


def offered(client: Client, url: str = "/studio/") -> list[str]:
    return [card.id for card in client.get(url).context["styles"]]


def upload(client: Client, style: str, **data: str):
    photo = SimpleUploadedFile("a.jpg", photo_bytes(seed=1), "image/jpeg")
    return client.post("/studio/", {"photos": photo, "style": style, "detail": "fine", **data})


def test_the_studio_offers_what_is_there_and_enabled_in_the_operators_order(owner_client: Client) -> None:
    before = offered(owner_client)
    assert before[0] == "comic"
    services.set_enabled("comic", False)
    services.set_order(["compact_hayao", "compact_shinkai"])
    services.set_default("compact_shinkai")
    assert offered(owner_client) == [
        "compact_hayao",
        "compact_shinkai",
        *(style for style in before[1:] if style not in ("compact_hayao", "compact_shinkai")),
    ]
    assert owner_client.get("/studio/").context["chosen_style"] == "compact_shinkai"
    services.set_enabled("comic", True)
    assert set(offered(owner_client)) == set(before)


def test_visitors_are_not_told_of_styles_that_are_not_there(owner_client: Client, weights_dir: Path) -> None:
    assert "not downloaded" not in owner_client.get("/studio/").content.decode()
    assert offered(owner_client) == ["comic", "compact_hayao"]


@pytest.mark.parametrize("url", ["/", "/learning/"])
def test_pages_of_visitors_show_no_disabled_style(anonymous: Client, url: str) -> None:
    services.set_enabled("comic", False)
    assert "comic" not in [card.id for card in anonymous.get(url).context["styles"]]


def test_previews_of_a_disabled_style_are_for_staff(
    anonymous: Client, owner_client: Client, admin_client: Client
) -> None:
    services.set_enabled("comic", False)
    for client, code in ((anonymous, 404), (owner_client, 404), (admin_client, 200)):
        assert client.get("/styles/comic.webp").status_code == code


def test_a_default_that_is_disabled_gives_way_to_the_setting_and_then_to_the_first(settings: LazySettings) -> None:
    settings.DEFAULT_STYLE = "compact_hayao"
    services.set_default("compact_shinkai")
    services.set_enabled("compact_shinkai", False)
    assert load_style_catalog().default_id == "compact_hayao"
    services.set_enabled("compact_hayao", False)
    assert load_style_catalog().default_id == "comic"


def test_there_is_one_default() -> None:
    services.set_default("comic")
    services.set_default("compact_hayao")
    assert [row.style for row in StyleSetting.objects.filter(is_default=True)] == ["compact_hayao"]


def test_a_form_that_names_a_disabled_style_is_answered_with_its_other_input(owner_client: Client) -> None:
    services.set_enabled("compact_hayao", False)
    response = upload(owner_client, "compact_hayao", faces="focus")
    assert response.status_code == 422
    assert UNAVAILABLE in response.content.decode()
    context = response.context
    assert (context["chosen_style"], context["chosen_detail"], context["chosen_faces"]) == ("comic", "fine", "focus")
    assert not Work.objects.exists()


def test_a_script_that_names_a_disabled_style_is_told_in_the_users_language(owner_client: Client) -> None:
    services.set_enabled("compact_hayao", False)
    headers = {"accept": "application/json", "accept-language": "zh-hans"}
    photo = SimpleUploadedFile("a.jpg", photo_bytes(seed=1), "image/jpeg")
    data = {"photos": photo, "style": "compact_hayao", "detail": "fine"}
    response = owner_client.post("/studio/", data, headers=headers)
    assert (response.status_code, response.json()) == (422, {"error": "这里没有这个风格，请另选一个。"})


def test_a_conversion_that_runs_ends_though_its_style_is_disabled_and_removed(weights_dir: Path) -> None:
    put_ink(weights_dir)
    style = get_style_registry().get_available(INK)
    get_engine().load_session(style)
    services.set_enabled(INK, False)
    services.remove_file(INK)
    from imaging.decode import decode_image

    photo = decode_image(photo_bytes(seed=1)).pixels
    assert get_engine().stylize(photo, style).shape == photo.shape


@pytest.mark.django_db(transaction=True)
def test_a_video_that_waits_is_converted_though_its_style_was_disabled(owner: User) -> None:
    job = add_job(add_video(owner, frames=10))
    services.set_enabled("comic", False)
    worker.drain_queue()
    assert VideoJob.objects.get(pk=job.pk).state == JobState.DONE


def test_nothing_is_begun_again_in_a_disabled_style(owner: User, owner_client: Client) -> None:
    job = add_job(add_video(owner, frames=10))
    VideoJob.objects.update(state=JobState.CANCELED)
    services.set_enabled("comic", False)
    response = owner_client.post(f"/videos/jobs/{job.pk}/retry/")
    assert response.status_code == 422
    assert "This style is not available here." in response.content.decode()
    assert VideoJob.objects.get().state == JobState.CANCELED


def test_the_form_of_a_video_keeps_its_other_input(owner: User, owner_client: Client) -> None:
    services.set_enabled("compact_hayao", False)
    video = add_video(owner, frames=30)
    data = {"style": "compact_hayao", "detail": "bold", "start": "0.4"}
    response = owner_client.post(f"/videos/{video.pk}/convert/", data)
    assert response.status_code == 422
    page = response.content.decode()
    assert UNAVAILABLE in page
    assert response.context["chosen_style"] == "comic"
    assert response.context["chosen_detail"] == "bold"
    assert 'value="0.4"' in page


def test_a_style_that_videos_or_other_styles_need_is_not_removed(weights_dir: Path, owner: User) -> None:
    put_ink(weights_dir)
    job = add_job(add_video(owner, frames=10))
    VideoJob.objects.update(style=INK)
    with pytest.raises(services.StyleInUse) as caught:
        services.remove_file(INK)
    assert caught.value.videos == 1
    assert (weights_dir / "ink.safetensors").is_file()
    VideoJob.objects.filter(pk=job.pk).update(state=JobState.DONE)
    services.remove_file(INK)
    assert not (weights_dir / "ink.safetensors").exists()


def test_what_came_with_the_project_is_never_deleted(weights_dir: Path) -> None:
    with pytest.raises(services.StyleNotRemovable):
        services.remove_file("comic")
    assert (weights_dir / "comic.safetensors").is_file()


class TestStyleThatLeftTheManifest:
    """`compact_hayao` came with earlier versions; `ink` was the operator's own, and has a Chinese title."""

    @pytest.fixture(autouse=True)
    def gone(self, weights_dir: Path, owner: User, make_exhibit) -> None:
        put_ink(weights_dir)
        remember_style_titles()
        self.work, self.exhibit = make_exhibit().work, Exhibit.objects.get()
        for style_id in (INK, "compact_hayao"):
            remove_entry(weights_dir, style_id)

    def change_style(self, style_id: str) -> None:
        Work.objects.update(style=style_id)
        Exhibit.objects.update(style=style_id)

    @pytest.mark.parametrize(
        ("style_id", "title"),
        [(INK, "Ink"), ("compact_hayao", "Hayao, light"), ("somebodys_style", "Somebodys style")],
    )
    def test_works_keep_a_readable_name(
        self, owner_client: Client, admin_client: Client, style_id: str, title: str
    ) -> None:
        self.change_style(style_id)
        work, exhibit = self.work, self.exhibit
        pages = ["/works/", f"/works/?style={style_id}", f"/works/{work.pk}/", f"/gallery/{exhibit.work_key}/"]
        pages += [f"/gallery/?style={style_id}"]
        for url in pages:
            response = owner_client.get(url)
            assert response.status_code == 200
            assert title in response.content.decode(), url
        for url in ("/admin/gallery/work/", f"/admin/gallery/work/?style={style_id}", "/admin/status/"):
            response = admin_client.get(url)
            assert response.status_code == 200
            if "status" not in url:
                assert title in response.content.decode(), url
        assert owner_client.get(f"/works/{work.pk}/download/png/").status_code == 200

    def test_it_has_its_title_in_the_language_of_the_page(self, owner_client: Client) -> None:
        self.change_style(INK)
        page = owner_client.get(f"/works/{self.work.pk}/", headers={"accept-language": "zh-hans"}).content.decode()
        assert "水墨" in page
        assert get_style_titles("zh-hans")["compact_hayao (video)"]

    def test_the_gallery_can_be_filtered_by_it(self, owner_client: Client) -> None:
        self.change_style("compact_hayao")
        links = owner_client.get("/gallery/").context["styles"]
        assert [link.label for link in links] == ["All styles", "Hayao, light"]
        assert self.exhibit.title in owner_client.get("/gallery/?style=compact_hayao").content.decode()

    def test_another_style_is_selected_on_the_works_page(self, owner_client: Client) -> None:
        self.change_style(INK)
        assert owner_client.get(f"/works/{self.work.pk}/").context["chosen_style"] == "comic"


def test_the_studio_asks_one_query_for_the_settings_however_many_there_are(owner_client: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            owner_client.get("/studio/")
        return len([query for query in captured if "stylesetting" in query["sql"]])

    owner_client.get("/studio/")
    assert count() == 1
    remember_style_titles()
    assert count() == 1


def test_remembering_titles_asks_little_where_nothing_changed(django_assert_num_queries) -> None:
    remember_style_titles()
    with django_assert_num_queries(1):
        remember_style_titles()


class TestCommand:
    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("styles", *arguments, stdout=out)
        return out.getvalue()

    def test_styles_are_set_from_the_command_line(self) -> None:
        self.run("--disable", "comic", "--order", "compact_shinkai", "--default", "compact_shinkai")
        rows = {style["id"]: style for style in json.loads(self.run("--json"))}
        assert next(iter(rows)) == "compact_shinkai"
        assert rows["comic"]["enabled"] is False
        assert rows["compact_shinkai"]["default"] is True
        self.run("--enable", "comic")
        assert StyleSetting.objects.get(style="comic").is_enabled

    @pytest.mark.parametrize(
        "arguments", [["--disable", "nothing"], ["--order", "nothing"], ["--enable", "comic", "--default", "paprika"]]
    )
    def test_what_cannot_be_set_changes_nothing(self, arguments: list[str]) -> None:
        with pytest.raises(CommandError):
            self.run(*arguments)
        assert not StyleSetting.objects.exists()
