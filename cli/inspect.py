"""The command ``inspect``: describes a source of records without converting it."""

from __future__ import annotations

import argparse
import shutil

from ..core.fields import select_captions
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, PARTLY, REFUSED, explain
from .parser import Commands, add_command
from .source_arguments import SOURCE_HELP, add_source_arguments, selection_of

_EXIT_CODES = explain(
    {
        DONE: "the records were read",
        REFUSED: "the command line, or the source it names, cannot be used",
        PARTLY: "some records were read, others cannot be used",
        FAILED: "no record can be used",
        INTERRUPTED: "interrupted",
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "inspect",
        run,
        help="describe a source of records: schema, counts, statistics, a tree",
        description="Reads a few records of a source, on disk or on the Hub, and describes them. "
        "For Parquet on the Hub, this downloads a few MB.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("source", help=SOURCE_HELP)
    parser.add_argument(
        "--sample", type=int, default=10, metavar="N", help="records to read; default %(default)d"
    )
    parser.add_argument(
        "--captions", default="all", help="captions to read, as for `convert`; default %(default)s"
    )
    parser.add_argument(
        "--levels", type=int, default=5, metavar="N",
        help="levels of the first record's tree to print; default %(default)d",
    )  # fmt: skip
    add_source_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Describes the source; returns the exit code."""
    if args.sample < 1 or args.levels < 1:
        return print_error("--sample and --levels must be 1 or more")
    try:
        captions, selection = select_captions(args.captions), selection_of(args)
        from .description import describe_source
        from .inspection import inspect_source

        found = inspect_source(
            args.source, captions, args.revision, args.token, selection, args.sample
        )
    except ValueError as error:
        return print_error(error)
    width = shutil.get_terminal_size((100, 24)).columns
    print("\n".join(describe_source(found, args.levels, width)))
    if not found.sample:
        return FAILED
    return PARTLY if found.failures else DONE
