"""Turns hits into clips. FiftyOne makes clips of one field; hits may be of several."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import fiftyone as fo
import fiftyone.core.clips as foc

from ..core import fields as names
from ..internals.views import clip_field, stream
from .clips import segments
from .hierarchy import DatasetOrView, find_hierarchy
from .hits import Hit, captions_view
from .kept import part_of


class HitClips(NamedTuple):
    """The segments of hits, as clips.

    Attributes:
        view: the clips
        field: the field whose captions they show
        left_out: the number of segments without a caption in that field, by the field in which they
            were found
    """

    view: fo.DatasetView
    field: str
    left_out: dict[str, int]


def clips_of(view: DatasetOrView, hits: Sequence[Hit]) -> HitClips:
    """Returns the segments of hits as clips of the field with captions of most of them.

    A segment that was found in another field is shown with its caption in this field. For a clips
    view, its clips are returned.

    Args:
        view: the dataset or view with the captions
        hits: the captions, at least one
    """
    if isinstance(view, foc.ClipsView):
        return HitClips(captions_view(view, hits), clip_field(view) or hits[0].field, {})
    labels, found = _labels(view, hits), Counter(hit.field for hit in hits)
    by_segment = {_segment(hit): hit for hit in hits}
    field = max(labels, key=lambda name: (len(labels[name].keys() & by_segment), found[name]))
    shown = [
        replace(hit, field=field, label_id=labels[field][segment])
        for segment, hit in by_segment.items() if segment in labels[field]
    ]  # fmt: skip
    left = Counter(hit.field for segment, hit in by_segment.items() if segment not in labels[field])
    return HitClips(segments(captions_view(view, shown), field), field, dict(left))


def _segment(hit: Hit) -> tuple[str, str]:
    """Returns the sample and the node of a hit; a caption without a node is its own segment."""
    return hit.sample_id, hit.node_id or hit.label_id


def _labels(view: DatasetOrView, hits: Sequence[Hit]) -> dict[str, dict[tuple[str, str], str]]:
    """Returns the ids of a view's captions of the hits' segments, by field and segment."""
    fields = find_hierarchy(view).fields
    nodes = [hit.node_id for hit in hits if hit.node_id]
    project = {
        field: {
            "$filter": {
                "input": {"$ifNull": [f"${field}.detections", []]},
                "as": "d",
                "cond": {"$in": [f"$$d.{names.NODE_ID}", nodes]},
            }
        }
        for field in fields
    }
    labels: dict[str, dict[tuple[str, str], str]] = {field: {} for field in fields}
    samples = sorted({hit.sample_id for hit in hits})
    for document in stream(part_of(view, samples), [{"$project": project}]):
        for field in fields:
            for label in document.get(field) or []:
                segment = str(document["_id"]), str(label[names.NODE_ID])
                labels[field][segment] = str(label["_id"])
    for hit in hits:
        labels[hit.field][_segment(hit)] = hit.label_id
    return labels
