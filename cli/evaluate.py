"""The command ``evaluate``: measures how well captions and videos are found."""

from __future__ import annotations

import argparse
import json

from .app import load_dataset
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, REFUSED, explain
from .index import add_key
from .parser import Commands, add_command

_EXAMPLES = """\
examples:
  action100m evaluate a100m
  action100m evaluate a100m --mode both --queries 5000
  action100m evaluate a100m --target gpt_summary_detailed --json | jq .segments[0]

A node's brief action is asked for, and the node's own brief summary is the answer; then a video's
title, and the video is the answer. R@10 is the share of queries whose answer is among the first
10. Run `action100m index` first, with both fields.

"""

_EXIT_CODES = explain(
    {
        DONE: "the figures are printed",
        REFUSED: "the command line or the dataset cannot be used, or has no index",
        FAILED: "the encoder or the database failed",
        INTERRUPTED: "interrupted",
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "evaluate",
        run,
        help="measure how well captions and videos are found",
        description="Prints the recall of a search at 1, 5 and 10, by level and by duration, on "
        "queries whose answers are known.",
        epilog=_EXAMPLES + _EXIT_CODES,
    )
    parser.add_argument("dataset", help="the dataset's name")
    parser.add_argument(
        "--mode", choices=("words", "meaning", "both"), help="measure one mode; default: all three"
    )
    parser.add_argument(
        "--query", default="gpt_action_brief", metavar="FIELD",
        help="the field that is asked for; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--target", default="gpt_summary_brief", metavar="FIELD",
        help="the field that has the answers; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--queries", type=int, default=1000, metavar="N",
        help="nodes, and titles, to ask for, chosen at random; default %(default)d",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=51, metavar="N", help="of the choice; default %(default)d"
    )
    parser.add_argument("--view", metavar="NAME", help="a saved view, not all videos")
    add_key(parser)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Evaluates; returns the exit code."""
    from ..views.evaluation import MODES, evaluate

    try:
        dataset = load_dataset(args.dataset)
        found = evaluate(
            dataset.load_saved_view(args.view) if args.view else dataset,
            [args.mode] if args.mode else MODES,
            args.query,
            args.target,
            args.queries,
            args.seed,
            args.key,
        )
    except ValueError as error:
        return print_error(error)
    except RuntimeError as error:  # EncoderError
        return print_error(error, FAILED)
    print(json.dumps(found.to_dict()) if args.json else found)
    return DONE
