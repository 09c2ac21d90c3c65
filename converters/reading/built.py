"""Recognises the records of a build by the manifest beside their folder.

The manifest describes how the records were made; their videos are the user's own, not published
ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any

import pyarrow.parquet as pq

from ...core import fields
from ...core.fields import CAPTIONS, DEFAULT_CAPTIONS, SEGMENTS, select_captions
from ...core.wording import shorten
from .items import Failure, SourceRecord
from .parquet import names_of_column
from .remote import HubFile

#: The names of the manifest and of the records' folder beside it.
_MANIFEST, _RECORDS = "manifest.json", "records"

#: The keys of every build's manifest.
_NEEDED = frozenset({"encoder", "parameters", "until", "versions"})

#: The largest manifest in bytes, its longest text in characters, and its deepest value.
_BYTES, _LONGEST, _DEEPEST = 1 << 20, 400, 8


def build_of(file: Path | HubFile) -> dict[str, Any] | None:
    """Returns the manifest of the build that wrote a file of records, None if no build did."""
    if isinstance(file, HubFile) or file.parent.name != _RECORDS:
        return None
    manifest = file.parent.parent / _MANIFEST
    try:
        there = manifest.stat()
    except OSError:
        return None
    return _read(manifest, there.st_mtime_ns, there.st_size)


def builds_of(files: Iterable[Path | HubFile]) -> list[dict[str, Any] | None]:
    """Returns the distinct manifests of some files, with None if a file is not from a build."""
    found: list[dict[str, Any] | None] = []
    for file in files:
        if (build := build_of(file)) not in found:
            found.append(build)
    return found


def default_captions(files: Sequence[Path | HubFile]) -> tuple[str, ...]:
    """Returns the captions that a build's records are converted with by default.

    They are the usual defaults if the records have any of them, else all captions of the records.
    Without any captions, it is ``segments``.

    Args:
        files: Parquet files of records from builds
    """
    there = {name for file in files if not isinstance(file, HubFile) for name in _with_texts(file)}
    usual = [c.name for c in select_captions(DEFAULT_CAPTIONS) if c.name in there]
    return tuple(usual or [c.name for c in CAPTIONS if c.name in there] or [SEGMENTS.name])


def as_own(
    items: Iterable[SourceRecord | Failure],
) -> Iterator[SourceRecord | Failure]:
    """Marks records as those of the user's own videos."""
    for item in items:
        if isinstance(item, SourceRecord):
            item = replace(item, record=replace(item.record, is_own=True))
        yield item


@lru_cache(16)
def _read(manifest: Path, changed: int, size: int) -> dict[str, Any] | None:
    """Reads a manifest; cached until it changes."""
    if size > _BYTES:
        return None
    try:
        build = json.loads(manifest.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(build, dict) or not build.keys() >= _NEEDED:
        return None
    plain: dict[str, Any] = _plain(build, _DEEPEST)
    return plain


def _plain(value: object, depth: int) -> Any:
    """Returns a value with shortened texts and without the folders of paths."""
    if isinstance(value, dict) and depth:
        return {shorten(str(k), 100): _plain(each, depth - 1) for k, each in value.items()}
    if isinstance(value, list) and depth:
        return [_plain(each, depth - 1) for each in value]
    if isinstance(value, str):
        is_path = value.startswith(("/", "~", "\\")) or value[1:3] in (":\\", ":/")
        return shorten(PureWindowsPath(value).name if is_path else value, _LONGEST)
    return value if isinstance(value, (bool, int, float)) else None


def _with_texts(file: Path) -> set[str]:
    """Returns the caption fields with values in a Parquet file, according to its footer."""
    paths = {(fields.NODES, *c.path): c.name for c in CAPTIONS}
    found: set[str] = set()
    try:
        metadata = pq.read_metadata(file)
        for group in range(metadata.num_row_groups):
            for place in range(metadata.num_columns):
                column = metadata.row_group(group).column(place)
                known = [paths[n] for n in names_of_column(column.path_in_schema) if n in paths]
                counts = column.statistics
                if known and (counts is None or counts.num_values > 0):
                    found.update(known)
    except Exception:  # reported when the file is read
        return found
    return found
