"""Turns an Arrow batch of records into checked ones.

All that can be looked at for a whole batch is: the trees' soundness, the texts, the transcripts.
The records in which nothing is wrong share a :class:`~...core.block.Block` and cost no Python
object a node; any other goes through :func:`...core.records.build_record` by itself, which repairs
and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...core import fields
from ...core.block import Block, BlockSpeech, BlockTree, Texts, Transcripts
from ...core.fields import CaptionField
from ...core.records import (
    NodeColumns,
    Record,
    RecordError,
    build_record,
    check_video_uid,
    finish_record,
)
from ...core.speech import MAX_SPEECH_SECONDS, TranscriptColumns
from ...core.text_columns import blank, check_utf8, single_blanks
from ...core.times import SourceTimes
from ...core.validity import BoolArray, valid_rows
from .items import Failure, SourceRecord, error_text, record_failure

#: What is read of a record's metadata, besides the transcript.
METADATA_READ = (
    fields.TITLE,
    fields.DESCRIPTION,
    fields.VIEW_COUNT,
    fields.LIKE_COUNT,
    fields.DURATION,
    fields.UPLOAD_DATE,
)

#: Stands for a value that Python cannot have: neither a text nor a number, nor null.
NO_OBJECT = object()


class Batch:
    """A batch's columns, and the block of what is sound in them.

    Making one is what costs; it holds no lock on Python for most of that time, so it is done in a
    thread of its own, ahead.

    Args:
        batch: with the columns of :mod:`...core.schema`, as far as they are there
        captions: the texts to read
        until: nodes that start at this second or later are taken without their texts
    """

    def __init__(
        self, batch: pa.RecordBatch, captions: Sequence[CaptionField], until: float
    ) -> None:
        self.captions = captions
        self.until = until
        self.uids = objects(leaf(batch.column(fields.VIDEO_UID)))
        there = fields.NODES in batch.schema.names  # not where they are no structs in the file
        self.nodes = _Lists(batch.column(fields.NODES) if there else pa.nulls(batch.num_rows))
        self.heard: _Lists | None = None
        self.metadata: Sequence[dict[str, Any] | None] = [None] * batch.num_rows
        if fields.METADATA in batch.schema.names:
            self._read_metadata(batch.column(fields.METADATA))
        self.block, self.good = self._read_block()

    def records(self, where: str, rows: Sequence[int]) -> Iterator[SourceRecord | Failure]:
        """Yields the records.

        Args:
            where: the file, with a colon
            rows: where each of the batch's rows is in it
        """
        for i, (row, uid) in enumerate(zip(rows, self.uids, strict=True)):
            place = f"{where}{row}"
            try:
                yield SourceRecord(self.record(i, uid), place)
            except RecordError as error:
                yield record_failure(error, uid, place)
            except Exception as error:  # whatever a record holds: the others can be good
                yield record_failure(RecordError("bad-record", error_text(error)), uid, place)

    def _read_metadata(self, structs: pa.Array) -> None:
        """Makes a dict of each record's metadata, but for the transcript."""
        self.metadata = metadata_of(structs)
        heard = _field(structs, (fields.TRANSCRIPT,))
        self.heard = _Lists(heard) if heard is not None and _is_list(heard) else None

    def record(self, i: int, uid: Any) -> Record:
        """Makes one record.

        Raises:
            RecordError: if it cannot be used
        """
        if self.block is not None and self.good[i]:
            tree, heard = BlockTree(self.block, i), BlockSpeech(self.block, i)
            return finish_record(check_video_uid(uid), self.metadata[i], heard, tree, Counter())
        return build_record(uid, self.metadata[i], self._transcript(i), self._columns(i))

    def _read_block(self) -> tuple[Block | None, BoolArray]:
        """Looks at the whole batch; without a block where its columns are of other types."""
        nodes, refused = self.nodes, np.zeros(len(self.metadata), dtype=bool)
        try:
            node_ids = _ids(nodes.column((fields.NODE_ID,)))
            parent_ids = _ids(nodes.column((fields.PARENT_ID,)))
            levels = _numbers(nodes.column((fields.LEVEL,)), pa.int64(), -1)
            starts = SourceTimes(_numbers(nodes.column((fields.START,)), pa.float64(), np.nan))
            ends = SourceTimes(_numbers(nodes.column((fields.END,)), pa.float64(), np.nan))
            near = ~(starts >= self.until)
            texts = {c.name: _texts(nodes.column(c.path), near) for c in self.captions}
            spoken, heard_well = _spoken(self.heard, len(refused), self.until)
            check_utf8(node_ids)  # a parent's id must be one of them
        except pa.ArrowException:
            return None, refused
        columns = (node_ids, parent_ids, levels, starts, ends)
        parents, valid = valid_rows(nodes.offsets, *columns)
        block = Block(
            nodes.offsets, node_ids, parent_ids, parents, levels, starts, ends, texts, spoken
        )
        return block, valid & heard_well

    def _columns(self, i: int) -> NodeColumns:
        """Returns one record's nodes as Python objects."""
        part = self.nodes.part
        starts = numbers(part(i, (fields.START,)))
        is_number = starts.dtype.kind in "iuf"
        far = starts >= self.until if is_number else np.zeros(len(starts), bool)
        return NodeColumns(
            objects(part(i, (fields.NODE_ID,))),
            objects(part(i, (fields.PARENT_ID,))),
            numbers(part(i, (fields.LEVEL,))),
            starts,
            numbers(part(i, (fields.END,))),
            {c.name: _without(part(i, c.path), far) for c in self.captions},
        )

    def _transcript(self, i: int) -> TranscriptColumns | None:
        """Returns one record's transcript as Python objects, without the texts after the clip."""
        if self.heard is None:
            return None
        times, texts = self.heard.part(i, ("time",)), self.heard.part(i, ("text",))
        late = np.zeros(len(times), dtype=bool)
        # Times that are none are told apart one by one, with their texts.
        with suppress(pa.ArrowException):
            late = pc.cast(times, pa.float64()).fill_null(np.inf).to_numpy() >= self.until
        return TranscriptColumns(objects(times), _without(texts, late & np.isfinite(self.until)))


class _Lists:
    """A column of lists of structs, flattened, and where each row's part is in it."""

    def __init__(self, lists: pa.Array) -> None:
        lists = _stored(lists)
        if not _is_list(lists):
            lists = pa.nulls(len(lists), pa.list_(pa.struct([])))
        self.flat = lists.flatten()
        lengths = pc.fill_null(pc.list_value_length(lists), 0).to_numpy()
        self.offsets = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))

    def column(self, path: tuple[str, ...]) -> pa.Array:
        """Returns a nested leaf, nulls where the structs have no such field."""
        found = _field(self.flat, path)
        return pa.nulls(len(self.flat)) if found is None else leaf(found)

    def part(self, i: int, path: tuple[str, ...]) -> pa.Array:
        """Returns one row's part of a leaf."""
        first, last = self.offsets[i : i + 2].tolist()
        return self.column(path).slice(first, last - first)


def metadata_of(structs: pa.Array) -> list[dict[str, Any] | None]:
    """Returns what is read of each record's metadata, but for the transcript."""
    structs = _stored(structs)
    if not pa.types.is_struct(structs.type):
        return [None] * len(structs)
    present = structs.is_valid().to_pylist()
    found = {name: _field(structs, (name,)) for name in METADATA_READ}
    columns = {name: objects(leaf(c)) for name, c in found.items() if c is not None}
    return [
        dict(zip(columns, values, strict=True)) if there else None
        for there, *values in zip(present, *columns.values(), strict=True)
    ]


def _field(structs: pa.Array, path: tuple[str, ...]) -> pa.Array | None:
    """Returns what nested structs hold under a name, None where they have no such field.

    Of fields of the same name the first counts.
    """
    for name in path:
        structs = _stored(structs)
        if not pa.types.is_struct(structs.type):
            return None
        places = structs.type.get_all_field_indices(name)
        if not places:
            return None
        structs = pc.struct_field(structs, [places[0]])
    return structs


def _stored(values: pa.Array) -> pa.Array:
    """Returns values as they are stored, where somebody has given them a type of their own."""
    return values.storage if isinstance(values, pa.ExtensionArray) else values


def leaf(values: pa.Array) -> pa.Array:
    """Returns values in the plainest type that says the same.

    Bytes are taken for texts; whether they are some is seen where texts are checked.
    """
    values = _stored(values)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kind = values.type
    if pa.types.is_binary_view(kind) or pa.types.is_string_view(kind):
        values = pc.cast(values, pa.binary())
    elif pa.types.is_decimal(kind):
        values = pc.cast(values, pa.float64())
    elif pa.types.is_fixed_size_binary(kind):
        values = pc.cast(values, pa.binary())
    if pa.types.is_binary(values.type):
        return values.view(pa.string())
    return values.view(pa.large_string()) if pa.types.is_large_binary(values.type) else values


def _is_list(values: pa.Array) -> bool:
    kind = values.type
    tests = (
        pa.types.is_list,
        pa.types.is_large_list,
        pa.types.is_fixed_size_list,
        pa.types.is_list_view,
        pa.types.is_large_list_view,
    )
    return any(test(kind) for test in tests)


def _is_number(values: pa.Array) -> bool:
    return bool(pa.types.is_floating(values.type) or pa.types.is_integer(values.type))


def _strings(values: pa.Array) -> pa.StringArray:
    """Returns texts as Arrow's plain strings.

    Raises:
        pa.ArrowException: if they are not texts
    """
    if pa.types.is_string(values.type):
        return values
    if pa.types.is_large_string(values.type) or pa.types.is_null(values.type):
        return pc.cast(values, pa.string())
    raise pa.ArrowTypeError(f"{values.type} is no text")


def _ids(values: pa.Array) -> pa.StringArray:
    """Returns ids as texts; they may be whole numbers.

    Raises:
        pa.ArrowException: if they are neither
    """
    return pc.cast(values, pa.string()) if pa.types.is_integer(values.type) else _strings(values)


def _numbers(values: pa.Array, kind: pa.DataType, missing: float) -> np.ndarray:
    """Returns numbers, with something else for null.

    Raises:
        pa.ArrowException: if they are not numbers of that kind
    """
    if pa.types.is_null(values.type):
        return np.full(len(values), missing, dtype=kind.to_pandas_dtype())
    if not _is_number(values):
        raise pa.ArrowTypeError(f"{values.type} is no {kind}")
    found: np.ndarray = pc.cast(values, kind).fill_null(missing).to_numpy(zero_copy_only=False)
    return found


def _texts(values: pa.Array, near: BoolArray) -> Texts:
    """Returns the texts there are on some nodes, without blank ones.

    Raises:
        pa.ArrowException: if they are not texts in UTF-8
    """
    values = _strings(values)
    wanted = near & values.is_valid().to_numpy(zero_copy_only=False)
    places = np.flatnonzero(wanted)
    found = values.take(pa.array(places))
    check_utf8(found)
    empty = blank(found)
    if empty.any():
        places, found = places[~empty], found.filter(pa.array(~empty))
    return Texts(places, found)


def _spoken(heard: _Lists | None, records: int, until: float) -> tuple[Transcripts, BoolArray]:
    """Reads the transcripts whose times are numbers in ascending order, and says which they are.

    Raises:
        pa.ArrowException: if a text is not one in UTF-8
    """
    good = np.ones(records, dtype=bool)
    if heard is None:
        nothing = SourceTimes(np.zeros(0))
        return Transcripts(
            np.zeros(records + 1, np.int64), nothing, nothing, pa.nulls(0, "string")
        ), good
    offsets, rows = heard.offsets, np.repeat(np.arange(records), np.diff(heard.offsets))
    starts = _times(heard)
    follows = rows[1:] == rows[:-1]
    good[rows[~((starts >= 0) & (starts < np.inf))]] = False
    good[rows[1:][follows & ~(starts[1:] > starts[:-1])]] = False
    ends = starts + MAX_SPEECH_SECONDS
    ends[:-1][follows] = np.minimum(ends[:-1], starts[1:])[follows]
    places, texts = _texts(heard.column(("text",)), starts < until)
    kept = np.searchsorted(places, offsets)
    times = SourceTimes(starts[places]), SourceTimes(ends[places])
    return Transcripts(kept, *times, single_blanks(texts)), good


def _times(heard: _Lists) -> np.ndarray:
    """Returns the entries' times, NaN for what is none and for all of a record with such a one."""
    times = heard.column(("time",))
    if not (_is_number(times) or pa.types.is_string(times.type)):
        return np.full(len(times), np.nan)
    try:
        return _cast(times)
    except pa.ArrowInvalid:
        spans = zip(heard.offsets[:-1].tolist(), np.diff(heard.offsets).tolist(), strict=True)
        return np.concatenate([_cast_or_nan(times.slice(at, length)) for at, length in spans])


def _cast(times: pa.Array) -> np.ndarray:
    values = pc.cast(times, pa.float64()).fill_null(np.nan)
    found: np.ndarray = values.to_numpy(zero_copy_only=False)
    return found


def _cast_or_nan(times: pa.Array) -> np.ndarray:
    try:
        return _cast(times)
    except pa.ArrowInvalid:
        return np.full(len(times), np.nan)


def _without(values: pa.Array, refused: np.ndarray) -> list[Any]:
    """Returns values as Python objects, None where they are refused."""
    return [None if no else v for v, no in zip(objects(values), refused.tolist(), strict=True)]


def numbers(values: pa.Array) -> np.ndarray:
    """Returns a leaf as numbers, with NaN for null, or as objects if it holds others."""
    if _is_number(values):
        found: np.ndarray = values.to_numpy(zero_copy_only=False)
        return found
    return np.array([*objects(values), None], dtype=object)[:-1]


def objects(values: pa.Array) -> list[Any]:
    """Returns a leaf as Python objects; bytes that are no UTF-8 come as lone surrogates.

    What Python has no object for, such as a date in the year 20000, comes as :data:`NO_OBJECT`.
    """
    try:
        found: list[Any] = values.to_pylist()
    except UnicodeDecodeError:
        data = pc.cast(values, pa.large_binary()).to_pylist()
        return [None if d is None else d.decode("utf-8", "surrogateescape") for d in data]
    except Exception:  # Arrow's types are many, and so is what Python says to them
        return [_object(values, i) for i in range(len(values))]
    return found


def _object(values: pa.Array, i: int) -> Any:
    try:
        return values[i].as_py()
    except Exception:
        return NO_OBJECT
