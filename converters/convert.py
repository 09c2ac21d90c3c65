"""The conversion: from records and videos to clips, a manifest and a dataset.

A clip gets its final name when it is complete and verified, samples are stored completely, and a
row is written once its clip exists. A run can therefore be killed at any moment, and the next one
does what is missing. Samples are added in the order of the source, not in that of their clips.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import fiftyone as fo

from ..acquire.options import FetchOptions
from ..core.fields import DEFAULT_CAPTIONS
from ..core.option_error import OptionError
from .clip_run import ClipRun
from .clips.media import ClipSettings
from .manifest import OK, Manifest
from .options import ConvertOptions, resolve
from .reading.select import EVERYTHING, Selection
from .report import Progress, Report
from .shards.folder import is_sharded
from .storing.dataset import check_dataset, datasets_in, open_dataset, present_in
from .storing.ingest import Ingest, paused_gc
from .storing.present import Present
from .storing.store import SampleLookup, Store

__all__ = ["Conversion", "ConvertOptions", "convert"]


class Conversion(ClipRun):
    """One run. Iterate over :meth:`run`, then read :attr:`report`.

    Args:
        options: the conversion's options

    Raises:
        OptionError: if an option cannot be used; nothing is written then
    """

    def __init__(self, options: ConvertOptions) -> None:
        resolved = resolve(options)
        if is_sharded(resolved.out):
            raise OptionError(
                "out",
                f"{resolved.out} holds a conversion in shards: continue it with --processes N or "
                "--scheduler ADDRESS, or choose another --out",
            )
        super().__init__(resolved.options, resolved)
        self.dataset: fo.Dataset | None = None
        self._existing: fo.Dataset | None = None

    def run(self) -> Generator[Progress, None, None]:
        """Converts; yields the progress after each video.

        The samples, the clips and the manifest are valid whenever the generator is closed; closing
        it early still updates the dataset and the report.

        Raises:
            DatasetError: if the dataset must not be changed
            ManifestError: if another run is writing to the same folder
        """
        with paused_gc():
            yield from super().run()

    def check(self) -> None:
        """Checks that the run is possible, before anything is written.

        Raises:
            DatasetError: if the dataset must not be changed
            OptionError: if clips of other datasets would be replaced, or if there is no room for
                the videos to fetch
        """
        options = self.options
        self._check_clips()
        self._existing = check_dataset(
            options.name,
            self.resolved.captions,
            options.parameters(),
            overwrite=options.overwrite,
            append=options.append,
        )
        super().check()

    def _check_clips(self) -> None:
        """Refuses to replace clips that samples of another dataset use."""
        others = datasets_in(self.resolved.out, self.options.name)
        if not others:
            return
        with Manifest(self.folder, write=False) as manifest:
            if all(row.settings == self.settings.key for row in manifest if row.status == OK):
                return
        raise OptionError(
            "out",
            f"{self.resolved.clips} holds clips of the dataset {others[0]!r}, made with other "
            "settings: choose another --out, or the same settings",
        )

    def lookup(self, store: Store | None) -> SampleLookup | None:
        """Returns the lookup of the dataset's videos, also in a dry run."""
        return store or (self._present(self._existing) if self._existing is not None else None)

    def _present(self, dataset: fo.Dataset) -> Present:
        return present_in(dataset, self.options.replace)

    def open_store(self) -> Store:
        """Opens the dataset."""
        options = self.options
        self.dataset = open_dataset(
            options.name,
            self.resolved.captions,
            options.parameters(),
            options.provenance,
            overwrite=options.overwrite,
            append=options.append,
        )
        self.report.write(self.resolved.out, unfinished=True)
        return Ingest(self.dataset, self.resolved.captions, present=self._present(self.dataset))

    def close(self, store: Store | None) -> None:
        """Stores pending samples and writes the report."""
        if store is None or self.dataset is None:
            return
        store.flush()
        self.report.samples = len(self.dataset)
        self.report.write(self.resolved.out)


def convert(
    source: str | Path,
    videos: str | Path | None,
    name: str,
    out: str | Path,
    *,
    captions: str | Sequence[str] = DEFAULT_CAPTIONS,
    clip_seconds: float = 90.0,
    max_height: int = 480,
    hdr: str = "sdr",
    verify: str = "demux",
    workers: int | None = None,
    max_samples: int | None = None,
    overwrite: bool = False,
    append: bool = False,
    replace: bool = False,
    retry: Sequence[str] = (),
    dry_run: bool = False,
    fetch: FetchOptions | None = None,
    revision: str | None = None,
    token: str | None = None,
    selection: Selection = EVERYTHING,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[fo.Dataset | None, Report]:
    """Converts Action100M records and their videos to a FiftyOne dataset.

    Running it again with the same arguments resumes it.

    Args:
        source: a Parquet, JSON or JSON Lines file of records, a folder of them, a glob, or a
            dataset repository on the Hub (``organisation/name``,
            ``hf://datasets/…/data/*.parquet``)
        videos: the folder with the source videos, as ``ID.mp4`` or ``Title [ID].webm``; None if
            all come from the web
        name: the dataset's name; the dataset is persistent
        out: the folder for clips, manifest and report
        captions: groups (``gpt``, ``plm``, ``llama3``, ``all``) and names of caption fields
        clip_seconds: maximum length of a clip in seconds; 0 for whole videos
        max_height: maximum height of a clip in pixels
        hdr: how HDR videos are converted: ``sdr`` (tone-mapped to BT.709) or ``keep`` (in 10 bits,
            which not every browser plays)
        verify: how clips are checked: ``demux`` or ``decode`` (to the last frame; slower)
        workers: clips made at once; None for one per core
        max_samples: maximum number of samples; None for all
        overwrite: whether to replace a dataset of this name
        append: whether to add to a dataset of this name that another run made; existing samples
            stay unchanged
        replace: whether to rewrite existing samples in place; ids, tags and fields that a
            conversion does not write are kept
        retry: statuses or reasons of videos to retry (``failed``, ``all``, …)
        dry_run: whether to only report what a run would do
        fetch: how to fetch videos that are not in the folder; None to fetch none
        revision: the branch, tag or commit of a repository on the Hub
        token: the Hub's access token; None for that of the environment or of a login
        selection: the records of the source to convert
        progress: called after each video

    Returns:
        the dataset (None for a dry run) and the report

    Raises:
        OptionError: if an option cannot be used
        DatasetError: if the dataset exists and must not be changed
        ManifestError: if another run is writing to ``out``
    """
    try:
        clip = ClipSettings(
            clip_seconds=clip_seconds, max_height=max_height, hdr=hdr, verify=verify
        )
    except ValueError as error:
        raise OptionError("clip", str(error)) from None
    options = ConvertOptions(
        source=source,
        videos=videos,
        name=name,
        out=out,
        captions=captions,
        clip=clip,
        workers=workers,
        max_samples=max_samples,
        overwrite=overwrite,
        append=append,
        replace=replace,
        retry=retry,
        dry_run=dry_run,
        fetch=fetch,
        revision=revision,
        token=token,
        selection=selection,
    )
    conversion = Conversion(options)
    for step in conversion.run():
        if progress:
            progress(step)
    return conversion.dataset, conversion.report
