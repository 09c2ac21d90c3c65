"""What reading a source yields: records, and what gave none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.records import Record, RecordError


@dataclass(frozen=True)
class Failure:
    """Something in a source that gave no record.

    Attributes:
        reason: a class such as ``corrupt-shard``, ``missing-column``, ``bad-json`` or a
            :class:`~...core.records.RecordError`'s
        message: what happened and where
        where: the file, and the row or line, 0-based
        video_uid: the record's id, if it got that far and is safe
    """

    reason: str
    message: str
    where: str
    video_uid: str | None = None


@dataclass(frozen=True)
class SourceRecord:
    """A record and where it stood."""

    record: Record
    where: str


def error_text(error: BaseException) -> str:
    """Returns what an error says, on one line and not too long; its type where it says nothing."""
    return " ".join(str(error).split())[:300] or type(error).__name__


def record_failure(error: RecordError, uid: Any, where: str) -> Failure:
    """Returns what a record that cannot be used leaves behind.

    Args:
        error: why
        uid: the record's id, unchecked
        where: where it stood
    """
    safe = uid if error.reason != "bad-id" and isinstance(uid, str) else None
    return Failure(error.reason, f"{where}: {error}", where, safe)
