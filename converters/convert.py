"""The conversion: records and videos in, clips, a manifest and a data set out.

Clips appear under their final names whole and checked, samples are stored whole, and a row is
written when its clip is there, so a run can be killed at any moment, and the next one does what is
missing. Samples are added in the order of the source, whatever order their clips get ready in.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import fiftyone as fo

from ..acquire.options import FetchOptions
from ..core.fields import DEFAULT_CAPTIONS
from .clip_run import ClipRun
from .clips.media import ClipSettings
from .manifest import OK, Manifest
from .options import ConvertOptions, OptionError, resolve
from .reading.select import EVERYTHING, Selection
from .report import Progress, Report
from .shards.folder import is_sharded
from .steps import Lookup, Store
from .storing.dataset import check_dataset, datasets_in, open_dataset, present_in
from .storing.ingest import Ingest, paused_gc

__all__ = ["Conversion", "ConvertOptions", "convert"]


class Conversion(ClipRun):
    """One run. Iterate over :meth:`run`; then read :attr:`report`.

    Args:
        options: what to do

    Raises:
        OptionError: if an option cannot be used; nothing has been touched then
    """

    def __init__(self, options: ConvertOptions) -> None:
        what = resolve(options)
        if is_sharded(what.out):
            raise OptionError(
                "out",
                f"{what.out} holds a conversion in shards: go on with --processes N or --scheduler "
                "ADDRESS, or choose another --out",
            )
        super().__init__(options, what)
        self.dataset: fo.Dataset | None = None
        self._there: fo.Dataset | None = None

    def run(self) -> Generator[Progress, None, None]:
        """Converts, and says how far it has come after each video.

        The data set's samples, the clips and the manifest are valid whenever it is left; a run that
        is left early has its data set and report brought up to date first.

        Raises:
            DatasetError: if the data set must not be touched
            ManifestError: if another run is writing to the same folder
        """
        with paused_gc():
            yield from super().run()

    def check(self) -> None:
        """Refuses what cannot be done, before anything is made.

        Raises:
            DatasetError: if the data set must not be touched
            OptionError: if clips of other datasets would be made anew, or if there is no room for
                what is to be fetched
        """
        options = self.options
        self._check_clips()
        self._there = check_dataset(
            options.name,
            self.what.captions,
            options.parameters(),
            overwrite=options.overwrite,
            append=options.append,
        )
        super().check()

    def _check_clips(self) -> None:
        """Refuses to make clips anew that another dataset's samples show."""
        others = datasets_in(self.what.out, self.options.name)
        if not others:
            return
        with Manifest(self.folder, write=False) as manifest:
            if all(row.settings == self.settings.key for row in manifest if row.status == OK):
                return
        raise OptionError(
            "out",
            f"{self.what.clips} holds clips of the dataset {others[0]!r} that were made with other "
            "settings: choose another --out, or the same settings",
        )

    def lookup(self, store: Store | None) -> Lookup | None:
        """Returns what knows which videos the data set has, also where nothing is to be stored."""
        return store or (present_in(self._there) if self._there is not None else None)

    def open_store(self) -> Store:
        """Opens the data set."""
        options = self.options
        self.dataset = open_dataset(
            options.name,
            self.what.captions,
            options.parameters(),
            options.provenance,
            overwrite=options.overwrite,
            append=options.append,
        )
        self.report.write(self.what.out, unfinished=True)
        return Ingest(self.dataset, self.what.captions, present=present_in(self.dataset))

    def close(self, store: Store | None) -> None:
        """Stores what is pending, and writes the report."""
        if store is None or self.dataset is None:
            return
        store.flush()
        self.report.samples = len(self.dataset)
        self.report.write(self.what.out)


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
    """Turns Action100M records and their videos into a FiftyOne data set.

    Running it again with the same arguments does what is missing.

    Args:
        source: a Parquet, JSON or JSON Lines file of records, a folder of them, a glob, or a data
            set repository on the Hub (``organisation/name``, ``hf://datasets/…/data/*.parquet``)
        videos: the folder with the source videos, as ``ID.mp4`` or ``Title [ID].webm``; None if
            all come from the web
        name: the data set's name; it is made persistent
        out: the folder for clips, manifest and report
        captions: groups (``gpt``, ``plm``, ``llama3``, ``all``) and names of caption fields
        clip_seconds: the longest a clip may be
        max_height: the most pixels a clip may be high
        hdr: what becomes of HDR videos: ``sdr`` (tone-mapped to BT.709) or ``keep`` (in 10 bits,
            which not every browser plays)
        verify: how clips are checked: ``demux`` or ``decode`` (to the last frame; slower)
        workers: clips made at once; None for one a core
        max_samples: how many samples to make; None for all
        overwrite: whether to replace a data set of this name
        append: whether to add to a data set of this name that another run has made; a video that it
            has a sample of is left as it is
        replace: whether samples of videos that are there are written anew, in place: their ids,
            tags and whatever a conversion does not write stay
        retry: statuses or reasons whose videos are tried again (``failed``, ``all``, …)
        dry_run: whether only to report what would be done
        fetch: how to ask the web for videos that are not in the folder; None for not at all
        revision: the branch, tag or commit of a repository on the Hub
        token: the Hub's access token; None for the one in the environment or of a login
        selection: which of the source's records
        progress: is called after each video

    Returns:
        the data set (None for a dry run) and the report

    Raises:
        OptionError: if an option cannot be used
        DatasetError: if there is such a data set and it must not be touched
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
