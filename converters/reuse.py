"""Decides whether a video's outcome from an earlier run is still valid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..acquire.outcomes import PERMANENT
from .clips.media import Clip
from .clips.videos import stamp
from .manifest import OK, ManifestRow

#: Failures that do not depend on the video: they are always retried.
TRANSIENT = frozenset({"disk-full", "missing-file", "timeout"})

#: Failures that would recur in another run, even for videos from the web.
_LASTING = PERMANENT | {"too-large", "worker-died"}


def is_current(row: ManifestRow | None, settings_key: str, source: Path | None) -> bool:
    """Returns whether an earlier run made the clip that this run would make.

    Args:
        row: the video's last row
        settings_key: ``ClipSettings.key`` of this run
        source: the video's local file, None if it has none
    """
    if not row or row.status != OK or not row.clip or row.settings != settings_key:
        return False
    return source is None or not row.source_stamp or row.source_stamp == source_stamp(source)


def usable_clip(
    row: ManifestRow | None, settings_key: str, source: Path | None, target: Path
) -> Clip | None:
    """Returns an earlier run's clip if it is intact and what this run would make.

    Args:
        row: the video's last row
        settings_key: ``ClipSettings.key`` of this run
        source: the video's local file, None if it has none
        target: the clip's path
    """
    if not is_current(row, settings_key, source):
        return None
    assert row is not None and row.clip is not None
    try:
        clip = Clip.from_row({**row.clip, "path": str(target)})
        return clip if target.stat().st_size == clip.size_bytes else None
    except (OSError, KeyError, ValueError, TypeError):
        return None  # gone, or a row of another version: the clip is made again


def is_retried(row: ManifestRow, source: Path | None, retry: Sequence[str]) -> bool:
    """Returns whether a video that failed before is tried again.

    Args:
        row: the failure
        source: the video's local file, None if it comes from the web
        retry: the statuses and reasons of ``--retry``
    """
    if source is None and row.reason not in _LASTING:
        return True
    if row.reason in TRANSIENT or row.source_stamp != source_stamp(source):
        return True
    return not {row.status, row.reason, "all"}.isdisjoint(retry)


def source_stamp(source: Path | None) -> str:
    """Returns values that identify a source file's content; empty if it cannot be read."""
    try:
        return stamp(source) if source else ""
    except OSError:
        return ""
