"""A dataset to review, and a video as someone reviews it.

The videos have 9 s, their annotation goes on to 12 s, with times in seconds.
"""

from __future__ import annotations

import uuid
from fractions import Fraction
from typing import Any

import fiftyone as fo
from bson import ObjectId
from fiftyone_action100m import TreeOfCaptions
from fiftyone_action100m.core.frames import boundary, exact_rate
from fiftyone_action100m.core.times import ClipSeconds
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.review import Outcome, redo_review, review_node, undo_review
from fiftyone_action100m.views.review_log import VideoReview, read_review, version_of
from material import small_record

FPS, FRAMES = Fraction(25), 225
WIDEST, BRIEF, SUMMARY = "plm_action", "gpt_action_brief", "gpt_summary_brief"
#: Made once in a process and then copied, by number of videos.
_originals: dict[int, fo.Dataset] = {}


def review_dataset(name: str, videos: int = 2) -> fo.Dataset:
    """Makes the dataset as a conversion does, without its videos; the caller deletes it.

    The ids of its samples and labels are those of every such dataset.
    """
    if videos not in _originals:
        made = fo.Dataset(f"review-{uuid.uuid4().hex[:10]}", persistent=True)
        made.add_samples(_samples(videos), dynamic=True)
        _originals[videos] = made
    return _originals[videos].clone(name, persistent=True)


def _samples(videos: int) -> list[fo.Sample]:
    samples = []
    for k in range(videos):
        record = small_record(2 * chr(ord("a") + k), 12.0, 16)
        labels: dict[str, list[fo.TemporalDetection]] = {WIDEST: [], BRIEF: [], SUMMARY: []}
        inner = {node["parent_id"] for node in record["nodes"]}
        for node in record["nodes"]:
            first, last = (
                boundary(ClipSeconds(node[key]), FPS) for key in ("start", "end")
            )  # fmt: skip
            if first + 1 > min(last, FRAMES):
                continue
            for field, text in _texts(node).items():
                labels[field].append(
                    fo.TemporalDetection(
                        label=text,
                        support=[first + 1, min(last, FRAMES)],
                        node_id=node["node_id"],
                        parent_id=node["parent_id"],
                        level=node["level"],
                        tier=_tier(node, inner),
                        start=node["start"],
                        end=node["end"],
                        truncated=last > FRAMES,
                    )
                )
        sample = fo.Sample(
            filepath=f"/nowhere/{record['video_uid']}.mp4",
            video_uid=record["video_uid"],
            metadata=fo.VideoMetadata(frame_rate=25.0, total_frame_count=FRAMES, duration=9.0),
            **{field: fo.TemporalDetections(detections=found) for field, found in labels.items()},
        )
        samples.append(sample)
    return samples


def _texts(node: dict[str, Any]) -> dict[str, str]:
    gpt = node["gpt"]
    texts = {WIDEST: node["plm_action"]}
    if gpt is not None:
        texts[SUMMARY] = gpt["summary"]["brief"]
        if gpt["action"]["brief"] != "N/A":
            texts[BRIEF] = gpt["action"]["brief"]
    return texts


def _tier(node: dict[str, Any], inner: set[str]) -> str:
    if node["parent_id"] is None:
        return "root"
    return "mid" if node["node_id"] in inner else "leaf"


class ReviewedVideo:
    """A dataset's first video, as someone reviews it."""

    def __init__(self, dataset: fo.Dataset) -> None:
        self.dataset = dataset
        self.id: str = dataset.limit(1).values("id")[0]  # a sample in memory is read after a step
        self.fields = find_hierarchy(dataset).fields

    def do(self, node: str, kind: Any, who: str = "Ada", **options: Any) -> Outcome:
        """Does a step."""
        return review_node(self.dataset, self.id, node, kind, who, **options)

    def undo(self, who: str = "Ada") -> Outcome:
        """Undoes the last step."""
        return undo_review(self.dataset, self.id, who)

    def redo(self, who: str = "Ada") -> Outcome:
        """Does the step again that was undone last."""
        return redo_review(self.dataset, self.id, who)

    def document(self) -> dict[str, Any]:
        """The sample's document."""
        return samples_of(self.dataset).find_one({"_id": ObjectId(self.id)}) or {}

    def raw(self) -> dict[str, Any]:
        """The document without the log and the time of the last change."""
        found = self.document()
        for name in self.fields:
            found[name].pop("review_log", None)
        return {k: v for k, v in found.items() if k != "last_modified_at"}

    def labels(self, node: str) -> dict[str, dict[str, Any]]:
        """A node's detections by field."""
        raw = self.raw()
        return {
            name: d for name in self.fields for d in raw[name]["detections"] if d["node_id"] == node
        }

    def review(self) -> VideoReview:
        """The video as a step reads it."""
        return read_review(self.dataset, self.fields, self.id)

    def version(self) -> str:
        """What a reviewer has seen who sees it now."""
        return version_of(self.review())

    def node(self, children: bool = True) -> str:
        """A node that is not the root, with the sibling after it in the clip."""
        tree = self.tree()
        return next(
            n.node_id
            for n in tree
            if n.parent_id and bool(tree.children(n.node_id)) == children
            and (beside := tree.next_sibling(n.node_id)) and beside.start < 8 and n.duration > 0.5
        )  # fmt: skip

    def after(self, node: str) -> str:
        """The sibling after a node."""
        beside = self.tree().next_sibling(node)
        assert beside is not None
        return beside.node_id

    def tree(self) -> TreeOfCaptions:
        """The tree as it is stored."""
        raw = self.raw()
        found = {name: raw[name]["detections"] for name in self.fields}
        return TreeOfCaptions.from_detections(found, exact_rate(raw["metadata"]["frame_rate"]))
