"""Keeps the steps of a video's review, and writes each of them in one update of its document.

The steps are in the document that they change, on the first of its fields that holds a tree
(``review_log``): one update of MongoDB writes both, so a process that is killed leaves both or
none. An update applies only to the document that was read: to the same detections, and the same
log. If something else was written meanwhile, nothing is, and the caller reads again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import bson
import fiftyone as fo
from bson import ObjectId
from bson.errors import InvalidId

from ..core import fields
from ..core.detections import detections_in
from ..core.reviews import EDITED, Detection, ReviewError, review_of, with_review
from ..internals.database import Document, refresh_samples, samples_of

#: The states of a step: it can be undone; it can be done again; neither.
DONE, UNDONE, PAST = "done", "undone", "past"
#: How many digests there are.
_DIGESTS = 2**64
#: The most steps that a video keeps, and the most bytes that they take.
_MOST_STEPS, _MOST_BYTES = 200, 400_000

Detections = Mapping[str, Sequence[Mapping[str, Any]]]


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
        changes: what it changed, see :func:`differences`; none for an undoing
        state: :data:`DONE`, :data:`UNDONE` or :data:`PAST`
        mended: the problems that the tree had before it and not after, as code and node
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
        if d.get(fields.NODE_ID) is not None and (review := d.get(fields.REVIEW))
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
            return [Step(**step) for step in kept["steps"]]
    return []


def digest(detections: Detections) -> str:
    """Returns a digest of all that a review shows and changes; tags do not count."""
    found = (_digest(name, d) for name, of in detections.items() for d in of)
    return f"{sum(found) % _DIGESTS:016x}"


def digest_after(
    before: str, changed: Sequence[tuple[str, Detection | None, Detection | None]]
) -> str:
    """Returns the digest of detections of which some have changed.

    Args:
        before: the digest before
        changed: the field of each that has changed, and what it was and is; None for none
    """
    total = int(before, 16)
    for name, old, new in changed:
        total += (_digest(name, new) if new else 0) - (_digest(name, old) if old else 0)
    return f"{total % _DIGESTS:016x}"


def _digest(name: str, d: Mapping[str, Any]) -> int:
    if d.get(fields.NODE_ID) is None:
        return 0
    text = repr((name, [d.get(key) for key in EDITED], d.get(fields.REVIEW)))
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def changed_in(before: Detections, after: Detections) -> list[tuple[str, Any, Any]]:
    """Returns the detections that differ: the field of each, what it was and what it is.

    None stands for a detection that is only on the other side.
    """
    found: list[tuple[str, Any, Any]] = []
    for name, new in after.items():
        old = before[name]
        if new is old:
            continue
        pairs: list[tuple[Any, Any]]
        pairs = [(a, b) for a, b in zip(old, new, strict=False) if a is not b]
        if len(old) != len(new) or any(a["_id"] != b["_id"] for a, b in pairs):
            here, there = ({d["_id"]: d for d in of} for of in (old, new))
            pairs = [(here.get(key), there.get(key)) for key in {**here, **there}]
        found += [(name, a, b) for a, b in pairs if a is not b and a != b]
    return found


def differences(before: Detections, after: Detections) -> list[Document]:
    """Returns what is different, one document per detection.

    ``before`` and ``after`` have the values that differ, or all of a detection that is only on
    the other side, which is None; ``at`` is then its place.
    """
    found: list[Document] = []
    for name, a, b in changed_in(before, after):
        place = {"field": name, "id": (b if a is None else a)["_id"]}
        if a is None or b is None:
            whole, one = (after, b) if a is None else (before, a)
            at = next(k for k, d in enumerate(whole[name]) if d is one)
            found.append({**place, "at": at, "before": a, "after": b})
        else:
            keys = [k for k in {**a, **b} if k != "tags" and a.get(k) != b.get(k)]
            old_values, new_values = ({k: d[k] for k in keys if k in d} for d in (a, b))
            found.append({**place, "before": old_values, "after": new_values})
    return found


def apply(
    detections: Detections, changes: Sequence[Document], back: bool
) -> dict[str, list[Detection]]:
    """Returns detections with changes made, or taken back.

    Raises:
        KeyError: if the detections are not as the changes left them, or found them
    """
    found: dict[str, list[Any]] = {name: list(of) for name, of in detections.items()}
    ways = ("after", "before") if back else ("before", "after")
    for each in changes if not back else reversed(changes):
        was, becomes = each[ways[0]], each[ways[1]]
        here = found[each["field"]]
        at = next((k for k, d in enumerate(here) if d["_id"] == each["id"]), None)
        if (at is None) != (was is None):
            raise KeyError(each["id"])
        if at is None:
            here.insert(min(each["at"], len(here)), becomes)
        elif becomes is None:
            if not _same(here[at], was, was):
                raise KeyError(each["id"])
            del here[at]
        else:
            if not _same(here[at], was, becomes):
                raise KeyError(each["id"])
            kept = {k: v for k, v in here[at].items() if k in becomes or k not in was}
            changed = {**kept, **becomes}
            here[at] = with_review(changed, review_of(changed))
    return found


def _same(detection: Mapping[str, Any], was: Mapping[str, Any], also: Mapping[str, Any]) -> bool:
    """Whether a detection has some values, and none of the others that are named."""
    keys = {*was, *also} - {"tags"}
    return all(
        detection.get(key) == was.get(key) and (key in detection) == (key in was) for key in keys
    )


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
    changed_at = datetime.now(timezone.utc).replace(tzinfo=None)
    values: Document = {"last_modified_at": changed_at}
    values[log] = {"rev": steps[-1].rev, "steps": [vars(step) for step in _kept(steps)]}
    for name, new in after.items():
        old = video.detections[name]
        path = f"{name}.detections"
        if not raw.get(name):
            query[name] = None
            if new:
                values[name] = {"_cls": "TemporalDetections", "detections": new}
        elif len(old) != len(new) or any(
            a is not b and a["_id"] != b["_id"] for a, b in zip(old, new, strict=True)
        ):
            query[path], values[path] = old, new
        else:
            for k, (a, b) in enumerate(zip(old, new, strict=True)):
                if a is not b and a != b:
                    query[f"{path}.{k}"], values[f"{path}.{k}"] = a, b
    done = samples_of(dataset).update_one(query, {"$set": values})
    if done.matched_count:
        refresh_samples(dataset)
    return bool(done.matched_count)


def _kept(steps: list[Step]) -> list[Step]:
    """Returns the newest steps, as many as are kept."""
    kept = steps[-_MOST_STEPS:]
    sizes = [len(bson.encode(vars(step))) for step in kept]
    while len(kept) > 1 and sum(sizes[-len(kept) :]) > _MOST_BYTES:
        kept = kept[1:]
    return kept
