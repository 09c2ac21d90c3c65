"""Ranks captions by how little they agree with those around them, the most doubtful first."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..core import fields as names
from ..core.detections import detections_in
from ..core.search import QueryError
from ..internals.views import clip_field, stream
from ..meaning.doubt import agreement
from ..meaning.store import FloatArray, IntArray, TextIndex
from .hierarchy import DatasetOrView, NoHierarchyError
from .hits import Hit, read_labels
from .indexes import DEFAULT_KEY, open_kind
from .kept import part_of
from .progress import StageProgress, result_of
from .search import indexed_fields

#: The most videos that are read to measure the usual agreement.
_USUAL = 1000
#: Videos per batch.
_BATCH = 50
#: The least standard deviation of cosines that is assumed.
_LEAST_DEVIATION = 0.02
#: What a caption is compared with, in the order of :func:`agreement`'s columns.
OTHERS = (
    "the captions of its parent, siblings and children",
    "the other captions of its node",
    "the field's captions in the video",
)

_CLIPS = "clips have no tree around them: look at their videos"


@dataclass(frozen=True)
class Doubt(Hit):
    """A caption that may be wrong: a :class:`.hits.Hit` whose score says how unusual it is.

    Attributes:
        score: the number of standard deviations by which the caption agrees less than is usual for
            its field, as the mean of three comparisons
        reason: what it disagrees with most, with its cosine and the usual one
    """

    reason: str = ""


#: A doubt before its caption is read: score, sample, label, field and reason.
_Item = tuple[float, str, str, str, str]


class _Usual(NamedTuple):
    """The usual agreement of each field's captions, ``[fields, 3]``, see :func:`agreement`."""

    mean: FloatArray
    deviation: FloatArray


class _Video(NamedTuple):
    """The captions of a video and their agreement."""

    sample_id: str
    found: FloatArray
    fields: IntArray
    labels: list[str]


def doubtful(
    view: DatasetOrView,
    k: int = 100,
    field: str | Sequence[str] | None = None,
    least: float | None = None,
    brain_key: str = DEFAULT_KEY,
) -> list[Doubt]:
    """Returns the captions that agree least with others of their video, the most doubtful first.

    A caption is compared with the same field's captions of the node's parent, siblings and
    children, with the node's captions of other indexed fields, and with the same field's captions
    of the whole video. The score is the mean of how far these three cosines are below the usual
    ones of the field, in standard deviations; a missing comparison counts as usual. The dataset is
    not changed. Example::

        doubts = doubtful(dataset, k=20)
        for doubt in doubts:
            print(round(doubt.score, 1), doubt.label, doubt.reason)
        captions_view(dataset, doubts)

    Args:
        view: a dataset, or a view of videos; hidden captions are not compared
        k: the most captions to return
        field: the field or fields whose captions are judged; by default all that are indexed
        least: the lowest score to return; by default any
        brain_key: the name of the index

    Raises:
        NoIndexError: if the dataset has no index; the message says what to run
        QueryError: if k is not positive
        NoHierarchyError: if the field is not indexed or not shown by the view, or for clips
    """
    return result_of(doubting(view, k, field, least, brain_key))


def doubting(
    view: DatasetOrView,
    k: int = 100,
    field: str | Sequence[str] | None = None,
    least: float | None = None,
    brain_key: str = DEFAULT_KEY,
) -> Generator[StageProgress, None, list[Doubt]]:
    """Like :func:`doubtful`, with the same arguments and errors, but yields its progress.

    Videos that are read to measure the usual agreement are read twice.
    """
    if k < 1:
        raise QueryError(f"k is {k}: give 1 or more")
    if clip_field(view):
        raise NoHierarchyError(_CLIPS)
    index = open_kind(view, brain_key, "texts")
    searched = indexed_fields(view, index)
    judged = indexed_fields(view, index, field)
    ids = sorted(view.values("id"))
    some = np.sort(np.random.default_rng(51).permutation(len(ids))[:_USUAL]).tolist()
    total = len(some) + len(ids)
    first: list[_Video] = []
    for at in range(0, len(some), _BATCH):
        part = [ids[place] for place in some[at : at + _BATCH]]
        first += _videos(view, index, searched, part)
        yield StageProgress("Comparing", at + len(part), total)
    usual = _usual(first)
    places = [searched.index(name) for name in judged]
    best: list[_Item] = []
    for at in range(0, len(ids), _BATCH):
        part = ids[at : at + _BATCH]
        for video in _videos(view, index, searched, part):
            _judge(video, usual, places, searched, best, k, least)
        yield StageProgress("Comparing", len(some) + at + len(part), total)
    return _read(view, sorted(best, key=lambda item: (-item[0], *item[1:])))


def by_doubt(view: DatasetOrView, hits: Sequence[Hit], brain_key: str = DEFAULT_KEY) -> list[Hit]:
    """Returns captions in the order of :func:`doubtful`, compared with those of their videos.

    Captions without any comparison come last.

    Errors are those of :func:`doubtful`.

    Args:
        view: a dataset, or a view of videos, with the captions
        hits: the captions
        brain_key: the name of the index
    """
    if clip_field(view):
        raise NoHierarchyError(_CLIPS)
    index = open_kind(view, brain_key, "texts")
    searched = indexed_fields(view, index)
    videos = list(_videos(view, index, searched, sorted({hit.sample_id for hit in hits})))
    items: list[_Item] = []
    usual, places = _usual(videos), range(len(searched))
    for video in videos:
        _judge(video, usual, places, searched, items, len(items) + len(video.labels) + 1, None)
    others = {hit.label_id: hit for hit in hits}
    worst_first = sorted(items, key=lambda item: (-item[0], *item[1:]))
    doubts = [_doubt(others.pop(item[2]), item) for item in worst_first if item[2] in others]
    return [*doubts, *others.values()]


def _judge(
    video: _Video,
    usual: _Usual,
    judged: Sequence[int],
    searched: Sequence[str],
    best: list[_Item],
    k: int,
    least: float | None,
) -> None:
    """Adds a video's doubtful captions to the heap of the k best."""
    below = (usual.mean[video.fields] - video.found) / usual.deviation[video.fields]
    scores = np.nan_to_num(below).mean(axis=1)
    keep = np.isin(video.fields, judged) & ~np.isnan(below).all(axis=1)
    if least is not None:
        keep &= scores >= least
    keep &= scores > (best[0][0] if len(best) == k else -np.inf)
    for place in np.flatnonzero(keep).tolist():
        name = searched[video.fields[place]]
        reason = _reason(below[place], video.found[place], usual.mean[video.fields[place]])
        item = (float(scores[place]), video.sample_id, video.labels[place], name, reason)
        (heapq.heappushpop if len(best) == k else heapq.heappush)(best, item)


def _read(view: DatasetOrView, best: Sequence[_Item]) -> list[Doubt]:
    labels, samples = [item[2] for item in best], sorted({item[1] for item in best})
    hits = read_labels(view, labels, samples, {item[3] for item in best})
    return [_doubt(hits[item[2]], item) for item in best if item[2] in hits]


def _doubt(hit: Hit, item: _Item) -> Doubt:
    return Doubt(**{**vars(hit), "score": round(item[0], 4)}, reason=item[4])


def _reason(below: FloatArray, found: FloatArray, usual: FloatArray) -> str:
    """Returns what a caption agrees with least, compared with what is usual."""
    worst = int(np.nanargmax(below))
    return f"unlike {OTHERS[worst]} (cosine {found[worst]:.2f}, usually {usual[worst]:.2f})"


def _usual(videos: Sequence[_Video]) -> _Usual:
    """Returns the mean and the standard deviation of each field's agreement."""
    found = np.concatenate([np.zeros((0, 3), np.float32), *(video.found for video in videos)])
    fields = np.concatenate([np.zeros(0, np.int64), *(video.fields for video in videos)])
    mean = np.zeros((int(fields.max(initial=-1)) + 1, 3), np.float32)
    deviation = np.ones_like(mean)
    for field, column in np.ndindex(*mean.shape):
        values = found[fields == field, column]
        values = values[~np.isnan(values)]
        if len(values):
            mean[field, column] = values.mean()
            deviation[field, column] = max(values.std(), _LEAST_DEVIATION)
    return _Usual(mean, deviation)


def _videos(
    view: DatasetOrView, index: TextIndex, searched: Sequence[str], ids: Sequence[str]
) -> Iterator[_Video]:
    """Yields the agreement of each video's captions, without those that are not in the index."""
    keys = ("_id", "label", names.NODE_ID, names.PARENT_ID)
    project = {f"{name}.detections.{key}": 1 for name in searched for key in keys}
    for document in stream(part_of(view, ids), [{"$project": project}]):
        captions = [
            (place, detection)
            for place, name in enumerate(searched)
            for detection in detections_in(document, name)
            if detection.get("label") and isinstance(detection.get(names.NODE_ID), str)
        ]
        rows = index.rows_of([detection["label"] for _, detection in captions])
        captions = [c for c, row in zip(captions, rows.tolist(), strict=True) if row >= 0]
        if captions:
            yield _video(document, captions, index.exact(rows[rows >= 0]))


def _video(
    document: Mapping[str, Any],
    captions: Sequence[tuple[int, Mapping[str, Any]]],
    vectors: FloatArray,
) -> _Video:
    parents = {d[names.NODE_ID]: d.get(names.PARENT_ID) for _, d in captions}
    places = {node_id: place for place, node_id in enumerate(parents)}
    fields = np.array([place for place, _ in captions])
    found = agreement(
        vectors,
        fields,
        np.array([places[d[names.NODE_ID]] for _, d in captions]),
        np.array([places.get(parent, -1) for parent in parents.values()]),
    )
    return _Video(str(document["_id"]), found, fields, [str(d["_id"]) for _, d in captions])
