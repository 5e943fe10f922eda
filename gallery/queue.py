"""The queue of tasks, in a file or in Redis: what is read from it is signed JSON, and never a pickle.

Huey pickles its messages, and reading a pickle runs what its writer wants. Nor would plain JSON do, as a message names
the function to call. So messages are JSON, signed with SECRET_KEY: whoever can write to the queue's file or to a shared
Redis, but does not know the key, makes the site do nothing. What is not signed, as messages of earlier versions, is
dropped; nothing is lost with it, as the database says what there is to do.
"""

import json
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from huey import PriorityRedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from huey.utils import Error

SALT = "gallery.queue"
TIME_FIELDS = ("eta", "expires", "expires_resolved")
NESTED_FIELDS = ("on_complete", "on_error")


class UnreadableMessage(Exception):
    """What was in the queue was not put there by this site, or by another version of it."""


class SignedJsonSerializer(Serializer):
    """Write and read tasks and JSON values. Raise TypeError for other values, UnreadableMessage for those of others."""

    def _serialize(self, data: Any) -> bytes:
        return Signer(salt=SALT).sign(json.dumps(_pack(data), separators=(",", ":"))).encode()

    def _deserialize(self, data: bytes) -> Any:
        try:
            packed = json.loads(Signer(salt=SALT).unsign(bytes(data).decode()))
        except (BadSignature, ValueError) as error:
            raise UnreadableMessage from error
        return _unpack(packed)


def _pack(data: Any) -> dict[str, Any]:
    if isinstance(data, Message):
        return {"task": _pack_task(data)}
    return {"error": data.metadata} if isinstance(data, Error) else {"value": data}


def _unpack(packed: dict[str, Any]) -> Any:
    if "task" in packed:
        return _unpack_task(packed["task"])
    return Error(packed["error"]) if "error" in packed else packed["value"]


def _pack_task(message: Message) -> dict[str, Any]:
    """Return what is set of a task. Raise TypeError for chords, which nobody uses."""
    fields = {name: value for name, value in message._asdict().items() if value is not None}
    if "chord_config" in fields:
        raise TypeError("a chord cannot be queued")
    for name in TIME_FIELDS:
        if isinstance(fields.get(name), datetime):
            fields[name] = fields[name].isoformat()
    return fields | {name: _pack_task(fields[name]) for name in NESTED_FIELDS if name in fields}


def _unpack_task(fields: dict[str, Any]) -> Message:
    """Return a task; what another version has added to it is left out."""
    known = {name: value for name, value in fields.items() if name in Message._fields}
    for name in TIME_FIELDS:
        if isinstance(known.get(name), str):
            known[name] = datetime.fromisoformat(known[name])
    return Message(**known | {name: _unpack_task(known[name]) for name in NESTED_FIELDS if name in known})


class FileQueue(SqliteHuey):
    """In a file, for one machine."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, serializer=SignedJsonSerializer(), **options)


class RedisQueue(PriorityRedisHuey):
    """In a Redis, for several."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, serializer=SignedJsonSerializer(), **options)
