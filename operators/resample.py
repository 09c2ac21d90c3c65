"""The operator that draws segments evenly over kinds of actions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core import fields as names
from ..internals.views import source_dataset
from ..views.draws import save_draws
from ..views.hierarchy import Hierarchy
from ..views.indexes import DEFAULT_KEY, described
from ..views.resampling import Resample
from ..views.same import action_field
from .base import LongRunning, TreeFormOperator, headline, progress_of
from .forms import OF_SEGMENTS, dropdown, notice, refuse, scope_input, scope_of

_K, _SEED = 1000, 51


@dataclass
class _ResampleJob:
    """A resampling, and the name for the view of its draws; empty for no view."""

    resample: Resample
    view: str


class ResampleSegments(LongRunning[_ResampleJob], TreeFormOperator):
    """Stores the semantic cluster of each segment, and draws segments evenly over clusters."""

    name = "resample_segments"
    label = "Dataset: resample by meaning"
    description = "Draw rare kinds of actions as often as frequent ones, and store their clusters"
    synonyms = "balance, long tail, rare actions, clusters"
    icon = "balance"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks what to draw, and describes what will be stored."""
        inputs.bool("index", default=False, label="Index new captions first")
        if not described(source_dataset(ctx.dataset), DEFAULT_KEY) and not ctx.params.flag("index"):
            refuse(inputs, "The captions are not indexed yet: tick “Index new captions first”")
        scope_input(ctx, inputs, OF_SEGMENTS)
        default = action_field(ctx.dataset)
        field = ctx.params.choice("field", found.fields, default)
        dropdown(inputs, "field", "Captions", found.fields, default)
        text = "At most as many as there are distinct captions; 1,000 is best in the paper"
        inputs.int("k", default=_K, min=1, label="Clusters", description=text)
        text = "By default as many as there are segments"
        inputs.int("size", min=0, label="Draws", description=text)
        inputs.int("seed", default=_SEED, min=0, label="Seed of all random choices")
        inputs.bool("include_na", default=False, label="Draw segments without an action (N/A) too")
        text = "Found among the saved views; it shows 100,000 segments at most"
        inputs.str("view", label="Save the distinct draws as a view named", description=text)
        inputs.bool("dry_run", default=False, label="Dry run: only report what would be stored")
        notice(
            inputs,
            "what",
            f"Stores {names.CLUSTER} on the detections of {field} that take part, and removes that "
            "of an earlier run from its others. Nothing else is changed.",
        )

    def start(self, ctx: foo.ExecutionContext) -> _ResampleJob:
        """Returns the requested job."""
        params = ctx.params
        size = params.number("size", None)
        job = Resample(
            scope_of(ctx, OF_SEGMENTS),
            int(params.number("k", _K)),
            None if size is None else int(size),
            int(params.number("seed", _SEED)),
            params.text("field") or None,
            params.flag("include_na"),
            params.flag("dry_run"),
            make_index=params.flag("index"),
        )
        return _ResampleJob(job, params.text("view").strip())

    def steps(self, job: _ResampleJob) -> Iterator[tuple[float | None, str]]:
        """Indexes on request, clusters the captions, stores the clusters and saves the view."""
        yield from progress_of(job.resample.run())
        if job.view:
            save_draws(job.resample.result, job.view)

    def finish(self, ctx: foo.ExecutionContext, job: _ResampleJob) -> Iterator[Any]:
        """Reports the outcome, and makes the App reload the schema."""
        yield ctx.ops.notify(headline(job.resample.result), variant="success")
        if not job.resample.result.dry_run:
            yield ctx.ops.reload_dataset()

    def result(self, ctx: foo.ExecutionContext, job: _ResampleJob) -> dict[str, Any]:
        """Returns the figures."""
        return job.resample.result.to_dict()
