"""The trail of views that operators have shown, which the App can step back through.

A dataset's trail is kept in its execution store, one for each App server, and begins with the whole
dataset. A view that the user made is on the trail if an operator was run from it. The same view may
occur twice.
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
from ..internals.requests import server_name
from ..internals.views import build_view, serialize_view, source_dataset
from ..views.hierarchy import Hierarchy
from ..views.view_keys import stage_keys

#: The prefix of the trail's key in the store, under which earlier versions kept a trail for all.
_KEY = "previous_view"
#: How long a trail is kept that nobody extends, in seconds.
_KEPT_S = 90 * 86_400
#: The maximum number of steps. Beyond it, the oldest steps after the whole dataset are dropped.
_MOST = 8
#: The maximum size of their stages as JSON, in characters: a MongoDB document is limited to 16 MB.
_LARGEST = 4_000_000
#: The maximum length of names and messages, in characters.
_LONGEST_NAME, _LONGEST_MESSAGE = 60, 300


class Found(NamedTuple):
    """The search that a view's segments were found by.

    Attributes:
        query: the text searched for; empty if there was no search
        fields: the fields that were searched
    """

    query: str = ""
    fields: Sequence[str] = ()


@dataclass
class Step:
    """A view on the trail.

    Attributes:
        stages: the view's stages, as :func:`plain_stages` returns them
        keys: the digests of the stages
        name: its name in the breadcrumb; empty for a view that the user made
        message: the notification shown with it; empty for a view that the user made
        query: the text that its segments were found by
        found: the fields that were searched
        fields: the fields that were ticked in the sidebar when the view was left; None if unknown
        selected: the samples that were selected when the view was left
        layout: the panels beside the grid when the view was left; None if unknown
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
        """Records the ticked fields, the selected samples and the panels beside the grid."""
        ticked = ticked_fields(ctx)  # the fields ticked in the open sample, if there is one
        if ticked is not None and (self.fields is None or ctx.current_sample is None):
            self.fields = ticked
        self.selected = list(ctx.selected or [])
        self.layout = layout(ctx)


class Crumb(NamedTuple):
    """A step as shown in a breadcrumb.

    Attributes:
        name: its name
        title: its tooltip
        place: its index on the trail; None for a view that is not on it
    """

    name: str
    title: str
    place: int | None


@dataclass
class Trail:
    """The trail of a dataset.

    Attributes:
        steps: the views, the whole dataset first
        at: the index of the step that was shown last
    """

    steps: list[Step]
    at: int = 0

    @classmethod
    def read(cls, ctx: foo.ExecutionContext) -> Trail:
        """Reads the trail of the open dataset."""
        known = ctx.store(STORE).get(trail_key()) or ctx.store(STORE).get(_KEY) or {}
        if "steps" in known:
            return cls([Step(**step) for step in known["steps"]], known["at"])
        steps = [Step([], [])]
        if "stages" in known:  # written by an earlier version, which kept a single view
            stages = known["stages"]
            before = Step(stages, stage_keys(view_of(ctx, stages)))
            before.fields, before.selected = known.get("fields"), known.get("selected") or []
            steps += [before, Step([], [""])]
        return cls(steps, len(steps) - 1)

    def write(self, ctx: foo.ExecutionContext) -> None:
        """Saves the trail."""
        sizes = [len(json.dumps(step.stages)) for step in self.steps]
        while len(sizes) > _MOST or (len(sizes) > 2 and sum(sizes) > _LARGEST):
            del self.steps[1], sizes[1]
            self.at = max(self.at - 1, 0)
        value = {"steps": [asdict(step) for step in self.steps], "at": self.at}
        ctx.store(STORE).set(trail_key(), value, ttl=_KEPT_S)

    def place(self, keys: list[str]) -> int | None:
        """Returns the index of the step that shows a view, or None if there is none.

        Args:
            keys: the view's keys, as returned by :func:`shown_keys`
        """
        equal = [place for place, step in enumerate(self.steps) if step.keys == keys]
        before = [place for place in equal if place <= self.at]
        return before[-1] if before else equal[0] if equal else None

    def origin(self, keys: list[str]) -> int | None:
        """Returns the index of the step that a view was derived from, or None if there is none.

        Args:
            keys: the view's keys; the whole dataset, which every view is derived from, does not
                count
        """
        made = [
            (len(step.keys), place) for place, step in enumerate(self.steps)
            if step.keys and step.keys == keys[: len(step.keys)]
        ]  # fmt: skip
        return max(made)[1] if made else None

    def before(self, keys: list[str]) -> int | None:
        """Returns the index of the step that *Back* leads to from a view, or None if there is none.

        From the whole dataset, if *Back* was used to get there, it leads forward again.
        """
        place = self.place(keys)
        if place:
            return place - 1
        if place == self.at:
            return place + 1 if place + 1 < len(self.steps) else None
        origin = self.origin(keys)
        return max(self.at - 1, 0) if origin is None else origin

    def leave(self, ctx: foo.ExecutionContext) -> int | None:
        """Records how the current view is left and returns its index, if it is a step."""
        place = self.place(shown_keys(ctx))
        if place is not None:
            self.steps[place].leave(ctx)
        return place

    def extend(self, ctx: foo.ExecutionContext, step: Step) -> None:
        """Adds a step after the current view, replacing the steps that followed it."""
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

    def crumbs(
        self, dataset: fo.Dataset, last: int, is_filtered: bool = False
    ) -> list[dict[str, Any]]:
        """Returns the breadcrumbs from the whole dataset to a step; none to the whole dataset.

        Args:
            dataset: the dataset
            last: the index of the step
            is_filtered: whether the current view is a part of what the step shows
        """
        if not last:
            return []
        way = [Crumb(f"All {count_samples(dataset):,}", "The whole dataset", 0)]
        for number, step in enumerate(self.steps[1 : last + 1], 1):
            way.append(Crumb(step.name or "your view", step.message or "Your own view", number))
        if is_filtered:
            way.append(Crumb("filtered", "Filtered", None))
        return [crumb._asdict() for crumb in way]


def trail_key() -> str:
    """Returns the key of this App server's trail in a dataset's store."""
    return f"{_KEY} {server_name()}"


def current_step(ctx: foo.ExecutionContext) -> Step | None:
    """Returns the step that shows the current view, or None if there is none."""
    trail = Trail.read(ctx)
    place = trail.place(shown_keys(ctx))
    return None if place is None else trail.steps[place]


def shown_query(ctx: foo.ExecutionContext) -> Found:
    """Returns the search that the current view's segments were found by."""
    step = current_step(ctx)
    return Found() if step is None else Found(step.query, step.found)


def crumbs(ctx: foo.ExecutionContext) -> list[dict[str, Any]]:
    """Returns the breadcrumbs from the whole dataset to the current view.

    The list is empty if no operator has led there.
    """
    if ctx.dataset is None:
        return []
    trail, keys = Trail.read(ctx), shown_keys(ctx)
    place = trail.place(keys)
    last = trail.origin(keys) if place is None else place
    return trail.crumbs(ctx.dataset, last or 0, is_filtered=place is None)


def ticked_fields(ctx: foo.ExecutionContext) -> list[str] | None:
    """Returns the fields that are ticked in the sidebar, or None if unknown."""
    fields: list[str] | None = ctx.request_params.get("active_fields")
    return fields


def layout(ctx: foo.ExecutionContext) -> Document | None:
    """Returns the panels beside the grid as sent by the App, or None if unknown."""
    spaces: Document | None = ctx.request_params.get("spaces")
    return spaces


def ticked_caption(ctx: foo.ExecutionContext, found: Hierarchy) -> str:
    """Returns the first ticked field with trees, or else the one with the most nodes."""
    ticked = [name for name in ticked_fields(ctx) or [] if name in found.fields]
    return ticked[0] if ticked else found.widest


def plain_stages(view: fo.DatasetView) -> list[Document]:
    """Returns a view's stages as plain JSON.

    The App's server sends the store's values to the browser as JSON, and fails on dates and ids.
    """
    stages: list[Document] = json.loads(json_util.dumps(serialize_view(view)))
    return stages


def view_of(ctx: foo.ExecutionContext, stages: Sequence[Mapping[str, Any]]) -> fo.DatasetView:
    """Returns the view with the given stages, as returned by :func:`plain_stages`."""
    return build_view(source_dataset(ctx.dataset), json_util.loads(json.dumps(stages)))


def shown_keys(ctx: foo.ExecutionContext) -> list[str]:
    """Returns the digests of the current view's stages."""
    return [] if ctx.view is None else stage_keys(ctx.view)
