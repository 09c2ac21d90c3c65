"""Finds the segments whose captions mean what is asked for, have its words, or both.

Scores are computed over the distinct texts of an index (:mod:`.indexing`); the filters (the view,
fields, levels, durations) decide first which of them take part. The captions of the best are then
read from the view, so that nothing is found that the view hides or that has changed since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.stages as fosg
import numpy as np

from ..core.search import QueryError
from ..internals.views import clip_field, source_dataset, stages_of, stream
from ..meaning.encoders import TextEncoder
from ..meaning.store import FloatArray, IntArray, Mask, TextIndex
from .hierarchy import DatasetOrView, NoHierarchyError
from .hits import Hit, label_ids, read_hits
from .index_state import warn_if_stale
from .indexes import DEFAULT_KEY, encoder_of, open_index

Mode = Literal["words", "meaning", "both"]

#: The weights of the cosine and of the words.
WEIGHTS = (0.7, 0.3)
#: The longest query, in characters.
MAX_QUERY = 2000

#: Stages that keep or leave out whole samples.
_OF_SAMPLES = (
    fosg.Exclude, fosg.ExcludeBy, fosg.Exists, fosg.GeoNear, fosg.GeoWithin, fosg.Limit,
    fosg.Match, fosg.MatchLabels, fosg.MatchTags, fosg.Select, fosg.SelectBy, fosg.Shuffle,
    fosg.Skip, fosg.SortBy, fosg.Take,
)  # fmt: skip


@dataclass(frozen=True)
class Query:
    """What is asked for.

    Attributes:
        vector: a unit vector; None to rank by words only
        words: a text whose words count; None to rank by the vector only
        fields: the fields to search; all indexed ones by default
        levels: the levels to search; all by default
        seconds: the shortest and the longest duration, each None for no limit
    """

    vector: FloatArray | None
    words: str | None
    fields: Sequence[str] | None = None
    levels: Collection[int] | None = None
    seconds: tuple[float | None, float | None] = field(default=(None, None))


def search(
    view: DatasetOrView,
    text: str,
    k: int = 20,
    mode: Mode = "both",
    fields: str | Sequence[str] | None = None,
    collapse: bool = True,
    levels: Collection[int] | None = None,
    seconds: tuple[float | None, float | None] | None = None,
    brain_key: str = DEFAULT_KEY,
    encoder: TextEncoder | None = None,
    check: bool = True,
) -> list[Hit]:
    """Returns the segments that are found for a text, the best first.

    ``meaning`` ranks by the cosine of the text's vector with the caption's, ``words`` by the TF-IDF
    of the words and pairs of words that they have in common, and ``both`` by 0.7 times the one
    plus 0.3 times the other. Example::

        for hit in search(dataset, "whisk the eggs"):
            print(hit.video_uid, hit.start, hit.end, hit.label, round(hit.score, 2))

    Args:
        view: a dataset, or a view of videos or clips; what it hides is not found
        text: what to look for
        k: how many segments to return at most
        mode: ``words``, ``meaning`` or ``both``
        fields: the fields to search; by default all that are indexed
        collapse: whether ancestors and descendants of a hit count as the hit
        levels: the levels to search; all by default
        seconds: the shortest and the longest duration; None for no limit
        brain_key: the name of the index
        encoder: what embeds the text; by default what has made the index
        check: whether to log a warning if the index is stale

    Raises:
        NoIndexError: if the dataset has no index; the message says what to run
        QueryError: if the text is empty or too long, or an argument makes no sense
        OtherEncoderError: if the encoder is not that of the index
        EncoderError: if the encoder cannot be used
        NoHierarchyError: if a field is not indexed or not shown by the view
    """
    if mode not in get_args(Mode):
        raise QueryError(f"mode is {mode!r}: choose from {', '.join(get_args(Mode))}")
    if not text.strip():
        raise QueryError("type something to look for")
    if len(text) > MAX_QUERY:
        raise QueryError(f"a query can have {MAX_QUERY:,} characters, this one has {len(text):,}")
    if k < 1:
        raise QueryError(f"k is {k}: give 1 or more")
    index = open_index(view, brain_key)
    if check:
        warn_if_stale(source_dataset(view), index, brain_key)
    vector = None
    if mode != "words":
        vector = index.encode(encoder or encoder_of(view, index, brain_key), text)
    query = Query(
        vector,
        None if mode == "meaning" else text,
        [fields] if isinstance(fields, str) else fields,
        levels,
        seconds or (None, None),
    )
    hits: list[Hit] = []
    for hit in ranked(view, index, query, k):
        branch = _find_branch(hits, hit) if collapse else None
        if branch is not None:
            hits[branch] = replace(hits[branch], also=hits[branch].also + 1)
        elif len(hits) == k:
            break
        else:
            hits.append(hit)
    return hits


def _find_branch(hits: Sequence[Hit], hit: Hit) -> int | None:
    return next((place for place, other in enumerate(hits) if other.same_branch(hit)), None)


def ranked(view: DatasetOrView, index: TextIndex, query: Query, k: int) -> Iterator[Hit]:
    """Yields the segments that are found, the best first.

    Args:
        view: a dataset, or a view of videos or clips
        index: its dataset's
        query: what to look for
        k: how many segments are likely to be wanted

    Raises:
        NoHierarchyError: if a field is not indexed or not shown by the view
    """
    searched = searched_fields(view, index, query.fields)
    kept = kept_occurrences(view, index, query, searched)
    allowed = allowed_texts(index, searched, kept)
    weights = WEIGHTS if query.vector is not None and query.words is not None else (1.0, 1.0)
    for rows, scores in index.ranked(k, allowed, query.vector, query.words, weights):
        score_of = dict(zip(rows.tolist(), scores.tolist(), strict=True))
        for chosen, places in _chunks(index, rows, kept, searched, k):
            by_label = read_hits(view, index, places)
            texts = index.texts.take(chosen).to_pylist()
            for row, label_id, text in zip(
                chosen.tolist(), label_ids(index, places), texts, strict=True
            ):
                hit = by_label.get(label_id)
                if hit is not None and hit.label == text:  # else changed or deleted meanwhile
                    yield replace(hit, score=round(score_of[row], 6))


def searched_fields(
    view: DatasetOrView, index: TextIndex, fields: Sequence[str] | None
) -> tuple[str, ...]:
    """Returns the fields to search: the chosen ones, or all that are indexed and in the view.

    Raises:
        NoHierarchyError: if there is none, or a chosen one is not indexed or not in the view
    """
    clips = clip_field(view)
    schema = view.get_field_schema()
    there = [f for f in index.fields if (f == clips if clips else f in schema)]
    if isinstance(view, foc.ClipsView) and not there:
        raise NoHierarchyError("these clips are not of an indexed field: search their videos")
    wrong = [name for name in fields or () if name not in there]
    if wrong or not there or (fields is not None and not fields):
        raise NoHierarchyError(
            f"{', '.join(map(repr, wrong)) or 'no field'} is not indexed, or not in the view; "
            f"what can be searched: {', '.join(there) or 'nothing'}"
        )
    return tuple(there if fields is None else dict.fromkeys(fields))


def allowed_texts(index: TextIndex, searched: Sequence[str], kept: Mask | None) -> Mask:
    """Returns which texts some fields have in occurrences that are kept, one flag per text."""
    bits = sum(1 << index.fields.index(name) for name in searched)
    allowed: Mask = index.alive & (index.in_fields & np.uint16(bits) > 0)
    return allowed if kept is None else allowed & index.texts_of(kept)


def kept_occurrences(
    view: DatasetOrView, index: TextIndex, query: Query, searched: Sequence[str]
) -> Mask | None:
    """Returns which occurrences the filters and the view keep; None for all of them."""
    kept = _in_view(view, index, searched)

    def also(flags: Mask) -> None:
        nonlocal kept
        kept = flags if kept is None else kept & flags

    if query.levels is not None:
        also(np.isin(index.column("level"), np.array(list(query.levels), np.int16)))
    shortest, longest = query.seconds
    if shortest is not None:
        also(index.column("duration") >= shortest - 1e-6)
    if longest is not None:
        also(index.column("duration") <= longest + 1e-6)
    if kept is not None and len(searched) < len(index.fields):
        also(np.isin(index.column("field"), [index.fields.index(name) for name in searched]))
    return kept


def _in_view(view: DatasetOrView, index: TextIndex, searched: Sequence[str]) -> Mask | None:
    """Returns which occurrences a view shows, None for all of them."""
    if isinstance(view, fo.Dataset) or not (stages_of(view) or clip_field(view)):
        return None
    if clip_field(view):
        found = stream(view, [{"$project": {"s": "$_sample_id"}}])
        shown = {document["_id"].binary: document["s"].binary for document in found}
        return _shown(index, set(shown.values()), set(shown))
    if all(isinstance(stage, _OF_SAMPLES) for stage in stages_of(view)):
        found = stream(view, [{"$project": {"_id": 1}}])
        return _shown(index, {document["_id"].binary for document in found}, None)
    ids = {f"f{place}": f"${name}.detections._id" for place, name in enumerate(searched)}
    samples: set[bytes] = set()
    labels: set[bytes] = set()
    for document in stream(view, [{"$project": ids}]):
        samples.add(document.pop("_id").binary)
        labels.update(i.binary for found in document.values() for i in found or ())
    return _shown(index, samples, labels)


def _shown(index: TextIndex, samples: set[bytes], labels: set[bytes] | None) -> Mask:
    """Returns which occurrences are in some samples, and have some labels if these are given."""
    of_sample = np.array([i.tobytes() in samples for i in index.sample_ids], bool)
    kept: Mask = of_sample[index.column("sample")] if len(of_sample) else np.zeros(0, bool)
    if labels is not None:
        places = np.flatnonzero(kept)
        ids = index.column("label")[places]
        kept[places] = [i.tobytes() in labels for i in ids]
    return kept


def _chunks(
    index: TextIndex, rows: IntArray, kept: Mask | None, searched: Sequence[str], k: int
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yields the kept occurrences of texts, in the texts' order: their texts and their places.

    About twice k at once, so that little more is read from the database than is wanted.
    """
    wanted = np.array([index.fields.index(name) for name in searched])
    for row in _grouped(index, rows, 2 * k):
        texts, places = index.places(row)
        some = np.isin(index.column("field")[places], wanted) if kept is None else kept[places]
        texts, places = texts[some], places[some]
        for at in range(0, len(places), 2 * k):
            yield texts[at : at + 2 * k], places[at : at + 2 * k]


def _grouped(index: TextIndex, rows: IntArray, size: int) -> Iterator[IntArray]:
    """Yields texts in groups that have about ``size`` occurrences together."""
    groups = (np.cumsum(index.counts_of(rows)) - 1) // size
    yield from np.split(rows, np.flatnonzero(np.diff(groups)) + 1)
