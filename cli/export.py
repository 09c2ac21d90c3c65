"""The command ``export``: writes a dataset in another format."""

from __future__ import annotations

import argparse
import sys
from textwrap import fill

from .app import load_collection
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, PARTLY, REFUSED, STOPPED, UNUSABLE, explain
from .parser import Commands, add_command, split_names

_EXAMPLES = """\
examples:
  action100m export a100m records/ --format parquet
  action100m export a100m train/ --format jsonl --fields gpt_action_brief --view steps
  action100m export a100m good/ --format segments --reviewed accepted,fixed

Exported data stays under the dataset's licence: Action100M's annotations are under the FAIR
Noncommercial Research License (no commercial use, no redistribution). docs/export.md describes each
format.

"""

_EXIT_CODES = explain(
    {
        DONE: "all videos are in the folder, or would be",
        REFUSED: UNUSABLE,
        PARTLY: "some videos are in the folder; the report says why others are not",
        FAILED: "no video is, or the disk or the database failed; the same command continues",
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "export",
        run,
        help="write a dataset as records, subtitles or training data",
        description="Writes the videos of a dataset, or of one of its saved views, into a new "
        "folder, which appears when it is complete. Running the command again continues an "
        "interrupted export, and does nothing if it is complete.",
    )
    parser.make_epilog = _epilog
    parser.add_argument("dataset", help="name of the dataset")
    parser.add_argument("out", metavar="OUT", help="the new folder")
    parser.add_argument(
        "--format", required=True, type=_format, metavar="FORMAT", help="one of those listed below"
    )
    parser.add_argument(
        "--fields",
        metavar="NAMES",
        help="caption fields to write, separated by commas; default: all, or one for activitynet, "
        "webvtt and eaf",
    )
    parser.add_argument(
        "--view", metavar="NAME", help="a saved view: its videos, and the captions that it shows"
    )
    parser.add_argument(
        "--reviewed",
        nargs="?",
        const="",
        metavar="STATUSES",
        help="also write each caption's review status and original text (parquet, json, jsonl, "
        "segments, webdataset); with statuses, such as accepted,fixed, write only captions with "
        "one of them",
    )
    parser.add_argument("--max-samples", type=int, metavar="N", help="stop after N videos")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the files of an earlier export; other files in OUT stay",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="report what would be written, write nothing"
    )


def _epilog() -> str:
    from ..exporters.formats import FORMATS

    lines = [
        fill(f"{each.name:<12} {each.description}", 96, initial_indent="  ",
             subsequent_indent=" " * 15)
        for each in FORMATS.values()
    ]  # fmt: skip
    return "\n".join(["formats:", *lines, "", _EXAMPLES + _EXIT_CODES])


def _format(name: str) -> str:
    from ..exporters.formats import FORMATS

    if name not in FORMATS:
        raise argparse.ArgumentTypeError(f"{name!r} is not a format: give {', '.join(FORMATS)}")
    return name


def run(args: argparse.Namespace) -> int:
    """Exports the dataset and returns the exit code."""
    if args.max_samples is not None and args.max_samples < 1:
        return print_error(f"--max-samples must be at least 1, not {args.max_samples}")
    from ..exporters.export import Export
    from ..exporters.journal import InUseError
    from ..exporters.place import PlaceError
    from ..views.review_progress import reviewed
    from .progress import show

    chosen = split_names(args.fields) or None
    try:
        collection = load_collection(args.dataset, args.view)
        is_reviewed = args.reviewed is not None
        if args.reviewed:
            statuses = split_names(args.reviewed) or ()
            collection = reviewed(collection, *statuses, fields=chosen)
        if args.max_samples is not None:
            collection = collection.limit(min(args.max_samples, sys.maxsize))
        job = Export(
            collection, args.out, args.format, chosen, args.overwrite, args.dry_run, is_reviewed
        )
    except ValueError as error:
        return print_error(error)
    try:
        show(job.run(), "Dry run" if args.dry_run else "Exporting")
    except (InUseError, PlaceError) as error:
        return print_error(error)
    except KeyboardInterrupt:
        print(f"Interrupted after {job.report.done} videos: the same command continues")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        done = f"{job.report.done} videos are done, and the same command continues"
        return print_error(f"{error}; {done}", FAILED)
    print(job.report)
    return job.report.exit_code
