"""The panel "Search": finds segments by a text and opens them.

The server side looks up segments (:mod:`..views.lookup`) and runs the actions on them. Input, the
order of answers, rows and pictures are handled in the browser (``js/finder.js``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import fiftyone.core.clips as foc
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core import fields as names
from ..core.colours import LEVEL_COLOURS
from ..core.search import QueryError
from ..core.wording import count, one_line, shorten
from ..internals.views import clip_field, source_dataset
from ..operators.base import ANSWERED, PLUGIN, hierarchy_of, in_words
from ..operators.open_panels import SEARCH
from ..operators.params import Params, parsed_params
from ..operators.show import open_segment, show_view
from ..views.hierarchy import DatasetOrView, NoHierarchyError
from ..views.hit_clips import clips_of
from ..views.hits import Hit, captions_view, read_labels
from ..views.index_state import glance
from ..views.indexes import CLIPS_KEY, DEFAULT_KEY, described
from ..views.kept import part_of
from ..views.sample_tree import NoTreeError, shown_part
from ..views.search import Mode
from ..views.view_keys import view_key
from .component import component_view
from .search_answer import answer

COMPONENT = "Action100MSearch"
#: The methods that the component may call.
_METHODS = ("search", "check", "open", "show", "show_clips", "tag", "export")

#: The scopes of a search: the open video, the current view, the whole dataset.
_VIDEO, _VIEW, _WHOLE = "video", "view", "dataset"
#: The longest tag, in characters.
_LONGEST_TAG = 100


class SearchPanel(foo.Panel):
    """Finds segments by words or by meaning, and opens them."""

    @property
    def config(self) -> foo.PanelConfig:
        """What the App lists."""
        return foo.PanelConfig(
            name=SEARCH,
            label="Search",
            icon="manage_search",
            surfaces="grid modal",
            help_markdown="Find segments by words or by meaning, and open them",
        )

    def on_load(self, ctx: foo.ExecutionContext) -> None:
        """Sends what can be searched, or the reason why nothing can be."""
        ctx.panel.set_data("place", json.dumps(_place(ctx), ensure_ascii=False))

    def on_change_dataset(self, ctx: foo.ExecutionContext) -> None:
        """Sends what can be searched now."""
        self.on_load(ctx)

    def on_change_view(self, ctx: foo.ExecutionContext) -> None:
        """Sends what can be searched now."""
        self.on_load(ctx)

    def on_change_current_sample(self, ctx: foo.ExecutionContext) -> None:
        """Sends which video is open now."""
        self.on_load(ctx)

    def search(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns the rows that match a text."""
        return _answered(ctx, _search)

    def check(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns whether the dataset has an index, and what has changed since then."""
        return _answered(ctx, _check)

    def open(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Opens the video of a row at its segment."""
        return _answered(ctx, _open)

    def show(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Shows the found captions in the grid."""
        return _answered(ctx, _show)

    def show_clips(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Shows the found segments as clips."""
        return _answered(ctx, _show_clips)

    def tag(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Tags the found captions, or takes the tag away again."""
        return _answered(ctx, _tag)

    def export(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Opens the form that exports the grid's view."""
        ctx.prompt(f"{PLUGIN}/export_action100m")
        return {}

    def render(self, ctx: foo.ExecutionContext) -> types.Property:
        """Returns the component, with the methods that it may call."""
        return component_view(self, COMPONENT, *_METHODS)


def _answered(
    ctx: foo.ExecutionContext, answer: Callable[[foo.ExecutionContext, Params], dict[str, Any]]
) -> dict[str, Any]:
    """Returns an answer, or an error message."""
    with parsed_params(ctx) as params:
        try:
            hierarchy_of(ctx)
            return answer(ctx, params)
        except ANSWERED as error:
            return {"problem": in_words(error)}


def _place(ctx: foo.ExecutionContext) -> dict[str, Any]:
    """Returns what can be searched."""
    try:
        found = hierarchy_of(ctx)
    except NoHierarchyError as error:
        return {"notice": str(error)}
    dataset = source_dataset(ctx.dataset)
    clips = clip_field(ctx.view)
    fields = [clips] if clips in found.fields else list(found.fields)
    return {
        "dataset": dataset.name,
        "fields": fields,
        "indexed": described(dataset, DEFAULT_KEY).get("fields"),
        # Segments can be found by their pictures if these are indexed.
        "modes": [m for m in get_args(Mode) if m != "video" or described(dataset, CLIPS_KEY)],
        "tiers": any(found.has(name, names.TIER) for name in fields) and not clips,
        "scopes": _scopes(ctx),
        "sample": ctx.current_sample,
        "clips": bool(clips),
        "view": view_key(ctx.view) if ctx.has_custom_view else "",
        "levels": list(LEVEL_COLOURS),
    }


def _scopes(ctx: foo.ExecutionContext) -> list[str]:
    """Returns the available scopes, the default first."""
    there = {_VIDEO: ctx.current_sample is not None, _VIEW: ctx.has_custom_view, _WHOLE: True}
    return [scope for scope in there if there[scope]]


def _scope(ctx: foo.ExecutionContext, params: Params) -> DatasetOrView:
    """Returns the view to search."""
    scopes = _scopes(ctx)
    scope = params.choice("scope", scopes, scopes[0])
    if scope == _VIEW:
        return ctx.view
    whole = source_dataset(ctx.dataset)
    if scope == _WHOLE:
        return whole
    sample_id, _ = shown_part(ctx.view, ctx.current_sample)
    if isinstance(ctx.view, foc.ClipsView):
        return whole.select(sample_id)
    return part_of(ctx.view, [sample_id])


def _search(ctx: foo.ExecutionContext, params: Params) -> dict[str, Any]:
    return answer(_scope(ctx, params), params)


def _check(ctx: foo.ExecutionContext, _: Params) -> dict[str, Any]:
    dataset = source_dataset(ctx.dataset)
    known = described(dataset, DEFAULT_KEY)
    if not known:
        return {"indexed": None, "stale": ""}
    state = glance(dataset)
    return {"indexed": known["fields"], "stale": "" if state.is_current else str(state)}


def _open(ctx: foo.ExecutionContext, params: Params) -> dict[str, Any]:
    sample, node = params.text("sample"), params.text("node")
    if not node:
        raise NoTreeError("This caption belongs to no node: it cannot be opened")
    open_segment(
        ctx,
        sample,
        node,
        field=params.text("field") or None,
        query=params.text("text"),
        nodes=params.names("nodes"),
        loop=params.flag("loop"),
    )
    return {}


def _chosen(ctx: foo.ExecutionContext, params: Params) -> tuple[DatasetOrView, list[Hit]]:
    """Returns the searched view, and the existing captions of some rows."""
    view, labels = _scope(ctx, params), params.names("labels")
    found = read_labels(view, labels, sorted(set(params.names("samples"))), set(params.names("of")))
    hits = [found[label] for label in labels if label in found]
    if not hits:
        raise NoHierarchyError("none of these captions is there any more: search again")
    return view, hits


def _show(ctx: foo.ExecutionContext, params: Params) -> dict[str, Any]:
    view, hits = _chosen(ctx, params)
    videos = count(len({hit.sample_id for hit in hits}), "video")
    text = shorten(params.text("text"), 60)
    message = f"Found {text}: {count(len(hits), 'caption')} in {videos}"
    fields = list(dict.fromkeys(hit.field for hit in hits))
    found = captions_view(view, hits)
    show_view(ctx, found, message, fields=fields, query=params.text("text"), name=f"“{text}”")
    return {}


def _show_clips(ctx: foo.ExecutionContext, params: Params) -> dict[str, Any]:
    clips = clips_of(*_chosen(ctx, params))
    name = count(len(clips.view), "clip")
    message = f"{name} by {clips.field}"
    if clips.left_out:
        fields = ", ".join(f"{number:,} of {field}" for field, number in clips.left_out.items())
        without = f"segments without {clips.field} are left out: {fields}"
        message = f"{message}; {without}"
    text = params.text("text")
    partial = bool(clips.left_out)
    show_view(
        ctx, clips.view, message, fields=[clips.field], query=text, name=name, partial=partial
    )
    return {}


def _tag(ctx: foo.ExecutionContext, params: Params) -> dict[str, Any]:
    _, hits = _chosen(ctx, params)
    tag = one_line(params.text("tag"))
    if not 0 < len(tag) <= _LONGEST_TAG:
        raise QueryError(f"a tag has 1 to {_LONGEST_TAG} characters")
    videos = source_dataset(ctx.dataset).select(sorted({hit.sample_id for hit in hits}))
    for name in dict.fromkeys(hit.field for hit in hits):
        labels = videos.select_labels(
            ids=[hit.label_id for hit in hits if hit.field == name], fields=name
        )
        if params.flag("remove"):
            labels.untag_labels(tag, name)
        else:
            labels.tag_labels(tag, name)
    done = "Took the tag from" if params.flag("remove") else "Tagged"
    ctx.ops.notify(f"{done} {count(len(hits), 'caption')}: {tag}", variant="success")
    ctx.ops.reload_dataset()
    return {}
