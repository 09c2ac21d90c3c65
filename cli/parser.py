"""The parser of the command line and of each command."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from textwrap import fill
from typing import NoReturn, Protocol

Run = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """A parser that says how to give a value that starts with a dash, such as a video's id.

    Attributes:
        make_epilog: makes the end of the help text where that takes imports
    """

    make_epilog: Callable[[], str] | None = None

    def format_help(self) -> str:
        """Returns the help text."""
        if self.make_epilog is not None:
            self.epilog = self.make_epilog()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Exits with a message."""
        found = re.fullmatch(r"argument (?:.*/)?(--[a-z-]+): expected one argument", message)
        if found:
            message += f" (give one that starts with - as {found[1]}=-…)"
        super().error(message)


class Commands(Protocol):
    """What ``add_subparsers`` returns, for which argparse has no public name."""

    def add_parser(
        self,
        name: str,
        *,
        help: str,
        description: str,
        epilog: str | None,
        formatter_class: type[argparse.HelpFormatter],
    ) -> Parser:
        """Adds a command's parser."""


def add_command(
    commands: Commands,
    name: str,
    run: Run,
    *,
    help: str,
    description: str,
    epilog: str | None = None,
) -> Parser:
    """Adds a command, whose arguments are still to be added.

    Args:
        commands: the command line's
        name: of the command
        run: runs it; returns the exit code
        help: a line for the list of commands
        description: what it does
        epilog: examples and exit codes, printed as they are
    """
    parser = commands.add_parser(
        name,
        help=help,
        description=fill(description, 90),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def split_names(text: str | None) -> list[str] | None:
    """Returns names that are separated by commas, None for none given."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
