"""The command ``publish``: pushes a dataset to the Hugging Face Hub."""

from __future__ import annotations

import argparse

from .app import find_dataset
from .errors import print_error
from .exit_codes import DONE, FAILED, HUB_FAILED, INTERRUPTED, REFUSED, STOPPED, UNUSABLE, explain
from .parser import Commands, add_command

_EXAMPLES = """\
examples:
  # what would be pushed, and on which terms, without asking the Hub
  action100m publish a100m my-name/a100m --dry-run

  # push it to a private repository; the same command continues after an interruption, and updates
  action100m publish a100m my-name/a100m --accept-license

The token is read from HF_TOKEN or from `hf auth login`; HF_ENDPOINT names another Hub.

"""

_EXIT_CODES = explain(
    {
        DONE: "the dataset is on the Hub, or would be",
        REFUSED: UNUSABLE,
        FAILED: HUB_FAILED,
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "publish",
        run,
        help="push a dataset to the Hugging Face Hub, with a card",
        description="Pushes a dataset, its clips and a card made from it to a private repository "
        "on the Hugging Face Hub, from which `load_from_hub` loads it.",
        epilog=_EXAMPLES + _EXIT_CODES,
    )
    parser.add_argument("dataset", help="the dataset's name")
    parser.add_argument("repo", metavar="REPO", help="OWNER/NAME, or NAME for one of your own")
    parser.add_argument(
        "--accept-license",
        action="store_true",
        help="accept the licence's terms; without this they are shown, and nothing is pushed",
    )
    parser.add_argument(
        "--license", metavar="ID",
        help="the licence of annotations of your own videos (`build`), such as cc-by-4.0; without "
        "it the card says that none is stated, and --public is refused",
    )  # fmt: skip
    parser.add_argument(
        "--public", action="store_true", help="make the repository public; default: private"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace another dataset in the repository"
    )
    parser.add_argument("--dry-run", action="store_true", help="report what would be pushed")


def run(args: argparse.Namespace) -> int:
    """Publishes; returns the exit code."""
    from ..publishing.licence import terms_of
    from ..publishing.publish import Publication
    from .progress import show

    try:
        dataset = find_dataset(args.dataset)
        terms = terms_of(dataset, args.license)
        if terms.notice and (args.dry_run or not args.accept_license):
            print(f"{terms.notice}\n")
        if terms.notice and not (args.dry_run or args.accept_license):
            raise ValueError("nothing was pushed: accept these terms with --accept-license")
        job = Publication(
            dataset,
            args.repo,
            private=not args.public,
            accept_license=args.accept_license,
            license=args.license,
            overwrite=args.overwrite,
            dry_run=args.dry_run,
        )
        show(job.run(), "Dry run" if args.dry_run else "Publishing")
    except (OSError, ValueError) as error:
        return print_error(error)
    print(job.report)
    return DONE
