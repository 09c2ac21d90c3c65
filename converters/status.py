"""The state of a conversion, sharded or not, read from its manifests and clips."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..core.exit_codes import EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL
from ..core.wording import count
from .manifest import (
    FAILED,
    OK,
    LockedError,
    Manifest,
    ManifestError,
    ManifestRow,
    only_writer,
)
from .report import UNFINISHED, count_lines, read_report
from .shards.folder import ShardFolder, is_sharded
from .written import CLIPS, MANIFEST, SHARDS

logger = logging.getLogger(__name__)


@dataclass
class Status:
    """The state of a conversion.

    Attributes:
        folder: its output folder
        shards: number of shards, 0 if it is not sharded
        begun: number of shards begun
        done: number of complete shards
        planned: number of videos in the shards, or that the last run was to convert
        failed: shards that the last run abandoned, and why
        stopped: why the last run did not finish, empty if it did
    """

    folder: Path
    shards: int = 0
    begun: int = 0
    done: int = 0
    planned: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    stopped: str = ""

    def rows(self) -> Iterator[ManifestRow]:
        """Yields each video's last row, as ``no-clip`` if its clip is missing."""
        sizes = _sizes(self.folder / CLIPS)
        for row in self._rows():
            size = (row.clip or {}).get("size_bytes")
            if row.status != OK or sizes.get(f"{row.key}.mp4", -1) == size:
                yield row
            else:
                message = (
                    f"the clip of {row.key} is missing or changed: the same command makes it again"
                )
                yield replace(row, status=FAILED, reason="no-clip", message=message)

    def _rows(self) -> Iterator[ManifestRow]:
        if not self.shards:
            with Manifest(self.folder, write=False) as manifest:
                yield from manifest
            return
        for manifest in ShardFolder(self.folder).manifests():
            yield from manifest

    def __post_init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.examples: dict[tuple[str, str], str] = {}
        for row in self.rows():
            key = row.status, row.reason
            self.counts[key] += 1
            if row.message:
                self.examples.setdefault(key, row.message)

    @property
    def ok(self) -> int:
        """Number of videos that have their clip."""
        return sum(n for (status, _), n in self.counts.items() if status == OK)

    @property
    def exit_code(self) -> int:
        """0 if every video has its clip, 3 if some have, 4 if none has."""
        if not self.ok:
            return EXIT_NOTHING
        is_whole = self.ok == self.total and self.done == self.shards and not self.stopped
        return EXIT_OK if is_whole else EXIT_PARTIAL

    @property
    def total(self) -> int:
        """Number of videos of the conversion, as far as known."""
        return max(self.counts.total(), self.planned)

    def __str__(self) -> str:
        place = self.folder / (MANIFEST if not self.shards else SHARDS)
        lines = [
            f"{self.ok:,} of {count(self.total, 'video')} have their clip, according to {place}"
        ]
        if self.stopped:
            left = self.total - self.counts.total()
            lines.append(
                self.stopped + (f"; {count(left, 'video')} not reached yet" if left else "")
            )
        if self.shards:
            text = f"{self.done:,} of {count(self.shards, 'shard')} complete"
            begun = self.begun - self.done
            lines.append(text + (f", {begun:,} in progress" if begun else ""))
        lines += (f"  shard {n} was abandoned: {why}" for n, why in sorted(self.failed.items()))
        return "\n".join(lines + count_lines(self.counts, self.examples))


def read_status(folder: Path) -> Status | None:
    """Returns the state of the conversion in an output folder, None if there is none."""
    if not is_sharded(folder):
        if not (folder / MANIFEST).exists():
            return None
        report = read_report(folder)
        total, stopped = report.get("total"), report.get("stopped")
        return Status(
            folder,
            planned=total if stopped and isinstance(total, int) else 0,
            stopped=_why_unfinished(folder, str(stopped)) if stopped else "",
        )
    shards = ShardFolder(folder)
    plan = shards.load_plan()
    assert plan is not None
    numbers = [shard.number for shard in plan.shards]
    return Status(
        folder,
        len(numbers),
        sum((shards.of(n) / MANIFEST).exists() for n in numbers),
        sum(shards.done(n) is not None for n in numbers),
        plan.total,
        {n: why for n, why in shards.abandoned().items() if shards.done(n) is None},
    )


def _why_unfinished(folder: Path, stopped: str) -> str:
    """Returns a sentence about a run that has not finished."""
    if stopped == UNFINISHED:
        try:
            only_writer(folder).close()
        except LockedError:
            return "A run is in progress"
        except (OSError, ManifestError) as error:
            # Another user's folder, or one without locks: a run may be in progress there.
            logger.info("Whether a run is in progress cannot be told: %s", error)
        stopped = "killed"
    return f"The last run ended early ({stopped}): the same command resumes it"


def _sizes(folder: Path) -> dict[str, int]:
    """Returns the size of each file of a folder in bytes."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}
    return {}
