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
from itertools import chain
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from ...core import fields
from ...core.fields import CaptionField
from ...core.records import read_info
from .batches import Batch, objects
from .found import Failure, Found
from .remote import HubError, HubFile
from .row_groups import Shard
from .select import EVERYTHING, Selection

logger = logging.getLogger(__name__)

#: A batch, and where each of its rows is in the file.
_Part = tuple[Sequence[int], pa.RecordBatch]

T = TypeVar("T")

_SKELETON = (
    (fields.NODE_ID,),
    (fields.PARENT_ID,),
    (fields.LEVEL,),
    (fields.START,),
    (fields.END,),
)


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a file.

    Attributes:
        captions: the texts to read
        text_until: nodes that start at this second or later are read without their texts
        selection: which records, going by their ids and metadata
        rows: which rows, in order; None for all
        enough: how many records will probably do; None if all are wanted
    """

    captions: Sequence[CaptionField]
    text_until: float = float("inf")
    selection: Selection = EVERYTHING
    rows: Sequence[int] | None = None
    enough: int | None = None


def read_parquet(path: Path | HubFile, wanted: Wanted) -> Iterator[Found | Failure]:
    """Streams a file's records.

    Args:
        path: the file
        wanted: which records, and what of them
    """
    row = 0
    try:
        with Shard(path) as shard:
            missing = missing_columns(shard.schema)
            if missing:
                message = f"{path} has no column {', '.join(missing)}"
                there = ", ".join(shard.schema.names)
                yield Failure("missing-column", f"{message} but {there}", str(path))
                return
            columns = _leaves(shard.leaves, wanted.captions)
            parts = _chosen(shard, columns, wanted)
            read = _ahead if wanted.enough is None else _one_by_one
            looked_at = (
                (rows, Batch(batch, wanted.captions, wanted.text_until)) for rows, batch in parts
            )
            with closing(read(looked_at)) as fetched:
                for rows, batch in fetched:
                    row = rows[0]
                    yield from batch.records(f"{path}:", rows)
                    row = rows[-1] + 1
    except HubError as error:
        yield Failure(error.reason, f"reading stopped at row {row}: {error}", f"{path}:{row}")
    except (OSError, pa.ArrowException) as error:
        message = f"{path} cannot be read from row {row} on: {error}"
        yield Failure("corrupt-shard", message, f"{path}:{row}")


def missing_columns(schema: pa.Schema) -> list[str]:
    """Returns the columns that a file must have and has not."""
    return [n for n in (fields.VIDEO_UID, fields.NODES) if n not in schema.names]


def find_rows(shard: Shard, selection: Selection, rows: Sequence[int] | None = None) -> list[int]:
    """Returns the rows of a file whose videos are wanted; reads ids and metadata only.

    Args:
        shard: the file
        selection: which videos
        rows: which rows to look at, in order; None for all

    Raises:
        OSError: if they cannot be read
        pa.ArrowException: if they are damaged
    """
    if not selection.is_by_video:
        return list(range(shard.metadata.num_rows)) if rows is None else list(rows)
    return list(chain.from_iterable(_look(shard, selection, rows, None)))


def _look(
    shard: Shard, selection: Selection, rows: Sequence[int] | None, enough: int | None
) -> Iterator[list[int]]:
    """Yields the rows that are wanted, a portion of row groups at a time."""
    keys = {fields.VIDEO_UID, *(f"{fields.METADATA}.{name}" for name in selection.metadata)}
    columns = [leaf for leaf in shard.leaves if leaf in keys]
    # Where a few records will do, what is read ahead of them is little.
    for portion in shard.portions(_groups(shard, rows), columns, enough and 100 * enough):
        asked = _asked(shard, portion, rows)
        numbers = chain.from_iterable(map(shard.numbers, portion))
        found = []
        for batch in shard.batches(portion, columns):
            # In this order: what ends first must not have cost the other one an item.
            for accepted, number in zip(_judge(batch, selection), numbers, strict=False):
                if accepted and number in asked:
                    found.append(number)
        yield found


def _judge(batch: pa.RecordBatch, selection: Selection) -> list[bool]:
    """Says of each record of a batch whether its video is wanted."""
    uids = objects(batch.column(fields.VIDEO_UID))
    there = fields.METADATA in batch.schema.names
    structs = objects(batch.column(fields.METADATA)) if there else [None] * len(uids)
    return [selection.accepts(u, read_info(m)) for u, m in zip(uids, structs, strict=True)]


def _groups(shard: Shard, rows: Sequence[int] | None) -> list[int]:
    """Returns the row groups that hold one of those rows."""
    return [g for g in range(shard.groups) if rows is None or _among(rows, shard.numbers(g))]


def _among(rows: Sequence[int], numbers: range) -> Sequence[int]:
    return rows[bisect_left(rows, numbers.start) : bisect_left(rows, numbers.stop)]


def _asked(shard: Shard, portion: Sequence[int], rows: Sequence[int] | None) -> set[int]:
    """Returns which rows of a portion are among those."""
    parts = (n if rows is None else _among(rows, n) for n in map(shard.numbers, portion))
    return set(chain.from_iterable(parts))


def _chosen(shard: Shard, columns: Sequence[str], wanted: Wanted) -> Iterator[_Part]:
    """Yields what is wanted of a file, batch by batch, and where its rows are."""
    parts: Iterable[Sequence[int] | None] = [wanted.rows]
    if wanted.selection.is_by_video:
        parts = _look(shard, wanted.selection, wanted.rows, wanted.enough)
    for rows in parts:
        for portion in shard.portions(_groups(shard, rows), columns, wanted.enough):
            yield from _read_portion(shard, portion, columns, rows, wanted.enough)


def _read_portion(
    shard: Shard,
    portion: Sequence[int],
    columns: Sequence[str],
    rows: Sequence[int] | None,
    enough: int | None,
) -> Iterator[_Part]:
    """Reads row groups as far as the last row of them that is wanted."""
    numbers = list(chain.from_iterable(map(shard.numbers, portion)))
    asked = _asked(shard, portion, rows)
    left, at = len(asked), 0
    for batch in shard.batches(portion, columns, enough) if left else ():
        held = numbers[at : at + batch.num_rows]
        at += batch.num_rows
        kept = [i for i, number in enumerate(held) if number in asked]
        if kept:
            part = batch if len(kept) == len(held) else batch.take(pa.array(kept))
            yield [held[i] for i in kept], part
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
    """Returns the Parquet columns needed, whatever the writer called its list elements."""
    wanted: set[tuple[str, ...]] = {(fields.VIDEO_UID,)}
    wanted |= {(fields.NODES, *path) for path in _SKELETON}
    wanted |= {(fields.NODES, *c.path) for c in captions}
    chosen, absent = [], set(wanted)
    for path in there:
        parts = path.split(".")
        if parts[0] == fields.NODES:
            parts = [fields.NODES, *parts[3:]]
        if tuple(parts) in wanted:
            absent.discard(tuple(parts))
            chosen.append(path)
        elif parts[0] == fields.METADATA:
            chosen.append(path)
    for name in sorted(absent):
        logger.warning("The file has no %s; it is taken to be empty", ".".join(name))
    return chosen
