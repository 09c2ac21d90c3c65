"""Answers the queries of the panel "Search": the rows, and how they were found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from ..core.search import QueryError
from ..core.wording import shorten
from ..operators.params import Params
from ..views.doubt import Doubt, by_doubt
from ..views.hierarchy import DatasetOrView
from ..views.hits import Hit
from ..views.lookup import Lookup, look_up
from ..views.moments import Moment, Nested, count_found_nodes, moments
from ..views.search import Mode
from ..views.surroundings import HitVideo, Surroundings, surroundings

#: The orders of rows that are made here; the browser groups rows by video.
_DOUBT = "doubt"
#: The number of captions that are looked up at first, and at most.
_LIMIT, _MOST = 100, 2000
#: The least share of the best score of a row by meaning, until more rows are requested.
_LEAST = 0.4
#: The longest caption in a row, in characters; longer ones are cut.
_LONGEST, _LONGEST_ABOVE = 400, 100


def answer(view: DatasetOrView, params: Params) -> dict[str, Any]:
    """Returns the answer to a query, as ``SearchAnswer`` of ``js/types.d.ts``.

    Args:
        view: the view to search
        params: the query, as ``SearchRequest`` of ``js/types.d.ts``
    """
    nested: Nested = params.choice("nested", get_args(Nested), "best")
    found = _found(view, params)
    grouped = moments(found.hits, nested)
    around = surroundings(view, [moment.shown for moment in grouped])
    return {
        "rows": [_moment(moment, around) for moment in grouped],
        "videos": {sample: _video(video) for sample, video in around.videos.items()},
        "moments": len(grouped),
        "segments": count_found_nodes(found.hits),
        "more": found.more and len(found.hits) < _MOST,
        "mode": found.mode,
        "indexed": found.indexed,
        "notice": found.notice,
    }


def _found(view: DatasetOrView, params: Params) -> Lookup:
    """Returns the result of a query, in the requested order."""
    mode: Mode = params.choice("mode", get_args(Mode), "both")
    fields, text = params.names("fields") or None, params.text("text")
    levels = _range(params, "level")
    seconds = _range(params, "seconds")
    limit = min(max(int(params.number("limit", _LIMIT)), 1), _MOST)
    found = look_up(
        view,
        text,
        limit,
        mode,
        fields,
        None if levels == (None, None) else _levels(*levels),
        seconds,
        params.names("tiers"),
        0.0 if limit > _LIMIT else _LEAST,
    )
    if params.choice("order", (_DOUBT,), "") != _DOUBT:
        return found
    return replace(found, hits=by_doubt(view, found.hits))


def _range(params: Params, name: str) -> tuple[float | None, float | None]:
    least, most = params.number(f"least_{name}", None), params.number(f"most_{name}", None)
    if least is not None and most is not None and least > most:
        raise QueryError(f"nothing is from {least:g} to {most:g} {name}: swap the two numbers")
    return least, most


def _levels(least: float | None, most: float | None) -> range:
    # Far more levels than any real tree has, which is up to 10.
    return range(int(least or 0), int(1000 if most is None else min(most, 1000)) + 1)


def _moment(moment: Moment, around: Surroundings) -> dict[str, Any]:
    """Returns the row of a moment, with those of the other hits in its branch."""
    by_node = {hit.node_id or hit.label_id: hit for hit in reversed(moment.hits)}
    shown = moment.shown
    by_node.pop(shown.node_id or shown.label_id)
    others = [_row(hit, around) for hit in reversed(by_node.values())]
    return {
        **_row(shown, around),
        "path": [shorten(text, _LONGEST_ABOVE) for text in around.paths.get(shown.label_id, ())],
        "branch": others,
    }


def _row(hit: Hit, around: Surroundings) -> dict[str, Any]:
    fps = around.videos[hit.sample_id].fps if hit.sample_id in around.videos else None
    return {
        "sample": hit.sample_id,
        "node": hit.node_id,
        "label": hit.label_id,
        "field": hit.field,
        "text": shorten(hit.label, _LONGEST),
        "level": hit.level,
        "start": round(hit.start, 3),
        "end": round(hit.end, 3),
        # The middle of the segment's first frame, in seconds of the file.
        "at": round((hit.support[0] - 0.5) / fps, 4) if fps and hit.support[0] else hit.start,
        "score": round(hit.score, 3),
        "reason": hit.reason if isinstance(hit, Doubt) else "",
    }


def _video(video: HitVideo) -> dict[str, Any]:
    return {"title": shorten(video.title, 200), "path": video.path, "seconds": video.seconds}
