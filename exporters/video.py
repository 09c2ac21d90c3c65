"""A video as values without FiftyOne, from which every format is written."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..core import fields
from ..core.detections import detections_in
from ..core.frames import exact_rate, frame_times, to_source
from ..core.identity import uid_of
from ..core.labels import span_in_clip
from ..core.reviews import original_text, review_of
from ..core.speech import Speech
from ..core.times import ClipSeconds, SourceSeconds
from ..core.tree import FloatArray, Node, TreeOfCaptions

#: The keys of a video's metadata that are read.
CLIP_KEYS = ("frame_rate", "total_frame_count", "duration")
#: The keys of a detection that are read.
NODE_KEYS = (
    "label", "support", fields.NODE_ID, fields.PARENT_ID, fields.LEVEL, fields.START, fields.END,
)  # fmt: skip
#: How often a detection was drawn, in an export of what resampling has drawn.
REPEAT = "repeat"
#: The keys of an export's review status and original caption.
STATUS, ORIGINAL = "review", "original"
#: The video's own fields that a record can hold.
INFO_KEYS = (
    fields.TITLE, fields.DESCRIPTION, fields.VIEW_COUNT, fields.LIKE_COUNT, fields.SOURCE_DURATION,
    fields.UPLOAD_DATE,
)  # fmt: skip


class LeftOut(Exception):
    """A video that a format cannot hold.

    Attributes:
        reason: ``no-nodes``, ``no-times``, ``no-clip``, ``no-captions`` or ``bad-level``
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Video:
    """One video.

    Attributes:
        uid: the source video's id, safe in a file name
        sample_id: the sample's id
        filepath: the clip's path
        clip_end: the clip's length in seconds, None if unknown
        info: the values of :data:`INFO_KEYS` that the sample has
        tree: all its nodes, regardless of the view; times in seconds of the source
        shown: node ids and captions that the view shows, per exported field
        speech: the transcript; None if the dataset has none
        notes: codes of what was derived or dropped, see :data:`.report.NOTES`
        name: the base name of its files, unique in an export
        repeats: how often segments were drawn, by node id, per field; empty if none were drawn
        reviews: the reviews by node id, per field; None if they are not exported
        tags: the label tags in the same form
        frame_rate: the clip's frame rate, None if unknown
    """

    uid: str
    sample_id: str
    filepath: str
    clip_end: ClipSeconds | None
    info: Mapping[str, Any]
    tree: TreeOfCaptions
    shown: Mapping[str, Mapping[str, str]]
    speech: tuple[Speech, ...] | None = None
    notes: frozenset[str] = frozenset()
    name: str = ""
    repeats: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reviews: Mapping[str, Mapping[str, Mapping[str, Any]]] | None = None
    tags: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    frame_rate: float | None = None

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """The tree's nodes by id."""
        return {node.node_id: node for node in self.tree}

    def captions(self, name: str) -> list[tuple[Node, str]]:
        """Returns the shown nodes and captions of a field, ordered by start, coarse to fine."""
        texts = self.shown.get(name, {})
        found = [(self.nodes[i], text) for i, text in texts.items() if i in self.nodes]
        found.sort(key=lambda pair: (pair[0].start, pair[0].level, -pair[0].end))
        return found

    def repeat(self, name: str, node: Node) -> dict[str, int]:
        """Returns how often a segment was drawn as ``{"repeat": n}``, empty if none were drawn."""
        repeats = self.repeats.get(name)
        return {} if repeats is None else {REPEAT: repeats[node.node_id]}

    def review(self, name: str, node: Node) -> dict[str, str | None]:
        """Returns a caption's review status and original text, empty if reviews are not exported.

        The status is None for captions that are not reviewed, the text for those that are
        unchanged.
        """
        if self.reviews is None:
            return {}
        review = self.reviews.get(name, {}).get(node.node_id, {})
        return {STATUS: review.get("status"), ORIGINAL: original_text(review)}

    def in_clip(self, node: Node) -> tuple[ClipSeconds, ClipSeconds]:
        """Returns a node's start and end in the clip, see :func:`..core.labels.span_in_clip`."""
        return span_in_clip(node.start, node.end, self.clip_end)


def read_video(
    whole: Mapping[str, Any], shown: Mapping[str, Any], trees: Sequence[str], chosen: Sequence[str],
    reviewed: bool = False,
) -> Video:  # fmt: skip
    """Makes a video from MongoDB's documents.

    Args:
        whole: the sample's whole document
        shown: the sample's document as the view shows it
        trees: the fields that hold trees
        chosen: the fields to export
        reviewed: whether to read reviews

    Raises:
        LeftOut: if the sample has no node with a time
    """
    notes: set[str] = set()
    clip = whole.get(fields.METADATA) or {}
    rate, frames = clip.get("frame_rate"), clip.get("total_frame_count")
    fps = exact_rate(float(rate)) if rate and _positive(rate) else None
    clip_end = frame_times(1, int(frames), fps)[1] if fps and frames and _positive(frames) else None
    if clip_end is None and _positive(clip.get("duration")):
        clip_end = ClipSeconds(float(clip["duration"]))
    detections = {name: detections_in(whole, name) for name in trees}
    if any(_lacks_times(d) for found in detections.values() for d in found):
        notes.add("times-from-supports")
    tree = _in_order(TreeOfCaptions.from_detections(detections, fps), detections)
    tree = _usable(tree, clip_end if "times-from-supports" in notes else None, notes)
    uid, origin = uid_of(whole)
    if origin:
        notes.add(origin)
    texts = {
        name: {
            d[fields.NODE_ID]: d["label"]
            for d in reversed(detections_in(shown, name))
            if isinstance(d.get(fields.NODE_ID), str) and isinstance(d.get("label"), str)
        }
        for name in chosen
    }
    return Video(
        uid=uid,
        sample_id=str(whole["_id"]),
        filepath=str(whole.get("filepath") or ""),
        clip_end=clip_end,
        info={key: value for key in INFO_KEYS if (value := whole.get(key)) is not None},
        tree=tree,
        shown=texts,
        speech=_speech(shown if fields.TRANSCRIPT_SEGMENTS in shown else whole, fps),
        notes=frozenset(notes),
        name=uid,
        repeats={name: _repeats(shown, name) for name in chosen if _drawn(shown, name)},
        reviews={name: _reviews(whole, name) for name in chosen} if reviewed else None,
        tags={name: _tags(whole, name) for name in chosen} if reviewed else {},
        frame_rate=float(rate) if fps and rate else None,
    )


def with_ancestors(tree: TreeOfCaptions, node_ids: Iterable[str]) -> set[str]:
    """Returns the ids of nodes, as far as a tree has them, and of their ancestors."""
    parents = dict(zip(tree.node_ids, tree.parent_ids, strict=True))
    found: set[str] = set()
    for node_id in node_ids:
        at: str | None = node_id
        while at is not None and at in parents and at not in found:
            found.add(at)
            at = parents[at]
    return found


def single_line(text: str) -> str:
    """Returns a text on one line, without control characters.

    Format characters stay, unlike in :func:`..core.wording.one_line`: some scripts need joiners.
    """
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).split())


def _positive(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value > 0


def _drawn(shown: Mapping[str, Any], name: str) -> bool:
    return any(REPEAT in detection for detection in detections_in(shown, name))


def _repeats(shown: Mapping[str, Any], name: str) -> dict[str, int]:
    """Returns how often the detections of each node were drawn."""
    found: Counter[str] = Counter()
    for detection in detections_in(shown, name):
        found[str(detection.get(fields.NODE_ID))] += detection[REPEAT]
    return found


def _reviews(whole: Mapping[str, Any], name: str) -> dict[str, Mapping[str, Any]]:
    """Returns the reviews of a field's detections by node id, the first one of several."""
    return {
        str(d.get(fields.NODE_ID)): review
        for d in reversed(detections_in(whole, name))
        if (review := review_of(d))
    }


def _tags(whole: Mapping[str, Any], name: str) -> dict[str, Sequence[str]]:
    """Returns the label tags of a field's detections by node id, of the first one of several."""
    return {
        str(d.get(fields.NODE_ID)): d.get("tags") or ()
        for d in reversed(detections_in(whole, name))
    }


def _lacks_times(detection: Mapping[str, Any]) -> bool:
    return detection.get(fields.START) is None or detection.get(fields.END) is None


def _in_order(
    tree: TreeOfCaptions, detections: Mapping[str, list[dict[str, Any]]]
) -> TreeOfCaptions:
    """Orders the nodes as recorded if one field has them all, else by level and start."""
    order = sorted(range(len(tree)), key=lambda i: (tree.levels[i], tree.starts[i]))
    places = {node_id: i for i, node_id in enumerate(tree.node_ids)}
    for found in detections.values():
        named = [d[fields.NODE_ID] for d in found if d.get(fields.NODE_ID) in places]
        recorded = [places[node_id] for node_id in dict.fromkeys(named)]
        if len(recorded) == len(tree):
            order = recorded
            break
    return _taken(tree, order, tree.ends)


def _usable(tree: TreeOfCaptions, clip_end: ClipSeconds | None, notes: set[str]) -> TreeOfCaptions:
    """Drops nodes without times; cuts times that were derived from supports at the clip's end."""
    if not len(tree):
        raise LeftOut("no-nodes", "the sample has no nodes")
    ends = tree.ends if clip_end is None else tree.ends.clip(max=to_source(clip_end))
    good = (tree.starts >= 0) & (ends > tree.starts) & (ends < math.inf)
    if not good.any():
        raise LeftOut("no-times", "no node has a start and an end, or a frame rate to derive them")
    if not good.all():
        notes.add("nodes-without-times")
    return _taken(tree, good.nonzero()[0].tolist(), ends)


def _taken(tree: TreeOfCaptions, order: Sequence[int], ends: FloatArray) -> TreeOfCaptions:
    return TreeOfCaptions(
        [tree.node_ids[i] for i in order],
        [tree.parent_ids[i] for i in order],
        tree.levels[list(order)],
        tree.starts[list(order)],
        ends[list(order)],
        {name: [of[i] for i in order] for name, of in tree.texts.items()},
    )


def _speech(document: Mapping[str, Any], fps: Any) -> tuple[Speech, ...] | None:
    if document.get(fields.TRANSCRIPT_SEGMENTS) is None:
        return None
    speech = []
    for d in detections_in(document, fields.TRANSCRIPT_SEGMENTS):
        start, end, support = d.get(fields.START), d.get(fields.END), d.get("support")
        if (start is None or end is None) and fps is not None and support:
            start, end = map(to_source, frame_times(int(support[0]), int(support[1]), fps))
        if start is not None and end is not None and isinstance(d.get("label"), str):
            times = SourceSeconds(float(start)), SourceSeconds(float(end))
            speech.append(Speech(*times, d["label"]))
    return tuple(sorted(speech, key=lambda s: (s.start, s.end)))
