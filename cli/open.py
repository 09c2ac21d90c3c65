"""The command ``open``: opens a dataset in the App."""

from __future__ import annotations

import argparse

from .app import add_port, open_app
from .exit_codes import DONE, FAILED, REFUSED, explain
from .parser import Commands, add_command

_EXIT_CODES = explain(
    {
        DONE: "the App was closed, by Ctrl-C for example",
        REFUSED: "there is no such dataset",
        FAILED: "the database failed",
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "open",
        run,
        help="open a dataset in the App",
        description="Opens a dataset in the App.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("name", help="the dataset's name")
    add_port(parser)


def run(args: argparse.Namespace) -> int:
    """Opens the App; returns the exit code."""
    return open_app(args.name, args.port)
