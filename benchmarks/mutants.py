"""Faulty records, as JSON and as Arrow, drawn from a seed."""

from __future__ import annotations

import copy
import json
import math
import random
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fiftyone_action100m.core.schema import RECORD
from material import small_record

#: Levels to keep of a given record's tree: ten thousand whole trees would take gigabytes.
_LEVELS = 4
#: JSON text that replaces a value.
_JSON = [
    "null", "true", "0", "-1", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1.5",
    '""', '" "',
    '"n0"', '"\\ud800"', '"\\u0000"', '"N/A"', '"nan"', '"1e999"', '"20201345"', '"99999999"', "[]",
    "{}", "[[]]", '{"a": {"b": null}}', "9" * 30, "9" * 400, "9" * 5000, "-" + "9" * 400,
    "[" * 300 + "]" * 300, "[" * 100_000, '"' + "x" * 100_000 + '"', "1" + "0" * 308, "1e308",
]  # fmt: skip


def base_records(records: Path | None) -> list[dict[str, Any]]:
    """Returns valid records to change: those of a file, or generated ones."""
    if records is None:
        return [small_record(f"base-{i}", seconds=6.0 + i, leaves=2 + i) for i in range(6)]
    rows = pq.read_table(records).select(RECORD.names).to_pylist()
    for row in rows:
        row["nodes"] = [node for node in row["nodes"] if node["level"] < _LEVELS]
    return [dict(row) for row in rows]


def json_line(row: dict[str, Any], rng: random.Random) -> bytes:
    """Returns a record as a line of JSON with one to three faults."""
    row = copy.deepcopy(row)
    marks = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        holder, key = _place(row, rng)
        if rng.random() < 0.15:
            del holder[key]
        elif isinstance(holder, list) and rng.random() < 0.3:
            holder.append(copy.deepcopy(rng.choice(holder)))
        else:
            marks.append(f"@{rng.randrange(2**40)}@")
            holder[key] = marks[-1]
    text = json.dumps(row, ensure_ascii=rng.random() < 0.5)
    for mark in marks:
        text = text.replace(f'"{mark}"', rng.choice(_JSON))
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    if rng.random() < 0.1:
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.choice(b'\x00\x1b "{}[],:\\9x\xff\xed')
    if rng.random() < 0.03:
        del data[rng.randrange(1, len(data)) :]
    return bytes(data)


def _place(row: dict[str, Any], rng: random.Random) -> tuple[Any, Any]:
    """Returns a random value of a record, as its container and its key."""
    holder: Any = row
    while True:
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        key = rng.choice(keys)
        inner = holder[key]
        if not (isinstance(inner, dict | list) and inner) or rng.random() < 0.15:
            return holder, key
        holder = inner


def arrow_file(path: Path, rows: Sequence[dict[str, Any]], rng: random.Random) -> None:
    """Writes records with columns of other types and values than the schema's."""
    while True:
        table = pa.Table.from_pylist(list(rows), schema=RECORD)
        for _ in range(rng.choice([1, 1, 2, 4])):
            table = _changed(table, rng)
        try:
            pq.write_table(table, path, row_group_size=rng.choice([1, 3, 7, 100]))
        except (pa.ArrowException, ValueError):  # Arrow cannot write all of its types
            continue
        return


def _changed(table: pa.Table, rng: random.Random) -> pa.Table:
    """Returns a table with one column, at any depth, of another type."""
    name = rng.choice(["video_uid", "metadata", "nodes", "nodes", "nodes"])
    if name not in table.column_names:
        return table
    place = table.column_names.index(name)
    column = table.column(place).combine_chunks()
    if rng.random() < 0.05:
        return table.append_column(rng.choice([name, "other"]), _leaf(len(table), rng))
    return table.set_column(place, name, _other(column, rng, 0))


def _other(values: pa.Array, rng: random.Random, depth: int) -> pa.Array:
    """Returns a column with one part of another type or with other values."""
    kind = values.type
    if pa.types.is_list(kind) and rng.random() > 0.03:
        return _relisted(values, _other(values.flatten(), rng, depth + 1), rng)
    if pa.types.is_struct(kind) and rng.random() > 0.03:
        names = [f.name for f in kind]
        fields = [values.field(i) for i in range(len(names))]
        at = rng.randrange(len(names))
        chance = rng.random()
        if chance < 0.1:
            del names[at], fields[at]
        elif chance < 0.2:
            names.append(rng.choice([names[at], "other"]))
            fields.append(_leaf(len(values), rng))
        else:
            fields[at] = _other(fields[at], rng, depth + 1)
        mask = values.is_null() if values.null_count else None
        return pa.StructArray.from_arrays(fields, names, mask=mask) if names else values
    plain = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_string(kind)
    if depth and plain and rng.random() < 0.4:
        return _some(values, rng)
    return _leaf(len(values), rng)


def _relisted(lists: pa.Array, values: pa.Array, rng: random.Random) -> pa.Array:
    lengths = np.array([n or 0 for n in lists.value_lengths().to_pylist()])
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    if rng.random() < 0.2:
        return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), values)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def _some(values: pa.Array, rng: random.Random) -> pa.Array:
    """Returns a column with some values replaced by others of its type."""
    held = values.to_pylist()
    for _ in range(rng.randrange(1, 4) if held else 0):
        at = rng.randrange(len(held))
        if pa.types.is_floating(values.type):
            held[at] = rng.choice([None, math.nan, math.inf, -math.inf, 3e38, -1.0, 1e-40, 8.7e6])
        elif pa.types.is_integer(values.type):
            most = 2 ** (values.type.bit_width - 1) - 1
            least = -most - 1 if pa.types.is_signed_integer(values.type) else 0
            held[at] = rng.choice([None, 0, 1, most, least, max(least, -1)])
        elif pa.types.is_string(values.type):
            held[at] = rng.choice(
                [None, "", " ", "\x00", "n0", held[at - 1], "x" * 70_000, "1e400"]
            )
    return pa.array(held, values.type)


def _leaf(count: int, rng: random.Random) -> pa.Array:
    """Returns a column of any type."""
    make, value = rng.choice(_LEAVES)
    return make([None if rng.random() < 0.1 else value(rng) for _ in range(count)])


def _ints(bits: int) -> Callable[[random.Random], int]:
    return lambda rng: rng.choice(
        [rng.randrange(100), rng.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1))]
    )


def _of(kind: pa.DataType) -> Callable[[list[Any]], pa.Array]:
    return lambda values: pa.array(values, kind)


def _viewed(kind: pa.DataType) -> Callable[[list[Any]], pa.Array]:
    plain = pa.int32() if kind.bit_width == 32 else pa.int64()
    return lambda values: pa.array(values, plain).view(kind)


def _uuids(values: list[Any]) -> pa.Array:
    raw = [None if v is None else uuid.UUID(int=v % 2**128).bytes for v in values]
    return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(raw, pa.binary(16)))


def _text(rng: random.Random) -> str:
    return rng.choice(["n0", "", "12", "nan", "\x00", "2020", "é" * rng.randrange(4), "20200131"])


def _bytes(rng: random.Random) -> bytes:
    return rng.choice([b"n0", b"\xff", b"\xed\xa0\x80", b"", rng.randbytes(5)])


def _float(rng: random.Random) -> float:
    return rng.choice([math.nan, math.inf, -math.inf, 1e300, -1.0, rng.random() * 100])


_LEAVES: list[tuple[Callable[[list[Any]], pa.Array], Callable[[random.Random], Any]]] = [
    *((_of(k), _text) for k in (
        pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int16(), pa.string()))),
    *((_of(k), _bytes) for k in (pa.binary(), pa.large_binary(), pa.binary_view())),
    *((_of(k), lambda rng: rng.randrange(120)) for k in (
        pa.int8(), pa.uint16(), pa.dictionary(pa.int8(), pa.int64()), pa.decimal128(9, 2))),
    (_of(pa.int64()), _ints(64)), (_of(pa.int32()), _ints(32)), (_of(pa.float64()), _float),
    (_of(pa.bool_()), lambda rng: rng.random() < 0.5), (_of(pa.null()), lambda _: None),
    *((_viewed(k), _ints(64)) for k in (
        pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", tz="Nowhere/Land"),
        pa.duration("us"), pa.time64("ns"))),
    *((_viewed(k), _ints(32)) for k in (pa.date32(), pa.time32("s"))),
    (_uuids, lambda rng: rng.randrange(2**128)),
    (_of(pa.list_(pa.string())), lambda rng: [_text(rng)] * rng.randrange(3)),
    (_of(pa.map_(pa.string(), pa.int8())), lambda rng: [("a", rng.randrange(9))]),
    (_of(pa.struct([("brief", pa.string())])), lambda rng: {"brief": _text(rng)}),
]  # fmt: skip
