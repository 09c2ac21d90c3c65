"""Finds segments similar to a given one, by their captions or by their pictures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, get_args

from bson import ObjectId

from ..core import fields as names
from ..core.detections import detections_in
from ..core.search import QueryError
from ..internals.database import samples_of
from ..internals.views import source_dataset
from ..meaning.store import TextIndex
from .clip_keys import indexed_text
from .hierarchy import DatasetOrView
from .hits import Hit, read_labels, take_best
from .indexes import CLIPS_KEY, DEFAULT_KEY, open_kind
from .search import ANY_LENGTH, Query, Seconds, indexed_fields, ranked

By = Literal["text", "clip"]


def similar(
    view: DatasetOrView,
    sample_id: str,
    node_id: str,
    by: By = "text",
    k: int = 20,
    fields: str | Sequence[str] | None = None,
    collapse: bool = True,
    levels: Collection[int] | None = None,
    seconds: Seconds | None = None,
    brain_key: str | None = None,
) -> list[Hit]:
    """Returns the segments most similar to a node's, the best first, without its own branch.

    >>> hits = similar(dataset, sample.id, label.node_id, k=5)
    >>> label.node_id in [hit.node_id for hit in hits if hit.sample_id == sample.id]
    False

    Args:
        view: a dataset, or a view of videos or clips; what it hides is not found
        sample_id: the id of the node's video
        node_id: the node, which the view may hide
        by: ``text`` compares its caption, in the first field that has one, with other captions;
            ``clip`` compares its pictures with others
        k: the most segments to return
        fields: the fields to search; by default all that are indexed
        collapse: whether ancestors and descendants of a hit are merged into it
        levels: the levels to search; all by default
        seconds: the shortest and the longest duration; None for no limit
        brain_key: the name of the index; by default ``meaning``, and ``clips`` for ``clip``

    Raises:
        NoIndexError: if the dataset has no such index; the message says what to run
        NoHierarchyError: if a field is not indexed or not shown by the view
        QueryError: if the node is not in the index, or an argument is invalid
    """
    if by not in get_args(By) or k < 1:
        raise QueryError(f"by is {by!r} and k {k}: give text or clip, and 1 or more")
    key = brain_key or (CLIPS_KEY if by == "clip" else DEFAULT_KEY)
    index = open_kind(view, key, "clips" if by == "clip" else "texts")
    searched = indexed_fields(view, index, fields)
    own, row = _find(view, index, searched, sample_id, node_id)
    query = Query(index.vectors(row, row + 1)[0], None, fields, levels, seconds or ANY_LENGTH)
    found = (hit for hit in ranked(view, index, query, k) if not hit.same_branch(own))
    return take_best(found, k, collapse)


def _find(
    view: DatasetOrView,
    index: TextIndex,
    searched: Sequence[str],
    sample_id: str,
    node_id: str,
) -> tuple[Hit, int]:
    """Returns a node's caption, and the row of its vector.

    Raises:
        QueryError: if the index has none
    """
    dataset = source_dataset(view)
    order = dict.fromkeys([*searched, *index.fields])
    keys = ("_id", "label", "support", names.NODE_ID)
    project: dict[str, Any] = {f"{field}.detections.{key}": 1 for field in order for key in keys}
    known = ObjectId.is_valid(sample_id)
    match = {"_id": ObjectId(sample_id) if known else None}
    video = samples_of(dataset).find_one(match, project | {"metadata.size_bytes": 1}) or {}
    for field in order:
        for detection in detections_in(video, field):
            if detection.get(names.NODE_ID) != node_id or not detection.get("label"):
                continue
            row = int(index.rows_of([indexed_text(index.kind, video, detection)])[0])
            if row >= 0:
                label_id = str(detection["_id"])
                return read_labels(dataset, [label_id], [sample_id], [field])[label_id], row
    raise QueryError(
        f"the index does not have the node {node_id!r} of the sample {sample_id}: run `action100m "
        f"index {dataset.name}{' --clips' if index.kind == 'clips' else ''}` if it is new"
    )
