"""The command ``upgrade``: adds to a published dataset what it lacks."""

from __future__ import annotations

import argparse

from .app import find_dataset
from .errors import print_error
from .exit_codes import DONE, FAILED, INTERRUPTED, REFUSED, STOPPED, UNUSABLE, explain
from .parser import Commands, add_command

_EXIT_CODES = explain(
    {
        DONE: "what is lacking is listed, was added, or was undone",
        REFUSED: UNUSABLE,
        FAILED: "the database failed; the same command continues",
        INTERRUPTED: STOPPED,
    }
)


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "upgrade",
        run,
        help="add to a published dataset what it lacks",
        description="Lists what a dataset in the shape of the published subset lacks: declared "
        "attributes, correct tiers, supports within the clip, video ids, App settings. --apply "
        "adds it and records what it changes, so that --undo can revert it.",
        epilog=_EXIT_CODES,
    )
    parser.add_argument("dataset", help="the dataset's name")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--apply", action="store_true", help="make the changes")
    action.add_argument("--undo", action="store_true", help="undo the last upgrade")


def run(args: argparse.Namespace) -> int:
    """Lists, applies or undoes the upgrade; returns the exit code."""
    from ..publishing.upgrade import apply, plan, undo

    try:
        dataset = find_dataset(args.dataset)
        if args.undo:
            print(undo(dataset))
            return DONE
        changes = plan(dataset)
        print(changes)
        if changes and args.apply:
            apply(dataset)
            print(f"Done; `action100m upgrade {args.dataset} --undo` reverts it.")
        elif changes:
            print("Nothing has been changed: --apply makes these changes.")
    except ValueError as error:
        return print_error(error)
    return DONE
