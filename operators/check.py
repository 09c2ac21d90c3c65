"""The operators that check a data set's trees and remove the tags that a check has left."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.keys import STORE
from ..internals.database import count_samples
from ..views.check import TAG, CheckReport, TreeCheck, clear_check_tags, video_ids
from ..views.hierarchy import find_hierarchy, source_dataset
from .common import fields_input, hierarchy_or_notice
from .params import Operator

_REPORT = "check_report"
#: Findings that the execution store gets; the file has all.
_STORED = 1000
#: A larger file is not sent to the browser, only named.
_DOWNLOADED = 8 * 2**20
_WHOLE, _VIEW = "dataset", "view"
_JSON, _CSV = "json", "csv"


class CheckTrees(Operator):
    """Checks trees, reports what is wrong, and tags it."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="check_trees",
            label="Check trees",
            description="Report and tag what is wrong with the hierarchy; alters no annotation",
            icon="fact_check",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """What to check, and what to do with the findings."""
        inputs = types.Object()
        hierarchy = hierarchy_or_notice(ctx, inputs)
        if hierarchy is not None:
            _scope_input(ctx, inputs)
            fields_input(
                inputs,
                hierarchy,
                list(hierarchy.fields),
                "Fields",
                "A node's parent is looked up in all of these",
            )
            inputs.bool(
                "tag",
                default=True,
                label="Tag what is wrong",
                description=f"Samples and labels get {TAG}<code>; those of an earlier check go",
            )
            formats = types.RadioGroup()
            formats.add_choice(_JSON, label="JSON: the whole report")
            formats.add_choice(_CSV, label="CSV: a line for each finding")
            inputs.enum("format", formats.values(), default=_JSON, label="File", view=formats)
            videos = _many(_count_videos(ctx), "video")
            inputs.view("preview", types.Notice(label=f"{videos} will be checked, whole"))
        return types.Property(inputs, view=types.View(label="Check trees"))

    def execute(self, ctx: Any) -> Any:
        """Checks; says how far it is as it goes, and hands the report over at the end."""
        fields = ctx.params.get("fields") or None
        check = TreeCheck(_scope(ctx), fields, bool(ctx.params.get("tag", True)))
        if ctx.delegated:
            for done, total in check.run():
                ctx.set_progress(done / total, label=f"{done:,} of {total:,} videos")
            path = _keep(ctx, check.report)
            return {**check.report.to_dict(most=_STORED), "file": str(path)}
        return _steps(ctx, check)


class ClearCheckTags(Operator):
    """Removes the tags of checks."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="clear_check_tags",
            label="Clear check tags",
            description=f"Remove the {TAG}… tags that Check trees has left",
            icon="label_off",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """Where to remove them."""
        inputs = types.Object()
        if hierarchy_or_notice(ctx, inputs) is not None:
            _scope_input(ctx, inputs)
            videos = _many(_count_videos(ctx), "video")
            text = f"Removes {TAG}… from {videos} and the labels of their trees"
            inputs.view("preview", types.Notice(label=text))
        return types.Property(inputs, view=types.View(label="Clear check tags"))

    def execute(self, ctx: Any) -> None:
        """Removes them."""
        count = clear_check_tags(_scope(ctx))
        ctx.ops.reload_dataset()
        text = f"{_many(count, 'check tag')} removed" if count else "There was no check tag"
        ctx.ops.notify(text, variant="success" if count else "info")


def _steps(ctx: Any, check: TreeCheck) -> Iterator[Any]:
    for done, total in check.run():
        label = f"{done:,} of {total:,} videos"
        yield ctx.ops.set_progress(label=label, progress=done / total)
    report = check.report
    path = _keep(ctx, report)
    if report.faults and ctx.params.get("tag", True):
        yield ctx.ops.reload_dataset()
    size = path.stat().st_size
    if size <= _DOWNLOADED:
        kind = "text/csv" if path.suffix == ".csv" else "application/json"
        data = base64.b64encode(path.read_bytes()).decode()
        yield ctx.ops.browser_download(f"data:{kind};base64,{data}", filename=path.name)
    text = " · ".join(str(report).splitlines()[:4]) + f" · The report is in {path}"
    yield ctx.ops.notify(text, variant="warning" if report.faults else "success")


def _keep(ctx: Any, report: CheckReport) -> Path:
    """Puts the report into the execution store and into a file."""
    ctx.store(STORE).set(_REPORT, report.to_dict(most=_STORED))
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", report.dataset).strip("-")
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    suffix = _CSV if ctx.params.get("format") == _CSV else _JSON
    folder = Path(fo.config.default_dataset_dir) / "action100m" / "checks"
    path = folder / f"{name}-{stamp}.{suffix}"
    report.write(path)
    return path


def _scope_input(ctx: Any, inputs: types.Object) -> None:
    if not ctx.has_custom_view:
        return
    choices = types.RadioGroup()
    choices.add_choice(_VIEW, label="The videos of the current view")
    choices.add_choice(_WHOLE, label="The whole data set")
    inputs.enum("scope", choices.values(), default=_VIEW, label="Videos", view=choices)


def _scope(ctx: Any) -> Any:
    # Of clips, the data set is the videos'.
    if ctx.has_custom_view and ctx.params.get("scope", _VIEW) == _VIEW:
        return ctx.view
    return source_dataset(ctx.dataset)


def _count_videos(ctx: Any) -> int:
    collection = _scope(ctx)
    if isinstance(collection, fo.Dataset):
        return count_samples(collection)
    find_hierarchy(collection)
    return len(video_ids(collection))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
