"""What a run needs around its steps: the manifest, threads, the way to the web, and an orderly end.

:class:`ClipRun` makes clips and writes what became of each video; :mod:`.convert` adds a data set.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from ..acquire.disk import check_room, clip_bytes
from ..acquire.outcomes import FetchError
from .clips import ffmpeg
from .clips.make import clean_stale
from .clips.media import ClipSettings
from .manifest import OK, Manifest
from .options import ConvertOptions, OptionError, Resolved, cores
from .reading.select import Selection
from .reading.sources import Failure, SourceRecord, count_records, read_records
from .report import Progress, Report
from .steps import Lookup, Steps, Store
from .web_videos import WebVideos


class ClipRun:
    """One run. Iterate over :meth:`run`; then read :attr:`report`.

    Args:
        options: what to do
        what: the same, found good

    Attributes:
        folder: where the manifest is
        writes: whether the manifest may be written
    """

    def __init__(self, options: ConvertOptions, what: Resolved) -> None:
        self.what = what
        self.folder = what.out
        self.writes = not options.dry_run
        self.options = options
        self.report = Report(
            dataset=options.name, folder=str(self.what.out), dry_run=options.dry_run
        )
        threads = max(1, cores() // self.what.workers)
        self.settings: ClipSettings = replace(options.clip, threads=threads)
        self.web: WebVideos | None = None

    def run(self) -> Generator[Progress, None, None]:
        """Converts, and says how far it has come after each video.

        The clips, the manifest and what was stored are valid whenever it is left; a run that is
        left early has its report brought up to date first.

        Raises:
            OptionError: if there is no room for what is to be fetched
            ManifestError: if another run is writing to the same folder
        """
        report, options = self.report, self.options
        report.total = self.count()
        self.check()
        with ExitStack() as stack:
            manifest = stack.enter_context(Manifest(self.folder, write=self.writes))
            store = None
            if not options.dry_run:
                store = self.open_store()
                self.clean()
            if options.fetch and not options.dry_run:
                self.web = stack.enter_context(
                    WebVideos(options.fetch, self.settings, self.what.out)
                )
            pool = stack.enter_context(
                ThreadPoolExecutor(self.what.workers, "clip", ffmpeg.set_owner, (self,))
            )
            try:
                yield from self.steps(manifest, store, pool).steps()
            except (KeyboardInterrupt, GeneratorExit):
                report.stopped = "interrupted"
                raise
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if report.stopped:
                    ffmpeg.stop_all(self)
                    if self.web:
                        self.web.stop()
                report.seconds = report.progress.seconds
                self.close(store)

    def check(self) -> None:
        """Refuses what cannot be done, before anything is made.

        Raises:
            OptionError: if there is no room for what is to be fetched
        """
        fetch = self.options.fetch
        if fetch is None or self.options.dry_run:
            return
        total = 1 if self.report.at_most else self.report.total or 1
        with Manifest(self.folder, write=False) as manifest:
            planned = max(0, total - manifest.counts()[OK, ""])
        each = clip_bytes(self.settings.clip_seconds, self.settings.max_height)
        try:
            check_room(self.what.out, planned, each, fetch.reserve)
        except FetchError as error:
            raise OptionError("out", str(error)) from None

    def count(self) -> int | None:
        """Returns how many videos there are to deal with, None if only reading would tell.

        Where reading would tell how many are selected, the most that there can be.
        """
        chosen, most = self.options.selection, self.options.max_samples
        total = count_records(self.what.files, chosen)
        if total is None and chosen:
            self.report.at_most = True
            total = count_records(self.what.files, Selection(shards=chosen.shards))
        known = [number for number in (total, most) if number is not None]
        return min(known, default=None)

    def records(self) -> Iterator[SourceRecord | Failure]:
        """Reads the source."""
        limit = self.options.clip.clip_seconds
        asked = self.options.selection, self.options.max_samples
        return read_records(self.what.files, self.what.captions, limit, *asked)

    def clean(self) -> None:
        """Removes what killed runs have left."""
        clean_stale(self.what.clips)

    def steps(self, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor) -> Steps:
        """Returns what goes through the records."""
        return Steps(self, manifest, store, pool)

    def open_store(self) -> Store | None:
        """Opens what samples go into; a run that only makes clips has none."""
        return None

    def lookup(self, store: Store | None) -> Lookup | None:
        """Returns what knows which videos the data set has: the store, unless there is none."""
        return store

    def close(self, store: Store | None) -> None:
        """Ends a run, also one that was left early."""
