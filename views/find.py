"""Finds captions by their words, with their ancestors or descendants if wanted.

The view consists of FiftyOne stages that MongoDB runs: a match on the videos, which lists the few
that can match if :func:`.word_store.store_words` has stored words; a temporary field with each
video's matching segments; a filter on each field; and the removal of the temporary field.

Ancestors are recognised by containment: a node is above another if its level is smaller and its
support contains the other's. As siblings do not overlap, these are the nodes of the path in every
valid tree, whatever captions are missing. If siblings share their boundary frame, as in the
published subset, a segment of that one frame has two nodes above it on one level; both are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.expressions as foe
from pymongo.errors import ExecutionTimeout, OperationFailure

from ..core import fields as names
from ..core.search import QueryError, patterns, terms, word_parts
from ..core.wording import count
from ..internals.database import samples_of
from ..internals.views import aggregate, clip_field, source_dataset
from .expressions import Expression, at, detections, is_above, map_each, select, span_of
from .hierarchy import DatasetOrView, NoHierarchyError, find_hierarchy
from .nested import only
from .word_store import may_match

Keep = Literal["matches", "outermost", "finest", "ancestors", "subtree"]

#: The temporary field of a video's matching segments, as [level, first frame, last frame].
_FOUND = "_action100m_found"
#: The number of videos that are counted if counting all takes too long.
PREVIEW_VIDEOS = 200
#: The time limit of a regular expression on the texts of :func:`_check_regex`, in milliseconds.
_CHECK_MS = 500
_TOO_SLOW = "this expression takes too long: use fewer *, + and {n,}, and none inside another"


def find(
    view: DatasetOrView,
    query: str,
    fields: str | Sequence[str] | None = None,
    regex: bool = False,
    keep: Keep = "matches",
    whole_words: bool = False,
) -> fo.DatasetView:
    """Returns the videos with matching captions, with only these captions.

    All words must occur in one caption, in any order; a "quoted phrase" must occur as it is. Case
    and accents do not matter. Example::

        view = find(dataset, 'knead "the dough"', keep="ancestors")
        view.count("gpt_action_brief.detections")

    Args:
        view: a dataset or view; for a clips view, the clips whose caption matches are returned
        query: words, "quoted phrases", or a regular expression
        fields: the fields to search and to filter; by default all that hold trees. Other fields
            are not changed
        regex: whether the query is a regular expression; it folds case, but not accents
        keep: ``matches``; only the ``outermost`` or the ``finest`` of nested matches; ``ancestors``
            to include the path from the root; or ``subtree`` to include the descendants. A node
            that matches in one field is kept in all
        whole_words: whether "pan" must not match "pancake"

    Raises:
        QueryError: if the query is empty, too long, or a regular expression that MongoDB does not
            accept or that is too slow
        NoHierarchyError: if no field holds a tree, or ``keep`` is not ``matches`` for a clips view
    """
    if keep not in get_args(Keep):
        raise QueryError(f"keep is {keep!r}: choose from {', '.join(get_args(Keep))}")
    wanted = patterns(query, regex, whole_words)
    if regex:
        _check_regex(source_dataset(view), wanted[0])
    if isinstance(view, foc.ClipsView):
        return _find_clips(view, wanted, fields, keep)
    searched = searched_fields(view, fields)
    any_match = _any_match(searched, wanted)
    known = {} if regex else may_match(view, searched, word_parts(terms(query)))
    found = view.match({"$and": [known, any_match]} if known else any_match)
    if keep in ("matches", "outermost", "finest"):
        for field in searched:
            found = found.filter_labels(field, _matches("$$this.label", wanted), only_matches=False)
        return found if keep == "matches" else only(found, searched, keep)
    found = found.mongo([{"$addFields": {_FOUND: _spans(searched, wanted)}}])
    for field in searched:
        found = found.filter_labels(field, _related(keep), only_matches=False)
    return found.mongo([{"$unset": _FOUND}])


def searched_fields(view: DatasetOrView, fields: str | Sequence[str] | None) -> tuple[str, ...]:
    """Returns the fields to search: the chosen ones, by default all that hold trees.

    Raises:
        NoHierarchyError: if there is none, or a chosen field holds no tree
    """
    choose = [fields] if isinstance(fields, str) else fields
    return find_hierarchy(view, choose).fields


@dataclass(frozen=True)
class MatchCounts:
    """The number of matches of a search.

    Attributes:
        levels: the number of matching captions by field and level
        videos_by_fields: the number of videos (in a clips view, of clips) by the fields in which
            they have a match
        looked_at: the number of videos that were counted, None for all
    """

    levels: Mapping[str, Mapping[int, int]]
    videos_by_fields: Mapping[tuple[str, ...], int]
    looked_at: int | None = None

    @property
    def videos(self) -> int:
        """The number of videos (in a clips view, of clips) with a match."""
        return sum(self.videos_by_fields.values())

    @property
    def segments(self) -> int:
        """The number of matching captions, over all fields."""
        return sum(sum(levels.values()) for levels in self.levels.values())

    def __str__(self) -> str:
        text = f"{count(self.segments, 'caption')} in {count(self.videos, 'video')}"
        return text if self.looked_at is None else f"{text} among the first {self.looked_at:,}"


def match_counts(
    view: DatasetOrView,
    query: str,
    fields: str | Sequence[str] | None = None,
    regex: bool = False,
    whole_words: bool = False,
    max_ms: int | None = None,
) -> MatchCounts:
    """Counts the matching captions by field and level, in MongoDB. Example::

        match_counts(dataset, "knead").levels["gpt_action_brief"]

    Other arguments, and errors, are those of :func:`find`.

    Args:
        max_ms: the time limit, in milliseconds; beyond it only the first 200 videos are counted. No
            limit by default
    """
    found = find(view, query, fields, regex, "matches", whole_words)
    clips = clip_field(view)
    searched = (clips,) if clips else searched_fields(view, fields)
    captions: Expression = {"$concatArrays": [_leveled(f, bool(clips)) for f in searched]}
    try:
        return _counted(found, captions, searched, max_ms)
    except ExecutionTimeout:
        first = find(view.limit(PREVIEW_VIDEOS), query, fields, regex, "matches", whole_words)
        return _counted(first, captions, searched, None, PREVIEW_VIDEOS)


def _counted(
    found: DatasetOrView,
    captions: Expression,
    searched: Sequence[str],
    max_ms: int | None,
    looked: int | None = None,
) -> MatchCounts:
    """Counts captions and videos in one pass; ``captions`` gives a video's as field and level."""
    leveled = [{"$unwind": "$c"}, {"$group": {"_id": "$c", "n": {"$sum": 1}}}]
    matching = select(list(searched), "f", {"$in": ["$$f", "$c.f"]})
    videos = [{"$group": {"_id": matching, "n": {"$sum": 1}}}]
    stages = [
        {"$project": {"_id": 0, "c": captions}},
        {"$facet": {"levels": leveled, "videos": videos}},
    ]
    (result,) = aggregate(found, stages, max_ms)
    levels: dict[str, dict[int, int]] = {field: {} for field in searched}
    for row in sorted(result["levels"], key=lambda row: str(row["_id"]["l"])):
        levels[row["_id"]["f"]][row["_id"]["l"]] = row["n"]
    return MatchCounts(levels, {tuple(row["_id"]): row["n"] for row in result["videos"]}, looked)


def _leveled(field: str, clips: bool) -> Expression:
    labels: Expression = [f"${field}"] if clips else detections(field)
    return map_each(labels, "d", {"f": field, "l": f"$$d.{names.LEVEL}"})


def _find_clips(
    view: DatasetOrView, wanted: Sequence[str], fields: str | Sequence[str] | None, keep: Keep
) -> fo.DatasetView:
    field = clip_field(view)
    chosen = (fields,) if isinstance(fields, str) else fields
    if field is None or (chosen and field not in chosen):
        raise NoHierarchyError(f"these clips only have the captions of {field or 'no field'}")
    if keep != "matches":
        raise NoHierarchyError(
            "clips have no ancestors or descendants: go back to their videos first"
        )
    return view.match(_matches(f"${field}.label", wanted))


def _any_match(searched: Sequence[str], wanted: Sequence[str]) -> dict[str, Any]:
    """Returns a match of videos in MongoDB's query language, ten times as fast as an expression."""
    every = [{"label": {"$regex": pattern, "$options": "i"}} for pattern in wanted]
    return {"$or": [{f"{field}.detections": {"$elemMatch": {"$and": every}}} for field in searched]}


def _matches(label: str, wanted: Sequence[str]) -> foe.ViewExpression:
    return foe.ViewExpression(_matches_raw(label, wanted))


def _matches_raw(label: str, wanted: Sequence[str]) -> dict[str, Any]:
    return {
        "$and": [
            {"$regexMatch": {"input": label, "regex": pattern, "options": "i"}}
            for pattern in wanted
        ]
    }


def _spans(searched: Sequence[str], wanted: Sequence[str]) -> dict[str, Any]:
    def spans(field: str) -> Expression:
        matching = select(detections(field), "d", _matches_raw("$$d.label", wanted))
        return map_each(matching, "d", list(span_of("$$d")))

    return {"$setUnion": [spans(field) for field in searched]}


def _related(keep: Keep) -> foe.ViewExpression:
    """Returns whether a caption's node was found, or is above or below such a node."""
    own, found = span_of("$$this"), (at("$$found", 0), at("$$found", 1), at("$$found", 2))
    itself = {"$and": [{"$eq": [mine, its]} for mine, its in zip(own, found, strict=True)]}
    related = is_above(own, found) if keep == "ancestors" else is_above(found, own)
    checks = map_each(f"${_FOUND}", "found", {"$or": [itself, related]})
    return foe.ViewExpression({"$anyElementTrue": [checks]})


def _check_regex(dataset: fo.Dataset, pattern: str) -> None:
    """Tests an expression in MongoDB on texts that repeat its words and letters.

    MongoDB ends every match that backtracks too often, with an error that would end the search.
    """
    words = {*re.findall(r"[^\W_]+", pattern), *filter(str.isalnum, pattern), "a", "0", " ", "\n"}
    repeated = [word * (1000 // len(word)) for word in sorted(words)]
    texts = [text + end for text in [*repeated, "".join(sorted(words)) * 10] for end in ("", "\1")]
    tests = [{"$regexMatch": {"input": t, "regex": pattern, "options": "i"}} for t in texts]
    pipeline: list[dict[str, Any]] = [{"$limit": 1}, {"$project": {"_id": 0, "r": tests}}]
    try:
        list(samples_of(dataset).aggregate(pipeline, maxTimeMS=_CHECK_MS))
    except ExecutionTimeout:
        raise QueryError(_TOO_SLOW) from None
    except OperationFailure as error:
        reason = str((error.details or {}).get("errmsg", error))
        if "Result code: -8" in reason:  # PCRE's limit on backtracking
            raise QueryError(_TOO_SLOW) from None
        raise QueryError(f"MongoDB does not accept this expression: {reason}") from None
