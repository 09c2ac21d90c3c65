"""The frame of a run: the manifest, the threads, access to the web, and an orderly end.

:class:`ClipRun` makes clips and records the outcome of each video; :mod:`.convert` adds a dataset.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from ..acquire.disk import check_room, clip_bytes
from ..acquire.outcomes import FetchError
from ..core.frames import to_source
from ..core.machine import cores
from ..core.option_error import OptionError
from ..core.times import ClipSeconds
from .clips import ffmpeg
from .clips.media import ClipSettings
from .clips.temporary import clean_stale
from .manifest import OK, Manifest
from .options import ConvertOptions, Resolved
from .pipeline import Pipeline
from .reading.select import Selection
from .reading.sources import Failure, SourceRecord, count_records, read_records
from .report import Progress, Report
from .storing.store import SampleLookup, Store
from .web_videos import WebVideos


class ClipRun:
    """One run. Iterate over :meth:`run`, then read :attr:`report`.

    Args:
        options: the conversion's options
        resolved: the same, checked and resolved

    Attributes:
        folder: the folder of the manifest
        writes: whether the manifest may be written
    """

    def __init__(self, options: ConvertOptions, resolved: Resolved) -> None:
        self.resolved = resolved
        self.folder = resolved.out
        self.writes = not options.dry_run
        self.options = options
        self.report = Report(
            dataset=options.name, folder=str(resolved.out), dry_run=options.dry_run
        )
        threads = max(1, cores() // resolved.workers)
        self.settings: ClipSettings = replace(options.clip, threads=threads)
        self.web: WebVideos | None = None

    def run(self) -> Generator[Progress, None, None]:
        """Converts; yields the progress after each video.

        The clips, the manifest and the stored samples are valid whenever the generator is closed;
        closing it early still updates the report.

        Raises:
            OptionError: if there is no room for the videos to fetch
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
                    WebVideos(options.fetch, self.settings, self.resolved.out)
                )
            pool = stack.enter_context(
                ThreadPoolExecutor(self.resolved.workers, "clip", ffmpeg.set_owner, (self,))
            )
            try:
                yield from self.pipeline(manifest, store, pool).run()
            except (KeyboardInterrupt, GeneratorExit):
                report.stopped = "interrupted"
                raise
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if report.stopped:
                    ffmpeg.stop_all(self)
                    if self.web:
                        self.web.stop()
                if not options.dry_run:
                    self.clean()  # again: an ffmpeg may have outlived its run
                report.seconds = report.progress.seconds
                self.close(store)

    def check(self) -> None:
        """Checks that the run is possible, before anything is written.

        Raises:
            OptionError: if there is no room for the videos to fetch
        """
        fetch = self.options.fetch
        if fetch is None or self.options.dry_run:
            return
        total = 1 if self.report.at_most else self.report.total or 1
        with Manifest(self.folder, write=False) as manifest:
            planned = max(0, total - manifest.counts()[OK, ""])
        each = clip_bytes(self.settings.clip_seconds, self.settings.max_height)  # 0 if unknown
        try:
            check_room(self.resolved.out, planned, each, fetch.reserve)
        except FetchError as error:
            raise OptionError("out", str(error)) from None

    def count(self) -> int | None:
        """Returns the number of videos to process, None if only reading the source would tell.

        If only reading would tell how many records are selected, it is an upper bound, and
        ``report.at_most`` is set.
        """
        chosen, most = self.options.selection, self.options.max_samples
        total = count_records(self.resolved.files, chosen)
        if total is None and chosen:
            self.report.at_most = True
            total = count_records(self.resolved.files, Selection(shards=chosen.shards))
        known = [number for number in (total, most) if number is not None]
        return min(known, default=None)

    def records(self) -> Iterator[SourceRecord | Failure]:
        """Reads the source."""
        limit = to_source(ClipSeconds(self.options.clip.longest))
        asked = self.options.selection, self.options.max_samples
        return read_records(self.resolved.files, self.resolved.captions, limit, *asked)

    def clean(self) -> None:
        """Removes temporary files of killed runs."""
        clean_stale(self.resolved.clips)

    def pipeline(
        self, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor
    ) -> Pipeline:
        """Returns the pass over the records."""
        return Pipeline(self, manifest, store, pool)

    def open_store(self) -> Store | None:
        """Opens the store of the samples; None for a run that only makes clips."""
        return None

    def lookup(self, store: Store | None) -> SampleLookup | None:
        """Returns the lookup of the dataset's videos; by default the store."""
        return store

    def close(self, store: Store | None) -> None:
        """Ends a run, even an incomplete one."""
