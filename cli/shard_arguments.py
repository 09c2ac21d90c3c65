"""The options of runs in shards, which ``convert`` and ``build`` share."""

from __future__ import annotations

import argparse
from typing import Any

_NAMES = ("shard_size", "processes", "scheduler")


def add_shard_arguments(
    parser: argparse.ArgumentParser, description: str, default: str, ingests: bool = False
) -> None:
    """Adds the options.

    Args:
        parser: the command's parser
        description: what the workers do
        default: the number of videos per shard, as text
        ingests: whether the command adds samples, which an option can then omit
    """
    group = parser.add_argument_group(
        "sharded run (enabled by any of these options; see docs/cluster.md)", description
    )
    group.add_argument(
        "--shard-size", type=int, metavar="N", help=f"videos per shard; default: {default}"
    )
    group.add_argument(
        "--processes", type=int, metavar="N", help="local processes; default: one per core"
    )
    group.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="the address or --scheduler-file of a Dask scheduler, instead of local processes",
    )  # fmt: skip
    if ingests:
        group.add_argument(
            "--no-ingest",
            action="store_true",
            help="only make clips; `action100m ingest` adds them to the dataset",
        )


def shard_options(args: argparse.Namespace) -> dict[str, Any]:
    """Returns the options of a sharded run; all None for a run without shards."""
    return {name: getattr(args, name, None) for name in _NAMES}
