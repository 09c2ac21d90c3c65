"""The operator that makes a dataset with trees readable in the App, or reverts that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..converters.storing.schema import ACTIVE_CAPTION, colours_by_level, on_thumbnails
from ..core import fields as names
from ..core.colours import DISTINCT_COLOURS, LEVEL_COLOURS
from ..core.keys import STORE
from ..core.wording import count
from ..internals.views import source_dataset
from ..views.hierarchy import Hierarchy
from ..views.verbs import drop_verbs, most_frequent_verbs, store_verbs
from .base import TreeFormOperator, hierarchy_of
from .forms import fields_input, notice, radio

_BEFORE = "before_tidy"
_LEVEL, _VERB, _FIELD, _KEEP, _NORMAL = "level", "verb", "field", "keep", "normal"
_COLOURS = {
    _LEVEL: "By level, from blue (coarse) to purple (fine)",
    _VERB: f"By verb: the {len(LEVEL_COLOURS)} most frequent, others grey",
    _FIELD: "One colour per field",
    _KEEP: "Unchanged",
    _NORMAL: "Back to normal, as before the first change",
}
#: The colour of all other values.
_GREY = "#6e7681"


class TidyView(TreeFormOperator):
    """Sets the visible captions and their colours."""

    name = "tidy_view"
    label = "Captions: tidy the view"
    description = "Choose the captions, colour them by level or verb, or go back to normal"
    synonyms = "colours, colors, colour by level, active fields, thumbnails, clean up"
    icon = "cleaning_services"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the captions and the colours."""
        choices = dict(_COLOURS)
        if ctx.store(STORE).get(_BEFORE) is None:
            del choices[_NORMAL]
        radio(inputs, "colours", "Colours", choices, _LEVEL)
        colours = _colours(ctx)
        if colours != _NORMAL:
            fields_input(
                ctx,
                inputs,
                found.fields,
                _shown(found.fields),
                "Captions on the pictures",
                "One is easier to read than six on top of each other",
            )
        text = "The dataset keeps these settings; saved views stay as they are"
        if colours == _VERB:
            videos = count(len(source_dataset(ctx.dataset)), "video")
            text = (
                f"Adds the attribute {names.VERB} to the captions of {videos}, to colour and "
                f"filter by; Back to normal removes it. {text}"
            )
        notice(inputs, "preview", text)

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Sets the dataset's App config, and makes the App reload it."""
        dataset, hierarchy = ctx.dataset, hierarchy_of(ctx)
        colours = _colours(ctx)
        store = ctx.store(STORE)
        before = store.get(_BEFORE)
        if colours == _NORMAL:
            if before is None:
                ctx.ops.notify("There is nothing to undo", variant="warning")
                return
            _restore(dataset, before)
            drop_verbs(dataset)
            store.delete(_BEFORE)
            message = "Captions and colours are back to normal"
        else:
            if before is None:
                store.set(_BEFORE, _settings(dataset))
            shown = ctx.params.names("fields") or _shown(hierarchy.fields)
            tidy(dataset, hierarchy.fields, shown, colours)
            message = f"{', '.join(shown)} on the pictures"
        _show_settings(ctx, dataset)
        ctx.ops.notify(message, variant="success")


def tidy(dataset: fo.Dataset, fields: Sequence[str], shown: Sequence[str], colours: str) -> None:
    """Sets a dataset's active fields and colours.

    Args:
        dataset: the dataset
        fields: all of its fields that hold trees
        shown: the fields on the pictures, below title and duration
        colours: ``level``, ``verb``, ``field`` or ``keep``

    Raises:
        ValueError: if colours are by verb, and the captions have another attribute of that name
    """
    if colours == _VERB:
        store_verbs(dataset)
    config = dataset.app_config
    config.active_fields = fo.ActiveFields(paths=on_thumbnails(dataset, shown))
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
        pool = list(DISTINCT_COLOURS[:7])
        config.color_scheme = fo.ColorScheme(color_by="field", color_pool=pool)
    dataset.save()


def _colours_by_verb(name: str, verbs: list[str]) -> dict[str, Any]:
    return {
        "path": name,
        "colorByAttribute": names.VERB,
        "valueColors": [
            {"value": verb, "color": colour}
            for verb, colour in zip(verbs, DISTINCT_COLOURS, strict=False)
        ],
    }


def _show_settings(ctx: foo.ExecutionContext, dataset: fo.Dataset) -> None:
    """Makes the App apply a dataset's colours and active fields, which it only reads on opening."""
    scheme, active = dataset.app_config.color_scheme, dataset.app_config.active_fields
    params: dict[str, Any] = {"color_by": "field", "color_pool_preset": "default", "fields": []}
    if scheme is not None:
        params = {"color_by": scheme.color_by or "field", "fields": list(scheme.fields or [])}
        pool = list(scheme.color_pool or [])
        params |= {"color_pool": pool} if pool else {"color_pool_preset": "default"}
    ctx.trigger("set_color_scheme", params=params)
    if active is not None and active.paths:
        ctx.ops.set_active_fields(list(active.paths))
    else:  # the App's default: all labels
        ctx.ops.set_active_fields(list(dataset.get_field_schema(embedded_doc_type=fo.Label)))
    ctx.ops.reload_dataset()


def _colours(ctx: foo.ExecutionContext) -> str:
    colours: str = ctx.params.choice("colours", list(_COLOURS), _LEVEL)
    return colours


def _shown(fields: Sequence[str]) -> list[str]:
    return [ACTIVE_CAPTION if ACTIVE_CAPTION in fields else fields[0]]


def _settings(dataset: fo.Dataset) -> dict[str, Any]:
    """Returns the settings as JSON, which the App's server requires."""
    active, scheme = dataset.app_config.active_fields, dataset.app_config.color_scheme
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
