"""Turns an Arrow batch of records into checked records.

Trees, texts and transcripts are checked column by column, for the whole batch. Valid records share
a :class:`~...core.block.Block` and need no Python object per node; each other record goes through
:func:`...core.records.build_record`, which repairs it and counts the repairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ...core import fields
from ...core.block import Block, BlockSpeech, BlockTree, FieldTexts, Transcripts
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
from ...core.times import SourceSeconds, SourceTimes
from ...core.validity import BoolArray, valid_rows
from .arrow_values import (
    ListColumn,
    filled_numbers,
    id_strings,
    is_list,
    is_number,
    leaf,
    nested_field,
    numbers,
    objects,
    storage_of,
    strings,
)
from .items import Failure, SourceRecord, error_text, record_failure

#: The metadata fields that are read, besides the transcript.
METADATA_READ = (
    fields.TITLE,
    fields.DESCRIPTION,
    fields.VIEW_COUNT,
    fields.LIKE_COUNT,
    fields.DURATION,
    fields.UPLOAD_DATE,
)


class Batch:
    """A batch's columns, and the block of its valid records.

    Creating one takes most of the reading time, mostly without the GIL, so it is done in a thread.

    Args:
        batch: with those columns of :mod:`...core.schema` that the file has
        captions: the captions to read
        cutoff_s: nodes that start at this source second or later get no captions
    """

    def __init__(
        self, batch: pa.RecordBatch, captions: Sequence[CaptionField], cutoff_s: SourceSeconds
    ) -> None:
        self.captions = captions
        self.cutoff_s = cutoff_s
        self.uids = objects(leaf(batch.column(fields.VIDEO_UID)))
        there = fields.NODES in batch.schema.names  # else they are not structs in the file
        self.nodes = ListColumn(batch.column(fields.NODES) if there else pa.nulls(batch.num_rows))
        self.heard: ListColumn | None = None
        self.metadata: Sequence[dict[str, Any] | None] = [None] * batch.num_rows
        self.reviews: Sequence[object] = [None] * batch.num_rows
        if fields.REVIEWS in batch.schema.names:
            self.reviews = objects(leaf(batch.column(fields.REVIEWS)))
        if fields.METADATA in batch.schema.names:
            self._read_metadata(batch.column(fields.METADATA))
        self.block, self.good = self._read_block()

    def records(self, where: str, rows: Sequence[int]) -> Iterator[SourceRecord | Failure]:
        """Yields the records.

        Args:
            where: the file, with a colon
            rows: the row numbers in the file, one per record
        """
        for i, (row, uid) in enumerate(zip(rows, self.uids, strict=True)):
            place = f"{where}{row}"
            try:
                yield SourceRecord(self.record(i, uid), place)
            except RecordError as error:
                yield record_failure(error, uid, place)
            except Exception as error:  # a record may hold anything; the others may be valid
                yield record_failure(RecordError("bad-record", error_text(error)), uid, place)

    def _read_metadata(self, structs: pa.Array) -> None:
        """Reads the metadata and the transcripts."""
        self.metadata = metadata_of(structs)
        heard = nested_field(structs, (fields.TRANSCRIPT,))
        self.heard = ListColumn(heard) if heard is not None and is_list(heard) else None

    def record(self, i: int, uid: object) -> Record:
        """Builds one record.

        Raises:
            RecordError: if it cannot be used
        """
        if self.block is not None and self.good[i]:
            tree, heard = BlockTree(self.block, i), BlockSpeech(self.block, i)
            known = check_video_uid(uid), self.metadata[i], heard, tree
            return finish_record(*known, Counter(), self.reviews[i])
        parts = self.metadata[i], self._transcript(i), self._columns(i)
        return build_record(uid, *parts, self.reviews[i])

    def _read_block(self) -> tuple[Block | None, BoolArray]:
        """Checks the whole batch; returns None if its columns have other types."""
        nodes, refused = self.nodes, np.zeros(len(self.metadata), dtype=bool)
        try:
            node_ids = id_strings(nodes.column((fields.NODE_ID,)))
            parent_ids = id_strings(nodes.column((fields.PARENT_ID,)))
            levels = filled_numbers(nodes.column((fields.LEVEL,)), pa.int64(), -1)
            seconds = pa.float64()
            starts = SourceTimes(filled_numbers(nodes.column((fields.START,)), seconds, np.nan))
            ends = SourceTimes(filled_numbers(nodes.column((fields.END,)), seconds, np.nan))
            near = ~(starts >= self.cutoff_s)
            texts = {c.name: _texts(nodes.column(c.path), near) for c in self.captions}
            spoken, heard_well = _spoken(self.heard, len(refused), self.cutoff_s)
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
        numeric = starts.dtype.kind in "iuf"
        far = starts >= self.cutoff_s if numeric else np.zeros(len(starts), bool)
        return NodeColumns(
            objects(part(i, (fields.NODE_ID,))),
            objects(part(i, (fields.PARENT_ID,))),
            numbers(part(i, (fields.LEVEL,))),
            starts,
            numbers(part(i, (fields.END,))),
            {c.name: _without(part(i, c.path), far) for c in self.captions},
        )

    def _transcript(self, i: int) -> TranscriptColumns | None:
        """Returns one record's transcript as Python objects, without texts after the cutoff."""
        if self.heard is None:
            return None
        times, texts = self.heard.part(i, ("time",)), self.heard.part(i, ("text",))
        late = np.zeros(len(times), dtype=bool)
        # Invalid times are checked one by one in build_record, which needs their texts.
        with suppress(pa.ArrowException):
            late = pc.cast(times, pa.float64()).fill_null(np.inf).to_numpy() >= self.cutoff_s
        return TranscriptColumns(objects(times), _without(texts, late & np.isfinite(self.cutoff_s)))


def metadata_of(structs: pa.Array) -> list[dict[str, Any] | None]:
    """Returns each record's metadata as a dict, without the transcript."""
    structs = storage_of(structs)
    if not pa.types.is_struct(structs.type):
        return [None] * len(structs)
    present = structs.is_valid().to_pylist()
    found = {name: nested_field(structs, (name,)) for name in METADATA_READ}
    columns = {name: objects(leaf(c)) for name, c in found.items() if c is not None}
    return [
        dict(zip(columns, values, strict=True)) if there else None
        for there, *values in zip(present, *columns.values(), strict=True)
    ]


def _texts(values: pa.Array, near: BoolArray) -> FieldTexts:
    """Returns the texts of the nodes before the cutoff, without blank ones.

    Raises:
        pa.ArrowException: if they are not texts in UTF-8
    """
    values = strings(values)
    wanted = near & values.is_valid().to_numpy(zero_copy_only=False)
    places = np.flatnonzero(wanted)
    found = values.take(pa.array(places))
    check_utf8(found)
    empty = blank(found)
    if empty.any():
        places, found = places[~empty], found.filter(pa.array(~empty))
    return FieldTexts(places, found)


def _spoken(
    heard: ListColumn | None, records: int, cutoff_s: SourceSeconds
) -> tuple[Transcripts, BoolArray]:
    """Reads the transcripts, and returns which have numeric times in ascending order.

    Raises:
        pa.ArrowException: if a text is not UTF-8
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
    places, texts = _texts(heard.column(("text",)), starts < cutoff_s)
    kept = np.searchsorted(places, offsets)
    times = SourceTimes(starts[places]), SourceTimes(ends[places])
    return Transcripts(kept, *times, single_blanks(texts)), good


def _times(heard: ListColumn) -> npt.NDArray[Any]:
    """Returns the entries' times, NaN for all entries of a record that has an invalid one."""
    times = heard.column(("time",))
    if not (is_number(times) or pa.types.is_string(times.type)):
        return np.full(len(times), np.nan)
    try:
        return _cast(times)
    except pa.ArrowInvalid:
        spans = zip(heard.offsets[:-1].tolist(), np.diff(heard.offsets).tolist(), strict=True)
        return np.concatenate([_cast_or_nan(times.slice(at, length)) for at, length in spans])


def _cast(times: pa.Array) -> npt.NDArray[Any]:
    values = pc.cast(times, pa.float64()).fill_null(np.nan)
    found: npt.NDArray[Any] = values.to_numpy(zero_copy_only=False)
    return found


def _cast_or_nan(times: pa.Array) -> npt.NDArray[Any]:
    try:
        return _cast(times)
    except pa.ArrowInvalid:
        return np.full(len(times), np.nan)


def _without(values: pa.Array, refused: npt.NDArray[Any]) -> list[Any]:
    """Returns values as Python objects, None where ``refused`` is True."""
    return [None if no else v for v, no in zip(objects(values), refused.tolist(), strict=True)]
