"""A conversion in shards: planned, given out to workers, and added to the data set as they finish.

::

    plan ──> shards ──> Executor: processes, Dask, any ──> clips, manifests, done.json ──> data set
                 ^                                │                                         │
                 └── given out again: its worker died                 this process, others, or later

Whatever is killed, the same command goes on: who made which clip is in the shards' manifests, and
which shard's samples are in the data set is in MongoDB.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import asdict, replace
from uuid import uuid4

import fiftyone as fo

from ...acquire.disk import check_room, clip_bytes
from ...acquire.outcomes import FetchError
from ..clips.make import clean_stale
from ..manifest import FAILED, FILE_NAME, Manifest, only_writer
from ..options import ConvertOptions, OptionError, Resolved, cores, resolve
from ..reading.select import EVERYTHING
from ..report import Report
from ..storing.dataset import check_dataset, present_in
from ..storing.ingest import paused_gc
from ..storing.present import Present
from .coordinator import Coordinator, ShardProgress, is_open
from .engines import Engine, dask_engine, given_engine, local_engine
from .folder import ShardFolder
from .ingest import ShardIngest, open_ingest
from .plan import SHARD_SIZE, Plan, PlanError, PlannedShard, absolute, make_plan
from .work import ShardJob, ShardRun, is_chosen

logger = logging.getLogger(__name__)

#: Seconds after which nobody is about any more who would look for a stop file.
_STOP_FILES = 86400.0


class ShardConversion:
    """One run in shards. Iterate over :meth:`run`; then read :attr:`report`.

    Args:
        options: what to do; ``workers`` is how many clips a worker makes at once, one by default
        shard_size: the most videos in a shard; None for what the folder's plan has, or
            :data:`.plan.SHARD_SIZE`
        processes: local processes; None for one a core. Does not count with a scheduler or executor
        scheduler: a Dask scheduler's address, or its file
        executor: where shards are worked on instead; it is left open
        ingest: whether this process adds samples to the data set

    Attributes:
        dataset: the data set, once it is open
        failed: the shards that were given up, and why

    Raises:
        OptionError: if an option cannot be used; nothing has been touched then
    """

    def __init__(
        self,
        options: ConvertOptions,
        *,
        shard_size: int | None = None,
        processes: int | None = None,
        scheduler: str | None = None,
        executor: Executor | None = None,
        ingest: bool = True,
    ) -> None:
        _check(options, shard_size, processes)
        self.options = options
        self.what: Resolved = resolve(options)
        self.folder = ShardFolder(self.what.out)
        self.report = Report(options.name, str(self.what.out), options.dry_run)
        self.dataset: fo.Dataset | None = None
        self.failed: dict[int, str] = {}
        self.run_id = uuid4().hex[:12]
        self._shard_size = shard_size
        self._ingests = ingest
        self._lists = False
        self._engine = _engine(processes, scheduler, executor)

    def run(self) -> Generator[ShardProgress, None, None]:
        """Converts, and says how far it has come about once a second.

        The clips, the manifests and the data set are valid whenever it is left; the workers are
        told to stop where it is left early.

        Raises:
            OptionError: if the folder holds another conversion, or the scheduler does not answer
            DatasetError: if the data set must not be touched
            ManifestError: if another run is writing to the same folder
        """
        # Nothing is made before all that is named is there.
        plan = self._plan()
        there = self._look(plan)
        if self.options.dry_run:
            yield from self._dry_run(plan, there)
            return
        self._check_room(plan)
        with ExitStack() as stack:
            engine = stack.enter_context(self._engine())
            self.folder.path.mkdir(parents=True, exist_ok=True)
            stack.callback(only_writer(self.folder.path).close)
            plan = self._keep(plan)
            ingest = self._open_ingest()
            uids = ingest.present.uids() if ingest is not None and there else ()
            self._lists = self.folder.list_present(self.run_id, uids)
            self._forget_stops()
            clean_stale(self.what.clips)
            stack.enter_context(paused_gc())
            self.folder.save_run(self.run_id, False, {})
            try:
                yield from Coordinator(self, plan, ingest, engine).steps()
            except (KeyboardInterrupt, GeneratorExit):
                self.report.stopped = "interrupted"
                raise
            finally:
                self._close(plan)

    def _plan(self) -> Plan:
        """Returns the folder's plan, or makes one; nothing is written.

        Raises:
            OptionError: if the source cannot be divided, or the folder holds something else
        """
        options, parameters = self.options, self.options.parameters()
        if (self.what.out / FILE_NAME).exists():
            raise OptionError(
                "out",
                f"{self.what.out} holds a conversion without shards: go on without --shard-size, "
                "--processes and --scheduler, or choose another --out",
            )
        try:
            plan = self.folder.load_plan(options.token)
            if plan is None:
                logger.info("Planning shards")
                asked = options.selection, parameters, self._shard_size or SHARD_SIZE
                plan = make_plan(self.what.files, self.what.captions, *asked)
        except PlanError as error:
            raise OptionError("source", str(error)) from None
        self._check_plan(plan)
        return plan

    def _keep(self, plan: Plan) -> Plan:
        """Writes the plan, or returns the one that another run has written meanwhile."""
        known = self.folder.load_plan(self.options.token)
        if known is None:
            self.folder.save_plan(plan)
            return plan
        self._check_plan(known)
        return known

    def _look(self, plan: Plan) -> Present | None:
        """Returns what knows which videos the data set has, None where there is none to add to.

        Raises:
            DatasetError: if the data set must not be touched
        """
        if not self._ingests:
            return None
        options = self.options
        dataset = check_dataset(
            options.name,
            self.what.captions,
            plan.parameters,
            overwrite=options.overwrite,
            append=options.append,
        )
        return None if dataset is None else present_in(dataset)

    def _check_plan(self, plan: Plan) -> None:
        """Raises an :class:`OptionError` if a plan is another conversion's than this one's."""
        known, asked = dict(plan.parameters), self.options.parameters()
        differ = sorted(k for k in known.keys() | asked if known.get(k) != asked.get(k))
        if self._shard_size not in (None, plan.shard_size):
            differ.append("shard_size")
        chosen = absolute(self.options.selection.of_files(self.what.files))
        if not differ and [str(file) for file in plan.files] != [str(f) for f in chosen]:
            differ.append("the source's files")
        if differ:
            raise OptionError(
                "out",
                f"{self.folder.path} was planned for another conversion ({', '.join(differ)}): "
                "choose another --out; --append adds it to the same data set",
            )

    def _check_room(self, plan: Plan) -> None:
        if not self.options.fetch:
            return
        clip = self.options.clip
        made = sum(1 for _ in self.what.clips.glob("*.mp4")) if self.what.clips.is_dir() else 0
        each = clip_bytes(clip.clip_seconds, clip.max_height)
        try:
            check_room(self.what.out, max(0, plan.total - made), each, self.options.fetch.reserve)
        except FetchError as error:
            raise OptionError("out", str(error)) from None

    def _forget_stops(self) -> None:
        """Removes the stop files that nobody looks for any more."""
        for old in self.folder.path.glob("stop-*"):
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > _STOP_FILES:
                    old.unlink()

    def _open_ingest(self) -> ShardIngest | None:
        if not self._ingests:
            return None
        options = self.options
        ingest = open_ingest(
            self.what.out,
            options.name,
            append=options.append,
            replace=options.replace,
            overwrite=options.overwrite,
            token=options.token,
            provenance=options.provenance,
        )
        self.dataset = ingest.dataset
        return ingest

    def _dry_run(self, plan: Plan, there: Present | None) -> Iterator[ShardProgress]:
        """Says of each video what would be done, as the workers would decide it."""
        self.report.total = plan.total
        for shard in plan.shards:
            done = self.folder.done(shard.number)
            if done and not is_open(done, self.options):
                self.report.merge(asdict(done))
            else:
                run = ShardRun(self.job(plan, shard, 1), writes=False, present=there)
                for _ in run.run():
                    pass
                self.report.merge(run.report.to_dict())
            now = self.report.progress
            yield ShardProgress(
                **asdict(now), shards=len(plan.shards), shards_done=shard.number + 1
            )
        self.report.seconds = self.report.progress.seconds

    def job(self, plan: Plan, shard: PlannedShard, at_once: int) -> ShardJob:
        """Returns a shard as it travels to a worker.

        Args:
            plan: the plan
            shard: one of its shards
            at_once: how many workers share what may be asked of a site
        """
        videos = self.what.videos
        options = replace(
            self.options,
            out=self.what.out,
            videos=None if videos is None else videos.folder.absolute(),
            overwrite=False,
            append=False,
        )
        if options.fetch:
            limit = options.fetch.rate_limit
            options = replace(
                options,
                fetch=replace(
                    options.fetch,
                    pause=options.fetch.pause * at_once,
                    rate_limit=limit and max(1, limit // at_once),
                ),
            )
        files = {piece.file: plan.files[piece.file] for piece in shard.pieces}
        if all(is_chosen(piece, files[piece.file]) for piece in shard.pieces):
            # A long list of ids does not travel with each shard.
            chosen = replace(EVERYTHING, text=options.selection.text)
            options = replace(options, selection=chosen)
        return ShardJob(options, shard, files, self.run_id, self._lists)

    def _close(self, plan: Plan) -> None:
        """Brings the report up to date and leaves the folder tidy."""
        report = self.report
        for shard in plan.shards:
            done = self.folder.done(shard.number)
            if done:
                report.merge(asdict(done))
            elif (self.folder.of(shard.number) / FILE_NAME).exists() or shard.number in self.failed:
                self._count_part(shard)
        report.seconds = report.progress.seconds
        report.samples = len(self.dataset) if self.dataset is not None else 0
        self.folder.save_run(self.run_id, True, self.failed)
        self.folder.present_file(self.run_id).unlink(missing_ok=True)
        clean_stale(self.what.clips)
        report.write(self.what.out)

    def _count_part(self, shard: PlannedShard) -> None:
        """Counts what there is of a shard that is not worked through."""
        with Manifest(self.folder.of(shard.number), write=False) as manifest:
            for row in manifest:
                reason = row.clip.get("action", "") if row.clip else row.reason
                self.report.add(row.status, reason, row.message)
            left = shard.size - len(manifest)
        reason = self.failed.get(shard.number)
        if reason is not None:
            message = f"shard {shard.number} was given up: {reason}"
            for _ in range(left):
                self.report.add(FAILED, "shard-failed", message)


def _check(options: ConvertOptions, shard_size: int | None, processes: int | None) -> None:
    """Refuses what cannot be done in shards."""
    for option, value in (("shard_size", shard_size), ("processes", processes)):
        if value is not None and value < 1:
            raise OptionError(option, f"{option} is {value}: give 1 or more")
    if options.max_samples is not None:
        raise OptionError(
            "max_samples",
            "machines that work at once cannot stop together at a number of samples: use --random "
            "N, which draws N records, or leave --shard-size, --processes and --scheduler out",
        )


def _engine(
    processes: int | None, scheduler: str | None, executor: Executor | None
) -> Callable[[], AbstractContextManager[Engine]]:
    """Returns what brings workers up.

    Raises:
        OptionError: if more than one way was asked for
    """
    asked = {"processes": processes, "scheduler": scheduler, "executor": executor}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise OptionError(given[-1], f"give one of {' and '.join(given)}")
    if executor is not None:
        return lambda: given_engine(executor)
    if scheduler is not None:
        return lambda: dask_engine(scheduler)
    return lambda: local_engine(processes or cores())


def convert_shards(
    options: ConvertOptions,
    *,
    shard_size: int | None = None,
    processes: int | None = None,
    scheduler: str | None = None,
    executor: Executor | None = None,
    ingest: bool = True,
    progress: Callable[[ShardProgress], None] | None = None,
) -> tuple[fo.Dataset | None, Report]:
    """Turns Action100M records and their videos into a data set, in shards, on many processes.

    Running it again with the same options does what is missing. A script that calls it with local
    processes needs ``if __name__ == "__main__":``, as all that start processes do.

    Args:
        options: what to do; ``workers`` is how many clips a worker makes at once, one by default
        shard_size: the most videos in a shard; None for what an earlier run has chosen, or 100
        processes: local processes; None for one a core
        scheduler: the address of a Dask scheduler, or the file that it has written; instead of
            processes
        executor: where shards are worked on, instead of both: any ``concurrent.futures.Executor``
            whose workers see ``options.out`` and the videos under the same paths. It is left open
        ingest: whether to add the samples as well; without, ``ingest_shards`` does
        progress: is called about once a second

    Returns:
        the data set (None without ``ingest`` and for a dry run) and the report

    Raises:
        OptionError: if an option cannot be used
        DatasetError: if there is such a data set and it must not be touched
        ManifestError: if another run is writing to ``options.out``
    """
    conversion = ShardConversion(
        options,
        shard_size=shard_size,
        processes=processes,
        scheduler=scheduler,
        executor=executor,
        ingest=ingest,
    )
    for step in conversion.run():
        if progress:
            progress(step)
    return conversion.dataset, conversion.report
