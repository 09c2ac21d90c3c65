"""Inputs and notices that several forms share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types
from pymongo.errors import ExecutionTimeout

from ..internals.views import source_dataset
from ..views.find import PREVIEW_VIDEOS

#: The time limit of a preview in milliseconds, as the form is resolved at each keystroke.
PREVIEW_MS = 250

#: The values of the parameter ``scope``: the videos that an operator works on.
SELECTED, VIEW, WHOLE = "selected", "view", "dataset"
#: The scopes of operators that work on segments.
OF_SEGMENTS = {
    WHOLE: "The segments of the whole dataset",
    VIEW: "The segments that the current view shows",
}


def notice(inputs: types.Object, name: str, text: str) -> None:
    """Adds a line of text."""
    inputs.view(name, types.Notice(label=text))


def refuse(inputs: types.Object, text: str, name: str = "problem") -> None:
    """Adds a warning that keeps the form from being executed."""
    inputs.view(name, types.Warning(label=text)).invalid = True


def need(inputs: types.Object, text: str) -> None:
    """Adds a notice about a missing value, and keeps the form from being executed until then.

    The App would mark an empty required input in red before anything is typed.
    """
    mark_invalid(inputs.view("needed", types.Notice(label=text)), text)


def mark_invalid(prop: types.Property, text: str) -> None:
    """Marks an input as invalid, with the reason."""
    prop.invalid, prop.error_message = True, text


def radio(
    inputs: types.Object, name: str, label: str, choices: Mapping[str, str], default: str
) -> None:
    """Adds a choice among a few values, given with their labels."""
    view = types.RadioGroup()
    for value, text in choices.items():
        view.add_choice(value, label=text)
    inputs.enum(name, view.values(), default=default, label=label, view=view)


def dropdown(
    inputs: types.Object,
    name: str,
    label: str,
    choices: Sequence[str],
    default: str,
    description: str | None = None,
) -> types.Property:
    """Adds a choice among values that are their own labels, such as fields."""
    view = types.DropdownView()
    for choice in choices:
        view.add_choice(choice, label=choice)
    return inputs.enum(
        name, view.values(), default=default, label=label, description=description, view=view
    )


def fields_input(
    ctx: foo.ExecutionContext,
    inputs: types.Object,
    fields: Sequence[str],
    default: Sequence[str] | None,
    label: str,
    description: str,
) -> None:
    """Adds a choice of several fields, ``fields``."""
    ctx.params.names("fields")  # marks values that are not lists
    view = types.DropdownView(multiple=True)
    for field in fields:
        view.add_choice(field, label=field)
    inputs.list(
        "fields",
        types.String(),
        default=default,
        label=label,
        description=description,
        view=view,
    )


def scope_input(ctx: foo.ExecutionContext, inputs: types.Object, labels: Mapping[str, str]) -> None:
    """Adds a choice of videos, ``scope``, where there is more than the whole dataset.

    Args:
        ctx: the context
        inputs: the form
        labels: the possible scopes with their labels; the first available one is the default
    """
    offered = _offered(ctx, labels)
    if len(offered) > 1:
        choices = {scope: labels[scope] for scope in offered}
        radio(inputs, "scope", "Videos", choices, offered[0])


def scope_of(ctx: foo.ExecutionContext, labels: Mapping[str, str]) -> fo.Dataset | fo.DatasetView:
    """Returns the videos that were chosen, see :func:`scope_input`."""
    offered = _offered(ctx, labels)
    scope = ctx.params.choice("scope", offered, offered[0])
    whole = source_dataset(ctx.dataset)  # for clips, the dataset of their videos
    if scope == WHOLE:
        return whole
    shown = ctx.view if ctx.has_custom_view else whole
    return shown.select(ctx.selected) if scope == SELECTED else shown


def _offered(ctx: foo.ExecutionContext, labels: Mapping[str, str]) -> list[str]:
    there = {SELECTED: bool(ctx.selected), VIEW: ctx.has_custom_view, WHOLE: True}
    return [scope for scope in labels if there[scope]]


def preview(inputs: types.Object, say: Callable[[int | None, int | None], str]) -> None:
    """Adds a line about what will be shown.

    Args:
        inputs: the form
        say: returns the line, given a time limit in milliseconds or, if that is exceeded, None and
            the number of videos to examine
    """
    try:
        text = say(PREVIEW_MS, None)
    except ExecutionTimeout:
        text = f"{say(None, PREVIEW_VIDEOS)} among the first {PREVIEW_VIDEOS:,} videos"
    notice(inputs, "preview", text)
