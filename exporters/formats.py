"""The formats by name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..core import fields
from .action100m import JsonRecords, ParquetRecords
from .activitynet import ActivityNet
from .elan import Elan
from .inventory import LEGACY
from .journal import FILE_NAME
from .jsonl import JsonLines
from .webdataset import WebDataset
from .webvtt import WebVtt
from .writer import Writer


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        name: as the command line says it
        label: as a form says it
        description: what is written, and what becomes of holes
        writer: what writes it
        every_field: whether all captions are written unless some are chosen; else one field's
        only: the fields that it has a place for; None for any
    """

    name: str
    label: str
    description: str
    writer: type[Writer]
    every_field: bool = True
    only: frozenset[str] | None = None


_RECORD_FIELDS = frozenset(caption.name for caption in fields.CAPTIONS)

FORMATS = {
    each.name: each
    for each in (
        Format(
            "parquet",
            "Action100M's Parquet",
            "Shards of records, as the preview has them; a node above a text is there without one",
            ParquetRecords,
            only=_RECORD_FIELDS,
        ),
        Format(
            "json",
            "Action100M's JSON",
            "A file with one record for each video; a node above a text is there without one",
            JsonRecords,
            only=_RECORD_FIELDS,
        ),
        Format(
            "activitynet",
            "ActivityNet Captions",
            "One JSON file a field: durations, timestamps, sentences; holes are no events",
            ActivityNet,
            every_field=False,
        ),
        Format(
            "webvtt",
            "WebVTT",
            "A folder a video: chapters, and captions of each level; holes are no cues",
            WebVtt,
            every_field=False,
        ),
        Format(
            "eaf",
            "ELAN",
            "A file a video: one tier a level, parents linked; holes are empty annotations",
            Elan,
            every_field=False,
        ),
        Format(
            "jsonl",
            "JSON Lines for training",
            "A line a caption: clip, start, end, caption, ancestors; holes are ancestors only",
            JsonLines,
        ),
        Format(
            "webdataset",
            "WebDataset",
            "Tar shards of clips with their captions as JSON; holes are left out",
            WebDataset,
        ),
    )
}

_WRITTEN = re.compile(
    "|".join(
        [*(each.writer.names for each in FORMATS.values()), *map(re.escape, (LEGACY, FILE_NAME))]
    )
)


def is_written(name: str) -> bool:
    """Whether an export writes files that are called so, by their path in its folder."""
    return _WRITTEN.fullmatch(name) is not None
