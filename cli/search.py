"""The command ``search``: finds segments by the meaning or the words of their captions."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict

from ..core.wording import clock
from .app import load_collection
from .errors import print_error
from .exit_codes import DONE, OF_ASKING, explain
from .index import add_key, key_of
from .parser import Commands, add_command, split_names

_EXAMPLES = """\
examples:
  action100m search a100m "whisk the eggs"
  action100m search a100m "whisk the eggs" --mode meaning --fields gpt_action_brief -k 5
  action100m search a100m "fold the dough" --levels 3-6 --seconds 2-30 --json | jq .label

Each row has the score, where the segment is in the video, its level, the video, and the caption;
"+3" stands for three more hits in the same branch of the tree. Run `action100m index` first.

"""

_EXIT_CODES = explain({DONE: "the hits are printed, or there are none", **OF_ASKING})


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "search",
        run,
        help="find segments by the meaning or the words of their captions",
        description="Prints the segments that match a text, the best first. The filters apply "
        "before the best are chosen.",
        epilog=_EXAMPLES + _EXIT_CODES,
    )
    parser.add_argument("dataset", help="the dataset's name")
    parser.add_argument("text", help="the query")
    parser.add_argument(
        "--mode", choices=("words", "meaning", "both", "video"), default="both",
        help="rank by common words (TF-IDF), by meaning (cosine), by 0.3 times the former plus 0.7 "
        "times the latter, or by the segments' pictures (`index --clips`); default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "-k", type=int, default=20, metavar="N", help="the most hits; default %(default)d"
    )
    parser.add_argument(
        "--fields",
        metavar="NAMES",
        help="caption fields, separated by commas; default: all",
    )
    parser.add_argument(
        "--levels",
        type=_levels,
        metavar="LEVELS",
        help="levels such as 0, 2,3 or 3-6; default: all",
    )
    parser.add_argument(
        "--seconds", type=_seconds, metavar="RANGE",
        help="durations of segments, such as 2-30, 2- or -30; default: all",
    )  # fmt: skip
    parser.add_argument("--view", metavar="NAME", help="search a saved view, not all videos")
    parser.add_argument(
        "--no-collapse", action="store_true", help="also print ancestors and descendants of a hit"
    )
    add_key(parser, "--mode video")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def _levels(text: str) -> list[int]:
    levels: list[int] = []
    try:
        for part in text.split(","):
            first, _, last = part.partition("-")
            levels += range(int(first), int(last or first) + 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} are no levels: give 2,3 or 3-6") from None
    return levels


def _seconds(text: str) -> tuple[float | None, float | None]:
    shortest, dash, longest = text.partition("-")
    try:
        found = tuple(float(part) if part else None for part in (shortest, longest))
    except ValueError:
        found = (None, None)
    if not dash or found == (None, None):
        raise argparse.ArgumentTypeError(f"{text!r} is no range: give 2-30, 2- or -30")
    return found[0], found[1]


def run(args: argparse.Namespace) -> int:
    """Searches; returns the exit code."""
    from ..views.index_state import glance
    from ..views.search import search

    key = key_of(args, args.mode == "video")
    try:
        view = load_collection(args.dataset, args.view)
        hits = search(
            view,
            args.text,
            k=args.k,
            mode=args.mode,
            fields=split_names(args.fields),
            collapse=not args.no_collapse,
            levels=args.levels,
            seconds=args.seconds,
            brain_key=key,
            check=False,
        )
        state = glance(view, key)
    except (ValueError, RuntimeError) as error:  # RuntimeError: EncoderError
        return print_error(error)
    if not state.is_current:
        print(f"{state}: run `action100m index {args.dataset}`", file=sys.stderr)
    if args.json:
        for hit in hits:
            print(json.dumps(asdict(hit)))
        return DONE
    from .outline import fit

    width = shutil.get_terminal_size((100, 24)).columns
    for hit in hits:
        more = f" (+{hit.also})" if hit.also else ""
        head = (
            f"{hit.score:5.2f}  {clock(hit.start):>8}-{clock(hit.end):<8}  {hit.level:>2}  "
            f"{fit(hit.video_uid or hit.sample_id, 24):<11}  "
        )
        print(head + fit(hit.label, max(width - len(head) - len(more), 20)) + more)
    if not hits:
        print("Nothing is found")
    return DONE
