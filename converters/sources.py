"""Reads records from Parquet, JSON and JSON Lines files, as a stream.

Parquet is read by :mod:`.parquet` in record batches; JSON record by record.
Whatever cannot be read becomes a :class:`Failure` in the stream, with the place and the reason, and
reading goes on behind it.
"""

from __future__ import annotations

import glob
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..core import fields
from ..core.fields import CaptionField
from ..core.records import RecordError, parse_record
from .found import Failure, Found, failure_of
from .parquet import read_parquet

__all__ = [
    "Failure",
    "Found",
    "SourceError",
    "count_records",
    "find_files",
    "read_records",
]

PARQUET_SUFFIXES = (".parquet", ".pq")
LINES_SUFFIXES = (".jsonl", ".ndjson")
JSON_SUFFIXES = (".json",)
SUFFIXES = (*PARQUET_SUFFIXES, *LINES_SUFFIXES, *JSON_SUFFIXES)


class SourceError(ValueError):
    """A source that names nothing that could be read."""


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
            yield from read_parquet(path, captions, text_until)
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
            yield failure_of(
                error, row.get(fields.VIDEO_UID) if isinstance(row, dict) else None, place
            )
