"""The operator that finds captions by their words."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.search import QueryError
from ..views.find import MatchCounts, clip_field, find, match_counts
from ..views.hierarchy import NoHierarchyError
from .common import hierarchy_or_notice, show_view
from .params import Operator
from .search_form import PREVIEW_MS, refuse

_KEEP = {
    "matches": "The captions that match",
    "ancestors": "The path from the root as well",
    "subtree": "All that is below as well",
}


class FindInCaptions(Operator):
    """Shows the captions that match words or an expression, and their branches."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="find_in_captions",
            label="Find in captions",
            description="Words, phrases or an expression in the captions; keep their branch",
            icon="search",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form, with how much is found."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None:
            clips = clip_field(ctx.view)
            inputs.str(
                "query",
                required=True,
                label="Find",
                description='Words that all occur, or a "quoted phrase"; case and accents are one',
            )
            fields = (clips,) if clips else found.fields
            if len(fields) > 1:
                inputs.list(
                    "fields",
                    types.String(),
                    label="In the fields",
                    description="All of them, if none is chosen",
                    view=types.DropdownView(
                        multiple=True,
                        choices=[types.Choice(field, label=field) for field in fields],
                    ),
                )
            if not clips:
                keep = types.RadioGroup()
                for value, label in _KEEP.items():
                    keep.add_choice(value, label=label)
                inputs.enum("keep", keep.values(), default="matches", label="Show", view=keep)
            inputs.bool("regex", default=False, label="A regular expression")
            if not ctx.params.get("regex"):
                inputs.bool("whole_words", default=False, label="Whole words only")
            _count(ctx, inputs)
        return types.Property(inputs, view=types.View(label="Find in captions"))

    def execute(self, ctx: Any) -> None:
        """Shows what is found; says so if it is nothing, and leaves the view."""
        try:
            view = find(ctx.view, keep=_keep(ctx), **_arguments(ctx))
        except (QueryError, NoHierarchyError) as error:
            ctx.ops.notify(str(error), variant="error")
            return
        if not view.limit(1).values("id"):
            ctx.ops.notify(f"No caption matches {ctx.params['query']}", variant="warning")
            return
        show_view(ctx, view, f"Found {ctx.params['query']}")


def _arguments(ctx: Any) -> dict[str, Any]:
    regex = bool(ctx.params.get("regex"))
    fields = None if clip_field(ctx.view) else ctx.params.get("fields") or None
    whole = bool(ctx.params.get("whole_words")) and not regex
    query = ctx.params.get("query") or ""
    return {"query": query, "fields": fields, "regex": regex, "whole_words": whole}


def _keep(ctx: Any) -> Any:
    return "matches" if clip_field(ctx.view) else ctx.params.get("keep") or "matches"


def _count(ctx: Any, inputs: types.Object) -> None:
    if not ctx.params.get("query"):
        return
    try:
        counts = match_counts(ctx.view, max_ms=PREVIEW_MS, **_arguments(ctx))
    except (QueryError, NoHierarchyError) as error:
        refuse(inputs, str(error))
        return
    inputs.view("preview", types.Notice(label=str(counts)))
    if counts.segments:
        inputs.view("counts", types.MarkdownView(label=_table(counts)))


def _table(counts: MatchCounts) -> str:
    """The counts as a table; the fields' names are the data set's, so they are quoted."""
    levels = sorted({level for row in counts.levels.values() for level in row}, key=str)
    lines = ["| field | " + " | ".join(f"level {level}" for level in levels) + " |"]
    lines.append("| --- |" + " --- |" * len(levels))
    for field, row in counts.levels.items():
        if row:
            cells = " | ".join(str(row.get(level, "")) for level in levels)
            lines.append(f"| `{field}` | {cells} |")
    return "\n".join(lines)
