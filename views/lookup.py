"""Finds segments with the index if possible, else by their words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import fiftyone as fo

from ..core import fields as names
from ..core.search import plain_words, terms
from ..internals.views import clip_field
from ..meaning.encoders import EncoderError
from ..meaning.store import NoIndexError, OtherEncoderError
from .find import find, searched_fields
from .hierarchy import DatasetOrView, find_hierarchy
from .hits import Hit, shown_captions
from .indexes import DEFAULT_KEY, open_kind
from .search import ANY_LENGTH, Mode, Seconds, lasts, search


@dataclass(frozen=True)
class Lookup:
    """The result of a search.

    Attributes:
        hits: the captions, the best first
        mode: how they were found: ``words`` if the index could not be used
        more: whether there are more hits, or hits with lower scores
        indexed: whether the index was used
        notice: why the index was not used as requested; empty if it was
    """

    hits: list[Hit]
    mode: Mode
    more: bool
    indexed: bool = True
    notice: str = ""


def look_up(
    view: DatasetOrView,
    text: str,
    k: int = 100,
    mode: Mode = "both",
    fields: Sequence[str] | None = None,
    levels: Collection[int] | None = None,
    seconds: Seconds = ANY_LENGTH,
    tiers: Collection[str] = (),
    least: float = 0.0,
) -> Lookup:
    """Returns the captions that match a text, including those above and below each other.

    Searches as :func:`.search.search` does. Without an index of the fields, or without its encoder,
    captions are found by their words.

    Args:
        view: a dataset, or a view of videos or clips
        text: the query
        k: the most captions to return
        mode: ``words``, ``meaning``, ``both`` or ``video``
        fields: the fields to search; by default all that are indexed, else all that hold trees
        levels: the levels to search; all by default
        seconds: the shortest and the longest duration, each None for no limit
        tiers: the tiers to search, where detections have a ``tier``; all by default
        least: the lowest score to return, as a share of the highest; ignored for words

    Raises:
        QueryError: if the text cannot be searched for
        NoHierarchyError: if no field holds a tree, or a chosen one does not
        NoIndexError: by ``video``, if there is no index of clips
        EncoderError: by ``video``, if the encoder cannot be used
    """
    if tiers and not clip_field(view):
        for name in find_hierarchy(view, fields).fields:
            condition = fo.ViewField(names.TIER).is_in(list(tiers))
            view = view.filter_labels(name, condition, only_matches=False)
    reason = "" if mode == "video" else _why_not(view, fields)
    if reason:
        hits = word_hits(view, text, k + 1, fields, levels, seconds)
        notice = "" if mode == "words" else reason
        return Lookup(hits[:k], "words", len(hits) > k, False, notice)
    rest = (fields, False, levels, seconds)
    try:
        hits = search(view, text, k + 1, mode, *rest, check=False)
    except (EncoderError, OtherEncoderError) as error:
        if mode == "video":
            raise
        hits, mode = search(view, text, k + 1, "words", *rest, check=False), "words"
        reason = f"found by words only: {error}"
    bound = least * hits[0].score if hits and mode != "words" else 0.0
    good = [hit for hit in hits[:k] if hit.score >= bound]
    return Lookup(good, mode, len(hits) > len(good), True, reason)


def _why_not(view: DatasetOrView, fields: Sequence[str] | None) -> str:
    """Returns why the index cannot be used; empty if it can."""
    try:
        indexed = open_kind(view, DEFAULT_KEY, "texts").fields
    except NoIndexError:
        return "found by words only: these captions have no index"
    clips = clip_field(view)
    wanted = ([clips] if clips else fields) or []
    missing = [name for name in wanted if name not in indexed]
    return f"found by words only: {', '.join(missing)} is not in the index" if missing else ""


def word_hits(
    view: DatasetOrView,
    text: str,
    k: int = 100,
    fields: Sequence[str] | None = None,
    levels: Collection[int] | None = None,
    seconds: Seconds = ANY_LENGTH,
) -> list[Hit]:
    """Returns captions with all words of a text, those with few other words first.

    If there are more than ``k``, the first ``k`` in the view's order are returned. The score is the
    share of the caption's words that are in the query. Errors are those of :func:`.find.find`.

    Args:
        view: a dataset, or a view of videos or clips
        text: words and "quoted phrases", as :func:`.find.find` takes them
        k: how many captions to return at most
        fields: the fields to search; by default all that hold trees
        levels: the levels to search; all by default
        seconds: the shortest and the longest duration, each None for no limit
    """
    found = find(view, text, fields)
    used = () if clip_field(view) else searched_fields(view, fields)
    asked = len(plain_words(" ".join(terms(text))))
    hits: list[Hit] = []
    for hit in shown_captions(found, used):
        if (levels is None or hit.level in levels) and lasts(hit.end - hit.start, seconds):
            share = asked / max(len(plain_words(hit.label)), 1)
            hits.append(replace(hit, score=round(min(share, 1.0), 6)))
            if len(hits) == k:
                break
    return sorted(hits, key=lambda hit: -hit.score)
