"""Finds segments whose captions match a text by meaning, by words, or by both.

The filters (view, fields, levels, durations) first decide which distinct texts of an index
(:mod:`.indexing`) are scored. The captions of the best texts are then read from the view, so that
nothing is found that the view hides or that has changed since indexing.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import fiftyone.core.clips as foc
import numpy as np

from ..core.search import QueryError
from ..internals.views import clip_field, source_dataset
from ..meaning.encoders import TextEncoder
from ..meaning.ranking import ranked_texts
from ..meaning.store import FloatArray, IntArray, Mask, TextIndex
from .granularity import levels_shown
from .hierarchy import DatasetOrView, NoHierarchyError
from .hits import Hit, is_as_indexed, label_ids, read_hits, take_best
from .index_state import is_untouched, warn_if_stale
from .indexes import CLIPS_KEY, DEFAULT_KEY, encoder_of, open_kind
from .shown import shown_among, shown_before, shown_occurrences, shows_all

Mode = Literal["words", "meaning", "both", "video"]
#: The shortest and the longest duration, each None for no limit.
Seconds = tuple[float | None, float | None]
ANY_LENGTH: Seconds = (None, None)

#: The weights of the cosine and of the words.
WEIGHTS = (0.7, 0.3)
#: The longest query, in characters.
MAX_QUERY = 2000

#: The most candidates that are looked up in a view at once.
_AT_MOST = 1000
#: The whole view is read once this many candidates, or this share of the number of samples if that
#: is more, have been looked up, and at most this share of them was in the view.
_ENOUGH, _SHARE, _FEW = 4000, 0.25, 0.02


@dataclass(frozen=True)
class Query:
    """A query with its filters.

    Attributes:
        vector: a unit vector; None to rank by words only
        words: a text whose words are compared; None to rank by the vector only
        fields: the fields to search; all indexed ones by default
        levels: the levels to search; all by default
        seconds: the shortest and the longest duration, each None for no limit
    """

    vector: FloatArray | None
    words: str | None
    fields: str | Sequence[str] | None = None
    levels: Collection[int] | None = None
    seconds: Seconds = ANY_LENGTH


def search(
    view: DatasetOrView,
    text: str,
    k: int = 20,
    mode: Mode = "both",
    fields: str | Sequence[str] | None = None,
    collapse: bool = True,
    levels: Collection[int] | None = None,
    seconds: Seconds | None = None,
    brain_key: str = DEFAULT_KEY,
    encoder: TextEncoder | None = None,
    check: bool = True,
) -> list[Hit]:
    """Returns the segments that match a text, the best first.

    ``meaning`` ranks by the cosine of the text's vector with the caption's, ``words`` by the TF-IDF
    of their common words and word pairs, and ``both`` by 0.7 times the former plus 0.3 times the
    latter. ``video`` ranks by the cosine of the text's vector with that of the segment's pictures,
    and needs an index of clips. Example::

        for hit in search(dataset, "whisk the eggs"):
            print(hit.video_uid, hit.start, hit.end, hit.label, round(hit.score, 2))

    Args:
        view: a dataset, or a view of videos or clips; what it hides is not found
        text: the query
        k: the most segments to return
        mode: ``words``, ``meaning``, ``both`` or ``video``
        fields: the fields to search; by default all that are indexed
        collapse: whether ancestors and descendants of a hit are merged into it
        levels: the levels to search; all by default
        seconds: the shortest and the longest duration; None for no limit
        brain_key: the name of the index; by default ``meaning``, and ``clips`` for ``video``
        encoder: the encoder of the text; by default that of the index
        check: whether to log a warning if the index is stale

    Raises:
        NoIndexError: if the dataset has no index; the message says what to run
        QueryError: if the text is empty or too long, or an argument is invalid
        OtherEncoderError: if the encoder is not that of the index
        EncoderError: if the encoder cannot be used
        NoHierarchyError: if a field is not indexed or not shown by the view
    """
    _check(text, k, mode)
    if mode == "video" and brain_key == DEFAULT_KEY:
        brain_key = CLIPS_KEY
    index = open_kind(view, brain_key, "clips" if mode == "video" else "texts")
    if check:
        warn_if_stale(source_dataset(view), index, brain_key)
    vector = None
    if mode != "words":
        vector = index.encode(encoder or encoder_of(view, index, brain_key), [text])[0]
    query = Query(
        vector,
        None if mode in ("meaning", "video") else text,
        fields,
        levels,
        seconds or ANY_LENGTH,
    )
    return take_best(ranked(view, index, query, k), k, collapse)


def _check(text: str, k: int, mode: str) -> None:
    if mode not in get_args(Mode):
        raise QueryError(f"mode is {mode!r}: choose from {', '.join(get_args(Mode))}")
    if not text.strip():
        raise QueryError("type something to look for")
    if len(text) > MAX_QUERY:
        raise QueryError(f"a query can have {MAX_QUERY:,} characters, this one has {len(text):,}")
    if k < 1:
        raise QueryError(f"k is {k}: give 1 or more")


def ranked(view: DatasetOrView, index: TextIndex, query: Query, k: int) -> Iterator[Hit]:
    """Yields the segments that match a query, the best first.

    Args:
        view: a dataset, or a view of videos or clips
        index: the index of its dataset
        query: the query
        k: the number of segments that are probably needed

    Raises:
        NoHierarchyError: if a field is not indexed or not shown by the view
    """
    searched = indexed_fields(view, index, query.fields)
    kept = _filtered(index, query, searched)
    if not shows_all(view):
        looked: IntArray = np.empty(0, np.int64)
        if shown_before(view, index, searched) is None:
            likely = _at_levels(view, index, searched, kept)
            looked, all_found = yield from _looked_up(view, index, query, likely, k)
            if all_found:
                return
        shown = shown_occurrences(view, index, searched)
        kept = shown.copy() if kept is None else kept & shown
        kept[looked] = False
    for found in _candidates(index, query, searched, kept, k):
        yield from _hits(view, index, found)


def _looked_up(
    view: DatasetOrView, index: TextIndex, query: Query, kept: Mask | None, k: int
) -> Generator[Hit, None, tuple[IntArray, bool]]:
    """Yields the best segments of a view, looking up a few candidates at a time.

    This reads few samples, unless the view shows almost none of the best candidates.

    Returns:
        the occurrences that were looked up, and whether these were all
    """
    searched = indexed_fields(view, index, query.fields)
    looked: list[IntArray] = [np.empty(0, np.int64)]
    asked = hits = 0
    enough = max(_ENOUGH, int(_SHARE * index.info.samples))
    for found in _candidates(index, query, searched, kept, k, most=_AT_MOST):
        shown = shown_among(view, index, searched, found.places)
        if shown is None or (asked >= enough and hits <= asked * _FEW):
            return np.concatenate(looked), False
        for hit in _hits(view, index, found.only(shown)):
            hits += 1
            yield hit
        looked.append(found.places)
        asked += len(shown)
    return np.concatenate(looked), True


def _at_levels(
    view: DatasetOrView, index: TextIndex, searched: Sequence[str], kept: Mask | None
) -> Mask | None:
    """Returns the kept occurrences on the levels to which the view is narrowed.

    The levels are known from the index, unless a sample was saved after indexing.
    """
    if clip_field(view) or not is_untouched(source_dataset(view), index):
        return kept
    for name, (first, last) in levels_shown(view).items():
        if name in searched:
            level = index.column("level")
            on_level = ~index.of_fields([name]) | ((level >= first) & (level <= last))
            kept = on_level if kept is None else kept & on_level
    return kept


@dataclass(frozen=True)
class _Candidates:
    """Candidate occurrences, the best first.

    Attributes:
        texts: the text of each
        places: their positions in the columns of the index
        scores: their texts' scores
    """

    texts: IntArray
    places: IntArray
    scores: FloatArray

    def only(self, kept: Mask | slice) -> _Candidates:
        return _Candidates(self.texts[kept], self.places[kept], self.scores[kept])


def _hits(view: DatasetOrView, index: TextIndex, found: _Candidates) -> Iterator[Hit]:
    """Reads captions from the view, without those that have been changed or deleted meanwhile."""
    if not len(found.places):
        return
    by_label = read_hits(view, index, found.places)
    texts = index.texts.take(found.texts).to_pylist()
    ids = label_ids(index, found.places)
    for label_id, text, score in zip(ids, texts, found.scores.tolist(), strict=True):
        hit = by_label.get(label_id)
        if hit is not None and is_as_indexed(index, text, hit):
            yield replace(hit, score=round(score, 6))


def _candidates(
    index: TextIndex,
    query: Query,
    searched: Sequence[str],
    kept: Mask | None,
    k: int,
    most: int | None = None,
) -> Iterator[_Candidates]:
    """Yields occurrences by descending score.

    Args:
        index: the index
        query: the query
        searched: the fields to search
        kept: one flag per occurrence, whether it may be found; None for all
        k: the number of segments that are probably needed: the first batch has about twice as many,
            so that little more is read from the database than needed
        most: the limit of the batch size, which doubles each time
    """
    allowed = index.texts_in(searched, kept)
    weights = WEIGHTS if query.vector is not None and query.words is not None else (1.0, 1.0)
    size = 2 * k
    for rows, scores in ranked_texts(index, k, allowed, query.vector, query.words, weights):
        ends = np.cumsum(index.counts_of(rows))
        at = 0
        while at < len(rows):
            # The number of texts with about this many occurrences.
            before = int(ends[at - 1]) if at else 0
            end = max(int(np.searchsorted(ends, before + size, "right")), at + 1)
            texts, places = index.places(rows[at:end])
            found = _Candidates(
                texts, places, np.repeat(scores[at:end], np.diff(ends[at:end], prepend=before))
            )
            found = found.only(index.of_fields(searched, places))
            found = found if kept is None else found.only(kept[found.places])
            while len(found.places):
                yield found.only(slice(size))
                found = found.only(slice(size, None))
                size = max(size, min(2 * size, most or 0))
            at = end


def indexed_fields(
    view: DatasetOrView, index: TextIndex, fields: str | Sequence[str] | None = None
) -> tuple[str, ...]:
    """Returns the fields to search: the chosen ones, or all indexed fields of the view.

    Raises:
        NoHierarchyError: if there is none, or a chosen field is not indexed or not in the view
    """
    chosen = [fields] if isinstance(fields, str) else fields
    clips = clip_field(view)
    schema = view.get_field_schema()
    there = [f for f in index.fields if (f == clips if clips else f in schema)]
    if isinstance(view, foc.ClipsView) and not there:
        raise NoHierarchyError("these clips are not of an indexed field: search their videos")
    wrong = [name for name in chosen or () if name not in there]
    if wrong or not there or (chosen is not None and not chosen):
        raise NoHierarchyError(
            f"{', '.join(map(repr, wrong)) or 'no field'} is not indexed, or not in the view; "
            f"what can be searched: {', '.join(there) or 'nothing'}"
        )
    return tuple(there if chosen is None else dict.fromkeys(chosen))


def lasts(duration: FloatArray | float, seconds: Seconds) -> Mask | bool:
    """Whether durations are within limits, to a microsecond.

    Args:
        duration: a duration in seconds, or an array of them
        seconds: the limits
    """
    shortest, longest = seconds
    found: Mask | bool = shortest is None or duration >= shortest - 1e-6
    return found & (longest is None or duration <= longest + 1e-6)


def _filtered(index: TextIndex, query: Query, searched: Sequence[str]) -> Mask | None:
    """Returns one flag per occurrence, whether the filters keep it; None for all."""
    kept: Mask | None = None

    def also(flags: Mask) -> None:
        nonlocal kept
        kept = flags if kept is None else kept & flags

    if query.levels is not None:
        also(np.isin(index.column("level"), np.array(list(query.levels), np.int16)))
    if query.seconds != ANY_LENGTH:
        also(np.asarray(lasts(index.column("duration"), query.seconds)))
    if kept is not None and len(searched) < len(index.fields):
        also(index.of_fields(searched))
    return kept
