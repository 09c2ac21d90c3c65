"""Finds the nodes of one video that a view keeps, for the panel that draws the whole tree.

MongoDB runs the view's stages on that one video. Stages that only order or limit samples are
skipped: they would read all other videos, and the open video is known to be in the view.
"""

from __future__ import annotations

from collections.abc import Sequence

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.stages as fosg

from ..core import fields
from ..internals.views import aggregate, is_generated, source_dataset, stages_of
from .hierarchy import DatasetOrView, NoHierarchyError, find_hierarchy

#: Stages that select or order samples relative to others, and change none.
CHOOSING = (
    fosg.GroupBy, fosg.Limit, fosg.Shuffle, fosg.Skip, fosg.SortBy, fosg.SortBySimilarity,
    fosg.Take,
)  # fmt: skip
#: Stages that keep or drop whole samples, each independently.
OF_SAMPLES = (
    fosg.Exclude, fosg.ExcludeBy, fosg.Exists, fosg.Match, fosg.MatchLabels, fosg.MatchTags,
    fosg.Select, fosg.SelectBy, fosg.SortBy,
)  # fmt: skip
#: Stages that filter or change the labels of samples, each independently.
_OF_LABELS = (
    fosg.ExcludeFields, fosg.ExcludeLabels, fosg.FilterField, fosg.FilterLabels, fosg.LimitLabels,
    fosg.MapLabels, fosg.SelectFields, fosg.SelectLabels, fosg.SetField,
)  # fmt: skip
#: The operators of pipelines that process each sample independently.
_BY_ITSELF = frozenset(("$match", "$set", "$addFields", "$unset", "$project"))


def kept_nodes(view: DatasetOrView, sample_id: str) -> set[str] | None:
    """Returns the ids of a video's nodes that have a detection in a view, in any field.

    Args:
        view: a dataset or view, including the sidebar's filters, as ``ctx.view`` does
        sample_id: the id of the video's sample

    Returns:
        the ids; None if the view keeps all nodes, and for datasets and clips
    """
    if not isinstance(view, fo.DatasetView) or isinstance(view, foc.ClipsView):
        return None
    if is_generated(view):
        return None
    part = part_of(view, [sample_id])
    if len(stages_of(part)) == 1:
        return None
    dataset = source_dataset(view)
    whole = dataset.select(sample_id)
    try:
        names = find_hierarchy(part).fields
    except NoHierarchyError:
        return set()  # the view has excluded all of them
    kept = _nodes(part, names)
    return None if kept == _nodes(whole, find_hierarchy(dataset).fields) else kept


def nodes_in(view: DatasetOrView, sample_id: str, names: Sequence[str]) -> list[str]:
    """Returns the ids of a video's nodes that have a detection in some fields of a view.

    Args:
        view: a dataset or view of videos
        sample_id: the id of the video's sample, which must be in the view
        names: the fields
    """
    return sorted(_nodes(part_of(view, [sample_id]), tuple(names)))


def part_of(view: DatasetOrView, sample_ids: Sequence[str]) -> fo.DatasetView:
    """Returns some of a view's samples as the view shows them, without reading others.

    Args:
        view: a dataset or a view of videos
        sample_ids: samples that are known to be in the view; their order is not kept
    """
    part = source_dataset(view).select(sample_ids)
    for stage in stages_of(view):
        if not isinstance(stage, CHOOSING):
            part = part.add_stage(stage)
    return part


def handles_each(view: DatasetOrView, besides: tuple[type[fo.ViewStage], ...] = ()) -> bool:
    """Whether a view's stages process each sample independently, so that :func:`part_of` works.

    Args:
        view: a dataset or a view of videos
        besides: further stages that it may have
    """
    return all(
        isinstance(stage, (*OF_SAMPLES, *_OF_LABELS, *besides)) or _is_by_itself(stage)
        for stage in stages_of(view)
    )


def _is_by_itself(stage: fo.ViewStage) -> bool:
    return isinstance(stage, fosg.Mongo) and all(
        _BY_ITSELF.issuperset(step) for step in stage.pipeline
    )


def _nodes(view: DatasetOrView, names: tuple[str, ...]) -> set[str]:
    wanted = {name: f"${name}.detections.{fields.NODE_ID}" for name in names}
    found = aggregate(view, [{"$project": {"_id": 0, **wanted}}])
    return {str(i) for row in found for ids in row.values() for i in ids or [] if i is not None}
