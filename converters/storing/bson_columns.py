"""Writes BSON as Arrow columns: the same piece of many documents at once.

Pieces of equal size are a table of bytes with values written into it; other pieces are Arrow
columns, and Arrow joins them. A detection therefore needs no Python object.

BSON (bsonspec.org): a document is its length as an int32, its elements, and a zero byte; an element
is a type byte, its name ended by a zero byte, and its value. An array is a document whose names are
numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import bson
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: Type bytes of elements.
FLOAT64, STRING, EMBEDDED, ARRAY, OBJECT_ID, BOOL, NULL, INT32 = 1, 2, 3, 4, 7, 8, 0x0A, 0x10

#: The bytes of a document without elements.
EMPTY_DOCUMENT = 5

#: Values of an attribute: numbers or booleans without nulls, strings, or strings by code.
Column: TypeAlias = npt.NDArray[Any] | pa.StringArray | pa.DictionaryArray

#: Bytes that all pieces share, or one fixed-size value per piece.
Part: TypeAlias = bytes | npt.NDArray[Any]

_NOTHING = pa.scalar(b"")

#: The keys of an array's documents; few arrays have more.
_KEYS = pa.array([b"\x03%d\x00" % i for i in range(4096)], pa.binary())

#: Element type and byte layout by the kind of a NumPy type.
_NUMBERS = {"f": (FLOAT64, "<f8"), "i": (INT32, "<i4"), "b": (BOOL, "?")}


def elements(document: Mapping[str, Any]) -> bytes:
    """Returns a document's elements, to be put into another document."""
    data: bytes = bson.encode(document)
    return data[4:-1]


def int32(value: int) -> bytes:
    """Returns a number as BSON stores it."""
    return value.to_bytes(4, "little", signed=True)


def element_header(kind: int, name: str) -> bytes:
    """Returns the type byte and the name that an element begins with."""
    return b"%c%b\x00" % (kind, name.encode())


def fixed(count: int, *parts: Part) -> pa.BinaryArray:
    """Returns pieces that all have the same size.

    Args:
        count: the number of pieces
        parts: the parts of each piece, in order: bytes that all pieces share, or an array with one
            value per piece, in the byte order to write
    """
    template = b"".join(p if isinstance(p, bytes) else bytes(p.itemsize) for p in parts)
    width = len(template)
    table = np.empty(count, dtype=f"V{width}")
    table[:] = np.void(template)
    at = 0
    for part in parts:
        if isinstance(part, bytes):
            at += len(part)
        elif count:  # an empty table has no memory to write to
            np.ndarray(count, part.dtype, table.data, at, (width,))[:] = part
            at += part.itemsize
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(table)]
    return pa.Array.from_buffers(pa.binary(), count, buffers)


def joined(*pieces: pa.BinaryArray | pa.BinaryScalar) -> pa.BinaryArray:
    """Joins columns of pieces row by row; null where one of them is null."""
    return pc.binary_join_element_wise(*pieces, _NOTHING)


def lengths(values: pa.Array) -> npt.NDArray[np.int32]:
    """Returns the size of each value in bytes; 0 for null."""
    found = pc.binary_length(values)
    found = pc.fill_null(found, 0) if values.null_count else found
    return found.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def binary(texts: pa.StringArray) -> pa.BinaryArray:
    """Returns texts as their UTF-8 bytes."""
    return pc.cast(texts, pa.binary())


def element_rows(
    count: int, before: Sequence[Part], columns: Mapping[str, Column], after: bytes
) -> pa.BinaryArray:
    """Writes several elements per row.

    Args:
        count: the number of rows
        before: the start of each row
        columns: the elements' values by name, in order
        after: the end of each row

    Raises:
        TypeError: if the type of a column is not supported
    """
    pieces: list[pa.BinaryArray | pa.BinaryScalar] = []
    parts = list(before)
    for name, values in columns.items():
        if isinstance(values, np.ndarray):
            if values.dtype.kind not in _NUMBERS:
                raise TypeError(f"{name}: a column of {values.dtype} is not written")
            kind, layout = _NUMBERS[values.dtype.kind]
            parts += [element_header(kind, name), values.astype(layout)]
        elif isinstance(values, pa.DictionaryArray) or values.null_count:
            if any(isinstance(part, np.ndarray) for part in parts):
                pieces.append(fixed(count, *parts))
                parts = []
            pieces.append(_string_elements(b"".join(map(bytes, parts)), name, values))
            parts = []
        else:
            parts += [element_header(STRING, name), (lengths(values) + 1).astype("<i4")]
            pieces += [fixed(count, *parts), binary(values)]
            parts = [b"\x00"]
    return joined(*pieces, fixed(count, *parts, after))


def _string_elements(
    before: bytes, name: str, values: pa.StringArray | pa.DictionaryArray
) -> pa.BinaryArray:
    """Returns elements of strings, some of which may be null, each after some bytes."""
    if isinstance(values, pa.DictionaryArray):
        return _string_elements(before, name, values.dictionary).take(values.indices)
    size = (lengths(values) + 1).astype("<i4")
    head = fixed(len(values), before + element_header(STRING, name), size)
    written = joined(head, binary(values), pa.scalar(b"\x00"))
    return pc.fill_null(written, before + element_header(NULL, name))


def array_keys(ranks: npt.NDArray[np.int64]) -> pa.BinaryArray:
    """Returns the type byte and key of documents in an array, by their position in it."""
    known = _KEYS
    most = int(ranks.max(initial=-1)) + 1
    if most > len(known):
        known = pa.array([b"\x03%d\x00" % i for i in range(most)], pa.binary())
    return known.take(pa.array(ranks))


def spans(values: pa.BinaryArray, firsts: npt.NDArray[np.int64]) -> list[memoryview]:
    """Joins the bytes of consecutive values, for each of several parts of a column.

    Args:
        values: the column
        firsts: the start of each part, and the end of the last one
    """
    _, offsets, data = values.buffers()
    if data is None:
        return [memoryview(b"")] * (len(firsts) - 1)
    places = np.frombuffer(offsets, dtype=np.int32)[values.offset + firsts].tolist()
    whole = memoryview(data)
    return [whole[a:b] for a, b in pairwise(places)]
