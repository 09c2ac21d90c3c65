"""Turns segments into clips and back into videos."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.expressions as foe

from ..core import fields as names
from ..internals.views import aggregate, clip_field, source_dataset
from .expressions import seconds
from .hierarchy import DatasetOrView, NoHierarchyError, find_hierarchy

Sort = Literal["duration", "video"]

#: The fields of the video that a clip keeps.
KEPT = (names.VIDEO_UID, names.TITLE)


def segments(view: DatasetOrView, field: str) -> fo.DatasetView:
    """Returns the segments of a field as clips, in the order of the videos.

    A clip has its caption with its attributes (node, parent, level, …) in the field of the same
    name, and the video's uid and title. Tags added to a clip's caption, and changes of it, are
    written to the video's. Example::

        clips = segments(find(dataset, "knead"), "gpt_action_brief")
        clips.first()["gpt_action_brief"].level

    Args:
        view: a dataset or view of videos
        field: a field that holds trees

    Raises:
        NoHierarchyError: if the field holds no tree, or the view is of clips
    """
    if isinstance(view, foc.ClipsView):
        raise NoHierarchyError("these are clips already")
    find_hierarchy(view, [field])
    schema = view.get_field_schema()
    return view.to_clips(field, other_fields=[name for name in KEPT if name in schema])


def videos_of(clips: DatasetOrView, ids: Sequence[str] | None = None) -> fo.DatasetView:
    """Returns the whole videos of clips, in the dataset's order. Example::

        videos = videos_of(clips, [clips.first().id])

    Args:
        clips: a clips view
        ids: the clips' ids; by default all

    Raises:
        NoHierarchyError: if the view is not of clips
    """
    if not isinstance(clips, foc.ClipsView):
        raise NoHierarchyError("these are videos already")
    chosen = clips if ids is None else clips.select(list(ids))
    return source_dataset(clips).select(chosen.distinct("sample_id"))


class ClipSegment(NamedTuple):
    """The segment that a clip shows.

    Attributes:
        sample_id: the id of the video's sample
        node_id: its node
        nodes: the nodes of all clips of that video that the view has
    """

    sample_id: str
    node_id: str
    nodes: list[str]


def segment_of_clip(clips: DatasetOrView, clip_id: str) -> ClipSegment | None:
    """Returns the segment that a clip of a view shows; None if there is no such clip or node."""
    field = clip_field(clips)
    if field is None:
        return None
    # The attributes of detections need not be declared.
    what = {"$project": {"_sample_id": 1, "node": f"${field}.{names.NODE_ID}"}}
    found = aggregate(clips.select(clip_id), [what])
    if not found or found[0].get("node") is None:
        return None
    video, node = found[0]["_sample_id"], str(found[0]["node"])
    of_video = aggregate(clips, [{"$match": {"_sample_id": video}}, what])
    return ClipSegment(str(video), node, [str(c["node"]) for c in of_video if c.get("node")])


def sort_by_duration(clips: DatasetOrView) -> fo.DatasetView:
    """Sorts clips by their duration in seconds, the longest first.

    Args:
        clips: a clips view; videos without metadata count as having 30 frames per second
    """
    return clips.sort_by(foe.ViewExpression(seconds("$support")), reverse=True)
