"""Streams records from Parquet, JSON and JSON Lines files, on disk or on the Hub.

:mod:`.parquet` reads Parquet in record batches, :mod:`.json_files` JSON record by record. Anything
that cannot be read becomes a :class:`Failure` in the stream, with its place and the reason, and
reading continues after it; it stops after several failed requests to the Hub in a row.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from ...core.fields import CaptionField
from ...core.times import NO_CUTOFF, SourceSeconds
from ..written import TooLargeError, files_below, is_written
from .built import as_own, build_of
from .globs import matches
from .hub_client import HubError, endpoint
from .items import Failure, SourceRecord, error_text
from .json_files import read_json, read_json_lines
from .parquet import ReadRequest, read_parquet
from .remote import TRANSIENT, HubFile, HubSource, list_files, parse_source
from .select import EVERYTHING, Selection

__all__ = [
    "Failure",
    "RecordFile",
    "SourceError",
    "SourceRecord",
    "count_records",
    "find_files",
    "hub_source",
    "read_records",
]

#: A file of records.
RecordFile = Path | HubFile

PARQUET_SUFFIXES = (".parquet", ".pq")
LINES_SUFFIXES = (".jsonl", ".ndjson")
JSON_SUFFIXES = (".json",)
SUFFIXES = (*PARQUET_SUFFIXES, *LINES_SUFFIXES, *JSON_SUFFIXES)

#: The largest file, in bytes, whose lines are counted in advance.
_COUNTED_BYTES = 2**26

#: After this many files in a row that the Hub did not send, the others are not requested.
_MOST_LOST = 3


class SourceError(ValueError):
    """A source that names no readable files."""


def find_files(
    source: str | Path,
    revision: str | None = None,
    token: str | None = None,
    out: Path | None = None,
    most: int | None = None,
) -> list[RecordFile]:
    """Returns the files that a path, a folder, a glob or a repository names, in order.

    Files that conversions have written are left out; in folders, those of exports too.

    Args:
        source: a ``.parquet``, ``.json``, ``.jsonl`` or ``.ndjson`` file, a folder of them
            (recursive), a glob such as ``shards/*.parquet``, a dataset repository on the Hub
            (``organisation/name``, if there is no such file or folder), or a file, a folder or a
            glob in one (``hf://datasets/organisation/name/data/*.parquet``). Of a repository with
            Parquet files, only those are taken, unless a glob selects others
        revision: a repository's branch, tag or commit
        token: the Hub's access token; None for the one in the environment or of a login
        out: the output folder of the run that reads
        most: how many files and folders to visit at most; None for no limit

    Raises:
        SourceError: if there are none, or more than ``most`` must be visited
    """
    remote = hub_source(source, revision)
    if remote is not None:
        return list(_find_remote(remote, token))
    try:
        return list(_find_local(Path(source).expanduser(), source, out, most))
    except TooLargeError as error:
        raise SourceError(f"{error}: name a narrower one") from None
    except (OSError, RuntimeError) as error:
        raise SourceError(f"{source!s:.200} cannot be read: {error_text(error)}") from None


def _find_local(path: Path, source: str | Path, out: Path | None, most: int | None) -> list[Path]:
    """Returns the files that a path on disk names.

    Raises:
        SourceError: if there are none
        TooLargeError: if more than ``most`` must be visited
    """
    if path.is_dir():
        files = sorted(filter(_is_records, files_below(path, out, most)))
        if not files:
            raise SourceError(
                f"{path} holds no {', '.join(SUFFIXES)} file, apart from the output of runs"
            )
        return files
    if path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            raise SourceError(f"{path} is not one of {', '.join(SUFFIXES)}")
        if is_written(path.resolve(), out, by_conversions=True):
            raise SourceError(f"{path} was written by a conversion: give the file of records")
        return [path]
    found = [
        match
        for match in filter(_is_records, matches(str(path), most))
        if not is_written(match.resolve(), out, by_conversions=True)
    ]
    if not found:
        raise SourceError(
            f"{source} does not exist: give a {', '.join(SUFFIXES)} file, a folder of them, a "
            "glob, or a dataset repository on the Hub"
        )
    return found


def _is_records(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and os.path.isfile(path)  # noqa: PTH113 - never raises


def hub_source(source: str | Path, revision: str | None = None) -> HubSource | None:
    """Returns the repository that a source names, None if it is a path; makes no request.

    A local file or folder takes precedence over a Hub repository of the same name.

    Raises:
        SourceError: if it is neither
    """
    text = str(source)
    if isinstance(source, Path) or _is_there(text):
        remote = None
    else:
        try:
            remote = parse_source(text, revision)
        except ValueError as error:
            raise SourceError(str(error)) from None
    if remote is None and revision is not None:
        raise SourceError(
            f"{source} is not a repository on the Hub, so it has no revision {revision}"
        )
    return remote


def _is_there(text: str) -> bool:
    """Returns whether a text names an existing file or folder."""
    try:
        return bool(text) and Path(text).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # not a possible name
        return False


def _find_remote(source: HubSource, token: str | None) -> list[HubFile]:
    try:
        files = [f for f in list_files(source, token) if f.suffix.lower() in SUFFIXES]
    except HubError as error:
        message = f"{error} (there is no such file or folder here; the Hub is {endpoint()})"
        raise SourceError(message) from error
    parquet = [f for f in files if f.suffix.lower() in PARQUET_SUFFIXES]
    if not files:
        raise SourceError(f"{source} holds no {', '.join(SUFFIXES)} file")
    return parquet or files


def count_records(files: Iterable[RecordFile], selection: Selection = EVERYTHING) -> int | None:
    """Returns the number of records in files, None if that needs reading or fetching them.

    Args:
        files: from :func:`find_files`
        selection: the records to count; with ids or a random draw, the result is an upper bound
    """
    most = [n for n in (selection.random, selection.ids and len(selection.ids)) if n]
    if selection.is_by_video or selection.text is not None:
        return min(most, default=None)
    total = 0
    for path in selection.of_files(list(files)):
        counted = PARQUET_SUFFIXES + LINES_SUFFIXES
        if isinstance(path, HubFile) or path.suffix.lower() not in counted:
            return min(most, default=None)
        try:
            if path.suffix.lower() in PARQUET_SUFFIXES:
                total += pq.read_metadata(path).num_rows
            elif path.stat().st_size > _COUNTED_BYTES:
                return min(most, default=None)
            else:
                with path.open("rb") as lines:
                    total += sum(1 for line in lines if line.strip())
        except Exception:  # reported when the file is read
            continue
    return min(total, *most) if most else total


def read_records(
    files: Iterable[RecordFile],
    captions: Sequence[CaptionField],
    caption_cutoff_s: SourceSeconds = NO_CUTOFF,
    selection: Selection = EVERYTHING,
    row_hint: int | None = None,
) -> Iterator[SourceRecord | Failure]:
    """Streams the records of files.

    Args:
        files: from :func:`find_files`
        captions: the captions to read
        caption_cutoff_s: nodes that start at this source second or later get no captions
        selection: the records to yield
        row_hint: the number of records that is probably needed, so that not many more are fetched;
            None for all
    """
    chosen = selection.of_files(list(files))
    if selection.random is not None:
        # draw imports this module.
        from .draw import draw_records

        yield from draw_records(chosen, captions, caption_cutoff_s, selection)
        return
    left = set(selection.ids) if selection.ids is not None else None
    lost = 0
    for number, path in enumerate(chosen):
        if left is not None and not left:
            return
        failed = False
        wanted = ReadRequest(captions, caption_cutoff_s, selection, None, row_hint)
        for item in read_file(path, wanted):
            failed = isinstance(item, Failure) and item.reason in TRANSIENT
            if isinstance(item, SourceRecord) and left is not None:
                left.discard(item.record.video_uid)
            yield item
            if left is not None and not left:
                return
        lost = lost + 1 if failed else 0
        if lost == _MOST_LOST and number + 1 < len(chosen):
            others = len(chosen) - number - 1
            message = f"{lost} files in a row could not be read; {others} more were not requested"
            yield Failure("hub-network", message, str(chosen[number + 1]))
            return


def read_file(path: RecordFile, wanted: ReadRequest) -> Iterator[SourceRecord | Failure]:
    """Streams a file's records.

    Args:
        path: the file
        wanted: which records, and what of them; ``rows`` are lines of JSON Lines, and are ignored
            for JSON
    """
    suffix = path.suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        items = read_parquet(path, wanted)
        items = as_own(items) if build_of(path) else items
    elif suffix in LINES_SUFFIXES:
        items = read_json_lines(path, wanted.captions, wanted.rows)
    else:
        items = read_json(path, wanted.captions)
    selection = wanted.selection
    if not selection:
        yield from items
        return
    for item in items:
        if isinstance(item, Failure):
            # A failure without an id concerns the file; one with an id, a video not selected.
            is_wanted = not selection.is_by_video or item.video_uid is None
        else:
            record = item.record
            is_wanted = selection.accepts(record.video_uid, record.info)
            is_wanted = is_wanted and selection.accepts_texts(record.tree, wanted.caption_cutoff_s)
        if is_wanted:
            yield item
