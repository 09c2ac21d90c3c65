"""A view's dataset, stages and MongoDB pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.stages as fos

from .database import Document


def source_dataset(collection: fo.Dataset | fo.DatasetView) -> fo.Dataset:
    """Returns the dataset that a collection's samples are in; of clips or patches, the videos'.

    ``fo.load_dataset(view.dataset_name)`` asks the database each time.
    """
    return collection._root_dataset


def source_collection(collection: fo.Dataset | fo.DatasetView) -> fo.Dataset | fo.DatasetView:
    """Returns what a clips view was made from; any other collection itself."""
    return collection._source_collection if isinstance(collection, foc.ClipsView) else collection


def clip_field(collection: fo.Dataset | fo.DatasetView) -> str | None:
    """Returns the field whose segments a clips view shows; None for other collections."""
    return collection._classification_field if isinstance(collection, foc.ClipsView) else None


def is_generated(view: fo.DatasetView) -> bool:
    """Whether a view's samples are made from others (clips, patches, frames)."""
    return bool(view._is_generated)


def stages_of(collection: fo.Dataset | fo.DatasetView) -> list[fos.ViewStage]:
    """Returns a view's stages; of a clips view, those after ``to_clips``; none for a dataset."""
    return list(collection._stages) if isinstance(collection, fo.DatasetView) else []


def serialize_view(view: fo.DatasetView, *, uuids: bool = True) -> list[Document]:
    """Returns a view's stages as FiftyOne stores them and as the App sends them.

    Args:
        view: the view
        uuids: whether each stage keeps its random id; without, equal views serialise equally
    """
    stages: list[Document] = view._serialize(include_uuids=uuids)
    return stages


def build_view(dataset: fo.Dataset, stages: Sequence[Mapping[str, Any]]) -> fo.DatasetView:
    """Returns the view of a dataset that has some serialised stages."""
    return fo.DatasetView._build(dataset, stages)


def mongo_stage(pipeline: Sequence[Mapping[str, Any]]) -> fo.Mongo:
    """Returns a stage that runs a pipeline on a video's sample, without its frames.

    ``fo.Mongo`` by itself has FiftyOne look every video's frames up, which nothing here uses.
    """
    return fo.Mongo(_Shared(pipeline), _needs_frames=False)


class _Shared(list[Mapping[str, Any]]):
    """A pipeline that copies of a view share.

    FiftyOne copies all stages of a view, with all that they hold, for each stage that is added and
    several times for each question about the view's schema. Nothing changes a stage's pipeline.
    """

    def __deepcopy__(self, memo: object) -> _Shared:
        return self


def stream(
    collection: fo.Dataset | fo.DatasetView,
    pipeline: Sequence[Mapping[str, Any]],
    max_ms: int | None = None,
    first: int | None = None,
) -> Iterator[Document]:
    """Runs a pipeline on a collection's samples, as they are after the view's own stages.

    ``view.aggregate`` takes FiftyOne's aggregations only.

    Args:
        collection: a dataset or view
        pipeline: MongoDB stages
        max_ms: how long MongoDB may take, in milliseconds
        first: looks at no more than this many of the dataset's first samples

    Yields:
        the resulting documents

    Raises:
        ExecutionTimeout: if it takes longer than ``max_ms``
    """
    whole: list[Mapping[str, Any]] = collection.view()._pipeline(post_pipeline=list(pipeline))
    if first is not None:
        whole = [{"$limit": first}, *whole]
    limits = {} if max_ms is None else {"maxTimeMS": max_ms}
    yield from collection._dataset._sample_collection.aggregate(whole, allowDiskUse=True, **limits)


def aggregate(
    collection: fo.Dataset | fo.DatasetView,
    pipeline: Sequence[Mapping[str, Any]],
    max_ms: int | None = None,
    first: int | None = None,
) -> list[Document]:
    """Returns what :func:`stream` yields."""
    return list(stream(collection, pipeline, max_ms, first))
