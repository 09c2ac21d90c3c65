"""Which nodes of one video a view keeps, for the panel that draws the whole tree.

The view's stages are run on that one video, in MongoDB. Stages that only order or count samples are
left out: they would look at all the others, and the video is open, so it is in the view.
"""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.stages as fosg

from ..core import fields
from ..internals.views import aggregate, is_generated, source_dataset, stages_of
from .hierarchy import NoHierarchyError, find_hierarchy

#: What changes neither a sample nor its labels.
_OF_MANY = (
    fosg.GroupBy, fosg.Limit, fosg.Shuffle, fosg.Skip, fosg.SortBy, fosg.SortBySimilarity,
    fosg.Take,
)  # fmt: skip


def kept_nodes(view: Any, sample_id: str) -> set[str] | None:
    """Returns the ids of the nodes that a view shows of a video.

    A node counts as shown if the view has a detection of it in any field that holds trees.

    Args:
        view: a data set or view; with the sidebar's filters, as ``ctx.view`` has them
        sample_id: the video's sample

    Returns:
        None where the view filters nothing: a data set, clips, or stages that leave labels alone
    """
    if not isinstance(view, fo.DatasetView) or isinstance(view, foc.ClipsView):
        return None
    if is_generated(view):
        return None
    stages = [stage for stage in stages_of(view) if not isinstance(stage, _OF_MANY)]
    if not stages:
        return None
    dataset = source_dataset(view)
    whole = dataset.select(sample_id)
    part = whole
    for stage in stages:
        part = part.add_stage(stage)
    try:
        names = find_hierarchy(part).fields
    except NoHierarchyError:
        return set()  # the view has deselected all of them
    kept = _nodes(part, names)
    return None if kept == _nodes(whole, find_hierarchy(dataset).fields) else kept


def _nodes(view: Any, names: tuple[str, ...]) -> set[str]:
    wanted = {name: f"${name}.detections.{fields.NODE_ID}" for name in names}
    found = aggregate(view, [{"$project": {"_id": 0, **wanted}}])
    return {str(i) for row in found for ids in row.values() for i in ids or [] if i is not None}
