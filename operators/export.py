"""The operator that exports a dataset, a view or selected samples in one format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.wording import count
from ..exporters.export import Export, ExportError, choose_fields, licence_of
from ..exporters.formats import FORMATS
from ..exporters.place import ExportFolder, PlaceError
from ..internals.views import source_dataset
from ..views.hierarchy import Hierarchy, NoHierarchyError
from .base import LongRunning, TreeFormOperator, headline, share_of, variant_of
from .folders import default_folder, file_name
from .forms import (
    SELECTED,
    VIEW,
    WHOLE,
    fields_input,
    mark_invalid,
    notice,
    refuse,
    scope_input,
    scope_of,
)

_FIRST = next(iter(FORMATS))
_SCOPES = {
    SELECTED: "The selected samples",
    VIEW: "The current view, with the captions that it shows",
    WHOLE: "The whole dataset",
}
#: The number of videos between two progress reports.
_EVERY = 20


class ExportAction100M(LongRunning[Export], TreeFormOperator):
    """Writes the annotations of videos, and in some formats their clips, into a folder."""

    name = "export_action100m"
    label = "Dataset: export"
    description = "Write trees and captions as records, subtitles, or training data"
    synonyms = "save, write, download, Parquet, WebVTT, subtitles, ELAN, WebDataset, JSON"
    icon = "ios_share"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the format, the videos, the captions and the folder."""
        choices = types.DropdownView()
        for each in FORMATS.values():
            choices.add_choice(each.name, label=each.label, description=each.description)
        inputs.enum("format", choices.values(), default=_FIRST, label="Format", view=choices)
        scope_input(ctx, inputs, _SCOPES)
        _fields_input(ctx, inputs, found)
        _folder_input(ctx, inputs)
        if FORMATS[_format(ctx)].reviews:
            text = "Each caption's status, and its text before a reviewer changed it"
            inputs.bool("reviewed", default=False, label="With reviews", description=text)
        inputs.bool("dry_run", default=False, label="Dry run: only report what would be written")
        _preview(ctx, inputs)

    def start(self, ctx: foo.ExecutionContext) -> Export:
        """Returns the requested export."""
        return _export(ctx)

    def steps(self, job: Export) -> Iterator[tuple[float | None, str]]:
        """Writes video by video."""
        for step in job.run():
            if step.done % _EVERY == 0 or step.done == step.total:
                yield share_of(step.done, job.total), str(step)

    def finish(self, ctx: foo.ExecutionContext, job: Export) -> Iterator[Any]:
        """Reports the outcome."""
        yield ctx.ops.notify(headline(job.report), variant=variant_of(job.report.exit_code))


def _export(ctx: foo.ExecutionContext) -> Export:
    params = ctx.params
    chosen = params.names("fields") if params.flag("choose_fields") else None
    return Export(
        scope_of(ctx, _SCOPES),
        params.path("out", _default_out(ctx)),
        _format(ctx),
        chosen or None,
        params.flag("overwrite"),
        params.flag("dry_run"),
        params.flag("reviewed") and FORMATS[_format(ctx)].reviews,
    )


def _format(ctx: foo.ExecutionContext) -> str:
    name: str = ctx.params.choice("format", list(FORMATS), _FIRST)
    return name


def _default_out(ctx: foo.ExecutionContext) -> str:
    dataset = file_name(source_dataset(ctx.dataset).name)
    return str(default_folder() / "exports" / f"{dataset}-{_format(ctx)}")


def _fields_input(ctx: foo.ExecutionContext, inputs: types.Object, hierarchy: Hierarchy) -> None:
    try:
        usual = choose_fields(scope_of(ctx, _SCOPES), FORMATS[_format(ctx)])
    except NoHierarchyError:
        return  # the preview shows the reason
    inputs.bool(
        "choose_fields",
        default=False,
        label="Choose captions",
        description=f"By default: {', '.join(usual)}",
    )
    if ctx.params.flag("choose_fields"):
        text = "Parents and ancestors are looked up in all fields"
        fields_input(ctx, inputs, hierarchy.fields, list(usual), "Captions", text)


def _folder_input(ctx: foo.ExecutionContext, inputs: types.Object) -> None:
    default = _default_out(ctx)
    text = "On the server; the export creates it"
    prop = inputs.str("out", default=default, label="Folder", description=text)
    try:
        place = ExportFolder(ctx.params.path("out", default))
        place.check(overwrite=True)
    except PlaceError as error:
        mark_invalid(prop, str(error))
        return
    try:
        place.check(overwrite=False)
    except PlaceError:
        inputs.bool(
            "overwrite",
            default=False,
            label="Replace the earlier export",
            description="Files that no export has written stay",
        )


def _preview(ctx: foo.ExecutionContext, inputs: types.Object) -> None:
    """Describes what will be written and under which licence, or why nothing can be."""
    try:
        job = _export(ctx)
    except (NoHierarchyError, ExportError, PlaceError) as error:
        refuse(inputs, str(error))
        return
    each = FORMATS[_format(ctx)]
    text = f"{count(job.total, 'video')} as {each.label}"
    if job.report.already:
        text += ": this export is complete, so nothing will be written"
    else:
        text += f". {each.description}"
    notice(inputs, "preview", text)
    notice(inputs, "licence", f"Licence: {licence_of(source_dataset(ctx.dataset))}")
