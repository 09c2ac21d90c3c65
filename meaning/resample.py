"""Semantic resampling: balances segments by the meaning of their texts, as in Action100M's paper.

The vectors of distinct texts are clustered by k-means. A draw chooses a cluster uniformly and one
of its members uniformly, with replacement, so that frequent actions no longer dominate a sample
(section 5.4 of the paper). Results depend on the arguments only: the same vectors and seed give the
same bytes, whatever the number of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from warnings import catch_warnings, simplefilter

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans, MiniBatchKMeans, kmeans_plusplus
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
#: Returns the vectors of the texts in a range of numbers, [n, D].
ReadVectors = Callable[[int, int], Floats]

#: The most vectors that k-means is trained on; 460 MB for 384 dimensions.
TRAINED_ON = 300_000
MOST_DRAWS = 1_000_000_000
#: The product of texts and clusters up to which each iteration of k-means uses all vectors.
_SMALL = 5_000_000
#: The number of clusters up to which k-means++ initialises the centroids; more take it minutes.
_PLUS_PLUS = 2_000
_BATCH = 8_192
_BLOCK = 16_384
#: Distances in memory at once; 256 MB.
_DISTANCES = 2**26
_EPOCHS = 5
_TOP = 50


@dataclass(frozen=True)
class Clusters:
    """Texts clustered by meaning.

    Attributes:
        centroids: [k, D]; k is smaller than requested if there are fewer distinct vectors
        labels: [N], the cluster of each text
        nearest: [k], the text nearest to each centroid, which names the cluster
    """

    centroids: Floats
    labels: npt.NDArray[np.int32]
    nearest: Ints


def cluster(read: ReadVectors, chosen: Ints, k: int, seed: int) -> Clusters:
    """Clusters distinct texts into ``k`` clusters.

    Args:
        read: returns a range of the vectors, rows of unit length
        chosen: [N], the numbers of the texts, ascending
        k: the number of clusters
        seed: the seed of all random choices

    Raises:
        ValueError: if ``k`` is not between 1 and the number of texts
    """
    if not 1 <= k <= len(chosen):
        raise ValueError(f"k is {k:,}: give 1 to {len(chosen):,}, the number of distinct texts")
    some = chosen
    if len(chosen) > TRAINED_ON:
        picked = np.random.default_rng(seed).choice(len(chosen), TRAINED_ON, replace=False)
        some = chosen[np.sort(picked)]
    centroids = _train(
        np.concatenate(list(chosen_vectors(read, some, _BLOCK))), min(k, len(some)), seed
    )
    return assign(read, chosen, centroids)


def assign(read: ReadVectors, chosen: Ints, centroids: Floats) -> Clusters:
    """Assigns each text to its nearest centroid, and drops centroids without a text.

    Other arguments are those of :func:`cluster`.

    Args:
        centroids: [k, D], such as those of earlier :class:`Clusters`
    """
    labels = np.empty(len(chosen), dtype=np.int32)
    least = np.full(len(centroids), np.inf)
    nearest = np.zeros(len(centroids), dtype=np.int64)
    half = (centroids**2).sum(axis=1) / 2
    rows, at = min(_BLOCK, max(256, _DISTANCES // len(centroids))), 0
    with threadpool_limits(limits=1, user_api="blas"):
        for block in chosen_vectors(read, chosen, rows):
            distances = half - block @ centroids.T  # half of the squared distance, but for |x|^2
            found = distances.argmin(axis=1)
            own = distances[np.arange(len(block)), found]
            order = np.lexsort((own, found))
            clusters, places = np.unique(found[order], return_index=True)
            best = order[places]
            better = own[best] < least[clusters]
            least[clusters[better]] = own[best[better]]
            nearest[clusters[better]] = chosen[at + best[better]]
            labels[at : at + len(block)] = found
            at += len(block)
    used, renumbered = np.unique(labels, return_inverse=True)
    return Clusters(centroids[used], renumbered.astype(np.int32), nearest[used])


def draw(clusters: npt.NDArray[np.int32], size: int, seed: int) -> Ints:
    """Draws members with replacement: a cluster uniformly, then a member of it uniformly.

    Args:
        clusters: [M], the cluster of each member; -1 for one that is never drawn
        size: the number of draws
        seed: the seed of the random numbers

    Returns:
        [size], the positions of the drawn members in ``clusters``, in the order of the draws

    Raises:
        ValueError: as :func:`check_draws` does, and if there is no member
    """
    check_draws(size, seed)
    order = np.argsort(clusters, kind="stable")
    order = order[np.searchsorted(clusters[order], 0) :]
    if not len(order):
        raise ValueError("there is no segment to draw from")
    _, starts, sizes = np.unique(clusters[order], return_index=True, return_counts=True)
    random = np.random.default_rng(seed)
    drawn = random.integers(len(sizes), size=size)
    found: Ints = order[starts[drawn] + random.integers(sizes[drawn])]
    return found


def check_draws(size: int, seed: int) -> None:
    """Checks the number of draws and the seed.

    Raises:
        ValueError: if ``size`` is negative or above 1e9, or ``seed`` is negative
    """
    if not 0 <= size <= MOST_DRAWS:
        raise ValueError(f"size is {size:,}: give 0 to {MOST_DRAWS:,}")
    if seed < 0:
        raise ValueError(f"seed is {seed}: give 0 or more")


def weights(clusters: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Returns the probability that :func:`draw` takes each member, as weights for a sampler.

    Args:
        clusters: [M], the cluster of each member; -1 for one that is never drawn

    Returns:
        [M], with a sum of 1
    """
    there = clusters >= 0
    sizes = np.bincount(clusters[there])
    found = np.zeros(len(clusters))
    found[there] = 1 / (np.count_nonzero(sizes) * sizes[clusters[there]])
    return found


@dataclass(frozen=True)
class Balance:
    """How evenly segments are spread over actions.

    Attributes:
        segments: the number of segments
        actions: the number of distinct actions
        effective: the effective number of actions (the exponential of the entropy): this many
            equally frequent actions would be as even
        top_share: the share, from 0 to 1, of the segments with one of the 50 most frequent actions
        curve: ranks, and the number of segments of the action of each rank, the most frequent
            first; a few hundred points, evenly spread over the logarithm of the ranks
    """

    segments: int
    actions: int
    effective: float
    top_share: float
    curve: tuple[tuple[int, int], ...]


def balance(counts: Ints) -> Balance:
    """Describes how evenly segments are spread over actions.

    Args:
        counts: the number of segments with each action
    """
    ranked = np.sort(counts[counts > 0])[::-1]
    total = int(ranked.sum())
    if not total:
        return Balance(0, 0, 0.0, 0.0, ())
    shares = ranked / total
    ranks = np.unique(np.geomspace(1, len(ranked), 300).round().astype(np.int64))
    return Balance(
        total,
        len(ranked),
        float(np.exp(-(shares * np.log(shares)).sum())),
        float(shares[:_TOP].sum()),
        tuple((int(rank), int(ranked[rank - 1])) for rank in ranks),
    )


def chosen_vectors(read: ReadVectors, chosen: Ints, rows: int = _BLOCK) -> Iterator[Floats]:
    """Yields the vectors of chosen texts in blocks; skips blocks without a chosen text.

    Args:
        read: returns a range of the vectors
        chosen: the numbers of the texts, ascending
        rows: the most vectors per block
    """
    at = 0
    while at < len(chosen):
        start = int(chosen[at])
        end = int(np.searchsorted(chosen, start + rows))
        yield read(start, int(chosen[end - 1]) + 1)[chosen[at:end] - start]
        at = end


def _train(vectors: Floats, k: int, seed: int) -> Floats:
    """Returns the centroids of k-means.

    Whatever depends on the number of threads runs in one: the sums of k-means over all vectors, and
    matrix products. Mini-batches are summed by cluster, which does not depend on it.
    """
    state = np.random.RandomState(seed % 2**32)
    small = len(vectors) * k <= _SMALL
    with threadpool_limits(limits=1):
        if k <= _PLUS_PLUS:
            few = state.permutation(len(vectors))[: max(3 * k, 3_000)]
            first, _ = kmeans_plusplus(vectors[few], k, random_state=state)
        else:
            first = vectors[state.permutation(len(vectors))[:k]]
    if small:
        model = KMeans(k, init=first, n_init=1, random_state=state)
    else:
        model = MiniBatchKMeans(
            k, init=first, n_init=1, batch_size=_BATCH, max_iter=_EPOCHS, tol=0,
            max_no_improvement=None, reassignment_ratio=0, compute_labels=False,
            random_state=state,
        )  # fmt: skip
    with threadpool_limits(limits=1, user_api=None if small else "blas"), catch_warnings():
        simplefilter(
            "ignore", ConvergenceWarning
        )  # fewer distinct vectors than k: unused centroids are dropped
        return np.asarray(model.fit(vectors).cluster_centers_, dtype=np.float32)
