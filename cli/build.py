"""The command ``build``: makes trees for one's own videos."""

from __future__ import annotations

import argparse
from contextlib import suppress

from ..core.option_error import OptionError
from .build_captions import (
    add_aggregation,
    add_captions,
    add_speech,
    aggregation_options,
    caption_options,
)
from .errors import end_at_once, print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, PARTLY, REFUSED, STOPPED, UNUSABLE, explain
from .parser import Commands, add_command
from .shard_arguments import add_shard_arguments, shard_options

_EXAMPLES = """\
examples:
  # how many frames and nodes, how much disk and how long, from a measured sample
  action100m build videos/ --out built/ --dry-run

  # the trees; interrupt it at any time, the same command continues
  action100m build videos/ --out built/

  # the same with captions, by a model behind an OpenAI-compatible address
  action100m build videos/ --out built/ --captioner http://localhost:8000/v1#MODEL

  # and with the texts that a language model writes of the captions
  action100m build videos/ --out built/ --captioner http://localhost:8000/v1#MODEL \\
      --llm http://localhost:8001/v1#MODEL

  # a dataset of them, with their clips
  action100m convert built/records --videos built/videos --name mine --out clips/

  # many processes or machines: features on the GPU workers of a Dask cluster, then the rest here
  action100m build videos/ --out built/ --until segments --scheduler tcp://head:8786
  action100m build videos/ --out built/ --captioner http://gpu:8000/v1#MODEL --processes 8

  # coarser trees, from the same features: nothing is decoded again
  action100m build videos/ --out built/ --min-seconds 2 --min-gain 0.001

"""

EXIT_CODES = explain(
    {
        DONE: "all videos have a tree, and its texts",
        REFUSED: UNUSABLE,
        PARTLY: "some videos have a tree, or texts are missing; the report says why",
        FAILED: "no video has, or the disk failed; finished work is kept",
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "build",
        run,
        help="make trees of segments for your own videos, and their captions",
        description="Finds the segments of your own videos, coarse to fine, as Action100M does: "
        "frames are turned into features, and neighbours in time are clustered. A captioner, if "
        "given, describes the segments, and a language model, if given, writes summaries and "
        "actions from its captions. Writes records in Action100M's schema, which `action100m "
        "convert` reads. Running the command again does what is missing.",
        epilog=_EXAMPLES + EXIT_CODES,
    )
    parser.add_argument("videos", help="a folder of videos, searched recursively, or one video")
    required = parser.add_argument_group("required")
    required.add_argument(
        "--out", required=True, metavar="DIR", help="the folder for features, records and manifest"
    )
    _add_tree(parser)
    add_captions(parser)
    add_aggregation(parser)
    add_speech(parser)
    group = parser.add_argument_group("how to run")
    group.add_argument(
        "--until", choices=("segments", "captions", "aggregation"),
        help="the last stage to run; default: the last one whose model is given: aggregation with "
        "--llm, captions with --captioner, else segments, which makes trees without texts",
    )  # fmt: skip
    group.add_argument("--max-videos", type=int, metavar="N", help="stop after N videos")
    group.add_argument(
        "--workers", type=int, metavar="N", help="videos to decode at once; default: one per core"
    )
    group.add_argument(
        "--device", metavar="NAME",
        help="the PyTorch device of models in this process: cpu, cuda, cuda:1; default: a GPU if "
        "there is one",
    )  # fmt: skip
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="read all headers, measure a sample, and estimate what a run would take",
    )
    add_shard_arguments(
        parser,
        "Each worker makes the trees of one shard of videos, one video at a time unless --workers "
        "says otherwise; --requests is divided among the workers. This process collects the "
        "records at the end.",
        "100",
    )


def _add_tree(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "how segments are found (the defaults are Action100M's rules)"
    )
    group.add_argument(
        "--encoder", default="colour", metavar="NAME",
        help="the frame encoder; default %(default)s: colour histograms, which need no model; "
        "vjepa2:CHECKPOINT is Action100M's, from the Hub or a folder, such as "
        "vjepa2:facebook/vjepa2-vitl-fpc64-256; zoo:NAME is an image model of FiftyOne's zoo",
    )  # fmt: skip
    group.add_argument(
        "--window", type=int, metavar="N",
        help="sampled frames per window of V-JEPA 2; default: 64",
    )  # fmt: skip
    group.add_argument(
        "--stride", type=int, metavar="N",
        help="sampled frames between the starts of two windows; default: 8. A stride of the "
        "window's length (no overlap) takes an eighth of the time",
    )  # fmt: skip
    group.add_argument(
        "--every", type=int, default=4, metavar="N",
        help="use every Nth frame; default %(default)d",
    )  # fmt: skip
    group.add_argument(
        "--min-seconds", type=float, default=0.5, metavar="S",
        help="do not split a segment if either half would be shorter; default %(default)g",
    )  # fmt: skip
    group.add_argument(
        "--min-gain", type=float, default=0.0, metavar="SHARE",
        help="do not split a segment unless this or a later split below it explains this share (0 "
        "to 1) of the whole video's variation; default %(default)g. 0.001 avoids splits of noise "
        "in videos of a few minutes; longer ones need less",
    )  # fmt: skip
    group.add_argument(
        "--max-depth", type=int, metavar="LEVEL", help="the deepest level; default: no limit"
    )


def run(args: argparse.Namespace) -> int:
    """Builds; returns the exit code."""
    from ..converters.manifest import ManifestError
    from ..treemaking.build import open_build
    from ..treemaking.options import BuildOptions
    from ..treemaking.segments import SplitRules
    from .progress import show

    try:
        rules = SplitRules(args.min_seconds, args.min_gain, args.max_depth)
        build = open_build(
            BuildOptions(
                videos=args.videos,
                out=args.out,
                encoder=args.encoder,
                every=args.every,
                rules=rules,
                until=args.until,
                workers=args.workers,
                max_videos=args.max_videos,
                dry_run=args.dry_run,
                captions=caption_options(args),
                aggregation=aggregation_options(args),
                speech=args.speech,
                device=args.device,
                window=args.window,
                stride=args.stride,
            ),
            **shard_options(args),
        )
    except (OptionError, ValueError) as error:
        return print_error(error)
    steps = build.run()
    try:
        show(steps, "Dry run" if args.dry_run else "Building")
    except (ManifestError, OptionError) as error:
        return print_error(error)
    except KeyboardInterrupt:
        with suppress(KeyboardInterrupt):
            steps.close()  # if it came between two steps
        print(build.report)
        if build.waiting:
            end_at_once()
        raise
    print(build.report)
    code: int = build.report.exit_code
    return code
