"""Draws records at random: the same ones for the same seed and the same files.

The candidates are counted first. Without other conditions that reads the files' footers only; with
conditions on videos, also ids and metadata; with a caption's text, the nodes. Then the drawn rows
are read, in the source's order.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...core.fields import CaptionField
from ...core.times import SourceSeconds
from .hub_client import HubError
from .items import Failure, SourceRecord, error_text
from .parquet import ReadRequest, find_rows, unusable
from .remote import TRANSIENT
from .row_groups import ParquetShard
from .select import EVERYTHING, Selection
from .sources import PARQUET_SUFFIXES, RecordFile, read_file

#: The number of a record's file, and its row there or, in a JSON file, its place.
Place = tuple[int, int | str]


def draw_records(
    files: Sequence[RecordFile],
    captions: Sequence[CaptionField],
    caption_cutoff_s: SourceSeconds,
    selection: Selection,
) -> Iterator[SourceRecord | Failure]:
    """Streams ``selection.random`` of the records that meet the rest of a selection.

    Args:
        files: the files
        captions: the captions to read
        caption_cutoff_s: nodes that start at this source second or later get no captions
        selection: which records
    """
    wanted = ReadRequest(captions, caption_cutoff_s, replace(selection, random=None, seed=0))
    places: list[Place] = []
    for number, path in enumerate(files):
        found = find_places(path, wanted)
        if isinstance(found, Failure):
            yield found
            if found.reason in TRANSIENT:
                return  # without this file the draw would differ
        else:
            places += [(number, row) for row in found]
    for number, rows in draw_places(places, selection).items():
        yield from _read(files[number], wanted, rows)


def draw_places(places: Sequence[Place], selection: Selection) -> dict[int, list[int | str]]:
    """Draws ``selection.random`` of the places.

    Returns:
        the drawn rows or places per file, in order
    """
    count = min(selection.random or 0, len(places))
    chooser = random.Random(f"action100m {selection.seed}")
    drawn: dict[int, list[int | str]] = defaultdict(list)
    for at in sorted(chooser.sample(range(len(places)), count)):
        number, row = places[at]
        drawn[number].append(row)
    return dict(drawn)


def find_places(path: RecordFile, wanted: ReadRequest) -> Sequence[int | str] | Failure:
    """Returns the places of a file's candidates."""
    if path.suffix.lower() not in PARQUET_SUFFIXES or wanted.selection.text is not None:
        return [
            _row(item, path) for item in read_file(path, wanted) if isinstance(item, SourceRecord)
        ]
    try:
        with ParquetShard(path) as shard:
            return unusable(shard, path) or find_rows(shard, wanted.selection)
    except HubError as error:
        return Failure(error.reason, f"{path}: {error}", str(path))
    except Exception as error:  # a file may hold anything; the others may be valid
        return Failure("corrupt-shard", f"{path} cannot be read: {error_text(error)}", str(path))


def _read(
    path: RecordFile, wanted: ReadRequest, rows: Sequence[int | str]
) -> Iterator[SourceRecord | Failure]:
    numbers = [row for row in rows if isinstance(row, int)]
    if numbers:
        request = replace(wanted, selection=EVERYTHING, rows=numbers, row_hint=len(numbers))
        yield from read_file(path, request)
        return
    among = set(rows)
    for item in read_file(path, wanted):
        if isinstance(item, Failure) or item.where in among:
            yield item


def _row(found: SourceRecord, path: RecordFile) -> int | str:
    """Returns a record's row in a Parquet file, its place in any other."""
    if path.suffix.lower() in PARQUET_SUFFIXES:
        return int(found.where.rpartition(":")[2])
    return found.where
