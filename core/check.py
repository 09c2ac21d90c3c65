"""What is wrong with the detections of one video, as nodes of a tree on a clip.

Positions are compared in frames, which every data set of this kind has; seconds only where they
are there. Holes are no faults: a node may have a text in no field, so its children may lack a
parent and its parent a child. What could be a hole is therefore not reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from . import fields
from .faults import faults
from .missing import reattach_orphans
from .tree import TreeOfCaptions

#: Every code, and what it means.
CODES: Mapping[str, str] = {
    "no-metadata": "the clip's frame count is not known, so no support can be checked",
    "metadata-disagrees": "the clip's duration, rate and frame count do not agree",
    "no-node-id": "a detection is no node: it has no node_id",
    "duplicate-id": "a node occurs more than once in a field",
    "bad-support": "a support is not a first and a last frame in this order",
    "outside-clip": "a support reaches beyond the clip's frames",
    "fields-disagree": "two fields place the same node differently",
    "no-root": "the node at level 0 has a parent",
    "two-roots": "more than one node has no parent",
    "orphan": "a node's parent does not exist",
    "cycle": "a node is its own ancestor",
    "wrong-level": "a level is not the parent's plus one",
    "outside-parent": "a node reaches beyond its parent's frames",
    "not-a-partition": "a node's children share frames or leave a gap",
    "wrong-tier": "a tier contradicts the tree",
    "tier-is-depth": "tier calls 'leaf' only what is deepest, and childless nodes 'mid'",
    "times-disagree": "start and end in seconds are not where the support is",
    "wrong-duration": "the tree ends elsewhere than the source's recorded duration",
}
#: Recorded so at the source: worth knowing, but nothing is wrong with the data set.
NOTES = frozenset({"wrong-duration"})

#: Which of the tree's own findings are taken over; the rest is checked here, on the clip.
_SHAPE = frozenset(
    {
        "no-root", "two-roots", "orphan", "cycle", "wrong-level", "outside-parent",
        "not-a-partition",
    }
)  # fmt: skip
#: Frames by which start and end may part from the support: others round otherwise.
_SLACK = 1.01


class Clip(NamedTuple):
    """What a sample says of its clip and source: frames, frames a second, seconds, seconds."""

    frame_count: int | None
    frame_rate: float | None
    duration: float | None
    source_duration: float | None


class Place(NamedTuple):
    """Where a detection says that its node is; frames are 1-based and inclusive."""

    parent_id: str | None
    level: int
    first: int
    last: int
    tier: str | None
    start: float | None
    end: float | None
    truncated: bool | None


@dataclass(frozen=True)
class Finding:
    """Something wrong with a video: a key of :data:`CODES`, a sentence, and what is concerned.

    Attributes:
        code: a key of :data:`CODES`
        message: a sentence
        node_id: the node, None where the whole video is concerned
        labels: the detections concerned, as (field, label id)
    """

    code: str
    message: str
    node_id: str | None = None
    labels: tuple[tuple[str, Any], ...] = ()


class VideoCheck:
    """One video's nodes, gathered over its fields, to be checked.

    Args:
        detections: for each field that holds a tree, its detections as MongoDB has them
        clip: what the sample says of its clip
    """

    def __init__(self, detections: Mapping[str, Sequence[Mapping[str, Any]]], clip: Clip) -> None:
        self.clip = clip
        self.places: dict[str, Place] = {}
        self.labels: dict[str, list[tuple[str, Any]]] = {}
        self.early = list(_check_clip(clip))
        for field, found in detections.items():
            self._gather(field, found)

    def _gather(self, field: str, detections: Iterable[Mapping[str, Any]]) -> None:
        seen: set[str] = set()
        for detection in detections:
            node_id = detection.get(fields.NODE_ID)
            label = (field, detection.get("_id"))
            if not isinstance(node_id, str):
                self.early.append(Finding("no-node-id", f"{field}: no node_id", None, (label,)))
                continue
            if node_id in seen:
                text = f"{node_id} occurs more than once in {field}"
                self.early.append(Finding("duplicate-id", text, node_id, (label,)))
                continue
            seen.add(node_id)
            place = _place(detection)
            known = self.places.setdefault(node_id, place)
            self.labels.setdefault(node_id, []).append(label)
            if known != place:
                self.early.append(_disagreement(node_id, known, place, label))

    def findings(self) -> Iterator[Finding]:
        """Yields what is wrong."""
        yield from self.early
        if not self.places:
            return
        for node_id, place in self.places.items():
            yield from self._check_place(node_id, place)
        tree = self.tree
        yield from self._check_shape(tree)
        yield from self._check_tiers()
        yield from self._check_duration(tree)

    @cached_property
    def tree(self) -> TreeOfCaptions:
        """The tree, its times in frames."""
        places = list(self.places.values())
        return TreeOfCaptions(
            list(self.places),
            [p.parent_id for p in places],
            [p.level for p in places],
            [p.first - 1 for p in places],
            [p.last for p in places],
            partial=True,
        )

    @cached_property
    def is_converted(self) -> bool:
        """Whether a conversion of ours has written this: its tiers tell of the whole source."""
        return any(place.truncated is not None for place in self.places.values())

    @cached_property
    def right_tiers(self) -> Mapping[str, str]:
        """The tier that each node has that has one.

        A leaf is what has nothing below it, with holes bridged. Only a conversion knows the source:
        what it calls "mid" may have its children there, without a text in any field.
        """
        whole = reattach_orphans(self.tree)
        here = dict(zip(whole.node_ids, whole.tiers_of(np.arange(len(whole))), strict=True))
        tiers = {node_id: p.tier for node_id, p in self.places.items() if p.tier is not None}
        if not self.is_converted:
            return {node_id: here[node_id] for node_id in tiers}
        below = dict(zip(self.tree.node_ids, self.tree.has_children.tolist(), strict=True))
        right = {}
        for node_id, tier in tiers.items():
            if self.places[node_id].parent_id is None:
                right[node_id] = tier if _is_lone(tier, below[node_id]) else fields.TIER_ROOT
            elif tier == fields.TIER_MID or _is_lone(tier, below[node_id]):
                right[node_id] = tier
            else:
                right[node_id] = here[node_id]
        return right

    def _about(self, code: str, node_id: str, message: str) -> Finding:
        return Finding(code, message, node_id, tuple(self.labels[node_id]))

    def _check_place(self, node_id: str, place: Place) -> Iterator[Finding]:
        total, rate = self.clip.frame_count, self.clip.frame_rate
        first, last = place.first, place.last
        where = f"{node_id} is on frames {first} to {last}"
        if last < first:
            yield self._about("bad-support", node_id, where)
            return
        if total is None:
            return
        if first < 1 or last > total:
            yield self._about("outside-clip", node_id, f"{where} of {total}")
        if place.start is None or place.end is None or not rate:
            return
        begins, ends = place.start * rate, place.end * rate
        cut = min(ends, total)
        wrong = abs(begins - (first - 1)) > _SLACK or abs(cut - last) > _SLACK
        if place.truncated is not None:
            wrong |= ends > total + _SLACK if not place.truncated else ends < total - _SLACK
        if wrong:
            text = (
                f"{where}, but lasts from {place.start:g} to {place.end:g} s at {rate:g} a second"
            )
            yield self._about("times-disagree", node_id, text)

    def _check_shape(self, tree: TreeOfCaptions) -> Iterator[Finding]:
        for issue in faults(tree, "frames"):
            if issue.code in _SHAPE:
                labels = () if issue.node_id is None else tuple(self.labels[issue.node_id])
                yield Finding(issue.code, issue.message, issue.node_id, labels)

    def _check_tiers(self) -> Iterator[Finding]:
        depth = []
        for node_id, right in self.right_tiers.items():
            tier = self.places[node_id].tier
            if tier == right:
                continue
            if not self.is_converted and (tier, right) == (fields.TIER_MID, fields.TIER_LEAF):
                depth.append(node_id)
                continue
            yield self._about("wrong-tier", node_id, f"{node_id} is called {tier}, and is {right}")
        if depth:
            labels = tuple(label for node_id in depth for label in self.labels[node_id])
            text = f"{len(depth)} nodes with nothing below them are called mid"
            yield Finding("tier-is-depth", text, None, labels)

    def _check_duration(self, tree: TreeOfCaptions) -> Iterator[Finding]:
        root, duration = tree.root, self.clip.source_duration
        end = self.places[root.node_id].end if root else None
        if root and end is not None and duration is not None and abs(end - duration) > 1:
            text = f"the tree ends at {end:g} s, the source's duration is recorded as {duration:g}"
            yield self._about("wrong-duration", root.node_id, text)


def _is_lone(tier: str | None, has_children: bool) -> bool:
    return tier == fields.TIER_LEAF and not has_children


def _check_clip(clip: Clip) -> Iterator[Finding]:
    total, rate, duration = clip.frame_count, clip.frame_rate, clip.duration
    if not total:
        yield Finding("no-metadata", CODES["no-metadata"])
    elif rate and duration and abs(duration * rate - total) > _SLACK:
        text = f"{duration:g} s at {rate:g} frames a second are not {total} frames"
        yield Finding("metadata-disagrees", text)


def _disagreement(node_id: str, known: Place, place: Place, label: tuple[str, Any]) -> Finding:
    names = [name for name, a, b in zip(Place._fields, known, place, strict=True) if a != b]
    text = f"{node_id} has another {', '.join(names)} in {label[0]}"
    return Finding("fields-disagree", text, node_id, (label,))


def _place(detection: Mapping[str, Any]) -> Place:
    get = detection.get
    support = get("support")
    try:
        first, last = (int(frame) for frame in support)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        first, last = 0, -1
    level = get(fields.LEVEL)
    return Place(
        get(fields.PARENT_ID),
        int(level) if isinstance(level, int | float) and level == level else -1,
        first,
        last,
        get(fields.TIER),
        get(fields.START),
        get(fields.END),
        get(fields.TRUNCATED),
    )
