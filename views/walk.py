"""Walks the tree of one video: steps between detections, and parts of the tree as views.

A node without a caption in a field has no detection there. So relatives are looked up in all
fields; if the target node has no caption in the field, its nearest relative in the same direction
with a caption takes its place, and the message says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import fiftyone as fo
import fiftyone.core.clips as foc
from fiftyone import ViewField as F

from ..core import fields as names
from ..core.missing import reattach_orphans
from ..core.tree import ABSENT, ROOT, TreeOfCaptions
from ..internals.views import source_dataset
from .hierarchy import AnySample, DatasetOrView, find_hierarchy, trees

PARENT, CHILD, NEXT, PREVIOUS, TOP = DIRECTIONS = ("parent", "child", "next", "previous", "root")


@dataclass(frozen=True)
class Step:
    """The result of a step.

    Attributes:
        label_id: the id of the detection to select, None if there is none in that direction
        node_id: the id of its node
        exact: whether it is the target node itself, not the nearest one with a caption
        message: the caption, with the reason if it is another node's; or why there is no target
    """

    label_id: str | None
    node_id: str | None
    exact: bool
    message: str


def step(
    sample: AnySample, field: str, label: fo.TemporalDetection | str | None, direction: str
) -> Step:
    """Returns the detection of the same field that is one step away.

    Example::

        label = sample["gpt_action_brief"].detections[7]
        up = step(sample, "gpt_action_brief", label, "parent")
        if up.label_id is not None:
            print(up.message)

    Args:
        sample: a video's sample, not a clip's
        field: the field to stay in
        label: the detection to start from, or its id; not used for ``root``
        direction: ``parent``, ``child`` (the first), ``next``, ``previous`` (siblings) or ``root``

    Raises:
        NoHierarchyError: if the field holds no tree
        ValueError: if the direction is unknown, or the field has no such detection
    """
    if direction not in DIRECTIONS:
        raise ValueError(f"unknown direction {direction!r}: choose from {', '.join(DIRECTIONS)}")
    find_hierarchy(sample.dataset, [field])
    known = _detections(sample, field)
    tree = reattach_orphans(trees(sample))
    if direction == TOP:
        return _to_root(tree, known, field)
    node_id = node_of(sample, field, label)
    if direction == PARENT:
        return _up(tree, known, field, node_id)
    if direction == CHILD:
        return _down(tree, known, field, node_id)
    return _beside(tree, known, field, node_id, 1 if direction == NEXT else -1)


def path(
    collection: DatasetOrView, sample_id: str, node_id: str, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Returns a view of one video with the nodes from its root to a node.

    Example::

        view = path(dataset, sample.id, "node-17")

    Args:
        collection: a dataset or view; a view's own filters do not apply
        sample_id: the id of the video's sample
        node_id: the id of the node that the path ends at
        fields: the fields to filter; by default all that hold trees

    Raises:
        NoHierarchyError: if there is no such field
        ValueError: if the sample has no such node
    """
    return _part(collection, sample_id, node_id, fields, _path_ids)


def children(
    collection: DatasetOrView, sample_id: str, node_id: str, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Returns a view of one video with a node's children.

    If a child has no caption in a field, its nearest descendants with one take its place.
    Arguments and errors are those of :func:`path`.

    Example::

        view = children(dataset, sample.id, "node-17", fields=["gpt_action_brief"])
    """
    return _part(collection, sample_id, node_id, fields, _child_ids)


def subtree(
    collection: DatasetOrView, sample_id: str, node_id: str, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Returns a view of one video with a node and its descendants.

    Arguments and errors are those of :func:`path`.

    Example::

        view = subtree(dataset, sample.id, "node-17")
    """
    return _part(collection, sample_id, node_id, fields, _subtree_ids)


def leaves_under(
    collection: DatasetOrView, sample_id: str, node_id: str, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Returns a view of one video with the finest nodes below a node (itself, if it is one).

    They are the finest in each field: refined captions do not reach the leaves of the source.
    Arguments and errors are those of :func:`path`.

    Example::

        view = leaves_under(dataset, sample.id, "node-17", fields=["plm_action"])
    """
    return _part(collection, sample_id, node_id, fields, _leaf_ids)


#: A field's detections by node id.
_ByNode: TypeAlias = dict[str, fo.TemporalDetection]
_Choose = Callable[[TreeOfCaptions, str, "set[str]"], "list[str]"]


def _part(
    collection: DatasetOrView,
    sample_id: str,
    node_id: str,
    chosen: Sequence[str] | None,
    choose: _Choose,
) -> fo.DatasetView:
    found = find_hierarchy(collection, chosen)
    dataset = source_dataset(collection)
    sample = dataset[sample_id]
    tree = reattach_orphans(trees(sample))
    if node_id not in tree:
        raise ValueError(f"the video has no node {node_id!r}")
    view = dataset.select(sample_id)
    for field in found.fields:
        ids = choose(tree, node_id, set(_detections(sample, field)))
        view = view.filter_labels(field, F(names.NODE_ID).is_in(ids), only_matches=False)
    return view


def _path_ids(tree: TreeOfCaptions, node_id: str, known: set[str]) -> list[str]:
    return [n.node_id for n in tree.path(node_id) if n.node_id in known]


def _subtree_ids(tree: TreeOfCaptions, node_id: str, known: set[str]) -> list[str]:
    return [n.node_id for n in tree.subtree(node_id) if n.node_id in known]


def _child_ids(tree: TreeOfCaptions, node_id: str, known: set[str]) -> list[str]:
    return list(_topmost(tree, (n.node_id for n in tree.children(node_id)), known))


def _leaf_ids(tree: TreeOfCaptions, node_id: str, known: set[str]) -> list[str]:
    below = _subtree_ids(tree, node_id, known)
    covered = {n.node_id for found in below for n in tree.ancestors(found)}
    return [found for found in below if found not in covered]


def _topmost(tree: TreeOfCaptions, node_ids: Iterable[str], known: set[str]) -> Iterable[str]:
    """Yields the nodes with a caption; for others, their nearest descendants with one."""
    stack = [*node_ids][::-1]
    seen = set(stack)
    while stack:
        at = stack.pop()
        if at in known:
            yield at
            continue
        below = [n.node_id for n in tree.children(at) if n.node_id not in seen]
        seen.update(below)
        stack.extend(reversed(below))


def _detections(sample: AnySample, field: str) -> _ByNode:
    """Returns a field's detections by node id; of duplicates the first counts."""
    labels = sample[field]
    found: _ByNode = {}
    for detection in labels.detections if labels is not None else []:
        node_id = detection.get_attribute_value(names.NODE_ID, None)
        if node_id is not None:
            found.setdefault(node_id, detection)
    return found


def node_of(sample: AnySample, field: str, label: fo.TemporalDetection | str | None) -> str:
    """Returns the id of the node that a detection stands for.

    Raises:
        ValueError: if the field has no such detection, or it has no ``node_id``
    """
    label_id = label if isinstance(label, str) else getattr(label, "id", None)
    labels = sample[field]
    for detection in labels.detections if labels is not None else []:
        if detection.id == label_id:
            node_id: str | None = detection.get_attribute_value(names.NODE_ID, None)
            if node_id is None:
                raise ValueError(f"this detection of {field} stands for no node: it has no node_id")
            return node_id
    raise ValueError(f"{field} has no detection {label_id!r}")


def shown_ids(view: DatasetOrView, sample_id: str, field: str) -> set[str]:
    """Returns the ids of a field's detections that a view shows in one of its samples.

    Args:
        view: a dataset or view; in a clips view, a sample is a clip
        sample_id: the sample's id in the view
        field: a field that holds a tree
    """
    if field not in view.get_field_schema():
        return set()
    path = f"{field}.detections.id"
    if isinstance(view, foc.ClipsView):
        path = f"{field}.id"
        return {i for i in view.select(sample_id).values(path) if i}
    return {i for ids in view.select(sample_id).values(path) for i in ids or []}


def _found(known: _ByNode, node_id: str, why: str | None = None) -> Step:
    detection = known[node_id]
    text = detection.label or node_id
    message = f"{why}; this is the nearest that has one: {text}" if why else text
    return Step(detection.id, node_id, why is None, message)


def _to_root(tree: TreeOfCaptions, known: _ByNode, field: str) -> Step:
    root = tree.root
    if root is not None and root.node_id in known:
        return _found(known, root.node_id)
    here = [n for n in tree if n.node_id in known]
    if not here:
        return Step(None, None, False, f"{field} has no segment in this video")
    top = min(here, key=lambda n: (n.level, n.start))
    return _found(known, top.node_id, f"The root has no text in {field}")


def _up(tree: TreeOfCaptions, known: _ByNode, field: str, node_id: str) -> Step:
    if tree.parent_ids[tree.node_ids.index(node_id)] is None:
        return Step(None, None, False, "This is the root: it has no parent")
    for above in tree.ancestors(node_id):
        if above.node_id in known:
            exact = known[node_id][names.PARENT_ID] == above.node_id
            why = None if exact else f"The parent has no text in {field}"
            return _found(known, above.node_id, why)
    return Step(None, None, False, f"No segment above this one has a text in {field}")


def _down(tree: TreeOfCaptions, known: _ByNode, field: str, node_id: str) -> Step:
    below = tree.children(node_id)
    if not below:
        return Step(None, None, False, "This is a leaf: it has no children")
    first = below[0].node_id
    if first in known and known[first][names.PARENT_ID] == node_id:
        return _found(known, first)
    here = [n for n in tree.descendants(node_id) if n.node_id in known]
    if not here:
        return Step(None, None, False, f"No segment below this one has a text in {field}")
    nearest = min(here, key=lambda n: (n.level, n.start))
    return _found(known, nearest.node_id, f"The first child has no text in {field}")


def _beside(tree: TreeOfCaptions, known: _ByNode, field: str, node_id: str, by: int) -> Step:
    """Steps in time: to a sibling, else to a descendant of it, else to one beside an ancestor."""
    word = "next" if by > 0 else "previous"
    node = tree[node_id]
    chain = [node_id, *(n.node_id for n in tree.ancestors(node_id))]
    beside = [_family_from(tree, at, by) for at in chain]
    for height, relatives in enumerate(beside):
        for order, relative in enumerate(relatives):
            here = [n for n in tree.subtree(relative) if n.node_id in known]
            if not here:
                continue
            edge = min(n.start for n in here) if by > 0 else max(n.end for n in here)
            nearest = min(
                (n for n in here if (n.start if by > 0 else n.end) == edge),
                key=lambda n: abs(n.level - node.level),
            )
            if height == order == 0 and nearest.node_id == relative:
                return _found(known, relative)
            what = f"The {word} sibling has no text in {field}"
            if not beside[0]:
                what = f"There is no {word} sibling with a text in {field}"
            return _found(known, nearest.node_id, what)
    side = "after" if by > 0 else "before"
    return Step(None, None, False, f"No segment {side} this one has a text in {field}")


def _family_from(tree: TreeOfCaptions, node_id: str, by: int) -> list[str]:
    """Returns a node's siblings after it, or before it, the nearest first."""
    parent = int(tree.parents[tree.node_ids.index(node_id)])
    if parent in (ROOT, ABSENT):
        return []
    family = [n.node_id for n in tree.children(tree.node_ids[parent])]
    place = family.index(node_id)
    return family[place + 1 :] if by > 0 else family[:place][::-1]
