"""The operator that indexes captions for searches by meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.wording import count
from ..internals.views import source_dataset
from ..views.hierarchy import Hierarchy
from ..views.indexes import DEFAULT_KEY, described
from ..views.indexing import DEFAULT_FIELDS, check_index, delete_index, indexing, open_index
from .base import PLUGIN, LongRunning, TreeFormOperator, progress_of
from .forms import fields_input, notice

#: Runs in the browser, see js/finder_component.js.
_PROGRESS = f"{PLUGIN}/show_index_progress"


@dataclass
class _IndexJob:
    """Indexes a dataset's captions, or deletes their index.

    Attributes:
        dataset: the dataset
        fields: the fields; empty for the default
        delete: whether to delete the index
    """

    dataset: fo.Dataset
    fields: list[str]
    delete: bool


class IndexCaptions(LongRunning[_IndexJob], TreeFormOperator):
    """Embeds the distinct captions for searches by meaning, or deletes the index."""

    name = "index_captions"
    label = "Dataset: index captions"
    description = "Embed the distinct captions, so that a search finds them by meaning"
    synonyms = "embeddings, vectors, semantic search, meaning"
    icon = "dataset_linked"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the fields, and describes the existing index."""
        dataset = source_dataset(ctx.dataset)
        known = described(dataset, DEFAULT_KEY)
        delete = bool(known) and ctx.params.flag("delete")
        notice(inputs, "what", _plan(dataset, known, delete))
        if not delete:
            default = known.get("fields") or [f for f in found.fields if f in DEFAULT_FIELDS]
            text = "Each distinct caption is embedded once, even if it is in several fields"
            fields_input(ctx, inputs, found.fields, default, "Fields", text)
        if known:
            inputs.bool("delete", default=False, label="Delete the index and its files")

    def start(self, ctx: foo.ExecutionContext) -> _IndexJob:
        """Returns the requested job."""
        params = ctx.params
        dataset = source_dataset(ctx.dataset)
        return _IndexJob(dataset, params.names("fields"), params.flag("delete"))

    def steps(self, job: _IndexJob) -> Iterator[tuple[float | None, str]]:
        """Reads videos, then embeds texts; or deletes the index."""
        if job.delete:
            delete_index(job.dataset)
            return
        yield from progress_of(indexing(job.dataset, job.fields or None))

    def progress(self, ctx: foo.ExecutionContext, share: float | None, label: str) -> Any:
        """Shows the progress in the panel "Search" if that started the job, else in a dialog."""
        if not ctx.params.flag("in_panel"):
            return super().progress(ctx, share, label)
        return ctx.trigger(_PROGRESS, params={"label": label, "share": share})

    def finish(self, ctx: foo.ExecutionContext, job: _IndexJob) -> Iterator[Any]:
        """Reports the outcome, and makes the App reload the dataset's brain runs."""
        text = "Deleted the index"
        if not job.delete:
            info = open_index(job.dataset).info
            text = f"Indexed {count(info.alive, 'distinct caption')}"
        yield ctx.ops.notify(text, variant="success")
        yield ctx.ops.reload_dataset()

    def result(self, ctx: foo.ExecutionContext, job: _IndexJob) -> dict[str, Any]:
        """Returns the number of indexed distinct captions."""
        return {"texts": 0 if job.delete else open_index(job.dataset).info.alive}


def _plan(dataset: fo.Dataset, known: dict[str, Any], delete: bool) -> str:
    """Describes what will be done.

    Args:
        dataset: the dataset
        known: the description of the index in its ``info``
        delete: whether to delete the index
    """
    if delete:
        return "Deletes the index and its files. No caption is changed."
    if not known:
        videos = count(len(dataset), "video")
        return (
            f"Embeds the captions of {videos} into files beside the dataset: on two cores about "
            "100 to 200 captions per second. No caption is changed."
        )
    there = f"{count(known['texts'], 'distinct caption')} are indexed"
    try:
        return f"{there}; {check_index(dataset)}"
    except (ValueError, OSError) as error:  # its files are missing
        return f"{there}, but cannot be read: {error}"
