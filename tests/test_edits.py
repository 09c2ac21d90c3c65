"""Edits of trees: siblings stay a partition whatever is moved, split and merged."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from fiftyone_action100m.core.edits import Edge, EditError, TreeEditor
from fiftyone_action100m.core.frames import boundary
from fiftyone_action100m.core.tree import TreeOfCaptions
from hypothesis import given
from hypothesis import strategies as st
from small_tree import NODES
from strategies import binary_trees

FPS = Fraction(25)
EDGES: Sequence[Edge] = ("start", "end")


def tree_of(nodes: Sequence[Any] = NODES, **options: Any) -> TreeOfCaptions:
    made = TreeOfCaptions.from_nodes(nodes)
    for name, value in options.items():
        setattr(made, name, value)
    return made


def editor(tree: TreeOfCaptions | None = None, total: int = 250) -> TreeEditor:
    return TreeEditor(tree or tree_of(), FPS, total)


def spans(tree: TreeOfCaptions) -> dict[str, tuple[float, float]]:
    return {node.node_id: (node.start, node.end) for node in tree}


def test_a_boundary_moves_on_both_sides_and_with_the_descendants() -> None:
    edited = editor().move("a", "end", 76)
    assert spans(edited.tree) == {
        "root": (0, 10), "b": (3, 10), "a": (0, 3), "b1": (3, 5), "b2": (5, 10),
    }  # fmt: skip
    assert list(edited.changed) == ["b", "a", "b1"] and not edited.added and not edited.removed


@pytest.mark.parametrize("node, edge", [("b", "start"), ("b1", "start"), ("a", "end")])
def test_a_boundary_is_one_from_wherever_it_is_moved(node: str, edge: Edge) -> None:
    assert spans(editor().move(node, edge, 120).tree)["b1"] == (4.76, 5)
    assert editor().boundary(node, edge)[:3] == (101, 2, 125)


@pytest.mark.parametrize(
    "node, edge, frame, why",
    [
        ("root", "end", 100, "is that of the video"),
        ("a", "start", 5, "is that of the video"),
        ("b2", "end", 200, "is that of the video"),
        ("a", "end", 101, "already"),
        ("a", "end", 126, "frames 2 to 125, not to 126"),
        ("a", "end", 1, "every segment keeps at least one frame"),
        ("gone", "end", 1, "no longer in the video"),
    ],
)
def test_what_cannot_be_moved(node: str, edge: Edge, frame: int, why: str) -> None:
    with pytest.raises(EditError, match=why):
        editor().move(node, edge, frame)


def test_a_boundary_past_the_clip_stays() -> None:
    with pytest.raises(EditError, match="not within the clip"):
        editor(total=90).move("a", "end", 50)


def test_a_split_goes_down_through_the_descendants() -> None:
    edited = editor().split("b", 151)
    assert spans(edited.tree) == {
        "root": (0, 10), "b": (4, 6), "a": (0, 4), "b1": (4, 5), "b2": (5, 6),
        "b~1": (6, 10), "b2~1": (6, 10),
    }  # fmt: skip
    assert edited.added == {"b~1": "b", "b2~1": "b2"} and list(edited.changed) == ["b", "b2"]
    assert [n.parent_id for n in edited.tree][-2:] == ["root", "b~1"]
    assert edited.tree.is_valid()


def test_a_split_between_children_divides_them() -> None:
    edited = editor().split("b", 126)
    assert spans(edited.tree)["b~1"] == spans(edited.tree)["b2"] == (5, 10)
    assert edited.tree["b2"].parent_id == "b~1" and edited.added == {"b~1": "b"}
    elsewhere = tree_of([NODES[1], *NODES[2:], NODES[0]])  # whatever the order of the nodes
    assert editor(elsewhere).split("b", 126).tree["b2"].parent_id == "b~1"
    assert editor(elsewhere).merge("a", "b").tree["b2"].parent_id == "a"


def test_a_part_of_a_part_has_an_id_of_its_own() -> None:
    once = editor().split("a", 26).tree
    twice = editor(once).split("a~1", 51)
    assert twice.added == {"a~2": "a~1"} and twice.tree["a~1"].texts == once["a"].texts


@pytest.mark.parametrize("node, frame, why", [
    ("root", 50, "the whole video"), ("a", 1, "frames 2 to 100, not at 1"), ("a", 101, "not at"),
])  # fmt: skip
def test_what_cannot_be_split(node: str, frame: int, why: str) -> None:
    with pytest.raises(EditError, match=why):
        editor().split(node, frame)


def test_a_split_at_a_deeper_boundary_is_at_that_boundary() -> None:
    below = [
        {**n, **{k: 5.013 for k in ("start", "end") if n[k] == 5}, "level": n["level"] + 2}
        for n in NODES
    ]
    below[0]["parent_id"] = "all"
    all_of_it = {**NODES[0], "node_id": "all", "parent_id": "top", "level": 1}
    tree = tree_of([{**NODES[0], "node_id": "top"}, all_of_it, *below])
    edited = editor(tree).split("all", 126)  # frame 126 begins at 5.0 s
    assert spans(edited.tree)["all~1"] == (5.013, 10) == spans(edited.tree)["b2"]
    assert edited.added == {"all~1": "all", "root~1": "root", "b~1": "b"}
    assert edited.tree.is_valid()


def test_ids_of_parts_and_recorded_ones_are_told_apart() -> None:
    odd = {"a": "x~y", "b1": "~1", "b2": ""}
    ids = {n["node_id"]: odd.get(n["node_id"], n["node_id"]) for n in NODES}
    tree = tree_of([{**n, "node_id": ids[n["node_id"]]} for n in NODES])
    assert editor(tree).split("x~y", 26).added == {"x~y~1": "x~y"}
    assert editor(tree).split("~1", 110).added == {"~2": "~1"}
    merged = editor(tree).merge("", "~1")
    assert merged.removed == {"~1": ""} and spans(merged.tree)[""] == (4, 10)


def test_the_first_and_the_last_frame_can_be_split_off_and_joined_again() -> None:
    parts = editor().split("a", 2).tree
    assert spans(parts)["a"] == (0, 0.04) and editor(parts).boundary("a", "end")[:3] == (2, 2, 100)
    with pytest.raises(EditError, match="one frame and cannot be split"):
        editor(parts).split("a", 1)
    last = editor().split("b2", 250).tree
    assert spans(last)["b2~1"] == (9.96, 10) and last.is_valid()
    assert spans(editor(last).merge("b2", "b2~1").tree) == spans(tree_of())
    root = editor(editor().merge("b", "a").tree)  # the root's only child
    assert [n.node_id for n in root.tree.children("root")] == ["b"] and root.tree.is_valid()
    with pytest.raises(EditError, match="is that of the video"):
        root.boundary("b", "end")
    assert spans(root.split("b", 101).tree)["b~1"] == (4, 10)


@pytest.mark.parametrize("change", [
    {"a": {"parent_id": "a"}}, {"a": {"parent_id": "b1"}, "b": {"parent_id": "a"}},
    {"b1": {"start": float("nan")}}, {"a": {"end": float("inf")}}, {"b": {"parent_id": "gone"}},
    {"root": {"parent_id": "gone"}}, {"a": {"node_id": "b"}}, {"b1": {"level": -3}},
])  # fmt: skip
def test_edits_of_broken_trees_end(change: dict[str, dict[str, Any]]) -> None:
    tree = tree_of([{**n, **change.get(n["node_id"], {})} for n in NODES], partial=True)
    known = {(issue.code, issue.node_id) for issue in tree.check()}
    edits = editor(tree)
    ids = list(tree.node_ids)
    tried = [lambda n=n, f=f: edits.split(n, f) for n in ids for f in (2, 50, 101, 126, 250)]
    tried += [lambda n=n, e=e: edits.move(n, e, 60) for n in ids for e in EDGES]
    tried += [lambda n=n, o=o: edits.merge(n, o) for n in ids for o in ids]
    for make in tried:
        try:
            edited = make()
        except EditError:
            continue
        of = {None: None, **{n: n for n in edited.tree.node_ids}, **edited.added}
        assert {(issue.code, of[issue.node_id]) for issue in edited.tree.check()} <= known


def test_an_orphan_is_split_as_it_is() -> None:
    tree = tree_of([{**n, "parent_id": "gone"} if n["node_id"] == "b2" else n for n in NODES])
    assert [issue.code for issue in tree.check()].count("orphan") == 1
    parts = editor(tree).split("b2", 200).tree
    assert [issue.node_id for issue in parts.check() if issue.code == "orphan"] == ["b2", "b2~1"]


def test_a_chain_of_thousands_of_levels_is_split() -> None:
    nodes = [
        {**NODES[0], "node_id": f"n{k}", "parent_id": f"n{k - 1}" if k else None, "level": k}
        for k in range(3000)
    ]
    assert len(editor(tree_of(nodes)).split("n1", 100).added) == 2999


def test_merged_leaves_are_a_leaf() -> None:
    edited = editor().merge("b2", "b1")
    assert spans(edited.tree)["b2"] == (4, 10) and edited.removed == {"b1": "b2"}
    assert "b1" not in edited.tree and edited.tree.is_valid()


def test_a_leaf_that_is_merged_becomes_a_child() -> None:
    kept_inner = editor().merge("b", "a").tree
    assert spans(kept_inner)["b"] == (0, 10) and kept_inner["a"].parent_id == "b"
    assert kept_inner["a"].level == 2 and kept_inner["a"].texts["gpt_action_brief"] == "chop"
    kept_leaf = editor().merge("a", "b")
    assert kept_leaf.removed == {"b": "a"} and kept_leaf.added == {"a~1": "a"}
    assert spans(kept_leaf.tree)["a"] == (0, 10) and spans(kept_leaf.tree)["a~1"] == (0, 4)
    assert [n.node_id for n in kept_leaf.tree.children("a")] == ["a~1", "b1", "b2"]
    assert kept_inner.is_valid() and kept_leaf.tree.is_valid()


def test_a_merged_node_takes_the_texts_that_it_lacks() -> None:
    split = editor().split("a", 51).tree
    assert editor(split).merge("a~1", "a").tree["a~1"].texts["gpt_action_brief"] == "chop"
    plain = editor(tree_of([{**n, "plm_action": n["node_id"]} for n in NODES]))
    assert plain.merge("b1", "b2").tree["b1"].texts["plm_action"] == "b1"


@pytest.mark.parametrize("one, other", [("a", "b1"), ("a", "a"), ("root", "a")])
def test_only_neighbours_are_merged(one: str, other: str) -> None:
    with pytest.raises(EditError, match="no common parent"):
        editor().merge(one, other)


def test_a_missing_neighbour_leaves_its_room() -> None:
    nodes = [n for n in NODES if n["node_id"] != "b2"]  # it has no caption, so it is not stored
    tree = tree_of(nodes, partial=True)
    assert editor(tree).boundary("b1", "end")[:3] == (126, 102, 251 - 1)
    assert spans(editor(tree).move("b1", "end", 201).tree)["b1"] == (4, 8)
    parts = editor(tree).split("b1", 113).tree  # two children of a binary tree that leave a gap
    assert not parts.check() and not editor(parts).move("b1", "end", 110).tree.check()


def test_an_edit_that_breaks_the_tree_is_refused() -> None:
    tree = tree_of([n for n in NODES if n["node_id"] != "b1"], partial=True)
    with pytest.raises(EditError):
        editor(tree).move("b2", "start", 90)  # into a


@given(binary_trees(), st.integers(0, 2**32), st.sampled_from(["24000/1001", "25", "30000/1001"]))
def test_random_edits_keep_a_strict_partition(
    nodes: list[dict[str, Any]], seed: int, rate: str
) -> None:
    draw, fps = random.Random(seed), Fraction(rate)
    tree = TreeOfCaptions.from_nodes(nodes)
    total = boundary(tree.root.end, fps)  # type: ignore[union-attr,arg-type]
    end = spans(tree)["n0"]
    for _ in range(12):
        try:
            edited = one_edit(draw, TreeEditor(tree, fps, total), total)
        except EditError:
            continue
        assert edited.is_valid() and not edited.check(), edited.check()
        assert spans(edited)["n0"] == end
        assert all("~" in node_id for node_id in {*spans(edited)} - {*spans(tree)})
        tree = edited


def one_edit(draw: random.Random, edits: TreeEditor, total: int) -> TreeOfCaptions:
    """Makes a random edit of any kind, more often than not a possible one."""
    tree = edits.tree
    node = draw.choice(list(tree))
    kind = draw.choice(["move", "split", "merge"])
    if kind == "move":
        edge = draw.choice(EDGES)
        found = edits.boundary(node.node_id, edge)
        frame = draw.randint(min(found.lowest, found.highest) - 1, found.highest + 1)
        return edits.move(node.node_id, edge, frame).tree
    if kind == "split":
        first, last = (boundary(x, edits._fps) for x in (node.start, node.end))  # type: ignore[arg-type]
        return edits.split(node.node_id, draw.randint(first, last + 1)).tree
    beside = draw.choice([tree.next_sibling, tree.previous_sibling])(node.node_id)
    return edits.merge(node.node_id, beside.node_id if beside else "n0").tree


@given(binary_trees(), st.integers(0, 2**32))
def test_random_edits_of_a_clip_with_missing_nodes_bring_no_problem(
    nodes: list[dict[str, Any]], seed: int
) -> None:
    """As a dataset has a tree: cut at the end of the clip, without the short nodes' captions."""
    draw = random.Random(seed)
    end = nodes[0]["end"] * draw.uniform(0.4, 1)
    total = max(boundary(end, FPS), 2)
    kept = [
        n
        for n in nodes
        if boundary(n["start"], FPS) < min(boundary(n["end"], FPS), total)
        and (n["end"] - n["start"] >= 4 or draw.random() < 0.7)
    ]
    if not kept:
        return
    beyond = [boundary(n["end"], FPS) > total for n in kept]
    tree = tree_of(kept, partial=True, _truncated=beyond)
    known = {(issue.code, issue.node_id) for issue in tree.check()}
    for _ in range(8):
        try:
            tree = one_edit(draw, TreeEditor(tree, FPS, total), total)
        except EditError:
            continue
        assert {(issue.code, issue.node_id) for issue in tree.check()} <= known
