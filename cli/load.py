"""The command ``load``: loads a dataset from the Hugging Face Hub."""

from __future__ import annotations

import argparse

from .errors import print_error
from .exit_codes import DONE, FAILED, HUB_FAILED, INTERRUPTED, REFUSED, STOPPED, UNUSABLE, explain
from .parser import Commands, add_command

_EXAMPLES = """\
examples:
  action100m load my-name/a100m
  action100m load my-name/a100m --revision v2 --name a100m-v2 --max-samples 10

"""

_EXIT_CODES = explain(
    {
        DONE: "the dataset is loaded",
        REFUSED: UNUSABLE,
        FAILED: HUB_FAILED,
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "load",
        run,
        help="load a dataset from the Hugging Face Hub",
        description="Loads a dataset in FiftyOne's format. Retries when the Hub is busy, continues "
        "after an interruption, and checks every file.",
        epilog=_EXAMPLES + _EXIT_CODES,
    )
    parser.add_argument("repo", metavar="REPO", help="OWNER/NAME")
    parser.add_argument("--name", help="the dataset's name; default: the published one")
    parser.add_argument("--revision", help="a branch, tag or commit; default: main")
    parser.add_argument(
        "--max-samples", type=int, metavar="N", help="load only N videos and their clips"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="delete a dataset of this name first"
    )


def run(args: argparse.Namespace) -> int:
    """Loads the dataset; returns the exit code."""
    from ..publishing.load import Load
    from .progress import show

    try:
        job = Load(
            args.repo,
            name=args.name,
            revision=args.revision,
            max_samples=args.max_samples,
            overwrite=args.overwrite,
        )
        show(job.run(), "Loading")
    except (OSError, ValueError) as error:
        return print_error(error)
    print(job.report)
    return DONE
