"""The operator that maps segments by meaning, for the App's Embeddings panel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.wording import count
from ..internals.views import source_dataset
from ..views.hierarchy import DatasetOrView, Hierarchy
from ..views.indexes import DEFAULT_KEY, described
from ..views.progress import StageProgress
from ..views.same import action_field
from ..views.semantic_map import DEFAULT_SIZE, MAP_KEY, SemanticMap, mapping
from .base import LongRunning, TreeFormOperator, progress_of
from .forms import OF_SEGMENTS, dropdown, notice, radio, refuse, scope_input, scope_of

_METHODS = {
    "pca": "PCA: quick, keeps large distances",
    "umap": "UMAP: keeps neighbours together, takes minutes",
}


@dataclass
class _MapJob:
    """The job of making a map, and its result."""

    view: DatasetOrView
    field: str | None
    method: str
    size: int
    name: str
    made: SemanticMap | None = None


class MapSegments(LongRunning[_MapJob], TreeFormOperator):
    """Places segments on a plane by the meaning of their captions."""

    name = "map_segments"
    label = "Dataset: map segments by meaning"
    description = "Make a semantic map of the segments for the Embeddings panel"
    synonyms = "embeddings, UMAP, PCA, scatter plot, visualize"
    icon = "scatter_plot"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the segments and the projection."""
        if not described(source_dataset(ctx.dataset), DEFAULT_KEY):
            refuse(inputs, "The captions are not indexed yet: run “Dataset: index captions” first")
        scope_input(ctx, inputs, OF_SEGMENTS)
        dropdown(inputs, "field", "Captions", found.fields, action_field(ctx.dataset))
        radio(inputs, "method", "Projection", _METHODS, "pca")
        if ctx.params.choice("method", list(_METHODS), "pca") == "umap" and not find_spec("umap"):
            text = "UMAP is not installed: run pip install umap-learn, or choose PCA"
            refuse(inputs, text, "no_umap")
        text = "If there are more, this many are chosen at random"
        inputs.int("size", default=DEFAULT_SIZE, min=3, label="Segments at most", description=text)
        text = "An earlier map of this name is replaced"
        inputs.str("name", default=MAP_KEY, label="Name of the map", description=text)
        text = "Open the panel Embeddings afterwards, choose the map, and colour it by level"
        notice(inputs, "what", f"{text}. No caption is changed.")

    def start(self, ctx: foo.ExecutionContext) -> _MapJob:
        """Returns the requested job."""
        params = ctx.params
        return _MapJob(
            scope_of(ctx, OF_SEGMENTS),
            params.text("field") or None,
            params.choice("method", list(_METHODS), "pca"),
            int(params.number("size", DEFAULT_SIZE)),
            params.text("name").strip() or MAP_KEY,
        )

    def steps(self, job: _MapJob) -> Iterator[tuple[float | None, str]]:
        """Reads the segments, then places them."""
        method: Any = job.method

        def run() -> Iterator[StageProgress]:
            job.made = yield from mapping(job.view, job.field, method, job.size, brain_key=job.name)

        yield from progress_of(run())

    def finish(self, ctx: foo.ExecutionContext, job: _MapJob) -> Iterator[Any]:
        """Reports the outcome, and makes the App reload the dataset's brain runs."""
        points = count(_points(job), "segment")
        text = f"{points} are on the map {job.name!r}: open the panel Embeddings"
        yield ctx.ops.notify(text, variant="success")
        yield ctx.ops.reload_dataset()

    def result(self, ctx: foo.ExecutionContext, job: _MapJob) -> dict[str, Any]:
        """Returns the map's name, and the number of segments on it."""
        return {"map": job.name, "segments": _points(job)}


def _points(job: _MapJob) -> int:
    return 0 if job.made is None else len(job.made.points)
