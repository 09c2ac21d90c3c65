"""Adds the samples of complete shards to a dataset, in one process or in several at once.

The process that holds a shard's lease (:mod:`.leases`) reads its records again and adds those whose
clips exist, so it only needs the conversion's output folder and the records. A second insert of the
same video is ignored.
"""

from __future__ import annotations

import dataclasses
import gc
import logging
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fiftyone as fo

from ...core.exit_codes import EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL
from ...core.option_error import OptionError
from ..clip_run import ClipRun
from ..clips.media import ClipSettings
from ..manifest import FAILED, OK, Manifest
from ..options import ConvertOptions, Resolved
from ..pipeline import PendingVideo, Pipeline
from ..reading.built import builds_of
from ..reading.sources import Failure, SourceRecord
from ..report import Progress, Report
from ..storing.dataset import DatasetError, check_name, open_dataset, present_in
from ..storing.ingest import Ingest, paused_gc
from ..storing.present import Stored
from ..storing.provenance import ACTION100M, Provenance, with_builds
from ..storing.store import Store
from .folder import Done, ShardFolder
from .leases import LEASE, Lease, alone, forget_deleted, leases_of
from .plan import PlanError, PlannedShard, ShardPlan
from .work import read_piece

logger = logging.getLogger(__name__)

#: Seconds between two searches for complete shards.
POLL = 1.0

#: Shards between two collections of garbage.
_COLLECT_EVERY = 10


class ShardIngest:
    """Adds the samples of an output folder's shards to a dataset.

    Args:
        out: the conversion's output folder
        plan: the conversion's plan
        dataset: the dataset, opened by :func:`open_ingest`
        options: the conversion's options
        lease: seconds without renewal after which another process may take over a shard

    Attributes:
        report: the outcomes of the videos in the shards that this process ingested
        known: the complete shards, as reported by the coordinator; None to search for them
    """

    def __init__(
        self,
        out: Path,
        plan: ShardPlan,
        dataset: fo.Dataset,
        options: ConvertOptions,
        lease: float = LEASE,
    ) -> None:
        self.folder = ShardFolder(out)
        self.plan = plan
        self.dataset = dataset
        self.options = options
        self.report = Report(dataset=dataset.name, folder=str(out), verb="added")
        self.known: dict[int, Done] | None = None
        self._added = 0
        self._leases = leases_of(dataset, plan.key, lease)
        self._finished: dict[int, int] = {}
        #: Ingested by this process: with ``replace``, every process replaces all samples once.
        self._replaced: dict[int, int] = {}
        self.present = present_in(dataset, options.replace)

    def sweep(self) -> Iterator[Progress]:
        """Ingests the complete shards; yields the progress after each video."""
        self._finished = self._look()
        for shard in self.plan.shards:
            done = self._ready(shard.number)
            # Another machine's files may appear late.
            if done is None or self.folder.manifest_bytes(shard.number) < done.manifest_bytes:
                continue
            with self._leases.hold(shard.number) as lease:
                if lease is None:
                    continue
                # Another process may have ingested it before this one got the lease.
                self._finished = self._look()
                if self._ready(shard.number) is not None:
                    yield from self._add(shard, done, lease)
            self._added += 1
            if self._added % _COLLECT_EVERY == 0 and not gc.isenabled():
                gc.collect()

    def _look(self) -> dict[int, int]:
        """Returns the ingested shards, each with the length of its manifest then."""
        return self._replaced if self.options.replace else self._leases.finished()

    def is_complete(self) -> bool:
        """Returns whether every known shard, or else every shard, is ingested by any process."""
        self._finished = self._look()
        numbers = self.known if self.known is not None else range(len(self.plan.shards))
        return all(n in self._finished and self._ready(n) is None for n in numbers)

    def exit_code(self) -> int:
        """0 if every video is in the dataset, 3 if some are, 4 if none is."""
        if self.is_complete() and self.report.of(OK) == self.report.done:
            return EXIT_OK
        return EXIT_PARTIAL if len(self.dataset) else EXIT_NOTHING

    def _is_caught_up(self) -> bool:
        """Returns whether every complete shard is ingested by any process."""
        self._finished = self._look()
        return all(self._ready(shard.number) is None for shard in self.plan.shards)

    def _ready(self, number: int) -> Done | None:
        """Returns a shard's result if it is not ingested yet."""
        done = self.folder.done(number) if self.known is None else self.known.get(number)
        is_new = done is not None and self._finished.get(number) != done.manifest_bytes
        return done if is_new else None

    def _add(self, shard: PlannedShard, done: Done, lease: Lease) -> Iterator[Progress]:
        run = _ReadyRun(self, shard, lease)
        for _ in run.run():
            yield self.progress(run.report)
        self.report.merge(run.report.to_dict())
        if not lease.lost:
            lease.finish(done.manifest_bytes)
            self._replaced[shard.number] = done.manifest_bytes

    def progress(self, current: Report | None = None) -> Progress:
        """Returns the progress, including the shard that is being ingested."""
        reports = [self.report, *([current] if current else [])]
        parts = [report.progress for report in reports]
        return Progress(
            sum(p.done for p in parts),
            self.plan.total,
            sum(p.ok for p in parts),
            sum(p.skipped for p in parts),
            sum(p.failed for p in parts),
            parts[0].seconds,
        )

    def run(self, follow: bool = False) -> Generator[Progress, None, None]:
        """Ingests the complete shards; yields the progress after each video.

        Args:
            follow: whether to continue until all shards are ingested or the conversion has ended
        """
        with paused_gc():
            while True:
                begun = time.monotonic()
                ended = self.folder.has_ended()  # read first, as no shard completes after the end
                yield from self.sweep()
                if not follow or self.is_complete() or (ended and self._is_caught_up()):
                    break
                yield self.progress()
                time.sleep(max(POLL, time.monotonic() - begun))  # search at most half of the time
        self.report.seconds = self.report.progress.seconds
        self.report.samples = len(self.dataset)


def open_ingest(
    out: str | Path,
    name: str,
    *,
    append: bool = False,
    replace: bool = False,
    overwrite: bool = False,
    lease: float = LEASE,
    token: str | None = None,
    provenance: Provenance = ACTION100M,
) -> ShardIngest:
    """Opens a dataset for the shards of an output folder; several processes may do so at once.

    Args:
        out: the conversion's output folder
        name: the dataset's name
        append: whether to add to a dataset of this name that another conversion made
        replace: whether to rewrite existing samples in place
        overwrite: whether to replace a dataset of this name
        lease: seconds without renewal after which another process may take over a shard
        token: the Hub's access token
        provenance: the content's origin and terms

    Raises:
        OptionError: if the folder holds no sharded conversion, or the name is invalid
        DatasetError: if the dataset exists and must not be changed
    """
    folder = Path(out).expanduser().absolute()
    try:
        check_name(name)
        plan = ShardFolder(folder).load_plan(token)
    except DatasetError as error:
        raise OptionError("name", str(error)) from None
    except PlanError as error:
        raise OptionError("out", str(error)) from None
    if plan is None:
        raise OptionError("out", f"{folder} holds no conversion in shards: give the --out of one")
    given = plan.parameters
    provenance = with_builds(provenance, builds_of(plan.files))
    clip = {key: given[key] for key in ("clip_seconds", "max_height", "crf", "preset", "max_fps")}
    clip |= {"hdr": given["hdr"]} if "hdr" in given else {}
    options = ConvertOptions(
        source=given["source"],
        videos=None,
        name=name,
        out=folder,
        captions=tuple(given["captions"]),
        clip=ClipSettings(**clip),
        replace=replace,
        provenance=provenance,
    )
    with alone(name):
        dataset = open_dataset(
            name, options.caption_fields, given, provenance, overwrite=overwrite, append=append
        )
        forget_deleted()
    return ShardIngest(folder, plan, dataset, options, lease)


def ingest_shards(
    out: str | Path,
    name: str,
    *,
    follow: bool = False,
    append: bool = False,
    replace: bool = False,
    lease: float = LEASE,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[fo.Dataset, Report]:
    """Adds the samples of a conversion's complete shards to a dataset.

    Several processes on several machines may do so at once, even while the conversion runs: they
    share the shards.

    Args:
        out: the conversion's output folder
        name: the dataset's name; the dataset is created if needed
        follow: whether to continue until all shards are ingested or the conversion has ended
        append: whether to add to a dataset of this name that another conversion made
        replace: whether to rewrite existing samples in place
        lease: seconds without renewal after which another process may take over a shard
        progress: called after each video

    Returns:
        the dataset, and the outcomes of the videos that this process added

    Raises:
        OptionError: if the folder holds no sharded conversion, or the name is invalid
        DatasetError: if the dataset exists and must not be changed
    """
    ingest = open_ingest(out, name, append=append, replace=replace, lease=lease)
    for step in ingest.run(follow):
        if progress:
            progress(step)
    return ingest.dataset, ingest.report


class _ReadyRun(ClipRun):
    """A run over one shard's records that makes no clips and adds the existing ones."""

    def __init__(self, ingest: ShardIngest, shard: PlannedShard, lease: Lease) -> None:
        options, plan = ingest.options, ingest.plan
        out = ingest.folder.out
        resolved = Resolved(options, [], None, options.caption_fields, out, 1)
        super().__init__(dataclasses.replace(options, fetch=None, dry_run=False), resolved)
        self.ingest = ingest
        self.lease = lease
        self.shard = shard
        self.files = plan.files
        self.folder = ingest.folder.of(shard.number)
        self.writes = False

    def count(self) -> int:
        """Returns the number of the shard's videos."""
        return self.shard.size

    def records(self) -> Iterator[SourceRecord | Failure]:
        """Reads the shard's rows, until another process takes the shard over."""
        for piece in self.shard.pieces:
            file = self.files[piece.file]
            for item in read_piece(file, piece, self.options, self.resolved.captions):
                if self.lease.lost:
                    logger.warning("Another process has taken over shard %d", self.shard.number)
                    return
                yield item

    def clean(self) -> None:
        """Does nothing: temporary files belong to the conversion."""

    def open_store(self) -> Store:
        """Opens the dataset for the shard."""
        present = self.ingest.present
        return Ingest(self.ingest.dataset, self.resolved.captions, shared=True, present=present)

    def close(self, store: Store | None) -> None:
        """Stores pending samples."""
        if store is not None:
            store.flush()

    def pipeline(
        self, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor
    ) -> Pipeline:
        """Returns a pipeline that makes no clips."""
        return _ReadyPipeline(self, manifest, store, pool)


class _ReadyPipeline(Pipeline):
    """A pipeline that adds existing clips and counts the other videos as their rows say."""

    def plan(self, found: SourceRecord, stored: Stored | None) -> PendingVideo | None:
        """Uses a record's existing clip."""
        uid = found.record.video_uid
        row = self.manifest.get(uid)
        if row is None:
            return None  # not selected
        clip = self.usable_clip(row, None)
        if stored is not None and not self.replaces(stored):
            self.leave(uid, stored, clip, None)
            return None
        if clip is None:
            if row.status == OK:
                self.report.add(FAILED, "no-clip", f"the clip of {uid} is missing")
            else:
                self.report.add(row.status, row.reason, row.message)
            return None
        return PendingVideo(found, clip=clip, stored=stored)
