"""Adds the samples of finished shards to a data set, by one process or by several at once.

A shard whose ``done.json`` is there is claimed (:mod:`.claims`), its records are read again, and
those whose clip is there become samples; so nothing of a conversion is needed but its output folder
and its records. A sample that is there already is not added again, whoever has added it.
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

from ..clip_run import ClipRun
from ..clips.media import ClipSettings
from ..manifest import FAILED, OK, Manifest
from ..options import ConvertOptions, OptionError, Resolved
from ..reading.sources import Failure, SourceRecord
from ..report import EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL, Progress, Report
from ..steps import Steps, Store, Work
from ..storing.dataset import DatasetError, check_name, open_dataset, present_in
from ..storing.ingest import Ingest, paused_gc
from ..storing.present import Stored
from ..storing.provenance import ACTION100M, Provenance
from .claims import LEASE, Claim, alone, claims_of, forget_deleted
from .folder import Done, ShardFolder
from .plan import Plan, PlanError, PlannedShard
from .work import read_piece

logger = logging.getLogger(__name__)

#: Seconds between two looks for shards that have become ready.
POLL = 1.0

#: Shards between two collections of garbage.
_COLLECT_EVERY = 10


class ShardIngest:
    """Adds the samples of an output folder's shards to a data set.

    Args:
        out: the conversion's output folder
        plan: how its source is divided
        dataset: the data set, opened by :func:`open_for`
        options: the conversion's
        lease: seconds without a sign of life after which another process takes a shard over

    Attributes:
        report: what became of the videos of the shards that this process has added
        known: the shards that are worked through, where the coordinator has said so; None to look
            for them
    """

    def __init__(
        self,
        out: Path,
        plan: Plan,
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
        self._claims = claims_of(dataset, plan.key, lease)
        self._finished: dict[int, int] = {}
        #: What this process has added: what is to be replaced is so once for each that is asked to.
        self._replaced: dict[int, int] = {}
        self.present = present_in(dataset)

    def sweep(self) -> Iterator[Progress]:
        """Adds what is ready, and says how far it has come after each video."""
        self._finished = self._look()
        for shard in self.plan.shards:
            done = self._ready(shard.number)
            # A machine may see a file of another's late.
            if done is None or self.folder.manifest_bytes(shard.number) < done.manifest_bytes:
                continue
            with self._claims.claim(shard.number) as claim:
                if claim is None:
                    continue
                # It may have been finished between the look and the claim.
                self._finished = self._look()
                if self._ready(shard.number) is not None:
                    yield from self._add(shard, done, claim)
            self._added += 1
            if self._added % _COLLECT_EVERY == 0 and not gc.isenabled():
                gc.collect()

    def _look(self) -> dict[int, int]:
        """Returns of each shard that is added how much that was."""
        return self._replaced if self.options.replace else self._claims.finished()

    def is_complete(self) -> bool:
        """Whether every shard that is known, or else every shard, is added, by whomever."""
        self._finished = self._look()
        numbers = self.known if self.known is not None else range(len(self.plan.shards))
        return all(n in self._finished and self._ready(n) is None for n in numbers)

    def exit_code(self) -> int:
        """0 if every video is in the data set, 3 if some are, 4 if none is."""
        if self.is_complete() and self.report.of(OK) == self.report.done:
            return EXIT_OK
        return EXIT_PARTIAL if len(self.dataset) else EXIT_NOTHING

    def _is_caught_up(self) -> bool:
        """Whether every shard that is worked through is added, by whomever."""
        self._finished = self._look()
        return all(self._ready(shard.number) is None for shard in self.plan.shards)

    def _ready(self, number: int) -> Done | None:
        """Returns what a shard came to if that is not in the data set yet."""
        done = self.folder.done(number) if self.known is None else self.known.get(number)
        is_new = done is not None and self._finished.get(number) != done.manifest_bytes
        return done if is_new else None

    def _add(self, shard: PlannedShard, done: Done, claim: Claim) -> Iterator[Progress]:
        run = _ReadyRun(self, shard, claim)
        for _ in run.run():
            yield self.progress(run.report)
        self.report.merge(run.report.to_dict())
        if not claim.lost:
            claim.finish(done.manifest_bytes)
            self._replaced[shard.number] = done.manifest_bytes

    def progress(self, current: Report | None = None) -> Progress:
        """Returns how far it has come, with the shard that is being added."""
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
        """Adds what is ready, or what becomes so as well; says how far it has come.

        Args:
            follow: whether to go on until all is added, or the conversion has ended
        """
        with paused_gc():
            while True:
                begun = time.monotonic()
                ended = self.folder.has_ended()  # asked first: what is ready then is all there is
                yield from self.sweep()
                if not follow or self.is_complete() or (ended and self._is_caught_up()):
                    break
                yield self.progress()
                time.sleep(max(POLL, time.monotonic() - begun))  # looking costs something too
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
    """Opens a data set for the shards of an output folder; several processes may.

    Args:
        out: the conversion's output folder
        name: the data set's name
        append: whether to add to a data set of this name that another conversion has made
        replace: whether samples of videos that are there are written anew, in place
        overwrite: whether to replace a data set of this name
        lease: seconds without a sign of life after which another process takes a shard over
        token: the Hub's access token
        provenance: where the content comes from

    Raises:
        OptionError: if the folder holds no conversion in shards, or the name is no data set's
        DatasetError: if there is such a data set and it must not be touched
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
        raise OptionError("out", f"{folder} holds no conversion in shards: give its --out")
    given = plan.parameters
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
    """Adds the samples of a conversion's finished shards to a data set.

    Several processes may do so at once, also on several machines and while the conversion runs:
    they share the shards.

    Args:
        out: the conversion's output folder
        name: the data set's name; it is made if it is not there
        follow: whether to go on until all is added, or the conversion has ended
        append: whether to add to a data set of this name that another conversion has made
        replace: whether samples of videos that are there are written anew, in place
        lease: seconds without a sign of life after which another process takes a shard over
        progress: is called after each video

    Returns:
        the data set, and what became of the videos that this process has added

    Raises:
        OptionError: if the folder holds no conversion in shards, or the name is no data set's
        DatasetError: if there is such a data set and it must not be touched
    """
    ingest = open_ingest(out, name, append=append, replace=replace, lease=lease)
    for step in ingest.run(follow):
        if progress:
            progress(step)
    return ingest.dataset, ingest.report


class _ReadyRun(ClipRun):
    """A run over one shard's records that makes no clip and adds those that are there."""

    def __init__(self, ingest: ShardIngest, shard: PlannedShard, claim: Claim) -> None:
        options, plan = ingest.options, ingest.plan
        out = ingest.folder.out
        what = Resolved(options, [], None, options.caption_fields, out, 1)
        super().__init__(dataclasses.replace(options, fetch=None, dry_run=False), what)
        self.ingest = ingest
        self.claim = claim
        self.shard = shard
        self.files = plan.files
        self.folder = ingest.folder.of(shard.number)
        self.writes = False

    def count(self) -> int:
        """Returns how many videos the shard has."""
        return self.shard.size

    def records(self) -> Iterator[SourceRecord | Failure]:
        """Reads the shard's rows, until another process has taken it over."""
        for piece in self.shard.pieces:
            for item in read_piece(self.files[piece.file], piece, self.options, self.what):
                if self.claim.lost:
                    logger.warning("Shard %d was taken over", self.shard.number)
                    return
                yield item

    def clean(self) -> None:
        """Leaves temporary files to who makes clips."""

    def open_store(self) -> Store:
        """Opens the data set for the shard."""
        present = self.ingest.present
        return Ingest(self.ingest.dataset, self.what.captions, shared=True, present=present)

    def close(self, store: Store | None) -> None:
        """Stores what is pending."""
        if store is not None:
            store.flush()

    def steps(self, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor) -> Steps:
        """Returns steps that make nothing."""
        return _ReadySteps(self, manifest, store, pool)


class _ReadySteps(Steps):
    """Steps that add the clips that are there, and count the other videos as their rows say."""

    def plan(self, found: SourceRecord, stored: Stored | None) -> Work | None:
        """Takes a record's clip as it is."""
        uid = found.record.video_uid
        row = self.manifest.get(uid)
        if row is None:
            return None  # not among the records that were asked for
        clip = self.usable_clip(row, None)
        if stored is not None and not self.options.replace:
            self.leave(stored, clip, None)
            return None
        if clip is None:
            if row.status == OK:
                self.report.add(FAILED, "no-clip", f"the clip of {uid} is not there")
            else:
                self.report.add(row.status, row.reason, row.message)
            return None
        return Work(found, clip=clip, stored=stored)
