"""Review progress: counts reviewed nodes, finds the next to review, and shows nodes by status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import fiftyone as fo
import fiftyone.core.clips as foc

from ..core import fields as names
from ..core.reviews import (
    OPEN,
    SAMPLE_TAG,
    STATUSES,
    ReviewError,
    checked_name,
    judgement_of,
    status_of,
)  # fmt: skip
from ..internals.database import Document
from ..internals.views import clip_field, source_dataset, stream
from .check import video_ids
from .expressions import Expression, at, cond, detections, let, map_each, select
from .hierarchy import DatasetOrView, find_hierarchy
from .kept import kept_nodes, part_of
from .review_edits import outline
from .review_log import read_review

#: How many videos are searched at once for nodes that are not reviewed.
_BATCH = 100


@dataclass(frozen=True)
class ReviewProgress:
    """The numbers of nodes by review status.

    Attributes:
        total: the number of nodes
        accepted: how many of them are accepted
        rejected: how many of them are rejected
        fixed: how many of them are fixed
    """

    total: int = 0
    accepted: int = 0
    rejected: int = 0
    fixed: int = 0

    @property
    def reviewed(self) -> int:
        """The number of nodes with a status."""
        return self.accepted + self.rejected + self.fixed

    def __str__(self) -> str:
        return f"{self.reviewed:,} of {self.total:,} reviewed"

    def to_dict(self) -> dict[str, int]:
        """Returns the counts as a dictionary."""
        return {**asdict(self), "reviewed": self.reviewed}


class ToReview(NamedTuple):
    """A node to review: the ids of its video's sample and of the node."""

    sample_id: str
    node_id: str


def review_progress(
    collection: DatasetOrView, who: str | None = None, sampled: bool = False
) -> ReviewProgress:
    """Counts the reviewed nodes of a dataset or view, each once even if it is in several fields.

    >>> print(review_progress(dataset))
    0 of 141 reviewed

    Args:
        collection: a dataset or view; for a view of clips, their whole videos are counted
        who: whose judgements count; by default anybody's
        sampled: whether to count only the nodes of the review sample

    Raises:
        NoHierarchyError: if there is no tree
        ReviewError: if the name is empty or too long
    """
    collection = of_videos(collection)
    found = find_hierarchy(collection).fields
    who = who if who is None else checked_name(who)
    nodes = let(
        {"nodes": {"$setUnion": [_reviews(name, who, sampled) for name in found]}},
        {"total": _distinct("$$nodes"), **{s: _distinct(_with("$$nodes", s)) for s in STATUSES}},
    )
    counts = {key: {"$sum": f"$found.{key}"} for key in ("total", *STATUSES)}
    pipeline: list[Document] = [
        {"$project": {"found": nodes}},
        {"$group": {"_id": None, **counts}},
        {"$unset": "_id"},
    ]
    for row in stream(collection, pipeline):
        return ReviewProgress(**row)
    return ReviewProgress()


def reviewers(collection: DatasetOrView) -> list[str]:
    """Returns the sorted names of all reviewers, including those of undone steps.

    Raises:
        NoHierarchyError: if there is no tree
    """
    collection = of_videos(collection)
    found = find_hierarchy(collection).fields
    steps = [{"$ifNull": [f"${name}.{names.REVIEW_LOG}.steps.who", []]} for name in found]
    judged = [
        {
            "$reduce": {
                "input": {"$ifNull": [f"${name}.detections.{names.REVIEW}.judged.who", []]},
                "initialValue": [],
                "in": {"$setUnion": ["$$value", cond({"$isArray": ["$$this"]}, "$$this", [])]},
            }
        }
        for name in found
    ]
    pipeline: list[Document] = [
        {"$project": {"who": {"$setUnion": [*steps, *judged]}}},
        {"$unwind": "$who"},
        {"$match": {"who": {"$type": "string"}}},
        {"$group": {"_id": "$who"}},
        {"$sort": {"_id": 1}},
    ]
    return [row["_id"] for row in stream(collection, pipeline)]


def next_to_review(
    collection: DatasetOrView,
    sample_id: str | None = None,
    node_id: str | None = None,
    who: str | None = None,
    sampled: bool = False,
) -> ToReview | None:
    """Returns the next node that is not reviewed: that has no status in any field.

    Nodes are in the order of an outline: a node, then its children by start. After the last node of
    a video comes the next video of the view, and after the last video the first.

    Args:
        collection: a dataset or view, whose filters apply; for a view of clips, their whole videos
        sample_id: the id of the sample to start at; by default the first
        node_id: the node to start after; by default, the search starts at the sample's first node
        who: whose judgements count; by default anybody's
        sampled: whether to search the review sample only

    Returns:
        the node, or None if all are reviewed

    Raises:
        NoHierarchyError: if there is no tree
        ReviewError: if the name is empty or too long
    """
    collection = of_videos(collection)
    found = find_hierarchy(collection).fields
    asked = _Asked(collection, found, who if who is None else checked_name(who), sampled)
    ids = _in_order(collection, sample_id)
    for batch in (ids[:1], *_batches(ids[1:])):
        for video in asked.with_open(batch):
            nodes = asked.open_nodes(video, node_id if video == sample_id else None)
            if nodes:
                return ToReview(video, nodes[0])
    nodes = asked.open_nodes(ids[0]) if ids else []
    return ToReview(ids[0], nodes[0]) if nodes else None


def reviewed(
    collection: DatasetOrView, *statuses: str, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Shows the segments with some statuses.

    >>> reviewed(dataset, "accepted", "fixed").count("plm_action.detections")
    0

    Args:
        collection: a dataset or view, also of clips
        *statuses: ``accepted``, ``rejected``, ``fixed``, or ``open`` for segments that are not
            reviewed; by default the first three
        fields: the fields to show; by default all that hold trees

    Returns:
        a view of the videos with such segments, containing only these; for clips, a view of such
        clips

    Raises:
        ReviewError: if a status is unknown
        NoHierarchyError: if there is no tree
    """
    chosen = statuses or STATUSES
    unknown = [status for status in chosen if status not in (*STATUSES, OPEN)]
    if unknown:
        choices = ", ".join((*STATUSES, OPEN))
        raise ReviewError(f"unknown status {', '.join(unknown)}: choose from {choices}")
    clip = clip_field(collection)
    status = fo.ViewField(f"{clip}.{names.REVIEW}.status" if clip else f"{names.REVIEW}.status")
    condition = status.is_in([each for each in chosen if each != OPEN])
    if OPEN in chosen:
        condition = condition | ~status.is_in(list(STATUSES))
    return collection.match(condition) if clip else with_labels(collection, condition, fields)


def with_labels(
    collection: DatasetOrView, condition: fo.ViewExpression, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Shows the videos with segments that meet a condition, and only these segments.

    Args:
        collection: a dataset or view
        condition: the condition on a detection
        fields: the fields to show; by default all that hold trees
    """
    found = find_hierarchy(collection, fields).fields
    view = collection.view()
    for name in found:
        view = view.filter_labels(name, condition, only_matches=False)
    some = [fo.ViewField(f"{name}.detections").length() > 0 for name in found]
    return view.match(fo.ViewExpression.any(some))


def of_videos(collection: DatasetOrView) -> DatasetOrView:
    """Returns the whole videos of a view of clips, and any other collection unchanged."""
    if isinstance(collection, foc.ClipsView):
        return source_dataset(collection).select(video_ids(collection))
    return collection


def _reviews(field: str, who: str | None, sampled: bool) -> Expression:
    """Returns the node ids of a field's detections with their statuses."""
    node: Expression = {"$gt": [f"$$d.{names.NODE_ID}", None]}
    if sampled:
        node = {"$and": [node, {"$in": [SAMPLE_TAG, {"$ifNull": ["$$d.tags", []]}]}]}
    status: Expression = f"$$d.{names.REVIEW}.status"
    if who is not None:
        judged = f"$$d.{names.REVIEW}.judged"
        every = cond({"$isArray": [judged]}, judged, [])
        own = select(every, "j", {"$eq": ["$$j.who", {"$literal": who}]})
        status = let({"own": at(own, 0)}, "$$own.status")
    of = {"n": f"$$d.{names.NODE_ID}", "s": {"$ifNull": [status, None]}}
    return map_each(select(detections(field), "d", node), "d", of)


def _with(nodes: str, status: str) -> Expression:
    return select(nodes, "n", {"$eq": ["$$n.s", status]})


def _distinct(nodes: Expression) -> Expression:
    return {"$size": {"$setUnion": [map_each(nodes, "n", "$$n.n"), []]}}


def _in_order(collection: DatasetOrView, sample_id: str | None) -> list[str]:
    """Returns the ids of the samples in order, starting at one of them."""
    ids: list[str] = collection.values("id")
    at = ids.index(sample_id) if sample_id in ids else 0
    return [*ids[at:], *ids[:at]]


def _batches(ids: list[str]) -> Iterator[list[str]]:
    return (ids[at : at + _BATCH] for at in range(0, len(ids), _BATCH))


@dataclass(frozen=True)
class _Asked:
    """Which nodes to review; see :func:`next_to_review`."""

    collection: DatasetOrView
    fields: Sequence[str]
    who: str | None
    sampled: bool

    def with_open(self, ids: Sequence[str]) -> list[str]:
        """Returns those of some videos that have nodes to review, in order."""
        condition: Document = {names.NODE_ID: {"$ne": None}}
        if self.sampled:
            condition["tags"] = SAMPLE_TAG
        known: Document = {"$in": list(STATUSES)}
        if self.who is None:
            condition[f"{names.REVIEW}.status"] = {"$not": known}
        else:
            own = {"$elemMatch": {"who": self.who, "status": known}}
            condition[f"{names.REVIEW}.judged"] = {"$not": own}
        some = [{f"{name}.detections": {"$elemMatch": condition}} for name in self.fields]
        pipeline: list[Document] = [{"$match": {"$or": some}}, {"$project": {"_id": 1}}]
        part = part_of(self.collection, ids) if ids else None
        there = {str(row["_id"]) for row in stream(part, pipeline)} if part is not None else set()
        return [sample_id for sample_id in ids if sample_id in there]

    def open_nodes(self, sample_id: str, after: str | None = None) -> list[str]:
        """Returns a video's nodes to review, in the order of an outline.

        Args:
            sample_id: the id of its sample
            after: the id of a node; it and those before it are left out
        """
        video = read_review(source_dataset(self.collection), self.fields, sample_id)
        order = outline(video)
        shown = kept_nodes(self.collection, sample_id)
        asked, done = set[str](), set[str]()
        for d in (d for found in video.detections.values() for d in found):
            if not self.sampled or SAMPLE_TAG in (d.get("tags") or ()):
                asked.add(d.get(names.NODE_ID, ""))
                if self._is_done(d):
                    done.add(d.get(names.NODE_ID, ""))
        there = asked - done
        at = order.index(after) + 1 if after in order else 0
        return [node for node in order[at:] if node in there and (shown is None or node in shown)]

    def _is_done(self, detection: Mapping[str, Any]) -> bool:
        status = status_of(detection) if self.who is None else judgement_of(detection, self.who)
        return status is not None
