"""Keeps the steps of a video's review, and writes each of them in one update of its document.

The steps are in the document that they change, on the first of its fields that holds a tree
(``review_log``): one update of MongoDB writes both, so a process that is killed leaves both or
none. An update applies only to the document that was read: to the same detections, and the same
log. If something else was written meanwhile, nothing is, and the caller reads again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from types import MappingProxyType
from typing import Any, NamedTuple

import bson
import fiftyone as fo
from bson import ObjectId
from bson.errors import InvalidId
from pymongo.errors import DocumentTooLarge, WriteError

from ..core import fields
from ..core.detections import detections_in
from ..core.reviews import Detection, ReviewError, review_of
from ..internals.database import Document, refresh_samples, samples_of
from .review_changes import digest

#: The states of a step: it can be undone; it can be done again; neither.
DONE, UNDONE, PAST = "done", "undone", "past"
#: The most steps that a video keeps, and the most bytes that they take.
_MOST_STEPS, _MOST_BYTES = 200, 400_000


@dataclass
class Step:
    """A step of a review.

    Attributes:
        rev: its number, from 1
        who: the reviewer
        when: UTC, as :func:`..core.reviews.now` returns it
        what: what was done, for people: "accepted …"
        node: the node that it was done to
        nodes: all nodes that it changed
        before: the digest of the video's trees before it
        after: the digest after it
        changes: what it changed, see :func:`.review_changes.differences`; none for an undoing
        state: :data:`DONE`, :data:`UNDONE` or :data:`PAST`
        mended: the problems that the tree had before it or after it, not both, as code and node
    """

    rev: int
    who: str
    when: str
    what: str
    node: str
    nodes: list[str]
    before: str
    after: str
    changes: list[Document] = field(default_factory=list)
    state: str = DONE
    mended: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class VideoReview:
    """A video as it was read.

    Attributes:
        document: the sample's MongoDB document: its trees, metadata, and when it was changed
        fields: the fields that hold trees
        steps: the steps of its review, the oldest first
    """

    document: Mapping[str, Any]
    fields: Sequence[str]
    steps: list[Step]

    @property
    def rev(self) -> int:
        """The number of the last step, 0 without any."""
        return self.steps[-1].rev if self.steps else 0

    @cached_property
    def digest(self) -> str:
        """The digest of its trees as they were read, see :func:`digest`."""
        return digest(self.detections)

    @property
    def detections(self) -> dict[str, list[Detection]]:
        """The detections by field."""
        return {name: detections_in(self.document, name) for name in self.fields}

    @property
    def home(self) -> str | None:
        """The field that has the log: the one that has it already, else the first that is there."""
        there = [name for name in self.fields if self.document.get(name)]
        kept = [name for name in there if fields.REVIEW_LOG in self.document[name]]
        return next(iter([*kept, *there]), None)


class TreeReview(NamedTuple):
    """What reviewers said of a video's nodes, for the panel that shows them.

    Attributes:
        version: of the video, see :func:`version_of`
        statuses: by node id; nodes that are not reviewed are left out
        edited: the ids of nodes of which a reviewer changed something
        notes: by node id
    """

    version: str = ""
    statuses: Mapping[str, str] = MappingProxyType({})
    edited: Collection[str] = frozenset()
    notes: Mapping[str, str] = MappingProxyType({})


def tree_review(video: VideoReview) -> TreeReview:
    """Returns what reviewers said of a video's nodes."""
    reviews = [
        (str(d[fields.NODE_ID]), review)
        for found in video.detections.values()
        for d in found
        if d.get(fields.NODE_ID) is not None and (review := review_of(d))
    ]
    return TreeReview(
        version_of(video),
        {node: review["status"] for node, review in reviews if review.get("status")},
        {node for node, review in reviews if review.get("original")},
        {node: review["note"] for node, review in reviews if review.get("note")},
    )


def version_of(video: VideoReview) -> str:
    """Returns a text that changes whenever a tree of the video, or its review, does."""
    return f"{video.rev}-{video.digest}"


def read_review(dataset: fo.Dataset, names: Sequence[str], sample_id: str) -> VideoReview:
    """Reads a video.

    Args:
        dataset: the dataset
        names: its fields that hold trees
        sample_id: the id of the video's sample

    Raises:
        ReviewError: if there is no such sample
    """
    try:
        key = ObjectId(sample_id)
    except InvalidId as error:
        raise ReviewError(f"{sample_id!r} is not the id of a sample") from error
    raw = samples_of(dataset).find_one({"_id": key}, [*names, "metadata", "last_modified_at"])
    if raw is None:
        raise ReviewError("this video is no longer in the dataset")
    return VideoReview(raw, names, steps_in(raw, names))


def steps_in(document: Mapping[str, Any], names: Sequence[str]) -> list[Step]:
    """Returns the steps in a sample's MongoDB document."""
    for name in names:
        kept = (document.get(name) or {}).get(fields.REVIEW_LOG)
        if kept:
            known = Step.__dataclass_fields__  # a later version may write more
            return [Step(**{k: v for k, v in s.items() if k in known}) for s in kept["steps"]]
    return []


def write(
    dataset: fo.Dataset, video: VideoReview, after: dict[str, list[Detection]], steps: list[Step]
) -> bool:
    """Writes detections and steps in one update, if the document is still the one that was read.

    Args:
        dataset: the dataset
        video: what was read
        after: the detections by field; fields that are left out stay as they are
        steps: all steps

    Returns:
        whether it was written; False if the document has changed meanwhile

    Raises:
        ReviewError: if the sample has no field to keep the log in
    """
    home, raw = video.home, video.document
    if home is None:
        raise ReviewError("this video has no captions that belong to a tree")
    log = f"{home}.{fields.REVIEW_LOG}"
    query: Document = {"_id": raw["_id"], "last_modified_at": raw.get("last_modified_at")}
    query[f"{log}.rev"] = video.rev or None
    # By the database's clock, as reviewers' may differ; later than before whoever wrote that.
    later = {"$max": ["$$NOW", {"$add": ["$last_modified_at", 1]}]}
    values: Document = {"last_modified_at": later}
    kept = {"rev": steps[-1].rev, "steps": [vars(step) for step in _kept(steps)]}
    values[log] = {"$literal": kept}
    for name, new in after.items():
        old = video.detections[name]
        path = f"{name}.detections"
        if not raw.get(name):
            query[name] = None
            if new:
                made = {"_cls": "TemporalDetections", "detections": new}
                values[name] = {"$literal": made}
        elif len(old) != len(new) or any(a is not b for a, b in zip(old, new, strict=True)):
            still = {id(d) for d in new}
            query |= {f"{path}.{k}": d for k, d in enumerate(old) if id(d) not in still}
            query[path] = {"$size": len(old)}
            values[path] = _spliced(path, old, new)
    try:
        done = samples_of(dataset).update_one(query, [{"$set": values}])
    except (DocumentTooLarge, WriteError) as error:
        why = str(error).partition(", full error")[0]
        raise ReviewError(f"MongoDB refuses the change, and nothing is saved: {why}") from error
    if done.matched_count:
        refresh_samples(dataset, raw["_id"])
    return bool(done.matched_count)


def _spliced(path: str, old: Sequence[Detection], new: Sequence[Detection]) -> Document:
    """Returns an expression of new detections that names those which stay by their places.

    Few are written, so that two versions of a long video need not fit in one request.
    """
    places = {id(d): k for k, d in enumerate(old)}
    parts: list[Document] = []
    for place, run in groupby(enumerate(new), lambda each: _offset(places, *each)):
        found = [d for _, d in run]
        if place is None:
            parts.append({"$literal": found})
        else:
            parts.append({"$slice": [f"${path}", places[id(found[0])], len(found)]})
    return {"$concatArrays": parts}


def _offset(places: Mapping[int, int], at: int, d: Detection) -> int | None:
    """Returns how far a detection has moved, the same for those that stay in a row; None if new."""
    before = places.get(id(d))
    return None if before is None else before - at


def _kept(steps: list[Step]) -> list[Step]:
    """Returns the newest steps, as many as are kept."""
    kept = steps[-_MOST_STEPS:]
    sizes = [len(bson.encode(vars(step))) for step in kept]
    while len(kept) > 1 and sum(sizes[-len(kept) :]) > _MOST_BYTES:
        kept = kept[1:]
    return kept
