"""What a source is: its files, counts and schema, a sample's statistics, and a tree as text.

Little is read for it: the footers of a few files, and the records of the sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa

from ..converters.reading.items import error_text
from ..converters.reading.remote import HubError, HubFile
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
from ..core.schema import RECORD
from .outline import cut, outline, plain
from .sample_statistics import statistics_of

#: Of how many files the footers are read: what is on the Hub takes requests.
_LOCAL_FOOTERS, _HUB_FOOTERS = 1000, 8


@dataclass
class Inspection:
    """What was found out about a source.

    Attributes:
        files: its files, those of the selection's shards
        size: of all of them, in bytes
        footers: of how many files the footer was read
        records: how many those hold
        footer_size: of those files, in bytes
        groups: how many row groups they have
        schema: of the first Parquet file, None without one
        sample: the records read
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

    def lines(self, levels: int | None = 4, width: int = 100, until: float = 90.0) -> list[str]:
        """Returns it as text.

        Args:
            levels: how many of the tree's, None for all
            width: the columns of the terminal
            until: the seconds of a clip
        """
        found = [self._counted()]
        if self.schema is not None:
            found += ["", "schema", *schema_lines(self.schema), *differences(self.schema)]
        if self.sample:
            figures = statistics_of(self.sample, until)
            count = figures.records
            found += ["", f"{count} record{'s'[: count != 1]} read"]
            found += [f"  {name:<21} {text}" for name, text in figures.rows()]
            found += ["", *_tree_lines(self.sample[0], levels, width)]
        found += ["", *(f"{f.reason}: {plain(f.message)}" for f in self.failures)]
        return found if self.failures else found[:-1]

    def _counted(self) -> str:
        count = len(self.files)
        parts = [f"{count} file{'s'[: count != 1]}, {_bytes(self.size)}"]
        if self.footers:
            parts.append(f"{self.records:,} records in {self.groups:,} row groups")
        if 0 < self.footers < count and self.footer_size:
            about = round(self.records * self.size / self.footer_size, -2)
            parts[-1] += f" of the {self.footers} files looked at, so about {about:,} in all"
        return ", ".join(parts)


def inspect_source(
    source: str | Path,
    captions: Sequence[CaptionField],
    revision: str | None = None,
    token: str | None = None,
    selection: Selection = EVERYTHING,
    sample: int = 10,
) -> Inspection:
    """Finds out what a source holds.

    Args:
        source: as :func:`.sources.find_files` takes it
        captions: the texts to read
        revision: a repository's branch, tag or commit
        token: the Hub's access token
        selection: which of its records to read
        sample: how many of them

    Raises:
        SourceError: if it names nothing that could be read
    """
    there = find_files(source, revision, token)
    files = selection.of_files(there)
    if not files:
        raise SourceError(f"{source} has {len(there)} files: no such shards")
    found = Inspection(files, sum(map(_size, files)))
    for path in _looked_at(files):
        _look_at(path, found)
    items = read_records(files, captions, selection=selection, row_hint=sample)
    for item in islice(items, sample + len(files)):
        if isinstance(item, SourceRecord):
            found.sample.append(item.record)
        elif not any(item.where.startswith(known.where) for known in found.failures):
            found.failures.append(item)
        if len(found.sample) == sample:
            break
    return found


def _look_at(path: RecordFile, found: Inspection) -> None:
    """Reads a file's footer."""
    try:
        with ParquetShard(path) as shard:
            found.schema = found.schema if found.schema is not None else shard.schema
            found.records += shard.metadata.num_rows
            found.groups += shard.groups
            found.footers += 1
            found.footer_size += _size(path)
    except Exception as error:  # whatever is in a file: the others can be good
        reason = error.reason if isinstance(error, HubError) else "corrupt-shard"
        found.failures.append(Failure(reason, f"{path}: {error_text(error)}", str(path)))


def schema_lines(schema: pa.Schema) -> list[str]:
    """Returns a schema as indented lines, one a field."""
    return [line for one in schema for line in _field_lines(one, 1)]


def differences(schema: pa.Schema) -> list[str]:
    """Says where a schema is not that of Action100M's records."""
    there, wanted = dict(_leaves(schema)), dict(_leaves(RECORD))
    absent = [name for name in wanted if name not in there]
    others = [name for name in there if name not in wanted]
    typed = [
        f"{name} is {there[name]}, not {kind}"
        for name, kind in wanted.items()
        if name in there and there[name] != kind
    ]
    said = [
        *([f"missing: {', '.join(absent)}"] if absent else []),
        *([f"not Action100M's: {plain(', '.join(others))}"] if others else []),
        *([f"of another type: {plain('; '.join(typed))}"] if typed else []),
    ]
    return [f"  {line}" for line in said] or ["  as Action100M's records have it"]


def _looked_at(files: Sequence[RecordFile]) -> Iterator[RecordFile]:
    parquet = [f for f in files if f.suffix.lower() in PARQUET_SUFFIXES]
    remote = any(isinstance(f, HubFile) for f in parquet)
    yield from parquet[: _HUB_FOOTERS if remote else _LOCAL_FOOTERS]


def _size(path: RecordFile) -> int:
    try:
        return path.size if isinstance(path, HubFile) else path.stat().st_size
    except OSError:  # it is gone: reading it says so
        return 0


def _bytes(count: int) -> str:
    size, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.1f} {units[0]}" if units[0] != "bytes" else f"{count} bytes"


def _field_lines(one: pa.Field, depth: int) -> Iterator[str]:
    kind, name = one.type, plain(one.name)
    lists = ""
    while pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind, lists = kind.value_type, lists + "list of "
    is_struct = pa.types.is_struct(kind)
    said = f"{lists}structs" if is_struct and lists else "struct" if is_struct else f"{lists}{kind}"
    yield f"{'  ' * depth}{name}: {said}"
    for child in kind if is_struct else ():
        yield from _field_lines(child, depth + 1)


def _leaves(schema: pa.Schema) -> Iterator[tuple[str, str]]:
    """Yields leaves by their dotted names, lists left out, and their types."""
    waiting = [(one.name, one.type) for one in schema]
    for name, kind in waiting:
        while pa.types.is_list(kind) or pa.types.is_large_list(kind):
            kind = kind.value_type
        if pa.types.is_struct(kind):
            waiting += [(f"{name}.{child.name}", child.type) for child in kind]
        else:
            yield name, str(kind).replace("large_string", "string")


def _tree_lines(record: Record, levels: int | None, width: int) -> list[str]:
    title = cut(record.info.title or "(no title)", width - 30)
    count = len(record.tree)
    head = f"tree of {record.video_uid}: {title}, {count} nodes"
    return [head, *outline(record.tree, levels, width)]
