"""What the operators share: setting a view so that it can be undone, and saying what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import fiftyone.operators as foo
from bson import json_util
from fiftyone.operators import types

from ..core.keys import STORE
from ..internals.views import build_view, serialize_view
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy
from .params import Operator

_PREVIOUS = "previous_view"
#: Runs in the browser, see js/landing.js.
_SHOW_AND_OPEN = "@action100m/explorer/show_and_open"


class Landing(NamedTuple):
    """What to open in a view once the App shows it.

    Attributes:
        sample_id: the sample, which the view must have; None to open none
        frame: where to move its video, counted from 1
        labels: the labels to select, as the App's ``set_selected_labels`` takes them
    """

    sample_id: str | None
    frame: int | None = None
    labels: Sequence[Mapping[str, str]] = ()


def show_view(ctx: Any, view: Any, message: str, landing: Landing | None = None) -> None:
    """Shows a view, remembers the one before it, and says what is shown.

    This is the one way to show a view and open a sample: the App's page dies where an open sample
    is not in the view that it has at that moment, and a view takes its time to arrive.

    Args:
        ctx: the context
        view: the view
        message: what to say of it
        landing: the sample to open in it; by default the open one stays, if the view has it
    """
    remember_view(ctx)
    _set_view(ctx, view, plain_stages(view), landing)
    ctx.ops.notify(message, variant="success")


def show_stages(ctx: Any, stages: list[Any]) -> None:
    """Shows the view that has these stages, and remembers the one before it."""
    remember_view(ctx)
    view = build_view(ctx.dataset, json_util.loads(json.dumps(stages)))
    _set_view(ctx, view, stages)


def _set_view(ctx: Any, view: Any, stages: list[Any], landing: Landing | None = None) -> None:
    shown = ctx.current_sample
    if landing is None and (shown is None or view.select(shown).limit(1).values("id")):
        ctx.trigger("set_view", params={"view": stages})
    else:
        to_open = {} if landing is None else landing._asdict()
        ctx.trigger(_SHOW_AND_OPEN, params={"view": stages, **to_open})


def plain_stages(view: Any) -> list[Any]:
    """Returns a view's stages as JSON has them.

    The App's server sends what is stored to its pages, and can send nothing else: a date or an id
    in a filter would end that.
    """
    stages: list[Any] = json.loads(json_util.dumps(serialize_view(view)))
    return stages


def remember_view(ctx: Any) -> list[Any]:
    """Remembers the view that is shown, to be led back to; returns its stages as JSON has them."""
    plain = [] if ctx.view is None else plain_stages(ctx.view)
    ctx.store(STORE).set(_PREVIOUS, {"stages": plain})
    return plain


def hierarchy_or_notice(ctx: Any, inputs: types.Object) -> Hierarchy | None:
    """Returns the data set's hierarchy; without one, puts the reason into the form."""
    try:
        if ctx.dataset is None:
            raise NoHierarchyError("open a data set first")
        return find_hierarchy(ctx.dataset)
    except NoHierarchyError as error:
        notice = inputs.view("no_hierarchy", types.Warning(label=str(error)))
        notice.invalid = True
        return None


def fields_input(
    inputs: types.Object, found: Hierarchy, default: list[str], label: str, description: str
) -> None:
    """Asks for some of the fields that hold trees, as ``fields``."""
    choices = types.DropdownView(multiple=True)
    for name in found.fields:
        choices.add_choice(name, label=name)
    inputs.list(
        "fields",
        types.String(),
        default=default,
        label=label,
        description=description,
        view=choices,
    )


class BackToPreviousView(Operator):
    """Undoes the last view that one of the operators has set."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="back_to_previous_view",
            label="Back to the view before",
            description="Undo the last view that an Action100M operator has set",
            icon="undo",
        )

    def execute(self, ctx: Any) -> None:
        """Shows the remembered view; what is shown now becomes the remembered one."""
        known = ctx.store(STORE).get(_PREVIOUS)
        if known is None:
            ctx.ops.notify("No view has been set yet", variant="warning")
            return
        show_stages(ctx, known["stages"])
