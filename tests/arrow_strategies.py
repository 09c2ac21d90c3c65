"""Hypothesis strategies: records as Arrow tables whose columns have any type and hold anything."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st
from strategies import binary_trees

_INT32 = st.integers(-(2**31), 2**31 - 1)
_INT64 = st.integers(-(2**63), 2**63 - 1)
_BYTES = st.binary(max_size=6) | st.sampled_from([b"n0", b"n1", b"\xff", b"\xed\xa0\x80", b"a\x00"])
_TEXTS = st.text(max_size=6).filter(lambda t: t.isprintable() or "\x00" in t) | st.sampled_from(
    ["n0", "n1", "n2", "", " ", "N/A", "0", "1", "12", "1e400", "nan", "-3", "\x00", "20200101"]
)


def _viewed(kind: pa.DataType, values: Sequence[Any]) -> pa.Array:
    """Numbers as what they stand for in a column, whether Python has such a value or not."""
    plain = pa.int32() if kind.bit_width == 32 else pa.int64()
    return pa.array(values, plain).view(kind)


def _uuids(values: Sequence[Any]) -> pa.Array:
    raw = [None if v is None else uuid.UUID(int=v % 2**128).bytes for v in values]
    return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(raw, pa.binary(16)))


def _floats(kind: pa.DataType, values: Sequence[Any]) -> pa.Array:
    dtype = {16: np.float16, 32: np.float32, 64: np.float64}[kind.bit_width]
    with np.errstate(over="ignore"):
        held = np.array([0.0 if v is None else v for v in values]).astype(dtype)
    return pa.array(held, kind, mask=np.array([v is None for v in values], dtype=bool))


#: Types, what their values are drawn from, and how a column is made of them.
_VIEWS = [
    pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us", tz="Nowhere/Land"),
    pa.timestamp("ms", tz="UTC"), pa.duration("ns"), pa.time64("us"),
]  # fmt: skip
LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    *[(lambda v, k=k: pa.array(v, k), _TEXTS) for k in (
        pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string()))],
    *[(lambda v, k=k: pa.array(v, k), _BYTES) for k in (
        pa.binary(), pa.large_binary(), pa.binary_view())],
    (lambda v: pa.array(v, pa.binary(2)), st.binary(min_size=2, max_size=2)),
    *[(lambda v, k=k: pa.array(v, k), st.integers(0, 120)) for k in (
        pa.int8(), pa.uint8(), pa.int16(), pa.int64(), pa.dictionary(pa.int8(), pa.int64()))],
    (lambda v: pa.array(v, pa.int64()), _INT64),
    (lambda v: pa.array(v, pa.uint64()), st.integers(0, 2**64 - 1)),
    *[(lambda v, k=k: _floats(k, v), st.floats() | st.floats(-1, 300)) for k in (
        pa.float16(), pa.float32(), pa.float64())],
    (lambda v: pa.array(v, pa.bool_()), st.booleans()),
    (lambda v: pa.array(v, pa.decimal128(9, 2)), st.decimals(-999, 99999, places=2)),
    *[(lambda v, k=k: _viewed(k, v), _INT64) for k in _VIEWS],
    *[(lambda v, k=k: _viewed(k, v), _INT32) for k in (pa.date32(), pa.time32("ms"))],
    (lambda v: pa.array([None] * len(v), pa.null()), st.none()),
    (_uuids, st.integers(0, 2**128 - 1)),
    (lambda v: pa.array(v, pa.list_(pa.int32())), st.lists(_INT32, max_size=2)),
    (lambda v: pa.array(v, pa.map_(pa.string(), pa.int32())), st.lists(
        st.tuples(st.text("ab", min_size=1, max_size=1), _INT32), max_size=1)),
    (lambda v: pa.array(v, pa.struct([("brief", pa.string())])), st.fixed_dictionaries(
        {"brief": st.none() | st.text("ab", max_size=3)})),
]  # fmt: skip


@st.composite
def leaves(draw: Any, count: int) -> pa.Array:
    """A column of any type."""
    make, values = draw(st.sampled_from(LEAVES))
    return make(draw(st.lists(st.none() | values, min_size=count, max_size=count)))


def _right(values: Sequence[Any]) -> list[pa.Array]:
    """A column of the right values, in each type that can say them."""
    found = []
    for kind in (
        pa.string(), pa.large_string(), pa.string_view(), pa.binary(), pa.int64(), pa.float64(),
        pa.float32(), pa.dictionary(pa.int16(), pa.string()), pa.dictionary(pa.int8(), pa.int64()),
    ):  # fmt: skip
        with suppress(pa.ArrowException, TypeError):
            found.append(pa.array(values, kind))
    return found or [pa.nulls(len(values))]


@st.composite
def _column(draw: Any, values: Sequence[Any], odd: bool) -> pa.Array:
    """A column of the right values, or of any."""
    if odd and draw(st.integers(0, 5)) == 0:
        return draw(leaves(len(values)))
    return draw(st.sampled_from(_right(values)))


@st.composite
def _lists(draw: Any, structs: pa.Array, lengths: Sequence[int]) -> pa.Array:
    """Lists of so many structs each."""
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    kind = draw(st.sampled_from(["list", "large", "view"]))
    if kind == "list":
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), structs)
    if kind == "large":
        return pa.LargeListArray.from_arrays(pa.array(offsets, pa.int64()), structs)
    places = pa.array(offsets[:-1], pa.int32()), pa.array(lengths, pa.int32())
    return pa.ListViewArray.from_arrays(*places, structs)


def _struct(draw: Any, columns: dict[str, pa.Array], odd: bool) -> pa.Array:
    """Structs, some of whose fields are missing, there twice or not known."""
    names = list(columns)
    if odd and draw(st.integers(0, 3)) == 0:
        names.remove(draw(st.sampled_from(names)))
    arrays = [columns[name] for name in names]
    if odd and draw(st.integers(0, 3)) == 0:
        names.append(draw(st.sampled_from([*columns, "other"])))
        arrays.append(draw(leaves(len(arrays[0]))))
    return pa.StructArray.from_arrays(arrays, names)


@st.composite
def tables(draw: Any) -> pa.Table:
    """Up to six records, as a table of anything that can be written to Parquet."""
    odd = draw(st.booleans())
    rows = draw(st.lists(binary_trees(6), min_size=1, max_size=6))
    nodes = [node for row in rows for node in row]
    columns = {
        key: draw(_column([node[key] for node in nodes], odd))
        for key in ("node_id", "parent_id", "level", "start", "end", "plm_action")
    }
    gpt = {"brief": draw(_column([f"sum up {i}" for i in range(len(nodes))], odd))}
    columns["gpt"] = pa.StructArray.from_arrays([_struct(draw, gpt, False)], ["summary"])
    lengths = [len(row) for row in rows]
    heard = [draw(st.integers(0, 2)) for _ in rows]
    said = {
        "time": draw(_column([str(i) for n in heard for i in range(n)], odd)),
        "text": draw(_column([f"word {i}" for n in heard for i in range(n)], odd)),
    }
    about = {
        "title": draw(_column([f"title {i}" for i in range(len(rows))], odd)),
        "view_count": draw(_column([7] * len(rows), odd)),
        "duration": draw(_column([60] * len(rows), odd)),
        "upload_date": draw(_column(["20200131"] * len(rows), odd)),
        "transcript": draw(_lists(_struct(draw, said, odd), heard)),
    }
    named = [
        ("video_uid", draw(_column([f"video-{i}" for i in range(len(rows))], odd))),
        ("metadata", _struct(draw, about, odd)),
        ("nodes", draw(_lists(_struct(draw, columns, odd), lengths))),
    ]
    if odd:
        for name in draw(st.lists(st.sampled_from(["video_uid", "extra", "metadata"]), max_size=1)):
            named.insert(draw(st.integers(0, 3)), (name, draw(leaves(len(rows)))))
    return pa.Table.from_arrays([array for _, array in named], [name for name, _ in named])
