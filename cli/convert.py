"""The command line's ``convert``, ``ingest`` and ``status``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..core.fields import CAPTIONS, DEFAULT_CAPTIONS, select_captions
from .app import add_opening, open_app, refuse
from .fetch_arguments import add_fetch_arguments, fetch_options
from .help_texts import CONVERT_CODES, CONVERT_EXAMPLES, STATUS_CODES
from .source_arguments import SOURCE_HELP, add_source_arguments, selection_of

_REPLACE = (
    "write the samples of videos that are there anew, in place. Kept are a sample's id, its tags "
    "and every field that a conversion does not write, the id, tags and further attributes of a "
    "detection whose node is still there (of speech: whose text is), and detections without a "
    "node_id; --dry-run counts them"
)


def add_convert_commands(commands: Any) -> None:
    """Adds the three to the command line's."""
    _add_convert(commands)
    _add_ingest(commands)
    _add_status(commands)


def _add_convert(commands: Any) -> None:
    parser = commands.add_parser(
        "convert",
        help="records and videos to clips and a data set",
        description="Cuts source videos to clips and makes a FiftyOne data set of them and of "
        "their records. Running it again does what is missing.",
        epilog=CONVERT_EXAMPLES + CONVERT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", help=SOURCE_HELP)
    needed = parser.add_argument_group("what is needed")
    needed.add_argument(
        "--videos",
        metavar="DIR",
        help="the source videos, called ID.mp4, 'Title [ID].webm', Title-ID.mp4 or v_ID.mp4; "
        "searched through. What is not there comes from the web with --fetch",
    )
    needed.add_argument("--name", required=True, help="the data set's name")
    needed.add_argument(
        "--out", required=True, metavar="DIR", help="where clips, manifest and report go"
    )
    _add_limits(parser)
    add_source_arguments(parser)
    add_fetch_arguments(parser)
    _add_runs(parser)
    _add_shards(parser)
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
        "--hdr",
        choices=("sdr", "keep"),
        default="sdr",
        help="HDR videos (PQ, HLG) become SDR clips (default), or keep their range in clips of 10 "
        "bits, which Chromium plays and not every browser does",
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
        "--append",
        action="store_true",
        help="add to a data set of this name of another run; a video that it has a sample of (by "
        "video_uid, or by the id in full_video_url) is left as it is, and no clip is made of it",
    )
    how.add_argument("--replace", action="store_true", help=_REPLACE)
    how.add_argument(
        "--retry",
        action="append",
        default=[],
        metavar="WHAT",
        help="try videos again that ended so: failed, all, or a reason such as bad-clip",
    )
    how.add_argument("--dry-run", action="store_true", help="report what would be done, do nothing")


def _add_shards(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group(
        "in shards (any of these asks for them; docs/cluster.md)",
        "Each worker makes the clips of a shard of videos, one at a time unless --workers says "
        "more, and this process adds them to the data set as they finish. The order of the samples "
        "is that in which shards finish.",
    )
    how.add_argument(
        "--shard-size", type=int, metavar="N",
        help="videos in a shard; default: 100, or what an earlier run has chosen",
    )  # fmt: skip
    how.add_argument("--processes", type=int, metavar="N", help="local processes; one a core")
    how.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="a Dask scheduler's address or --scheduler-file, in place of local processes",
    )  # fmt: skip
    how.add_argument(
        "--no-ingest", action="store_true", help="make clips only; `action100m ingest` adds them"
    )


def _add_ingest(commands: Any) -> None:
    parser = commands.add_parser(
        "ingest",
        help="the clips of a conversion in shards to a data set",
        description="Adds the samples of finished shards to a data set. May be started several "
        "times, on several machines, while the conversion runs: they share the shards. "
        "FIFTYONE_DATABASE_URI names the database.",
        epilog=CONVERT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("out", metavar="DIR", help="the conversion's --out")
    parser.add_argument("--name", required=True, help="the data set's name")
    parser.add_argument(
        "--follow", action="store_true", help="go on until all is added or the conversion has ended"
    )
    parser.add_argument(
        "--append",
        action="store_true",
        help="add to a data set of this name of another run; a video that it has a sample of is "
        "left as it is",
    )
    parser.add_argument("--replace", action="store_true", help=_REPLACE)
    parser.add_argument(
        "--lease", type=float, default=60.0, metavar="S",
        help="seconds without a sign of life after which another process's shard is taken over; "
        "default %(default)g",
    )  # fmt: skip
    parser.set_defaults(run=_ingest)


def _add_status(commands: Any) -> None:
    parser = commands.add_parser(
        "status",
        help="what became of each video of a conversion",
        description="Reads a conversion's manifest out, or those of all its shards. Works while "
        "the conversion runs.",
        epilog=STATUS_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
    from ..converters.clips.media import ClipSettings
    from ..converters.options import ConvertOptions

    try:
        fetch, selection = fetch_options(args), selection_of(args)
        clip = ClipSettings(
            clip_seconds=args.clip_seconds,
            max_height=args.max_height,
            crf=args.crf,
            preset=args.preset,
            hdr=args.hdr,
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
        replace=args.replace,
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
    from ..converters.manifest import ManifestError
    from ..converters.options import OptionError
    from ..converters.storing.dataset import DatasetError
    from .progress import show

    try:
        conversion = _conversion(options, args)
    except OptionError as error:
        return refuse(error)
    try:
        show(conversion.run(), "Dry run" if options.dry_run else "Converting")
    except (OptionError, DatasetError, ManifestError) as error:
        return refuse(error)
    except KeyboardInterrupt:
        print(conversion.report)
        raise
    print(conversion.report)
    code: int = conversion.report.exit_code
    if args.open and conversion.dataset is not None and len(conversion.dataset):
        open_app(options.name, args.port)
    return code


def _conversion(options: Any, args: argparse.Namespace) -> Any:
    """Returns the conversion, in shards if one of their options was given."""
    names = ("shard_size", "processes", "scheduler")
    asked = {name: getattr(args, name, None) for name in names}
    if not any(value is not None for value in asked.values()):
        if getattr(args, "no_ingest", False):
            from ..converters.options import OptionError

            raise OptionError("ingest", "--no-ingest is for a conversion in shards: --processes N")
        from ..converters.convert import Conversion

        return Conversion(options)
    from ..converters.shards.run import ShardConversion

    return ShardConversion(options, **asked, ingest=not args.no_ingest)


def _ingest(args: argparse.Namespace) -> int:
    if args.lease <= 0:
        return refuse(ValueError(f"--lease is {args.lease:g}: give more than 0 seconds"))
    from ..converters.options import OptionError
    from ..converters.shards.ingest import open_ingest
    from ..converters.storing.dataset import DatasetError
    from .progress import show

    try:
        ingest = open_ingest(
            args.out, args.name, append=args.append, replace=args.replace, lease=args.lease
        )
    except (OptionError, DatasetError) as error:
        return refuse(error)
    try:
        show(ingest.run(args.follow), "Adding")
    finally:
        print(ingest.report)
    return int(ingest.exit_code())


def _status(args: argparse.Namespace) -> int:
    from ..converters.status import read_status

    status = read_status(Path(args.out).expanduser())
    if status is None:
        return refuse(ValueError(f"{args.out} holds no manifest.jsonl: give a conversion's --out"))
    if args.list:
        for row in status.rows():
            if args.list in (row.status, row.reason):
                print(row.key, row.status, row.reason, " ".join(row.message.split()), sep="\t")
        return 0
    print(status)
    return status.exit_code
