"""The command ``ingest``: adds the clips of a sharded conversion to a dataset."""

from __future__ import annotations

import argparse

from ..core.option_error import OptionError
from .convert import EXIT_CODES, REPLACE_HELP
from .errors import print_error
from .parser import Commands, add_command


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "ingest",
        run,
        help="add the clips of a sharded conversion to a dataset",
        description="Adds the samples of finished shards to a dataset. Several processes on "
        "several machines may run it while the conversion runs: they share the shards. "
        "FIFTYONE_DATABASE_URI names the database.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("out", metavar="DIR", help="the conversion's --out")
    parser.add_argument("--name", required=True, help="the dataset's name")
    parser.add_argument(
        "--follow",
        action="store_true",
        help="continue until everything is added or the conversion has ended",
    )
    parser.add_argument(
        "--append",
        action="store_true",
        help="add to a dataset of this name that another run made; videos that it already has "
        "stay as they are",
    )
    parser.add_argument("--replace", action="store_true", help=REPLACE_HELP)
    parser.add_argument(
        "--lease", type=float, default=60.0, metavar="S",
        help="seconds without a sign of life after which another process's shard is taken over; "
        "default %(default)g",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Adds the shards; returns the exit code."""
    if args.lease <= 0:
        return print_error(f"--lease is {args.lease:g}: give more than 0 seconds")
    from ..converters.shards.ingest import open_ingest
    from ..converters.storing.dataset import DatasetError
    from .progress import show

    try:
        ingest = open_ingest(
            args.out, args.name, append=args.append, replace=args.replace, lease=args.lease
        )
    except (OptionError, DatasetError) as error:
        return print_error(error)
    try:
        show(ingest.run(args.follow), "Adding")
    finally:
        print(ingest.report)
    return int(ingest.exit_code())
