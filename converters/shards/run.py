"""A sharded conversion: plans shards, hands them to workers, and ingests the complete ones.

::

    plan ──> shards ──> Executor: processes, Dask, any ──> clips, manifests, done.json ──> dataset
                 ^                                │                                         │
                 └── handed out again: its worker died             this process, others, or later

After any kill, the same command resumes the conversion: the shards' manifests list the clips, and
MongoDB lists the ingested shards.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import partial
from uuid import uuid4

import fiftyone as fo

from ...acquire.disk import check_room, clip_bytes
from ...acquire.outcomes import FetchError
from ...core.option_error import OptionError
from ..clips.temporary import clean_stale
from ..manifest import FAILED, Manifest, only_writer
from ..options import ConvertOptions, Resolved, resolve
from ..reading.select import EVERYTHING
from ..report import Report
from ..storing.dataset import check_dataset, present_in
from ..storing.ingest import paused_gc
from ..storing.present import Present
from ..written import MANIFEST
from .coordinator import Coordinator, ShardProgress
from .engines import Engine, choose_engine
from .folder import Done, ShardFolder
from .folder_plan import find_plan, keep_plan
from .ingest import ShardIngest, open_ingest
from .plan import PlannedShard, ShardPlan
from .work import ShardJob, ShardRun, convert_shard, is_chosen
from .worker import ShardOutcome

logger = logging.getLogger(__name__)


class ShardConversion:
    """One sharded run. Iterate over :meth:`run`, then read :attr:`report`.

    Args:
        options: the conversion's options; ``workers`` is the number of clips that a worker makes at
            once, one by default
        shard_size: maximum number of videos per shard; None for that of the folder's plan, or
            :data:`.plan.SHARD_SIZE`
        processes: local processes; None for one per core, without a scheduler or executor
        scheduler: a Dask scheduler's address, or its file
        executor: an executor to use instead; it is left open
        ingest: whether this process adds samples to the dataset

    Attributes:
        dataset: the dataset, once it is open
        failed: the abandoned shards, and why

    Raises:
        OptionError: if an option cannot be used; nothing is written then
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
        if options.replace and not ingest:
            raise OptionError(
                "replace",
                "without the dataset, clips of reviewed videos might be made again: use --replace "
                "with `action100m ingest`",
            )
        self.resolved: Resolved = resolve(options)
        self.options = self.resolved.options
        self.folder = ShardFolder(self.resolved.out)
        self.report = Report(options.name, str(self.resolved.out), options.dry_run)
        self.dataset: fo.Dataset | None = None
        self.failed: dict[int, str] = {}
        self.run_id = uuid4().hex[:12]
        self._shard_size = shard_size
        self._ingests = ingest
        self._lists = False
        self._engine = choose_engine(processes, scheduler, executor)

    def run(self) -> Generator[ShardProgress, None, None]:
        """Converts; yields the progress about once per second.

        The clips, the manifests and the dataset are valid whenever the generator is closed; closing
        it early stops the workers.

        Raises:
            OptionError: if the folder holds another conversion, or the scheduler does not answer
            DatasetError: if the dataset must not be changed
            ManifestError: if another run is writing to the same folder
        """
        # Nothing is written before everything is checked.
        plan = find_plan(self.resolved, self._shard_size)
        present = self._present(plan)
        if self.options.dry_run:
            yield from self._dry_run(plan, present)
            return
        self._check_room(plan)
        with ExitStack() as stack:
            engine = stack.enter_context(self._engine())
            self.folder.path.mkdir(parents=True, exist_ok=True)
            stack.callback(only_writer(self.folder.path).close)
            plan = keep_plan(plan, self.resolved, self._shard_size)
            ingest = self._open_ingest()
            self._lists = self._list_present(ingest.present if ingest and present else None)
            self.folder.forget_stops()
            clean_stale(self.resolved.clips)
            stack.enter_context(paused_gc())
            self.folder.save_run(self.run_id, False, {})
            try:
                submit = partial(self._submit, plan, engine)
                size = len(plan.shards), plan.total
                yield from Coordinator(self, *size, engine, submit, ingest).run()
            except (KeyboardInterrupt, GeneratorExit):
                self.report.stopped = "interrupted"
                raise
            finally:
                self._close(plan)

    def _present(self, plan: ShardPlan) -> Present | None:
        """Returns the lookup of the dataset's videos, None if there is no dataset to add to.

        Raises:
            DatasetError: if the dataset must not be changed
        """
        if not self._ingests:
            return None
        options = self.options
        dataset = check_dataset(
            options.name,
            self.resolved.captions,
            plan.parameters,
            overwrite=options.overwrite,
            append=options.append,
        )
        return None if dataset is None else present_in(dataset, options.replace)

    def _list_present(self, present: Present | None) -> bool:
        """Lists the dataset's videos for the workers; False if there are none."""
        if present is None:
            return self.folder.list_present(self.run_id, ())
        reviewed = present.reviewed() if self.options.replace else ()
        return self.folder.list_present(self.run_id, present.uids(), reviewed)

    def _check_room(self, plan: ShardPlan) -> None:
        if not self.options.fetch:
            return
        clip = self.options.clip
        made = (
            sum(1 for _ in self.resolved.clips.glob("*.mp4")) if self.resolved.clips.is_dir() else 0
        )
        each = clip_bytes(clip.clip_seconds, clip.max_height)
        try:
            check_room(
                self.resolved.out, max(0, plan.total - made), each, self.options.fetch.reserve
            )
        except FetchError as error:
            raise OptionError("out", str(error)) from None

    def _open_ingest(self) -> ShardIngest | None:
        if not self._ingests:
            return None
        options = self.options
        ingest = open_ingest(
            self.resolved.out,
            options.name,
            append=options.append,
            replace=options.replace,
            overwrite=options.overwrite,
            token=options.token,
            provenance=options.provenance,
        )
        self.dataset = ingest.dataset
        return ingest

    def _dry_run(self, plan: ShardPlan, present: Present | None) -> Iterator[ShardProgress]:
        """Counts what the workers would do with each video."""
        self.report.total = plan.total
        for shard in plan.shards:
            done = self.folder.done(shard.number)
            if done and not self.is_open(shard.number, done):
                self.report.merge(asdict(done))
            else:
                run = ShardRun(self.job(plan, shard, 1), writes=False, present=present)
                for _ in run.run():
                    pass
                self.report.merge(run.report.to_dict())
            now = self.report.progress
            yield ShardProgress(
                **asdict(now), shards=len(plan.shards), shards_done=shard.number + 1
            )
        self.report.seconds = self.report.progress.seconds

    def is_open(self, number: int, done: Done) -> bool:
        """Returns whether a complete shard is processed again: failures may succeed now."""
        return not done.is_whole or self.options.replace or "all" in self.options.retry

    def _submit(self, plan: ShardPlan, engine: Engine, number: int) -> Future[ShardOutcome]:
        job = self.job(plan, plan.shards[number], engine.at_once)
        return engine.executor.submit(convert_shard, job)

    def job(self, plan: ShardPlan, shard: PlannedShard, at_once: int) -> ShardJob:
        """Returns a shard as it is sent to a worker.

        Args:
            plan: the plan
            shard: one of its shards
            at_once: number of workers that share a site's request and rate limits
        """
        videos = self.resolved.videos
        options = replace(
            self.options,
            out=self.resolved.out,
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
            # A long list of ids is not sent with each shard.
            chosen = replace(EVERYTHING, text=options.selection.text)
            options = replace(options, selection=chosen)
        return ShardJob(options, shard, files, self.run_id, self._lists)

    def _close(self, plan: ShardPlan) -> None:
        """Updates the report and tidies the folder."""
        report = self.report
        for shard in plan.shards:
            done = self.folder.done(shard.number)
            if done:
                report.merge(asdict(done))
            elif (self.folder.of(shard.number) / MANIFEST).exists() or shard.number in self.failed:
                self._count_part(shard)
        report.seconds = report.progress.seconds
        report.samples = len(self.dataset) if self.dataset is not None else 0
        self.folder.save_run(self.run_id, True, self.failed)
        self.folder.present_file(self.run_id).unlink(missing_ok=True)
        clean_stale(self.resolved.clips)
        report.write(self.resolved.out)

    def _count_part(self, shard: PlannedShard) -> None:
        """Counts the outcomes of an incomplete shard."""
        with Manifest(self.folder.of(shard.number), write=False) as manifest:
            for row in manifest:
                reason = row.clip.get("action", "") if row.clip else row.reason
                self.report.add(row.status, reason, row.message)
            left = shard.size - len(manifest)
        reason = self.failed.get(shard.number)
        if reason is not None:
            message = f"shard {shard.number} was abandoned: {reason}"
            for _ in range(left):
                self.report.add(FAILED, "shard-failed", message)


def _check(options: ConvertOptions, shard_size: int | None, processes: int | None) -> None:
    """Refuses options that a sharded conversion does not support."""
    for option, value in (("shard_size", shard_size), ("processes", processes)):
        if value is not None and value < 1:
            raise OptionError(option, f"{option} is {value}: give 1 or more")
    if options.max_samples is not None:
        raise OptionError(
            "max_samples",
            "a conversion in shards cannot stop at a number of samples: use --random N, which "
            "draws N records, or omit --shard-size, --processes and --scheduler",
        )


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
    """Converts Action100M records and their videos to a dataset, in shards on many processes.

    Running it again with the same options resumes it. A script that calls it with local processes
    needs ``if __name__ == "__main__":``.

    Args:
        options: the conversion's options; ``workers`` is the number of clips that a worker makes at
            once, one by default
        shard_size: maximum number of videos per shard; None for that of an earlier run, or 100
        processes: local processes; None for one per core
        scheduler: the address of a Dask scheduler, or the file that it has written; instead of
            processes
        executor: instead of both, any ``concurrent.futures.Executor`` whose workers see
            ``options.out`` and the videos under the same paths. It is left open
        ingest: whether to add the samples as well; otherwise call ``ingest_shards``
        progress: called about once per second

    Returns:
        the dataset (None without ``ingest`` and for a dry run) and the report

    Raises:
        OptionError: if an option cannot be used
        DatasetError: if the dataset exists and must not be changed
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
