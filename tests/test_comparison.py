"""Two trees of one video: the boundaries and the segments that they share."""

from __future__ import annotations

import numpy as np
import pytest
from fiftyone_action100m import TreeOfCaptions, compare_trees
from fiftyone_action100m.core.comparison import first_seconds, missed_boundaries
from fiftyone_action100m.demo.records import demo_record


def tree_of(*cuts: float, end: float = 10.0) -> TreeOfCaptions:
    """A root whose leaves meet at ``cuts``; each inner node is cut at the first that is left."""
    ids, parents, levels, starts, ends = ["0"], [None], [0], [0.0], [end]
    for level, cut in enumerate(cuts, start=1):
        above = ids[-1]
        for start, stop in ((starts[-1], cut), (cut, end)):
            ids.append(str(len(ids)))
            parents.append(above)  # type: ignore[arg-type]
            levels.append(level)
            starts.append(start)
            ends.append(stop)
    return TreeOfCaptions(ids, parents, levels, starts, ends)


def test_a_tree_agrees_with_itself() -> None:
    tree = TreeOfCaptions.from_nodes(demo_record(0)["nodes"])
    compared = compare_trees(tree, tree)
    assert [found.f1 for found in compared.boundaries.values()] == [1, 1]
    assert set(compared.recall.values()) == set(compared.mean_iou.values()) == {1.0}
    assert compared.nodes == len(tree)
    assert sorted(compared.mean_iou) == list(range(tree.depth + 1))


def test_each_boundary_is_matched_with_one_at_most() -> None:
    known, found = tree_of(2.0, 5.0, 8.0), tree_of(2.3, 2.4, 5.8)
    half, one = compare_trees(known, found).boundaries.values()
    assert (half.precision, half.recall) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert one.f1 == pytest.approx(2 / 3)
    # As many as possible: 2.0 takes 1.6, and 2.4 is left for 2.3.
    assert compare_trees(tree_of(2.0, 2.3), tree_of(1.6, 2.4)).boundaries[0.5].f1 == 1


def test_the_other_direction_exchanges_precision_and_recall() -> None:
    rng = np.random.default_rng(0)
    one, other = (tree_of(*np.sort(rng.uniform(0, 10, number))) for number in (5, 9))
    for within, found in compare_trees(one, other).boundaries.items():
        back = compare_trees(other, one).boundaries[within]
        assert (found.precision, found.recall) == (back.recall, back.precision)
        assert found.f1 == back.f1


def test_segments_are_found_at_any_level() -> None:
    known, found = tree_of(4.0), tree_of(2.0, 5.0)  # 0-4 and 4-10 in 0-2, 2-10, 2-5 and 5-10
    compared = compare_trees(known, found)
    assert compared.mean_iou == {0: 1.0, 1: pytest.approx((2 / 4 + 5 / 6) / 2)}
    assert compared.recall == {0.5: 1.0, 0.7: pytest.approx(2 / 3), 0.9: pytest.approx(1 / 3)}
    only = compare_trees(known, found, ["1"])
    assert (only.recall, only.nodes) == ({0.5: 1.0, 0.7: 0.0, 0.9: 0.0}, 1)
    assert only.mean_iou == compared.mean_iou
    text = str(compared)
    assert "boundaries within 0.5 s: F1 0.00 (precision 0.00, recall 0.00)" in text
    assert "segments found with an overlap of 0.7: 0.67 of 3" in text


def test_what_cannot_be_compared_is_said() -> None:
    assert compare_trees(tree_of(), tree_of()).boundaries[1.0].f1 == 1
    assert compare_trees(tree_of(), tree_of(3.0)).boundaries[1.0].f1 == 0
    with pytest.raises(ValueError, match="without nodes"):
        compare_trees(tree_of(), TreeOfCaptions([], [], [], [], []))
    with pytest.raises(KeyError):
        compare_trees(tree_of(), tree_of(), ["no such node"])


def test_boundaries_without_a_match_are_named() -> None:
    mine, theirs = tree_of(2.0, 5.0, 8.0), tree_of(2.3, 2.4, 5.8)
    assert missed_boundaries(mine, theirs) == ([5.0, 8.0], [2.4, 5.8])
    assert missed_boundaries(mine, theirs, 1.0) == ([8.0], [2.4])
    assert missed_boundaries(mine, mine) == ([], [])


def test_a_tree_can_be_compared_as_far_as_a_clip_goes() -> None:
    tree = tree_of(2.0, 5.0, 8.0)
    part = first_seconds(tree, 6.0)
    assert part.ends.max() == 6 and len(part) == len(tree) - 1  # 8.0 to 10.0 is left out
    compared = compare_trees(part, first_seconds(tree_of(2.0, 5.0), 6.0))
    assert compared.boundaries[0.5].f1 == 1 and compared.recall[0.9] == 1
