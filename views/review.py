"""Reviews the nodes of a dataset's trees, one step at a time, with several reviewers.

A step changes a node's detections in all fields together, in one update of the video's document
(:mod:`.review_log`). The update applies only if the document is as it was read, so changes that
someone else made in the meantime are reported and never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from random import random
from threading import Lock
from time import sleep
from typing import Any, NamedTuple

import fiftyone as fo

from ..converters.storing.schema import declare_reviews
from ..core import fields
from ..core.edits import EDGES, Edge
from ..core.reviews import ReviewError, ReviewUnchanged, checked_name, now, review_of, status_of
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

#: How often a step is retried if something else was written at the same time.
_TRIES = 20
#: The longest pause before the second try in seconds; later ones may be longer.
_PAUSE = 0.02
#: The author of changes that are not steps of a review.
OUTSIDE = "another program"
#: Held while the schema is read and declared: the App's server runs operators in threads.
_declaring = Lock()


class ReviewConflict(ReviewError):
    """Raised if someone else has changed what a step would change.

    Attributes:
        who: who made the change
        when: the time, UTC in ISO 8601
        what: a description of the change
    """

    def __init__(self, who: str, when: str, what: str) -> None:
        super().__init__(f"{who} {what} meanwhile ({when})")
        self.who, self.when, self.what = who, when, what


@dataclass(frozen=True)
class Outcome:
    """The outcome of a step.

    Attributes:
        words: a description of what was done
        node: the id of the node that it was done to
        statuses: the statuses of the nodes that have changed since the reviewer's version, by this
            step or by others; None for nodes that are not reviewed
        reviewers: who set these statuses, empty for nodes that are not reviewed
        notes: the notes of these nodes, empty for those without one
        moved: whether times or captions of nodes have changed since then, so that the tree has to
            be read again
        undo: how many steps the reviewer can undo
        redo: how many steps the reviewer can redo
        version: the video's version, see :func:`.review_log.version_of`
    """

    words: str
    node: str
    statuses: Mapping[str, str | None] = field(default_factory=dict)
    reviewers: Mapping[str, str] = field(default_factory=dict)
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
    """Judges or edits a node and saves the change at once.

    >>> video = dataset.first()
    >>> leaf = trees(video).leaves()[0]
    >>> review_node(dataset, video.id, leaf.node_id, "accept", "Ada").undo
    1
    >>> undo_review(dataset, video.id, "Ada").redo
    1

    The kinds are ``accept``, ``reject``, ``clear`` (withdraws one's judgement), ``text`` (sets a
    caption; needs ``text``), ``note`` (needs ``text``; an empty text removes the note),
    ``boundary`` (needs ``edge`` and ``frame``), ``split`` (needs ``frame``) and ``merge`` (needs
    ``other``).

    Args:
        collection: a dataset or view
        sample_id: the id of the video's sample
        node_id: the node
        kind: the kind of step
        who: the reviewer's name
        text: the caption or the note
        field: the field of the caption; by default the first that the node has
        frame: the first frame of the clip after the boundary or the cut, 1-based
        edge: the boundary to move: ``start`` or ``end``
        other: the sibling to merge with, before or after the node
        version: the version that the reviewer has seen, see :func:`.review_log.version_of`; by
            default the latest

    Raises:
        ReviewConflict: if someone else has changed the same nodes since
        ReviewUnchanged: if the step would change nothing
        ReviewError: if the step is not possible; the message says why
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
        version: the version that the reviewer has seen, as for :func:`review_node`

    Raises:
        ReviewConflict: if someone else has changed the same nodes since
        ReviewError: if there is nothing to undo
    """
    return _Reviewer(collection, sample_id, who, version).back()


def redo_review(
    collection: DatasetOrView, sample_id: str, who: str, *, version: str | None = None
) -> Outcome:
    """Redoes a reviewer's last undone step; arguments and errors as for :func:`undo_review`."""
    return _Reviewer(collection, sample_id, who, version).forth()


class _Done(NamedTuple):
    """A step to write: the detections after it, the step itself and its changes."""

    made: Made
    step: Step
    changes: list[dict[str, Any]]


class _Reviewer:
    """A reviewer who has seen a certain version of a video."""

    def __init__(
        self, collection: DatasetOrView, sample_id: str, who: str, version: str | None
    ) -> None:
        self._dataset = source_dataset(collection)
        self._fields = find_hierarchy(self._dataset).fields
        self._sample_id = sample_id
        self._who = checked_name(who)
        self._version = version

    def edit(self, node_id: str, edit: Edit) -> Outcome:
        """Makes a step; see :func:`review_node`."""
        when = now()

        def do(video: VideoReview) -> _Done:
            detections = video.detections
            try:
                made, what = edited(video, node_id, edit, self._who, when)
            except ReviewError:
                self._check(video, {node_id, edit.other})  # someone else's change may be the reason
                raise
            changes = differences(detections, made)
            nodes = nodes_of(changes, detections) or [node_id]
            self._check(video, {node_id, *nodes})
            if not changes:
                raise ReviewUnchanged("this step would change nothing")
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
        """Redoes the last undone step."""
        return self._write(lambda video: self._again(video, UNDONE, DONE, 0, "did again"))

    def _again(self, video: VideoReview, state: str, becomes: str, which: int, verb: str) -> _Done:
        mine = [s for s in video.steps if (s.who, s.state) == (self._who, state) and s.changes]
        if not mine:
            raise ReviewError(
                "you have nothing to undo in this video"
                if state == DONE
                else "you have nothing to redo in this video"
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
        """Reads the video, makes a step and writes it, retrying after concurrent changes."""
        _declare(self._dataset, self._fields)
        for again in range(_TRIES):
            sleep(again * random() * _PAUSE)
            video = read_review(self._dataset, self._fields, self._sample_id)
            done = do(video)
            steps = [*video.steps, done.step]
            if write(self._dataset, video, done.made, steps):
                return self._outcome(video, done, steps)
        raise ReviewError("this video is being changed constantly: try again")

    def _outcome(self, video: VideoReview, done: _Done, steps: list[Step]) -> Outcome:
        step = done.step
        mine = [s for s in steps if s.who == self._who and s.changes]
        # Changes of others are reported as well, because the returned version includes them.
        unseen = self._since(video)
        nodes = {*step.nodes, *(node for each in unseen for node in each.nodes)}
        after = {**video.detections, **done.made}
        changed = [d for of in after.values() for d in of if d.get(fields.NODE_ID) in nodes]
        return Outcome(
            step.what[:1].upper() + step.what[1:],
            step.node,
            {d[fields.NODE_ID]: status_of(d) for d in changed},
            {d[fields.NODE_ID]: review_of(d).get("who", "") for d in changed},
            {d[fields.NODE_ID]: review_of(d).get("note", "") for d in changed},
            is_another_tree(done.changes)
            or not self._is_explained(video)
            or any(not each.changes or is_another_tree(each.changes) for each in unseen),
            sum(s.state == DONE for s in mine),
            sum(s.state == UNDONE for s in mine),
            f"{step.rev}-{step.after}",
        )

    def _since(self, video: VideoReview) -> list[Step]:
        """Returns the steps that the reviewer has not seen yet."""
        if self._version is None:
            return []
        rev = self._version.partition("-")[0]
        seen = int(rev) if rev.isdecimal() else 0
        return [step for step in video.steps if step.rev > seen]

    def _is_explained(self, video: VideoReview) -> bool:
        """Whether all changes since the reviewer's version were made by steps of reviews."""
        known = (self._version or "").partition("-")[2]
        for step in self._since(video):
            if step.before != known:
                return False
            known = step.after
        return self._version is None or known == video.digest

    def _check(self, video: VideoReview, nodes: Collection[str]) -> None:
        """Raises ReviewConflict if others have changed nodes since the reviewer's version."""
        for step in reversed(self._since(video)):
            if step.who != self._who and not {*step.nodes}.isdisjoint(nodes):
                raise ReviewConflict(step.who, step.when, step.what)
        if not self._is_explained(video):
            raise self._outside(video)

    def _changed_since(self, video: VideoReview, rev: int, nodes: set[str]) -> ReviewConflict:
        """Returns the conflict with the changes of some nodes since a step, if any."""
        for step in reversed(video.steps):
            if step.rev > rev and step.who != self._who and not nodes.isdisjoint(step.nodes):
                return ReviewConflict(step.who, step.when, step.what)
        return self._outside(video)

    def _outside(self, video: VideoReview) -> ReviewConflict:
        changed = video.document.get("last_modified_at")
        when = f"{changed.isoformat(timespec='milliseconds')}Z" if changed else now()
        return ReviewConflict(OUTSIDE, when.replace("+00:00", ""), "changed this video's captions")


def _declare(dataset: fo.Dataset, names: Sequence[str]) -> None:
    """Declares reviews in a dataset's schema.

    Raises:
        ReviewError: if the captions have an attribute of that name which holds something else
    """
    try:
        with _declaring:
            declare_reviews(dataset, names)
    except ValueError as error:
        raise ReviewError(f"{error}: rename this attribute of yours first") from error
