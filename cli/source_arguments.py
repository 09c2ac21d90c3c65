"""The options that choose a source's records."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..converters.reading.select import Selection

SOURCE_HELP = (
    "records: a Parquet, JSON or JSON Lines file, a folder of them, a glob, a dataset repository "
    "on the Hub such as facebook/action100m-preview, or a glob in one: "
    "hf://datasets/facebook/action100m-preview/data/*.parquet"
)


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds ``--revision``, ``--token`` and the options that select records."""
    hub = parser.add_argument_group("records from the Hub")
    hub.add_argument("--revision", metavar="REF", help="a branch, tag or commit of the repository")
    hub.add_argument(
        "--token",
        help="an access token; HF_TOKEN or `hf auth login` keep it out of the list of processes. "
        "HF_ENDPOINT names another Hub",
    )
    which = parser.add_argument_group(
        "which records (ranges are MIN:MAX, both inclusive, MIN: or :MAX)"
    )
    which.add_argument(
        "--ids",
        metavar="IDS",
        help="video ids separated by commas, or a file with one per line; if the first starts with "
        "'-', give --ids=-abc",
    )
    which.add_argument("--title", metavar="TEXT", help="a part of the title, ignoring case")
    which.add_argument(
        "--text", metavar="TEXT", help="a part of one of the captions that are read, ignoring case"
    )
    which.add_argument("--duration", metavar="RANGE", help="seconds of the source video")
    which.add_argument("--views", metavar="RANGE", help="number of views")
    which.add_argument(
        "--uploaded", metavar="RANGE", help="years, months or days: 2015:2019-06, 2018"
    )
    which.add_argument(
        "--shards", metavar="RANGE", help="numbers of the source's files, in order, from 1"
    )
    which.add_argument("--random", type=int, metavar="N", help="draw N records at random")
    which.add_argument(
        "--seed", type=int, default=0, metavar="N",
        help="the same seed draws the same records; default %(default)d",
    )  # fmt: skip


def selection_of(args: argparse.Namespace) -> Selection:
    """Returns the selection of records.

    Raises:
        OptionError: if an option cannot be parsed
    """
    from ..converters.reading import select

    return select.Selection(
        ids=None if args.ids is None else select.read_ids(args.ids),
        title=args.title,
        text=args.text,
        duration=select.parse_bounds("duration", args.duration, float),
        views=select.parse_bounds("views", args.views, int),
        uploaded=select.parse_days(args.uploaded),
        shards=select.parse_bounds("shards", args.shards, int),
        random=args.random,
        seed=args.seed,
    )
