"""The cut of a tree at a time scale: a partition at every N, coarser as N grows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from fiftyone_action100m.core.cut import FOREVER, cut, cut_ranges
from fiftyone_action100m.core.tree import TreeOfCaptions
from hypothesis import given
from hypothesis import strategies as st
from strategies import binary_trees

SCALES = st.one_of(st.floats(0, 400), st.sampled_from([0.0, 1.0, 4.0, 10.0, 60.0]))


def ids(nodes):
    return [n.node_id for n in nodes]


def covers(nodes, start, end):
    """Whether nodes follow each other from start to end, each cut off at the end."""
    marks = [start, *(min(n.end, end) for n in nodes)]
    return marks[-1] == end and all(n.start == mark for n, mark in zip(nodes, marks, strict=False))


@given(binary_trees(), SCALES, st.one_of(st.none(), st.floats(0.5, 200)))
def test_a_cut_covers_the_clip_once(nodes, seconds, clip_end):
    tree = TreeOfCaptions.from_nodes(nodes)
    found = cut(tree, seconds, clip_end)
    end = min(tree.root.end, clip_end or tree.root.end)
    assert covers(found, 0.0, end)
    for node in found:
        length = min(node.end, end) - node.start
        assert length <= round(seconds, 3) + 0.0006 or tree.is_leaf(node.node_id)
        parent = tree.parent(node.node_id)
        # The coarsest: its parent is too long.
        assert parent is None or min(parent.end, end) - parent.start > seconds - 0.0011


@given(binary_trees(), SCALES, SCALES)
def test_a_larger_scale_never_gives_more_segments(nodes, one, other):
    tree = TreeOfCaptions.from_nodes(nodes)
    fine, coarse = cut(tree, min(one, other)), cut(tree, max(one, other))
    assert len(coarse) <= len(fine)
    for node in fine:
        assert any(c.start <= node.start and node.end <= c.end for c in coarse)


@given(binary_trees())
def test_the_extremes_are_the_root_and_the_leaves(nodes):
    tree = TreeOfCaptions.from_nodes(nodes)
    assert ids(cut(tree, FOREVER / 2)) == [tree.root.node_id]
    shortest = min(node.duration for node in tree)
    assert ids(cut(tree, 0)) == ids(cut(tree, shortest / 2)) == ids(tree.leaves())


@given(binary_trees())
def test_on_each_path_the_ranges_follow_each_other(nodes):
    tree = TreeOfCaptions.from_nodes(nodes)
    begin, until = cut_ranges(tree)
    at = {node_id: i for i, node_id in enumerate(tree.node_ids)}
    for leaf in tree.leaves():
        path = [at[n.node_id] for n in reversed(tree.path(leaf.node_id))]
        assert begin[path[0]] == 0 and until[path[-1]] == FOREVER
        assert all(until[a] == begin[b] for a, b in itertools.pairwise(path))


def tree_of(rows, **texts):
    node_ids, parents, levels, starts, ends = zip(*rows, strict=True)
    return TreeOfCaptions(node_ids, parents, levels, starts, ends, texts)


ROWS = [
    ("r", None, 0, 0, 40), ("a", "r", 1, 0, 12), ("b", "r", 1, 12, 40),
    ("b1", "b", 2, 12, 20), ("b2", "b", 2, 20, 40), ("b21", "b2", 3, 20, 26),
    ("b22", "b2", 3, 26, 40),
]  # fmt: skip


def test_a_leaf_that_lasts_longer_stands_for_itself():
    assert ids(cut(tree_of(ROWS), 10)) == ["a", "b1", "b21", "b22"]
    assert ids(cut(tree_of(ROWS), 20)) == ["a", "b1", "b2"]
    assert ids(cut(tree_of(ROWS), 39.999)) == ["a", "b"]


def test_durations_are_those_within_the_clip():
    # To 25 s: b2 lasts 5 s, b 13 s, b22 is not in it.
    assert ids(cut(tree_of(ROWS), 6, clip_end=25)) == ["a", "b1", "b2"]
    assert ids(cut(tree_of(ROWS), 13, clip_end=25)) == ["a", "b"]
    begin, until = cut_ranges(tree_of(ROWS), 25)
    assert begin[6] == until[6] == 0


def test_what_lies_within_a_millisecond_is_as_long():
    rows = [("r", None, 0, 0, 20), ("a", "r", 1, 0, 10.000002), ("b", "r", 1, 10.000002, 20)]
    assert ids(cut(tree_of(rows), 10)) == ["a", "b"] and ids(cut(tree_of(rows), 20)) == ["r"]
    begin, _ = cut_ranges(tree_of([*rows, ("x", "a", 2, 0, 1)]))
    assert begin[1] == 10.0


def test_holes_are_shown_or_covered():
    texts = ["all", None, "second", None, "late", None, "end"]
    tree = tree_of(ROWS, words=texts)
    shown = cut(tree, 10, field="words")
    assert ids(shown) == ["a", "b1", "b21", "b22"]
    assert [n.node_id for n in shown if "words" not in n.texts] == ["a", "b1", "b21"]
    covered = cut(tree, 10, field="words", holes="cover")
    assert ids(covered) == ["r", "b", "b2", "b22"]


def test_a_hole_without_an_annotated_ancestor_stays():
    tree = tree_of(ROWS, words=[None] * 4 + ["late", None, None])
    assert ids(cut(tree, 20, field="words", holes="cover")) == ["a", "b1", "b2"]


def test_what_children_do_not_fill_is_covered():
    rows = [row for row in ROWS if row[0] != "b22"]
    tree = tree_of(rows, words=["all", "first", "second", "third", "late", "more"])
    assert ids(cut(tree, 10, field="words", holes="cover")) == ["a", "b1", "b2", "b21"]
    assert ids(cut(tree, 10, field="words")) == ["a", "b1", "b21"]


def test_a_node_without_its_parent_hangs_below_what_encloses_it():
    tree = tree_of([row for row in ROWS if row[0] != "b2"])
    assert ids(cut(tree, 10)) == ["a", "b1", "b21", "b22"]
    assert ids(cut(tree, 20)) == ["a", "b1", "b21", "b22"]
    assert ids(cut(tree, 28)) == ["a", "b"]


@pytest.mark.parametrize("times", [(np.nan, np.nan), (5.0, 1.0)])
def test_bad_times_are_in_no_cut(times):
    tree = tree_of([*ROWS, ("x", "a", 2, *times)])
    assert all("x" not in ids(cut(tree, n)) for n in (0, 1, 100))


def test_an_empty_tree_has_an_empty_cut():
    assert cut(TreeOfCaptions([], [], [], [], []), 5) == []
