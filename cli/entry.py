"""The entry point of the command line: parses arguments and runs a command.

FiftyOne takes seconds to import, so commands import it only once their arguments are parsed.
"""

from __future__ import annotations

import argparse
import io
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from ..core.version import VERSION
from . import (
    build,
    convert,
    demo,
    evaluate,
    export,
    index,
    ingest,
    inspect,
    load,
    map,
    open,
    publish,
    resample,
    review,
    search,
    status,
    upgrade,
)
from .errors import CommandEnded, errors_printed, flush
from .parser import Parser

_COMMANDS = (
    convert, ingest, status, demo, build, index, search, map, evaluate, resample, review, export,
    publish, load, upgrade, open, inspect,
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: without the program's name; those of the process by default

    Returns:
        the exit code, see :mod:`.exit_codes`
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file's name need not be valid text
            stream.reconfigure(errors="backslashreplace")
    try:
        args = _parse(arguments)
        with errors_printed(args.verbose), _sigterm_interrupts():
            _set_up_logging(logging.DEBUG if args.verbose else logging.WARNING)
            return int(args.run(args))
    except CommandEnded as ended:
        return ended.code


def build_parser() -> Parser:
    """Returns the parser of all commands."""
    parser = Parser(
        "action100m",
        description="Action100M's Tree-of-Captions in FiftyOne.",
        epilog="Start with `action100m demo --open`. `action100m COMMAND --help` explains a "
        "command.",
    )
    parser.add_argument("--version", action="version", version=f"action100m {VERSION}")
    parser.add_argument("-v", "--verbose", action="store_true", help="log what is done and why")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line; its own output may be cut off by a closed pipe as well."""
    with errors_printed(verbose=False):
        try:
            return build_parser().parse_args(arguments)
        except SystemExit:
            flush()
            raise


def _set_up_logging(level: int) -> None:
    """Prints this package's log; FiftyOne prints its own."""
    logging.raiseExceptions = False  # a closed pipe ends in an exit code
    ours = logging.getLogger(__package__.rpartition(".")[0])
    if not ours.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        ours.addHandler(handler)
        ours.propagate = False
    ours.setLevel(level)


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Makes SIGTERM end a run as cleanly as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
