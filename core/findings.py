"""Checks one video's detections as nodes of a tree on a clip.

Positions are compared in frames, which every dataset of this kind has, and in seconds if they are
recorded. A missing caption is not a fault: a node without a caption in any field is not stored, so
its children may lack a parent. Problems that a missing caption can explain are not reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from . import fields
from .faults import faults
from .frames import to_clip
from .missing import reattach_orphans
from .times import SourceSeconds
from .tree import TreeOfCaptions
from .wording import count

#: The codes of findings and their meanings.
CODES: Mapping[str, str] = {
    "no-metadata": "the clip's frame count is unknown, so no support can be checked",
    "metadata-disagrees": "the clip's duration, rate and frame count do not agree",
    "no-node-id": "a detection has no node_id, so it stands for no node",
    "duplicate-id": "a node occurs more than once in a field",
    "bad-support": "a support is not a first frame and a last frame, in this order",
    "outside-clip": "a support extends beyond the clip's frames",
    "fields-disagree": "two fields place the same node differently",
    "no-root": "the node at level 0 has a parent",
    "two-roots": "more than one node has no parent",
    "orphan": "a node's parent does not exist",
    "cycle": "a node is its own ancestor",
    "wrong-level": "a level is not the parent's plus one",
    "outside-parent": "a node extends beyond its parent's frames",
    "not-a-partition": "a node's children overlap or leave a gap",
    "wrong-tier": "a tier contradicts the tree",
    "tier-is-depth": "the tier 'leaf' is only on the deepest nodes, other leaves have 'mid'",
    "times-disagree": "start and end in seconds disagree with the support",
    "wrong-duration": "the tree's end differs from the source's recorded duration",
    "doubtful-caption": "a caption is unlike those around it, by the vectors of the index",
}
#: Codes of oddities in the source records, which are not faults of the dataset.
NOTES = frozenset({"wrong-duration", "doubtful-caption"})

#: The issues of :mod:`.faults` that become findings; the others are checked here, on the clip.
_SHAPE = frozenset(
    {
        "no-root", "two-roots", "orphan", "cycle", "wrong-level", "outside-parent",
        "not-a-partition",
    }
)  # fmt: skip
#: The tolerance between start, end and support, in frames: other tools round differently.
_SLACK = 1.01


class ClipFacts(NamedTuple):
    """A sample's metadata: frame count, frames per second, durations in seconds."""

    frame_count: int | None
    frame_rate: float | None
    duration: float | None
    source_duration: float | None


class Place(NamedTuple):
    """A detection's record of its node.

    Frames are of the clip, 1-based and inclusive; times are in seconds of the source.
    """

    parent_id: str | None
    level: int
    first: int
    last: int
    tier: str | None
    start: SourceSeconds | None
    end: SourceSeconds | None
    truncated: bool | None


@dataclass(frozen=True)
class Finding:
    """A problem of a video.

    Attributes:
        code: a key of :data:`CODES`
        message: a sentence for people
        node_id: the node concerned, None for the whole video
        labels: the detections concerned, as (field, label id)
    """

    code: str
    message: str
    node_id: str | None = None
    labels: tuple[tuple[str, object], ...] = ()


class VideoCheck:
    """Checks one video's nodes, collected from its fields.

    Args:
        detections: MongoDB's detections by field, for each field that holds a tree
        clip: the sample's metadata
    """

    def __init__(
        self, detections: Mapping[str, Sequence[Mapping[str, Any]]], clip: ClipFacts
    ) -> None:
        self.clip = clip
        self.places: dict[str, Place] = {}
        self.labels: dict[str, list[tuple[str, object]]] = {}
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
        """Yields the problems of the video."""
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
        """The tree, with frames as times."""
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
        """Whether this package converted the video; its tiers then describe the whole source."""
        return any(place.truncated is not None for place in self.places.values())

    @cached_property
    def right_tiers(self) -> Mapping[str, str]:
        """The correct tier of each node that records one.

        A leaf is a node without descendants after orphans are reattached. A conversion also knows
        the source, where its "mid" nodes may have children without captions.
        """
        complete = reattach_orphans(self.tree)
        found = complete.tiers_of(np.arange(len(complete)))
        here = dict(zip(complete.node_ids, found, strict=True))
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
        begins, ends = to_clip(place.start) * rate, to_clip(place.end) * rate
        cut = min(ends, total)
        wrong = abs(begins - (first - 1)) > _SLACK or abs(cut - last) > _SLACK
        if place.truncated is not None:
            wrong |= ends > total + _SLACK if not place.truncated else ends < total - _SLACK
        if wrong:
            text = f"{where}, but lasts from {place.start:g} to {place.end:g} s at {rate:g} fps"
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
            yield self._about("wrong-tier", node_id, f"{node_id} has tier {tier}, but is {right}")
        if depth:
            labels = tuple(label for node_id in depth for label in self.labels[node_id])
            text = f"{count(len(depth), 'node')} without descendants: tier mid"
            yield Finding("tier-is-depth", text, None, labels)

    def _check_duration(self, tree: TreeOfCaptions) -> Iterator[Finding]:
        root, duration = tree.root, self.clip.source_duration
        end = self.places[root.node_id].end if root else None
        if root and end is not None and duration is not None and abs(end - duration) > 1:
            text = f"the tree ends at {end:g} s, the source's recorded duration is {duration:g} s"
            yield self._about("wrong-duration", root.node_id, text)


def _is_lone(tier: str | None, has_children: bool) -> bool:
    return tier == fields.TIER_LEAF and not has_children


def _check_clip(clip: ClipFacts) -> Iterator[Finding]:
    total, rate, duration = clip.frame_count, clip.frame_rate, clip.duration
    if not total:
        yield Finding("no-metadata", CODES["no-metadata"])
    elif rate and duration and abs(duration * rate - total) > _SLACK:
        text = f"{duration:g} s at {rate:g} fps are not {total} frames"
        yield Finding("metadata-disagrees", text)


def _disagreement(node_id: str, known: Place, place: Place, label: tuple[str, object]) -> Finding:
    names = [name for name, a, b in zip(Place._fields, known, place, strict=True) if a != b]
    text = f"{node_id} has a different {', '.join(names)} in {label[0]}"
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
