"""The items that reading a source yields: records and failures."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.records import Record, RecordError


@dataclass(frozen=True)
class Failure:
    """A part of a source that could not be read as a record.

    Attributes:
        reason: ``corrupt-shard``, ``missing-column``, ``bad-json`` and so on, or the reason of a
            :class:`~...core.records.RecordError`
        message: what happened, and where
        where: the file, and the row or line, 0-based
        video_uid: the record's id, if it was read and is safe
    """

    reason: str
    message: str
    where: str
    video_uid: str | None = None


@dataclass(frozen=True)
class SourceRecord:
    """A record and its place: the file, and the row or line, 0-based."""

    record: Record
    where: str


def error_text(error: BaseException) -> str:
    """Returns an error's message on one line, cut at 300 characters; its type if it has none."""
    return " ".join(str(error).split())[:300] or type(error).__name__


def record_failure(error: RecordError, uid: object, where: str) -> Failure:
    """Returns the failure of an invalid record.

    Args:
        error: what is wrong with it
        uid: its id, unchecked
        where: its place
    """
    safe = uid if error.reason != "bad-id" and isinstance(uid, str) else None
    return Failure(error.reason, f"{where}: {error}", where, safe)
