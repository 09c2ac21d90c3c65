"""The command line: ``action100m demo``, ``export``, ``inspect``, ``open``, and where the rest is.

FiftyOne takes seconds to import, so nothing of it is imported before the arguments are known to be
good.
"""

from __future__ import annotations

import argparse
import io
import logging
import re
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from ..core.fields import select_captions
from ..core.version import VERSION
from .app import add_opening, no_dataset, open_app, refuse
from .convert import add_convert_commands, run_conversion
from .faults import Ended, faults_in_a_line, flush
from .help_texts import CONVERT_CODES, EXPORT_CODES, EXPORT_FORMATS, INSPECT_CODES, OPEN_CODES
from .publish import add_commands
from .source_arguments import SOURCE_HELP, add_source_arguments, selection_of

logger = logging.getLogger(__name__)

_DEMO_NAME = "action100m-demo"

#: As :data:`.exporters.formats.FORMATS` has them, which would take seconds to import; a test holds
#: the two together.
_FORMATS = ("parquet", "json", "activitynet", "webvtt", "eaf", "jsonl", "webdataset")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        arguments: without the program's name; those of the process by default

    Returns:
        the exit code, see ``action100m convert --help``
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a file's name may be no text
            stream.reconfigure(errors="backslashreplace")
    try:
        args = _parsed(arguments)
        with faults_in_a_line(args.verbose), _terminable():
            _log(logging.DEBUG if args.verbose else logging.WARNING)
            return int(args.run(args))
    except Ended as ended:
        return ended.code


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads the command line; what it prints itself may be cut off as well."""
    with faults_in_a_line(verbose=False):
        try:
            return build_parser().parse_args(arguments)
        except SystemExit:
            flush()
            raise


def _log(level: int) -> None:
    """Lets this package's log be read; FiftyOne shows its own."""
    logging.raiseExceptions = False  # a closed pipe is said once, in an exit code
    ours = logging.getLogger(__package__.rpartition(".")[0])
    if not ours.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        ours.addHandler(handler)
        ours.propagate = False
    ours.setLevel(level)


class _Parser(argparse.ArgumentParser):
    """A parser that says how to give a value that begins with a dash, such as a video's id."""

    def error(self, message: str) -> NoReturn:
        """Ends with a message."""
        found = re.fullmatch(r"argument (?:.*/)?(--[a-z-]+): expected one argument", message)
        if found:
            message += f" (one that begins with - is given as {found[1]}=-…)"
        super().error(message)


def build_parser() -> argparse.ArgumentParser:
    """Returns the parser of all commands."""
    parser = _Parser(
        "action100m",
        description="Action100M's Tree-of-Captions in FiftyOne.",
        epilog="Start with `action100m demo --open`; `action100m COMMAND --help` explains each.",
    )
    parser.add_argument("--version", action="version", version=f"action100m {VERSION}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what is done and why")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_convert_commands(commands)
    _add_demo(commands)
    _add_export(commands)
    add_commands(commands)
    _add_open(commands)
    _add_inspect(commands)
    return parser


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="a data set to try things on, rendered here",
        description="Renders a few instructional videos whose pictures show their annotation, and "
        "converts them. Nothing of Action100M's is in them. Rendered once, then kept.",
        epilog=CONVERT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dir", metavar="DIR", help="where it is kept; the user's cache otherwise")
    parser.add_argument("--name", default=_DEMO_NAME, help="the data set's; default %(default)s")
    parser.add_argument("--videos", type=int, default=6, metavar="N", help="default %(default)d")
    parser.add_argument("--seed", type=int, default=51, help="default %(default)d")
    parser.add_argument(
        "--overwrite", action="store_true", help="delete a data set of this name first"
    )
    add_opening(parser)
    parser.set_defaults(run=_demo)


def _add_export(commands: Any) -> None:
    parser = commands.add_parser(
        "export",
        help="a data set's trees as records, subtitles or training data",
        description="Writes the videos of a data set, or of one of its saved views, into a new "
        "folder. It appears when it is whole. Running it again goes on where an interrupted export "
        "was, and does nothing where all is there.",
        epilog=EXPORT_FORMATS + EXPORT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", help="the data set's name")
    parser.add_argument("out", metavar="OUT", help="the folder to make")
    parser.add_argument(
        "--format", required=True, choices=_FORMATS, metavar="FORMAT", help=", ".join(_FORMATS)
    )
    parser.add_argument(
        "--fields",
        metavar="NAMES",
        help="captions to write, separated by commas; default: all, or one for activitynet, webvtt "
        "and eaf",
    )
    parser.add_argument(
        "--view", metavar="NAME", help="a saved view: its videos, and the captions that it shows"
    )
    parser.add_argument("--max-samples", type=int, metavar="N", help="stop at N videos")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the files of an earlier export; what others have put into OUT stays",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="report what would be written, write nothing"
    )
    parser.set_defaults(run=_export)


def _add_inspect(commands: Any) -> None:
    parser = commands.add_parser(
        "inspect",
        help="what a source of records holds: schema, counts, statistics, a tree",
        description="Reads a few records of a source, on disk or on the Hub, and says what it is "
        "like. Of Parquet on the Hub, that takes a few MB.",
        epilog=INSPECT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", help=SOURCE_HELP)
    parser.add_argument(
        "--sample", type=int, default=10, metavar="N", help="records to read; default %(default)d"
    )
    parser.add_argument(
        "--captions", default="all", help="which texts, as `convert` has them; default %(default)s"
    )
    parser.add_argument(
        "--levels", type=int, default=5, metavar="N",
        help="levels of the first record's tree to print; default %(default)d",
    )  # fmt: skip
    add_source_arguments(parser)
    parser.set_defaults(run=_inspect)


def _add_open(commands: Any) -> None:
    parser = commands.add_parser(
        "open",
        help="open a data set in the App",
        description="Opens a data set in the App.",
        epilog=OPEN_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", help="the data set's")
    parser.add_argument(
        "--port", type=int, help="the App's port, or the next free one; default: FiftyOne's"
    )
    parser.set_defaults(run=lambda args: open_app(args.name, args.port))


def _demo(args: argparse.Namespace) -> int:
    if args.videos < 1:
        return refuse(ValueError(f"--videos is {args.videos}: give 1 or more"))
    from ..converters.clips.ffmpeg import NoFfmpegError
    from ..converters.options import ConvertOptions
    from ..converters.storing.provenance import DEMO
    from ..demo.make import default_directory, make_demo
    from ..demo.render import RenderError
    from .progress import bar

    folder = Path(args.dir).expanduser() if args.dir else default_directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return refuse(error)
    try:
        with bar("Rendering", args.videos) as advance:
            demo = make_demo(folder, videos=args.videos, seed=args.seed, progress=advance)
    except NoFfmpegError as error:
        return refuse(error)
    except (RenderError, OSError) as error:
        print(f"action100m: the demo was not made in {folder}: {error}", file=sys.stderr)
        return 4
    options = ConvertOptions(
        source=demo.records,
        videos=demo.videos,
        name=args.name,
        out=folder / "converted" / args.name,
        captions="all",
        overwrite=args.overwrite,
        provenance=DEMO,
    )
    return run_conversion(options, args)


def _export(args: argparse.Namespace) -> int:
    if args.max_samples is not None and args.max_samples < 1:
        return refuse(ValueError(f"--max-samples is {args.max_samples}: give 1 or more"))
    import fiftyone as fo

    from ..exporters.export import Export
    from ..exporters.journal import InUseError
    from ..exporters.place import PlaceError
    from .progress import show

    if not fo.dataset_exists(args.dataset):
        return refuse(no_dataset(args.dataset))
    chosen = [n.strip() for n in args.fields.split(",") if n.strip()] if args.fields else None
    try:
        dataset = fo.load_dataset(args.dataset)
        collection = dataset.load_saved_view(args.view) if args.view else dataset
        if args.max_samples is not None:
            collection = collection.limit(min(args.max_samples, sys.maxsize))
        job = Export(collection, args.out, args.format, chosen, args.overwrite, args.dry_run)
    except ValueError as error:
        return refuse(error)
    try:
        show(job.run(), "Dry run" if args.dry_run else "Exporting")
    except (InUseError, PlaceError) as error:
        return refuse(error)
    except KeyboardInterrupt:
        print(f"Interrupted after {job.report.done} videos: the same command goes on from there")
        return 130
    except BrokenPipeError:
        raise
    except OSError as error:
        done = f"{job.report.done} videos are done, the same command goes on from there"
        print(f"action100m: {error}; {done}", file=sys.stderr)
        return 4
    print(job.report)
    return job.report.exit_code


def _inspect(args: argparse.Namespace) -> int:
    if args.sample < 1 or args.levels < 1:
        return refuse(ValueError("--sample and --levels are 1 or more"))
    try:
        captions, selection = select_captions(args.captions), selection_of(args)
        from .inspect import inspect_source

        found = inspect_source(
            args.source, captions, args.revision, args.token, selection, args.sample
        )
    except ValueError as error:
        return refuse(error)
    print("\n".join(found.lines(args.levels, shutil.get_terminal_size((100, 24)).columns)))
    return 0 if found.sample and not found.failures else 3 if found.sample else 4


@contextmanager
def _terminable() -> Iterator[None]:
    """Lets SIGTERM end a run as tidily as Ctrl-C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
