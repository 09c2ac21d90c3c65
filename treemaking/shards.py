"""Builds trees in shards of videos, on many processes or machines that share a folder.

The engine is that of :mod:`..converters.shards`: a coordinator hands out shards, each worker claims
one, and a dead worker's shard is handed out again. Features and captions are stored as in a build
without shards. Beside them are::

    OUT/build-shards/plan.json                      the videos of each shard, planned by each run
    OUT/build-shards/00007/manifest.jsonl           the outcome of each video, as it happens
    OUT/build-shards/00007/in-hand/ID               a video in progress
    OUT/build-shards/00007/records-00000.parquet    the shard's records
    OUT/build-shards/00007/done.json                the shard is complete; renamed into place

A complete shard is not processed again while its videos, their files, and everything that the
records depend on are the same. Workers do not import FiftyOne, except for models of its zoo.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections import defaultdict
from collections.abc import Generator, Mapping
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from ..converters.manifest import FAILED, OK, Manifest, only_writer
from ..converters.report import Progress
from ..converters.shards.coordinator import SEEN_WAIT, Coordinator
from ..converters.shards.engines import Engine, choose_engine
from ..converters.shards.folder import Done, ShardFolder, write_whole
from ..converters.shards.worker import POLL, ShardOutcome
from ..converters.written import MANIFEST
from ..core.option_error import OptionError
from .options import SHARDS, BuildOptions
from .run import Build
from .shard_work import BuildJob, build_shard
from .videos import absolute

#: Videos per shard: hours of work, of which an interrupted shard repeats little.
SHARD_SIZE = 100


class ShardedBuild(Build):
    """A build in shards. Iterate over :meth:`run`, then read :attr:`report`.

    Args:
        options: the build's options; ``workers`` is the number of videos that a worker decodes at
            once, one by default, and ``captions.requests`` the most calls of all workers
        shard_size: maximum number of videos per shard; None for :data:`SHARD_SIZE`
        processes: local processes; None for one per core, without a scheduler or executor
        scheduler: a Dask scheduler's address, or its file
        executor: an executor to use instead; it is left open

    Attributes:
        failed: the abandoned shards, and why

    Raises:
        OptionError: if an option cannot be used; nothing is written then
    """

    def __init__(
        self,
        options: BuildOptions,
        *,
        shard_size: int | None = None,
        processes: int | None = None,
        scheduler: str | None = None,
        executor: Executor | None = None,
    ) -> None:
        for option, value in (("shard_size", shard_size), ("processes", processes)):
            if value is not None and value < 1:
                raise OptionError(option, f"{option} is {value}: give 1 or more")
        self._engine = choose_engine(processes, scheduler, executor)
        super().__init__(options)
        self.folder = ShardFolder(self.out, SHARDS)
        self.failed: dict[int, str] = {}
        self.run_id = uuid4().hex[:12]
        self._size = shard_size or SHARD_SIZE
        self._shards: list[dict[str, Path]] = []
        self._keys: list[str] = []

    def run(self) -> Generator[Progress, None, None]:
        """Builds; yields the progress about once per second.

        Results are kept whenever the generator is closed; closing it early stops the workers.

        Raises:
            OptionError: if the scheduler does not answer
            ManifestError: if another run is writing to the same folder
        """
        if self.options.dry_run:
            yield from super().run()
            return
        self._shards = divide(self.videos, self._size)
        self._keys = [self._key(n) for n in range(len(self._shards))]
        with ExitStack() as stack:
            engine = stack.enter_context(self._engine())
            stack.enter_context(self.claimed())
            self._prepare()
            stack.callback(only_writer(self.folder.path).close)
            submit = partial(self._submit, engine)
            total = len(self._shards), len(self.videos)
            coordinator = Coordinator(self, *total, engine, submit)
            try:
                yield from coordinator.run()
            except (KeyboardInterrupt, GeneratorExit):
                self.report.stopped = "interrupted"
                raise
            finally:
                self._count(coordinator.done)
            if self.report.of(OK) and not self.report.stopped:
                self._gather(coordinator.done)

    def is_open(self, number: int, done: Done) -> bool:
        """Returns whether a complete shard is processed again."""
        calls = done.totals.get("calls") or ()
        files = done.totals.get("files", ())
        return (
            not done.is_whole
            or done.key != self._keys[number]
            or any(each["failures"] or each["waiting"] for each in calls)
            or not all((self.folder.of(number) / name).exists() for name in files)
        )

    def _key(self, number: int) -> str:
        """Returns a digest of everything that a shard depends on."""
        files = []
        for uid, video in self._shards[number].items():
            for path in (video, *self.texts.beside(video)):
                stat = path.stat() if path.exists() else None
                files.append(
                    [uid, str(absolute(path)), stat and stat.st_size, stat and stat.st_mtime_ns]
                )
        text = json.dumps([self.made_by(), number, files])
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:32]

    def _prepare(self) -> None:
        """Writes the plan, and removes what earlier runs have left of the shards to process."""
        self.folder.path.mkdir(exist_ok=True)
        self.folder.forget_stops()
        for number in range(len(self._shards)):
            done = self.folder.done(number)
            if done is None or self.is_open(number, done):
                (self.folder.of(number) / MANIFEST).unlink(missing_ok=True)
                shutil.rmtree(self.folder.of(number) / "in-hand", ignore_errors=True)
        plan = {"run": self.run_id, "shards": [list(videos) for videos in self._shards]}
        write_whole(self.folder.path / "plan.json", plan)

    def _submit(self, engine: Engine, number: int) -> Future[ShardOutcome]:
        options = self.options
        captions = options.captions
        prompts = captions.prompts and absolute(Path(captions.prompts).expanduser())
        requests = max(1, captions.requests // engine.at_once)
        options = replace(
            options,
            videos=absolute(Path(options.videos).expanduser()),
            out=self.out,
            workers=options.workers or 1,
            captions=replace(captions, prompts=prompts, requests=requests),
        )
        videos = {uid: absolute(video) for uid, video in self._shards[number].items()}
        job = BuildJob(options, number, videos, self.run_id, self._keys[number])
        return engine.executor.submit(build_shard, job)

    def _count(self, whole: Mapping[int, Done]) -> None:
        """Counts the outcomes of all shards."""
        for number, videos in enumerate(self._shards):
            done = whole.get(number)
            if done is not None:
                self.report.merge(asdict(done))
                self.report.add_sums(done.totals)
                continue
            left = set(videos)
            with Manifest(self.folder.of(number), write=False) as manifest:
                for row in manifest:
                    self.report.add(row.status, row.reason, row.message)
                    left.discard(row.key)
            if (reason := self.failed.get(number)) is not None:
                message = f"shard {number} was abandoned: {reason}"
                for _ in left:
                    self.report.add(FAILED, "shard-failed", message)
        self.report.seconds = self.report.progress.seconds

    def _gather(self, whole: Mapping[int, Done]) -> None:
        """Gives the records of all shards their names in the build's folder."""
        with self.records:
            for number, done in sorted(whole.items()):
                for name in done.totals["files"]:
                    self.records.take(_seen(self.folder.of(number) / name))
            self.records.finish()
        for number in self.folder.begun() - set(range(len(self._shards))):
            shutil.rmtree(self.folder.of(number), ignore_errors=True)
        self.finished()


def divide(videos: Mapping[str, Path], size: int) -> list[dict[str, Path]]:
    """Divides videos into shards, in their order.

    Files of equal size stay together: they may be identical, and one worker then computes their
    features and captions once.

    Args:
        videos: the videos by id
        size: maximum number per shard, unless more files have the same size
    """
    same: dict[int | str, list[str]] = defaultdict(list)
    for uid, path in videos.items():
        same[path.stat().st_size if path.exists() else uid].append(uid)
    shards: list[dict[str, Path]] = []
    for uids in same.values():
        if not shards or len(shards[-1]) + len(uids) > size:
            shards.append({})
        shards[-1].update((uid, videos[uid]) for uid in uids)
    return shards


def _seen(path: Path) -> Path:
    """Waits until this machine sees a file that another machine has written."""
    until = time.monotonic() + SEEN_WAIT
    while not path.exists() and time.monotonic() < until:
        time.sleep(POLL)
    return path
