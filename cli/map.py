"""The command ``map``: maps segments by meaning, for the App's Embeddings panel."""

from __future__ import annotations

import argparse
import json

from ..core.wording import count
from .app import find_dataset, load_collection
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, REFUSED, STOPPED, UNUSABLE, explain
from .index import add_key
from .parser import Commands, add_command

_EXAMPLES = """\
examples:
  action100m map a100m
  action100m map a100m --field plm_action --size 20000 --as plm_map
  action100m map a100m --delete

In the App, open the panel Embeddings, choose the map, colour it by level or semantic_cluster, and
draw around points: the grid shows their videos, or, if it shows clips of the field, their clips.
docs/search.md says more.

"""

_EXIT_CODES = explain(
    {
        DONE: "the map is stored, or deleted",
        REFUSED: UNUSABLE,
        FAILED: "the disk or the database failed",
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "map",
        run,
        help="map segments by meaning, for the App's Embeddings panel",
        description="Places each segment on a plane by the meaning of its caption, from the "
        "vectors of the index, and stores the points as a FiftyOne brain run, which the App's "
        "Embeddings panel shows.",
        epilog=_EXAMPLES + _EXIT_CODES,
    )
    parser.add_argument("dataset", help="the dataset's name")
    parser.add_argument(
        "--field", metavar="NAME",
        help="the captions to map; default: gpt_action_brief, else the field with the most nodes",
    )  # fmt: skip
    parser.add_argument("--view", metavar="NAME", help="map a saved view's segments only")
    parser.add_argument(
        "--method", choices=("pca", "umap"), default="pca",
        help="the projection; umap needs the package umap-learn; default %(default)s",
    )  # fmt: skip
    parser.add_argument(
        "--size", type=int, default=100_000, metavar="N",
        help="the most segments; if there are more, this many are chosen at random; default "
        "%(default)d",
    )  # fmt: skip
    parser.add_argument(
        "--seed",
        type=int,
        default=51,
        metavar="N",
        help="the seed of all random choices; default %(default)d",
    )
    parser.add_argument(
        "--as", dest="brain_key", default="semantic_map", metavar="NAME",
        help="the map's name, which is also its brain key; an earlier map of this name is "
        "replaced; default %(default)s",
    )  # fmt: skip
    add_key(parser)
    parser.add_argument("--delete", action="store_true", help="delete the map")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def run(args: argparse.Namespace) -> int:
    """Maps, or deletes the map; returns the exit code."""
    from ..views.semantic_map import is_map, semantic_map

    key = args.brain_key
    try:
        dataset = find_dataset(args.dataset)
        if args.delete:
            if not is_map(dataset, key):
                raise ValueError(f"{args.dataset!r} has no map {key!r}")
            dataset.delete_brain_run(key)
            print(json.dumps({"deleted": key}) if args.json else f"The map {key!r} is deleted")
            return DONE
        view = load_collection(args.dataset, args.view)
        found = semantic_map(view, args.field, args.method, args.size, args.seed, key, args.key)
    except ValueError as error:
        return print_error(error)
    field, points = found.config.patches_field, len(found.points)
    if args.json:
        facts = {"brain_key": key, "field": field, "method": found.config.method}
        print(json.dumps({**facts, "segments": points}))
        return DONE
    print(f"{count(points, 'segment')} of {field} are on the map {key!r}")
    print(f"See it in the App's panel Embeddings: action100m open {args.dataset}")
    return DONE
