"""Exports the videos of a dataset or view to one of the formats.

Files are written to a folder beside the final one until all are complete (:mod:`.place`). An export
that fails or is interrupted is resumed by the same call.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fiftyone as fo

from ..converters.report import Progress
from ..converters.storing.provenance import ACTION100M
from ..core import fields
from ..core.keys import INFO_KEY
from ..core.version import VERSION
from ..views.draws import Resampling
from ..views.hierarchy import NoHierarchyError, find_hierarchy
from .formats import FORMATS, Format
from .journal import Journal
from .place import ExportFolder
from .read import Collection, Source
from .report import ExportReport
from .video import LeftOut, Video, read_video
from .writer import Writer

logger = logging.getLogger(__name__)

#: Increased when a format changes, so that older files count as another export.
_LAYOUT = 2


class ExportError(ValueError):
    """An export that is not possible with these arguments."""


def export(
    collection: Collection,
    out: str | Path,
    format: str,
    fields: Sequence[str] | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
    reviewed: bool = False,
) -> ExportReport:
    """Exports the videos of a dataset or view.

    Example::

        report = export(dataset.limit(2), "exported", "webvtt")
        print(report)

    Args:
        collection: a dataset or view; a view's filters decide which captions are exported. For a
            view of clips, their videos are exported with the captions that are clips. For a view
            returned by :func:`..views.resampling.resample`, each drawn segment is exported once,
            with the number of times it was drawn as ``repeat``
        out: the folder to make; nothing is done if it already holds the same export
        format: ``parquet``, ``json``, ``activitynet``, ``webvtt``, ``eaf``, ``jsonl``,
            ``segments`` or ``webdataset``; the last three hold what was drawn
        fields: the captions to export; by default all, or one for ActivityNet, WebVTT and ELAN
        overwrite: whether to replace the files of an earlier export; other files stay
        dry_run: whether to only report what would be written
        reviewed: whether each caption has its status and its original text beside it, in
            ``parquet``, ``json``, ``jsonl``, ``segments`` and ``webdataset``

    Returns:
        the report, which is also in ``NAME.EXPORT.txt`` beside the folder

    Raises:
        NoHierarchyError: if the collection or a chosen field holds no tree
        ExportError: if the format is unknown or cannot hold the fields
        PlaceError: if the folder holds something that must not be replaced
        InUseError: if another run is writing there
        OSError: if a file cannot be written; the same call resumes
    """
    job = Export(collection, out, format, fields, overwrite, dry_run, reviewed)
    for _ in job.run():
        pass
    return job.report


class Export:
    """An export that yields its progress; arguments and errors are :func:`export`'s.

    Attributes:
        total: the number of videos
        report: what was written so far
    """

    def __init__(
        self,
        collection: Collection,
        out: str | Path,
        format: str,
        fields: Sequence[str] | None = None,
        overwrite: bool = False,
        dry_run: bool = False,
        reviewed: bool = False,
    ) -> None:
        if format not in FORMATS:
            raise ExportError(f"unknown format {format!r}: choose from {', '.join(FORMATS)}")
        self._format = FORMATS[format]
        self._source, self._reviewed = Source(collection, reviewed), reviewed
        if reviewed and not self._format.reviews:
            able = ", ".join(each.name for each in FORMATS.values() if each.reviews)
            raise ExportError(f"{format} cannot hold reviews: give {able}")
        if self._source.draws is not None and not self._format.repeats:
            able = ", ".join(each.name for each in FORMATS.values() if each.repeats)
            raise ExportError(f"{format} cannot hold how often a segment was drawn: give {able}")
        self._place, self._overwrite = ExportFolder(out), overwrite
        chosen = choose_fields(collection, self._format, fields)
        only = self._format.only
        no_place = tuple(name for name in chosen if only is not None and name not in only)
        kept = tuple(name for name in chosen if name not in no_place)
        if not kept:
            raise ExportError(
                f"records cannot hold {', '.join(no_place)}, only {', '.join(sorted(only or ()))}"
            )
        self._names: set[str] = set()
        self.total = self._source.count()
        self.report = ExportReport(
            self._source.dataset.name,
            format,
            self._place.out,
            kept,
            licence_of(self._source.dataset),
            dry_run,
            no_place=no_place,
        )
        counted = None if overwrite else self._place.counted(self._identity())
        if counted is not None:
            self.report.already = True
            self.report.restore(counted)
        elif (before := self._place.check(overwrite)) is not None:
            there = (path for path in before.names if (self._place.out / path).exists())
            self.report.replaces = sum(1 for _ in there)
            self.report.stay = self._place.stay(before)

    def run(self) -> Iterator[Progress]:
        """Writes the videos, and yields the progress after each.

        Videos that an interrupted run of the same export has written are skipped.
        """
        report = self.report
        if report.already:
            yield self._progress(time.monotonic())
        elif report.dry_run:
            yield from self._write(self._writer(report.out), None)
        else:
            yield from self._run()

    def _run(self) -> Iterator[Progress]:
        report, identity, place = self.report, self._identity(), self._place
        journal = place.open(identity)
        writer = self._writer(place.folder)
        try:
            counted = place.finish(identity)
            if counted is not None:  # an earlier run was killed while it moved the files
                report.restore(counted)
                yield self._progress(time.monotonic())
                return
            self._resume(writer, journal)
            yield from self._write(writer, journal)
            writer.close()
            if report.videos:
                place.keep(identity, str(report), report.counted(), self._overwrite)
            else:
                place.drop()
        except BaseException:
            with suppress(Exception):  # the first error is raised
                writer.abandon()
            raise
        finally:
            journal.close()

    def _resume(self, writer: Writer, journal: Journal) -> None:
        """Restores the state of an interrupted run."""
        if journal.done.state is not None:
            writer.resume(journal.done.state)
            self.report.restore(journal.done.report)
            self.report.resumed = self.report.done
            self._names = journal.done.names
        else:
            self._place.clear()

    def _writer(self, folder: Path) -> Writer:
        writer = self._format.writer(folder, self.report.fields, self.report.licence)
        writer.home = self.report.out
        return writer

    def _identity(self) -> str:
        """Returns a hash of everything that the exported files depend on."""
        facts = {
            "version": VERSION,
            "layout": _LAYOUT,
            "format": self.report.format,
            "fields": self.report.fields,
            "licence": self.report.licence,
            **({"reviewed": True} if self._reviewed else {}),
            **self._source.identity(),
        }
        text = json.dumps(facts, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def _write(self, writer: Writer, journal: Journal | None) -> Iterator[Progress]:
        report, started = self.report, time.monotonic()
        done = journal.done.samples if journal else set()
        for whole, shown in self._source.documents(report.fields, done):
            name = None
            try:
                trees = self._source.trees
                video = read_video(whole, shown, trees, report.fields, self._reviewed)
                writer.check(video)
                video = self._named(video)
                if journal:
                    writer.write(video)
            except LeftOut as error:
                report.leave_out(error.reason, f"sample {whole['_id']}: {error}")
                logger.info("Left out %s: %s", whole["_id"], error)
            else:
                name = video.name.casefold()
                report.videos += 1
                report.notes.update(video.notes)
                for field in report.fields:
                    report.captions[field] += len(video.captions(field))
            if journal:
                journal.add(str(whole["_id"]), name)
                state = writer.state() if journal.is_due else None
                if state is not None:
                    journal.checkpoint(state, report.counted())
            yield self._progress(started)

    def _progress(self, started: float) -> Progress:
        report, seconds = self.report, time.monotonic() - started
        return Progress(
            report.done,
            max(self.total, report.done),
            report.videos,
            0,
            sum(report.left_out.values()),
            seconds,
            before=report.resumed,
            dry_run=report.dry_run,
        )

    def _named(self, video: Video) -> Video:
        """Adds the sample's id to the name of a video whose id another video has."""
        name = video.name
        if name.casefold() in self._names:  # as on a case-insensitive file system
            name = f"{name}-{video.sample_id}"
            video = replace(video, name=name, notes=video.notes | {"same-name"})
        self._names.add(name.casefold())
        return video


def choose_fields(
    collection: Collection, format: Format, chosen: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Returns the fields to export: the chosen ones, or the format's default.

    Raises:
        NoHierarchyError: if a chosen field holds no tree
    """
    if isinstance(collection, Resampling):
        if chosen is not None and set(chosen) != {collection.field}:
            raise NoHierarchyError(f"segments of {collection.field} were drawn: choose that field")
        return (collection.field,)
    of_clips = Source(collection).clip_field
    if of_clips is not None:
        if chosen is not None and set(chosen) != {of_clips}:
            raise NoHierarchyError(f"these clips were made from {of_clips}: choose that field")
        return (of_clips,)
    if chosen is not None:
        return find_hierarchy(collection, chosen).fields
    found = find_hierarchy(collection)
    if format.every_field:
        return found.fields
    brief = fields.CAPTIONS[0].name
    return (brief if brief in found.fields else found.widest,)


def licence_of(dataset: fo.Dataset) -> str:
    """Returns the licence of a dataset's annotations, Action100M's by default."""
    known = (dataset.info or {}).get(INFO_KEY) or {}
    return str(known.get("license") or ACTION100M.license)
