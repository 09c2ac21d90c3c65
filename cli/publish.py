"""The command line's ``publish``, ``load`` and ``upgrade``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .faults import FAILED, REFUSED, one_line
from .help_texts import exit_codes

_PUBLISH = """\
examples:
  # what would be pushed, and on what terms; asks the Hub nothing
  action100m publish a100m my-name/a100m --dry-run

  # push it, for nobody but you; the same command goes on if it was interrupted, and updates
  action100m publish a100m my-name/a100m --accept-license

The Hub's token is that of HF_TOKEN or of `hf auth login`; HF_ENDPOINT names another Hub.

"""

_LOAD = """\
examples:
  action100m load my-name/a100m
  action100m load my-name/a100m --revision v2 --name a100m-v2 --max-samples 10

"""

_HUB = "the Hub refused, or did not answer; what was done stays done, and the same command goes on"
_AGAIN = "interrupted; the same command goes on"

_PUBLISH_CODES = exit_codes(
    {
        0: "the data set is on the Hub, or would be",
        2: "the command line, the data set or the repository cannot be used; nothing was done",
        4: _HUB,
        130: _AGAIN,
    }
)

_LOAD_CODES = exit_codes(
    {
        0: "the data set is loaded",
        2: "the command line, the name or the repository cannot be used; nothing was done",
        4: _HUB,
        130: _AGAIN,
    }
)

_UPGRADE_CODES = exit_codes(
    {
        0: "what is lacking is listed, was put right, or put back as it was",
        2: "the command line or the data set cannot be used; nothing was done",
        4: "the database failed; the same command goes on",
        130: _AGAIN,
    }
)


def add_commands(commands: Any) -> None:
    """Adds the three to the command line's."""
    _add_publish(commands)
    _add_load(commands)
    _add_upgrade(commands)


def _add_publish(commands: Any) -> None:
    parser = commands.add_parser(
        "publish",
        help="push a data set to the Hugging Face Hub, with a card",
        description="Pushes a data set, its clips and a card made from it to a private repository "
        "on the Hugging Face Hub, from where `load_from_hub` loads it.",
        epilog=_PUBLISH + _PUBLISH_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", help="the data set's name")
    parser.add_argument("repo", metavar="REPO", help="OWNER/NAME, or NAME for one of your own")
    parser.add_argument(
        "--accept-license",
        action="store_true",
        help="accept the licence's terms; without this they are shown, and nothing is pushed",
    )
    parser.add_argument(
        "--public", action="store_true", help="let everybody read it; private otherwise"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what another data set put there"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be pushed")
    parser.set_defaults(run=_publish)


def _add_load(commands: Any) -> None:
    parser = commands.add_parser(
        "load",
        help="load a data set from the Hugging Face Hub",
        description="Loads a data set in FiftyOne's format: asks again where the Hub is busy, goes "
        "on where it was interrupted, and checks every file.",
        epilog=_LOAD + _LOAD_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("repo", metavar="REPO", help="OWNER/NAME")
    parser.add_argument("--name", help="the data set's; the published one otherwise")
    parser.add_argument("--revision", help="a branch, a tag or a commit; main otherwise")
    parser.add_argument(
        "--max-samples", type=int, metavar="N", help="N videos, and their clips only"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="delete a data set of this name first"
    )
    parser.set_defaults(run=_load)


def _add_upgrade(commands: Any) -> None:
    parser = commands.add_parser(
        "upgrade",
        help="give a published data set what it lacks",
        description="Lists what a data set of the published subset's shape lacks: declared "
        "attributes, true tiers, supports within the clip, video ids, a readable App. With --apply "
        "it is put right, and what was changed is kept, so that --undo puts it back.",
        epilog=_UPGRADE_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", help="the data set's name")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--apply", action="store_true", help="make the changes")
    what.add_argument("--undo", action="store_true", help="undo the last upgrade")
    parser.set_defaults(run=_upgrade)


def _publish(args: argparse.Namespace) -> int:
    from ..publishing.licence import terms_of
    from ..publishing.publish import Publication
    from .progress import show

    try:
        dataset = _dataset(args.dataset)
        terms = terms_of(dataset)
        if terms.notice and (args.dry_run or not args.accept_license):
            print(f"{terms.notice}\n")
        if terms.notice and not (args.dry_run or args.accept_license):
            raise ValueError("nothing was pushed: accept these terms with --accept-license")
        job = Publication(
            dataset,
            args.repo,
            private=not args.public,
            accept_license=args.accept_license,
            overwrite=args.overwrite,
            dry_run=args.dry_run,
        )
        show(job.run(), "Dry run" if args.dry_run else "Publishing")
    except (OSError, ValueError) as error:
        return _fail(error)
    print(job.report)
    return 0


def _load(args: argparse.Namespace) -> int:
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
        return _fail(error)
    print(job.report)
    return 0


def _upgrade(args: argparse.Namespace) -> int:
    from ..publishing.upgrade import apply, plan, undo

    try:
        dataset = _dataset(args.dataset)
        if args.undo:
            print(undo(dataset))
            return 0
        found = plan(dataset)
        print(found)
        if found and args.apply:
            apply(dataset)
            print(f"Done; `action100m upgrade {args.dataset} --undo` puts back what was.")
        elif found:
            print("Nothing was changed yet: --apply does.")
    except ValueError as error:
        return _fail(error)
    return 0


def _dataset(name: str) -> Any:
    import fiftyone as fo

    if not fo.dataset_exists(name):
        known = ", ".join(fo.list_datasets()) or "none"
        raise ValueError(f"there is no data set {name!r}; there are: {known}")
    return fo.load_dataset(name)


def _fail(error: Exception) -> int:
    print(f"action100m: {one_line(error)}", file=sys.stderr)
    return FAILED if isinstance(error, OSError) else REFUSED
