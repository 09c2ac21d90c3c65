"""The operator that opens the findings of the last check."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.keys import STORE
from ..core.wording import count, shorten
from ..views.hierarchy import Hierarchy
from .base import TreeFormOperator
from .check import REPORT
from .forms import notice, refuse
from .show import open_segment

#: The most findings per kind in the form.
_LISTED = 200


class ShowFinding(TreeFormOperator):
    """Opens the video of a finding at its segment."""

    name = "show_finding"
    label = "Dataset: show a finding"
    description = "Open a segment that the last check of the trees has reported"
    synonyms = "open an error, fault, doubtful caption"
    icon = "troubleshoot"

    def runs_here(self, ctx: foo.ExecutionContext) -> bool:
        """Whether there is a report of a check."""
        return super().runs_here(ctx) and bool(ctx.store(STORE).has(REPORT))

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for a kind of finding, and for a finding."""
        kinds = _kinds(ctx)
        if not kinds:
            refuse(inputs, "No segment has been reported: run “Dataset: check trees” first")
            return
        view = types.DropdownView()
        for code, of_kind in kinds.items():
            view.add_choice(code, label=f"{code}: {count(len(of_kind), 'finding')}")
        inputs.enum("code", view.values(), default=next(iter(kinds)), label="Kind", view=view)
        of_kind = kinds[_code(ctx, kinds)]
        view = types.DropdownView()
        for place, finding in enumerate(of_kind[:_LISTED]):
            view.add_choice(str(place), label=shorten(finding["message"], 200))
        inputs.enum("finding", view.values(), default="0", label="Finding", view=view)
        if len(of_kind) > _LISTED:
            notice(inputs, "more", f"The first {_LISTED} are listed; the report's file has all")

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Opens the segment; the tree's search box lists the others of its kind in the video."""
        kinds = _kinds(ctx)
        if not kinds:
            raise ValueError("no segment has been reported: run “Dataset: check trees” first")
        of_kind = kinds[_code(ctx, kinds)]
        places = [str(place) for place in range(len(of_kind))]
        finding = of_kind[int(ctx.params.choice("finding", places, "0"))]
        sample_id = finding["sample_id"]
        open_segment(
            ctx,
            sample_id,
            finding["node_id"],
            field=finding["labels"][0]["field"] if finding["labels"] else None,
            query=finding["code"],
            nodes=[f["node_id"] for f in of_kind if f["sample_id"] == sample_id],
        )


def _kinds(ctx: foo.ExecutionContext) -> dict[str, list[dict[str, Any]]]:
    """Returns the findings of the last check about nodes, by code."""
    report = ctx.store(STORE).get(REPORT) or {}
    kinds: dict[str, list[dict[str, Any]]] = {}
    for finding in report.get("findings", []):
        if finding["node_id"]:
            kinds.setdefault(finding["code"], []).append(finding)
    return kinds


def _code(ctx: foo.ExecutionContext, kinds: dict[str, list[dict[str, Any]]]) -> str:
    codes = list(kinds)
    code: str = ctx.params.choice("code", codes, codes[0])
    return code
