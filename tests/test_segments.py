"""The tree of segments of a clustering obeys the rules of Action100M's trees."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from fiftyone_action100m import TreeOfCaptions
from fiftyone_action100m.treemaking.chain_ward import Merges, chain_ward
from fiftyone_action100m.treemaking.segments import SplitRules, edges_of, segment
from hypothesis import given, settings
from hypothesis import strategies as st

DEFAULTS = SplitRules()
RATES = st.sampled_from(["24000/1001", "25", "30000/1001", "60", "7.5", "1/2"]).map(Fraction)


def children_of(tree: TreeOfCaptions) -> dict[str, list[int]]:
    found = defaultdict(list)
    for i, parent in enumerate(tree.parent_ids):
        if parent is not None:
            found[parent].append(i)
    return found


@settings(max_examples=150, deadline=None)
@given(
    st.integers(1, 300), RATES, st.sampled_from([2, 4, 8]), st.sampled_from([0.01, 0.5, 2.0]),
    st.sampled_from([0.0, 0.01]), st.none() | st.integers(0, 5), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_tree_is_strictly_binary_and_nothing_is_too_short(
    frames: int, rate: Fraction, every: int, least: float, gain: float, deepest: int | None,
    seed: int,
) -> None:  # fmt: skip
    features = np.random.default_rng(seed).normal(size=(frames, 3)).cumsum(axis=0)
    seconds = float((every * (frames - 1) + 1) / rate)
    edges = edges_of(frames, every, rate, seconds)
    merges = chain_ward(features)
    tree = segment(merges, edges, SplitRules(least, gain, deepest), "video")
    assert tree.check(seconds) == []
    assert tree.is_valid()
    # In the middle between two sampled frames: odd multiples of half their distance.
    half = float(every / rate / 2)
    inner = (set(tree.starts) | set(tree.ends)) - {0.0, float(edges[-1])}
    assert {round(time / half) % 2 for time in inner} <= {1}
    assert all(abs(time - round(time / half) * half) <= 0.0051 for time in inner)
    durations = tree.ends - tree.starts
    assert len(tree) == 1 or durations.min() >= least
    assert deepest is None or tree.depth <= deepest
    below = children_of(tree)
    assert {len(children) for children in below.values()} <= {2}
    # What is not split cannot be: the halves that the clustering gives would be too short.
    middles = {
        (edges[a], edges[c]): edges[b] for a, b, c in _spans(frames, merges.children.tolist())
    }
    for i, node_id in enumerate(tree.node_ids):
        middle = middles.get((tree.starts[i], tree.ends[i]))
        ends = gain == 0 and tree.levels[i] != deepest
        if ends and node_id not in below and middle is not None:
            assert min(middle - tree.starts[i], tree.ends[i] - middle) < least


def _spans(frames: int, children: list[list[int]]) -> list[tuple[int, int, int]]:
    """Returns where each cluster's first child begins, its second begins, and that ends."""
    spans = [(t, t + 1) for t in range(frames)]
    for left, right in children:
        spans.append((spans[left][0], spans[right][1]))
    return [(spans[a][0], spans[b][0], spans[b][1]) for a, b in children]


def test_segments_meet_in_the_middle_between_two_sampled_frames() -> None:
    # Frames 0, 4, 8, ... at 25 per second: 2, 6, 10, ... are in the middle.
    assert (
        edges_of(4, 4, Fraction(25), 0.56).tolist()
        == np.float32([0, 0.08, 0.24, 0.4, 0.56]).tolist()
    )
    shots = np.repeat(np.eye(3), [10, 20, 15], axis=0)
    tree = segment(chain_ward(shots), edges_of(45, 4, Fraction(25), 7.2), SplitRules(), "video")
    assert {1.52, 4.72} <= {round(float(start), 2) for start in tree.starts}


@pytest.mark.parametrize("seed", range(3))
def test_there_are_about_as_many_nodes_as_in_action100m(seed: int) -> None:
    # Ten minutes of steps of 4 to 12 s, in which movements last 1 to 3 s: 1.37 per second there.
    rng = np.random.default_rng(seed)
    steps = np.repeat(rng.normal(size=(80, 16)), rng.integers(30, 90, 80), axis=0)[:4000]
    movements = np.repeat(rng.normal(size=(400, 16)), rng.integers(8, 24, 400), axis=0)[:4000]
    features = steps + movements / 2 + rng.normal(scale=0.1, size=(4000, 16))
    edges = edges_of(4000, 4, Fraction(30), 4000 / 7.5)
    tree = segment(chain_ward(features), edges, SplitRules(), "video")
    assert 0.7 <= len(tree) / (4000 / 7.5) <= 2.5
    assert tree.check(4000 / 7.5) == []


def test_splits_that_explain_little_are_left_out() -> None:
    rng = np.random.default_rng(0)
    shots = np.repeat(np.eye(3), [30, 60, 40], axis=0) + rng.normal(scale=0.01, size=(130, 3))
    edges = edges_of(130, 4, Fraction(25), 20.8)
    merges = chain_ward(shots)
    assert len(segment(merges, edges, SplitRules(), "video")) > 10
    tree = segment(merges, edges, SplitRules(min_gain=0.01), "video")
    assert [round(node.start, 2) for node in tree.leaves()] == [0, 4.72, 14.32]
    assert tree.check(20.8) == []


def test_a_split_that_explains_little_is_made_for_one_further_down() -> None:
    # Both halves of the whole have the same mean: the first split explains nothing.
    shots = np.repeat([[0.0], [1.0], [1.0], [0.0]], 20, axis=0)
    shots[40:] += 1e-6
    merges = Merges(*chain_of_halves(shots))
    assert merges.costs[-1] < 1e-6 * merges.costs.sum()
    tree = segment(merges, edges_of(80, 4, Fraction(25), 12.8), SplitRules(min_gain=0.1), "video")
    assert [round(node.start, 2) for node in tree.leaves()] == [0, 3.12, 6.32, 9.52]


def chain_of_halves(shots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges each quarter, then each half, then both, whatever is cheapest; returns mergers."""
    children, costs = [], []
    spans = [(t, t + 1) for t in range(len(shots))]

    def merge(left: int, right: int) -> int:
        (begin, middle), (_, end) = spans[left], spans[right]
        halves = shots[begin:middle].mean(axis=0), shots[middle:end].mean(axis=0)
        sizes = middle - begin, end - middle
        costs.append(sizes[0] * sizes[1] / sum(sizes) * ((halves[0] - halves[1]) ** 2).sum())
        children.append((left, right))
        spans.append((begin, end))
        return len(spans) - 1

    quarters = [reduce(merge, range(at, at + 20)) for at in range(0, 80, 20)]
    merge(merge(*quarters[:2]), merge(*quarters[2:]))
    return np.array(children), np.array(costs)


def test_ids_are_of_the_video_the_span_and_the_rules() -> None:
    merges = chain_ward(np.random.default_rng(1).normal(size=(60, 2)))
    edges = edges_of(60, 4, Fraction(30), 8.0)

    def ids(rules: SplitRules = DEFAULTS, uid: str = "a", by: str = "colour") -> set[str]:
        tree = segment(merges, edges, rules, uid, by)
        assert len(set(tree.node_ids)) == len(tree)
        return set(tree.node_ids)

    assert ids() == ids()
    assert not ids() & ids(SplitRules(1.0))
    assert not ids() & ids(uid="b")
    assert not ids() & ids(by="another")


@pytest.mark.parametrize(
    "values", [{"min_seconds": 0}, {"min_gain": 1.5}, {"min_gain": -1}, {"max_depth": -1}]
)
def test_rules_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        SplitRules(**values)  # type: ignore[arg-type]
