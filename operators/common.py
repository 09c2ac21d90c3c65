"""What the operators share: setting a view so that it can be undone, and saying what is wrong."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy

_STORE = "action100m"
_PREVIOUS = "previous_view"


def show_view(ctx: Any, view: Any, message: str) -> None:
    """Shows a view, remembers the one before it, and says what is shown."""
    stages = ctx.view._serialize() if ctx.view is not None else []
    ctx.store(_STORE).set(_PREVIOUS, {"stages": stages})
    ctx.ops.set_view(view=view)
    ctx.ops.notify(message, variant="success")


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
        stages = ctx.view._serialize() if ctx.view is not None else []
        ctx.store(_STORE).set(_PREVIOUS, {"stages": stages})
        ctx.trigger("set_view", params={"view": known["stages"]})
