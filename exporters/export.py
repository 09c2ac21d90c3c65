"""Takes the videos of a data set, a view or a selection out, into one of the formats.

What is written stands beside its final folder until all of it is there: an export that fails or is
interrupted leaves nothing behind.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..converters.dataset import INFO_KEY
from ..converters.provenance import ACTION100M
from ..converters.report import Progress
from ..core import fields
from ..views.hierarchy import NoHierarchyError, find_hierarchy
from .formats import FORMATS, Format
from .place import ABOUT, Place, check_place
from .read import Source
from .video import LeftOut, Video, read_video
from .writer import Writer

logger = logging.getLogger(__name__)

#: What was done to read or write videos, in words.
NOTES = {
    "times-from-supports": "start and end were derived from the supports, to a frame: the data set "
    "has no seconds",
    "nodes-without-times": "nodes without a usable start and end were left out",
    "uid-from-url": "the id was taken from the video's address: the data set has no video_uid",
    "uid-from-file": "the id was taken from the clip's file name",
    "uid-from-sample": "the sample's id stands for the video's",
    "same-name": "another video has the same id: the sample's id was added to the file's name",
}
#: Examples of what was left out that a report gives for each reason.
_EXAMPLES = 3


class ExportError(ValueError):
    """An export that cannot be made as asked for."""


@dataclass
class ExportReport:
    """What an export has written.

    Attributes:
        dataset: the data set's name
        format: the format's name
        out: the folder
        fields: the fields whose captions were written
        licence: what the annotations may be used for
        dry_run: whether nothing was written
        videos: how many videos were written
        captions: how many captions, by field
        left_out: how many videos were not, by reason
        examples: messages by reason
        notes: in how many videos something had to be done, see :data:`NOTES`
        no_place: chosen fields that the format has no place for
    """

    dataset: str
    format: str
    out: Path
    fields: tuple[str, ...]
    licence: str
    dry_run: bool = False
    videos: int = 0
    captions: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    no_place: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where every video was written, 3 where some were, 4 where none was."""
        if not self.videos:
            return 4
        return 3 if self.left_out else 0

    def __str__(self) -> str:
        done = "would be written" if self.dry_run else "written"
        of = self.videos + sum(self.left_out.values())
        lines = [
            f"{self.videos:,} of {of:,} videos of {self.dataset!r} {done} to {self.out} "
            f"as {FORMATS[self.format].label}",
            *(f"  {self.captions[name]:,} captions of {name}" for name in self.fields),
        ]
        for reason, count in self.left_out.most_common():
            lines.append(f"  left out, {reason}: {count:,}, e.g. {self.examples[reason][0]}")
        lines += [f"  {NOTES[code]} ({n:,} videos)" for code, n in self.notes.most_common()]
        if self.no_place:
            lines.append(f"  left out: records have no place for {', '.join(self.no_place)}")
        lines.append(f"Licence of the annotations: {self.licence}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as plain values."""
        return {
            "dataset": self.dataset,
            "format": self.format,
            "out": str(self.out),
            "fields": list(self.fields),
            "licence": self.licence,
            "dry_run": self.dry_run,
            "videos": self.videos,
            "captions": dict(self.captions),
            "left_out": dict(self.left_out),
            "examples": self.examples,
            "notes": dict(self.notes),
            "no_place": list(self.no_place),
        }


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
        out: the folder to make
        format: ``parquet``, ``json``, ``activitynet``, ``webvtt``, ``eaf``, ``jsonl`` or
            ``webdataset``
        fields: the captions to write; by default all, or one for ActivityNet, WebVTT and ELAN
        overwrite: whether to replace an earlier export
        dry_run: whether only to report what would be written

    Returns:
        the report, which is in the folder's ``EXPORT.txt`` as well

    Raises:
        NoHierarchyError: if the collection or a chosen field holds no tree
        ExportError: if the format is unknown, or has no place for the fields
        PlaceError: if the folder must not be replaced
        OSError: if it cannot be written; nothing is left of it then
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
        place = Path(out).expanduser()
        check_place(place, overwrite)
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
            place.absolute(),
            kept,
            licence_of(self._source.dataset),
            dry_run,
            no_place=no_place,
        )

    def run(self) -> Iterator[Progress]:
        """Writes video by video, and yields how far it is after each."""
        place = Place(self.report.out)
        folder = place.open()
        writer = self._format.writer(folder, self.report.fields, self.report.licence)
        try:
            yield from self._write(writer)
            writer.close()
            if self.report.videos and not self.report.dry_run:
                (folder / ABOUT).write_text(f"{self.report}\n", encoding="utf-8")
                place.keep()
        except BaseException:
            with suppress(Exception):  # what was open goes with the folder; the error counts
                writer.abandon()
            raise
        finally:
            place.drop()

    def _write(self, writer: Writer) -> Iterator[Progress]:
        report, started = self.report, time.monotonic()
        pairs = self._source.documents(report.fields)
        for done, (whole, shown) in enumerate(pairs, 1):
            try:
                video = read_video(whole, shown, self._source.trees, report.fields)
                writer.check(video)
                video = self._named(video)
                if not report.dry_run:
                    writer.write(video)
            except LeftOut as error:
                report.left_out[error.reason] += 1
                examples = report.examples.setdefault(error.reason, [])
                if len(examples) < _EXAMPLES:
                    examples.append(f"sample {whole['_id']}: {error}")
                logger.info("Left out %s: %s", whole["_id"], error)
            else:
                report.videos += 1
                report.notes.update(video.notes)
                for name in report.fields:
                    report.captions[name] += len(video.captions(name))
            yield Progress(
                done,
                max(self.total, done),
                report.videos,
                0,
                sum(report.left_out.values()),
                time.monotonic() - started,
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
