"""Judges and mends the nodes of a dataset's trees, one step at a time, for several reviewers.

A node's detections are changed in all fields together. Each step is one update of the video's
document (:mod:`.review_log`), which applies to what was read, or not at all: a change that someone
else made meanwhile is reported, never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import random
from threading import Lock
from time import sleep
from typing import Any, NamedTuple

import fiftyone as fo

from ..core import fields
from ..core.edits import EDGES, Edge
from ..core.reviews import ReviewError, ReviewUnchanged, checked_name, now, review_of, status_of
from ..internals.documents import declare_attributes
from ..internals.views import source_dataset
from .hierarchy import DatasetOrView, find_hierarchy
from .review_changes import (
    apply,
    changed_in,
    differences,
    digest_after,
    is_another_tree,
    is_moved,
    nodes_of,
)  # fmt: skip
from .review_edits import problems
from .review_log import DONE, PAST, UNDONE, Step, VideoReview, read_review, write
from .review_steps import KINDS, Edit, Kind, Made, edited

#: How often a step is tried again where something else was written at the same moment.
_TRIES = 20
#: The longest pause before the second try in seconds; later ones may be longer.
_PAUSE = 0.02
#: Who made a change that no step of a review explains.
OUTSIDE = "another program"
#: Held while the schema is read and declared: the App's server runs operators in threads.
_declaring = Lock()
_DESCRIPTION = "What reviewers said of the segment, and what it was before they changed it"


class ReviewConflict(ReviewError):
    """Something that a step would change was changed by someone else meanwhile.

    Attributes:
        who: who did it
        when: when, UTC in ISO 8601
        what: what was done
    """

    def __init__(self, who: str, when: str, what: str) -> None:
        super().__init__(f"{who} {what} meanwhile ({when})")
        self.who, self.when, self.what = who, when, what


@dataclass(frozen=True)
class Outcome:
    """What a step did.

    Attributes:
        words: what was done, for people
        node: the node that it was done to
        statuses: the statuses of the nodes that have changed since what the reviewer had seen, by
            this step or by others; None for those not reviewed
        notes: their notes, empty for those without one
        moved: whether nodes begin or end elsewhere since then, or captions differ, so that the
            tree is another
        undo: how many steps the reviewer can undo
        redo: how many can be done again
        version: the video's version, see :func:`.review_log.version_of`
    """

    words: str
    node: str
    statuses: Mapping[str, str | None] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    moved: bool = False
    undo: int = 0
    redo: int = 0
    version: str = ""


def review_node(
    collection: DatasetOrView,
    sample_id: str,
    node_id: str,
    kind: Kind,
    who: str,
    *,
    text: str = "",
    field: str | None = None,
    frame: int = 0,
    edge: Edge = "start",
    other: str = "",
    version: str | None = None,
) -> Outcome:
    """Judges a node, or mends it, and saves that at once.

    >>> video = dataset.first()
    >>> leaf = trees(video).leaves()[0]
    >>> review_node(dataset, video.id, leaf.node_id, "accept", "Ada").undo
    1
    >>> undo_review(dataset, video.id, "Ada").redo
    1

    The kinds: ``accept``, ``reject``, ``clear`` (takes one's judgement back), ``text`` (another
    caption; needs ``text``), ``note`` (``text``; an empty one removes it), ``boundary`` (needs
    ``edge`` and ``frame``), ``split`` (``frame``), ``merge`` (``other``).

    Args:
        collection: a dataset or view
        sample_id: the id of the video's sample
        node_id: the node
        kind: what to do
        who: the reviewer's name
        text: the caption or the note
        field: the field of the caption; by default the first that the node has
        frame: the first frame of what follows the boundary or the cut, 1-based, of the clip
        edge: the boundary to move: ``start`` or ``end``
        other: the sibling to merge with, before or after the node
        version: what the reviewer has seen, see :func:`.review_log.version_of`; by default the
            latest

    Raises:
        ReviewConflict: if someone else has changed since what it would change
        ReviewUnchanged: if nothing would be different
        ReviewError: if it is not possible; the message says why
        NoHierarchyError: if the dataset has no tree
    """
    edit = Edit(kind, text, field, frame, edge, other)
    for given, known in ((kind, KINDS), (edge, EDGES)):
        if given not in known:
            raise ReviewError(f"unknown {given!r}: choose from {', '.join(known)}")
    return _Reviewer(collection, sample_id, who, version).edit(node_id, edit)


def undo_review(
    collection: DatasetOrView, sample_id: str, who: str, *, version: str | None = None
) -> Outcome:
    """Undoes a reviewer's last step in a video.

    Args:
        collection: a dataset or view
        sample_id: the id of the video's sample
        who: the reviewer's name; only one's own steps are undone
        version: what the reviewer has seen, as for :func:`review_node`

    Raises:
        ReviewConflict: if someone else has changed the same since
        ReviewError: if there is nothing to undo
    """
    return _Reviewer(collection, sample_id, who, version).back()


def redo_review(
    collection: DatasetOrView, sample_id: str, who: str, *, version: str | None = None
) -> Outcome:
    """Does again the step that a reviewer undid last; arguments and errors as for undoing."""
    return _Reviewer(collection, sample_id, who, version).forth()


class _Done(NamedTuple):
    """A step that is to be written: the detections after it, itself, and what it changes."""

    made: Made
    step: Step
    changes: list[dict[str, Any]]


class _Reviewer:
    """A reviewer of a video, who has seen a version of it."""

    def __init__(
        self, collection: DatasetOrView, sample_id: str, who: str, version: str | None
    ) -> None:
        self._dataset = source_dataset(collection)
        self._fields = find_hierarchy(self._dataset).fields
        self._sample_id = sample_id
        self._who = checked_name(who)
        self._version = version

    def edit(self, node_id: str, edit: Edit) -> Outcome:
        """Does a step; see :func:`review_node`."""
        when = now()

        def do(video: VideoReview) -> _Done:
            detections = video.detections
            try:
                made, what = edited(video, node_id, edit, self._who, when)
            except ReviewError:
                self._check(video, {node_id, edit.other})  # what someone else did may be why
                raise
            changes = differences(detections, made)
            nodes = nodes_of(changes, detections) or [node_id]
            self._check(video, {node_id, *nodes})
            if not changes:
                raise ReviewUnchanged("nothing is different: it was so already")
            for step in video.steps:
                if step.who == self._who and step.state == UNDONE:
                    step.state, step.changes = PAST, []
            return _Done(
                made, self._step(video, when, what, node_id, nodes, made, changes), changes
            )

        return self._write(do)

    def back(self) -> Outcome:
        """Undoes the last step."""
        return self._write(lambda video: self._again(video, DONE, UNDONE, -1, "undid"))

    def forth(self) -> Outcome:
        """Does the step again that was undone last."""
        return self._write(lambda video: self._again(video, UNDONE, DONE, 0, "did again"))

    def _again(self, video: VideoReview, state: str, becomes: str, which: int, verb: str) -> _Done:
        mine = [s for s in video.steps if (s.who, s.state) == (self._who, state) and s.changes]
        if not mine:
            raise ReviewError(
                "you have nothing to undo in this video"
                if state == DONE
                else "you have undone nothing in this video since your last change"
            )
        step = mine[which]
        try:
            made = apply(video.detections, step.changes, back=state == DONE)
        except KeyError as error:
            raise self._changed_since(video, step.rev, set(step.nodes)) from error
        if is_moved(step.changes):
            known = {*problems(video, video.detections), *map(tuple, step.mended)}
            if not problems(video, {**video.detections, **made}) <= known:
                raise self._changed_since(video, step.rev, set(step.nodes))
        step.state = becomes
        what = f"{verb}: {step.what}"
        when = now()
        done = self._step(video, when, what, step.node, step.nodes, made, [], PAST)
        return _Done(made, done, step.changes)

    def _step(
        self, video: VideoReview, when: str, what: str, node: str, nodes: Sequence[str],
        made: Made, changes: list[dict[str, Any]], state: str = DONE,
    ) -> Step:  # fmt: skip
        before, after = video.detections, {**video.detections, **made}
        digests = video.digest, digest_after(video.digest, changed_in(before, made))
        step = Step(video.rev + 1, self._who, when, what, node, list(nodes), *digests, changes)
        step.state = state
        if is_moved(changes):
            mended = problems(video, before) ^ problems(video, after)
            step.mended = sorted([code, of] for code, of in mended)
        return step

    def _write(self, do: Callable[[VideoReview], _Done]) -> Outcome:
        """Reads, does a step and writes it; once more where something was written meanwhile."""
        _declare(self._dataset, self._fields)
        for again in range(_TRIES):
            sleep(again * random() * _PAUSE)
            video = read_review(self._dataset, self._fields, self._sample_id)
            done = do(video)
            steps = [*video.steps, done.step]
            if write(self._dataset, video, done.made, steps):
                return self._outcome(video, done, steps)
        raise ReviewError("this video is being changed all the time: try again")

    def _outcome(self, video: VideoReview, done: _Done, steps: list[Step]) -> Outcome:
        step = done.step
        mine = [s for s in steps if s.who == self._who and s.changes]
        # What others did meanwhile is shown as well: the version that is returned is what was seen.
        unseen = self._since(video)
        nodes = {*step.nodes, *(node for each in unseen for node in each.nodes)}
        after = {**video.detections, **done.made}
        changed = [d for of in after.values() for d in of if d.get(fields.NODE_ID) in nodes]
        return Outcome(
            step.what[:1].upper() + step.what[1:],
            step.node,
            {d[fields.NODE_ID]: status_of(d) for d in changed},
            {d[fields.NODE_ID]: review_of(d).get("note", "") for d in changed},
            is_another_tree(done.changes)
            or not self._is_explained(video)
            or any(not each.changes or is_another_tree(each.changes) for each in unseen),
            sum(s.state == DONE for s in mine),
            sum(s.state == UNDONE for s in mine),
            f"{step.rev}-{step.after}",
        )

    def _since(self, video: VideoReview) -> list[Step]:
        """Returns the steps that the reviewer has not seen."""
        if self._version is None:
            return []
        rev = self._version.partition("-")[0]
        seen = int(rev) if rev.isdecimal() else 0
        return [step for step in video.steps if step.rev > seen]

    def _is_explained(self, video: VideoReview) -> bool:
        """Whether steps of reviews made all that has changed since what the reviewer has seen."""
        known = (self._version or "").partition("-")[2]
        for step in self._since(video):
            if step.before != known:
                return False
            known = step.after
        return self._version is None or known == video.digest

    def _check(self, video: VideoReview, nodes: Collection[str]) -> None:
        """Raises ReviewConflict if someone else has changed some nodes, unseen by the reviewer."""
        for step in reversed(self._since(video)):
            if step.who != self._who and not {*step.nodes}.isdisjoint(nodes):
                raise ReviewConflict(step.who, step.when, step.what)
        if not self._is_explained(video):
            raise self._outside(video)

    def _changed_since(self, video: VideoReview, rev: int, nodes: set[str]) -> ReviewConflict:
        """Returns the conflict with what was done to some nodes since a step."""
        for step in reversed(video.steps):
            if step.rev > rev and step.who != self._who and not nodes.isdisjoint(step.nodes):
                return ReviewConflict(step.who, step.when, step.what)
        return self._outside(video)

    def _outside(self, video: VideoReview) -> ReviewConflict:
        changed = video.document.get("last_modified_at")
        when = f"{changed.isoformat(timespec='milliseconds')}Z" if changed else now()
        return ReviewConflict(OUTSIDE, when.replace("+00:00", ""), "changed this video's captions")


def _declare(dataset: fo.Dataset, names: Sequence[str]) -> None:
    """Declares the reviews in a dataset's schema.

    Raises:
        ReviewError: if the captions have an attribute of that name which holds something else
    """
    described = {f"{name}.detections.{fields.REVIEW}": _DESCRIPTION for name in names}
    try:
        with _declaring:
            declare_attributes(dataset, fo.DictField, described)
    except ValueError as error:
        raise ReviewError(f"{error}: rename this attribute of yours first") from error
