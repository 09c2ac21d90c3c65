"""Draws a sample of nodes to review, and measures the agreement between reviewers."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any, NamedTuple

import fiftyone as fo
from bson import ObjectId
from pymongo import UpdateOne

from ..core import fields as names
from ..core.detections import UNKNOWN_RATE, detections_in, duration_of, level_of
from ..core.identity import uid_of
from ..core.keys import REVIEW_SAMPLE_KEY
from ..core.reviews import SAMPLE_TAG, ReviewError, kappa, review_of
from ..core.wording import count, one_line, percent
from ..internals.database import Document, refresh_samples, samples_of
from ..internals.views import source_dataset, stream
from .expressions import Expression, cond, map_each, select
from .hierarchy import DatasetOrView, find_hierarchy
from .review_progress import of_videos, review_progress, with_labels

#: The durations in seconds that separate the strata: the bins of the Action100M paper.
DURATIONS = (3.0, 10.0, 60.0)

#: A stratum: a level, and how many of :data:`DURATIONS` its nodes reach.
Stratum = tuple[int, int]
_Drawn = tuple[int, str, str]


@dataclass(frozen=True)
class ReviewSample:
    """A sample of nodes to review.

    Attributes:
        size: the number of drawn nodes
        total: the number of nodes drawn from
        videos: the number of videos with drawn nodes
        strata: the number of strata
        seed: the random seed
    """

    size: int
    total: int
    videos: int
    strata: int
    seed: int

    def __str__(self) -> str:
        return (
            f"{count(self.size, 'segment')} of {self.total:,} drawn in "
            f"{count(self.videos, 'video')}, from {count(self.strata, 'stratum', 'strata')} of "
            f"level and duration, seed {self.seed}"
        )

    def to_dict(self) -> dict[str, int]:
        """Returns the counts as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Agreement:
    """The agreement of two reviewers on the nodes that both have judged.

    Attributes:
        first: the first reviewer
        second: the second reviewer
        nodes: the number of nodes that both have judged
        agreed: the number of nodes to which both gave the same status
        kappa: Cohen's kappa, None where it is undefined: see :func:`..core.reviews.kappa`
        differing: the nodes on which they differ, each with the id of its sample
    """

    first: str
    second: str
    nodes: int
    agreed: int
    kappa: float | None
    differing: Sequence[tuple[str, str]] = ()

    def __str__(self) -> str:
        value = "undefined, as all have one status" if self.kappa is None else f"{self.kappa:.2f}"
        return (
            f"{one_line(self.first)} and {one_line(self.second)}: "
            f"{count(self.nodes, 'segment')} judged by both, the "
            f"same on {percent(self.agreed / self.nodes)}, Cohen's kappa {value}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as a dictionary."""
        return {**asdict(self), "differing": [list(pair) for pair in self.differing]}


def sample_for_review(collection: DatasetOrView, size: int, seed: int = 0) -> ReviewSample:
    """Draws nodes to review and tags their labels ``review:sample``, replacing an earlier sample.

    Each stratum of level and duration (under 3 s, 10 s, 60 s, longer) gets its share, and at least
    one node if the sample is large enough. The same nodes and seed give the same sample in any
    order.

    >>> sample_for_review(dataset, 20).size
    20

    Args:
        collection: a dataset or view; for a view of clips, nodes are drawn from their whole videos
        size: how many nodes to draw, or all if there are fewer
        seed: the random seed

    Raises:
        ReviewError: if the size is less than 1, or somebody else draws a sample at the same moment
        NoHierarchyError: if there is no tree
    """
    if size < 1:
        raise ReviewError(f"the size of a sample must be at least 1, not {size}")
    videos = of_videos(collection)
    found = find_hierarchy(videos).fields
    heaps: dict[Stratum, list[tuple[int, str, str]]] = {}
    counts: Counter[Stratum] = Counter()
    for node in _nodes(videos, found):
        counts[node.stratum] += 1
        heap = heaps.setdefault(node.stratum, [])
        drawn = (-_key(seed, node), node.sample_id, node.node_id)
        if len(heap) < size:
            heapq.heappush(heap, drawn)
        elif drawn > heap[0]:
            heapq.heapreplace(heap, drawn)
    chosen: dict[str, list[str]] = {}
    shares = _shares(counts, size)
    for stratum, share in shares.items():
        for _, sample_id, node_id in sorted(heaps[stratum], reverse=True)[:share]:
            chosen.setdefault(sample_id, []).append(node_id)
    dataset = source_dataset(collection)
    _tag(dataset, find_hierarchy(dataset).fields, chosen)
    drawn_nodes, strata = sum(shares.values()), sum(share > 0 for share in shares.values())
    if review_progress(dataset, sampled=True).total != drawn_nodes:
        raise ReviewError("somebody else has drawn a sample at the same moment: draw it again")
    sample = ReviewSample(drawn_nodes, sum(counts.values()), len(chosen), strata, seed)
    dataset.info[REVIEW_SAMPLE_KEY] = sample.to_dict()
    dataset.save()
    return sample


def review_agreement(collection: DatasetOrView) -> list[Agreement]:
    """Returns the agreement of each pair of reviewers on the nodes that both have judged.

    >>> review_agreement(dataset)
    []

    Args:
        collection: a dataset or view; for a view of clips, their whole videos

    Returns:
        one result per pair with such nodes, in descending order of their number

    Raises:
        NoHierarchyError: if there is no tree
    """
    videos = of_videos(collection)
    pairs: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for sample_id, node_id, judged in _judged_twice(videos, find_hierarchy(videos).fields):
        for a, b in combinations(sorted(judged), 2):
            pairs.setdefault((a, b), []).append((sample_id, node_id, judged[a], judged[b]))
    found = []
    for (first, second), nodes in pairs.items():
        one, other = [node[2] for node in nodes], [node[3] for node in nodes]
        differing = [node[:2] for node in nodes if node[2] != node[3]]
        agreed = len(nodes) - len(differing)
        found.append(Agreement(first, second, len(nodes), agreed, kappa(one, other), differing))
    return sorted(found, key=lambda each: (-each.nodes, each.first, each.second))


def sampled_nodes(collection: DatasetOrView) -> fo.DatasetView:
    """Shows the segments of the review sample."""
    found = find_hierarchy(collection).fields
    return collection.select_labels(tags=SAMPLE_TAG, fields=list(found))


def where_reviewers_differ(collection: DatasetOrView) -> fo.DatasetView:
    """Shows the segments to which reviewers gave different statuses."""
    judged = fo.ViewField(f"{names.REVIEW}.judged")
    different = judged.map(fo.ViewField("status")).unique().length()
    return with_labels(collection, judged.is_array().if_else(different, 0) > 1)


class _Node(NamedTuple):
    sample_id: str
    video: str
    node_id: str
    stratum: Stratum


def _nodes(collection: DatasetOrView, found: Sequence[str]) -> Iterator[_Node]:
    """Yields each node of a collection once."""
    keys = ("support", names.NODE_ID, names.LEVEL, names.START, names.END)
    wanted = {f"{name}.detections.{key}": 1 for name in found for key in keys}
    wanted |= dict.fromkeys([names.VIDEO_UID, names.URL, "filepath", "metadata.frame_rate"], 1)
    for document in stream(collection, [{"$project": wanted}]):
        sample_id, video = str(document["_id"]), uid_of(document)[0]
        rate = (document.get("metadata") or {}).get("frame_rate") or UNKNOWN_RATE
        seen = set()
        for name in found:
            for d in detections_in(document, name):
                node_id = d.get(names.NODE_ID)
                if node_id is not None and node_id not in seen:
                    seen.add(node_id)
                    seconds = duration_of(d, rate)
                    bin_ = sum(seconds >= least for least in DURATIONS)
                    yield _Node(sample_id, video, node_id, (level_of(d), bin_))


def _key(seed: int, node: _Node) -> int:
    text = f"{seed} {node.video} {node.node_id}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def _shares(counts: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """Returns each stratum's number of nodes: its share by largest remainder, and at least one."""
    total = sum(counts.values())
    size = min(size, total)
    least = 1 if size >= len(counts) else 0
    spare = size - least * len(counts)
    rest = total - least * len(counts)
    exact = {
        stratum: least + (spare * (n - least) / rest if rest else 0)
        for stratum, n in sorted(counts.items())
    }
    shares = {stratum: int(share) for stratum, share in exact.items()}
    remainders = sorted(exact, key=lambda stratum: (shares[stratum] - exact[stratum], stratum))
    for stratum in remainders[: size - sum(shares.values())]:
        shares[stratum] += 1
    return shares


def _tag(dataset: fo.Dataset, found: Sequence[str], chosen: Mapping[str, Sequence[str]]) -> None:
    """Tags the labels of the chosen nodes and untags all others, in one update per video."""
    samples = samples_of(dataset)
    ids = [ObjectId(sample_id) for sample_id in chosen]
    tagged = [{f"{name}.detections.tags": SAMPLE_TAG} for name in found]
    samples.update_many({"_id": {"$nin": ids}, "$or": tagged}, [_tags(found, [])])
    updates = [
        UpdateOne({"_id": ObjectId(sample_id)}, [_tags(found, nodes)])
        for sample_id, nodes in chosen.items()
    ]
    if updates:
        samples.bulk_write(updates, ordered=False)
    refresh_samples(dataset)


def _tags(found: Sequence[str], nodes: Sequence[str]) -> Document:
    """Returns an update that tags the labels of some nodes and untags all others."""
    others = select({"$ifNull": ["$$d.tags", []]}, "t", {"$ne": ["$$t", SAMPLE_TAG]})
    own = cond({"$in": [f"$$d.{names.NODE_ID}", {"$literal": list(nodes)}]}, [SAMPLE_TAG], [])
    tags: Expression = {"tags": {"$concatArrays": [others, own]}}
    values: Document = {"last_modified_at": "$$NOW"}
    for name in found:
        path = f"${name}.detections"
        mapped = map_each(path, "d", {"$mergeObjects": ["$$d", tags]})
        values[f"{name}.detections"] = cond({"$isArray": [path]}, mapped, "$$REMOVE")
    return {"$set": values}


def _judged_twice(
    collection: DatasetOrView, found: Sequence[str]
) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yields each node with several judgements, with its sample and the statuses by reviewer."""
    judged = f"{names.REVIEW}.judged"
    some = [{f"{name}.detections.{judged}.1": {"$exists": True}} for name in found]
    wanted = {
        f"{name}.detections.{key}": 1 for name in found for key in (names.NODE_ID, judged)
    }  # fmt: skip
    for document in stream(collection, [{"$match": {"$or": some}}, {"$project": wanted}]):
        nodes: dict[str, dict[str, str]] = {}
        for name in found:
            for d in detections_in(document, name):
                each = review_of(d).get("judged", ())
                if d.get(names.NODE_ID) is not None and len(each) > 1:
                    # As everywhere, the first of several judgements of one reviewer counts.
                    said = {one["who"]: one["status"] for one in reversed(each)}
                    if len(said) > 1:
                        nodes[d[names.NODE_ID]] = said
        for node_id, statuses in nodes.items():
            yield str(document["_id"]), node_id, statuses
