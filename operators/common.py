"""What the operators share: setting a view so that it can be undone, and saying what is wrong."""

from __future__ import annotations

import json
from typing import Any

import fiftyone.operators as foo
from bson import json_util
from fiftyone.operators import types

from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy

_STORE = "action100m"
_PREVIOUS = "previous_view"


def show_view(ctx: Any, view: Any, message: str) -> None:
    """Shows a view, remembers the one before it, and says what is shown."""
    remember_view(ctx)
    ctx.ops.set_view(view=view)
    ctx.ops.notify(message, variant="success")


def show_stages(ctx: Any, stages: list[Any]) -> None:
    """Shows the view that has these stages, and remembers the one before it."""
    remember_view(ctx)
    ctx.trigger("set_view", params={"view": stages})


def remember_view(ctx: Any) -> list[Any]:
    """Remembers the view that is shown, to be led back to; returns its stages as JSON has them.

    The App's server sends what is stored to its pages, and can send nothing else: a date or an id
    in a filter would end that.
    """
    stages = ctx.view._serialize() if ctx.view is not None else []
    plain: list[Any] = json.loads(json_util.dumps(stages))
    ctx.store(_STORE).set(_PREVIOUS, {"stages": plain})
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


class BackToPreviousView(foo.Operator):
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
        known = ctx.store(_STORE).get(_PREVIOUS)
        if known is None:
            ctx.ops.notify("No view has been set yet", variant="warning")
            return
        show_stages(ctx, known["stages"])
