"""Keeps the outermost or the finest of a view's segments, in MongoDB.

A segment is nested in another if that is above it (:func:`.expressions.is_above`). Two segments of
a tree are nested or disjoint. So, sorted by first frame, longer ones first, a segment is outermost
exactly if it is not nested in the last outermost one, and it contains another exactly if it
contains the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import fiftyone as fo
import fiftyone.core.expressions as foe

from ..core.wording import count
from ..internals.views import aggregate, mongo_stage
from .expressions import (
    Expression,
    Span,
    at,
    cond,
    detections,
    is_above,
    let,
    map_each,
    select,
    span_of,
)
from .hierarchy import DatasetOrView

#: Which nested segments are kept.
KeepNested = Literal["all", "outermost", "finest"]

#: The temporary field of a video's kept spans.
_KEPT = "_action100m_nested"


class MomentCount(NamedTuple):
    """The number of segments that a view shows.

    Attributes:
        moments: the number of outermost segments
        segments: the number of all segments
        videos: the number of videos with at least one
    """

    moments: int
    segments: int
    videos: int

    def __str__(self) -> str:
        where = f"{count(self.segments, 'segment')} in {count(self.videos, 'video')}"
        nested = self.moments < self.segments
        return f"{count(self.moments, 'moment')}, {where}" if nested else where


def only(view: DatasetOrView, fields: Sequence[str], nested: KeepNested) -> fo.DatasetView:
    """Keeps the outermost or the finest of the segments of some fields, taken together.

    Args:
        view: a dataset or view of videos
        fields: fields that hold trees
        nested: which to keep
    """
    if nested == "all":
        return view.view()
    kept = {"outermost": _outermost, "finest": _finest}[nested](_spans(fields))
    noted = view.add_stage(mongo_stage([{"$addFields": {_KEPT: kept}}]))
    is_kept = foe.ViewExpression({"$in": [_span("$$this"), f"${_KEPT}"]})
    for field in fields:
        noted = noted.filter_labels(field, is_kept, only_matches=False)
    return noted.add_stage(mongo_stage([{"$unset": _KEPT}]))


def count_moments(
    view: DatasetOrView, fields: Sequence[str], max_ms: int | None = None, first: int | None = None
) -> MomentCount:
    """Counts the segments of some fields in a view, and the outermost ones.

    Args:
        view: a dataset or view of videos
        fields: fields that hold trees
        max_ms: how long it may take, in milliseconds; no limit by default
        first: counts only this many of the dataset's first videos; all by default

    Raises:
        pymongo.errors.ExecutionTimeout: if it takes longer than ``max_ms``
    """
    pipeline: list[dict[str, Any]] = [
        {"$project": {"spans": _spans(fields)}},
        {"$match": {"spans": {"$ne": []}}},
        {
            "$group": {
                "_id": None,
                "moments": {"$sum": {"$size": _outermost("$spans")}},
                "segments": {"$sum": {"$size": "$spans"}},
                "videos": {"$sum": 1},
            }
        },
    ]
    found = aggregate(view, pipeline, max_ms, first)
    names_of = MomentCount._fields
    return MomentCount(*(found[0][name] for name in names_of)) if found else MomentCount(0, 0, 0)


def _span(label: str) -> Expression:
    """Returns the position of a label: first and last frame, and level."""
    level, first, last = span_of(label)
    return {"f": first, "l": last, "v": level}


def _spans(fields: Sequence[str]) -> Expression:
    """Returns a video's distinct spans, in the order that this module needs."""
    spans = {"$setUnion": [map_each(detections(field), "d", _span("$$d")) for field in fields]}
    return {"$sortArray": {"input": spans, "sortBy": {"f": 1, "l": -1, "v": 1}}}


def _contains(outer: str, inner: str) -> Expression:
    def span(name: str) -> Span:
        return f"{name}.v", f"{name}.f", f"{name}.l"

    return is_above(span(outer), span(inner))


def _outermost(spans: Expression) -> Expression:
    """Returns the spans that are not nested in the last outermost one."""
    is_first = {"$eq": [{"$size": "$$value"}, 0]}
    lies_in = let({"last": at("$$value", -1)}, _contains("$$last", "$$this"))
    more = {"$concatArrays": ["$$value", ["$$this"]]}
    step = cond({"$or": [is_first, {"$not": lies_in}]}, more, "$$value")
    return {"$reduce": {"input": spans, "initialValue": [], "in": step}}


def _finest(spans: Expression) -> Expression:
    """Returns the spans that do not contain the next one."""
    here, following = at("$$all", "$$k"), at("$$all", {"$add": ["$$k", 1]})
    last = {"$eq": ["$$k", {"$subtract": [{"$size": "$$all"}, 1]}]}
    apart = let({"a": here, "b": following}, {"$not": _contains("$$a", "$$b")})
    places = select({"$range": [0, {"$size": "$$all"}]}, "k", {"$or": [last, apart]})
    return let({"all": spans}, map_each(places, "k", here))
