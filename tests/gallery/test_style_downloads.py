"""Downloads that staff ask for, by workers: from a real server that breaks, or has another file."""

import errno
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from gallery.models import DownloadState, StyleSetting
from gallery.styles import downloads
from gallery.styles.downloads import cancel_download, request_download, run_next_download
from imaging.files import lock_file
from inference.runtime import get_style_registry
from tests.gallery.styles import INK, fetch, ink_body, remove_entry, work_off
from tests.inference.weights_server import Handler, WeightsServer, corrupt, right, stalled, status, truncated

# Leases are renewed over another connection, which sees only what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.mariadb, pytest.mark.usefixtures("weights_dir")]


def row(style_id: str = INK) -> StyleSetting:
    return StyleSetting.objects.get(style=style_id)


def test_a_worker_downloads_what_was_asked_for(weights_dir: Path) -> None:
    fetch()
    assert (row().download, row().error) == (DownloadState.DONE, "")
    assert row().received_bytes == row().total_bytes == (weights_dir / "ink.safetensors").stat().st_size
    assert get_style_registry().get_available(INK)
    assert row().worker == ""


def test_what_nobody_asked_for_is_not_downloaded(weights_server: WeightsServer) -> None:
    assert work_off() == 0
    assert weights_server.asked == []


def test_a_download_that_broke_goes_on_where_it_stopped(weights_server: WeightsServer, weights_dir: Path) -> None:
    body = ink_body(weights_dir)
    weights_server.serves("/ink.safetensors", *[truncated(100, body)] * 4, right(body))
    fetch()
    assert (row().download, row().error, row().received_bytes) == (DownloadState.FAILED, "transfer", 400)
    assert "stopped at 400 of" in row().error_detail
    fetch()
    assert row().download == DownloadState.DONE
    assert weights_server.asked[-1][1] == "bytes=400-"


def test_another_file_than_the_published_one_is_not_kept(weights_server: WeightsServer, weights_dir: Path) -> None:
    weights_server.serves("/ink.safetensors", corrupt(ink_body(weights_dir)))
    fetch()
    assert (row().download, row().error) == (DownloadState.FAILED, "other_file")
    assert not [path for path in weights_dir.iterdir() if path.name.startswith("ink")]


@pytest.mark.parametrize("code", [403, 404, 500])
def test_a_server_that_refuses_is_told(weights_server: WeightsServer, weights_dir: Path, code: int) -> None:
    weights_server.serves("/ink.safetensors", status(code))
    fetch()
    assert (row().download, row().error) == (DownloadState.FAILED, "transfer")
    assert str(code) in row().error_detail
    assert not (weights_dir / "ink.safetensors.part").exists()


def test_two_workers_do_a_download_once(weights_server: WeightsServer) -> None:
    request_download(INK)
    others: list[bool] = []

    def answer(handler: Handler) -> None:
        others.append(run_next_download("second", threading.Event()))
        right(ink)(handler)

    ink = ink_body(get_style_registry().manifest.parent)
    weights_server.serves("/ink.safetensors", answer)
    assert run_next_download("first", threading.Event())
    assert others == [False]
    assert row().download == DownloadState.DONE


def test_a_worker_that_was_killed_leaves_its_download_to_another(
    weights_server: WeightsServer, weights_dir: Path
) -> None:
    request_download(INK)
    (weights_dir / "ink.safetensors.part").write_bytes(ink_body(weights_dir)[:100])
    held = timezone.now() + timedelta(minutes=1)
    StyleSetting.objects.update(download=DownloadState.RUNNING, worker="killed", lease_expires_at=held)
    assert work_off() == 0
    StyleSetting.objects.update(lease_expires_at=timezone.now())
    assert work_off() == 1
    assert row().download == DownloadState.DONE
    assert weights_server.asked == [("/ink.safetensors", "bytes=100-")]


def test_what_is_canceled_stops_and_stays_canceled(
    weights_server: WeightsServer, weights_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "RENEWAL_SECONDS", 0.01)
    body = ink_body(weights_dir)

    def answer(handler: Handler) -> None:
        handler.start(200, Content_Length=10**6)
        handler.wfile.write(body)
        cancel_download(INK)
        while not handler.server.leaving.is_set():  # until the worker closes
            handler.wfile.write(bytes(2**16))

    weights_server.serves("/ink.safetensors", answer)
    fetch()
    assert (row().download, row().worker) == (DownloadState.CANCELED, "")
    assert not cancel_download(INK)


def test_a_worker_that_stops_gives_its_download_back(weights_server: WeightsServer, weights_dir: Path) -> None:
    stop = threading.Event()
    body = ink_body(weights_dir)

    def answer(handler: Handler) -> None:
        stop.set()
        right(body)(handler)

    weights_server.serves("/ink.safetensors", answer, right(body))
    request_download(INK)
    run_next_download("first", stop)
    assert (row().download, row().worker) == (DownloadState.WAITING, "")
    assert work_off("second") == 1
    assert row().download == DownloadState.DONE


def test_a_file_that_another_process_downloads_is_waited_for(weights_dir: Path) -> None:
    with lock_file(weights_dir / "ink.safetensors.part"):
        request_download(INK)
        assert work_off() == 1
    assert row().download == DownloadState.WAITING
    assert row().lease_expires_at > timezone.now()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "disk_full"),
        (errno.EACCES, "not_writable"),
        (errno.EROFS, "not_writable"),
        (errno.EIO, "storage"),
    ],
)
def test_what_the_disk_says_has_words_of_its_own(number: int, code: str) -> None:
    assert downloads._get_error_code(OSError(number, os.strerror(number))) == code
    assert downloads.get_download_error(StyleSetting(error=code))


def test_a_weights_folder_that_is_gone_is_told(weights_dir: Path) -> None:
    request_download(INK)
    registry = get_style_registry()
    styles = registry.all()
    for path in weights_dir.iterdir():
        if path.suffix != ".json":
            path.unlink()
    assert styles
    (weights_dir / "manifest.json").rename(weights_dir.parent / "manifest.json")
    weights_dir.rmdir()
    (weights_dir.parent / "manifest.json").rename(weights_dir.parent / "kept.json")
    assert work_off() == 1
    assert row().download == DownloadState.FAILED


def test_a_download_of_what_has_left_the_manifest_is_told(weights_dir: Path) -> None:
    request_download(INK)
    remove_entry(weights_dir, INK)
    work_off()
    assert (row().download, row().error) == (DownloadState.FAILED, "unknown_style")


def test_asking_twice_does_not_begin_again(weights_dir: Path) -> None:
    request_download(INK)
    StyleSetting.objects.update(download=DownloadState.RUNNING, worker="first", received_bytes=7)
    request_download(INK)
    assert (row().worker, row().received_bytes) == ("first", 7)


def test_a_server_that_stands_still_keeps_its_lease(
    weights_server: WeightsServer, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    from inference import download

    monkeypatch.setattr(download, "TIMEOUT_SECONDS", (1, 0.2))
    monkeypatch.setattr(download, "MAX_ATTEMPTS", 2)
    weights_server.serves("/ink.safetensors", stalled)
    fetch()
    assert row().error == "transfer"
