"""The tree: where nodes stand, and what is wrong with a tree."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import pytest
from fiftyone_action100m.core.tree import TreeOfCaptions
from hypothesis import given
from hypothesis import strategies as st
from small_tree import NODES
from strategies import binary_trees


def ids(nodes):
    return [n.node_id for n in nodes]


@pytest.fixture
def tree():
    return TreeOfCaptions.from_nodes(NODES)


def test_where_nodes_stand(tree):
    assert tree.root.node_id == "root" and tree.depth == 2 and len(tree) == 5
    assert ids(tree.children("root")) == ["a", "b"]
    assert tree.parent("b1").node_id == "b" and tree.parent("root") is None
    assert ids(tree.siblings("a")) == ["b"]
    assert tree.next_sibling("a").node_id == "b" and tree.next_sibling("b") is None
    assert tree.previous_sibling("b2").node_id == "b1" and tree.previous_sibling("root") is None
    assert ids(tree.ancestors("b1")) == ["b", "root"]
    assert ids(tree.path("b1")) == ["root", "b", "b1"]
    assert ids(tree.subtree("b")) == ["b", "b1", "b2"]
    assert ids(tree.descendants("root")) == ["a", "b", "b1", "b2"]
    assert ids(tree.leaves()) == ["a", "b1", "b2"]
    assert ids(tree.leaves("b")) == ["b1", "b2"] and ids(tree.leaves("a")) == ["a"]
    assert [tree.tier(i) for i in ("root", "b", "b1")] == ["root", "mid", "leaf"]
    assert "a" in tree and "x" not in tree


def test_nodes_at_a_time_hold_their_start_but_not_their_end(tree):
    assert ids(tree.at(4.0)) == ["root", "b", "b1"]
    assert ids(tree.at(3.99)) == ["root", "a"]
    assert tree.at(10.0) == []


def test_texts(tree):
    assert tree["root"].texts == {"plm_action": "cook"}
    assert tree["a"].texts == {"gpt_action_brief": "chop"}


def test_an_unknown_node_is_a_key_error(tree):
    with pytest.raises(KeyError):
        tree.parent("x")


def test_from_detections_over_several_fields():
    tree = TreeOfCaptions.from_detections(
        {
            "brief": [
                {
                    "label": "cook",
                    "node_id": "r",
                    "parent_id": None,
                    "level": 0,
                    "support": [1, 100],
                },
                {"label": "chop", "node_id": "a", "parent_id": "r", "level": 1, "support": [1, 40]},
                {"label": "no node", "support": [1, 2]},
            ],
            "detailed": [
                {
                    "label": "chops",
                    "node_id": "a",
                    "parent_id": "r",
                    "level": 1,
                    "support": [1, 40],
                },
                {"label": "dice", "node_id": "a1", "parent_id": "a", "level": 2, "support": [1, 9]},
                {"label": "?", "node_id": "z", "parent_id": "y", "level": 2, "support": [41, 50]},
            ],
        },
        Fraction(10),
    )
    assert ids(tree.path("a1")) == ["r", "a", "a1"]
    assert tree["a"].texts == {"brief": "chop", "detailed": "chops"}
    assert (tree["a"].start, tree["a"].end) == (0.0, 4.0)
    # z's parent is on level 1, where a node may have no text; on level 0 there is the root.
    assert tree.check() == [] and tree.is_valid()


def test_from_no_detections():
    tree = TreeOfCaptions.from_detections({"brief": []})
    assert len(tree) == 0 and tree.root is None and tree.depth == 0
    assert [i.code for i in tree.check()] == ["no-nodes"]


def broken(**changes):
    """The tree with some nodes' keys changed: ``b1={"level": 7}``."""
    return TreeOfCaptions.from_nodes([{**n, **changes.get(n["node_id"], {})} for n in NODES])


@pytest.mark.parametrize(
    ("tree", "code", "node_id"),
    [
        (broken(b1={"level": 7}), "wrong-level", "b1"),
        (broken(root={"level": 1}), "wrong-level", "root"),
        (broken(b1={"parent_id": "gone"}), "orphan", "b1"),
        (broken(b={"parent_id": "b1"}), "cycle", "b"),
        (broken(b={"parent_id": "b"}), "cycle", "b"),
        (broken(a={"parent_id": None}), "two-roots", "a"),
        (broken(root={"parent_id": "a"}), "no-root", None),
        (broken(b1={"node_id": "a"}), "duplicate-id", "a"),
        (broken(b1={"end": math.nan}), "bad-time", "b1"),
        (broken(b1={"start": 5.0, "end": 4.0}), "bad-time", "b1"),
        (broken(a={"start": -1.0}), "bad-time", "a"),
        (broken(b2={"end": 11.0}), "outside-parent", "b2"),
        (broken(b1={"end": 4.5}), "not-a-partition", "b"),
        (broken(b1={"end": 5.5}), "not-a-partition", "b"),
    ],
)
def test_what_is_wrong_is_reported(tree, code, node_id):
    assert not tree.is_valid()
    assert (code, node_id) in {(i.code, i.node_id) for i in tree.check()}
    for n in tree.node_ids:  # and nothing hangs
        tree.path(n), tree.subtree(n), tree.siblings(n), tree.leaves(n)


def test_a_duration_that_disagrees(tree):
    assert tree.check(10.4) == []
    assert [i.code for i in tree.check(7.0)] == ["wrong-duration"]


@given(binary_trees())
def test_properties_of_sound_trees(nodes):
    tree = TreeOfCaptions.from_nodes(nodes)
    assert tree.is_valid() and tree.check() == []
    leaves = tree.leaves()
    assert [n.start for n in leaves] == sorted(n.start for n in leaves)
    assert all(a.end == b.start for a, b in itertools.pairwise(leaves))
    assert (leaves[0].start, leaves[-1].end) == (tree.root.start, tree.root.end)
    assert len(tree) == 2 * len(leaves) - 1
    assert set(ids(tree.subtree(tree.root.node_id))) == set(tree.node_ids)
    for n in tree:
        path = tree.path(n.node_id)
        assert [p.level for p in path] == list(range(n.level + 1))
        assert all(n in tree.subtree(p.node_id) for p in path[-2:])
        assert ids(tree.at(n.start))[: n.level + 1] == ids(path)
        for child in tree.children(n.node_id):
            assert tree.parent(child.node_id) == n


@given(binary_trees(15), st.data())
def test_the_quick_check_agrees_with_the_full_one(nodes, data):
    nodes = [dict(n) for n in nodes]
    for _ in range(data.draw(st.integers(0, 3))):
        target = data.draw(st.sampled_from(nodes))
        key = data.draw(st.sampled_from(["node_id", "parent_id", "level", "start", "end"]))
        target[key] = data.draw(st.sampled_from(nodes))[key]
        if target["node_id"] is None:
            target["node_id"] = "x"
    tree = TreeOfCaptions.from_nodes(nodes)
    assert tree.is_valid() == (tree.check() == []), json.dumps(nodes)


def test_the_root_is_the_longest_of_several(tree):
    assert tree["b"].duration == 6.0
    late = {"node_id": "late", "parent_id": None, "level": 0, "start": 20.0, "end": 29.0}
    found = TreeOfCaptions.from_nodes([late, *NODES])
    assert [node.node_id for node in found.roots] == ["late", "root"]
    assert found.root.node_id == "root" and found.end == 10.0
