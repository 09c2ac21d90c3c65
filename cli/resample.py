"""The command ``resample``: draws segments so that every kind of action is equally frequent."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from .app import load_collection
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, PARTLY, REFUSED, STOPPED, UNUSABLE, explain
from .index import add_key
from .parser import Commands, add_command

if TYPE_CHECKING:
    from ..views.draws import Resampling

_FORMATS = ("jsonl", "segments", "webdataset")

_EXAMPLES = """\
examples:
  action100m resample a100m --k 1000 --dry-run
  action100m resample a100m --k 1000 --size 100000 --out balanced/ --format jsonl
  action100m resample a100m --k 100 --size 500 --save-view balanced

A cluster is drawn uniformly, then one of its segments uniformly, with replacement: in an export,
each drawn segment has how often it was drawn (repeat). The cluster of each segment is stored on its
detection (semantic_cluster); other attributes are not changed. docs/resample.md says more.

"""

_EXIT_CODES = explain(
    {
        DONE: "the clusters are stored, and the draws saved and exported, or would be",
        REFUSED: UNUSABLE,
        PARTLY: "the clusters are stored, but not all draws could be saved or exported",
        FAILED: "the encoder, the disk or the database failed; the same command continues",
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "resample",
        run,
        help="draw segments evenly over the kinds of actions",
        description="Groups the distinct captions of a field into clusters by meaning, and draws "
        "segments so that each cluster is equally frequent: rare actions are drawn more often, "
        "frequent ones less. The same seed gives the same draws.",
        epilog=_EXAMPLES + _EXIT_CODES,
    )
    parser.add_argument("dataset", help="the dataset's name")
    parser.add_argument(
        "--k", type=int, default=1000, metavar="N", help="clusters; default %(default)d"
    )
    parser.add_argument(
        "--size", type=int, metavar="N", help="draws; default: as many as there are segments"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=51,
        metavar="N",
        help="the seed of all random choices; default %(default)d",
    )
    parser.add_argument(
        "--field", metavar="NAME",
        help="the captions to resample; default: gpt_action_brief, else the field with the most "
        "nodes",
    )  # fmt: skip
    parser.add_argument("--view", metavar="NAME", help="draw from a saved view's segments only")
    parser.add_argument(
        "--include-na", action="store_true", help="draw segments without an action (N/A) too"
    )
    parser.add_argument("--index", action="store_true", help="create or update the index first")
    add_key(parser)
    parser.add_argument(
        "--save-view", metavar="NAME", help="save a view of the distinct draws, 100,000 at most"
    )
    parser.add_argument("--out", metavar="OUT", help="a new folder for the drawn segments")
    parser.add_argument(
        "--format", choices=_FORMATS, default=_FORMATS[0],
        help="the format of OUT, as for `export`; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the files of an earlier export in OUT"
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="report what would be stored and drawn; write nothing",
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Resamples; returns the exit code."""
    from ..views.resampling import Resample
    from .progress import show_each_stage

    try:
        job = Resample(
            load_collection(args.dataset, args.view),
            args.k,
            args.size,
            args.seed,
            args.field,
            args.include_na,
            args.dry_run,
            args.key,
            args.index,
        )
        show_each_stage(job.run())
    except (ValueError, RuntimeError) as error:  # RuntimeError: EncoderError
        return print_error(error)
    print(json.dumps(job.result.to_dict()) if args.json else job.result)
    code = _save_view(job.result, args) if args.save_view else DONE
    if args.out:
        code = max(code, _export(job.result, args))
    return code


def _save_view(draws: Resampling, args: argparse.Namespace) -> int:
    from ..views.draws import save_draws

    try:
        saved = save_draws(draws, args.save_view)
    except ValueError as error:
        return print_error(error, PARTLY)
    if saved and not args.json:
        print(f"Saved the view {args.save_view!r}")
    return DONE


def _export(draws: Resampling, args: argparse.Namespace) -> int:
    from ..exporters.export import Export
    from .progress import show

    try:
        job = Export(draws, args.out, args.format, overwrite=args.overwrite, dry_run=args.dry_run)
        show(job.run(), "Dry run" if args.dry_run else "Exporting")
    except ValueError as error:
        return print_error(error, PARTLY)
    if not args.json:
        print(job.report)
    return job.report.exit_code
