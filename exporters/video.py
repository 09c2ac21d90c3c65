"""One video of a data set as plain values: what every format is written from."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..core import fields
from ..core.frames import exact_rate, frame_times, to_source
from ..core.identity import uid_of
from ..core.labels import span_in_clip
from ..core.speech import Speech
from ..core.times import ClipSeconds, SourceSeconds
from ..core.tree import Node, TreeOfCaptions

#: What of a video's metadata is needed, as MongoDB has it.
CLIP_KEYS = ("frame_rate", "total_frame_count", "duration")
#: What of a detection is needed.
NODE_KEYS = (
    "label", "support", fields.NODE_ID, fields.PARENT_ID, fields.LEVEL, fields.START, fields.END,
)  # fmt: skip
#: The sample's own fields that records have a place for.
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
        uid: the source video's id; safe in a file name
        sample_id: the sample's
        filepath: where the clip is
        clip_end: where the clip ends, in seconds of the clip; None if that is not known
        info: the values of :data:`INFO_KEYS` that the sample has
        tree: all its nodes, whatever a view shows; times in seconds of the source
        shown: for each field to be written, the texts of the nodes that are shown
        speech: what is said when; None where the data set has no such field
        notes: what had to be done to read it, by code
        name: what its files are called; unique in an export
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
    name: str = field(default="")

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """The tree's nodes by id."""
        return {node.node_id: node for node in self.tree}

    def captions(self, name: str) -> list[tuple[Node, str]]:
        """Returns the nodes shown in a field with their texts, by start, the coarsest first."""
        texts = self.shown.get(name, {})
        found = [(self.nodes[i], text) for i, text in texts.items() if i in self.nodes]
        found.sort(key=lambda pair: (pair[0].start, pair[0].level, -pair[0].end))
        return found

    def in_clip(self, node: Node) -> tuple[ClipSeconds, ClipSeconds]:
        """Returns a node's start and end in the clip, see :func:`..core.labels.span_in_clip`."""
        return span_in_clip(node.start, node.end, self.clip_end)


def read_video(
    whole: Mapping[str, Any], shown: Mapping[str, Any], trees: Sequence[str], chosen: Sequence[str]
) -> Video:
    """Makes a video of documents as MongoDB has them.

    Args:
        whole: the sample's document, whatever a view shows
        shown: the sample's document as the view shows it; the same where there is no view
        trees: the fields that hold trees
        chosen: those of them to be written

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
    detections = {name: _detections(whole, name) for name in trees}
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
            for d in reversed(_detections(shown, name))
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
    )


def with_ancestors(tree: TreeOfCaptions, node_ids: Iterable[str]) -> set[str]:
    """Returns those of the nodes that a tree has, and all that is above them."""
    parents = dict(zip(tree.node_ids, tree.parent_ids, strict=True))
    found: set[str] = set()
    for node_id in node_ids:
        at: str | None = node_id
        while at is not None and at in parents and at not in found:
            found.add(at)
            at = parents[at]
    return found


def file_part(name: str) -> str:
    """Returns a field's name as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:80] or "field"


def single_line(text: str) -> str:
    """Returns a text on one line, without control characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).split())


def _positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value > 0


def _detections(document: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return list((document.get(name) or {}).get("detections") or [])


def _lacks_times(detection: Mapping[str, Any]) -> bool:
    return detection.get(fields.START) is None or detection.get(fields.END) is None


def _in_order(
    tree: TreeOfCaptions, detections: Mapping[str, list[dict[str, Any]]]
) -> TreeOfCaptions:
    """Puts the nodes in the recorded order if one field has them all, else by level and start."""
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
    """Drops nodes without times; those that a support gave end with the clip at the latest."""
    if not len(tree):
        raise LeftOut("no-nodes", "the sample has no nodes")
    ends = tree.ends if clip_end is None else tree.ends.clip(max=to_source(clip_end))
    good = (tree.starts >= 0) & (ends > tree.starts) & (ends < math.inf)
    if not good.any():
        raise LeftOut("no-times", "no node has a start and an end, nor a frame rate to tell them")
    if not good.all():
        notes.add("nodes-without-times")
    return _taken(tree, good.nonzero()[0].tolist(), ends)


def _taken(tree: TreeOfCaptions, order: Sequence[int], ends: Any) -> TreeOfCaptions:
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
    said = []
    for d in _detections(document, fields.TRANSCRIPT_SEGMENTS):
        start, end, support = d.get(fields.START), d.get(fields.END), d.get("support")
        if (start is None or end is None) and fps is not None and support:
            start, end = map(to_source, frame_times(int(support[0]), int(support[1]), fps))
        if start is not None and end is not None and isinstance(d.get("label"), str):
            times = SourceSeconds(float(start)), SourceSeconds(float(end))
            said.append(Speech(*times, d["label"]))
    return tuple(sorted(said, key=lambda s: (s.start, s.end)))
