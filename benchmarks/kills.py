"""Kills conversions at random moments, resumes them, and compares the results.

A round is one dataset: conversions of it are started and killed (``SIGKILL``) until one finishes,
and its dataset, clips and manifest are compared with those of an undisturbed run. After each kill,
no sample may exist twice and no clip may be incomplete. In every other round some sources are
exchanged after the first kill, so that samples are replaced.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import fiftyone as fo
import psutil
from fiftyone_action100m.converters.report import read_report
from kills_fork import Forked
from kills_state import (
    Expected,
    clip_hashes,
    differences,
    faults,
    manifest_lines,
    sample_count,
)
from material import small_record, write_parquet, write_video
from measure import table

CLIP_SECONDS = 4
#: Lengths (seconds) and rates of the sources that the videos share; the last one is encoded.
_SOURCES = ((6.0, "25"), (5.0, "30000/1001"), (3.0, "24"), (6.0, "12"))
#: One video in this many has another source until a round's first kill.
_EXCHANGED = 5
#: Where kills are aimed, and their weights out of 20.
_AIMS = {"anywhere": 11, "insertion": 5, "last clips": 3, "start": 1}
#: Seconds after which a conversion counts as hanging.
_HANGS = 300.0


@dataclass(frozen=True)
class Material:
    """The input of the conversions.

    Attributes:
        records: the Parquet file
        videos: the folder of sources
        before: for each video whose source is exchanged, its first source
        after: and the source that replaces it
    """

    records: Path
    videos: Path
    before: dict[Path, Path]
    after: dict[Path, Path]

    def put(self, files: dict[Path, Path]) -> None:
        """Links sources into the folder of videos."""
        for place, source in files.items():
            place.unlink(missing_ok=True)
            place.hardlink_to(source)


def run(folder: Path, kills: int, videos: int, seed: int, fork: bool) -> bool:
    """Kills conversions and prints the result.

    Args:
        folder: for the material and the output
        kills: number of kills
        videos: videos of each dataset
        seed: for the moments of the kills
        fork: whether to fork conversions off this process, which has imported FiftyOne, instead of
            starting a command for each

    Returns:
        whether nothing differed
    """
    material = _material(folder, videos)
    soak = _Soak(folder, material, random.Random(seed), fork)
    print(f"\n{kills} kills of conversions of {videos} videos, seed {seed}", flush=True)
    soak.calm()
    print(f"  an undisturbed run takes {soak.span:.1f} s", flush=True)
    while soak.killed < kills and not soak.found:
        soak.round(kills)
        print(f"  {soak.killed} kills, {soak.rounds} datasets", file=sys.stderr, flush=True)
    rows = [(name, str(count)) for name, count in sorted(soak.moments.items())]
    table("What the kills met", ("", "kills"), rows)
    for line in soak.found:
        print(f"  DIFFERS: {line}", flush=True)
    verdict = "FAILED" if soak.found else "equal"
    print(f"  {soak.killed} kills, {soak.rounds} datasets compared: {verdict}", flush=True)
    return not soak.found


def _material(folder: Path, videos: int) -> Material:
    """Makes records and sources; the sources are hard links to a few files."""
    kept = []
    for number, (seconds, rate) in enumerate(_SOURCES):
        size, encode = ("320x240", True) if number == len(_SOURCES) - 1 else ("64x48", False)
        path = folder / "sources" / f"{number}.mp4"
        kept.append(write_video(path, seconds, fps=rate, size=size, encode=encode))
    uids = [f"video-{i:04d}" for i in range(videos)]
    records = folder / "records.parquet"
    write_parquet(records, [small_record(uid) for uid in uids], group=40)
    place = folder / "videos"
    place.mkdir()
    before, after = {}, {}
    for i, uid in enumerate(uids):
        source = kept[-1] if i % 12 == 7 else kept[i % (len(kept) - 1)]
        path = place / f"{uid}.mp4"
        path.hardlink_to(source)
        if i % _EXCHANGED == 2:
            after[path] = source
            before[path] = kept[(kept.index(source) + 1) % len(kept)]
    return Material(records, place, before, after)


class _Soak:
    """The rounds and their findings."""

    def __init__(self, folder: Path, material: Material, draw: random.Random, fork: bool) -> None:
        self.folder = folder
        self.fork = fork
        self.material = material
        self.draw = draw
        self.found: list[str] = []
        self.moments: Counter[str] = Counter()
        self.killed = self.rounds = 0
        self.span = 0.0
        self.expected: Expected
        self.whole: dict[str, set[str]] = {}

    def calm(self) -> None:
        """Makes the undisturbed dataset and measures how long that takes."""
        self.material.put(self.material.before)
        before = self._undisturbed("kills-before")
        self.material.put(self.material.after)
        run = self._undisturbed("kills-calm")
        self.expected = Expected.of(run.name, run.out)
        for hashes in (clip_hashes(before.out), self.expected.clips):
            for clip, digest in hashes.items():
                self.whole.setdefault(clip, set()).add(digest)
        before.clear()

    def _undisturbed(self, name: str) -> _Run:
        run = _Run(self.folder, self.material, name, self.fork)
        run.start()
        run.wait_until(run.has_begun)
        begun = time.monotonic()
        run.wait_until(lambda: read_report(run.out).get("stopped") == "")
        self.span = time.monotonic() - begun
        run.finish()
        if run.code:
            raise RuntimeError(f"the undisturbed run ended with {run.code}: {run.said()}")
        return run

    def round(self, kills: int) -> None:
        """Makes one dataset, with kills on the way, and compares it."""
        run = _Run(self.folder, self.material, f"kills-{self.rounds}", self.fork)
        self.rounds += 1
        exchange = self.rounds % 2 == 0
        if exchange:
            self.material.put(self.material.before)
            run.arguments.append("--replace")
        finished = False
        while not finished and not self.found:
            run.start()
            if self.killed < kills and self._kill(run):
                self.killed += 1
                self._look(run)
            else:
                run.finish()
                # With the first sources, the result is not final yet.
                finished = not exchange
            if exchange:
                self.material.put(self.material.after)
                exchange = False
        if run.code == 0:
            self.found += differences(self.expected, run.name, run.out)
        elif not self.found:
            self.found.append(f"{run.name}: a run ended with {run.code}: {run.said()}")
        if not self.found:
            run.clear()

    def _kill(self, run: _Run) -> bool:
        """Kills a run at a random moment; False if it ended before."""
        aim = self.draw.choices(list(_AIMS), list(_AIMS.values()))[0]
        group = self.draw.random() < 0.5
        if aim == "start":
            run.wait_for(self.draw.uniform(0, 4))
        else:
            run.wait_until(run.has_begun)
        if aim == "anywhere":
            run.wait_for(self.draw.uniform(0, self.span))
        elif aim == "insertion":
            there = sample_count(run.name)
            run.wait_until(lambda: sample_count(run.name) != there)
            run.wait_for(self.draw.uniform(0, 0.02))
        elif aim == "last clips":
            last = len(self.expected.clips) - 1
            run.wait_until(lambda: manifest_lines(run.out) >= last)
            run.wait_for(self.draw.uniform(0, 0.3))
        if not run.kill(group):
            return False
        self.moments[f"aimed at: {aim}"] += 1
        self.moments["the process group" if group else "the process alone"] += 1
        return True

    def _look(self, run: _Run) -> None:
        """Records and checks the state that a killed run has left."""
        clips = run.out / "clips"
        names = [p.name for p in clips.iterdir()] if clips.is_dir() else []
        samples = sample_count(run.name)
        made = sum(not name.startswith(".") for name in names)
        if samples is None:
            self.moments["met: no dataset yet"] += 1
        elif not made:
            self.moments["met: a dataset, no clip yet"] += 1
        elif made < len(self.expected.clips):
            self.moments["met: clips being made"] += 1
        elif samples < len(self.expected.samples):
            self.moments["met: all clips, not all samples"] += 1
        else:
            self.moments["met: all clips and samples"] += 1
        if samples and samples % 100 and samples < len(self.expected.samples):
            self.moments["and: part of a batch stored"] += 1
        if made < len(names):
            self.moments["and: a clip half made"] += 1
        self.found += faults(self.expected, self.whole, run.name, run.out)


class _Run:
    """Conversions into one dataset, one after the other, each in its own process."""

    def __init__(self, folder: Path, material: Material, name: str, fork: bool) -> None:
        self.name = name
        self.fork = fork
        self.out = folder / name
        self.log = folder / f"{name}.log"
        self.arguments = [
            "convert", str(material.records), "--videos", str(material.videos), "--name", name,
            "--out", str(self.out), "--clip-seconds", str(CLIP_SECONDS),
        ]  # fmt: skip
        self.process: subprocess.Popen[bytes] | Forked

    @property
    def code(self) -> int | None:
        return self.process.returncode

    def start(self) -> None:
        """Starts a conversion."""
        if self.fork:
            self.process = Forked(self.arguments, self.log)
            return
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fiftyone_action100m.cli", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def has_begun(self) -> bool:
        """Returns whether it has opened its manifest: importing FiftyOne takes seconds."""
        try:
            files = psutil.Process(self.process.pid).open_files()
        except psutil.Error:
            return False
        return any(f.path.endswith("manifest.jsonl") for f in files)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits until a condition holds or the process has ended."""
        end = time.monotonic() + _HANGS
        while self.process.poll() is None and not condition():
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} hangs: {self.said()}")
            time.sleep(0.002)

    def wait_for(self, seconds: float) -> None:
        """Waits for some seconds or until the process has ended."""
        end = time.monotonic() + seconds
        self.wait_until(lambda: time.monotonic() >= end)

    def kill(self, group: bool) -> bool:
        """Kills the process, alone or with its group; False if it has ended already."""
        if self.process.poll() is not None:
            return False
        (os.killpg if group else os.kill)(self.process.pid, signal.SIGKILL)
        return self.process.wait() == -signal.SIGKILL

    def finish(self) -> None:
        """Waits for its end."""
        self.process.wait(_HANGS)

    def said(self) -> str:
        """Returns the end of its output."""
        return self.log.read_text(errors="replace")[-1500:]

    def clear(self) -> None:
        """Deletes the dataset and the files."""
        fo.delete_dataset(self.name)
        shutil.rmtree(self.out)
        self.log.unlink()
