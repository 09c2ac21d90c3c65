"""Semantic resampling on arrays: clusters, draws, weights and the effective number of actions."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from fiftyone_action100m.meaning import resample
from fiftyone_action100m.meaning.resample import balance, cluster, draw, weights
from hypothesis import given, settings
from hypothesis import strategies as st
from long_tail import made_actions, zipf_counts
from threadpoolctl import threadpool_limits
from word_encoder import WordEncoder

#: The upper 0.1 % of the chi-square distribution with 19 degrees of freedom, and with 99.
CHI_19, CHI_99 = 43.8, 148.2


def read(vectors: npt.NDArray[np.float32]) -> resample.ReadVectors:
    return lambda start, stop: vectors[start:stop]


def clusters_of(members: list[int]) -> npt.NDArray[np.int32]:
    return np.array(members, dtype=np.int32)


member_lists = st.lists(st.integers(-1, 6), min_size=1, max_size=60).filter(lambda m: max(m) >= 0)


def test_clusters_are_drawn_uniformly_and_so_are_their_members() -> None:
    sizes = np.arange(1, 21) ** 2
    clusters = np.random.default_rng(5).permutation(np.repeat(np.arange(20), sizes))
    drawn = draw(clusters.astype(np.int32), 100_000, seed=51)
    found = np.bincount(clusters[drawn], minlength=20)
    assert ((found - 5000) ** 2 / 5000).sum() < CHI_19
    hundred = np.flatnonzero(clusters == 9)
    of_one = np.bincount(drawn[clusters[drawn] == 9], minlength=len(clusters))[hundred]
    expected = of_one.sum() / 100
    assert ((of_one - expected) ** 2 / expected).sum() < CHI_99


@given(member_lists, st.integers(0, 200), st.integers(0, 2**63))
def test_a_draw_takes_members_of_clusters_only_and_repeats_itself(
    members: list[int], size: int, seed: int
) -> None:
    clusters = clusters_of(members)
    drawn = draw(clusters, size, seed)
    assert drawn.dtype == np.int64 and len(drawn) == size and (clusters[drawn] >= 0).all()
    assert draw(clusters, size, seed).tobytes() == drawn.tobytes()


@given(member_lists)
def test_weights_are_the_probabilities_of_draws(members: list[int]) -> None:
    clusters = clusters_of(members)
    found = weights(clusters)
    assert found.sum() == pytest.approx(1) and (found[clusters < 0] == 0).all()
    used = np.unique(clusters[clusters >= 0])
    for each in used:
        assert found[clusters == each].sum() == pytest.approx(1 / len(used))
        assert len(np.unique(found[clusters == each])) == 1


@given(st.lists(st.integers(0, 50), max_size=400))
def test_the_effective_number_of_actions_lies_between_one_and_their_number(
    counts: list[int],
) -> None:
    found = balance(np.array(counts, dtype=np.int64))
    there = sorted((n for n in counts if n), reverse=True)
    assert (found.segments, found.actions) == (sum(there), len(there))
    if there:
        assert 1 - 1e-9 <= found.effective <= len(there) + 1e-9
        assert found.top_share == pytest.approx(sum(there[:50]) / sum(there))
        assert found.curve[0] == (1, there[0]) and found.curve[-1] == (len(there), there[-1])
        assert all(there[rank - 1] == n for rank, n in found.curve)


def test_the_effective_number_of_equally_frequent_actions_is_their_number() -> None:
    assert balance(np.full(70, 3)).effective == pytest.approx(70)
    assert balance(np.full(70, 3)).top_share == pytest.approx(50 / 70)
    assert balance(np.array([1000, 0, 0])).effective == 1
    assert balance(np.zeros(0, dtype=np.int64)).effective == 0


@settings(max_examples=25)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**40))
def test_every_text_is_in_the_cluster_of_the_nearest_centroid(n: int, k: int, seed: int) -> None:
    texts = [f"word{i % 13} other{i % 7} {'x' if i % 3 else ''}" for i in range(n)]
    vectors = WordEncoder().encode(texts)
    if k > n:
        with pytest.raises(ValueError, match=f"give 1 to {n}, the number of distinct texts"):
            cluster(read(vectors), np.arange(n), k, seed)
        return
    found = cluster(read(vectors), np.arange(n), k, seed)
    assert set(found.labels.tolist()) == set(range(len(found.centroids)))
    distances = ((vectors[:, None] - found.centroids[None]) ** 2).sum(axis=2)
    assert (distances[np.arange(n), found.labels] <= distances.min(axis=1) + 1e-5).all()
    assert (found.labels[found.nearest] == np.arange(len(found.centroids))).all()
    assert (distances.min(axis=0)[np.arange(len(found.nearest))] + 1e-5
            >= distances[found.nearest, np.arange(len(found.nearest))]).all()  # fmt: skip


def test_as_many_clusters_as_texts_hold_one_text_each() -> None:
    vectors = WordEncoder().encode(made_actions(["cut", "stir", "pour"], 10))
    found = cluster(read(vectors), np.arange(30), 30, seed=1)
    assert sorted(found.labels.tolist()) == list(range(30))


def test_kept_centroids_give_the_same_clusters() -> None:
    vectors = WordEncoder().encode(
        ["stir", *made_actions(["cut", "stir"], 30)] * 2
    )  # k-means leaves some out
    found = cluster(read(vectors), np.arange(122), 100, seed=1)
    again = resample.assign(read(vectors), np.arange(122), found.centroids)
    assert len(found.centroids) <= 61 and again.centroids.tobytes() == found.centroids.tobytes()
    assert (again.labels == found.labels).all() and (again.nearest == found.nearest).all()


def test_only_chosen_texts_are_clustered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample, "_BLOCK", 7)
    monkeypatch.setattr(resample, "_SMALL", 0)
    vectors = WordEncoder().encode(made_actions(["cut", "stir"], 50))
    chosen = np.array([1, 2, 3, 50, 64, 65, 98], dtype=np.int64)
    asked = []

    def read_some(start: int, stop: int) -> npt.NDArray[np.float32]:
        asked.append((start, stop))
        return vectors[start:stop]

    found = cluster(read_some, chosen, 3, seed=1)
    alone = cluster(read(vectors[chosen]), np.arange(7), 3, seed=1)
    assert found.labels.tolist() == alone.labels.tolist()
    assert found.nearest.tolist() == chosen[alone.nearest].tolist()
    assert all(stop - start <= 7 for start, stop in asked)


@pytest.mark.parametrize("way", ["plain", "batches", "sample", "many clusters"])
def test_texts_of_one_verb_fall_into_one_cluster(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way != "plain":
        monkeypatch.setattr(resample, "_SMALL", 0)
        monkeypatch.setattr(resample, "_BATCH", 64)
    if way == "sample":
        monkeypatch.setattr(resample, "TRAINED_ON", 150)
    if way == "many clusters":
        monkeypatch.setattr(resample, "_PLUS_PLUS", 0)
    verbs = ["cut", "stir", "pour", "fold"]
    vectors = WordEncoder().encode(
        [f"{verb} {verb} {verb} thing{i}" for i in range(100) for verb in verbs]
    )
    found = cluster(read(vectors), np.arange(400), 12, seed=3)
    for each in range(len(found.centroids)):
        assert len(set((np.flatnonzero(found.labels == each) % 4).tolist())) == 1


def digests() -> list[str]:
    """What is found of random vectors, once few of them and once many."""
    vectors = np.random.default_rng(0).normal(size=(9000, 24)).astype(np.float32)
    made: list[npt.NDArray[Any]] = []
    for chosen, k in ((np.arange(2000), 50), (np.arange(9000), 600)):
        found = cluster(read(vectors), chosen, k, 51)
        made += [found.centroids, found.labels, found.nearest, draw(found.labels, 5000, 51)]
    return [hashlib.sha256(array.tobytes()).hexdigest() for array in made]


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_cores() -> None:
    with threadpool_limits(limits=1):
        single = digests()
    with threadpool_limits(limits=3):
        assert digests() == single


def test_a_thousand_clusters_double_the_effective_actions_of_a_zipf_set() -> None:
    counts = zipf_counts(3000, 100_000)
    texts = made_actions([f"verb{i}" for i in range(60)], 50)
    vectors = WordEncoder().encode(texts)
    found = cluster(read(vectors), np.arange(3000), 1000, seed=51)
    members = np.repeat(np.arange(3000), counts)
    drawn = draw(found.labels[members], len(members), seed=51)
    before, after = balance(counts), balance(np.bincount(members[drawn]))
    assert after.effective >= 2 * before.effective
    assert after.top_share < before.top_share / 2
    again = draw(found.labels[members], len(members), seed=52)
    assert hashlib.sha256(again.tobytes()).digest() != hashlib.sha256(drawn.tobytes()).digest()


def test_impossible_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="no segment to draw from"):
        draw(clusters_of([-1, -1]), 5, 1)
    with pytest.raises(ValueError, match="size is -1"):
        draw(clusters_of([0]), -1, 1)
    with pytest.raises(ValueError, match="give 0 to 1,000,000,000"):
        draw(clusters_of([0]), 10**15, 1)
    assert len(draw(clusters_of([0]), 0, 1)) == 0
