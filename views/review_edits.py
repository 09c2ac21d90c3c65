"""Applies edits of a tree to the detections of its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from bson import ObjectId

from ..core import fields
from ..core.edit_draft import Edited
from ..core.edits import Edge, TreeEditor
from ..core.frames import boundary, exact_rate, frame_count, frame_times, to_clip
from ..core.labels import span_label
from ..core.missing import reattach_orphans
from ..core.reviews import (
    SAMPLE_TAG,
    Detection,
    ReviewError,
    change,
    edited_values,
    review_of,
    with_review,
)  # fmt: skip
from ..core.times import SourceSeconds
from ..core.tree import TreeOfCaptions
from .review_changes import Detections
from .review_log import VideoReview


def edited_tree(
    video: VideoReview, node_id: str, kind: str, edge: Edge, frame: int, other: str
) -> tuple[dict[str, list[Detection]], str]:
    """Returns the detections after an edit and its description, with ``{}`` for the node's caption.

    Args:
        video: the video
        node_id: the node
        kind: ``boundary``, ``split`` or ``merge``
        edge: the boundary to move, ``start`` or ``end``
        frame: where to move or split, 1-based
        other: the sibling to merge with

    Raises:
        EditError: if the edit is not possible
        ReviewError: if the video's frame rate is not known
    """
    rate, total = _timing(video)
    tree = _tree(video.detections, rate)
    editor = TreeEditor(tree, rate, total)
    if kind == "boundary":
        edited, what = (
            editor.move(node_id, edge, frame),
            f"moved the {edge} of {{}} to frame {frame}",
        )
    elif kind == "split":
        edited, what = editor.split(node_id, frame), f"split {{}} at frame {frame}"
    else:
        edited, what = editor.merge(node_id, other), "merged {} with its neighbour"
    return _Applied(tree, edited, rate, total).detections(video.detections), what


def problems(video: VideoReview, detections: Detections) -> set[tuple[str, str]]:
    """Returns the codes of a tree's problems, each with a node's id, or "" for the whole tree.

    Args:
        video: the video
        detections: its detections, possibly after an edit
    """
    tree = _tree(detections, _timing(video)[0])
    return set() if tree.is_valid() else {(i.code, i.node_id or "") for i in tree.check()}


def outline(video: VideoReview) -> list[str]:
    """Returns a video's nodes depth-first, with siblings ordered by start and cycles last."""
    try:
        rate = _timing(video)[0]
    except ReviewError:
        rate = None
    tree = reattach_orphans(TreeOfCaptions.from_detections(video.detections, rate))
    tops = np.flatnonzero(tree.parents < 0)
    found = [
        node.node_id
        for i in tops[np.argsort(tree.starts[tops], kind="stable")].tolist()
        for node in tree.subtree(tree.node_ids[i])
    ]
    return list(dict.fromkeys([*found, *tree.node_ids]))


def _tree(detections: Detections, rate: Fraction) -> TreeOfCaptions:
    """Returns the tree of detections, where a frame shared by neighbours belongs to the second.

    In the published subset, which has no times in seconds, the supports of siblings overlap by a
    frame.
    """
    tree = TreeOfCaptions.from_detections(detections, rate)
    if any(d.get(fields.START) is not None for of in detections.values() for d in of):
        return tree
    before, lasts = (np.rint(of * float(rate)) for of in tree.spans)
    shared = np.isin(lasts - 1, before) & ~np.isin(lasts, before)
    ends = [
        frame_times(1, int(last) - 1, rate)[1] if is_shared else end
        for last, is_shared, end in zip(lasts, shared, tree.ends, strict=True)
    ]
    return TreeOfCaptions(
        tree.node_ids, tree.parent_ids, tree.levels, tree.starts, ends, tree.texts,
        tree.partial, tree.truncated,
    )  # fmt: skip


def _timing(video: VideoReview) -> tuple[Fraction, int]:
    """Returns the clip's exact frame rate and its frame count.

    Raises:
        ReviewError: if its rate is not known
    """
    metadata = video.document.get("metadata") or {}
    total = metadata.get("total_frame_count")
    try:
        exact = exact_rate(metadata.get("frame_rate") or 0)
    except ValueError as error:
        unknown = "the video's frame rate is unknown: run dataset.compute_metadata()"
        raise ReviewError(unknown) from error
    return exact, int(total) if total else frame_count(metadata.get("duration") or 0.0, exact)


class _Applied:
    """An edit applied to detections.

    Args:
        before: the tree before the edit
        edited: the tree after the edit
        rate: the clip's exact frame rate
        total: the clip's frame count
    """

    def __init__(self, before: TreeOfCaptions, edited: Edited, rate: Fraction, total: int) -> None:
        self._before, self._edited, self._rate, self._total = before, edited, rate, total
        self._had = _inner(before)
        self._has = _inner(edited.tree)
        self._cut = dict(zip(edited.tree.node_ids, edited.tree.truncated, strict=True))
        #: Maps the ends of segments that share their last frame with the next to that frame.
        self._shared: dict[float, int] = {}

    def detections(self, found: Mapping[str, Sequence[Detection]]) -> dict[str, list[Detection]]:
        """Returns the changed fields."""
        result = {}
        for d in (d for of in found.values() for d in of):
            if d.get(fields.NODE_ID) and d.get("support") and d.get(fields.START) is None:
                self._shared[self._before[d[fields.NODE_ID]].end] = d["support"][1]
        for name, old in found.items():
            new = list(self._field(old))
            if new != list(old):
                result[name] = new
        return result

    def _field(self, old: Sequence[Detection]) -> list[Detection]:
        edited = self._edited
        here = {d.get(fields.NODE_ID) for d in old}
        taken: dict[str, list[Detection]] = {}
        for d in old:
            kept = edited.removed.get(d.get(fields.NODE_ID))  # type: ignore[arg-type]
            if kept is not None and kept in here:
                taken.setdefault(kept, []).append(d)
        parts: dict[str, list[str]] = {}
        for new, source in edited.added.items():
            parts.setdefault(source, []).append(new)
        changed = set(edited.changed)
        found = []
        for d in old:
            node_id: Any = d.get(fields.NODE_ID)
            if node_id in edited.removed:
                kept = edited.removed[node_id]
                if kept not in here:  # the merged node takes its caption but not its review
                    original = {"original": dict(edited_values(d))} if edited_values(d) else {}
                    found.append(self._placed(with_review(d, original), node_id, kept))
                continue
            found.append(self._placed(d, node_id, node_id) if node_id in changed else d)
            if node_id in taken:
                found[-1] = _with_merged(found[-1], taken[node_id])
            found += [self._placed(_copied(d), node_id, part) for part in parts.get(node_id, ())]
        return found

    def _placed(self, d: Detection, was: str, now: str) -> Detection:
        """Returns the detection of an old node adapted to a node of the edited tree."""
        old, new = self._before[was], self._edited.tree[now]
        first, last = d["support"] if d.get("support") else (1, 0)
        values: dict[str, Any] = {}
        if new.start != old.start:
            first = self._boundary(new.start) + 1
            values |= {fields.START: new.start} if d.get(fields.START) is not None else {}
        if new.end != old.end:
            last = self._shared.get(new.end, min(self._boundary(new.end), self._total))
            values |= {fields.END: new.end} if d.get(fields.END) is not None else {}
        if d.get("label") == span_label(old.start, old.end):  # where segments have no captions
            values["label"] = span_label(new.start, new.end)
        if [first, last] != list(d.get("support") or ()):
            values["support"] = [first, last]
        if was != now:
            values[fields.NODE_ID] = now
        if new.parent_id != old.parent_id:
            values[fields.PARENT_ID] = new.parent_id
        if new.level != old.level:
            values[fields.LEVEL] = new.level
        if d.get(fields.TRUNCATED) is not None:
            values[fields.TRUNCATED] = self._cut[now]
        if d.get(fields.TIER) is not None:
            values[fields.TIER] = self._tier(d, was, now)
        return change(d, **values)

    def _tier(self, d: Detection, was: str, now: str) -> str:
        tier: str = d[fields.TIER]
        if now in self._has:
            return fields.TIER_MID if tier == fields.TIER_LEAF else tier
        # In a conversion, inner nodes may have children without captions.
        lost = was in self._had and d.get(fields.TRUNCATED) is None
        return fields.TIER_LEAF if lost and tier == fields.TIER_MID else tier

    def _boundary(self, seconds: SourceSeconds) -> int:
        return boundary(to_clip(seconds), self._rate)


def _inner(tree: TreeOfCaptions) -> set[str]:
    """Returns the ids of the nodes with children, after reattaching orphans."""
    complete = reattach_orphans(tree)
    return {complete.node_ids[i] for i in complete.has_children.nonzero()[0].tolist()}


def _copied(d: Detection) -> Detection:
    """Returns a copy without a review."""
    tags = [tag for tag in d.get("tags") or () if tag != SAMPLE_TAG]
    return with_review({**d, "_id": ObjectId(), "tags": tags}, {})


def _with_merged(kept: Detection, taken: Sequence[Detection]) -> Detection:
    """Returns a detection that records the detections merged into it."""
    review = review_of(kept)
    original = dict(review.get("original") or {})
    lost = [{k: v for k, v in d.items() if k not in ("_id", "_cls")} for d in taken]
    earlier = original.get("merged")
    original["merged"] = [*(earlier if isinstance(earlier, list) else ()), *lost]
    return with_review(kept, {**review, "original": original})
