"""Reads records from JSON and JSON Lines files, record by record.

More than the standard is accepted: UTF-16 and UTF-32, byte order marks, ``NaN``, integers of
thousands of digits, and several values in one file.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ...core import fields
from ...core.fields import CaptionField
from ...core.records import RecordError, parse_record
from .hub_client import HubError
from .items import Failure, SourceRecord, error_text, record_failure
from .remote import HubFile

#: The longest line that may hold a record, in bytes: the largest known record has 2 MB.
_LONGEST_LINE = 256 << 20

#: Byte order marks other than UTF-8's; UTF-32's first, as it begins like UTF-16's.
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_json_lines(
    path: Path | HubFile, captions: Sequence[CaptionField], rows: Sequence[int] | None = None
) -> Iterator[SourceRecord | Failure]:
    """Streams the records of a JSON Lines file.

    Args:
        path: the file
        captions: the captions to read
        rows: which lines, in order; None for all
    """
    last = rows[-1] if rows else None
    number = -1
    try:
        with _open(path) as file:
            for number, line in enumerate(lines_of(file)):
                if last is not None and number > last:
                    return
                if rows is not None and number not in rows:
                    continue
                where = f"{path}:{number}"
                if line is None:
                    message = f"{where}: the line is longer than {_LONGEST_LINE:,} bytes"
                    yield Failure("bad-json", message, where)
                elif line.strip():
                    yield from _parse(line, where, captions)
    except OSError as error:
        yield _unreadable(error, path)
    except (UnicodeError, MemoryError) as error:
        where = f"{path}:{number + 1}"
        yield Failure("bad-json", f"{where}: {error_text(error)}", where)


def read_json(
    path: Path | HubFile, captions: Sequence[CaptionField]
) -> Iterator[SourceRecord | Failure]:
    """Streams the records of a JSON file: one record, a list of records, or JSON Lines.

    Args:
        path: the file
        captions: the captions to read
    """
    try:
        with _open(path) as file:
            data = file.read()
    except OSError as error:
        yield _unreadable(error, path)
        return
    except MemoryError as error:
        yield Failure(
            "bad-json", f"{path}: {error_text(error)}: convert it to JSON Lines", str(path)
        )
        return
    yield from _parse(data, str(path), captions, or_lines=path)


def lines_of(file: BinaryIO) -> Iterator[bytes | str | None]:
    """Yields a file's lines; None in place of one that is too long to hold a record.

    Raises:
        OSError: if the file cannot be read
        UnicodeError: if it has the mark of UTF-16 or UTF-32, but is invalid
    """
    line = file.readline(_LONGEST_LINE)
    encoding = next((name for mark, name in _ENCODINGS if line.startswith(mark)), None)
    if encoding is not None:
        file.seek(0)
        decoded: Iterable[str] = codecs.getreader(encoding)(file, "surrogatepass")
        # Unicode has line ends that JSON Lines does not.
        yield from _joined(decoded)
        return
    while line:
        if len(line) < _LONGEST_LINE or line.endswith(b"\n"):
            yield line
        else:
            while line and not line.endswith(b"\n"):
                line = file.readline(_LONGEST_LINE)
            yield None
        line = file.readline(_LONGEST_LINE)


def _joined(parts: Iterable[str]) -> Iterator[str]:
    """Joins parts, split at any of Unicode's line ends, to lines that end with a line feed."""
    line: list[str] = []
    for part in parts:
        line.append(part)
        if part.endswith("\n"):
            yield "".join(line)
            line = []
    if line:
        yield "".join(line)


def _open(path: Path | HubFile) -> BinaryIO:
    return path.open() if isinstance(path, HubFile) else path.open("rb")


def _unreadable(error: OSError, path: Path | HubFile) -> Failure:
    reason = error.reason if isinstance(error, HubError) else "unreadable"
    return Failure(reason, f"{path}: {error}", str(path))


def _parse(
    data: bytes | str,
    where: str,
    captions: Sequence[CaptionField],
    or_lines: Path | HubFile | None = None,
) -> Iterator[SourceRecord | Failure]:
    """Parses one value: a record or a list of records.

    Args:
        data: the value
        where: its place
        captions: the captions to read
        or_lines: the file, if it may hold several values, one per line
    """
    try:
        value = _loads(data)
    except (ValueError, RecursionError, MemoryError) as error:
        if or_lines is not None and _is_line(error):
            yield from read_json_lines(or_lines, captions)
            return
        yield Failure("bad-json", f"{where}: {error_text(error)}", where)
        return
    for number, row in enumerate(value if isinstance(value, list) else [value]):
        place = f"{where}[{number}]" if isinstance(value, list) else where
        uid = row.get(fields.VIDEO_UID) if isinstance(row, dict) else None
        try:
            yield SourceRecord(parse_record(row, captions), place)
        except RecordError as error:
            yield record_failure(error, uid, place)
        except Exception as error:  # a record may hold anything; the others may be valid
            yield record_failure(RecordError("bad-record", error_text(error)), uid, place)


def _is_line(error: Exception) -> bool:
    """Returns whether the first line is a complete value and others follow."""
    return isinstance(error, json.JSONDecodeError) and (error.msg, error.lineno) == (
        "Extra data",
        2,
    )


def _loads(data: bytes | str) -> Any:
    """Parses JSON.

    Raises:
        ValueError: if it is not JSON
        RecursionError: if it is nested too deeply
    """
    try:
        return json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        # Python rejects integers of thousands of digits, which would lose the whole record.
        return json.loads(data, parse_int=_int)


def _int(text: str) -> int | float:
    return int(text) if len(text) <= 400 else float(text)
