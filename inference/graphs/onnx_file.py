"""Looks into ONNX files before a library does: they may name other files of the machine as their weights.

Of the wire format of protocol buffers (https://protobuf.dev/programming-guides/encoding/) only what leads to tensors is
read; the numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 32
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
EXTERNAL_DATA, DATA_LOCATION = 13, 14  # of a TensorProto
# Of each message, the fields that hold, at whatever depth, tensors.
_TENSOR: Mapping[int, Any] = {}
_SPARSE = {1: _TENSOR, 2: _TENSOR}
_ATTRIBUTE: dict[int, Any] = {5: _TENSOR, 10: _TENSOR, 22: _SPARSE, 23: _SPARSE}
_NODE = {5: _ATTRIBUTE}
_GRAPH = {1: _NODE, 5: _TENSOR, 15: _SPARSE}
_ATTRIBUTE |= {6: _GRAPH, 11: _GRAPH}
_FUNCTION = {7: _NODE, 11: _ATTRIBUTE}
_TRAINING = {1: _GRAPH, 2: _GRAPH}
_MODEL = {7: _GRAPH, 20: _TRAINING, 25: _FUNCTION}


def has_external_data(content: bytes) -> bool:
    """Return whether a tensor of an ONNX model lies in another file. Raise ValueError for what is no such model."""
    return _has_external(memoryview(content), _MODEL, 0)


def _has_external(message: memoryview, fields: Mapping[int, Any], depth: int) -> bool:
    if depth > MAX_DEPTH:
        raise ValueError("it nests too deep")
    for number, value in _read_fields(message):
        if fields is _TENSOR:
            if number == EXTERNAL_DATA or (number == DATA_LOCATION and value != 0):
                return True
        elif number in fields and isinstance(value, memoryview) and _has_external(value, fields[number], depth + 1):
            return True
    return False


def _read_fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field. Raise ValueError for bytes that are no message."""
    position = 0
    while position < len(message):
        key, position = _read_varint(message, position)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, position = _read_varint(message, position)
            yield number, value
            continue
        if kind == LENGTH:
            length, position = _read_varint(message, position)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise ValueError("not a protocol buffer")
        if length > len(message) - position:
            raise ValueError("it is cut off")
        yield number, message[position : position + length]
        position += length


def _read_varint(message: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise ValueError("it is cut off")
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError("not a protocol buffer")
