"""The files of a sharded conversion in its output folder, which all machines share.

::

    OUT/clips/ID.mp4
    OUT/shards/plan.json              the shards of the source; written once
    OUT/shards/run.json               the last run: whether it has ended, which shards it abandoned
    OUT/shards/present-RUN            videos that the dataset had when the run began
    OUT/shards/00007/manifest.jsonl   the outcome of each video of a shard, as it happens
    OUT/shards/00007/in-hand/ID       a video whose clip is being made
    OUT/shards/00007/done.json        the shard is complete; renamed into place
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..manifest import Manifest, parse_row
from ..storing.present import Listed
from ..written import MANIFEST, SHARDS
from .plan import PlanError, ShardPlan

FOLDER = SHARDS

#: The mark of reviewed videos in the list of the dataset's videos.
_REVIEWED = "\t"

#: The age of a stop file in seconds after which no worker looks for it.
_STOP_FILE_AGE_S = 86400.0


def is_sharded(out: Path) -> bool:
    """Returns whether a folder holds a sharded conversion."""
    return ShardFolder(out).has_plan()


def write_whole(path: Path, value: Mapping[str, Any]) -> None:
    """Writes JSON atomically."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", errors="replace") as file:
            json.dump(value, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@dataclass(frozen=True)
class Done:
    """The result of a complete shard.

    Attributes:
        run: the coordinator's run that asked for it
        counts: videos by status and reason, with an example of each failure
        repaired_records: number of repaired records
        warnings: number of repairs by kind
        manifest_bytes: length of its manifest, which grows when anything changes
        seconds: seconds that it took
        host: the worker that completed it
        key: identifies the results, if each run plans its shards anew
        totals: further counts
    """

    run: str
    counts: list[dict[str, Any]]
    repaired_records: int
    warnings: dict[str, int]
    manifest_bytes: int
    seconds: float
    host: str = ""
    key: str = ""
    totals: dict[str, Any] = field(default_factory=dict)

    @property
    def videos(self) -> Counter[str]:
        """Number of videos by status."""
        counts: Counter[str] = Counter()
        for count in self.counts:
            counts[count["status"]] += count["videos"]
        return counts

    @property
    def is_whole(self) -> bool:
        """Whether every video has its clip."""
        return all(count["status"] == "ok" for count in self.counts)


@dataclass
class Tally:
    """Counts the videos of a shard by status while its manifest grows.

    Attributes:
        path: the manifest
    """

    path: Path
    _read: int = 0
    _last: dict[str, str] = field(default_factory=dict)

    def counts(self) -> Counter[str]:
        """Reads the new rows, and returns the number of videos by status."""
        try:
            with self.path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except OSError:
            data = b""
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            row = parse_row(line)
            if row:
                self._last[row.key] = row.status
        return Counter(self._last.values())


class ShardFolder:
    """The shards of an output folder.

    Args:
        out: the output folder
        name: the name of the shards' folder in it
    """

    def __init__(self, out: Path, name: str = FOLDER) -> None:
        self.out = out
        self.path = out / name

    def has_plan(self) -> bool:
        """Returns whether the shards are planned."""
        return (self.path / "plan.json").is_file()

    def of(self, number: int) -> Path:
        """Returns a shard's folder."""
        return self.path / f"{number:05d}"

    def begun(self) -> set[int]:
        """Returns the numbers of the shards that a worker has begun."""
        return {int(path.name) for path in self.path.iterdir() if path.name.isdigit()}

    def load_plan(self, token: str | None = None) -> ShardPlan | None:
        """Returns the plan, None if there is none.

        Args:
            token: the Hub's access token

        Raises:
            PlanError: if it cannot be read
        """
        try:
            value = json.loads((self.path / "plan.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise PlanError(f"{self.path / 'plan.json'}: {error}") from None
        return ShardPlan.from_dict(value, token)

    def save_plan(self, plan: ShardPlan) -> None:
        """Writes the plan."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_whole(self.path / "plan.json", plan.to_dict())

    def done(self, number: int) -> Done | None:
        """Returns the result of a shard, None if it is not complete."""
        try:
            return Done(**json.loads((self.of(number) / "done.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def mark_done(self, number: int, done: Done) -> None:
        """Records that a shard is complete."""
        write_whole(self.of(number) / "done.json", asdict(done))

    def manifest_bytes(self, number: int) -> int:
        """Returns the length of a shard's manifest in bytes."""
        try:
            return (self.of(number) / MANIFEST).stat().st_size
        except OSError:
            return 0

    def tally(self, number: int) -> Tally:
        """Returns a counter of a shard's videos."""
        return Tally(self.of(number) / MANIFEST)

    def manifests(self) -> Iterator[Manifest]:
        """Yields each shard's manifest, open for reading."""
        for path in sorted(self.path.glob(f"*/{MANIFEST}")):
            with Manifest(path.parent, write=False) as manifest:
                yield manifest

    def present_file(self, run: str) -> Path:
        """Returns the file that lists the videos that the dataset had when a run began."""
        return self.path / f"present-{run}"

    def list_present(self, run: str, uids: Iterable[str], reviewed: Iterable[str] = ()) -> bool:
        """Writes that list and removes those of other runs; False if there is nothing to list.

        Args:
            run: the run
            uids: the ids of the dataset's videos
            reviewed: those that somebody has reviewed, which are marked in the list
        """
        for old in self.path.glob("present-*"):
            old.unlink(missing_ok=True)
        kept = frozenset(reviewed)
        lines = "".join(
            f"{uid}{_REVIEWED if uid in kept else ''}\n" for uid in uids if uid.isprintable()
        )
        if lines:
            file = self.present_file(run)
            temporary = file.with_name(f".{file.name}.tmp")
            temporary.write_text(lines, "utf-8", errors="replace")
            temporary.replace(file)
        return bool(lines)

    def read_present(self, run: str) -> Listed:
        """Reads that list.

        Raises:
            OSError: if it cannot be read
        """
        lines = self.present_file(run).read_text("utf-8").splitlines()
        uids = [line.removesuffix(_REVIEWED) for line in lines]
        return Listed(uids, (line[:-1] for line in lines if line.endswith(_REVIEWED)))

    def stop_file(self, run: str) -> Path:
        """Returns the file whose existence stops a run's workers everywhere."""
        return self.path / f"stop-{run}"

    def forget_stops(self) -> None:
        """Removes old stop files."""
        for old in self.path.glob("stop-*"):
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > _STOP_FILE_AGE_S:
                    old.unlink()

    def save_run(self, run: str, ended: bool, failed: Mapping[int, str]) -> None:
        """Records the state of a run, for processes that ingest in the meantime."""
        abandoned = {str(number): reason for number, reason in failed.items()}
        write_whole(self.path / "run.json", {"run": run, "ended": ended, "failed": abandoned})

    def has_ended(self) -> bool:
        """Returns whether the last run has recorded its end."""
        return bool(self._run().get("ended"))

    def abandoned(self) -> dict[int, str]:
        """Returns the shards that the last run abandoned, and why."""
        return {int(number): reason for number, reason in self._run().get("failed", {}).items()}

    def _run(self) -> dict[str, Any]:
        try:
            return dict(json.loads((self.path / "run.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return {}
