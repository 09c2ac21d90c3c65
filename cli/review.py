"""The command ``review``: review progress, agreement between reviewers, and review samples."""

from __future__ import annotations

import argparse
import json

from .app import load_collection
from .errors import print_error
from .exit_codes import DONE, REFUSED, UNUSABLE, explain
from .parser import Commands, add_command

_EXAMPLES = """\
examples:
  action100m review a100m
  action100m review a100m --draw 100 --seed 1

Segments are reviewed in the App's panel Tree of Captions or in Python: see docs/review.md.

"""


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "review",
        run,
        help="show review progress and agreement between reviewers, or draw a review sample",
        description="Counts the accepted, rejected and fixed segments, and reports the agreement "
        "of each pair of reviewers on the segments that both have judged, as a percentage and as "
        "Cohen's kappa.",
        epilog=_EXAMPLES + explain({DONE: "the figures are printed", REFUSED: UNUSABLE}),
    )
    parser.add_argument("dataset", help="name of the dataset")
    parser.add_argument(
        "--view", metavar="NAME", help="saved view; only its videos and captions are counted"
    )
    parser.add_argument(
        "--draw",
        type=int,
        metavar="N",
        help="first draw N segments, stratified by level and duration, and tag them review:sample",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="with --draw, replace an earlier sample; its judgements are kept",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="random seed of --draw; default: %(default)s"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Prints the figures and returns the exit code."""
    from ..core.keys import REVIEW_SAMPLE_KEY
    from ..core.wording import count
    from ..internals.views import source_dataset
    from ..views.review_progress import review_progress
    from ..views.review_sample import review_agreement, sample_for_review

    try:
        collection = load_collection(args.dataset, args.view)
        earlier = source_dataset(collection).info.get(REVIEW_SAMPLE_KEY)
        if args.draw is not None and earlier and not args.overwrite:
            raise ValueError(
                f"{args.dataset!r} already has a review sample of "
                f"{count(earlier['size'], 'segment')}; use --overwrite to replace it "
                "(its judgements are kept)"
            )
        drawn = None if args.draw is None else sample_for_review(collection, args.draw, args.seed)
        progress, pairs = review_progress(collection), review_agreement(collection)
        has_sample = REVIEW_SAMPLE_KEY in source_dataset(collection).info
        sample = review_progress(collection, sampled=True) if has_sample else None
    except ValueError as error:
        return print_error(error)
    if args.json:
        facts = {
            "progress": progress.to_dict(),
            "sample": sample and sample.to_dict(),
            "agreement": [pair.to_dict() for pair in pairs],
        }
        print(json.dumps(facts, ensure_ascii=False))
        return DONE
    if drawn is not None:
        print(drawn)
    counts = f"{progress.accepted:,} accepted, {progress.rejected:,} rejected, "
    print(f"{progress}: {counts}{progress.fixed:,} fixed")
    if sample is not None:
        print(f"Of the review sample, {sample}")
    for pair in pairs:
        print(pair)
    if not pairs:
        print("No segment has been judged by two reviewers")
    return DONE
