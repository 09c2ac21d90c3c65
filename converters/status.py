"""What became of each video of a conversion, in shards or not, read from its manifests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .manifest import FILE_NAME, OK, Manifest, Row
from .report import EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL, count_lines
from .shards.folder import ShardFolder, is_sharded


@dataclass
class Status:
    """How a conversion stands.

    Attributes:
        folder: its output folder
        shards: how many shards there are, 0 if there are none
        begun: how many of them have been begun
        done: how many of them are worked through
        planned: how many videos are in them
        failed: shards that the last run gave up, and why
    """

    folder: Path
    shards: int = 0
    begun: int = 0
    done: int = 0
    planned: int = 0
    failed: dict[int, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Yields each video's last row."""
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
        """Videos that have their clip."""
        return sum(n for (status, _), n in self.counts.items() if status == OK)

    @property
    def exit_code(self) -> int:
        """0 if every video has its clip, 3 if some have, 4 if none has."""
        if not self.ok:
            return EXIT_NOTHING
        is_whole = self.ok == self.counts.total() and self.done == self.shards
        return EXIT_OK if is_whole else EXIT_PARTIAL

    def __str__(self) -> str:
        place = self.folder / (FILE_NAME if not self.shards else "shards")
        total = max(self.counts.total(), self.planned)
        lines = [f"{self.ok} of {total} videos have their clip, according to {place}"]
        if self.shards:
            text = f"{self.done} of {self.shards} shards are done"
            open_ones = self.begun - self.done
            lines.append(text + (f", {open_ones} are begun" if open_ones else ""))
        lines += (f"  shard {n} was given up: {why}" for n, why in sorted(self.failed.items()))
        return "\n".join(lines + count_lines(self.counts, self.examples))


def read_status(folder: Path) -> Status | None:
    """Returns how the conversion of an output folder stands, None if there is none."""
    if not is_sharded(folder):
        return Status(folder) if (folder / FILE_NAME).exists() else None
    shards = ShardFolder(folder)
    plan = shards.load_plan()
    assert plan is not None
    numbers = [shard.number for shard in plan.shards]
    return Status(
        folder,
        len(numbers),
        sum((shards.of(n) / FILE_NAME).exists() for n in numbers),
        sum(shards.done(n) is not None for n in numbers),
        plan.total,
        {n: why for n, why in shards.given_up().items() if shards.done(n) is None},
    )
