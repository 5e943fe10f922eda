"""The other side of `imaging.isolation`: does tasks until nobody has any more for it."""

import importlib
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from imaging.isolation import HEADER, TaskResult, write_all

IDLE_SECONDS = 1800  # then it ends, and its memory is free


def main(file_number: int) -> None:
    """Answer requests that come over a socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, whose end ends this
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = socket.socket(fileno=file_number)
    while True:
        connection.settimeout(IDLE_SECONDS)
        try:
            header, files, _flags, _address = socket.recv_fds(connection, HEADER.size, 1)
        except TimeoutError:
            return
        if not header:
            return
        connection.settimeout(None)
        request = json.loads(_receive(connection, HEADER.unpack(header)[0]))
        answer = json.dumps(_do(request, files[0])).encode()
        os.close(files[0])
        connection.sendall(HEADER.pack(len(answer)) + answer)


def _receive(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        received += connection.recv(length - len(received))
    return bytes(received)


def _do(request: dict[str, Any], file: int) -> dict[str, Any]:
    module, _, name = request["task"].partition(":")
    task = getattr(importlib.import_module(module), name)
    source = Path(request["path"]) if request["path"] else os.pread(file, request["bytes"], 0)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    memory = int(request["limits"]["memory_bytes"])
    resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))
    signal.setitimer(signal.ITIMER_PROF, request["limits"]["cpu_seconds"])  # its signal ends the process
    try:
        result: TaskResult = task(source, request["options"])
    except MemoryError:
        return {"failed": "out_of_memory"}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)
    for array in result.arrays:
        write_all(file, array.reshape(-1).data)
    return {"facts": result.facts, "shapes": [list(array.shape) for array in result.arrays]}


if __name__ == "__main__":
    main(int(sys.argv[1]))
