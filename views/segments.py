"""Segments as clips, and back from a clip to its video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.expressions as foe

from ..core import fields as names
from .hierarchy import NoHierarchyError, find_hierarchy, source_dataset

Sort = Literal["duration", "video"]

#: What of the video a clip keeps, where it is there.
KEPT = (names.VIDEO_UID, names.TITLE)


def segments(view: Any, field: str) -> fo.DatasetView:
    """Returns the segments of a field as clips, in the order of the videos.

    A clip has its caption and the caption's attributes (node, parent, level, …) in the field of
    the same name, and the video's uid and title. Tags and labels that are put on a clip's caption
    are put on the video's. Example::

        clips = segments(find(dataset, "knead"), "gpt_action_brief")
        clips.first()["gpt_action_brief"].level

    Args:
        view: a data set or view of videos
        field: a field that holds trees

    Raises:
        NoHierarchyError: if it holds none, or the view has clips already
    """
    if isinstance(view, foc.ClipsView):
        raise NoHierarchyError("these are clips already")
    find_hierarchy(view, [field])
    schema = view.get_field_schema()
    return view.to_clips(field, other_fields=[name for name in KEPT if name in schema])


def videos_of(clips: Any, ids: Sequence[str] | None = None) -> fo.DatasetView:
    """Returns the videos that clips are of, whole, in the data set's order. Example::

        videos = videos_of(clips, [clips.first().id])

    Args:
        clips: a clips view
        ids: the clips' ids; all of them by default

    Raises:
        NoHierarchyError: if the view is not of clips
    """
    if not isinstance(clips, foc.ClipsView):
        raise NoHierarchyError("these are videos already")
    chosen = clips if ids is None else clips.select(list(ids))
    return source_dataset(clips).select(chosen.distinct("sample_id"))


def sort_by_duration(clips: Any, reverse: bool = True) -> fo.DatasetView:
    """Sorts clips by their length in seconds, the longest first unless told otherwise.

    A clip whose video has no metadata counts 30 frames as a second.
    """
    first, last = ({"$arrayElemAt": ["$support", i]} for i in (0, 1))
    frames = {"$subtract": [last, first]}
    seconds = {"$divide": [{"$add": [frames, 1]}, {"$ifNull": ["$metadata.frame_rate", 30]}]}
    return clips.sort_by(foe.ViewExpression(seconds), reverse=reverse)
