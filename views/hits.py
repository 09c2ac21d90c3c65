"""Reads the captions that a search finds from the searched view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import numpy as np
from bson import ObjectId

from ..core import fields as names
from ..core.detections import detections_in, read_detections
from ..core.frames import exact_rate
from ..core.times import SourceSeconds
from ..internals.database import samples_of
from ..internals.views import clip_field, source_dataset, stream
from ..meaning.store import IntArray, TextIndex
from .clip_keys import sample_of, support_of
from .expressions import detections, select
from .hierarchy import DatasetOrView, find_hierarchy
from .kept import part_of


@dataclass(frozen=True)
class Hit:
    """A segment that was found.

    Attributes:
        sample_id: the id of the video's sample
        video_uid: the video's uid, None if the sample has none
        node_id: the node's id
        field: the field of the matching caption
        label: the caption
        level: the node's level
        start: seconds of the source
        end: seconds of the source
        support: first and last frame of the clip, 1-based and inclusive
        score: 1 for an identical text; see :func:`.search.search`
        label_id: the id of the caption's label
        also: the number of other hits of the same branch that it represents
    """

    sample_id: str
    video_uid: str | None
    node_id: str | None
    field: str
    label: str
    level: int
    start: SourceSeconds
    end: SourceSeconds
    support: tuple[int, int]
    score: float
    label_id: str
    also: int = 0

    def same_branch(self, other: Hit) -> bool:
        """Whether both have the same node, or one node is above the other."""
        if self.sample_id != other.sample_id:
            return False
        if self.node_id is not None and self.node_id == other.node_id:
            return True
        return self.is_below(other.level, other.support) or other.is_below(self.level, self.support)

    def is_below(self, level: int, support: tuple[int, int]) -> bool:
        """Whether a node is above this one, by level and support.

        :func:`.expressions.is_above` is the same rule in MongoDB.
        """
        return (
            level < self.level and support[0] <= self.support[0] and self.support[1] <= support[1]
        )


def take_best(found: Iterable[Hit], k: int, collapse: bool) -> list[Hit]:
    """Returns the first k hits.

    Args:
        found: the hits, the best first
        k: the most hits to return
        collapse: whether the hits of one branch become one hit
    """
    hits: list[Hit] = []
    for hit in found:
        branch = _find_branch(hits, hit) if collapse else None
        if branch is not None:
            hits[branch] = replace(hits[branch], also=hits[branch].also + 1)
        elif len(hits) == k:
            break
        else:
            hits.append(hit)
    return hits


def _find_branch(hits: Sequence[Hit], hit: Hit) -> int | None:
    return next((place for place, other in enumerate(hits) if other.same_branch(hit)), None)


def is_as_indexed(index: TextIndex, text: str, hit: Hit) -> bool:
    """Whether a caption is still as indexed: its text or, in an index of clips, its segment."""
    if index.kind == "clips":
        return (sample_of(text), support_of(text)) == (hit.sample_id, hit.support)
    return hit.label == text


def label_ids(index: TextIndex, places: IntArray) -> list[str]:
    """Returns the ids of the labels of occurrences."""
    return [identity.tobytes().hex() for identity in index.column("label")[places]]


def read_hits(view: DatasetOrView, index: TextIndex, places: IntArray) -> dict[str, Hit]:
    """Reads captions from a view by the ids of their labels; missing ones are left out."""
    samples = {index.sample_ids[row].tobytes() for row in index.column("sample")[places].tolist()}
    used = {index.fields[row] for row in np.unique(index.column("field")[places]).tolist()}
    sample_ids = [str(ObjectId(sample)) for sample in sorted(samples)]
    return read_labels(view, label_ids(index, places), sample_ids, used)


def read_labels(
    view: DatasetOrView, label_ids: Iterable[str], sample_ids: Sequence[str], used: Iterable[str]
) -> dict[str, Hit]:
    """Reads captions by the ids of their labels, see :func:`read_hits`.

    Args:
        view: a dataset, or a view of videos or clips
        label_ids: the ids of the labels
        sample_ids: the ids of their samples
        used: their fields
    """
    labels = [ObjectId(i) for i in label_ids]
    if clip_field(view):
        return _read_clips(view, labels)
    used = set(used)
    wanted = {"$in": ["$$d._id", labels]}
    project = {name: select(detections(name), "d", wanted) for name in used}
    common = {names.VIDEO_UID: 1, "metadata.frame_rate": 1}
    part = part_of(view, sample_ids)
    return {
        hit.label_id: hit
        for document in stream(part, [{"$project": {**common, **project}}])
        for name in used
        for hit in _hits(document, document["_id"], name, document.get(name) or [])
    }


def captions_view(view: DatasetOrView, hits: Iterable[Hit]) -> fo.DatasetView:
    """Returns the videos of some captions with only these captions; for clips, these clips.

    Args:
        view: the dataset or view with the captions
        hits: the captions; they determine the order of the videos
    """
    found = list(hits)
    if isinstance(view, foc.ClipsView):
        return view.select([hit.label_id for hit in found], ordered=True)
    samples = list(dict.fromkeys(hit.sample_id for hit in found))
    shown = part_of(view, samples)
    for name in find_hierarchy(view).fields:
        ids = [hit.label_id for hit in found if hit.field == name]
        # As text: the App passes views on as JSON, which has no ids.
        condition = fo.ViewField("_id").to_string().is_in(ids)
        shown = shown.filter_labels(name, condition, only_matches=False)
    return shown.select(samples, ordered=True)


def shown_captions(view: DatasetOrView, used: Sequence[str]) -> Iterator[Hit]:
    """Yields the captions that a view shows, video by video, as hits without a score.

    Args:
        view: a dataset, or a view of videos or clips
        used: the fields whose captions are read; for clips, their own field
    """
    if clip_field(view):
        yield from _read_clips(view, None).values()
        return
    project = {names.VIDEO_UID: 1, "metadata.frame_rate": 1, **{f"{n}.detections": 1 for n in used}}
    for document in stream(view, [{"$project": project}]):
        for name in used:
            yield from _hits(document, document["_id"], name, detections_in(document, name))


def _read_clips(view: DatasetOrView, labels: list[ObjectId] | None) -> dict[str, Hit]:
    """Reads clips by the ids of their captions; all clips if none are given."""
    name = clip_field(view)
    assert name is not None
    project = {"_sample_id": 1, "support": 1, "metadata.frame_rate": 1, name: 1}
    match = {} if labels is None else {"_id": {"$in": labels}}
    found = list(stream(view, [{"$match": match}, {"$project": project}]))
    ids = {"_id": {"$in": [clip["_sample_id"] for clip in found]}}
    videos = samples_of(source_dataset(view)).find(ids, {names.VIDEO_UID: 1})
    uids = {video["_id"]: video.get(names.VIDEO_UID) for video in videos}
    hits: dict[str, Hit] = {}
    for clip in found:
        label = {**(clip.get(name) or {}), "_id": clip["_id"], "support": clip["support"]}
        clip[names.VIDEO_UID] = uids.get(clip["_sample_id"])
        hits |= {hit.label_id: hit for hit in _hits(clip, clip["_sample_id"], name, [label])}
    return hits


def _hits(
    document: Mapping[str, Any], sample_id: ObjectId, name: str, labels: Sequence[Mapping[str, Any]]
) -> Iterator[Hit]:
    """Yields captions as hits without a score."""
    rate = (document.get("metadata") or {}).get("frame_rate")
    for label in labels:
        node = {**label, names.NODE_ID: label.get(names.NODE_ID) or ""}
        columns = read_detections({name: [node]}, exact_rate(rate) if rate else None)
        support = label.get("support") or (0, 0)
        yield Hit(
            sample_id=str(sample_id),
            video_uid=document.get(names.VIDEO_UID),
            node_id=label.get(names.NODE_ID),
            field=name,
            label=label.get("label") or "",
            level=columns.levels[0],
            start=columns.starts[0],
            end=columns.ends[0],
            support=(int(support[0]), int(support[1])),
            score=0.0,
            label_id=str(label["_id"]),
        )
