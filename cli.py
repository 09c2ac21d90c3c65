"""The command line: ``action100m convert``, ``inspect``, ``demo``, ``status`` and ``open``.

FiftyOne takes seconds to import, so nothing of it is imported before the arguments are known to be
good.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from .acquire.arguments import add_fetch_arguments, fetch_options
from .cli_texts import CONVERT_EXAMPLES, EXIT_CODES, EXPORT_FORMATS
from .converters.arguments import SOURCE_HELP, add_source_arguments, selection_of
from .core.fields import CAPTIONS, DEFAULT_CAPTIONS, select_captions
from .core.version import VERSION
from .publishing.commands import add_commands

logger = logging.getLogger(__name__)

_DEMO_NAME = "action100m-demo"

#: FiftyOne's own zoom of the grid, and one at which captions leave some of the picture to be seen.
_DEFAULT_ZOOM, _READABLE_ZOOM = 7, 8

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
    parser = build_parser()
    args = parser.parse_args(arguments)
    _log(logging.DEBUG if args.verbose else logging.WARNING)
    try:
        with _terminable():
            return int(args.run(args))
    except KeyboardInterrupt:
        print("Interrupted: what was done stays done; the same command goes on with the rest")
        return 130


def _log(level: int) -> None:
    """Lets this package's log be read; FiftyOne shows its own."""
    ours = logging.getLogger(__package__)
    if not ours.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        ours.addHandler(handler)
        ours.propagate = False
    ours.setLevel(level)


def build_parser() -> argparse.ArgumentParser:
    """Returns the parser of all commands."""
    parser = argparse.ArgumentParser(
        "action100m",
        description="Action100M's Tree-of-Captions in FiftyOne.",
        epilog="Start with `action100m demo --open`; `action100m COMMAND --help` explains each.",
    )
    parser.add_argument("--version", action="version", version=f"action100m {VERSION}")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what is done and why")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_convert(commands)
    _add_demo(commands)
    _add_status(commands)
    _add_export(commands)
    add_commands(commands)
    _add_open(commands)
    _add_inspect(commands)
    return parser


def _add_convert(commands: Any) -> None:
    parser = commands.add_parser(
        "convert",
        help="records and videos to clips and a data set",
        description="Cuts source videos to clips and makes a FiftyOne data set of them and of "
        "their records. Running it again does what is missing.",
        epilog=CONVERT_EXAMPLES + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", help=SOURCE_HELP)
    needed = parser.add_argument_group("what is needed")
    needed.add_argument(
        "--videos",
        metavar="DIR",
        help="the source videos, called ID.mp4 or 'Title [ID].webm'; searched through. What is not "
        "there comes from the web with --fetch",
    )
    needed.add_argument("--name", required=True, help="the data set's name")
    needed.add_argument(
        "--out", required=True, metavar="DIR", help="where clips, manifest and report go"
    )
    _add_limits(parser)
    add_source_arguments(parser)
    add_fetch_arguments(parser)
    _add_runs(parser)
    _add_opening(parser)
    parser.set_defaults(run=_convert)


def _add_limits(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument_group("what to make")
    what.add_argument(
        "--captions",
        default=",".join(DEFAULT_CAPTIONS),
        help="which texts: the groups gpt, plm, llama3, or all, or fields "
        f"({', '.join(c.name for c in CAPTIONS)}); default %(default)s. plm_action is among them "
        "because it is on every node: the refined gpt captions never reach a leaf",
    )
    what.add_argument("--max-samples", type=int, metavar="N", help="stop at N samples")
    what.add_argument(
        "--clip-seconds", type=float, default=90.0, metavar="S", help="default %(default)g"
    )
    what.add_argument(
        "--max-height", type=int, default=480, metavar="PIXELS", help="default %(default)d"
    )
    what.add_argument(
        "--crf", type=int, default=23, metavar="N", help="x264's quality; default %(default)d"
    )
    what.add_argument(
        "--preset", default="veryfast", help="x264's preset; default %(default)s, which gave the "
        "smallest files of four tried"
    )  # fmt: skip


def _add_runs(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("how to run")
    how.add_argument(
        "--workers", type=int, metavar="N", help="clips made at once; default: one a core"
    )
    how.add_argument(
        "--verify",
        choices=("demux", "decode"),
        default="demux",
        help="read each clip's packets (default), or decode it to the end",
    )
    existing = how.add_mutually_exclusive_group()
    existing.add_argument(
        "--overwrite", action="store_true", help="delete a data set of this name first"
    )
    existing.add_argument(
        "--append", action="store_true", help="add to a data set of this name of another run"
    )
    how.add_argument(
        "--retry",
        action="append",
        default=[],
        metavar="WHAT",
        help="try videos again that ended so: failed, all, or a reason such as bad-clip",
    )
    how.add_argument("--dry-run", action="store_true", help="report what would be done, do nothing")


def _add_opening(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--open", action="store_true", help="open the data set in the App")
    parser.add_argument("--port", type=int, help="the App's port; FiftyOne's default otherwise")


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser(
        "demo",
        help="a data set to try things on, rendered here",
        description="Renders a few instructional videos whose pictures show their annotation, and "
        "converts them. Nothing of Action100M's is in them. Rendered once, then kept.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dir", metavar="DIR", help="where it is kept; the user's cache otherwise")
    parser.add_argument("--name", default=_DEMO_NAME, help="the data set's; default %(default)s")
    parser.add_argument("--videos", type=int, default=6, metavar="N", help="default %(default)d")
    parser.add_argument("--seed", type=int, default=51, help="default %(default)d")
    parser.add_argument(
        "--overwrite", action="store_true", help="delete a data set of this name first"
    )
    _add_opening(parser)
    parser.set_defaults(run=_demo)


def _add_status(commands: Any) -> None:
    parser = commands.add_parser(
        "status",
        help="what became of each video of a conversion",
        description="Reads a conversion's manifest out. Works while the conversion runs.",
    )
    parser.add_argument("out", metavar="DIR", help="the conversion's --out")
    parser.add_argument(
        "--list", metavar="WHAT", help="list the videos of a status or a reason, one a line"
    )
    parser.set_defaults(run=_status)


def _add_export(commands: Any) -> None:
    parser = commands.add_parser(
        "export",
        help="a data set's trees as records, subtitles or training data",
        description="Writes the videos of a data set, or of one of its saved views, into a new "
        "folder. It appears when it is whole; an interrupted export leaves nothing behind.",
        epilog=EXPORT_FORMATS + EXIT_CODES,
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
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")
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
        "open", help="open a data set in the App", description="Opens a data set in the App."
    )
    parser.add_argument("name", help="the data set's")
    parser.add_argument("--port", type=int, help="the App's port; FiftyOne's default otherwise")
    parser.set_defaults(run=lambda args: _open(args.name, args.port))


def _convert(args: argparse.Namespace) -> int:
    try:
        select_captions(args.captions)
    except ValueError as error:
        return _refuse(error)
    from .converters.media import ClipSettings
    from .converters.options import ConvertOptions

    try:
        fetch, selection = fetch_options(args), selection_of(args)
        clip = ClipSettings(
            clip_seconds=args.clip_seconds,
            max_height=args.max_height,
            crf=args.crf,
            preset=args.preset,
            verify=args.verify,
        )
    except ValueError as error:
        return _refuse(error)
    options = ConvertOptions(
        source=args.source,
        videos=args.videos,
        name=args.name,
        out=args.out,
        captions=args.captions,
        clip=clip,
        workers=args.workers,
        max_samples=args.max_samples,
        overwrite=args.overwrite,
        append=args.append,
        retry=tuple(args.retry),
        dry_run=args.dry_run,
        fetch=fetch,
        revision=args.revision,
        token=args.token,
        selection=selection,
    )
    return _run_conversion(options, args)


def _run_conversion(options: Any, args: argparse.Namespace) -> int:
    from .converters.convert import Conversion
    from .converters.dataset import DatasetError
    from .converters.manifest import ManifestError
    from .converters.options import OptionError
    from .progress import show

    try:
        conversion = Conversion(options)
        show(conversion.run(), "Converting")
    except (OptionError, DatasetError, ManifestError) as error:
        return _refuse(error)
    except KeyboardInterrupt:
        print(conversion.report)
        raise
    print(conversion.report)
    code = conversion.report.exit_code
    if args.open and conversion.dataset is not None and len(conversion.dataset):
        _open(options.name, args.port)
    return code


def _demo(args: argparse.Namespace) -> int:
    if args.videos < 1:
        return _refuse(ValueError(f"--videos is {args.videos}: give 1 or more"))
    from .converters.options import ConvertOptions
    from .converters.provenance import DEMO
    from .demo.make import default_directory, make_demo
    from .progress import bar

    folder = Path(args.dir).expanduser() if args.dir else default_directory()
    with bar("Rendering", args.videos) as advance:
        demo = make_demo(folder, videos=args.videos, seed=args.seed, progress=advance)
    options = ConvertOptions(
        source=demo.records,
        videos=demo.videos,
        name=args.name,
        out=folder / "converted" / args.name,
        captions="all",
        overwrite=args.overwrite,
        provenance=DEMO,
    )
    return _run_conversion(options, args)


def _status(args: argparse.Namespace) -> int:
    from .converters.manifest import FILE_NAME, OK, Manifest
    from .converters.report import EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL, count_lines

    folder = Path(args.out).expanduser()
    if not (folder / FILE_NAME).exists():
        return _refuse(ValueError(f"{folder} holds no {FILE_NAME}: give a conversion's --out"))
    with Manifest(folder, write=False) as manifest:
        if args.list:
            for row in manifest:
                if args.list in (row.status, row.reason):
                    print(row.key, row.status, row.reason, " ".join(row.message.split()), sep="\t")
            return EXIT_OK
        counts = manifest.counts()
        examples: dict[tuple[str, str], str] = {}
        for row in manifest:
            if row.message:
                examples.setdefault((row.status, row.reason), row.message)
    total, ok = sum(counts.values()), sum(n for (s, _), n in counts.items() if s == OK)
    print(f"{ok} of {total} videos have their clip, according to {folder / FILE_NAME}")
    print("\n".join(count_lines(counts, examples)))
    return EXIT_OK if ok == total else EXIT_PARTIAL if ok else EXIT_NOTHING


def _export(args: argparse.Namespace) -> int:
    if args.max_samples is not None and args.max_samples < 1:
        return _refuse(ValueError(f"--max-samples is {args.max_samples}: give 1 or more"))
    import fiftyone as fo

    from .exporters.export import Export
    from .progress import show

    if not fo.dataset_exists(args.dataset):
        return _refuse(_no_dataset(args.dataset))
    chosen = [n.strip() for n in args.fields.split(",") if n.strip()] if args.fields else None
    try:
        dataset = fo.load_dataset(args.dataset)
        collection = dataset.load_saved_view(args.view) if args.view else dataset
        if args.max_samples is not None:
            collection = collection.limit(args.max_samples)
        job = Export(collection, args.out, args.format, chosen, args.overwrite, args.dry_run)
    except ValueError as error:
        return _refuse(error)
    try:
        show(job.run(), "Exporting")
    except KeyboardInterrupt:
        print("Interrupted: nothing was written")
        return 130
    except OSError as error:
        print(f"action100m: {error}; nothing was written", file=sys.stderr)
        return 4
    print(job.report)
    return job.report.exit_code


def _no_dataset(name: str) -> ValueError:
    import fiftyone as fo

    known = ", ".join(fo.list_datasets()) or "none"
    return ValueError(f"there is no data set {name!r}; there are: {known}")


def _inspect(args: argparse.Namespace) -> int:
    if args.sample < 1 or args.levels < 1:
        return _refuse(ValueError("--sample and --levels are 1 or more"))
    try:
        captions, selection = select_captions(args.captions), selection_of(args)
        from .converters.inspect import inspect_source

        found = inspect_source(
            args.source, captions, args.revision, args.token, selection, args.sample
        )
    except ValueError as error:
        return _refuse(error)
    print("\n".join(found.lines(args.levels, shutil.get_terminal_size((100, 24)).columns)))
    return 0 if found.sample and not found.failures else 3 if found.sample else 4


def _open(name: str, port: int | None) -> int:
    import fiftyone as fo

    if not fo.dataset_exists(name):
        return _refuse(_no_dataset(name))
    config = fo.app_config.copy()
    if config.grid_zoom == _DEFAULT_ZOOM:
        config.grid_zoom = _READABLE_ZOOM
    session = fo.launch_app(fo.load_dataset(name), port=port, config=config)
    url = session.url.replace("//0.0.0.0:", "//localhost:")  # where to look, not where it listens
    print(f"The App is at {url} - stop it with Ctrl-C", flush=True)
    try:
        with suppress(KeyboardInterrupt):
            session.wait(-1)
    finally:
        fo.close_app()  # or its server would live on without a database
    return 0


def _refuse(error: Exception) -> int:
    print(f"action100m: {error}", file=sys.stderr)
    return 2


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


if __name__ == "__main__":
    sys.exit(main())
