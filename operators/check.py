"""The operators that check a dataset's trees and remove the tags of a check."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.keys import STORE
from ..core.wording import count
from ..internals.database import count_samples
from ..views.check import TAG, CheckReport, TreeCheck, clear_check_tags, video_ids
from ..views.hierarchy import Hierarchy, find_hierarchy
from ..views.indexes import DEFAULT_KEY, described
from .base import LongRunning, TreeFormOperator, headline, progress_of
from .folders import default_folder, file_name
from .forms import VIEW, WHOLE, fields_input, notice, radio, scope_input, scope_of

#: The key of the last report in the execution store.
REPORT = "check_report"
#: The most findings in the execution store; the file has all of them.
_STORED = 1000
#: The largest file that is downloaded, in bytes; of larger ones, only the path is shown.
_DOWNLOADED = 8 * 2**20
_SCOPES = {VIEW: "The videos of the current view", WHOLE: "The whole dataset"}
_FORMATS = {"json": "JSON: the whole report", "csv": "CSV: one line per finding"}


class CheckTrees(LongRunning[TreeCheck], TreeFormOperator):
    """Checks trees, reports problems, and tags them."""

    name = "check_trees"
    label = "Dataset: check trees"
    description = "Report and tag errors in the hierarchy, without changing annotations"
    synonyms = "validate, verify, errors, faults, doubtful captions, quality"
    icon = "fact_check"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for videos, fields, and the use of the findings."""
        scope_input(ctx, inputs, _SCOPES)
        fields = list(found.fields)
        text = "A node's parent is looked up in all of these"
        fields_input(ctx, inputs, fields, fields, "Fields", text)
        inputs.bool(
            "tag",
            default=True,
            label="Tag errors",
            description=f"Adds {TAG}<code> to samples and labels, and removes the tags of earlier "
            "checks",
        )
        if described(ctx.dataset, DEFAULT_KEY):
            inputs.bool(
                "tag_doubtful",
                default=False,
                label="Tag doubtful captions",
                description="Captions unlike those around them, by the index; they are reported in "
                "any case",
            )
        radio(inputs, "format", "Report file", _FORMATS, "json")
        notice(inputs, "preview", f"Checks {_videos(ctx)}, all nodes of each")

    def start(self, ctx: foo.ExecutionContext) -> TreeCheck:
        """Returns the requested check."""
        fields = ctx.params.names("fields") or None
        tag, doubtful = ctx.params.flag("tag", True), ctx.params.flag("tag_doubtful", False)
        return TreeCheck(scope_of(ctx, _SCOPES), fields, tag, doubtful)

    def steps(self, job: TreeCheck) -> Iterator[tuple[float | None, str]]:
        """Checks batches of videos, then compares captions if there is an index."""
        yield from progress_of(job.run())

    def finish(self, ctx: foo.ExecutionContext, job: TreeCheck) -> Iterator[Any]:
        """Stores the report, downloads it, and summarises it."""
        report = job.report
        path = _keep(ctx, report)
        if report.faults and ctx.params.flag("tag", True):
            yield ctx.ops.reload_dataset()
        if path.stat().st_size <= _DOWNLOADED:
            kind = "text/csv" if path.suffix == ".csv" else "application/json"
            data = base64.b64encode(path.read_bytes()).decode()
            yield ctx.ops.browser_download(f"data:{kind};base64,{data}", filename=path.name)
        text = f"{headline(report, 4)} · The report is in {path}"
        yield ctx.ops.notify(text, variant="warning" if report.faults else "success")

    def result(self, ctx: foo.ExecutionContext, job: TreeCheck) -> dict[str, Any]:
        """Stores the report; returns it with the path of its file."""
        path = _keep(ctx, job.report)
        return {**job.report.to_dict(most=_STORED), "file": str(path)}


class ClearCheckTags(TreeFormOperator):
    """Removes the tags of checks."""

    name = "clear_check_tags"
    label = "Dataset: clear check tags"
    description = f"Remove the {TAG}… tags of a check of the trees"
    synonyms = "remove tags, untag"
    icon = "label_off"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the videos."""
        scope_input(ctx, inputs, _SCOPES)
        text = f"Removes {TAG}… from {_videos(ctx)} and from the labels of their trees"
        notice(inputs, "preview", text)

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Removes the tags."""
        removed = clear_check_tags(scope_of(ctx, _SCOPES))
        ctx.ops.reload_dataset()
        text = f"{count(removed, 'check tag')} removed" if removed else "There are no check tags"
        ctx.ops.notify(text, variant="success" if removed else "info")


def _keep(ctx: foo.ExecutionContext, report: CheckReport) -> Path:
    """Stores the report in the execution store and in a file; returns the file's path."""
    ctx.store(STORE).set(REPORT, report.to_dict(most=_STORED))
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    suffix = ctx.params.choice("format", list(_FORMATS), "json")
    path = default_folder() / "checks" / f"{file_name(report.dataset)}-{stamp}.{suffix}"
    report.write(path)
    return path


def _videos(ctx: foo.ExecutionContext) -> str:
    collection = scope_of(ctx, _SCOPES)
    if isinstance(collection, fo.Dataset):
        number = count_samples(collection)
    else:
        find_hierarchy(collection)
        number = len(video_ids(collection))
    return count(number, "video")
