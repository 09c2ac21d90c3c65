"""Applies the steps of a review to a video's detections: judgements, notes, texts and edits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

from bson import ObjectId

from ..core import fields
from ..core.edits import Edge, EditError
from ..core.reviews import (
    ACCEPTED,
    DERIVED,
    FIXED,
    REJECTED,
    Detection,
    ReviewError,
    ReviewUnchanged,
    change,
    checked_text,
    clear,
    judge,
    judgement_of,
    note,
    review_of,
    status_of,
    with_review,
)  # fmt: skip
from ..core.wording import one_line, shorten
from .review_edits import edited_tree
from .review_log import VideoReview
from .sample_tree import SHORT_CAPTIONS

Kind = Literal["accept", "reject", "clear", "text", "note", "boundary", "split", "merge"]
KINDS: tuple[str, ...] = get_args(Kind)

#: The maximum length of a caption in the description of a step, in characters.
_SHORT = 60

Made = dict[str, list[Detection]]


@dataclass(frozen=True)
class Edit:
    """A reviewer's edit of a node.

    Attributes:
        kind: one of :data:`KINDS`
        text: the caption or the note
        field: the field of the caption; by default the first that the node has
        frame: the first frame of the clip after the boundary or the cut, 1-based
        edge: the boundary to move: ``start`` or ``end``
        other: the sibling to merge with
    """

    kind: Kind
    text: str = ""
    field: str | None = None
    frame: int = 0
    edge: Edge = "start"
    other: str = ""


def edited(video: VideoReview, node_id: str, edit: Edit, who: str, when: str) -> tuple[Made, str]:
    """Returns the detections after an edit and a description of what was done."""
    own = _of_node(video, node_id)
    if not own:
        raise ReviewError("this segment is no longer in the video")
    name = f"“{shorten(_caption(video, node_id), _SHORT)}”"
    status = {"accept": ACCEPTED, "reject": REJECTED}.get(edit.kind)
    if status is not None:
        chosen = status
        if all(status_of(d) == judgement_of(d, who) == chosen for d in own):
            raise ReviewUnchanged(f"you have already {chosen} {name}")
        return _each(video, node_id, lambda d: judge(d, chosen, who, when)), f"{status} {name}"
    if edit.kind == "clear":
        if not any(judgement_of(d, who) for d in own):
            raise ReviewUnchanged(f"you have no judgement of {name} to withdraw")
        return _each(video, node_id, lambda d: clear(d, who)), f"withdrew the judgement of {name}"
    if edit.kind == "note":
        text = checked_text(edit.text)
        what = (
            f"noted on {name}: {shorten(text, _SHORT)}" if text else f"removed the note on {name}"
        )
        return _each(video, node_id, lambda d: note(d, text)), what
    if edit.kind == "text":
        return _with_text(video, node_id, edit, who, when)
    try:
        made, what = edited_tree(video, node_id, edit.kind, edit.edge, edit.frame, edit.other)
    except EditError as error:
        raise ReviewError(str(error)) from error
    fixed = replace(video, document={**video.document, **_wrapped(made)})
    return {**made, **_each(fixed, node_id, lambda d: judge(d, FIXED, who, when))}, (
        what.format(name)
    )


def _wrapped(made: Made) -> dict[str, Any]:
    return {name: {"detections": found} for name, found in made.items()}


def _with_text(
    video: VideoReview, node_id: str, edit: Edit, who: str, when: str
) -> tuple[Made, str]:
    """Sets a node's caption in a field, adding one if there is none."""
    text = checked_text(edit.text)
    if not one_line(text):
        raise ReviewError("a caption cannot be empty: reject the segment instead")
    own = [(name, d) for name, d in _named(video) if d.get(fields.NODE_ID) == node_id]
    name = edit.field or _first([name for name, _ in own])
    if name not in video.fields:
        raise ReviewError(f"{name} holds no tree: choose from {', '.join(video.fields)}")
    there = [d for of, d in own if of == name]
    if there and there[0].get("label") == text:
        raise ReviewUnchanged("the caption is already the same")
    made = _each(video, node_id, lambda d: judge(d, FIXED, who, when))
    found = made.get(name) or list(video.detections[name])
    if there:
        ids = {d["_id"] for d in there}
        made[name] = [change(d, label=text) if d["_id"] in ids else d for d in found]
    else:
        like = next(d for of in made.values() for d in of if d.get(fields.NODE_ID) == node_id)
        made[name] = [*found, _added(like, text)]
    return made, f"set {name} to “{shorten(text, _SHORT)}”"


def _added(like: Detection, text: str) -> Detection:
    """Returns a new caption, based on one of the same node in another field."""
    review = review_of(like)
    review.pop("original", None)
    kept = {key: value for key, value in like.items() if key not in DERIVED}
    return change(with_review({**kept, "_id": ObjectId(), "label": None}, review), label=text)


def _each(video: VideoReview, node_id: str, do: Callable[[Detection], Detection]) -> Made:
    """Returns the fields after changing a node's detections."""
    found: Made = {}
    for name, of in video.detections.items():
        if any(d.get(fields.NODE_ID) == node_id for d in of):
            found[name] = [do(d) if d.get(fields.NODE_ID) == node_id else d for d in of]
    return found


def _named(video: VideoReview) -> Iterator[tuple[str, Detection]]:
    return ((name, d) for name, of in video.detections.items() for d in of)


def _of_node(video: VideoReview, node_id: str) -> list[Detection]:
    return [d for _, d in _named(video) if d.get(fields.NODE_ID) == node_id]


def _caption(video: VideoReview, node_id: str) -> str:
    """Returns a caption of a node, for descriptions."""
    texts = {
        name: d["label"]
        for name, d in _named(video)
        if d.get(fields.NODE_ID) == node_id and d.get("label")
    }
    return str(texts[_first(list(texts))]) if texts else str(node_id)


def _first(names: Sequence[str]) -> str:
    return next((name for name in SHORT_CAPTIONS if name in names), names[0])
