"""The parser of the command line and of each command."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from textwrap import fill
from typing import NoReturn, Protocol

Run = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """A parser that explains how to pass a value that starts with a dash, such as a video id.

    Attributes:
        make_epilog: returns the end of the help text, if that needs imports
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
    """The result of ``add_subparsers``, for which argparse has no public type."""

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
    """Adds a command without arguments.

    Args:
        commands: the subparsers of the command line
        name: the command's name
        run: runs the command; returns the exit code
        help: a line for the list of commands
        description: what the command does
        epilog: examples and exit codes, printed verbatim
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
    """Splits names at commas; returns None for None."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]
