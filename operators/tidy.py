"""The operator that makes a hierarchical data set readable, and puts back what was before."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..converters.schema import ACTIVE_CAPTION, LEVEL_COLOURS, colours_by_level
from ..views.hierarchy import find_hierarchy
from .common import fields_input, hierarchy_or_notice

_STORE, _BEFORE = "action100m", "before_tidy"
_LEVEL, _FIELD, _KEEP, _NORMAL = "level", "field", "keep", "normal"


class TidyView(foo.Operator):
    """Sets which captions are shown, and how they are coloured."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="tidy_view",
            label="Tidy the view",
            description="Choose the captions to show, colour them by level, or go back to normal",
            icon="cleaning_services",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The captions and the colours."""
        inputs = types.Object()
        hierarchy = hierarchy_or_notice(ctx, inputs)
        if hierarchy is not None:
            known = ctx.store(_STORE).get(_BEFORE) is not None
            colours = types.RadioGroup()
            colours.add_choice(_LEVEL, label="By level: blue is coarse, purple is fine")
            colours.add_choice(_FIELD, label="One colour for each field")
            colours.add_choice(_KEEP, label="As they are")
            if known:
                colours.add_choice(_NORMAL, label="Back to normal: as before the first tidying")
            inputs.enum("colours", colours.values(), default=_LEVEL, label="Colours", view=colours)
            if ctx.params.get("colours", _LEVEL) != _NORMAL:
                fields_input(
                    inputs,
                    hierarchy,
                    _shown(hierarchy.fields),
                    "Captions on the pictures",
                    "One says more than six on top of each other",
                )
            text = "This is kept with the data set. Saved views stay as they are"
            inputs.view("preview", types.Notice(label=text))
        return types.Property(inputs, view=types.View(label="Tidy the view"))

    def execute(self, ctx: Any) -> None:
        """Sets the data set's app config, and has the App read it again."""
        dataset = ctx.dataset
        hierarchy = find_hierarchy(dataset)
        colours = ctx.params.get("colours", _LEVEL)
        store = ctx.store(_STORE)
        before = store.get(_BEFORE)
        if colours == _NORMAL:
            if before is None:
                ctx.ops.notify("Nothing has been tidied yet", variant="warning")
                return
            _restore(dataset, before)
            store.delete(_BEFORE)
            message = "Captions and colours are as before"
        else:
            if before is None:
                store.set(_BEFORE, _remember(dataset))
            shown = ctx.params.get("fields") or _shown(hierarchy.fields)
            tidy(dataset, hierarchy.fields, shown, colours)
            message = f"{', '.join(shown)} on the pictures"
        active = dataset.app_config.active_fields
        if active is not None and active.paths:
            ctx.ops.set_active_fields(list(active.paths))
        else:
            ctx.ops.clear_active_fields()
        ctx.ops.reload_dataset()
        ctx.ops.notify(message, variant="success")


def tidy(dataset: fo.Dataset, fields: Any, shown: list[str], colours: str) -> None:
    """Sets a data set's active fields and colours.

    Args:
        dataset: the data set
        fields: all its fields that hold trees
        shown: those to show on the pictures
        colours: ``level``, ``field`` or ``keep``
    """
    config = dataset.app_config
    config.active_fields = fo.ActiveFields(paths=list(shown))
    if colours == _LEVEL:
        config.color_scheme = fo.ColorScheme(
            color_by="value",
            color_pool=list(LEVEL_COLOURS),
            fields=[colours_by_level(name) for name in fields],
        )
    elif colours == _FIELD:
        config.color_scheme = fo.ColorScheme(color_by="field", color_pool=list(LEVEL_COLOURS[::3]))
    dataset.save()


def _shown(fields: Any) -> list[str]:
    return [ACTIVE_CAPTION if ACTIVE_CAPTION in fields else fields[0]]


def _remember(dataset: fo.Dataset) -> dict[str, Any]:
    config = dataset.app_config
    return {
        "active_fields": config.active_fields.to_dict() if config.active_fields else None,
        "color_scheme": config.color_scheme.to_dict() if config.color_scheme else None,
    }


def _restore(dataset: fo.Dataset, before: dict[str, Any]) -> None:
    config = dataset.app_config
    active, scheme = before["active_fields"], before["color_scheme"]
    config.active_fields = fo.ActiveFields.from_dict(active) if active else None
    config.color_scheme = fo.ColorScheme.from_dict(scheme) if scheme else None
    dataset.save()
