"""Finds, makes and checks the plan of a sharded conversion's output folder."""

from __future__ import annotations

import logging

from ...core.option_error import OptionError
from ..options import Resolved
from ..written import MANIFEST
from .folder import ShardFolder
from .plan import SHARD_SIZE, PlanError, ShardPlan, absolute, make_plan

logger = logging.getLogger(__name__)


def find_plan(resolved: Resolved, shard_size: int | None) -> ShardPlan:
    """Returns the folder's plan, or makes one; nothing is written.

    Args:
        resolved: the conversion
        shard_size: maximum number of videos per shard; None for the plan's own, or the default

    Raises:
        OptionError: if the source cannot be divided, or the folder holds another conversion
    """
    options, out = resolved.options, resolved.out
    if (out / MANIFEST).exists():
        raise OptionError(
            "out",
            f"{out} holds a conversion without shards: continue it without --shard-size, "
            "--processes and --scheduler, or choose another --out",
        )
    try:
        plan = ShardFolder(out).load_plan(options.token)
        if plan is None:
            logger.info("Planning shards")
            plan = make_plan(
                resolved.files,
                resolved.captions,
                options.selection,
                options.parameters(),
                shard_size or SHARD_SIZE,
            )
    except PlanError as error:
        raise OptionError("source", str(error)) from None
    _check_plan(plan, resolved, shard_size)
    return plan


def keep_plan(plan: ShardPlan, resolved: Resolved, shard_size: int | None) -> ShardPlan:
    """Writes a plan, or returns the one that another run has written in the meantime.

    Raises:
        OptionError: if the other run's plan is another conversion's
    """
    folder = ShardFolder(resolved.out)
    known = folder.load_plan(resolved.options.token)
    if known is None:
        folder.save_plan(plan)
        return plan
    _check_plan(known, resolved, shard_size)
    return known


def _check_plan(plan: ShardPlan, resolved: Resolved, shard_size: int | None) -> None:
    """Raises an :class:`OptionError` if a plan is another conversion's."""
    known, asked = dict(plan.parameters), resolved.options.parameters()
    differ = sorted(k for k in known.keys() | asked if known.get(k) != asked.get(k))
    if shard_size not in (None, plan.shard_size):
        differ.append("shard_size")
    chosen = absolute(resolved.options.selection.of_files(resolved.files))
    if not differ and [str(file) for file in plan.files] != [str(f) for f in chosen]:
        differ.append("the source's files")
    if differ:
        raise OptionError(
            "out",
            f"{ShardFolder(resolved.out).path} was planned for another conversion "
            f"({', '.join(differ)}): choose another --out; --append adds it to the same dataset",
        )
