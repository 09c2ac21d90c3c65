"""The operator that makes a hierarchical data set readable, and puts back what was before."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..converters.storing.schema import ACTIVE_CAPTION, colours_by_level
from ..core import fields as names
from ..core.colours import LEVEL_COLOURS
from ..core.keys import STORE
from ..views.hierarchy import find_hierarchy, source_dataset
from ..views.verbs import drop_verbs, most_frequent_verbs, store_verbs
from .common import fields_input, hierarchy_or_notice
from .params import Operator

_BEFORE = "before_tidy"
_LEVEL, _VERB, _FIELD, _KEEP, _NORMAL = "level", "verb", "field", "keep", "normal"
#: The colour of what has no colour of its own.
_GREY = "#6e7681"


class TidyView(Operator):
    """Sets which captions are shown, and how they are coloured."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="tidy_view",
            label="Tidy the view",
            description="Choose the captions, colour by level or verb, or go back to normal",
            icon="cleaning_services",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The captions and the colours."""
        inputs = types.Object()
        hierarchy = hierarchy_or_notice(ctx, inputs)
        if hierarchy is not None:
            known = ctx.store(STORE).get(_BEFORE) is not None
            colours = types.RadioGroup()
            colours.add_choice(_LEVEL, label="By level: blue is coarse, purple is fine")
            colours.add_choice(
                _VERB, label=f"By verb: the {len(LEVEL_COLOURS)} most frequent, the others grey"
            )
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
            if ctx.params.get("colours") == _VERB:
                videos = len(source_dataset(ctx.dataset))
                text = (
                    f"Adds the attribute {names.VERB} to the captions of {videos:,} videos, to "
                    "colour and to filter by; Back to normal removes it. " + text
                )
            inputs.view("preview", types.Notice(label=text))
        return types.Property(inputs, view=types.View(label="Tidy the view"))

    def execute(self, ctx: Any) -> None:
        """Sets the data set's app config, and has the App read it again."""
        dataset = ctx.dataset
        hierarchy = find_hierarchy(dataset)
        colours = ctx.params.get("colours", _LEVEL)
        store = ctx.store(STORE)
        before = store.get(_BEFORE)
        if colours == _NORMAL:
            if before is None:
                ctx.ops.notify("Nothing has been tidied yet", variant="warning")
                return
            _restore(dataset, before)
            drop_verbs(dataset)
            store.delete(_BEFORE)
            message = "Captions and colours are as before"
        else:
            if before is None:
                store.set(_BEFORE, _remember(dataset))
            shown = ctx.params.get("fields") or _shown(hierarchy.fields)
            try:
                tidy(dataset, hierarchy.fields, shown, colours)
            except ValueError as error:
                ctx.ops.notify(str(error), variant="error")
                return
            message = f"{', '.join(shown)} on the pictures"
        _show_colours(ctx, dataset.app_config.color_scheme)
        active = dataset.app_config.active_fields
        if active is not None and active.paths:
            ctx.ops.set_active_fields(list(active.paths))
        else:  # as the App does with a data set that says nothing: all of them
            ctx.ops.set_active_fields(list(dataset.get_field_schema(embedded_doc_type=fo.Label)))
        ctx.ops.reload_dataset()
        ctx.ops.notify(message, variant="success")


def tidy(dataset: fo.Dataset, fields: Any, shown: list[str], colours: str) -> None:
    """Sets a data set's active fields and colours.

    Args:
        dataset: the data set
        fields: all its fields that hold trees
        shown: those to show on the pictures
        colours: ``level``, ``verb``, ``field`` or ``keep``

    Raises:
        ValueError: if by verb, and the captions have an attribute of that name already
    """
    if colours == _VERB:
        store_verbs(dataset)
    config = dataset.app_config
    config.active_fields = fo.ActiveFields(paths=list(shown))
    if colours == _LEVEL:
        config.color_scheme = fo.ColorScheme(
            color_by="value",
            color_pool=list(LEVEL_COLOURS),
            fields=[colours_by_level(name) for name in fields],
        )
    elif colours == _VERB:
        verbs = most_frequent_verbs(dataset, len(LEVEL_COLOURS))
        config.color_scheme = fo.ColorScheme(
            color_by="value",
            color_pool=[_GREY],
            fields=[_colours_by_verb(name, verbs) for name in fields],
        )
    elif colours == _FIELD:
        config.color_scheme = fo.ColorScheme(color_by="field", color_pool=list(LEVEL_COLOURS[::3]))
    dataset.save()


def _colours_by_verb(name: str, verbs: list[str]) -> dict[str, Any]:
    # Seven places on round the wheel each time, so that the most frequent ones are far apart.
    count = len(LEVEL_COLOURS)
    return {
        "path": name,
        "colorByAttribute": names.VERB,
        "valueColors": [
            {"value": verb, "color": LEVEL_COLOURS[place * 7 % count]}
            for place, verb in enumerate(verbs)
        ],
    }


def _show_colours(ctx: Any, scheme: Any) -> None:
    """Has the App show a colour scheme; it reads the data set's only when that is opened."""
    params: dict[str, Any] = {"color_by": "field", "color_pool_preset": "default", "fields": []}
    if scheme is not None:
        params = {"color_by": scheme.color_by or "field", "fields": list(scheme.fields or [])}
        pool = list(scheme.color_pool or [])
        params |= {"color_pool": pool} if pool else {"color_pool_preset": "default"}
    ctx.trigger("set_color_scheme", params=params)


def _shown(fields: Any) -> list[str]:
    return [ACTIVE_CAPTION if ACTIVE_CAPTION in fields else fields[0]]


def _remember(dataset: fo.Dataset) -> dict[str, Any]:
    # As JSON: the App's server sends what is stored to its pages, and can send nothing else.
    config = dataset.app_config
    active, scheme = config.active_fields, config.color_scheme
    return {
        "active_fields": active.to_dict(extended=True) if active else None,
        "color_scheme": scheme.to_dict(extended=True) if scheme else None,
    }


def _restore(dataset: fo.Dataset, before: dict[str, Any]) -> None:
    config = dataset.app_config
    active, scheme = before["active_fields"], before["color_scheme"]
    config.active_fields = fo.ActiveFields.from_dict(active, extended=True) if active else None
    config.color_scheme = fo.ColorScheme.from_dict(scheme, extended=True) if scheme else None
    dataset.save()
