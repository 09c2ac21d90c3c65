"""Divides the records of a source into shards, once for all workers.

A shard is a list of rows of one or several consecutive record files. Files and row groups that fit
into a shard stay whole, larger ones are divided evenly. Planning reads the footers of Parquet files
(and, if records are selected, their ids and metadata) and counts the lines of JSON Lines files; a
JSON file is one unit.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from ...core.fields import CaptionField
from ...core.frames import to_source
from ...core.times import ClipSeconds
from ..clips.media import longest_clip
from ..reading.draw import Place, draw_places, find_places
from ..reading.hub_client import HubError
from ..reading.items import Failure
from ..reading.json_files import lines_of
from ..reading.parquet import ReadRequest, find_rows, unusable
from ..reading.remote import TRANSIENT, HubFile, HubSource
from ..reading.row_groups import ParquetShard
from ..reading.select import Selection
from ..reading.sources import LINES_SUFFIXES, PARQUET_SUFFIXES, RecordFile

#: Videos per shard: about an hour of encoding on one core.
SHARD_SIZE = 100

_VERSION = 1


class PlanError(ValueError):
    """The source cannot be divided, or a plan cannot be read."""


@dataclass(frozen=True)
class Piece:
    """Rows of one record file.

    Attributes:
        file: the file's index in the plan
        rows: 0-based rows or lines, ascending; None for all of the file
    """

    file: int
    rows: Sequence[int] | None = None

    @property
    def size(self) -> int:
        """Number of rows; a file that planning does not read counts as one."""
        return 1 if self.rows is None else len(self.rows)

    def to_dict(self) -> dict[str, Any]:
        """Returns the piece as plain JSON values."""
        if isinstance(self.rows, range):
            return {"file": self.file, "first": self.rows.start, "stop": self.rows.stop}
        return {"file": self.file} | ({} if self.rows is None else {"rows": list(self.rows)})

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Piece:
        """Returns the piece that :meth:`to_dict` wrote."""
        if "first" in value:
            return cls(value["file"], range(value["first"], value["stop"]))
        return cls(value["file"], value.get("rows"))


@dataclass(frozen=True)
class PlannedShard:
    """One unit of work.

    Attributes:
        number: the shard's number, from 0
        pieces: its rows, in the source's order
    """

    number: int
    pieces: tuple[Piece, ...]

    @property
    def size(self) -> int:
        """Number of videos, as far as known."""
        return sum(piece.size for piece in self.pieces)


@dataclass(frozen=True)
class ShardPlan:
    """The division of a source into shards.

    Attributes:
        parameters: ``ConvertOptions.parameters()`` of the conversion
        shard_size: maximum number of videos per shard
        files: the record files
        shards: the shards of their rows
    """

    parameters: Mapping[str, Any]
    shard_size: int
    files: tuple[RecordFile, ...]
    shards: tuple[PlannedShard, ...]

    @property
    def total(self) -> int:
        """Number of videos, as far as known."""
        return sum(shard.size for shard in self.shards)

    @cached_property
    def key(self) -> str:
        """Identifies the plan; equal plans have the same key."""
        text = json.dumps(self.to_dict(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:24]

    def to_dict(self) -> dict[str, Any]:
        """Returns the plan as plain JSON values, without tokens."""
        return {
            "version": _VERSION,
            "parameters": dict(self.parameters),
            "shard_size": self.shard_size,
            "files": [_file_dict(file) for file in self.files],
            "shards": [[piece.to_dict() for piece in s.pieces] for s in self.shards],
        }

    @classmethod
    def from_dict(cls, value: Mapping[str, Any], token: str | None = None) -> ShardPlan:
        """Returns the plan that :meth:`to_dict` wrote.

        Args:
            value: from JSON
            token: the Hub's access token

        Raises:
            PlanError: if this version cannot read it
        """
        try:
            if value["version"] != _VERSION:
                raise PlanError(f"the plan has version {value['version']}, not {_VERSION}")
            shards = (tuple(map(Piece.from_dict, pieces)) for pieces in value["shards"])
            return cls(
                value["parameters"],
                value["shard_size"],
                tuple(_file_of(file, token) for file in value["files"]),
                tuple(PlannedShard(number, pieces) for number, pieces in enumerate(shards)),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise PlanError(f"the plan cannot be read: {error!r}") from None


def make_plan(
    files: Sequence[RecordFile],
    captions: Sequence[CaptionField],
    selection: Selection,
    parameters: Mapping[str, Any],
    shard_size: int = SHARD_SIZE,
) -> ShardPlan:
    """Divides files into shards.

    Args:
        files: from :func:`..reading.sources.find_files`
        captions: the caption fields that ``selection.text`` is searched in
        selection: which records; workers apply ``selection.text``, except if records are drawn at
            random
        parameters: ``ConvertOptions.parameters()`` of the conversion
        shard_size: maximum number of videos per shard

    Raises:
        PlanError: if a file cannot be read from the Hub, or records are drawn at random from other
            files than Parquet
    """
    chosen = absolute(selection.of_files(list(files)))
    if selection.random is None:
        pieces = _all(chosen, selection)
    else:
        limit = to_source(ClipSeconds(longest_clip(parameters["clip_seconds"])))
        wanted = ReadRequest(captions, limit, replace(selection, random=None, seed=0))
        pieces = _drawn(chosen, wanted, selection)
    shards = tuple(PlannedShard(n, p) for n, p in enumerate(_packed(pieces, shard_size)))
    return ShardPlan(parameters, shard_size, tuple(chosen), shards)


def absolute(files: Sequence[RecordFile]) -> list[RecordFile]:
    """Returns files under absolute paths, which do not depend on a worker's folder."""
    return [f if isinstance(f, HubFile) else Path(os.path.abspath(f)) for f in files]  # noqa: PTH100


def _all(files: Sequence[RecordFile], selection: Selection) -> Iterator[Piece]:
    for number, file in enumerate(files):
        for rows in _units(file, selection):
            yield Piece(number, rows)


def _units(file: RecordFile, selection: Selection) -> Iterator[Sequence[int] | None]:
    """Yields the rows of a file that one worker should read; None for the whole file.

    Raises:
        PlanError: if the file cannot be read from the Hub
    """
    suffix = file.suffix.lower()
    try:
        if suffix in PARQUET_SUFFIXES:
            with ParquetShard(file) as shard:
                if unusable(shard, file):
                    yield None  # its worker reports the error
                elif selection.is_by_video:
                    yield find_rows(shard, selection)
                else:
                    yield from map(shard.numbers, range(shard.groups))
        else:
            yield range(_count_lines(file)) if suffix in LINES_SUFFIXES else None
    except HubError as error:
        raise PlanError(f"{file}: {error}") from error
    except Exception:  # a damaged file, which its worker reports; the other files are planned
        yield None


def _drawn(
    files: Sequence[RecordFile], wanted: ReadRequest, selection: Selection
) -> Iterator[Piece]:
    """Yields the records that the same selection draws without shards."""
    others = [file for file in files if file.suffix.lower() not in PARQUET_SUFFIXES]
    if others:
        raise PlanError(
            f"{others[0]}: records can be drawn at random in shards from Parquet files only"
        )
    places: list[Place] = []
    for number, file in enumerate(files):
        found = find_places(file, wanted)
        if isinstance(found, Failure) and found.reason in TRANSIENT:
            raise PlanError(found.message)
        if isinstance(found, Failure):
            yield Piece(number)  # its worker reports the failure
            continue
        places += [(number, row) for row in found]
    for number, rows in draw_places(places, selection).items():
        yield Piece(number, [int(row) for row in rows])


def _packed(pieces: Iterable[Piece], size: int) -> Iterator[tuple[Piece, ...]]:
    """Packs pieces into shards; pieces that fit into one stay whole."""
    open_pieces: list[Piece] = []
    room = size
    for piece in pieces:
        if not piece.size:
            continue
        if piece.size > room and open_pieces:
            yield tuple(open_pieces)
            open_pieces, room = [], size
        parts = list(_divided(piece, size))
        for part in parts[:-1]:
            yield (part,)
        open_pieces.append(parts[-1])
        room -= parts[-1].size
        if len(parts) > 1 or not room:
            yield tuple(open_pieces)
            open_pieces, room = [], size
    if open_pieces:
        yield tuple(open_pieces)


def _divided(piece: Piece, size: int) -> Iterator[Piece]:
    """Divides a piece that is larger than a shard evenly."""
    if piece.rows is None:
        yield piece
        return
    count = -(-piece.size // size)
    edges = [piece.size * k // count for k in range(count + 1)]
    for first, stop in pairwise(edges):
        yield replace(piece, rows=piece.rows[first:stop])


def _count_lines(file: RecordFile) -> int:
    with file.open() if isinstance(file, HubFile) else file.open("rb") as handle:
        return sum(1 for _ in lines_of(handle))


def _file_dict(file: RecordFile) -> str | dict[str, Any]:
    if not isinstance(file, HubFile):
        return str(file)
    source = file.source
    return {
        "repo": source.repo,
        "revision": source.revision,
        "pattern": source.pattern,
        "path": file.path,
        "commit": file.commit,
        "size": file.size,
    }


def _file_of(value: str | Mapping[str, Any], token: str | None) -> RecordFile:
    if isinstance(value, str):
        return Path(value)
    source = HubSource(value["repo"], value["revision"], value["pattern"])
    return HubFile(source, value["path"], value["commit"], value["size"], token)
