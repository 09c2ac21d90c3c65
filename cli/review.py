"""The command ``review``: how far a review is, how far reviewers agree, and a sample to review."""

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

Segments are judged and mended in the App's panel Tree of Captions, or in Python: docs/review.md.

"""


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "review",
        run,
        help="say how far a review is and how far reviewers agree, or draw a sample",
        description="Counts the segments that are accepted, rejected and fixed, each once, and "
        "compares each two reviewers on the segments that both have judged, by Cohen's kappa.",
        epilog=_EXAMPLES + explain({DONE: "the figures are printed", REFUSED: UNUSABLE}),
    )
    parser.add_argument("dataset", help="the dataset's name")
    parser.add_argument("--view", metavar="NAME", help="a saved view: its videos and captions only")
    parser.add_argument(
        "--draw",
        type=int,
        metavar="N",
        help="draw N segments of all levels and durations first, and tag them review:sample",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="with --draw: replace an earlier sample; what was judged in it stays",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the draw; default: %(default)s")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Prints the figures; returns the exit code."""
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
                f"{args.dataset!r} has a review sample of {count(earlier['size'], 'segment')}: "
                "--overwrite replaces it, and leaves what was judged in it"
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
