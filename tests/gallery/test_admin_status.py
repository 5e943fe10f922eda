"""The page on how the site does, from real rows."""

import json
import re
import shutil
import sys
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import django
import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from animegan_site.pages import status
from animegan_site.pages.status_chart import COLORS, HEIGHT, WIDTH, axis_maximum, build_chart
from gallery.conversion_log import log_conversion, video_style
from gallery.models import ExhibitState, VideoJob, Work
from gallery.videos import workers
from inference.engine import Engine, EngineSettings
from inference.errors import BadWeights
from inference.styles import StyleRegistry
from tests.gallery.exhibits import show
from tests.gallery.videos import add_job, add_video

pytestmark = pytest.mark.mariadb

STATUS = "/admin/status/"
DAY = date(2026, 11, 21)


def page_of(client: Client) -> str:
    return " ".join(client.get(STATUS).content.decode().split())


def test_the_page_tells_of_conversions_and_failures(admin_client: Client) -> None:
    for seconds in (1, 5):
        log_conversion(style="comic", seconds=seconds)
    log_conversion(style="comic", seconds=0.1, failure="not_a_picture")
    log_conversion(style="comic", seconds=1, failure="something_new")
    page = page_of(admin_client)
    for text in ("2 conversions in the last 30 days", "open this file. Use JPEG", "something_new"):
        assert text in page
    numbers = " ".join(f'<td class="status__number">{number}</td>' for number in ("2", "3.00", "5.00"))
    assert f'<th scope="row">Comic</th> {numbers}' in page
    assert page.count('<rect class="color-0" x=') == 1


def test_a_site_where_nothing_happened_has_a_page_too(admin_client: Client) -> None:
    page = page_of(admin_client)
    assert "No conversions yet." in page
    assert "0 conversions in the last 30 days" in page


def test_the_page_tells_what_is_stored(admin_client: Client, owner: User, work: Work) -> None:
    show(owner, state=ExhibitState.WAITING)
    page = page_of(admin_client)
    for name, number in (("Users", 2), ("Works", 2), ("Exhibits: Waiting for review", 1), ("Exhibits: Hidden", 0)):
        assert f'<th scope="row">{name}</th> <td class="status__number">{number}</td>' in page, name
    assert "Free disk space" in page


def test_conversions_of_videos_are_told_by_the_name_of_the_style(admin_client: Client) -> None:
    log_conversion(style=video_style("comic"), seconds=20)
    assert '<th scope="row">Comic (video)</th>' in page_of(admin_client)


def test_failures_of_videos_are_told_in_the_words_that_their_owners_read(admin_client: Client) -> None:
    log_conversion(style=video_style("comic"), seconds=0, failure="video_damaged")
    assert "Videos: This video is damaged" in page_of(admin_client)


def rows_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<th scope="row">([^<]*)</th> <td class="status__number">([^<]*)</td>', page))


def test_the_page_tells_which_videos_wait_and_that_nobody_converts_them(admin_client: Client, owner: User) -> None:
    job = add_job(add_video(owner))
    VideoJob.objects.filter(pk=job.pk).update(created=timezone.now() - timedelta(hours=3))
    page = page_of(admin_client)
    rows = rows_of(page)
    assert (rows["Workers"], rows["Waiting"], rows["Done"]) == ("0", "1", "0")
    assert rows["Longest wait"].replace("\xa0", " ") == "3 hours"
    assert "no worker is running" in page
    workers.send_heartbeat("one")
    page = page_of(admin_client)
    assert rows_of(page)["Workers"] == "1"
    assert "no worker is running" not in page


def test_the_page_tells_which_weights_are_there(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: LazySettings
) -> None:
    shutil.copy(Path(settings.WEIGHTS_DIR) / "manifest.json", tmp_path)
    (tmp_path / "comic.safetensors").write_bytes(bytes(3 * 2**20))
    monkeypatch.setattr(status, "get_style_registry", lambda: StyleRegistry(tmp_path))
    page = page_of(admin_client)
    assert '<td>comic</td> <td class="status__number"> 3.0 MB </td> <td>CC BY-NC-SA 4.0 (non-commercial)</td>' in page
    assert '<td>paprika</td> <td class="status__number"> not downloaded </td>' in page


def test_the_page_tells_what_the_site_runs_on(
    admin_client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INFERENCE_DEVICE = "cpu"
    monkeypatch.setattr(status, "get_engine", lambda: Engine(EngineSettings(device="cpu")))
    page = page_of(admin_client)
    database = ".".join(str(part) for part in connection.get_database_version())
    for text in (django.get_version(), connection.display_name, database, "openvino, cpu"):
        assert text in page


def test_a_package_that_is_missing_is_said_to_be(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "PACKAGES", ("no-such-package",))
    assert '<th scope="row">no-such-package</th> <td>not installed</td>' in page_of(admin_client)


def test_a_manifest_that_cannot_be_used_does_not_break_the_page(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = StyleRegistry(tmp_path)
    broken.manifest.write_text(json.dumps({"styles": [{}]}), "utf-8")
    with pytest.raises(BadWeights):
        broken.all()
    monkeypatch.setattr(status, "get_style_registry", lambda: broken)
    log_conversion(style="comic", seconds=1)
    page = page_of(admin_client)
    assert "not a usable manifest" in page
    assert '<th scope="row">Comic</th>' in page


def test_a_device_that_is_not_there_is_said(admin_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "get_engine", lambda: Engine(EngineSettings(device="nonsense")))
    monkeypatch.setattr(status, "_needs_torch", lambda: False)
    assert "INFERENCE_DEVICE is &#x27;nonsense&#x27;" in page_of(admin_client)


def test_torch_is_not_loaded_just_to_be_named(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded() -> Engine:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(status, "get_engine", loaded)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    settings.INFERENCE_BACKEND = "torch"
    assert status.describe_engine() == "torch, loaded with the first conversion"


def test_the_page_has_no_style_that_the_browser_would_refuse(admin_client: Client) -> None:
    log_conversion(style="comic", seconds=1)
    page = page_of(admin_client)
    assert "style=" not in page
    assert "<style" not in page


def test_the_page_takes_the_same_queries_whatever_there_is(
    admin_client: Client, owner: User, django_assert_num_queries
) -> None:
    log_conversion(style="comic", seconds=1)
    admin_client.get(STATUS)  # MariaDB is asked for its version once a connection
    with django_assert_num_queries(18) as few:
        admin_client.get(STATUS)
    for number in range(20):
        log_conversion(style=f"style{number}", seconds=1)
        show(owner)
    with django_assert_num_queries(len(few)):
        admin_client.get(STATUS)


# --- The chart ---


def days(*counts: dict[str, int]) -> dict[date, Counter[str]]:
    return {DAY + timedelta(days=number): Counter(each) for number, each in enumerate(counts)}


def test_bars_stand_on_one_another_and_are_as_high_as_their_number() -> None:
    drawn = build_chart(days({"comic": 30, "paprika": 10}, {}, {"comic": 20}), {"comic": "Comic"})
    comic, paprika, later = drawn.bars
    assert comic.height == pytest.approx(3 * paprika.height, abs=0.05)
    assert paprika.y + paprika.height == pytest.approx(comic.y, abs=0.05)
    assert comic.y + comic.height == pytest.approx(later.y + later.height, abs=0.05)
    assert (comic.x, comic.color, paprika.color) == (paprika.x, 0, 1)
    assert later.x > comic.x + comic.width
    assert drawn.styles == [("Comic", 0), ("paprika", 1)]
    assert comic.text.endswith("Comic: 30")


def test_the_chart_stays_within_its_frame() -> None:
    drawn = build_chart(days(*({f"style{n}": n for n in range(9)} for _ in range(30))), {})
    assert all(0 <= bar.x <= bar.x + bar.width <= WIDTH for bar in drawn.bars)
    assert all(0 <= bar.y <= bar.y + bar.height <= HEIGHT for bar in drawn.bars)
    assert {bar.color for bar in drawn.bars} == set(range(COLORS))


def test_the_table_has_the_numbers_of_the_chart() -> None:
    drawn = build_chart(days({"comic": 3, "paprika": 5}, {"comic": 4}), {})
    assert drawn.rows == [(DAY, [3, 5], 8), (DAY + timedelta(days=1), [4, 0], 4)]
    assert [title for title, _color in drawn.styles] == ["comic", "paprika"]


def test_an_empty_chart_can_be_drawn() -> None:
    assert build_chart(days({}, {}), {}).bars == []
    assert build_chart({}, {}).rows == []


@pytest.mark.parametrize(("most", "top"), [(0, 2), (2, 2), (3, 4), (5, 6), (7, 10), (11, 20), (61, 100), (4001, 6000)])
def test_the_axis_ends_at_a_round_number(most: int, top: int) -> None:
    assert axis_maximum(most) == top
