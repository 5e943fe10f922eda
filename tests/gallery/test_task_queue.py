"""What lies in the queue of tasks runs only if this site has put it there."""

import json
import pickle
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis as redis_client
from django.conf import LazySettings
from huey import Huey, crontab
from huey.exceptions import TaskException
from huey.registry import Message

from gallery.queue import FileQueue, RedisQueue, SignedJsonSerializer, UnreadableMessage
from gallery.videos import worker
from tests.faults.own_site import free_port
from tests.needs import need_program

pytestmark = pytest.mark.no_database
ETA = datetime(2026, 11, 30, 12, 0, 0)


class RunsCode:
    """What a stranger puts into the queue: whoever unpickles it creates a file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.file,))


def unsigned(name: str, *arguments: object) -> bytes:
    """A message that Huey would run, as JSON."""
    return json.dumps({"task": {"id": "1", "name": name, "args": arguments, "kwargs": {}}}).encode()


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [need_program("redis-server"), "--port", str(port), "--dir", str(tmp_path), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    for _attempt in range(100):
        try:
            redis_client.Redis(port=port).ping()
            break
        except redis_client.ConnectionError:
            time.sleep(0.05)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait()


@pytest.fixture(params=["file", "Redis"])
def queue(request: pytest.FixtureRequest, tmp_path: Path) -> Huey:
    """An empty queue."""
    if request.param == "file":
        queue: Huey = FileQueue("tests", filename=str(tmp_path / "queue.sqlite3"))
    else:
        queue = RedisQueue("tests", url=request.getfixturevalue("redis_url"))
    return queue


def test_a_task_runs_with_its_arguments_and_gives_its_result_back(queue: Huey) -> None:
    def add(first: int, second: int, *, text: str) -> list[object]:
        return [first + second, text]

    result = queue.task(name="add")(add)(1, 2, text="夏")
    task = queue.dequeue()
    assert task.id == result.id
    queue.execute(task)
    assert result.get() == [3, "夏"]
    assert queue.dequeue() is None


def test_a_task_that_fails_says_why(queue: Huey) -> None:
    def fail() -> None:
        raise ValueError("no such thing")

    result = queue.task(name="fail")(fail)()
    queue.execute(queue.dequeue())
    with pytest.raises(TaskException, match="no such thing"):
        result.get()


def test_nothing_of_a_pickle_is_run(queue: Huey, tmp_path: Path) -> None:
    file = tmp_path / "ran"
    queue.storage.enqueue(pickle.dumps(RunsCode(file)))
    with pytest.raises(UnreadableMessage):
        queue.dequeue()
    queue.storage.put_data("key", pickle.dumps(RunsCode(file)), is_result=True)
    with pytest.raises(UnreadableMessage):
        queue.get("key")
    assert not file.exists()
    assert queue.dequeue() is None, "it was dropped"


@pytest.mark.parametrize("name", ["huey.contrib.djhuey.tasks_backend.djtasks.run", "os.system"])
def test_nothing_unsigned_is_run_nor_what_is_signed_with_another_key(
    queue: Huey, settings: LazySettings, name: str
) -> None:
    ours = SignedJsonSerializer().serialize(Message("1", name, args=[1], kwargs={}))
    settings.SECRET_KEY = "another key"
    for message in (unsigned(name, 1), ours, b"", b"\xff\x80:abc", b"{}:", ours.rpartition(b":")[0]):
        queue.storage.enqueue(message)
        with pytest.raises(UnreadableMessage):
            queue.dequeue()


def test_the_worker_drops_what_it_cannot_read_and_looks_for_work_all_the_same(
    queue: Huey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(worker, "HUEY", queue)
    noted: list[int] = []
    note = queue.task(name="note")(noted.append)
    queue.storage.enqueue(pickle.dumps(RunsCode(tmp_path / "ran")))
    queue.storage.enqueue(unsigned("djtasks.run", "os.mkdir", [str(tmp_path / "ran")], {}))
    queue.enqueue(note.s(7))
    assert [worker._run_queued_task() for _message in range(3)] == [True, True, True]
    assert not (tmp_path / "ran").exists()
    assert noted == [7]


def test_all_that_is_set_of_a_task_is_read_back() -> None:
    following = Message("2", "tests.next", args=[], kwargs={})
    message = Message(
        "1", "tests.note", eta=ETA, retries=2, retry_delay=5, priority=3, args=[1, {"a": None}], kwargs={"b": [2.5]},
        on_complete=following, on_error=following._replace(id="3"), expires=60, expires_resolved=ETA, timeout=9.5,
    )  # fmt: skip
    serializer = SignedJsonSerializer()
    assert serializer.deserialize(serializer.serialize(message)) == message


@pytest.mark.parametrize("value", [object(), datetime(2026, 11, 30, tzinfo=UTC), crontab, {1, 2}])
def test_what_json_has_not_is_refused_when_it_is_written(value: object) -> None:
    with pytest.raises(TypeError):
        SignedJsonSerializer().serialize(value)
