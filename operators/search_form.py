"""What the forms of the searching operators share: choosing a field, and saying how much it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fiftyone.operators import types
from pymongo.errors import ExecutionTimeout

from ..views.find import PREVIEW_VIDEOS

#: A preview takes no longer, in milliseconds; the form is resolved at each key.
PREVIEW_MS = 250


def field_input(
    inputs: types.Object, name: str, label: str, choices: Sequence[str], default: str
) -> None:
    """Adds a choice among fields."""
    dropdown = types.Dropdown()
    for choice in choices:
        dropdown.add_choice(choice, label=choice)
    inputs.enum(name, dropdown.values(), default=default, required=True, label=label, view=dropdown)


def chosen(ctx: Any, name: str, choices: Sequence[str], default: str) -> str:
    """Returns a form's choice; the default where nothing or something outdated is chosen."""
    value = ctx.params.get(name)
    return value if value in choices else default


def preview(inputs: types.Object, say: Callable[[int | None, int | None], str]) -> None:
    """Adds a line that says what will be shown.

    Args:
        inputs: the form
        say: makes the line, in so many milliseconds at most, or of so many videos only, which is
            asked for where the first takes too long
    """
    try:
        text = say(PREVIEW_MS, None)
    except ExecutionTimeout:
        text = f"{say(None, PREVIEW_VIDEOS)} among the first {PREVIEW_VIDEOS:,} videos"
    inputs.view("preview", types.Notice(label=text))


def refuse(inputs: types.Object, message: str) -> None:
    """Adds a warning that keeps the form from being executed."""
    warning = inputs.view("problem", types.Warning(label=message))
    warning.invalid = True
