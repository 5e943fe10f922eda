"""What a stranger's file does to the libraries ends a process of its own, and nothing else."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imaging import untrusted
from imaging.decode import decode_image
from imaging.errors import BadImage
from imaging.isolation import ProcessesBusy, TaskCanceled, TaskFailed, TaskLimits, TaskResult
from imaging.limits import ImageLimits
from imaging.process_pool import ProcessPool
from imaging.untrusted import decode_untrusted, read_untrusted_size
from tests.inference.material import file_of, photo
from tests.needs import ROOT

pytestmark = pytest.mark.no_database

TASKS = "tests.imaging.isolated_tasks"
AMPLE = TaskLimits(cpu_seconds=20, memory_bytes=2**31)


@pytest.fixture
def pool() -> Iterator[ProcessPool]:
    made = ProcessPool(2)
    yield made
    made.close()


def run(
    pool: ProcessPool, task: str, source: Path | bytes = b"", limits: TaskLimits = AMPLE, **options: Any
) -> TaskResult:
    return pool.run(f"{TASKS}:{task}", source, options, limits)


def pid_of(pool: ProcessPool) -> int:
    return int(run(pool, "echo").facts["pid"])


def test_bytes_and_files_reach_the_other_process_and_come_back(pool: ProcessPool, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "file").write_bytes(data)
    for source in (data, tmp_path / "file", b""):
        result = run(pool, "echo", source, word="值")
        assert result.facts["options"] == {"word": "值"}
        assert result.arrays[0].tobytes() == (b"" if source == b"" else data)
        assert result.arrays[0].flags.writeable


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="elsewhere pixels are copied")
def test_pixels_stay_whoever_cuts_the_shared_file_short(pool: ProcessPool, tmp_path: Path) -> None:
    when, said = tmp_path / "when", tmp_path / "said"
    (pixels,) = run(pool, "cut", bytes=10**6, when=str(when), said=str(said)).arrays
    when.touch()
    while not said.exists():
        time.sleep(0.01)
    assert said.read_text("utf-8") == "refused"
    assert pixels.min() == pixels.max() == 7
    pixels[:] = 9
    assert pixels.sum() == 9 * 10**6


def test_a_process_does_one_task_after_another_and_is_not_this_one(pool: ProcessPool) -> None:
    assert pid_of(pool) == pid_of(pool) != os.getpid()


@pytest.mark.parametrize(
    ("task", "options", "limits", "reason"),
    [
        ("spin", {}, TaskLimits(0.3, 2**31), "too_slow"),
        ("grow", {"bytes": 2**31}, TaskLimits(20, 2**30), "out_of_memory"),
        ("crash", {}, AMPLE, "crashed"),
        ("crash", {"signal": signal.SIGKILL}, AMPLE, "killed"),
        ("fail", {}, AMPLE, "crashed"),
    ],
)
def test_a_task_that_ends_badly_says_how_and_the_next_one_is_done(
    pool: ProcessPool, task: str, options: dict[str, Any], limits: TaskLimits, reason: str
) -> None:
    before = pid_of(pool)
    with pytest.raises(TaskFailed) as caught:
        run(pool, task, limits=limits, **options)
    assert caught.value.reason == reason
    assert pid_of(pool) != before


def test_who_waits_without_using_the_processor_is_ended_too(pool: ProcessPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imaging.isolation.WALL_EXTRA_SECONDS", 0.2)
    with pytest.raises(TaskFailed, match="too_slow"):
        run(pool, "sleep", limits=TaskLimits(0.1, 2**31))


def test_a_task_that_nobody_wants_any_more_is_ended(pool: ProcessPool) -> None:
    process = pid_of(pool)
    asked: list[None] = []

    def has_left() -> bool:
        asked.append(None)
        return len(asked) > 1

    with pytest.raises(TaskCanceled):
        pool.run(f"{TASKS}:spin", b"", {}, AMPLE, has_left)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_process_that_ended_while_it_was_idle_is_replaced(pool: ProcessPool) -> None:
    process = pid_of(pool)
    os.kill(process, signal.SIGKILL)
    os.waitid(os.P_PID, process, os.WEXITED | os.WNOWAIT)
    assert pid_of(pool) != process


def test_no_more_tasks_are_done_at_a_time_than_there_are_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imaging.isolation.WALL_EXTRA_SECONDS", 0.1)
    pool, stop = ProcessPool(1), threading.Event()
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(pool.run, f"{TASKS}:spin", b"", {}, AMPLE, stop.is_set)
        while not pool._processes:
            time.sleep(0.01)
        with pytest.raises(ProcessesBusy):
            pool.run(f"{TASKS}:echo", b"", {}, TaskLimits(0.05, 2**31))
        stop.set()
        assert isinstance(first.exception(), TaskCanceled)
    assert pool.run(f"{TASKS}:echo", b"", {}, AMPLE).facts["options"] == {}
    pool.close()


def test_the_other_process_knows_no_secret(pool: ProcessPool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "EMAIL_HOST_PASSWORD"):
        monkeypatch.setenv(name, "secret")
    names = run(pool, "echo").facts["names"]
    assert not {"SECRET_KEY", "DATABASE_URL", "EMAIL_HOST_PASSWORD"} & set(names)
    assert "PATH" in names


def test_it_ends_with_who_started_it() -> None:
    script = (
        "from imaging.isolation import TaskLimits\n"
        "from imaging.process_pool import ProcessPool\n"
        f"pool = ProcessPool(1)\n"
        f"print(pool.run('{TASKS}:echo', b'', {{}}, TaskLimits(9, 2**31)).facts['pid'], flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        parent.kill()
    for _ in range(200):
        if not Path(f"/proc/{process}").exists() or " Z " in Path(f"/proc/{process}/stat").read_text("utf-8"):
            return
        time.sleep(0.05)
    pytest.fail("it is still there")


def test_a_forked_process_starts_its_own() -> None:
    data = file_of(photo(20, 30), "PNG")
    expected = decode_untrusted(data).pixels
    child = os.fork()
    if not child:
        try:
            os._exit(0 if np.array_equal(decode_untrusted(data).pixels, expected) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert np.array_equal(decode_untrusted(data).pixels, expected)


def test_many_threads_get_each_their_own_picture() -> None:
    pictures = [photo(40 + seed, 50, seed) for seed in range(12)]
    with ThreadPoolExecutor(6) as threads:
        decoded = list(threads.map(lambda picture: decode_untrusted(file_of(picture, "PNG")).pixels, pictures))
    assert all(np.array_equal(one, other) for one, other in zip(decoded, pictures, strict=True))


# --- Pictures -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_a_picture_is_read_as_in_this_process(mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.dstack([photo(31, 47), photo(31, 47, 1)[..., 0]])
    pixels = {"RGB": pixels[..., :3], "RGBA": pixels, "L": pixels[..., 0]}[mode]
    (tmp_path / "a.png").write_bytes(file_of(pixels, "PNG"))
    monkeypatch.chdir(tmp_path)
    expected = decode_image(Path("a.png"))
    for source in (Path("a.png"), (tmp_path / "a.png").read_bytes()):
        picture = decode_untrusted(source)
        assert np.array_equal(picture.pixels, expected.pixels)
        assert (picture.alpha is None) == (expected.alpha is None)
        assert expected.alpha is None or np.array_equal(picture.alpha, expected.alpha)  # type: ignore[arg-type]
        assert read_untrusted_size(source, ImageLimits()) == (31, 47)


def test_a_refusal_comes_back_with_its_numbers(tmp_path: Path) -> None:
    with pytest.raises(BadImage) as caught:
        decode_untrusted(file_of(photo(20, 30), "PNG"), ImageLimits(max_pixels=599))
    assert (caught.value.reason, caught.value.details) == ("too_many_pixels", {"limit": 599, "width": 30, "height": 20})
    with pytest.raises(FileNotFoundError):
        decode_untrusted(tmp_path / "none.png")
    with pytest.raises(FileNotFoundError):
        read_untrusted_size(tmp_path / "none.png", ImageLimits())


def test_a_picture_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_of(photo(2000, 2000), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    monkeypatch.setattr(untrusted, "DECODE_CPU_SECONDS", 0.05)
    with pytest.raises(BadImage, match="too_complex"):
        decode_untrusted(data[:-2] + scan * 90 + data[-2:])


def test_a_picture_that_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = file_of(np.zeros((6000, 8000), np.uint8), "PNG")
    monkeypatch.setattr(untrusted, "LIBRARY_BYTES", 0)
    monkeypatch.setattr(untrusted, "BYTES_PER_PIXEL", 9)
    with pytest.raises(BadImage, match=r"too_complex|damaged"):
        decode_untrusted(data)
    monkeypatch.undo()
    assert decode_untrusted(data).width == 8000


def test_where_the_system_ends_the_process_memory_is_what_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_args: object, **_options: object) -> TaskResult:
        return untrusted_run(f"{TASKS}:crash", b"", {"signal": signal.SIGKILL}, AMPLE)

    untrusted_run = untrusted.PROCESSES.run
    monkeypatch.setattr(untrusted.PROCESSES, "run", killed)
    with pytest.raises(MemoryError):
        decode_untrusted(file_of(photo(20, 20), "PNG"))
