"""The trail: the views that operators have shown one after the other, which lead back.

A dataset's trail is in its execution store. It begins with the whole dataset. A view that no
operator has shown is on it if an operator was run from there. Two steps may be equal views.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import fiftyone as fo
import fiftyone.operators as foo
from bson import json_util

from ..core.keys import STORE
from ..core.wording import shorten
from ..internals.database import Document, count_samples
from ..internals.views import build_view, serialize_view, source_dataset
from ..views.hierarchy import Hierarchy
from ..views.view_keys import stage_keys

#: The key of the trail in the store.
_KEY = "previous_view"
#: The most steps; of more, the first after the whole dataset go.
_MOST = 8
#: The most that their stages take as JSON, in characters: a document of MongoDB has up to 16 MB.
_LARGEST = 4_000_000
#: The longest name and message, in characters.
_LONGEST_NAME, _LONGEST_MESSAGE = 60, 300


class Found(NamedTuple):
    """What a view's segments were found by.

    Attributes:
        query: the text; empty if they were found by nothing
        fields: the fields that they were found in
    """

    query: str = ""
    fields: Sequence[str] = ()


@dataclass
class Step:
    """A view on the trail.

    Attributes:
        stages: the view's stages, as :func:`plain_stages` returns them
        keys: their digests
        name: what a breadcrumb calls it; empty for a view that no operator has shown
        message: what was said when it was shown; empty for a view that no operator has shown
        query: what its segments were found by
        found: the fields that they were found in
        fields: the fields that were ticked in the grid when it was left; None where that is unknown
        selected: the samples that were selected when it was left
        layout: the panels beside the grid when it was left; None where that is unknown
    """

    stages: list[Document]
    keys: list[str]
    name: str = ""
    message: str = ""
    query: str = ""
    found: list[str] = field(default_factory=list)
    fields: list[str] | None = None
    selected: list[str] = field(default_factory=list)
    layout: Document | None = None

    def leave(self, ctx: foo.ExecutionContext) -> None:
        """Notes what is ticked, selected and open beside the grid."""
        ticked = ticked_fields(ctx)  # of the open sample, if there is one
        if ticked is not None and (self.fields is None or ctx.current_sample is None):
            self.fields = ticked
        self.selected = list(ctx.selected or [])
        self.layout = layout(ctx)


class Crumb(NamedTuple):
    """A step as a breadcrumb shows it.

    Attributes:
        name: what it is called
        title: more about it
        place: its place on the trail; None for a view that is not on it
    """

    name: str
    title: str
    place: int | None


@dataclass
class Trail:
    """The steps of a dataset's trail.

    Attributes:
        steps: the views, the whole dataset first
        at: the place of the one that was shown last
    """

    steps: list[Step]
    at: int = 0

    @classmethod
    def read(cls, ctx: foo.ExecutionContext) -> Trail:
        """Reads the trail of the open dataset."""
        known = ctx.store(STORE).get(_KEY) or {}
        if "steps" in known:
            return cls([Step(**step) for step in known["steps"]], known["at"])
        steps = [Step([], [])]
        if "stages" in known:  # of an earlier version, which kept one view
            stages = known["stages"]
            before = Step(stages, stage_keys(view_of(ctx, stages)))
            before.fields, before.selected = known.get("fields"), known.get("selected") or []
            steps += [before, Step([], [""])]
        return cls(steps, len(steps) - 1)

    def write(self, ctx: foo.ExecutionContext) -> None:
        """Keeps the trail."""
        sizes = [len(json.dumps(step.stages)) for step in self.steps]
        while len(sizes) > _MOST or (len(sizes) > 2 and sum(sizes) > _LARGEST):
            del self.steps[1], sizes[1]
            self.at = max(self.at - 1, 0)
        ctx.store(STORE).set(_KEY, {"steps": [asdict(step) for step in self.steps], "at": self.at})

    def place(self, keys: list[str]) -> int | None:
        """Returns the place of the step that a view is; None if it is none.

        Args:
            keys: of the view, as :func:`shown_keys` returns them
        """
        equal = [place for place, step in enumerate(self.steps) if step.keys == keys]
        before = [place for place in equal if place <= self.at]
        return before[-1] if before else equal[0] if equal else None

    def origin(self, keys: list[str]) -> int | None:
        """Returns the place of the step that a view was made from; None if it is none.

        Args:
            keys: of the view; every view is made from the whole dataset, which does not count
        """
        made = [
            (len(step.keys), place) for place, step in enumerate(self.steps)
            if step.keys and step.keys == keys[: len(step.keys)]
        ]  # fmt: skip
        return max(made)[1] if made else None

    def before(self, keys: list[str]) -> int | None:
        """Returns the place where *Back* leads from a view; None if nowhere.

        From the whole dataset, where it has led itself, it leads forward again.
        """
        place = self.place(keys)
        if place:
            return place - 1
        if place == self.at:
            return place + 1 if place + 1 < len(self.steps) else None
        origin = self.origin(keys)
        return max(self.at - 1, 0) if origin is None else origin

    def leave(self, ctx: foo.ExecutionContext) -> int | None:
        """Notes how the current view is left; returns its place, if any."""
        place = self.place(shown_keys(ctx))
        if place is not None:
            self.steps[place].leave(ctx)
        return place

    def extend(self, ctx: foo.ExecutionContext, step: Step) -> None:
        """Has a step follow the current view, in place of what followed it."""
        place = self.leave(ctx)
        if place is None:
            keys = shown_keys(ctx)
            saved = shorten(str(ctx.request_params.get("view_name") or ""), _LONGEST_NAME)
            own = Step(plain_stages(ctx.view), keys, name=saved)
            own.leave(ctx)
            place = (self.origin(keys) or 0) + 1
            self.steps[place:] = [own]
        step.name = shorten(step.name or step.message, _LONGEST_NAME)
        step.message = shorten(step.message, _LONGEST_MESSAGE)
        self.steps[place + 1 :] = [step]
        self.at = place + 1


def current_step(ctx: foo.ExecutionContext) -> Step | None:
    """Returns the step that the current view is; None if it is none."""
    trail = Trail.read(ctx)
    place = trail.place(shown_keys(ctx))
    return None if place is None else trail.steps[place]


def shown_query(ctx: foo.ExecutionContext) -> Found:
    """Returns what the segments of the current view were found by."""
    step = current_step(ctx)
    return Found() if step is None else Found(step.query, step.found)


def crumbs(ctx: foo.ExecutionContext) -> list[dict[str, Any]]:
    """Returns the way from the whole dataset to the grid's view: :class:`Crumb`.

    It is empty if no operator led there.
    """
    if ctx.dataset is None:
        return []
    trail, keys = Trail.read(ctx), shown_keys(ctx)
    place = trail.place(keys)
    last = trail.origin(keys) if place is None else place
    if not last:
        return []
    way = [Crumb(f"All {count_samples(ctx.dataset):,}", "The whole dataset", 0)]
    for number, step in enumerate(trail.steps[1 : last + 1], 1):
        way.append(Crumb(step.name or "your view", step.message or "A view of your own", number))
    if place is None:
        way.append(Crumb("filtered", "A part of it, by a filter", None))
    return [crumb._asdict() for crumb in way]


def ticked_fields(ctx: foo.ExecutionContext) -> list[str] | None:
    """Returns the fields that are ticked in the sidebar; None where that is unknown."""
    fields: list[str] | None = ctx.request_params.get("active_fields")
    return fields


def layout(ctx: foo.ExecutionContext) -> Document | None:
    """Returns the panels beside the grid, as the App sends them; None where they are unknown."""
    spaces: Document | None = ctx.request_params.get("spaces")
    return spaces


def ticked_caption(ctx: foo.ExecutionContext, found: Hierarchy) -> str:
    """Returns the first field with trees that is ticked; if none is, that of most nodes."""
    ticked = [name for name in ticked_fields(ctx) or [] if name in found.fields]
    return ticked[0] if ticked else found.widest


def plain_stages(view: fo.DatasetView) -> list[Document]:
    """Returns a view's stages as plain JSON.

    The App's server sends what is stored to its pages as JSON, and fails on a date or an id.
    """
    stages: list[Document] = json.loads(json_util.dumps(serialize_view(view)))
    return stages


def view_of(ctx: foo.ExecutionContext, stages: Sequence[Mapping[str, Any]]) -> fo.DatasetView:
    """Returns the view that has some stages, as :func:`plain_stages` returns them."""
    return build_view(source_dataset(ctx.dataset), json_util.loads(json.dumps(stages)))


def shown_keys(ctx: foo.ExecutionContext) -> list[str]:
    """Returns the digests of the current view's stages."""
    return [] if ctx.view is None else stage_keys(ctx.view)
