"""The operator that stores the words of captions for fast searches."""

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
from ..views.word_store import count_without_words, drop_words, storing_words
from .base import LongRunning, TreeFormOperator, share_of
from .forms import notice


@dataclass
class _WordsJob:
    """Stores the words of a dataset's captions, or removes them.

    Attributes:
        dataset: the dataset
        remove: whether to remove them
        videos: the number of videos done
    """

    dataset: fo.Dataset
    remove: bool
    videos: int = 0


class PrepareFastSearch(LongRunning[_WordsJob], TreeFormOperator):
    """Stores the words of each video's captions, or removes them."""

    name = "prepare_fast_search"
    label = "Dataset: prepare for fast search"
    description = "Store which videos have which words and gaps, so that a search reads few videos"
    synonyms = "speed up find, cache, store words"
    icon = "speed"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Describes what will be stored, and asks whether to remove it instead."""
        dataset = source_dataset(ctx.dataset)
        left = count_without_words(dataset)
        remove = left is not None and ctx.params.flag("remove")
        notice(inputs, "what", _plan(len(dataset), left, remove))
        if left is not None:
            inputs.bool("remove", default=False, label="Remove the stored words")

    def start(self, ctx: foo.ExecutionContext) -> _WordsJob:
        """Returns the requested job."""
        return _WordsJob(ctx.dataset, ctx.params.flag("remove"))

    def steps(self, job: _WordsJob) -> Iterator[tuple[float | None, str]]:
        """Stores the words of batches of videos, or removes all words."""
        if job.remove:
            drop_words(job.dataset)
            return
        for step in storing_words(job.dataset):
            job.videos = step.done
            yield share_of(step.done, step.total), str(step)

    def finish(self, ctx: foo.ExecutionContext, job: _WordsJob) -> Iterator[Any]:
        """Reports the outcome, and makes the App reload the schema."""
        text = f"Stored the words of {count(job.videos, 'video')}"
        text = "Removed the stored words" if job.remove else text
        yield ctx.ops.notify(text, variant="success")
        yield ctx.ops.reload_dataset()

    def result(self, ctx: foo.ExecutionContext, job: _WordsJob) -> dict[str, Any]:
        """Returns the number of videos done."""
        return {"videos": job.videos}


def _plan(videos: int, left: int | None, remove: bool) -> str:
    """Describes what will be done.

    Args:
        videos: the number of videos in the dataset
        left: the number of videos without current words; None if no words are stored
        remove: whether to remove the words
    """
    if remove:
        return "Deletes the stored words. Nothing else is changed."
    if left is None:
        return (
            f"Stores which words and gaps each of {count(videos, 'video')} has, in files beside "
            "the dataset. The dataset itself is not changed."
        )
    if left:
        return f"Stores the words of {left:,} of {count(videos, 'video')}, which are new or changed"
    return f"Up to date: the words of {count(videos, 'video')} are stored"
