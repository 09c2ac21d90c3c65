"""Inspects a source of records: files, counts, schema, and a sample of records.

Little is read: the footers of a few files, and the records of the sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa

from ..converters.reading.hub_client import HubError
from ..converters.reading.items import error_text
from ..converters.reading.remote import HubFile
from ..converters.reading.row_groups import ParquetShard
from ..converters.reading.select import EVERYTHING, Selection
from ..converters.reading.sources import (
    PARQUET_SUFFIXES,
    Failure,
    RecordFile,
    SourceError,
    SourceRecord,
    find_files,
    read_records,
)
from ..core.fields import CaptionField
from ..core.records import Record
from ..core.wording import count

#: The most files whose footers are read; on the Hub each takes requests.
_LOCAL_FOOTERS, _HUB_FOOTERS = 1000, 8


@dataclass
class Inspection:
    """The contents of a source.

    Attributes:
        files: its files, those of the selected shards
        size: of all files, in bytes
        footers: the number of files whose footer was read
        records: the number of records in those files
        footer_size: of those files, in bytes
        groups: the number of row groups in those files
        schema: of the first Parquet file, None without one
        sample: the records that were read
        failures: what could not be read
    """

    files: list[RecordFile]
    size: int = 0
    footers: int = 0
    records: int = 0
    footer_size: int = 0
    groups: int = 0
    schema: pa.Schema | None = None
    sample: list[Record] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def inspect_source(
    source: str | Path,
    captions: Sequence[CaptionField],
    revision: str | None = None,
    token: str | None = None,
    selection: Selection = EVERYTHING,
    sample: int = 10,
) -> Inspection:
    """Inspects a source.

    Args:
        source: as :func:`.sources.find_files` takes it
        captions: the caption fields to read
        revision: a repository's branch, tag or commit
        token: the Hub's access token
        selection: which records to read
        sample: how many records to read

    Raises:
        SourceError: if there is nothing to read
    """
    there = find_files(source, revision, token)
    files = selection.of_files(there)
    if not files:
        raise SourceError(f"{source} has {count(len(there), 'file')}, but not the chosen shards")
    found = Inspection(files, sum(map(_size, files)))
    for path in _with_footers(files):
        _read_footer(path, found)
    items = read_records(files, captions, selection=selection, row_hint=sample)
    for item in islice(items, sample + len(files)):
        if isinstance(item, SourceRecord):
            found.sample.append(item.record)
        elif not any(item.where.startswith(known.where) for known in found.failures):
            found.failures.append(item)
        if len(found.sample) == sample:
            break
    return found


def _with_footers(files: Sequence[RecordFile]) -> Iterator[RecordFile]:
    parquet = [f for f in files if f.suffix.lower() in PARQUET_SUFFIXES]
    remote = any(isinstance(f, HubFile) for f in parquet)
    yield from parquet[: _HUB_FOOTERS if remote else _LOCAL_FOOTERS]


def _read_footer(path: RecordFile, found: Inspection) -> None:
    try:
        with ParquetShard(path) as shard:
            found.schema = found.schema if found.schema is not None else shard.schema
            found.records += shard.metadata.num_rows
            found.groups += shard.groups
            found.footers += 1
            found.footer_size += _size(path)
    except Exception as error:  # a bad file does not affect the others
        reason = error.reason if isinstance(error, HubError) else "corrupt-shard"
        found.failures.append(Failure(reason, f"{path}: {error_text(error)}", str(path)))


def _size(path: RecordFile) -> int:
    try:
        return path.size if isinstance(path, HubFile) else path.stat().st_size
    except OSError:  # it was deleted: reading it reports that
        return 0
