"""Speed as a choice: photos are converted in the best quality, videos and previews by a fast variant."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from gallery.models import VideoJob, Work
from gallery.storage.archive import build_result_name
from gallery.storage.media import media_path
from gallery.styles import get_style_preview
from gallery.videos.worker import drain_queue
from imaging.decode import decode_image
from inference import runtime
from inference.runtime import get_style_registry
from tests.gallery.pictures import photo_bytes, upload
from tests.gallery.videos import add_video
from tests.inference.clips import pictures_of
from tests.tiny_architecture import add_fast_variant

JSON = {"Accept": "application/json"}
CHOICE = {"style": "comic", "detail": "balanced"}


@pytest.fixture
def fast_comic(tmp_path: Path, tiny_weights: Path, settings: LazySettings) -> Iterator[Path]:
    """The file of the fast variant of `comic`, the only style that has one."""
    settings.WEIGHTS_DIR = shutil.copytree(tiny_weights, tmp_path / "weights")
    settings.VAR_DIR = tmp_path / "var"
    runtime.get_style_registry.cache_clear()
    yield add_fast_variant(settings.WEIGHTS_DIR, "comic")
    runtime.get_style_registry.cache_clear()


def send(client: Client, **choice: str) -> Any:
    return client.post("/studio/", {"photos": upload(photo_bytes()), **CHOICE, **choice}, headers=JSON)


def result_of(work: Work) -> np.ndarray:
    return decode_image(media_path(work.file)).pixels.astype(int)


def test_a_photo_is_converted_by_the_fast_variant_on_request(fast_comic: Path, owner_client: Client) -> None:
    best, fast = send(owner_client).json(), send(owner_client, speed="fast").json()
    works = {work.is_fast: work for work in Work.objects.all()}
    assert (best["id"], fast["id"]) == (str(works[False].pk), str(works[True].pk))
    assert (best["speedTitle"], fast["speedTitle"]) == ("", "Fast")
    assert np.abs(result_of(works[False]) - result_of(works[True])).mean() > 2
    assert build_result_name(works[True]) == "holiday_comic_fast_balanced.jpg"


def test_the_same_choice_again_leads_to_the_same_work(fast_comic: Path, owner_client: Client) -> None:
    first = send(owner_client, speed="fast").json()["id"]
    again = send(owner_client, speed="fast")
    assert (again.status_code, again.json()["id"]) == (200, first)
    assert [send(owner_client, speed=speed).status_code for speed in ("", "best")] == [201, 200]


def test_a_work_from_before_there_were_fast_variants_is_found_again(
    owner_client: Client, tmp_path: Path, settings: LazySettings, tiny_weights: Path
) -> None:
    before = send(owner_client).json()["id"]
    settings.WEIGHTS_DIR = shutil.copytree(tiny_weights, tmp_path / "weights")
    runtime.get_style_registry.cache_clear()
    add_fast_variant(settings.WEIGHTS_DIR, "comic")
    assert send(owner_client).json()["id"] == before
    assert send(owner_client, speed="fast").status_code == 201


def test_a_style_without_a_fast_variant_makes_one_work_at_any_speed(fast_comic: Path, owner_client: Client) -> None:
    first = send(owner_client, style="compact_hayao")
    second = send(owner_client, style="compact_hayao", speed="fast")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["speedTitle"] == ""


def test_a_speed_that_there_is_not_is_refused(fast_comic: Path, owner_client: Client) -> None:
    assert send(owner_client, speed="warp").status_code == 422


def test_the_choice_is_offered_where_there_is_one(fast_comic: Path, owner: User, owner_client: Client) -> None:
    work, video = send(owner_client, speed="fast").json(), add_video(owner)
    pages = {"/studio/": "best", work["page"]: "fast", f"/videos/{video.pk}/": "fast"}
    for page, chosen in pages.items():
        text = "".join(owner_client.get(page).content.decode().split())
        assert text.count("data-fast") == 1, "one style has a fast variant"
        assert f'name="speed"value="{chosen}"checked>' in text
        assert text.count('name="speed"') == 2
    fast_comic.unlink()
    assert not any('name="speed"' in owner_client.get(page).content.decode() for page in pages)


def test_a_photo_is_converted_again_at_another_speed(fast_comic: Path, owner_client: Client) -> None:
    again = send(owner_client).json()["again"]
    page = owner_client.post(again, {**CHOICE, "speed": "fast"}, follow=True).content.decode()
    assert Work.objects.filter(is_fast=True).count() == 1
    assert "<dt>Speed</dt>" in page


def convert_video(client: Client, owner: User, **choice: str) -> VideoJob:
    video = add_video(owner, frames=9)
    assert client.post(f"/videos/{video.pk}/convert/", {**CHOICE, **choice}).status_code == 302
    drain_queue()
    return VideoJob.objects.get(video=video)


@pytest.mark.django_db(transaction=True)  # the lease is renewed by another thread
def test_a_video_is_converted_by_the_fast_variant_unless_the_best_is_asked_for(
    fast_comic: Path, owner: User, owner_client: Client
) -> None:
    jobs = [convert_video(owner_client, owner, **choice) for choice in ({}, {"speed": "fast"}, {"speed": "best"})]
    assert [job.is_fast for job in jobs] == [True, True, False]
    first, same, best = (pictures_of(media_path(job.file))[0].astype(int) for job in jobs)
    assert np.array_equal(first, same)
    assert np.abs(first - best).mean() > 2
    page = owner_client.get(f"/videos/{jobs[0].video_id}/").content.decode()
    assert "Comic · Balanced · Fast" in " ".join(page.split())


@pytest.mark.django_db(transaction=True)  # the lease is renewed by another thread
def test_a_video_in_a_style_without_one_takes_what_there_is(
    fast_comic: Path, owner: User, owner_client: Client
) -> None:
    job = convert_video(owner_client, owner, style="compact_hayao", speed="fast")
    assert (job.state, job.is_fast) == ("done", False)


@pytest.mark.django_db(transaction=True)  # the lease is renewed by another thread
def test_a_fast_file_that_is_deleted_meanwhile_fails_no_video(
    fast_comic: Path, owner: User, owner_client: Client
) -> None:
    video = add_video(owner, frames=9)
    owner_client.post(f"/videos/{video.pk}/convert/", CHOICE)
    fast_comic.unlink()
    drain_queue()
    assert VideoJob.objects.get().state == "done"


def test_previews_are_made_by_the_fast_variant(fast_comic: Path, owner_client: Client) -> None:
    fast = get_style_preview("comic")
    version = get_style_registry().get("comic").variant(is_fast=True).version
    assert version in owner_client.get("/studio/").content.decode()
    fast_comic.unlink()
    assert get_style_preview("comic") != fast


@pytest.mark.django_db
def test_preparing_styles_prepares_both_networks(fast_comic: Path, settings: LazySettings, tmp_path: Path) -> None:
    for style in get_style_registry().available():
        if style.id != "comic":
            style.path.unlink()
    engine = runtime.get_engine()
    call_command("prepare_styles")
    comic = get_style_registry().get("comic")
    assert comic.fast
    loaded = set(engine._sessions)
    assert {comic.version, comic.fast.version} <= loaded
    assert len(list((tmp_path / "var" / "previews").glob(f"{comic.fast.version}_*.webp"))) > 0
