"""Reads records from Parquet, JSON and JSON Lines files, as a stream.

Parquet is read in record batches, the next one while one is worked on, and only in the leaves that
are needed; the texts of nodes that start after the clip are never turned into Python objects.
Whatever cannot be read becomes a :class:`Failure` in the stream, with the place and the reason, and
reading goes on behind it.
"""

from __future__ import annotations

import glob
import json
import logging
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ..core import fields
from ..core.fields import CaptionField
from ..core.records import (
    NodeColumns,
    Record,
    RecordError,
    TranscriptColumns,
    build_record,
    parse_record,
)

logger = logging.getLogger(__name__)

PARQUET_SUFFIXES = (".parquet", ".pq")
LINES_SUFFIXES = (".jsonl", ".ndjson")
JSON_SUFFIXES = (".json",)
SUFFIXES = (*PARQUET_SUFFIXES, *LINES_SUFFIXES, *JSON_SUFFIXES)

#: Records in one Arrow batch: about 3 MB of annotations.
BATCH_ROWS = 32

_SKELETON = (
    (fields.NODE_ID,),
    (fields.PARENT_ID,),
    (fields.LEVEL,),
    (fields.START,),
    (fields.END,),
)


class SourceError(ValueError):
    """A source that names nothing that could be read."""


@dataclass(frozen=True)
class Failure:
    """Something in a source that gave no record.

    Attributes:
        reason: a class such as ``corrupt-shard``, ``missing-column``, ``bad-json`` or a
            :class:`~..core.records.RecordError`'s
        message: what happened and where
        where: the file, and the row or line, 0-based
        video_uid: the record's id, if it got that far and is safe
    """

    reason: str
    message: str
    where: str
    video_uid: str | None = None


@dataclass(frozen=True)
class Found:
    """A record and where it stood."""

    record: Record
    where: str


def find_files(source: str | Path) -> list[Path]:
    """Returns the files that a path, a folder or a glob names, in order.

    Args:
        source: a ``.parquet``, ``.json``, ``.jsonl`` or ``.ndjson`` file, a folder of them
            (searched through), or a glob such as ``shards/*.parquet``

    Raises:
        SourceError: if there is none
    """
    path = Path(source).expanduser()
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        if not files:
            raise SourceError(f"{path} holds no {', '.join(SUFFIXES)} file")
        return files
    if path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            raise SourceError(f"{path} is not one of {', '.join(SUFFIXES)}")
        return [path]
    matches = sorted(Path(m) for m in glob.glob(str(path), recursive=True))  # noqa: PTH207
    files = [m for m in matches if m.is_file() and m.suffix.lower() in SUFFIXES]
    if not files:
        raise SourceError(
            f"{source} is not there: give a {', '.join(SUFFIXES)} file, a folder of them or a glob"
        )
    return files


def count_records(files: Iterable[Path]) -> int | None:
    """Returns how many records files hold, or None if finding out means reading them."""
    total = 0
    for path in files:
        if path.suffix.lower() not in PARQUET_SUFFIXES:
            return None
        try:
            total += pq.read_metadata(path).num_rows
        except (OSError, pa.ArrowException):
            continue  # reported when its turn comes
    return total


def read_records(
    files: Iterable[Path],
    captions: Sequence[CaptionField],
    text_until: float = float("inf"),
) -> Iterator[Found | Failure]:
    """Streams the records of files.

    Args:
        files: from :func:`find_files`
        captions: the texts to read
        text_until: nodes that start at this second or later are read without their texts
    """
    for path in files:
        suffix = path.suffix.lower()
        if suffix in PARQUET_SUFFIXES:
            yield from _read_parquet(path, captions, text_until)
        elif suffix in LINES_SUFFIXES:
            yield from _read_lines(path, captions)
        else:
            yield from _read_json(path, captions)


def _read_lines(path: Path, captions: Sequence[CaptionField]) -> Iterator[Found | Failure]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file):
                if line.strip():
                    yield from _parse_json(line, f"{path}:{number}", captions)
    except OSError as error:
        yield Failure("unreadable", f"{path}: {error}", str(path))


def _read_json(path: Path, captions: Sequence[CaptionField]) -> Iterator[Found | Failure]:
    try:
        data = path.read_bytes()
    except OSError as error:
        yield Failure("unreadable", f"{path}: {error}", str(path))
        return
    yield from _parse_json(data, str(path), captions)


def _parse_json(
    data: bytes, where: str, captions: Sequence[CaptionField]
) -> Iterator[Found | Failure]:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        yield Failure("bad-json", f"{where}: {error}", where)
        return
    for number, row in enumerate(value if isinstance(value, list) else [value]):
        place = f"{where}[{number}]" if isinstance(value, list) else where
        try:
            yield Found(parse_record(row, captions), place)
        except RecordError as error:
            yield _failure(
                error, row.get(fields.VIDEO_UID) if isinstance(row, dict) else None, place
            )


def _failure(error: RecordError, uid: Any, where: str) -> Failure:
    safe = uid if error.reason != "bad-id" and isinstance(uid, str) else None
    return Failure(error.reason, f"{where}: {error}", where, safe)


def _read_parquet(
    path: Path, captions: Sequence[CaptionField], text_until: float
) -> Iterator[Found | Failure]:
    row = 0
    try:
        with pq.ParquetFile(path) as file:
            names = set(file.schema_arrow.names)
            missing = [n for n in (fields.VIDEO_UID, fields.NODES) if n not in names]
            if missing:
                message = f"{path} has no column {', '.join(missing)} but {', '.join(names)}"
                yield Failure("missing-column", message, str(path))
                return
            columns = _leaves(file, captions)
            batches = file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False)
            with closing(_ahead(batches)) as fetched:
                for batch in fetched:
                    yield from _read_batch(batch, f"{path}:", row, captions, text_until)
                    row += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        message = f"{path} cannot be read from row {row} on: {error}"
        yield Failure("corrupt-shard", message, f"{path}:{row}")


def _ahead(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
    """Yields batches, and has a thread decode the next one meanwhile: that needs no Python."""
    with ThreadPoolExecutor(1, "read") as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


def _leaves(file: pq.ParquetFile, captions: Sequence[CaptionField]) -> list[str]:
    """Returns the Parquet columns needed, whatever the writer called its list elements."""
    wanted: set[tuple[str, ...]] = {(fields.VIDEO_UID,)}
    wanted |= {(fields.NODES, *path) for path in _SKELETON}
    wanted |= {(fields.NODES, *c.path) for c in captions}
    chosen, absent = [], set(wanted)
    for i in range(len(file.schema)):
        path = file.schema.column(i).path
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


def _read_batch(
    batch: pa.RecordBatch,
    where: str,
    row: int,
    captions: Sequence[CaptionField],
    text_until: float,
) -> Iterator[Found | Failure]:
    uids = batch.column(fields.VIDEO_UID).to_pylist()
    metadata, transcripts = _metadata(batch, text_until)
    for i, nodes in enumerate(_node_columns(batch.column(fields.NODES), captions, text_until)):
        place = f"{where}{row + i}"
        try:
            yield Found(build_record(uids[i], metadata[i], transcripts[i], nodes), place)
        except RecordError as error:
            yield _failure(error, uids[i], place)


def _metadata(
    batch: pa.RecordBatch, text_until: float
) -> tuple[Sequence[dict[str, Any] | None], Sequence[TranscriptColumns | None]]:
    """Splits a batch's metadata into a dict and a transcript for each record."""
    rows = batch.num_rows
    if fields.METADATA not in batch.schema.names:
        return [None] * rows, [None] * rows
    structs = batch.column(fields.METADATA)
    present = structs.is_valid().to_pylist()
    names = [f.name for f in structs.type if f.name != fields.TRANSCRIPT]
    columns = [pc.struct_field(structs, [name]).to_pylist() for name in names]
    metadata = [
        dict(zip(names, values, strict=True)) if there else None
        for there, *values in zip(present, *columns, strict=True)
    ]
    try:
        lists = pc.struct_field(structs, [fields.TRANSCRIPT])
        split = _Split(lists)
    except (pa.ArrowException, AttributeError, KeyError):
        return metadata, [None] * rows
    texts = split.texts(("text",), _earlier(split.column(("time",)), text_until))
    times = split.texts(("time",))
    return metadata, [TranscriptColumns(times[at], texts[at]) for at in split.slices]


def _earlier(times: pa.Array | None, until: float) -> pa.Array | None:
    """Returns which of an array's times, numbers or texts of numbers, are not past a limit."""
    if times is None or not np.isfinite(until):
        return None
    try:
        return pc.fill_null(pc.less(pc.cast(times, pa.float64()), until), False)
    except pa.ArrowException:
        return None


class _Split:
    """A column of lists of structs, flattened, and where each row's part is in it."""

    def __init__(self, lists: pa.Array) -> None:
        self.flat = lists.flatten()
        lengths = pc.fill_null(lists.value_lengths(), 0).to_pylist()
        self.slices = []
        start = 0
        for length in lengths:
            self.slices.append(slice(start, start + length))
            start += length

    def column(self, path: tuple[str, ...]) -> pa.Array | None:
        """Returns a nested leaf, None where the structs have no such field."""
        try:
            return pc.struct_field(self.flat, list(path))
        except (pa.ArrowException, KeyError):
            return None

    def numbers(self, path: tuple[str, ...]) -> np.ndarray:
        """Returns a leaf as numbers, with NaN for null, or as objects if it holds others."""
        values = self.column(path)
        if values is None:
            return np.full(len(self.flat), np.nan)
        if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
            numbers: np.ndarray = values.to_numpy(zero_copy_only=False)
            return numbers
        return np.array(values.to_pylist(), dtype=object)

    def texts(self, path: tuple[str, ...], wanted: pa.Array | None = None) -> list[Any]:
        """Returns a leaf as Python objects; what is not wanted is None before it costs one."""
        values = self.column(path)
        found: list[Any] = [None] * len(self.flat)
        if values is None:
            return found
        there = values.is_valid() if wanted is None else pc.and_(values.is_valid(), wanted)
        if there.true_count > len(found) // 2:
            found = pc.if_else(there, values, None).to_pylist()
            return found
        # Few: a list is filled faster than Arrow turns its nulls into None.
        texts = values.filter(there).to_pylist()
        for i, text in zip(np.flatnonzero(there).tolist(), texts, strict=True):
            found[i] = text
        return found


def _node_columns(
    lists: pa.Array, captions: Sequence[CaptionField], text_until: float
) -> Iterator[NodeColumns]:
    """Splits a batch's column of node lists into one :class:`NodeColumns` a record."""
    split = _Split(lists)
    ids, parents = split.texts((fields.NODE_ID,)), split.texts((fields.PARENT_ID,))
    levels, starts, ends = (split.numbers((n,)) for n in (fields.LEVEL, fields.START, fields.END))
    near = None
    if np.isfinite(text_until) and starts.dtype.kind == "f":
        near = pa.array(~(starts >= text_until))
    texts = {c.name: split.texts(c.path, near) for c in captions}
    for at in split.slices:
        yield NodeColumns(
            ids[at],
            parents[at],
            levels[at],
            starts[at],
            ends[at],
            {name: values[at] for name, values in texts.items()},
        )
