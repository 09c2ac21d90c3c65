"""The log of a video's review, whose steps are each written in one update of its document.

The log is in the document that its steps change, on the first field that holds a tree
(``review_log``), so one update of MongoDB writes both: a killed process leaves both or neither. An
update applies only if the detections and the log are still as they were read. Otherwise nothing is
written, and the caller reads the video again.
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

#: The states of a step: it can be undone, it can be redone, or neither.
DONE, UNDONE, PAST = "done", "undone", "past"
#: The maximum number of steps of a video's log and their maximum size in bytes.
_MOST_STEPS, _MOST_BYTES = 200, 400_000


@dataclass
class Step:
    """A step of a review.

    Attributes:
        rev: its number, starting at 1
        who: the reviewer
        when: the time in UTC, as returned by :func:`..core.reviews.now`
        what: a description of what was done, such as "accepted …"
        node: the id of the node that it was done to
        nodes: the ids of all nodes that it changed
        before: the digest of the video's trees before it
        after: the digest of the video's trees after it
        changes: its changes, see :func:`.review_changes.differences`; empty if it undid another
            step
        state: :data:`DONE`, :data:`UNDONE` or :data:`PAST`
        mended: the problems that the tree had only before or only after it, as pairs of code and
            node
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
        document: the sample's MongoDB document, with its trees, metadata and time of modification
        fields: the fields that hold trees
        steps: the steps of its review, oldest first
    """

    document: Mapping[str, Any]
    fields: Sequence[str]
    steps: list[Step]

    @property
    def rev(self) -> int:
        """The number of the last step, or 0."""
        return self.steps[-1].rev if self.steps else 0

    @cached_property
    def digest(self) -> str:
        """The digest of the trees as they were read, see :func:`digest`."""
        return digest(self.detections)

    @property
    def detections(self) -> dict[str, list[Detection]]:
        """The detections of each field."""
        return {name: detections_in(self.document, name) for name in self.fields}

    @property
    def home(self) -> str | None:
        """The field with the log: the one that has it, or else the first field in the document."""
        there = [name for name in self.fields if self.document.get(name)]
        kept = [name for name in there if fields.REVIEW_LOG in self.document[name]]
        return next(iter([*kept, *there]), None)


class TreeReview(NamedTuple):
    """The review of a video, for the panel that shows it.

    Attributes:
        version: the version of the video, see :func:`version_of`
        statuses: the statuses of reviewed nodes by node id
        reviewers: who set these statuses, by node id
        edited: the ids of nodes that reviewers have edited
        notes: the notes by node id
    """

    version: str = ""
    statuses: Mapping[str, str] = MappingProxyType({})
    reviewers: Mapping[str, str] = MappingProxyType({})
    edited: Collection[str] = frozenset()
    notes: Mapping[str, str] = MappingProxyType({})


def tree_review(video: VideoReview) -> TreeReview:
    """Returns the review of a video."""
    reviews = [
        (str(d[fields.NODE_ID]), review)
        for found in video.detections.values()
        for d in found
        if d.get(fields.NODE_ID) is not None and (review := review_of(d))
    ]
    return TreeReview(
        version_of(video),
        {node: review["status"] for node, review in reviews if review.get("status")},
        {node: review["who"] for node, review in reviews if review.get("who")},
        {node for node, review in reviews if review.get("original")},
        {node: review["note"] for node, review in reviews if review.get("note")},
    )


def version_of(video: VideoReview) -> str:
    """Returns a string that changes whenever the video's trees or its review change."""
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
    """Returns the steps stored in a sample's MongoDB document."""
    for name in names:
        kept = (document.get(name) or {}).get(fields.REVIEW_LOG)
        if kept:
            known = Step.__dataclass_fields__  # a later version may write more
            return [Step(**{k: v for k, v in s.items() if k in known}) for s in kept["steps"]]
    return []


def write(
    dataset: fo.Dataset, video: VideoReview, after: dict[str, list[Detection]], steps: list[Step]
) -> bool:
    """Writes detections and steps in one update, unless the document has changed.

    Args:
        dataset: the dataset
        video: the video as it was read
        after: the new detections by field; other fields stay unchanged
        steps: all steps of the log

    Returns:
        True if the update was written, False if the document had changed in the meantime

    Raises:
        ReviewError: if the sample has no field for the log
    """
    home, raw = video.home, video.document
    if home is None:
        raise ReviewError("this video has no captions that belong to a tree")
    log = f"{home}.{fields.REVIEW_LOG}"
    query: Document = {"_id": raw["_id"], "last_modified_at": raw.get("last_modified_at")}
    query[f"{log}.rev"] = video.rev or None
    # By the database's clock, because those of reviewers may differ, and later than the last write.
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
        raise ReviewError(f"MongoDB refused the change, and nothing was saved: {why}") from error
    if done.matched_count:
        refresh_samples(dataset, raw["_id"])
    return bool(done.matched_count)


def _spliced(path: str, old: Sequence[Detection], new: Sequence[Detection]) -> Document:
    """Returns an expression of the new detections that refers to unchanged ones by index.

    Only changed ones are written out, so that a request need not hold two versions of a long video.
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
    """Returns how many places a detection has moved, or None if it is new."""
    before = places.get(id(d))
    return None if before is None else before - at


def _kept(steps: list[Step]) -> list[Step]:
    """Returns the newest steps within the limits."""
    kept = steps[-_MOST_STEPS:]
    sizes = [len(bson.encode(vars(step))) for step in kept]
    while len(kept) > 1 and sum(sizes[-len(kept) :]) > _MOST_BYTES:
        kept = kept[1:]
    return kept
