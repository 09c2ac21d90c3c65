"""The outcome of a conversion by status and reason, and its progress."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.exit_codes import EXIT_INTERRUPTED, EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL
from ..core.labels import count_frameless
from ..core.records import Record
from ..core.wording import count
from .clips.media import Clip
from .manifest import FAILED, OK, SKIPPED
from .written import REPORT

logger = logging.getLogger(__name__)

#: Reasons of ``ok``: left unchanged, or rewritten in place.
PRESENT, TO_REPLACE, REPLACED = "already in the dataset", "to replace", "replaced"

#: ``stopped`` in the report of a run in progress, which stays there if the run is killed.
UNFINISHED = "unfinished"

#: Seconds by which a video may end before its tree does without a warning.
_LENGTH_TOLERANCE_S = 2.0


@dataclass(frozen=True)
class Progress:
    """The progress of a conversion.

    Attributes:
        done: videos processed (any outcome)
        total: videos to process, None if only reading the source would tell
        ok: processed videos that are in the dataset
        skipped: processed videos with nothing to convert
        failed: processed videos whose record or video could not be used
        seconds: seconds since the start
        before: processed videos from an earlier run
        throttled: seconds until requests continue, None while the site does not throttle
        at_most: whether ``total`` is an upper bound
        dry_run: whether nothing is written and ``ok`` counts videos that a run would convert
    """

    done: int
    total: int | None
    ok: int
    skipped: int
    failed: int
    seconds: float
    before: int = field(default=0, kw_only=True)
    throttled: float | None = field(default=None, kw_only=True)
    at_most: bool = field(default=False, kw_only=True)
    dry_run: bool = field(default=False, kw_only=True)

    @property
    def rate(self) -> float:
        """Videos per second so far."""
        return max(self.done - self.before, 0) / self.seconds if self.seconds else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds left at this rate, None if unknown."""
        if self.total is None or self.at_most or self.done <= self.before:
            return None
        return max(self.total - self.done, 0) * self.seconds / (self.done - self.before)

    def __str__(self) -> str:
        total = "?" if self.total is None else str(self.total)
        text = f"{self.done}/{total} videos{' at most' if self.at_most else ''}"
        text += f" checked, {self.ok} usable" if self.dry_run else f", {self.ok} ok"
        text += f", {self.skipped} skipped" if self.skipped else ""
        text += f", {self.failed} failed" if self.failed else ""
        if self.throttled is not None:
            when = f"in {duration(self.throttled)}" if self.throttled else "now"
            return f"{text}; the site throttles, asked again {when}"
        if self.dry_run:
            return text  # the rate of checking says nothing about that of converting
        text += f", {self.rate:.1f} videos/s"
        return text + (f", {duration(self.eta)} left" if self.eta is not None else "")


@dataclass
class Report:
    """The outcome of one run.

    Attributes:
        counts: videos by (status, reason); the reason of ``ok`` is how the clip was made
            (``copy``, ``cut``, ``encode``), ``already there`` (the clip existed), ``already in the
            dataset`` (a sample of another clip existed and is unchanged) or ``replaced``
        warnings: number of repairs by kind
        repaired: number of repaired records
        examples: the first message of each (status, reason)
        stopped: why the run ended early, empty if it did not
        dry_run: whether the report says what a run would do
        total: videos to process, None if only reading the source would tell
        at_most: whether ``total`` is an upper bound
        dataset: the dataset's name
        folder: the folder of the clips and the manifest
        samples: number of samples of the dataset
        verb: past participle for the summary line
    """

    dataset: str = ""
    folder: str = ""
    dry_run: bool = False
    total: int | None = None
    at_most: bool = False
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    repaired: int = 0
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    stopped: str = ""
    samples: int = 0
    verb: str = "converted"
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def add(self, status: str, reason: str, message: str = "") -> None:
        """Counts one video."""
        self.counts[status, reason] += 1
        if message:
            # A file name may hold bytes that no terminal can show.
            shown = message.encode("utf-8", "replace").decode()
            self.examples.setdefault((status, reason), shown)

    def add_warnings(self, warnings: Mapping[str, int]) -> None:
        """Counts the repairs of one record."""
        if warnings:
            self.repaired += 1
            self.warnings.update(warnings)

    def merge(self, other: Mapping[str, Any]) -> None:
        """Adds the counts of another report.

        Args:
            other: the other report, from :meth:`to_dict`
        """
        for row in other["counts"]:
            key = row["status"], row["reason"]
            self.counts[key] += row["videos"]
            if row["example"]:
                self.examples.setdefault(key, row["example"])
        self.repaired += other["repaired_records"]
        self.warnings.update(other["warnings"])

    def of(self, status: str) -> int:
        """Returns the number of videos with a status."""
        return sum(n for (s, _), n in self.counts.items() if s == status)

    @property
    def done(self) -> int:
        """Number of videos processed (any outcome)."""
        return sum(self.counts.values())

    @property
    def progress(self) -> Progress:
        """The progress of the run."""
        return Progress(
            self.done,
            None if self.total is None else max(self.total, self.done),
            self.of(OK),
            self.of(SKIPPED),
            self.of(FAILED),
            time.monotonic() - self.started,
            at_most=self.at_most,
            dry_run=self.dry_run,
        )

    @property
    def exit_code(self) -> int:
        """0 if every video is in the dataset, 3 if some are, 4 if none is, 130 if interrupted."""
        if self.stopped == "interrupted":
            return EXIT_INTERRUPTED
        if not self.of(OK):
            return EXIT_NOTHING
        return EXIT_PARTIAL if self.stopped or self.of(OK) < self.done else EXIT_OK

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as plain JSON values."""
        return {
            "dataset": self.dataset,
            "folder": self.folder,
            "dry_run": self.dry_run,
            "stopped": self.stopped,
            "total": None if self.at_most else self.total,
            "seconds": round(self.seconds, 3),
            "samples": self.samples,
            "counts": [
                {
                    "status": status,
                    "reason": reason,
                    "videos": videos,
                    "example": self.examples.get((status, reason), ""),
                }
                for (status, reason), videos in sorted(self.counts.items())
            ],
            "repaired_records": self.repaired,
            "warnings": dict(sorted(self.warnings.items())),
            "exit_code": self.exit_code,
        }

    def write(self, folder: Path, unfinished: bool = False) -> None:
        """Writes ``report.json`` atomically; logs an error if the disk is full.

        Args:
            folder: the conversion's output folder
            unfinished: whether the run is still in progress
        """
        path = folder / REPORT
        temporary = path.with_suffix(".tmp")
        values = self.to_dict() | ({"stopped": UNFINISHED} if unfinished else {})
        text = json.dumps(values, indent=2, ensure_ascii=False)
        try:
            temporary.write_text(text, "utf-8", errors="replace")
            temporary.replace(path)
        except OSError as error:
            logger.error("The report cannot be written: %s", error)
            temporary.unlink(missing_ok=True)

    def __str__(self) -> str:
        verb = f"would be {self.verb}" if self.dry_run else self.verb
        ok, done = self.of(OK), self.done
        took = "" if self.dry_run else f" in {duration(self.seconds)}"
        left = self.counts[OK, PRESENT]
        lines = [f"{ok - left:,} of {count(done, 'video')} {verb}{took}"]
        if self.dry_run and (there := self.counts[OK, "already there"]):
            lines[0] += f" ({count(there, 'clip')} already there)"
        if left:
            lines[0] += f", {left:,} {PRESENT} and left unchanged"
        if self.stopped:
            lines[0] += f"; stopped early: {self.stopped}"
        lines += count_lines(self.counts, self.examples, self.dry_run)
        anew = self.counts[OK, TO_REPLACE], self.counts[OK, REPLACED]
        if any(anew):
            replaced = f"would replace {anew[0]}" if anew[0] else f"replaced {anew[1]}"
            lines.append(f"  {replaced}: ids, tags and fields that are not written are kept")
        if self.warnings:
            kinds = ", ".join(f"{kind} {n}" for kind, n in self.warnings.most_common())
            lines.append(f"  {count(self.repaired, 'record')} repaired: {kinds}")
        if not self.dry_run:
            samples = count(self.samples, "sample")
            lines.append(f"Dataset {self.dataset!r}: {samples}; clips in {self.folder}")
        return "\n".join(lines)


def warnings_of(record: Record, clip: Clip) -> Counter[str]:
    """Counts a record's repairs and the peculiarities of its video, by kind."""
    found = Counter(record.warnings)
    if clip.warnings:
        found["odd-video"] += 1
    if lost := count_frameless(record.tree, clip.frame_rate, clip.total_frame_count):
        found["node-without-frame"] = lost
    if clip.source_duration is not None:
        missing = (record.tree_end or 0.0) - clip.source_duration
        if missing > _LENGTH_TOLERANCE_S:
            found["video-shorter-than-tree"] += 1
    return found


def read_report(folder: Path) -> dict[str, Any]:
    """Returns a folder's ``report.json``; empty if there is none or it cannot be read."""
    try:
        values = json.loads((folder / REPORT).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def count_lines(
    counts: Mapping[tuple[str, str], int],
    examples: Mapping[tuple[str, str], str],
    dry_run: bool = False,
) -> list[str]:
    """Returns a table of counts by status and reason, each with an example of its messages.

    In a dry run, ``ok`` is shown as ``plan``.
    """
    lines = []
    for (status, reason), videos in sorted(counts.items(), key=lambda item: (item[0][0], -item[1])):
        shown = "plan" if dry_run and status == OK else status
        line = f"  {videos:>7}  {shown:<7} {reason}"
        example = examples.get((status, reason))
        lines.append(f"{line}: e.g. {' '.join(example.split())[:200]}" if example else line)
    return lines


def duration(seconds: float | None) -> str:
    """Formats a duration: ``8.2 s``, ``3 min 20 s``, ``5 h 12 min``."""
    if seconds is None:
        return "?"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
