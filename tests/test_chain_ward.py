"""The clustering of a sequence, against scikit-learn's and against its definition."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fiftyone_action100m.treemaking.chain_ward import Merges, chain_ward
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import diags
from sklearn.cluster import AgglomerativeClustering


def by_sklearn(features: np.ndarray) -> Any:
    """Clusters by scikit-learn, with each frame connected to its neighbours."""
    chain = diags([np.ones(len(features) - 1)] * 2, [-1, 1])
    return AgglomerativeClustering(
        n_clusters=None, distance_threshold=0, linkage="ward", connectivity=chain
    ).fit(features)


def assert_equal(made: Merges, theirs: Any) -> None:
    assert np.sort(made.children, axis=1).tolist() == theirs.children_.tolist()
    # A ward distance is the root of twice what a merger adds.
    assert np.allclose(np.sqrt(2 * made.costs), theirs.distances_)


@settings(max_examples=150, deadline=None)
@given(st.integers(2, 80), st.integers(2, 12), st.integers(0, 2**32 - 1))
def test_it_is_scikit_learns_tree_merger_for_merger(frames: int, width: int, seed: int) -> None:
    features = np.random.default_rng(seed).normal(size=(frames, width))
    assert_equal(chain_ward(features), by_sklearn(features))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=60))
def test_mergers_that_cost_the_same_are_in_scikit_learns_order(values: list[int]) -> None:
    # One number per frame: more would be summed in another order, whose rounding parts ties.
    features = np.array(values, dtype=np.float64)[:, None]
    assert_equal(chain_ward(features), by_sklearn(features))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 2)] * 3), min_size=1, max_size=25))
def test_each_merger_is_of_the_cheapest_pair(rows: list[tuple[int, int, int]]) -> None:
    features = np.array(rows, dtype=np.float16)
    made = chain_ward(features)
    now = [(t, features[t : t + 1].astype(float)) for t in range(len(features))]
    for k, ((left, right), paid) in enumerate(zip(made.children.tolist(), made.costs, strict=True)):
        prices = [_within(np.concatenate((a, b))) - _within(a) - _within(b)
                  for (_, a), (_, b) in pairwise(now)]  # fmt: skip
        at = [cluster for cluster, _ in now].index(left)
        assert now[at + 1][0] == right  # neighbours, the earlier first
        assert paid == pytest.approx(prices[at]) == pytest.approx(min(prices))
        now[at : at + 2] = [(len(features) + k, np.concatenate((now[at][1], now[at + 1][1])))]
    assert len(now) == 1


def _within(rows: np.ndarray) -> float:
    return float(((rows - rows.mean(axis=0)) ** 2).sum())


def test_of_frames_that_are_all_alike_the_oldest_clusters_are_merged_first() -> None:
    # 5 is frames 0 and 1; 6 is 2 and 3, which has frame 4 and cluster 5 beside it: 4 is older.
    assert chain_ward(np.zeros((5, 3))).children.tolist() == [[0, 1], [2, 3], [6, 4], [5, 7]]


def test_costs_need_not_increase() -> None:
    # The two outer frames are alike, but only neighbours are merged.
    costs = chain_ward(np.array([[0.0], [2.0], [0.1]])).costs
    assert costs[1] < costs[0]


def test_the_features_stay_as_they_are() -> None:
    features = np.arange(8.0).reshape(4, 2)
    chain_ward(features)
    assert features.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


@pytest.mark.parametrize("features", [np.zeros((0, 3)), [[1.0], [np.nan]], [[np.inf], [0.0]]])
def test_features_that_are_no_numbers_are_refused(features: Any) -> None:
    with pytest.raises(ValueError, match="a row per frame, of finite numbers"):
        chain_ward(np.array(features))
