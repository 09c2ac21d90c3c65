"""Reads records from a Parquet file: batch by batch, and only the leaves that are needed.

Where records are selected by what their metadata says, that much is read first, and the nodes of
those row groups only that hold a record that is wanted.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from ...core import fields
from ...core.fields import CaptionField
from ...core.records import read_info
from .batches import METADATA_READ, Batch, leaf, metadata_of, objects
from .items import Failure, SourceRecord, error_text
from .remote import HubError, HubFile
from .row_groups import ParquetShard
from .select import EVERYTHING, Selection

logger = logging.getLogger(__name__)

#: Where some rows are in the file, and what they hold: a batch, or why they cannot be read.
_Part = tuple[Sequence[int], pa.RecordBatch | Exception]

T = TypeVar("T")

_SKELETON = (
    (fields.NODE_ID,),
    (fields.PARENT_ID,),
    (fields.LEVEL,),
    (fields.START,),
    (fields.END,),
)

_TRANSCRIPT = ("time", "text")


@dataclass(frozen=True)
class ReadRequest:
    """What is wanted of a file.

    Attributes:
        captions: the texts to read
        caption_cutoff_s: nodes that start at this second or later are read without their texts
        selection: which records, going by their ids and metadata
        rows: which rows, in order; None for all
        row_hint: how many records will probably do; None if all are wanted
    """

    captions: Sequence[CaptionField]
    caption_cutoff_s: float = float("inf")
    selection: Selection = EVERYTHING
    rows: Sequence[int] | None = None
    row_hint: int | None = None


def read_parquet(path: Path | HubFile, wanted: ReadRequest) -> Iterator[SourceRecord | Failure]:
    """Streams a file's records.

    Args:
        path: the file
        wanted: which records, and what of them
    """
    row = 0
    try:
        with ParquetShard(path) as shard:
            refused = unusable(shard, path)
            if refused:
                yield refused
                return
            columns = _leaves(shard.leaves, wanted.captions)
            looked_at = _looked_at(path, _chosen(shard, columns, wanted), wanted)
            read = _ahead if wanted.row_hint is None else _one_by_one
            with closing(read(looked_at)) as fetched:
                for rows, batch in fetched:
                    row = rows[0]
                    if isinstance(batch, Failure):
                        yield batch
                    else:
                        yield from batch.records(f"{path}:", rows)
                    row = rows[-1] + 1
    except HubError as error:
        yield Failure(error.reason, f"reading stopped at row {row}: {error}", f"{path}:{row}")
    except Exception as error:  # whatever is in a file: the others can be good
        message = f"{path} cannot be read from row {row} on: {error_text(error)}"
        yield Failure("corrupt-shard", message, f"{path}:{row}")


def unusable(shard: ParquetShard, path: Path | HubFile) -> Failure | None:
    """Returns why no record can be read from a file, None if some can."""
    names = shard.schema.names
    missing = [n for n in (fields.VIDEO_UID, fields.NODES) if n not in names]
    if missing:
        message = f"{path} has no column {', '.join(missing)} but {', '.join(names)}"
        return Failure("missing-column", message, str(path))
    for name in (fields.VIDEO_UID, fields.NODES, fields.METADATA):
        if names.count(name) > 1:
            message = f"{path} has {names.count(name)} columns {name}: which one counts?"
            return Failure("bad-column", message, str(path))
    if fields.VIDEO_UID not in shard.leaves:
        kind = shard.schema.field(fields.VIDEO_UID).type
        message = f"{path}: the column {fields.VIDEO_UID} is {kind!s:.80}, not text"
        return Failure("bad-column", message, str(path))
    return None


def _looked_at(
    path: Path | HubFile, parts: Iterable[_Part], wanted: ReadRequest
) -> Iterator[tuple[Sequence[int], Batch | Failure]]:
    """Checks batches; one that cannot be is divided until it is known which rows are the cause."""
    for rows, batch in parts:
        where = f"{path}:{rows[0]}"
        if isinstance(batch, Exception):
            which = f"rows {rows[0]} to {rows[-1]}" if len(rows) > 1 else f"row {rows[0]}"
            message = f"{path}: {which} cannot be read: {error_text(batch)}"
            yield rows, Failure("corrupt-shard", message, where)
            continue
        try:
            yield rows, Batch(batch, wanted.captions, wanted.caption_cutoff_s)
        except Exception as error:  # whatever a record holds: the others can be good
            middle = len(rows) // 2
            if middle:
                first, second = batch.slice(0, middle), batch.slice(middle)
                halves = (rows[:middle], first), (rows[middle:], second)
                yield from _looked_at(path, halves, wanted)
            else:
                yield rows, Failure("bad-record", f"{where}: {error_text(error)}", where)


def find_rows(
    shard: ParquetShard, selection: Selection, rows: Sequence[int] | None = None
) -> list[int]:
    """Returns the rows of a file whose videos are wanted; reads ids and metadata only.

    Args:
        shard: the file
        selection: which videos
        rows: which rows to look at, in order; None for all

    Raises:
        HubError: if the Hub does not give them
    """
    if not selection.is_by_video:
        return list(range(sum(shard.rows))) if rows is None else list(rows)
    found = _look(shard, selection, rows, None)
    return [n for part in found for n in part]


def _look(
    shard: ParquetShard, selection: Selection, rows: Sequence[int] | None, row_hint: int | None
) -> Iterator[list[int]]:
    """Yields the rows that are wanted, a portion of row groups at a time.

    Rows that cannot be read are among them: who reads their nodes says why they cannot be.
    """
    keys = {fields.VIDEO_UID, *(f"{fields.METADATA}.{name}" for name in selection.metadata)}
    columns = [leaf for leaf in shard.leaves if leaf in keys]
    # Where a few records will do, what is read ahead of them is little.
    for portion in shard.portions(_groups(shard, rows), columns, row_hint and 100 * row_hint):
        found: list[int] = []
        for numbers, batch in shard.batches(portion, columns):
            unread = isinstance(batch, Exception)
            judged = [True] * len(numbers) if unread else _judge(batch, selection)
            accepted = [n for n, good in zip(numbers, judged, strict=True) if good]
            found += accepted if rows is None else _common(accepted, rows)
        yield found


def _judge(batch: pa.RecordBatch, selection: Selection) -> list[bool]:
    """Says of each record of a batch whether its video is wanted."""
    uids = objects(leaf(batch.column(fields.VIDEO_UID)))
    structs: list[dict[str, Any] | None] = [None] * len(uids)
    if fields.METADATA in batch.schema.names:
        structs = metadata_of(batch.column(fields.METADATA))
    return [selection.accepts(u, read_info(m)) for u, m in zip(uids, structs, strict=True)]


def _groups(shard: ParquetShard, rows: Sequence[int] | None) -> list[int]:
    """Returns the row groups that hold one of those rows."""
    return [g for g in range(shard.groups) if rows is None or _among(rows, shard.numbers(g))]


def _among(rows: Sequence[int], numbers: range) -> Sequence[int]:
    return rows[bisect_left(rows, numbers.start) : bisect_left(rows, numbers.stop)]


def _common(numbers: Sequence[int], rows: Sequence[int]) -> list[int]:
    """Returns those of some consecutive rows, or of a part of them, that are asked for."""
    asked = set(_among(rows, range(numbers[0], numbers[-1] + 1))) if numbers else set()
    return [n for n in numbers if n in asked]


def _chosen(shard: ParquetShard, columns: Sequence[str], wanted: ReadRequest) -> Iterator[_Part]:
    """Yields what is wanted of a file, batch by batch, and where its rows are."""
    parts: Iterable[Sequence[int] | None] = [wanted.rows]
    if wanted.selection.is_by_video:
        parts = _look(shard, wanted.selection, wanted.rows, wanted.row_hint)
    for rows in parts:
        for portion in shard.portions(_groups(shard, rows), columns, wanted.row_hint):
            yield from _read_portion(shard, portion, columns, rows, wanted.row_hint)


def _read_portion(
    shard: ParquetShard,
    portion: Sequence[int],
    columns: Sequence[str],
    rows: Sequence[int] | None,
    row_hint: int | None,
) -> Iterator[_Part]:
    """Reads row groups as far as the last row of them that is wanted."""
    numbers = map(shard.numbers, portion)
    left = sum(len(n) if rows is None else len(_among(rows, n)) for n in numbers)
    for held, batch in shard.batches(portion, columns, row_hint) if left else ():
        kept = held if rows is None else _common(held, rows)
        if len(kept) < len(held) and isinstance(batch, pa.RecordBatch):
            batch = batch.take(pa.array([bisect_left(held, n) for n in kept], pa.int64()))
        if kept:
            yield kept, batch
        left -= len(kept)
        if not left:
            return


def _ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """Yields batches, and has a thread fetch, decode and check the next one meanwhile."""
    with ThreadPoolExecutor(1, "read") as thread:
        coming = thread.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = thread.submit(next, parts, None)
            yield part


def _one_by_one(parts: Iterator[T]) -> Generator[T, None, None]:
    """Yields batches, each fetched when it is asked for."""
    yield from parts


def _leaves(there: Sequence[str], captions: Sequence[CaptionField]) -> list[str]:
    """Returns the Parquet columns needed, whatever the writer called its list elements.

    Nothing else is read: it may be of any type, and hold anything.
    """
    wanted: set[tuple[str, ...]] = {(fields.NODES, *path) for path in _SKELETON}
    wanted |= {(fields.NODES, *c.path) for c in captions}
    others = {(fields.VIDEO_UID,), *((fields.METADATA, name) for name in METADATA_READ)}
    others |= {(fields.METADATA, fields.TRANSCRIPT, name) for name in _TRANSCRIPT}
    chosen, absent = [], set(wanted)
    for path in there:
        names = _names(path)
        absent -= names
        if names & (wanted | others):
            chosen.append(path)
    for name in sorted(absent):
        logger.warning("The file has no %s; it is taken to be empty", ".".join(name))
    return chosen


def _names(path: str) -> set[tuple[str, ...]]:
    """Returns what a Parquet column can stand for: lists add one level to its path, or two."""
    parts = path.split(".")
    depth = 1 if parts[0] == fields.NODES else 2
    names = {tuple(parts)} if parts[0] != fields.NODES else set()
    if parts[0] == fields.NODES or parts[:2] == [fields.METADATA, fields.TRANSCRIPT]:
        names |= {(*parts[:depth], *parts[depth + levels :]) for levels in (1, 2)}
    return names
