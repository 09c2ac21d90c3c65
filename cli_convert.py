"""The command line's ``convert``, ``ingest`` and ``status``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .acquire.arguments import add_fetch_arguments, fetch_options
from .cli_app import add_opening, open_app, refuse
from .cli_texts import CONVERT_EXAMPLES, EXIT_CODES
from .converters.arguments import SOURCE_HELP, add_source_arguments, selection_of
from .core.fields import CAPTIONS, DEFAULT_CAPTIONS, select_captions


def add_convert_commands(commands: Any) -> None:
    """Adds the three to the command line's."""
    _add_convert(commands)
    _add_status(commands)


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
    add_opening(parser)
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


def _convert(args: argparse.Namespace) -> int:
    try:
        select_captions(args.captions)
    except ValueError as error:
        return refuse(error)
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
        return refuse(error)
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
    return run_conversion(options, args)


def run_conversion(options: Any, args: argparse.Namespace) -> int:
    """Converts, shows how far it is, prints the report; returns the exit code."""
    from .converters.convert import Conversion
    from .converters.dataset import DatasetError
    from .converters.manifest import ManifestError
    from .converters.options import OptionError
    from .progress import show

    try:
        conversion = Conversion(options)
        show(conversion.run(), "Converting")
    except (OptionError, DatasetError, ManifestError) as error:
        return refuse(error)
    except KeyboardInterrupt:
        print(conversion.report)
        raise
    print(conversion.report)
    code = conversion.report.exit_code
    if args.open and conversion.dataset is not None and len(conversion.dataset):
        open_app(options.name, args.port)
    return code


def _status(args: argparse.Namespace) -> int:
    from .converters.manifest import FILE_NAME, OK, Manifest
    from .converters.report import EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL, count_lines

    folder = Path(args.out).expanduser()
    if not (folder / FILE_NAME).exists():
        return refuse(ValueError(f"{folder} holds no {FILE_NAME}: give a conversion's --out"))
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
