"""The operator that takes data out: a data set, a view or selected samples, into one format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..exporters.export import Export, ExportError, choose_fields, licence_of
from ..exporters.formats import FORMATS
from ..exporters.place import Place, PlaceError
from ..exporters.report import ExportReport
from ..views.hierarchy import Hierarchy, NoHierarchyError, source_dataset
from .common import fields_input, hierarchy_or_notice
from .params import Operator

_WHOLE, _VIEW, _SELECTED = "dataset", "view", "selected"
_FIRST = next(iter(FORMATS))
#: How often a run says how far it is, in videos.
_EVERY = 20


class ExportAction100M(Operator):
    """Writes the videos' annotations, and for some formats their clips, into a folder."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="export_action100m",
            label="Export Action100M",
            description="Write trees and captions as records, subtitles, or training data",
            icon="ios_share",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """What to write, as what, and where to."""
        inputs = types.Object()
        hierarchy = hierarchy_or_notice(ctx, inputs)
        if hierarchy is not None:
            _format_input(inputs)
            _scope_input(ctx, inputs)
            _fields_input(ctx, inputs, hierarchy)
            _place_input(ctx, inputs)
            inputs.bool("dry_run", default=False, label="Only say what would be written")
            _preview(ctx, inputs)
        return types.Property(inputs, view=types.View(label="Export Action100M"))

    def execute(self, ctx: Any) -> Any:
        """Writes; says how far it is as it goes, and what was written at the end."""
        job = _job(ctx)
        if ctx.delegated:
            for step in job.run():
                if step.done % _EVERY == 0 or step.done == step.total:
                    ctx.set_progress(min(step.done / job.total, 1.0), label=str(step))
            return job.report.to_dict()
        return _steps(ctx, job)


def _steps(ctx: Any, job: Export) -> Iterator[Any]:
    for step in job.run():
        if step.done % _EVERY == 0 or step.done == step.total:
            share = min(step.done / job.total, 1.0)
            yield ctx.ops.set_progress(label=str(step), progress=share)
    yield ctx.ops.notify(_headline(job.report), variant=_variant(job.report))


def _job(ctx: Any) -> Export:
    name = _format(ctx)
    chosen = ctx.params.get("fields") if ctx.params.get("choose_fields") else None
    out = ctx.params.get("out") or _default_out(ctx, name)
    return Export(
        _scope(ctx),
        out,
        name,
        chosen or None,
        bool(ctx.params.get("overwrite")),
        bool(ctx.params.get("dry_run")),
    )


def _headline(report: ExportReport) -> str:
    return " · ".join(" ".join(line.split()) for line in str(report).splitlines())


def _variant(report: ExportReport) -> str:
    return {0: "success", 3: "warning"}.get(report.exit_code, "error")


def _format(ctx: Any) -> str:
    name = ctx.params.get("format") or _FIRST
    return name if name in FORMATS else _FIRST


def _format_input(inputs: types.Object) -> None:
    choices = types.DropdownView()
    for each in FORMATS.values():
        choices.add_choice(each.name, label=each.label, description=each.description)
    inputs.enum("format", choices.values(), default=_FIRST, label="Format", view=choices)


def _scope_input(ctx: Any, inputs: types.Object) -> None:
    choices = types.RadioGroup()
    if ctx.selected:
        choices.add_choice(_SELECTED, label="The selected samples")
    if ctx.has_custom_view:
        choices.add_choice(_VIEW, label="The current view, with the captions that it shows")
    if not choices.values():
        return
    choices.add_choice(_WHOLE, label="The whole data set")
    inputs.enum(
        "scope", choices.values(), default=choices.values()[0], label="Videos", view=choices
    )


def _scope(ctx: Any) -> Any:
    asked = ctx.params.get("scope") or _SELECTED
    whole = source_dataset(ctx.dataset)
    if asked == _SELECTED and ctx.selected:
        return (ctx.view if ctx.has_custom_view else whole).select(ctx.selected)
    if asked != _WHOLE and ctx.has_custom_view:
        return ctx.view
    return whole


def _fields_input(ctx: Any, inputs: types.Object, hierarchy: Hierarchy) -> None:
    try:
        usual = choose_fields(_scope(ctx), FORMATS[_format(ctx)])
    except NoHierarchyError:
        return  # the preview says why
    inputs.bool(
        "choose_fields",
        default=False,
        label="Choose captions",
        description=f"Otherwise: {', '.join(usual)}",
    )
    if ctx.params.get("choose_fields"):
        text = "Parents and ancestors are looked up in all fields"
        fields_input(inputs, hierarchy, list(usual), "Captions", text)


def _place_input(ctx: Any, inputs: types.Object) -> None:
    default = _default_out(ctx, _format(ctx))
    prop = inputs.str(
        "out", default=default, label="Folder", description="Made by the export, on the server"
    )
    out = ctx.params.get("out") or default
    try:
        Place(out).check(overwrite=False)
    except PlaceError:
        try:
            Place(out).check(overwrite=True)
        except PlaceError as error:
            prop.invalid, prop.error_message = True, str(error)
            return
        inputs.bool(
            "overwrite",
            default=False,
            label="Replace the export that is there",
            description="Files that no export has written stay",
        )


def _default_out(ctx: Any, name: str) -> str:
    dataset = re.sub(r"[^A-Za-z0-9_-]+", "-", source_dataset(ctx.dataset).name).strip("-")
    return str(Path(fo.config.default_dataset_dir) / "action100m" / "exports" / f"{dataset}-{name}")


def _preview(ctx: Any, inputs: types.Object) -> None:
    """Says what will be written and on what terms, or why it cannot be."""
    try:
        job = _job(ctx)
    except (NoHierarchyError, ExportError, PlaceError) as error:
        warning = inputs.view("problem", types.Warning(label=str(error)))
        warning.invalid = True
        return
    each = FORMATS[_format(ctx)]
    videos = f"{job.total:,} video{'' if job.total == 1 else 's'}"
    text = f"{videos} as {each.label}. {each.description}"
    if job.report.already:
        text = f"{videos} as {each.label} are there already: nothing will be written"
    inputs.view("preview", types.Notice(label=text))
    inputs.view(
        "licence", types.Notice(label=f"Licence: {licence_of(source_dataset(ctx.dataset))}")
    )
