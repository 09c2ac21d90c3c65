"""Takes the videos of a data set, a view or a selection out, into one of the formats.

What is written stands beside its final folder until all of it is there. An export that fails or is
interrupted stays there, and another run of the same goes on where it was.
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
from typing import Any

from ..converters.report import Progress
from ..converters.storing.provenance import ACTION100M
from ..core import fields
from ..core.keys import INFO_KEY
from ..core.version import VERSION
from ..views.hierarchy import NoHierarchyError, find_hierarchy
from .formats import FORMATS, Format
from .journal import Journal
from .place import Place
from .read import Source
from .report import ExportReport
from .video import LeftOut, Video, read_video
from .writer import Writer

logger = logging.getLogger(__name__)

#: Counts up where a format's files change: those of an earlier version are another export.
_LAYOUT = 2


class ExportError(ValueError):
    """An export that cannot be made as asked for."""


def export(
    collection: Any,
    out: str | Path,
    format: str,
    fields: Sequence[str] | None = None,
    overwrite: bool = False,
    dry_run: bool = False,
) -> ExportReport:
    """Takes the videos of a data set or view out.

    Example::

        report = export(dataset.limit(2), "taken-out", "webvtt")
        print(report)

    Args:
        collection: a data set or view; a view's filters decide which captions are written, and of
            clips the videos are written with the captions that are clips
        out: the folder to make; where it holds the same export already, nothing is done
        format: ``parquet``, ``json``, ``activitynet``, ``webvtt``, ``eaf``, ``jsonl`` or
            ``webdataset``
        fields: the captions to write; by default all, or one for ActivityNet, WebVTT and ELAN
        overwrite: whether to replace the files of an earlier export; others in the folder stay
        dry_run: whether only to report what would be written

    Returns:
        the report, which is beside the folder as well, in ``NAME.EXPORT.txt``

    Raises:
        NoHierarchyError: if the collection or a chosen field holds no tree
        ExportError: if the format is unknown, or has no place for the fields
        PlaceError: if the folder must not be replaced
        InUseError: if another run is writing there
        OSError: if it cannot be written; the same export goes on there another time
    """
    job = Export(collection, out, format, fields, overwrite, dry_run)
    for _ in job.run():
        pass
    return job.report


class Export:
    """An export that says how far it is; see :func:`export` for the arguments and errors.

    Attributes:
        total: how many videos there are
        report: what was written so far
    """

    def __init__(
        self,
        collection: Any,
        out: str | Path,
        format: str,
        fields: Sequence[str] | None = None,
        overwrite: bool = False,
        dry_run: bool = False,
    ) -> None:
        if format not in FORMATS:
            raise ExportError(f"unknown format {format!r}: choose from {', '.join(FORMATS)}")
        self._format = FORMATS[format]
        self._source = Source(collection)
        self._place, self._overwrite = Place(out), overwrite
        chosen = choose_fields(collection, self._format, fields)
        only = self._format.only
        no_place = tuple(name for name in chosen if only is not None and name not in only)
        kept = tuple(name for name in chosen if name not in no_place)
        if not kept:
            raise ExportError(
                f"records have no place for {', '.join(no_place)}: they hold "
                f"{', '.join(sorted(only or ()))}"
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
        """Writes video by video, and yields how far it is after each.

        What an earlier run of the same export has left is not written again.
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
            counted = place.go_on(identity)
            if counted is not None:  # it was whole, but for its name
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
            with suppress(Exception):  # the error counts
                writer.abandon()
            raise
        finally:
            journal.close()

    def _resume(self, writer: Writer, journal: Journal) -> None:
        """Takes over what an earlier run has done."""
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
        """Returns what tells this export from one of anything else."""
        facts = {
            "version": VERSION,
            "layout": _LAYOUT,
            "format": self.report.format,
            "fields": self.report.fields,
            "licence": self.report.licence,
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
                video = read_video(whole, shown, self._source.trees, report.fields)
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
                    journal.keep(state, report.counted())
            yield self._progress(started)

    def _progress(self, started: float) -> Progress:
        report, seconds = self.report, time.monotonic() - started
        total, before = max(self.total, report.done), report.resumed
        left_out = sum(report.left_out.values())
        return Progress(
            report.done,
            total,
            report.videos,
            0,
            left_out,
            seconds,
            before=before,
            dry_run=report.dry_run,
        )

    def _named(self, video: Video) -> Video:
        """Gives a video whose id another has had already a name of its own."""
        name = video.name
        if name.casefold() in self._names:  # as file systems that fold case would see it
            name = f"{name}-{video.sample_id}"
            video = replace(video, name=name, notes=video.notes | {"same-name"})
        self._names.add(name.casefold())
        return video


def choose_fields(
    collection: Any, format: Format, chosen: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Returns the fields to write: those chosen, else the format's usual ones.

    Raises:
        NoHierarchyError: if one holds no tree
    """
    of_clips = Source(collection).clip_field
    if of_clips is not None:
        if chosen is not None and set(chosen) != {of_clips}:
            raise NoHierarchyError(f"these are clips of {of_clips}: no other field can be written")
        return (of_clips,)
    if chosen is not None:
        return find_hierarchy(collection, chosen).fields
    found = find_hierarchy(collection)
    if format.every_field:
        return found.fields
    brief = fields.CAPTIONS[0].name
    return (brief if brief in found.fields else found.widest,)


def licence_of(dataset: Any) -> str:
    """Returns what a data set's annotations may be used for, Action100M's where it says nothing."""
    known = (dataset.info or {}).get(INFO_KEY) or {}
    return str(known.get("license") or ACTION100M.license)
