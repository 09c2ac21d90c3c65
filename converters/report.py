"""What a conversion did, by status and reason, and how far it has come."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .manifest import FAILED, OK, SKIPPED

logger = logging.getLogger(__name__)

FILE_NAME = "report.json"

#: Reasons of ``ok``: left as it is, or written anew in place.
PRESENT, TO_REPLACE, REPLACED = "already in the dataset", "to replace", "replaced"

#: Exit codes, for scripts. 2 is what argparse gives for a wrong command line.
EXIT_OK = 0
EXIT_PARTIAL = 3
EXIT_NOTHING = 4
EXIT_INTERRUPTED = 130

#: Why a run ended early, as its report says while it runs: what is killed says nothing any more.
UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Progress:
    """How far a conversion has come.

    Attributes:
        done: videos dealt with, in whatever way
        total: videos to deal with, None if only reading the source would tell
        ok: of those done, the ones that are in the data set
        skipped: those there was nothing to be done with
        failed: those whose record or video could not be used
        seconds: since the start
        before: of those done, the ones that an earlier run has dealt with
        throttled: seconds until the site is asked again, None while it does not throttle
        at_most: whether there may be fewer than ``total``, as only reading the source would tell
        dry_run: whether they were looked at only: ``ok`` is what would be done
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
        """Videos a second so far."""
        return max(self.done - self.before, 0) / self.seconds if self.seconds else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds left at this rate, None if that cannot be said."""
        if self.total is None or self.at_most or self.done <= self.before:
            return None
        return max(self.total - self.done, 0) * self.seconds / (self.done - self.before)

    def __str__(self) -> str:
        total = "?" if self.total is None else str(self.total)
        text = f"{self.done}/{total} videos{' at most' if self.at_most else ''}"
        text += f" looked at, {self.ok} usable" if self.dry_run else f", {self.ok} ok"
        text += f", {self.skipped} skipped" if self.skipped else ""
        text += f", {self.failed} failed" if self.failed else ""
        if self.throttled is not None:
            when = f"in {duration(self.throttled)}" if self.throttled else "now"
            return f"{text}; the site throttles, asked again {when}"
        if self.dry_run:
            return text  # how fast it looks says nothing of how fast it would be
        text += f", {self.rate:.1f} videos/s"
        return text + (f", {duration(self.eta)} left" if self.eta is not None else "")


@dataclass
class Report:
    """The outcome of one run.

    Attributes:
        counts: videos by (status, reason); the reason of ``ok`` says how: ``copy``, ``cut``,
            ``encode``, ``already there`` (the clip is), ``already in the dataset`` (another clip's
            sample is, and stays as it is) or ``replaced``
        warnings: how often each kind of repair was made
        repaired: how many records were repaired
        examples: for each (status, reason) but ``ok``, the first message
        stopped: why the run ended early, empty if it did not
        dry_run: whether all this is what would be done
        total: how many videos there are to deal with, None if only reading would tell
        at_most: whether there may be fewer than that
        dataset: the data set's name
        folder: where the clips and the manifest are
        samples: how many samples the data set has
        verb: what was done
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
            # A file may be called what is no text, which no terminal can show.
            shown = message.encode("utf-8", "replace").decode()
            self.examples.setdefault((status, reason), shown)

    def add_warnings(self, warnings: Mapping[str, int]) -> None:
        """Counts the repairs made to one record."""
        if warnings:
            self.repaired += 1
            self.warnings.update(warnings)

    def merge(self, other: Mapping[str, Any]) -> None:
        """Adds what another report has counted.

        Args:
            other: from :meth:`to_dict`
        """
        for count in other["counts"]:
            key = count["status"], count["reason"]
            self.counts[key] += count["videos"]
            if count["example"]:
                self.examples.setdefault(key, count["example"])
        self.repaired += other["repaired_records"]
        self.warnings.update(other["warnings"])

    def of(self, status: str) -> int:
        """Returns how many videos have a status."""
        return sum(n for (s, _), n in self.counts.items() if s == status)

    @property
    def done(self) -> int:
        """Videos dealt with."""
        return sum(self.counts.values())

    @property
    def progress(self) -> Progress:
        """How far the run has come."""
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
        """0 if every video is in the data set, 3 if some are, 4 if none is, 130 if interrupted."""
        if self.stopped == "interrupted":
            return EXIT_INTERRUPTED
        if not self.of(OK):
            return EXIT_NOTHING
        return EXIT_PARTIAL if self.stopped or self.of(OK) < self.done else EXIT_OK

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as JSON has it."""
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
                    "videos": count,
                    "example": self.examples.get((status, reason), ""),
                }
                for (status, reason), count in sorted(self.counts.items())
            ],
            "repaired_records": self.repaired,
            "warnings": dict(sorted(self.warnings.items())),
            "exit_code": self.exit_code,
        }

    def write(self, folder: Path, unfinished: bool = False) -> None:
        """Writes ``report.json`` into a folder, whole or, where there is no room, not at all.

        Args:
            folder: the conversion's output folder
            unfinished: whether the run goes on
        """
        path = folder / FILE_NAME
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
        lines = [f"{ok - left} of {done} videos {verb}{took}"]
        if self.dry_run and (there := self.counts[OK, "already there"]):
            lines[0] += f" ({there} clips are there already)"
        if left:
            lines[0] += f", {left} {PRESENT} and left as they are"
        if self.stopped:
            lines[0] += f"; stopped early: {self.stopped}"
        lines += count_lines(self.counts, self.examples, self.dry_run)
        anew = self.counts[OK, TO_REPLACE], self.counts[OK, REPLACED]
        if any(anew):
            what = f"would replace {anew[0]}" if anew[0] else f"replaced {anew[1]}"
            lines.append(f"  {what}: ids, tags and fields that are not written stay")
        if self.warnings:
            kinds = ", ".join(f"{kind} {n}" for kind, n in self.warnings.most_common())
            lines.append(f"  {self.repaired} records were repaired: {kinds}")
        if not self.dry_run:
            where = f"{self.samples} samples; clips in {self.folder}"
            lines.append(f"Data set {self.dataset!r}: {where}")
        return "\n".join(lines)


def read_report(folder: Path) -> dict[str, Any]:
    """Returns a folder's ``report.json``; nothing where there is none that can be read."""
    try:
        values = json.loads((folder / FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def count_lines(
    counts: Mapping[tuple[str, str], int],
    examples: Mapping[tuple[str, str], str],
    dry_run: bool = False,
) -> list[str]:
    """Returns a table of counts by status and reason, with an example of each that went wrong.

    Where nothing was done yet, ``plan`` stands for ``ok``.
    """
    lines = []
    for (status, reason), count in sorted(counts.items(), key=lambda item: (item[0][0], -item[1])):
        shown = "plan" if dry_run and status == OK else status
        line = f"  {count:>7}  {shown:<7} {reason}"
        example = examples.get((status, reason))
        lines.append(f"{line}: e.g. {' '.join(example.split())[:200]}" if example else line)
    return lines


def duration(seconds: float | None) -> str:
    """Returns seconds as people read them: ``8.2 s``, ``3 min 20 s``, ``5 h 12 min``."""
    if seconds is None:
        return "?"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
