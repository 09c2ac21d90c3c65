"""The operator that finds captions by their words."""

from __future__ import annotations

from typing import Any, get_args

import fiftyone.operators as foo
from fiftyone.operators import types
from pymongo.errors import ExecutionTimeout

from ..core.search import QueryError
from ..core.wording import count, shorten
from ..internals.views import clip_field
from ..views.find import Keep, MatchCounts, find, match_counts
from ..views.hierarchy import Hierarchy, NoHierarchyError
from ..views.nested import count_moments
from ..views.sample_tree import SHORT_CAPTIONS
from .base import TreeFormOperator
from .forms import PREVIEW_MS, fields_input, need, notice, radio, refuse
from .show import show_view

_KEEP = {
    "matches": "The captions that match",
    "outermost": "Only the outermost of nested matches",
    "finest": "Only the finest of nested matches",
    "ancestors": "Also the path from the root to each",
    "subtree": "Also everything below each",
}


class FindInCaptions(TreeFormOperator):
    """Shows the captions that match words or a regular expression, and their branches."""

    name = "find_in_captions"
    label = "Captions: find"
    description = "Show the captions that match words, phrases or a regular expression"
    synonyms = "find in captions, search, filter, grep, match, query, words"
    icon = "search"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the query and the fields, and shows counts."""
        clips = clip_field(ctx.view)
        inputs.str(
            "query",
            label="Find",
            description='All of these words, or a "quoted phrase"; case and accents are ignored',
        )
        if not clips and len(found.fields) > 1:
            fields_input(ctx, inputs, found.fields, None, "Fields", "All if empty")
        if not clips:
            radio(inputs, "keep", "Show", _KEEP, "matches")
        inputs.bool("regex", default=False, label="Regular expression")
        if not ctx.params.flag("regex"):
            inputs.bool("whole_words", default=False, label="Whole words only")
        _preview(ctx, inputs)

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the matches; without any, says so and leaves the view unchanged."""
        arguments = _arguments(ctx)
        view = find(ctx.view, **arguments, keep=_keep(ctx))
        query = ctx.params.text("query")
        if view.limit(1).values("id"):
            counts = match_counts(ctx.view, **arguments, max_ms=PREVIEW_MS)
            message = f"Found {shorten(query, 60)}: {_counted(ctx, counts)}"
            # Otherwise the tree would treat the whole branch as matches.
            phrase = "" if _keep(ctx) in ("ancestors", "subtree") else query
            show_view(
                ctx,
                view,
                message,
                fields=_ticked(ctx, counts),
                query=phrase,
                name=f"“{shorten(query, 40)}”",
            )
        else:
            ctx.ops.notify(f"No caption matches {query}", variant="warning")


def _ticked(ctx: foo.ExecutionContext, counts: MatchCounts) -> list[str] | None:
    """Returns the fields to tick: the ticked ones with a match, and others until none has no match.

    Of the others, those with short captions come first.
    """
    found = [field for field, levels in counts.levels.items() if levels]
    ticked = [field for field in ctx.active_fields or [] if field in found]
    for field in (*SHORT_CAPTIONS, *found):
        unseen = [fields for fields in counts.videos_by_fields if not {*fields} & {*ticked}]
        if any(field in fields for fields in unseen):
            ticked.append(field)
    return ticked or None


def _arguments(ctx: foo.ExecutionContext) -> dict[str, Any]:
    params = ctx.params
    regex = params.flag("regex")
    return {
        "query": params.text("query"),
        "fields": None if clip_field(ctx.view) else params.names("fields") or None,
        "regex": regex,
        "whole_words": params.flag("whole_words") and not regex,
    }


def _keep(ctx: foo.ExecutionContext) -> Keep:
    keep: Keep = ctx.params.choice("keep", get_args(Keep), "matches")
    return "matches" if clip_field(ctx.view) else keep


def _preview(ctx: foo.ExecutionContext, inputs: types.Object) -> None:
    if not ctx.params.text("query"):
        need(inputs, "Type what to find")
        return
    try:
        counts = match_counts(ctx.view, max_ms=PREVIEW_MS, **_arguments(ctx))
    except (QueryError, NoHierarchyError) as error:
        refuse(inputs, str(error))
        return
    notice(inputs, "preview", _counted(ctx, counts))
    if counts.segments:
        inputs.view("counts", types.MarkdownView(label=_table(counts)))


def _counted(ctx: foo.ExecutionContext, counts: MatchCounts) -> str:
    """Describes the matches, with the number of moments if they are nested."""
    text = str(counts)
    if clip_field(ctx.view) or counts.looked_at is not None or not counts.segments:
        return text
    fields = [field for field, levels in counts.levels.items() if levels]
    try:
        found = count_moments(find(ctx.view, **_arguments(ctx)), fields, PREVIEW_MS)
    except ExecutionTimeout:
        return text
    nested = found.moments < found.segments
    return f"{count(found.moments, 'moment')}, {text}" if nested else text


def _table(counts: MatchCounts) -> str:
    """Returns the counts as a Markdown table; field names are untrusted, so they are code."""
    levels = sorted({level for row in counts.levels.values() for level in row}, key=str)
    lines = ["| field | " + " | ".join(f"level {level}" for level in levels) + " |"]
    lines.append("| --- |" + " --- |" * len(levels))
    for field, row in counts.levels.items():
        if row:
            cells = " | ".join(str(row.get(level, "")) for level in levels)
            lines.append(f"| `{field}` | {cells} |")
    return "\n".join(lines)
