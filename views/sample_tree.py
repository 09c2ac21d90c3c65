"""Reads one video's tree from MongoDB, for the panel that shows it.

The stored document is read in one query: FiftyOne would build an object per detection, which takes
seconds for the 5,570 nodes of the longest videos.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import PurePath
from typing import Any, NamedTuple

import fiftyone as fo
import fiftyone.core.clips as foc
from bson import ObjectId
from bson.errors import InvalidId

from ..core import fields
from ..core.detections import detections_in
from ..core.frames import exact_rate, frame_count
from ..core.identity import youtube_id
from ..core.missing import reattach_orphans
from ..core.tree import ABSENT, TreeOfCaptions
from ..internals.database import samples_of
from ..internals.views import source_dataset
from .hierarchy import DatasetOrView, NoHierarchyError, find_hierarchy
from .review_log import TreeReview, VideoReview, steps_in, tree_review

#: The fields with short names of nodes; the first that a node has is used.
SHORT_CAPTIONS = ("gpt_action_brief", "plm_action", "gpt_summary_brief")


@dataclass(frozen=True)
class SpokenText:
    """An entry of the transcript; its frames are 1-based and inclusive."""

    text: str
    first: int
    last: int


@dataclass(frozen=True)
class SampleTree:
    """One video's stored tree.

    Attributes:
        sample_id: the id of the video's sample
        title: the video's title, or its file's name
        tree: its nodes, orphans reattached
        first: each node's first frame, 1-based; 0 if it has none
        last: each node's last frame, inclusive; 0 if it has none
        fps: the clip's exact frame rate
        total_frames: the clip's frame count
        speech: the transcript's entries with frames in the clip
        truncated: which nodes continue past the clip
        absent: the number of parents without a detection
        clip: first and last frame of the part that is open; None for the whole video
        descriptions: the descriptions of fields in the dataset's schema
        review: the review of the tree, and its version
        youtube: the source video's id on YouTube; None for other addresses
        path: the path of the video's file
    """

    sample_id: str
    title: str
    tree: TreeOfCaptions
    first: Sequence[int]
    last: Sequence[int]
    fps: Fraction
    total_frames: int
    speech: Sequence[SpokenText] = ()
    truncated: Sequence[bool] = ()
    absent: int = 0
    clip: tuple[int, int] | None = None
    descriptions: Mapping[str, str] = field(default_factory=dict)
    review: TreeReview = field(default_factory=TreeReview)
    youtube: str | None = None
    path: str = ""


class NodeLabel(NamedTuple):
    """A node's detection in one field.

    Attributes:
        field: the field
        label_id: the detection's id
        text: its caption, empty if it has none
        first: its first frame, 1-based; None if it has no frames
    """

    field: str
    label_id: str
    text: str
    first: int | None


class NoTreeError(ValueError):
    """A sample has no tree to draw; the message says why."""


def shown_part(view: DatasetOrView, shown_id: str) -> tuple[str, tuple[int, int] | None]:
    """Returns the video's id of an open sample, and the frames of the sample if it is a clip.

    Args:
        view: the App's view
        shown_id: the open sample's id, which in a clips view is a clip's

    Raises:
        NoTreeError: if a clips view has no such clip
    """
    if not isinstance(view, foc.ClipsView):
        return shown_id, None
    videos, supports = view.select(shown_id).values(["sample_id", "support"])
    if not videos:
        raise NoTreeError("this clip is no longer in the view")
    return videos[0], (int(supports[0][0]), int(supports[0][1]))


def sample_tree(
    collection: DatasetOrView, sample_id: str, clip: tuple[int, int] | None = None
) -> SampleTree:
    """Returns a video's tree, gathered over all the fields that hold trees.

    Args:
        collection: a dataset or view; a view's filters do not apply
        sample_id: the id of the video's sample
        clip: first and last frame of the part that is open, cut to the video's frames

    Raises:
        NoTreeError: if the dataset or the sample has no tree
    """
    dataset = source_dataset(collection)
    if dataset.media_type != fo.core.media.VIDEO:
        kind = dataset.media_type or "no samples"
        raise NoTreeError(f"A tree of captions needs videos; this dataset holds {kind}.")
    try:
        found = find_hierarchy(dataset)
    except NoHierarchyError as error:
        raise NoTreeError(str(error)) from error
    raw = _document(dataset, sample_id, found.fields)
    rate, total = _timing(raw)
    detections = {name: detections_in(raw, name) for name in found.fields}
    tree = TreeOfCaptions.from_detections(detections, rate)
    if not len(tree):
        raise NoTreeError("This video has no captions that belong to a tree.")
    first, last, truncated = _frames(tree, detections)
    total = total or max(last)
    # In the published subset, supports that reach the clip's end end one frame past it.
    last = [min(frame, total) for frame in last]
    if clip is not None:
        clip = (min(clip[0], total), min(clip[1], total))
    absent = len({tree.parent_ids[i] for i in (tree.parents == ABSENT).nonzero()[0].tolist()})
    return SampleTree(
        sample_id=sample_id,
        title=raw.get(fields.TITLE) or PurePath(raw.get("filepath", "")).name,
        tree=reattach_orphans(tree),
        first=first,
        last=last,
        fps=rate,
        total_frames=total,
        speech=_speech(raw),
        truncated=truncated,
        absent=absent,
        clip=clip,
        youtube=youtube_id(raw.get(fields.URL)),
        descriptions={
            name: described
            for name in found.fields
            if (described := dataset.get_field(name).description)
        },
        review=tree_review(VideoReview(raw, found.fields, steps_in(raw, found.fields))),
        path=raw.get("filepath", ""),
    )


def label_of(
    collection: DatasetOrView, sample_id: str, node_id: str, prefer: Sequence[str] = ()
) -> NodeLabel | None:
    """Returns a node's detection, None if no field has one.

    Args:
        collection: a dataset or view
        sample_id: the id of the video's sample
        node_id: the node
        prefer: fields to try first, such as those that the App shows

    Raises:
        NoHierarchyError: if no field holds a tree
        NoTreeError: if there is no such sample
    """
    dataset = source_dataset(collection)
    found = find_hierarchy(dataset).fields
    raw = _document(dataset, sample_id, found)
    order = [*prefer, *SHORT_CAPTIONS, *found]
    for name in dict.fromkeys(n for n in order if n in found):
        for label in detections_in(raw, name):
            if label.get(fields.NODE_ID) == node_id:
                first = (label.get("support") or [None])[0]
                return NodeLabel(name, str(label["_id"]), label.get("label") or "", first)
    return None


def node_of_label(
    collection: DatasetOrView, sample_id: str, field: str, label_id: str
) -> str | None:
    """Returns the id of the node that a label stands for, None if it stands for none."""
    dataset = source_dataset(collection)
    if field not in find_hierarchy(dataset).fields:
        return None
    for label in detections_in(_document(dataset, sample_id, (field,)), field):
        if str(label["_id"]) == label_id:
            node_id = label.get(fields.NODE_ID)
            return None if node_id is None else str(node_id)
    return None


def _document(dataset: fo.Dataset, sample_id: str, names: Sequence[str]) -> Mapping[str, Any]:
    wanted = [*names, "filepath", "metadata", fields.TITLE, fields.URL, fields.TRANSCRIPT_SEGMENTS]
    try:
        key = ObjectId(sample_id)
    except InvalidId as error:
        raise NoTreeError(f"{sample_id!r} is not the id of a sample") from error
    raw: Mapping[str, Any] | None = samples_of(dataset).find_one({"_id": key}, wanted)
    if raw is None:
        raise NoTreeError("This sample is no longer in the dataset.")
    return raw


def _timing(raw: Mapping[str, Any]) -> tuple[Fraction, int]:
    """Returns a clip's frame rate and frame count."""
    metadata = raw.get("metadata") or {}
    rate = metadata.get("frame_rate")
    if not rate:
        raise NoTreeError(
            "This video's frame rate is unknown: run dataset.compute_metadata() first."
        )
    exact = exact_rate(rate)
    total = metadata.get("total_frame_count")
    return exact, int(total) if total else frame_count(metadata.get("duration") or 0.0, exact)


def _frames(
    tree: TreeOfCaptions, detections: Mapping[str, Sequence[Mapping[str, Any]]]
) -> tuple[list[int], list[int], list[bool]]:
    """Returns each node's frames, and whether it continues past the clip."""
    known: dict[str, Mapping[str, Any]] = {}
    for labels in detections.values():
        for label in labels:
            node_id = label.get(fields.NODE_ID)
            if node_id is not None and label.get("support"):
                known.setdefault(node_id, label)
    supports = [known[n]["support"] if n in known else (0, 0) for n in tree.node_ids]
    truncated = [bool(n in known and known[n].get(fields.TRUNCATED)) for n in tree.node_ids]
    return [int(s[0]) for s in supports], [int(s[1]) for s in supports], truncated


def _speech(raw: Mapping[str, Any]) -> list[SpokenText]:
    return [
        SpokenText(label.get("label") or "", int(label["support"][0]), int(label["support"][1]))
        for label in detections_in(raw, fields.TRANSCRIPT_SEGMENTS)
        if label.get("support")
    ]
