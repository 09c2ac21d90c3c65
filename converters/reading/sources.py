"""Reads records from Parquet, JSON and JSON Lines files, on disk or on the Hub, as a stream.

Parquet is read by :mod:`.parquet` in record batches, JSON by :mod:`.json_files` record by record.
Whatever cannot be read becomes a :class:`Failure` in the stream, with the place and the reason, and
reading goes on behind it; it ends where file after file of the Hub does not come.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from ...core.fields import CaptionField
from ..written import TooLargeError, files_below, is_written
from .globs import matches
from .hub_client import endpoint
from .items import Failure, SourceRecord, error_text
from .json_files import read_json, read_json_lines
from .parquet import ReadRequest, read_parquet
from .remote import TRANSIENT, HubError, HubFile, HubSource, list_files, parse_source
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

#: The lines of a file that is larger are not counted before they are read.
_COUNTED_BYTES = 2**26

#: After so many files in a row of which none came from the Hub, the others are not asked for.
_GIVE_UP = 3


class SourceError(ValueError):
    """A source that names nothing that could be read."""


def find_files(
    source: str | Path,
    revision: str | None = None,
    token: str | None = None,
    out: Path | None = None,
    most: int | None = None,
) -> list[RecordFile]:
    """Returns the files that a path, a folder, a glob or a repository names, in order.

    What conversions have written is not among them, nor is what exports have where a folder is
    searched through.

    Args:
        source: a ``.parquet``, ``.json``, ``.jsonl`` or ``.ndjson`` file, a folder of them
            (searched through), a glob such as ``shards/*.parquet``, a data set repository on the
            Hub (``organisation/name``, if there is no such file or folder), or a file, a folder or
            a glob in one (``hf://datasets/organisation/name/data/*.parquet``). Of a repository that
            has Parquet files, only those are taken, unless a glob says which
        revision: a repository's branch, tag or commit
        token: the Hub's access token; None for the one in the environment or of a login
        out: where the run that asks writes
        most: how many files and folders may be looked at; None for any number

    Raises:
        SourceError: if there is none, or finding out takes looking at more than ``most``
    """
    remote = hub_source(source, revision)
    if remote is not None:
        return list(_find_remote(remote, token))
    try:
        return list(_find_local(Path(source).expanduser(), source, out, most))
    except TooLargeError as error:
        raise SourceError(f"{error}: name a narrower one") from None
    except (OSError, RuntimeError) as error:
        raise SourceError(f"{source!s:.200} cannot be looked into: {error_text(error)}") from None


def _find_local(path: Path, source: str | Path, out: Path | None, most: int | None) -> list[Path]:
    """Returns the files that a path on disk names.

    Raises:
        SourceError: if there is none
        TooLargeError: if finding out takes looking at more than ``most``
    """
    if path.is_dir():
        files = sorted(filter(_is_records, files_below(path, out, most)))
        if not files:
            raise SourceError(f"{path} holds no {', '.join(SUFFIXES)} file but what runs have made")
        return files
    if path.is_file():
        if path.suffix.lower() not in SUFFIXES:
            raise SourceError(f"{path} is not one of {', '.join(SUFFIXES)}")
        if is_written(path.resolve(), out, by_conversions=True):
            raise SourceError(f"{path} is what a conversion has written: give the records")
        return [path]
    found = [
        match
        for match in filter(_is_records, matches(str(path), most))
        if not is_written(match.resolve(), out, by_conversions=True)
    ]
    if not found:
        raise SourceError(
            f"{source} is not there: give a {', '.join(SUFFIXES)} file, a folder of them, a glob, "
            "or a data set repository on the Hub"
        )
    return found


def _is_records(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and os.path.isfile(path)  # noqa: PTH113 - never raises


def hub_source(source: str | Path, revision: str | None = None) -> HubSource | None:
    """Returns the repository that a source names, None if it is a path. Asks nobody.

    What is there as a file or a folder is that.

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
        raise SourceError(f"{source} is no repository on the Hub: it has no revision {revision}")
    return remote


def _is_there(text: str) -> bool:
    """Whether a text names something on disk."""
    try:
        return bool(text) and Path(text).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # nothing can be called so
        return False


def _find_remote(source: HubSource, token: str | None) -> list[HubFile]:
    try:
        files = [f for f in list_files(source, token) if f.suffix.lower() in SUFFIXES]
    except HubError as error:
        message = f"{error} (it is no file or folder here; the Hub is {endpoint()})"
        raise SourceError(message) from error
    parquet = [f for f in files if f.suffix.lower() in PARQUET_SUFFIXES]
    if not files:
        raise SourceError(f"{source} holds no {', '.join(SUFFIXES)} file")
    return parquet or files


def count_records(files: Iterable[RecordFile], selection: Selection = EVERYTHING) -> int | None:
    """Returns how many records files hold, or None if finding out means reading or fetching them.

    Args:
        files: from :func:`find_files`
        selection: which records are counted; the most that there can be where ids are given or
            some are drawn at random
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
        except Exception:  # whatever is in a file: reported when its turn comes
            continue
    return min(total, *most) if most else total


def read_records(
    files: Iterable[RecordFile],
    captions: Sequence[CaptionField],
    caption_cutoff_s: float = float("inf"),
    selection: Selection = EVERYTHING,
    row_hint: int | None = None,
) -> Iterator[SourceRecord | Failure]:
    """Streams the records of files.

    Args:
        files: from :func:`find_files`
        captions: the texts to read
        caption_cutoff_s: nodes that start at this second or later are read without their texts
        selection: which records; those that are not wanted leave nothing behind
        row_hint: how many records will probably do, so that not many more are fetched; None for all
    """
    chosen = selection.of_files(list(files))
    if selection.random is not None:
        # It imports this module, for what only reading can tell.
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
        if lost == _GIVE_UP and number + 1 < len(chosen):
            others = len(chosen) - number - 1
            message = f"{lost} files in a row did not come: {others} more were not asked for"
            yield Failure("hub-network", message, str(chosen[number + 1]))
            return


def read_file(path: RecordFile, wanted: ReadRequest) -> Iterator[SourceRecord | Failure]:
    """Streams what is wanted of a file's records.

    Args:
        path: the file
        wanted: which records, and what of them; ``rows`` are lines of JSON Lines, and do not count
            for JSON
    """
    suffix = path.suffix.lower()
    if suffix in PARQUET_SUFFIXES:
        items = read_parquet(path, wanted)
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
            # Without an id: the file's fault, not one video's, which nobody may have asked for.
            is_wanted = not selection.is_by_video or item.video_uid is None
        else:
            record = item.record
            is_wanted = selection.accepts(record.video_uid, record.info)
            is_wanted = is_wanted and selection.accepts_texts(record.tree, wanted.caption_cutoff_s)
        if is_wanted:
            yield item
