"""Somebody uploads a video, watches it being converted, and plays the result."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from playwright.sync_api import FilePayload, expect

from tests.gallery.videos import clip_bytes
from tests.needs import ROOT

from .person import Person

PLAYED = "video => video.readyState >= 2 && video.videoWidth > 0 && video.currentTime > 0.2"


@pytest.fixture
def worker(transactional_db: None, settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    """A process that converts what is uploaded to the site of this test."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "IGNORE_DOTENV": "1",
    }
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, "manage.py", "run_worker", "--alone"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    yield
    process.terminate()
    process.wait(60)


def clip(name: str, **size: int) -> FilePayload:
    return {"name": name, "mimeType": "video/mp4", "buffer": clip_bytes(**size)}


def test_a_video_is_uploaded_converted_and_played_and_another_one_cancelled(person: Person, worker: None) -> None:
    person.sign_up()
    page = person.page
    person.open("/videos/")
    page.set_input_files("#video", clip("holiday.mp4", frames=50, width=320, height=240))
    page.wait_for_url("**/videos/*-*/")
    page.locator(".work__again button[type=submit]").click()
    job = page.locator(".job")
    expect(job.locator("progress")).to_be_visible()
    expect(job).to_have_attribute("data-state", "done", timeout=60_000)
    video = job.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    page.wait_for_function(f"video => ({PLAYED})(video)", arg=video.element_handle())
    video.evaluate("video => { video.pause(); video.currentTime = 1.5; }")
    page.wait_for_function(
        "video => !video.seeking && Math.abs(video.currentTime - 1.5) < 0.1", arg=video.element_handle()
    )

    person.open("/videos/")
    page.set_input_files("#video", clip("long.mp4", frames=250, width=320, height=240))
    page.wait_for_url("**/videos/*-*/")
    page.locator(".work__again button[type=submit]").click()
    expect(job.locator(".card__state")).to_contain_text("%", timeout=60_000)
    job.get_by_role("button", name="Cancel").click()
    expect(job).to_have_attribute("data-state", "cancelled", timeout=2_000)
    job.get_by_role("button", name="Delete").click()
    expect(job).to_have_count(0)


def test_who_chooses_something_else_is_told_and_can_try_again(person: Person) -> None:
    person.sign_up()
    person.open("/videos/")
    person.page.set_input_files("#video", {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"no video"})
    expect(person.page.locator("[data-part=error]")).to_have_text(
        "This is not a video that can be read. MP4, MOV, WebM and MKV are."
    )
    person.page.locator("[data-do=stop]").click()
    expect(person.page.locator("#drop")).to_be_visible()
    person.page.set_input_files("#video", clip("holiday.mp4"))
    person.page.wait_for_url("**/videos/*-*/")
