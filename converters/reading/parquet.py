"""Reads records from a Parquet file, batch by batch, and only the leaves that are needed.

Where a selection looks at metadata, the metadata is read first, and then the nodes of only those
row groups that hold a selected record.
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
from ...core.records import read_video_info
from ...core.times import NO_CUTOFF, SourceSeconds
from .arrow_values import leaf, objects
from .batches import METADATA_READ, Batch, metadata_of
from .hub_client import HubError
from .items import Failure, SourceRecord, error_text
from .remote import HubFile
from .row_groups import ParquetShard
from .select import EVERYTHING, Selection

logger = logging.getLogger(__name__)

#: Row numbers in the file, and their batch or the error of reading it.
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
    """Which records to read of a file, and what of them.

    Attributes:
        captions: the captions to read; those that records do not hold are left out
        caption_cutoff_s: nodes that start at this source second or later get no captions
        selection: the records, by their ids and metadata
        rows: the rows, in order; None for all
        row_hint: the number of records that is probably needed, so that not many more are fetched;
            None for all
    """

    captions: Sequence[CaptionField]
    caption_cutoff_s: SourceSeconds = NO_CUTOFF
    selection: Selection = EVERYTHING
    rows: Sequence[int] | None = None
    row_hint: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "captions", tuple(c for c in self.captions if c.path))


def read_parquet(path: Path | HubFile, wanted: ReadRequest) -> Iterator[SourceRecord | Failure]:
    """Streams a file's records.

    Args:
        path: the file
        wanted: which records, and what of them
    """
    row = 0
    try:
        with ParquetShard(path) as shard:
            failure = unusable(shard, path)
            if failure:
                yield failure
                return
            columns = _leaves(shard.leaves, wanted.captions)
            checked = _checked(path, _selected_parts(shard, columns, wanted), wanted)
            read = _ahead if wanted.row_hint is None else _one_by_one
            with closing(read(checked)) as fetched:
                for rows, batch in fetched:
                    row = rows[0]
                    if isinstance(batch, Failure):
                        yield batch
                    else:
                        yield from batch.records(f"{path}:", rows)
                    row = rows[-1] + 1
    except HubError as error:
        yield Failure(error.reason, f"reading stopped at row {row}: {error}", f"{path}:{row}")
    except Exception as error:  # a file may hold anything; the others may be valid
        message = f"{path} cannot be read from row {row} on: {error_text(error)}"
        yield Failure("corrupt-shard", message, f"{path}:{row}")


def unusable(shard: ParquetShard, path: Path | HubFile) -> Failure | None:
    """Returns why no record can be read from a file, None if one can."""
    names = shard.schema.names
    missing = [n for n in (fields.VIDEO_UID, fields.NODES) if n not in names]
    if missing:
        message = f"{path} has no column {', '.join(missing)}; it has {', '.join(names)}"
        return Failure("missing-column", message, str(path))
    for name in (fields.VIDEO_UID, fields.NODES, fields.METADATA):
        if names.count(name) > 1:
            message = f"{path} has {names.count(name)} columns named {name}: keep one"
            return Failure("bad-column", message, str(path))
    if fields.VIDEO_UID not in shard.leaves:
        kind = shard.schema.field(fields.VIDEO_UID).type
        message = f"{path}: the column {fields.VIDEO_UID} is {kind!s:.80}, not text"
        return Failure("bad-column", message, str(path))
    return None


def _checked(
    path: Path | HubFile, parts: Iterable[_Part], wanted: ReadRequest
) -> Iterator[tuple[Sequence[int], Batch | Failure]]:
    """Checks batches; halves one that fails until the rows at fault are known."""
    for rows, batch in parts:
        where = f"{path}:{rows[0]}"
        if isinstance(batch, Exception):
            which = f"rows {rows[0]} to {rows[-1]}" if len(rows) > 1 else f"row {rows[0]}"
            message = f"{path}: {which} cannot be read: {error_text(batch)}"
            yield rows, Failure("corrupt-shard", message, where)
            continue
        try:
            yield rows, Batch(batch, wanted.captions, wanted.caption_cutoff_s)
        except Exception as error:  # a record may hold anything; the others may be valid
            middle = len(rows) // 2
            if middle:
                first, second = batch.slice(0, middle), batch.slice(middle)
                halves = (rows[:middle], first), (rows[middle:], second)
                yield from _checked(path, halves, wanted)
            else:
                yield rows, Failure("bad-record", f"{where}: {error_text(error)}", where)


def find_rows(shard: ParquetShard, selection: Selection) -> list[int]:
    """Returns the rows of a file that are selected; reads ids and metadata only.

    Args:
        shard: the file
        selection: the records

    Raises:
        HubError: if the Hub cannot be read
    """
    if not selection.is_by_video:
        return list(range(sum(shard.rows)))
    return [n for part in _selected_rows(shard, selection, None, None) for n in part]


def _selected_rows(
    shard: ParquetShard, selection: Selection, rows: Sequence[int] | None, row_hint: int | None
) -> Iterator[list[int]]:
    """Yields the selected rows, a portion of row groups at a time.

    Rows that cannot be read are among them, so that reading their nodes reports the reason.
    """
    keys = {fields.VIDEO_UID, *(f"{fields.METADATA}.{name}" for name in selection.metadata)}
    columns = [leaf for leaf in shard.leaves if leaf in keys]
    # With a hint, little is read ahead.
    for portion in shard.portions(_groups_of(shard, rows), columns, row_hint and 100 * row_hint):
        found: list[int] = []
        for numbers, batch in shard.batches(portion, columns):
            unread = isinstance(batch, Exception)
            selected = [True] * len(numbers) if unread else _are_selected(batch, selection)
            accepted = [n for n, good in zip(numbers, selected, strict=True) if good]
            found += accepted if rows is None else _intersection(accepted, rows)
        yield found


def _are_selected(batch: pa.RecordBatch, selection: Selection) -> list[bool]:
    """Returns for each record of a batch whether it is selected."""
    uids = objects(leaf(batch.column(fields.VIDEO_UID)))
    structs: list[dict[str, Any] | None] = [None] * len(uids)
    if fields.METADATA in batch.schema.names:
        structs = metadata_of(batch.column(fields.METADATA))
    return [selection.accepts(u, read_video_info(m)) for u, m in zip(uids, structs, strict=True)]


def _groups_of(shard: ParquetShard, rows: Sequence[int] | None) -> list[int]:
    """Returns the row groups that hold any of the rows."""
    return [g for g in range(shard.groups) if rows is None or _rows_in(rows, shard.numbers(g))]


def _rows_in(rows: Sequence[int], numbers: range) -> Sequence[int]:
    return rows[bisect_left(rows, numbers.start) : bisect_left(rows, numbers.stop)]


def _intersection(numbers: Sequence[int], rows: Sequence[int]) -> list[int]:
    """Returns those of ``numbers`` that are in ``rows``; both ascend."""
    wanted_rows = set(_rows_in(rows, range(numbers[0], numbers[-1] + 1))) if numbers else set()
    return [n for n in numbers if n in wanted_rows]


def _selected_parts(
    shard: ParquetShard, columns: Sequence[str], wanted: ReadRequest
) -> Iterator[_Part]:
    """Yields the selected records, batch by batch, with their rows."""
    parts: Iterable[Sequence[int] | None] = [wanted.rows]
    if wanted.selection.is_by_video:
        parts = _selected_rows(shard, wanted.selection, wanted.rows, wanted.row_hint)
    for rows in parts:
        for portion in shard.portions(_groups_of(shard, rows), columns, wanted.row_hint):
            yield from _read_portion(shard, portion, columns, rows, wanted.row_hint)


def _read_portion(
    shard: ParquetShard,
    portion: Sequence[int],
    columns: Sequence[str],
    rows: Sequence[int] | None,
    row_hint: int | None,
) -> Iterator[_Part]:
    """Reads row groups up to the last selected row."""
    numbers = map(shard.numbers, portion)
    left = sum(len(n) if rows is None else len(_rows_in(rows, n)) for n in numbers)
    for held, batch in shard.batches(portion, columns, row_hint) if left else ():
        kept = held if rows is None else _intersection(held, rows)
        if len(kept) < len(held) and isinstance(batch, pa.RecordBatch):
            batch = batch.take(pa.array([bisect_left(held, n) for n in kept], pa.int64()))
        if kept:
            yield kept, batch
        left -= len(kept)
        if not left:
            return


def _ahead(parts: Iterator[T]) -> Generator[T, None, None]:
    """Yields batches while a thread fetches, decodes and checks the next one."""
    with ThreadPoolExecutor(1, "read") as thread:
        coming = thread.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = thread.submit(next, parts, None)
            yield part


def _one_by_one(parts: Iterator[T]) -> Generator[T, None, None]:
    """Yields batches, each fetched on demand."""
    yield from parts


def _leaves(leaves: Sequence[str], captions: Sequence[CaptionField]) -> list[str]:
    """Returns the needed Parquet columns, whatever the writer called list elements.

    No other column is read, so others may be of any type.
    """
    wanted: set[tuple[str, ...]] = {(fields.NODES, *path) for path in _SKELETON}
    wanted |= {(fields.NODES, *c.path) for c in captions}
    others = {
        (fields.VIDEO_UID,),
        (fields.REVIEWS,),
        *((fields.METADATA, name) for name in METADATA_READ),
    }
    others |= {(fields.METADATA, fields.TRANSCRIPT, name) for name in _TRANSCRIPT}
    chosen, absent = [], set(wanted)
    for path in leaves:
        names = names_of_column(path)
        absent -= names
        if names & (wanted | others):
            chosen.append(path)
    for name in sorted(absent):
        logger.warning("The file has no %s; it is read as empty", ".".join(name))
    return chosen


def names_of_column(path: str) -> set[tuple[str, ...]]:
    """Returns the fields that a Parquet column may be: lists add one or two levels to its path."""
    parts = path.split(".")
    depth = 1 if parts[0] == fields.NODES else 2
    names = {tuple(parts)} if parts[0] != fields.NODES else set()
    if parts[0] == fields.NODES or parts[:2] == [fields.METADATA, fields.TRANSCRIPT]:
        names |= {(*parts[:depth], *parts[depth + levels :]) for levels in (1, 2)}
    return names
