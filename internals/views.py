"""Accesses a view's dataset, stages and MongoDB pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.stages as fos

from .database import Document


def source_dataset(collection: fo.Dataset | fo.DatasetView) -> fo.Dataset:
    """Returns the dataset of a collection's samples; for clips or patches, that of the videos.

    ``fo.load_dataset(view.dataset_name)`` would query the database each time.
    """
    return collection._root_dataset


def source_collection(collection: fo.Dataset | fo.DatasetView) -> fo.Dataset | fo.DatasetView:
    """Returns the source of a clips view; any other collection itself."""
    return collection._source_collection if isinstance(collection, foc.ClipsView) else collection


def clip_field(collection: fo.Dataset | fo.DatasetView) -> str | None:
    """Returns the field whose segments a clips view shows; None for other collections."""
    return collection._classification_field if isinstance(collection, foc.ClipsView) else None


def is_generated(view: fo.DatasetView) -> bool:
    """Whether a view's samples are derived from others (clips, patches, frames)."""
    return bool(view._is_generated)


def stages_of(collection: fo.Dataset | fo.DatasetView) -> list[fos.ViewStage]:
    """Returns a view's stages; for a clips view, those after ``to_clips``; none for a dataset."""
    return list(collection._stages) if isinstance(collection, fo.DatasetView) else []


def serialize_view(view: fo.DatasetView, *, uuids: bool = True) -> list[Document]:
    """Returns a view's stages in the form that FiftyOne stores and the App sends.

    Args:
        view: the view
        uuids: whether to keep the random id of each stage; equal views only serialise equally
            without
    """
    stages: list[Document] = view._serialize(include_uuids=uuids)
    return stages


def build_view(dataset: fo.Dataset, stages: Sequence[Mapping[str, Any]]) -> fo.DatasetView:
    """Returns a view of a dataset from serialised stages."""
    return fo.DatasetView._build(dataset, stages)


def mongo_stage(pipeline: Sequence[Mapping[str, Any]]) -> fo.Mongo:
    """Returns a stage that runs a pipeline on samples without their frames.

    ``fo.Mongo`` itself makes FiftyOne look up the frames of every video, which are not needed here.
    """
    return fo.Mongo(_Shared(pipeline), _needs_frames=False)


class _Shared(list[Mapping[str, Any]]):
    """A pipeline that the copies of a view share.

    FiftyOne makes deep copies of all stages of a view for each stage that is added, and several for
    each request of the view's schema. The pipeline of a stage is never changed.
    """

    def __deepcopy__(self, memo: object) -> _Shared:
        return self


def stream(
    collection: fo.Dataset | fo.DatasetView,
    pipeline: Sequence[Mapping[str, Any]],
    max_ms: int | None = None,
    first: int | None = None,
) -> Iterator[Document]:
    """Runs a pipeline on a collection's samples, after the view's own stages.

    ``view.aggregate`` only accepts FiftyOne's aggregations.

    Args:
        collection: a dataset or view
        pipeline: MongoDB stages
        max_ms: the time limit, in milliseconds
        first: reads only this many of the dataset's first samples

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
