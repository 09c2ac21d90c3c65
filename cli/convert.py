"""The command ``convert``: turns records and videos into clips and a dataset."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..core.fields import CAPTIONS, DEFAULT_CAPTIONS, select_captions
from ..core.option_error import OptionError
from .app import add_opening, open_app
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, PARTLY, REFUSED, STOPPED, UNUSABLE, explain
from .fetch_arguments import add_fetch_arguments, fetch_options
from .parser import Commands, add_command
from .shard_arguments import add_shard_arguments, shard_options
from .source_arguments import SOURCE_HELP, add_source_arguments, selection_of

if TYPE_CHECKING:
    import fiftyone as fo

    from ..converters.convert import Conversion
    from ..converters.options import ConvertOptions
    from ..converters.shards.run import ShardConversion

REPLACE_HELP = (
    "rewrite the samples of videos that are already in the dataset, in place. A sample keeps its "
    "id, tags and all fields that a conversion does not write; a detection whose node (or "
    "transcript text) is still there keeps its id, tags and other attributes; detections without "
    "a node_id are kept. --dry-run counts them"
)

_EXAMPLES = """\
examples:
  # what would be done, without doing it
  action100m convert shards/ --videos videos/ --name a100m --out out/ --dry-run

  # ten videos to begin with, then look at them
  action100m convert shards/ --videos videos/ --name a100m --out out/ --max-samples 10 --open

  # all of them; interrupt it at any time, the same command continues
  action100m convert 'shards/*.parquet' --videos videos/ --name a100m --out out/

  # retry videos that failed before; more captions; a minute at 360p
  action100m convert shards/ --videos videos/ --name a100m --out out/ --retry failed
  action100m convert shards/ --videos videos/ --name all --out out2/ --captions all
  action100m convert shards/ --videos videos/ --name small --out out3/ \\
      --clip-seconds 60 --max-height 360

  # more videos into the same dataset; its samples stay as they are
  action100m convert more/ --videos videos/ --name a100m --out out4/ --append --dry-run

  # ten records from the Hub, of long videos with many views
  action100m convert facebook/action100m-preview --name a100m --out out/ --fetch \\
      --max-samples 10 --duration 300: --views 100000:

  # eight processes, or the workers of a Dask cluster, each with a shard at a time
  action100m convert shards/ --videos videos/ --name a100m --out out/ --processes 8
  action100m convert shards/ --videos videos/ --name a100m --out out/ --scheduler tcp://head:8786

  # fetch missing videos from the web, the first 90 s of each, slowly
  action100m convert shards/ --videos videos/ --name a100m --out out/ --fetch --pause 5

"""

EXIT_CODES = explain(
    {
        DONE: "all videos are in the dataset",
        REFUSED: UNUSABLE,
        PARTLY: "some videos are in the dataset; the report says why others are not",
        FAILED: "no video is, or the disk or the database failed; finished work is kept",
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "convert",
        run,
        help="turn records and videos into clips and a dataset",
        description="Cuts source videos into clips, and makes a FiftyOne dataset of them and "
        "their records. Running the command again does what is missing.",
        epilog=_EXAMPLES + EXIT_CODES,
    )
    parser.add_argument("source", help=SOURCE_HELP)
    required = parser.add_argument_group("required")
    required.add_argument(
        "--videos",
        metavar="DIR",
        help="the folder of the source videos, named ID.mp4, 'Title [ID].webm', Title-ID.mp4 or "
        "v_ID.mp4, searched recursively. Optional with --fetch, which fetches missing videos",
    )
    required.add_argument("--name", required=True, help="the dataset's name")
    required.add_argument(
        "--out", required=True, metavar="DIR", help="the folder for clips, manifest and report"
    )
    _add_output(parser)
    add_source_arguments(parser)
    add_fetch_arguments(parser)
    _add_run(parser)
    _add_shards(parser)
    add_opening(parser)


def _add_output(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to make")
    group.add_argument(
        "--captions",
        default=",".join(DEFAULT_CAPTIONS),
        help="captions to keep: the groups gpt, plm, llama3, or all, or fields "
        f"({', '.join(c.name for c in CAPTIONS)}); default %(default)s. plm_action is in the "
        "default because every node has it: leaves have no gpt captions. segments has a detection "
        "for each node, without a caption: the default of records without texts by `build`",
    )
    group.add_argument("--max-samples", type=int, metavar="N", help="stop after N samples")
    group.add_argument(
        "--clip-seconds", type=float, default=90.0, metavar="S",
        help="the longest clip; default %(default)g, 0 for whole videos",
    )  # fmt: skip
    group.add_argument(
        "--max-height", type=int, default=480, metavar="PIXELS",
        help="the height to scale larger videos to; default %(default)d",
    )  # fmt: skip
    group.add_argument(
        "--hdr",
        choices=("sdr", "keep"),
        default="sdr",
        help="convert HDR videos (PQ, HLG) to SDR (default), or keep their range in 10-bit clips, "
        "which Chromium plays but not every browser does",
    )
    group.add_argument(
        "--crf", type=int, default=23, metavar="N", help="x264's quality; default %(default)d"
    )
    group.add_argument(
        "--preset", default="veryfast",
        help="x264's preset; default %(default)s, which made the smallest files of four presets",
    )  # fmt: skip


def _add_run(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how to run")
    group.add_argument(
        "--workers", type=int, metavar="N", help="clips to make at once; default: one per core"
    )
    group.add_argument(
        "--verify",
        choices=("demux", "decode"),
        default="demux",
        help="read the packets of each clip (default), or decode it to the end",
    )
    existing = group.add_mutually_exclusive_group()
    existing.add_argument(
        "--overwrite", action="store_true", help="delete a dataset of this name first"
    )
    existing.add_argument(
        "--append",
        action="store_true",
        help="add to a dataset of this name that another run made. Videos that it already has (by "
        "video_uid, or by the id in full_video_url) stay as they are, and get no clip",
    )
    group.add_argument("--replace", action="store_true", help=REPLACE_HELP)
    group.add_argument(
        "--retry",
        action="append",
        default=[],
        metavar="STATUS",
        help="retry videos with this status or reason: failed, all, or for example bad-clip",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="report what would be done, do nothing"
    )


def _add_shards(parser: argparse.ArgumentParser) -> None:
    add_shard_arguments(
        parser,
        "Each worker makes the clips of one shard of videos, one clip at a time unless --workers "
        "says otherwise, and this process adds finished shards to the dataset. Samples are in the "
        "order in which shards finish.",
        "100, or the size of an earlier run",
        ingests=True,
    )


def run(args: argparse.Namespace) -> int:
    """Converts; returns the exit code."""
    try:
        select_captions(args.captions)
    except ValueError as error:
        return print_error(error)
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
        return print_error(error)
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


def run_conversion(
    options: ConvertOptions,
    args: argparse.Namespace,
    then: Callable[[fo.Dataset], None] | None = None,
) -> int:
    """Converts, shows progress, prints the report; returns the exit code.

    Args:
        options: of the conversion
        args: of the command
        then: called with the dataset, if it has videos, before the App opens on it
    """
    from ..converters.manifest import ManifestError
    from ..converters.storing.dataset import DatasetError
    from .progress import show

    try:
        conversion = _conversion(options, args)
    except OptionError as error:
        return print_error(error)
    try:
        show(conversion.run(), "Dry run" if options.dry_run else "Converting")
    except (OptionError, DatasetError, ManifestError) as error:
        return print_error(error, REFUSED)
    except KeyboardInterrupt:
        print(conversion.report)
        raise
    print(conversion.report)
    code: int = conversion.report.exit_code
    dataset = conversion.dataset
    if dataset is None or not len(dataset):
        return code
    if then is not None:
        then(dataset)
    if args.open:
        open_app(options.name, args.port)
    return code


def _conversion(options: ConvertOptions, args: argparse.Namespace) -> Conversion | ShardConversion:
    """Returns the conversion, sharded if one of the options for that was given."""
    asked = shard_options(args)
    if not any(value is not None for value in asked.values()):
        if getattr(args, "no_ingest", False):
            raise OptionError("ingest", "--no-ingest needs a sharded run: add --processes N")
        from ..converters.convert import Conversion

        return Conversion(options)
    from ..converters.shards.run import ShardConversion

    return ShardConversion(options, **asked, ingest=not args.no_ingest)
