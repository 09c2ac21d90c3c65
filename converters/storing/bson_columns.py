"""BSON's bytes as Arrow columns: the same piece of many documents at once.

What has the same size in every document is a table of bytes with values written into it; what has
not is an Arrow column of its own; and Arrow puts them together. Thus a detection costs no Python
object.

BSON (bsonspec.org): a document is its length as an int32, its elements, and a zero byte; an element
is a type byte, its name ended by zero, and its value. An array is a document whose names are
numbers.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import bson
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: The bytes of a document without elements.
EMPTY_DOCUMENT = 5

_NOTHING = pa.scalar(b"")

#: The names of an array's documents; few arrays have more.
_KEYS = pa.array([b"\x03%d\x00" % i for i in range(4096)], pa.binary())


def elements(document: dict[str, Any]) -> bytes:
    """Returns a document's elements, to be put into another."""
    data: bytes = bson.encode(document)
    return data[4:-1]


def int32(value: int) -> bytes:
    """Returns a number as BSON has it."""
    return value.to_bytes(4, "little", signed=True)


def name(kind: int, field: str) -> bytes:
    """Returns how an element begins: its type and its name."""
    return b"%c%b\x00" % (kind, field.encode())


def fixed(count: int, *parts: bytes | npt.NDArray[Any]) -> pa.BinaryArray:
    """Returns so many pieces of one size.

    Args:
        count: how many
        parts: what they are made of, in order: bytes that are the same in all of them, or an array
            with one value for each, in the byte order that is to be written
    """
    template = b"".join(p if isinstance(p, bytes) else bytes(p.itemsize) for p in parts)
    width = len(template)
    table = np.empty(count, dtype=f"V{width}")
    table[:] = np.void(template)
    at = 0
    for part in parts:
        if isinstance(part, bytes):
            at += len(part)
        elif count:  # of nothing, there is no place for an array to stand in
            np.ndarray(count, part.dtype, table.data, at, (width,))[:] = part
            at += part.itemsize
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(table)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)


def joined(*pieces: Any) -> pa.BinaryArray:
    """Puts pieces together, column by column; null where one of them is."""
    return pc.binary_join_element_wise(*pieces, _NOTHING)


def lengths(values: pa.Array) -> npt.NDArray[np.int32]:
    """Returns how many bytes each value has."""
    found: npt.NDArray[np.int32] = pc.binary_length(values).to_numpy(zero_copy_only=False)
    return found


def keys(ranks: npt.NDArray[np.int64]) -> pa.BinaryArray:
    """Returns the beginnings of an array's documents, by their place in it."""
    known = _KEYS
    most = int(ranks.max(initial=-1)) + 1
    if most > len(known):
        known = pa.array([b"\x03%d\x00" % i for i in range(most)], pa.binary())
    return known.take(pa.array(ranks))


def spans(values: pa.BinaryArray, firsts: npt.NDArray[np.int64]) -> list[memoryview]:
    """Returns the bytes of consecutive values as one, for each of several parts of a column.

    Args:
        values: the column
        firsts: where each part begins, and where the last ends
    """
    _, offsets, data = values.buffers()
    if data is None:
        return [memoryview(b"")] * (len(firsts) - 1)
    places = np.frombuffer(offsets, dtype=np.int32)[values.offset + firsts].tolist()
    whole = memoryview(data)
    return [whole[a:b] for a, b in pairwise(places)]
