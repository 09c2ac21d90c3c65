"""Measures the recall of searches whose right answers are known.

The queries are nodes' brief actions, with the same nodes' brief summaries as answers, and titles,
with the videos as answers. Neither needs labelling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..core import fields as names
from ..core.detections import detections_in, duration_of, level_of, rate_in
from ..core.search import QueryError
from ..core.wording import count
from ..internals.views import source_dataset, stream
from ..meaning.encoders import TextEncoder
from ..meaning.ranks import ranks_of, score_blocks
from ..meaning.store import FloatArray, IntArray, TextIndex
from .hierarchy import DatasetOrView
from .indexes import DEFAULT_KEY, encoder_of, open_kind
from .kept import part_of
from .search import WEIGHTS, Mode, indexed_fields
from .shown import shown_occurrences, shows_all

MODES: tuple[Mode, ...] = ("words", "meaning", "both")
#: The ranks at which recall is measured.
RANKS = (1, 5, 10)
#: The boundaries between brackets of durations, in seconds.
BRACKETS = (3.0, 10.0, 30.0, 90.0)
#: Videos per batch.
_BATCH = 100
#: The rank of an answer without any word of the query.
_NOWHERE = 1 << 40


@dataclass(frozen=True)
class Recall:
    """The recall of a group of queries.

    Attributes:
        of: the group: ``all``, ``level 3``, ``3 to 10 s`` or ``titles``
        queries: the number of queries
        recall: by mode, the share of queries whose answer is among the first 1, 5 and 10
    """

    of: str
    queries: int
    recall: Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation.

    Attributes:
        dataset: the dataset's name
        encoder: the name of the encoder
        query_field: the field of the queries
        target_field: the field of the answers
        targets: the number of distinct texts among which answers are searched: those of all nodes
            with both fields
        segments: the recall of all queries, of each level, and of each bracket of durations
        titles: the recall of titles; None if no video has one
        videos: the number of videos among which those of titles are searched
    """

    dataset: str
    encoder: str
    query_field: str
    target_field: str
    targets: int
    segments: list[Recall] = field(default_factory=list)
    titles: Recall | None = None
    videos: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        rows = [*self.segments, *([self.titles] if self.titles else [])]
        return (
            f"{self.query_field} -> {self.target_field}, {count(self.targets, 'distinct text')}, "
            f"by {self.encoder}; title -> video, {count(self.videos, 'video')}\n" + table_of(rows)
        )


def table_of(rows: Sequence[Recall]) -> str:
    """Returns a table with one line per group."""
    modes = list(rows[0].recall) if rows else []
    wide = max((len(row.of) for row in rows), default=0)
    head = f"{'':{wide}}  {'':>7}" + "".join(f"  {mode:<15}" for mode in modes)
    ranks = "".join(f"{f'R@{rank}':>5}" for rank in RANKS)
    lines = [head.rstrip(), f"{'':{wide}}  queries" + "".join(f"  {ranks}" for _ in modes)]
    for row in rows:
        cells = ("".join(f"{row.recall[mode][rank]:5.2f}" for rank in RANKS) for mode in modes)
        lines.append(f"{row.of:<{wide}}  {row.queries:>7,}" + "".join(f"  {c}" for c in cells))
    return "\n".join(lines)


def evaluate(
    view: DatasetOrView,
    modes: Sequence[Mode] = MODES,
    query_field: str = "gpt_action_brief",
    target_field: str = "gpt_summary_brief",
    queries: int = 1000,
    seed: int = 51,
    brain_key: str = DEFAULT_KEY,
    encoder: TextEncoder | None = None,
) -> Evaluation:
    """Measures the recall of a search at 1, 5 and 10, for captions and titles as queries.

    A query is a node's text in one field; the answer is the same node's text in another, searched
    among the distinct texts of all nodes with both. Likewise, a video's title is the query for the
    video with the best caption. Example::

        print(evaluate(dataset))

    Args:
        view: a dataset, or a view of videos; hidden captions are neither queries nor answers
        modes: ``words``, ``meaning`` and ``both``, or some of them
        query_field: the field of the queries
        target_field: the field of the answers
        queries: the most nodes, and the most titles, to use as queries, chosen at random
        seed: the seed of the choice
        brain_key: the name of the index
        encoder: the encoder of titles; by default that of the index

    Raises:
        NoIndexError: if the dataset has no index; the message says what to run
        NoHierarchyError: if a field is not indexed or not shown by the view
        QueryError: if there are no queries, or an argument is invalid
        OtherEncoderError: if the encoder is not that of the index
        EncoderError: if the encoder cannot be used
    """
    _check(modes, queries)
    index = open_kind(view, brain_key, "texts")
    indexed_fields(view, index, [query_field, target_field])
    asked = _read_all(view, index, query_field, target_field)
    targets = np.unique(asked.nodes[:, 1]).astype(np.int64)
    random = np.random.default_rng(seed)
    some = np.sort(random.permutation(len(asked.nodes))[:queries])
    found = _segments(index, asked.nodes[some], targets, modes)
    titles, videos = None, 0
    if asked.titles:
        chosen = np.sort(random.permutation(len(asked.titles))[:queries]).tolist()
        opened = encoder or (encoder_of(view, index, brain_key) if set(modes) - {"words"} else None)
        titles, videos = _titles(view, index, [asked.titles[i] for i in chosen], modes, opened)
    if not found and titles is None:
        raise QueryError(
            f"no node has both {query_field} and {target_field} as they were indexed, and no video "
            "a title: there is nothing to ask for"
        )
    name = source_dataset(view).name
    return Evaluation(
        name, index.encoder, query_field, target_field, len(targets), found, titles, videos
    )


def _check(modes: Sequence[Mode], queries: int) -> None:
    if set(modes) - set(MODES) or not modes or queries < 1:
        raise QueryError(
            f"the modes are {', '.join(map(repr, modes)) or 'none'} and the queries {queries}: "
            f"choose modes from {', '.join(MODES)}, and 1 query or more"
        )


class _Asked(NamedTuple):
    """The possible queries: nodes with both texts, and titles with their samples' ids.

    ``nodes`` is ``[nodes, 4]``: the rows of the query and of its answer, the level and the seconds.
    """

    nodes: npt.NDArray[np.float64]
    titles: list[tuple[str, bytes]]


def _read_all(view: DatasetOrView, index: TextIndex, query_field: str, target_field: str) -> _Asked:
    ids = sorted(view.values("id"))
    nodes = [np.empty((0, 4))]
    titles: list[tuple[str, bytes]] = []
    for at in range(0, len(ids), _BATCH):
        for document in _read(view, ids[at : at + _BATCH], query_field, target_field):
            pairs = list(_pairs(index, document, query_field, target_field))
            nodes.append(np.array(pairs, np.float64).reshape(-1, 4))
            if title := (document.get(names.TITLE) or "").strip():
                titles.append((title, document["_id"].binary))
    return _Asked(np.concatenate(nodes), titles)


def _read(view: DatasetOrView, ids: Sequence[str], *of_fields: str) -> Iterator[dict[str, Any]]:
    keys = (names.NODE_ID, "label", "support", names.LEVEL, names.START, names.END)
    wanted = [f"{name}.detections.{key}" for name in of_fields for key in keys]
    project = dict.fromkeys([names.TITLE, "metadata.frame_rate", *wanted], 1)
    yield from stream(part_of(view, ids), [{"$project": project}, {"$sort": {"_id": 1}}])


def _pairs(
    index: TextIndex, document: Mapping[str, Any], query_field: str, target_field: str
) -> Iterator[tuple[int, int, int, float]]:
    """Yields the nodes of a video with both texts as indexed."""
    rate = rate_in(document)
    answers = {d.get(names.NODE_ID): d for d in _detections(document, target_field)}
    asked = [d for d in _detections(document, query_field) if d.get(names.NODE_ID) in answers]
    queries = index.rows_of([d["label"] for d in asked])
    right = index.rows_of([answers[d[names.NODE_ID]]["label"] for d in asked])
    for detection, query, answer in zip(asked, queries.tolist(), right.tolist(), strict=True):
        if query >= 0 and answer >= 0:
            yield query, answer, level_of(detection), duration_of(detection, rate)


def _detections(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = detections_in(document, name)
    return [d for d in found if d.get("label") and d.get(names.NODE_ID) is not None]


def _parts(mode: Mode, vectors: FloatArray | None, words: list[str]) -> dict[str, Any]:
    """Returns the arguments of :func:`score_blocks` for a mode."""
    return {
        "queries": None if mode == "words" else vectors,
        "words": None if mode == "meaning" else words,
        "weights": WEIGHTS if mode == "both" else (1.0, 1.0),
    }


def _segments(
    index: TextIndex, nodes: npt.NDArray[np.float64], targets: IntArray, modes: Sequence[Mode]
) -> list[Recall]:
    """Returns the recall of nodes: of all, of each level and of each bracket of durations."""
    if not len(nodes):
        return []
    queries, answers, levels = nodes[:, :3].astype(np.int64).T
    right = np.searchsorted(targets, answers)
    texts = index.texts.take(queries).to_pylist()
    ranks: dict[str, IntArray] = {}
    for mode in modes:
        ranks[mode] = np.empty(len(nodes), np.int64)
        parts = _parts(mode, index.exact(queries), texts)
        for first, scores in score_blocks(index, targets, **parts):
            part = slice(first, first + len(scores))
            ranks[mode][part] = _found_at(scores, right[part], mode)
    return recall_by_group(ranks, levels, nodes[:, 3])


def recall_by_group(
    ranks: Mapping[str, IntArray], levels: IntArray, seconds: npt.NDArray[np.float64]
) -> list[Recall]:
    """Returns the recall of all nodes, of each level and of each bracket of durations.

    Args:
        ranks: by mode, the rank of each node's answer
        levels: the level of each node
        seconds: the duration of each node
    """
    brackets = np.searchsorted(BRACKETS, seconds, side="right")
    everyone = np.ones(len(levels), bool)
    groups = [("all", everyone)]
    groups += [(f"level {level}", levels == level) for level in np.unique(levels).tolist()]
    groups += [(_bracket(b), brackets == b) for b in np.unique(brackets).tolist()]
    return [_recall(of, {mode: ranks[mode][some] for mode in ranks}) for of, some in groups]


def _found_at(scores: FloatArray, right: IntArray, mode: Mode) -> IntArray:
    """Returns the rank of each answer; by words, answers without a common word are not found."""
    ranks = ranks_of(scores, right)
    if mode == "words":
        ranks[scores[np.arange(len(scores)), right] <= 0] = _NOWHERE
    return ranks


def _bracket(place: int) -> str:
    if place == 0:
        return f"under {BRACKETS[0]:g} s"
    if place == len(BRACKETS):
        return f"{BRACKETS[-1]:g} s and more"
    return f"{BRACKETS[place - 1]:g} to {BRACKETS[place]:g} s"


def _recall(of: str, ranks: Mapping[str, IntArray]) -> Recall:
    number = len(next(iter(ranks.values())))
    shares = {
        str(mode): {most: round(float((found <= most).mean()), 4) for most in RANKS}
        for mode, found in ranks.items()
    }
    return Recall(of, number, shares)


def _titles(
    view: DatasetOrView,
    index: TextIndex,
    titles: Sequence[tuple[str, bytes]],
    modes: Sequence[Mode],
    encoder: TextEncoder | None,
) -> tuple[Recall | None, int]:
    """Returns the recall of titles, and the number of videos with captions.

    The score of a video is that of its best caption.
    """
    searched = indexed_fields(view, index)
    kept = None if shows_all(view) else shown_occurrences(view, index, searched)
    rows = np.flatnonzero(index.texts_in(searched, kept))
    of, places = index.places(rows, searched, kept)
    samples = index.column("sample")[places]
    order = np.argsort(samples, kind="stable")
    videos, starts = np.unique(samples[order], return_index=True)
    texts = np.searchsorted(rows, of)[order]
    place_of = {index.sample_ids[v].tobytes(): place for place, v in enumerate(videos.tolist())}
    asked = [(title, place_of[sample]) for title, sample in titles if sample in place_of]
    if not asked:
        return None, len(videos)
    words, right = [title for title, _ in asked], np.array([place for _, place in asked])
    vectors = None if encoder is None else index.encode(encoder, words)
    ranks: dict[str, IntArray] = {}
    for mode in modes:
        ranks[mode] = np.empty(len(asked), np.int64)
        for first, scores in score_blocks(index, rows, **_parts(mode, vectors, words)):
            best = np.maximum.reduceat(scores[:, texts], starts, axis=1)
            part = slice(first, first + len(scores))
            ranks[mode][part] = _found_at(best, right[part], mode)
    return _recall("titles", ranks), len(videos)
