"""The command ``status``: prints the outcome of a conversion, video by video."""

from __future__ import annotations

import argparse
from pathlib import Path

from .errors import print_error
from .exit_codes import DONE, FAILED, PARTLY, REFUSED, explain
from .parser import Commands, add_command

_EXIT_CODES = explain(
    {
        DONE: "every video has its clip, or the list was printed",
        REFUSED: "DIR holds no conversion",
        PARTLY: "some videos have their clip",
        FAILED: "no video has its clip",
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "status",
        run,
        help="print the outcome of each video of a conversion",
        description="Reads a conversion's manifest, or those of all its shards. Works while the "
        "conversion runs.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("out", metavar="DIR", help="the conversion's --out")
    parser.add_argument(
        "--list",
        metavar="STATUS",
        help="list the videos with this status or reason, one per line",
    )


def run(args: argparse.Namespace) -> int:
    """Prints the status; returns the exit code."""
    from ..converters.status import read_status

    status = read_status(Path(args.out).expanduser())
    if status is None:
        return print_error(f"{args.out} holds no manifest.jsonl: give a conversion's --out")
    if args.list:
        for row in status.rows():
            if args.list in (row.status, row.reason):
                print(row.key, row.status, row.reason, " ".join(row.message.split()), sep="\t")
        return DONE
    print(status)
    return status.exit_code
