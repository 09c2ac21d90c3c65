"""The export formats."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .action100m import FIELDS, JsonRecords, ParquetRecords
from .activitynet import ActivityNet
from .elan import Elan
from .journal import FILE_NAME
from .jsonl import JsonLines
from .segments import ParquetSegments
from .webdataset import WebDataset
from .webvtt import WebVtt
from .writer import Writer


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        name: its name on the command line
        label: its name in a form
        description: what is written, and what happens to nodes without a caption
        writer: the class that writes it
        every_field: whether all fields are exported by default, or only one
        only: the fields that it can hold; None for any
        repeats: whether it can hold how often a segment was drawn
        reviews: whether it can hold reviews
    """

    name: str
    label: str
    description: str
    writer: type[Writer]
    every_field: bool = True
    only: frozenset[str] | None = None
    repeats: bool = False
    reviews: bool = False


FORMATS = {
    each.name: each
    for each in (
        Format(
            "parquet",
            "Action100M's Parquet",
            "Shards of records like the preview's; ancestors without a caption are kept",
            ParquetRecords,
            only=FIELDS,
            reviews=True,
        ),
        Format(
            "json",
            "Action100M's JSON",
            "One file per video with its record; ancestors without a caption are kept",
            JsonRecords,
            only=FIELDS,
            reviews=True,
        ),
        Format(
            "activitynet",
            "ActivityNet Captions",
            "One JSON file per field: durations, timestamps, sentences; only captions are events",
            ActivityNet,
            every_field=False,
        ),
        Format(
            "webvtt",
            "WebVTT",
            "A folder per video: chapters, and the captions of each level; only captions are cues",
            WebVtt,
            every_field=False,
        ),
        Format(
            "eaf",
            "ELAN",
            "One file per video: one linked tier per level; missing captions are empty annotations",
            Elan,
            every_field=False,
        ),
        Format(
            "jsonl",
            "JSON Lines for training",
            "One line per caption: clip, start, end, caption, and all ancestors",
            JsonLines,
            repeats=True,
            reviews=True,
        ),
        Format(
            "segments",
            "Parquet for training",
            "The same as rows of Parquet shards",
            ParquetSegments,
            repeats=True,
            reviews=True,
        ),
        Format(
            "webdataset",
            "WebDataset",
            "Tar shards of clips with their captions as JSON",
            WebDataset,
            repeats=True,
            reviews=True,
        ),
    )
}

#: The report's name while it is being written, in the export's folder.
REPORT_DRAFT = "EXPORT.txt"

_WRITTEN = re.compile(
    "|".join(
        [*(each.writer.names for each in FORMATS.values())]
        + [re.escape(name) for name in (REPORT_DRAFT, FILE_NAME)]
    )
)


def is_export_name(name: str) -> bool:
    """Whether an export writes files with such a path in its folder."""
    return _WRITTEN.fullmatch(name) is not None
