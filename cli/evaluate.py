"""The command ``evaluate``: measures how well searches find captions and videos."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .app import load_collection
from .errors import print_error
from .exit_codes import DONE, OF_ASKING, explain
from .index import add_key, key_of
from .parser import Commands, add_command
from .progress import show_each_stage

if TYPE_CHECKING:
    from ..views.clip_evaluation import ClipEvaluation
    from ..views.evaluation import Evaluation
    from ..views.hierarchy import DatasetOrView
    from ..views.zero_shot import ZeroShot

_EXAMPLES = """\
examples:
  action100m evaluate a100m
  action100m evaluate a100m --mode both --queries 5000
  action100m evaluate a100m --target gpt_summary_detailed --json | jq .segments[0]
  action100m evaluate a100m --model zoo:clip-vit-base32-torch
  action100m evaluate a100m --model zoo:clip-vit-base32-torch --classes verbs.txt --truth verb

A node's brief action is asked for, and the node's own brief summary is the answer; then a video's
title, and the video is the answer. R@10 is the share of queries whose answer is among the first
10. Run `action100m index` first, with both fields.

With --model, captions are asked for and their segments are the answers, and the other way round, by
the model's embeddings of texts and pictures; `action100m index --clips` embeds what is missing.

With --classes, segments are classified by the names of classes alone. They become a dataset with
FiftyOne's evaluations, for the App's Model Evaluation panel. docs/quality.md says more.

"""

_EXIT_CODES = explain({DONE: "the figures are printed", **OF_ASKING})


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "evaluate",
        run,
        help="measure how well searches find captions and videos",
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
        help="the field of the queries; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--target", default="gpt_summary_brief", metavar="FIELD",
        help="the field of the answers; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--queries", type=int, default=1000, metavar="N",
        help="the most nodes, and titles, to use as queries, chosen at random; default %(default)d",
    )  # fmt: skip
    parser.add_argument(
        "--seed",
        type=int,
        default=51,
        metavar="N",
        help="the seed of the choice; default %(default)d",
    )
    parser.add_argument("--view", metavar="NAME", help="evaluate a saved view, not all videos")
    parser.add_argument(
        "--model", metavar="NAME",
        help="zoo:NAME of a model that embeds pictures and texts: measure it on the segments",
    )  # fmt: skip
    add_key(parser, "--model")
    classes = parser.add_argument_group("zero-shot classification")
    classes.add_argument(
        "--classes", type=Path, metavar="FILE", help="the names of classes, one per line"
    )
    classes.add_argument(
        "--prompt", action="append", metavar="TEXT",
        help="a template of the texts of a class, with {} for its name; several are averaged; "
        "default 'a video of {}'",
    )  # fmt: skip
    classes.add_argument(
        "--field", metavar="NAME", help="the segments' field; default: the first that is indexed"
    )
    classes.add_argument(
        "--truth", default="label", metavar="ATTRIBUTE",
        help="the attribute with a segment's class, such as verb; default %(default)s",
    )  # fmt: skip
    classes.add_argument(
        "--as", dest="name", metavar="NAME",
        help="the name of the new dataset of segments; default: the dataset's name with -zero-shot",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(args: argparse.Namespace) -> int:
    """Evaluates; returns the exit code."""
    try:
        view = load_collection(args.dataset, args.view)
        key = key_of(args, args.model is not None)
        if args.model:
            from ..views.indexing import indexing

            show_each_stage(indexing(view, None, args.model, key, clips=True))
        found = _zero_shot(args, view, key) if args.classes else _retrieval(args, view, key)
    except (ValueError, RuntimeError) as error:  # RuntimeError: EncoderError
        return print_error(error)
    print(json.dumps(found.to_dict()) if args.json else found)
    return DONE


def _retrieval(
    args: argparse.Namespace, view: DatasetOrView, key: str
) -> Evaluation | ClipEvaluation:
    from ..views.clip_evaluation import evaluate_clips
    from ..views.evaluation import MODES, evaluate
    from ..views.indexes import open_index

    if open_index(view, key).kind == "clips":
        return evaluate_clips(view, args.query, args.queries, args.seed, key)
    modes = [args.mode] if args.mode else MODES
    return evaluate(view, modes, args.query, args.target, args.queries, args.seed, key)


def _zero_shot(args: argparse.Namespace, view: DatasetOrView, key: str) -> ZeroShot:
    from ..views.zero_shot import PROMPT, zero_shot

    classes = args.classes.read_text("utf-8").splitlines()
    prompts = args.prompt or PROMPT
    return zero_shot(view, classes, prompts, args.field, args.truth, args.name, key)
