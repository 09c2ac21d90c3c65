"""Returns the view behind a mark of the overview, to show it when a bar or a slice is clicked.

The view of the overview is narrowed in all fields that hold trees: a node that is kept in one field
is kept in all of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import NamedTuple

import fiftyone as fo
import fiftyone.core.expressions as foe
from fiftyone import ViewField as F

from ..core import fields as names
from ..core.actions import pattern
from ..core.reviews import OPEN
from ..internals.views import mongo_stage
from .expressions import Expression, detections, map_each, node_ids, select
from .hierarchy import DatasetOrView, Hierarchy
from .overview_expressions import depth, tenths
from .review_progress import reviewed
from .same import action_field
from .statistics import TENTHS, Bin

_KEPT = "_action100m_kept"


class Narrowed(NamedTuple):
    """The view behind a mark.

    Attributes:
        view: the view
        words: a description of the narrowing
        field: the field whose captions the mark counts; None if there is no single field
        query: the words that these captions share; empty if none
    """

    view: fo.DatasetView
    words: str
    field: str | None = None
    query: str = ""


def narrow(view: DatasetOrView, found: Hierarchy, clicked: str) -> Narrowed:
    """Returns the part of a view that a mark counts.

    Args:
        view: the view that the overview was computed from
        found: the fields that hold its trees
        clicked: the mark's id, see :func:`..panels.figures.mark`

    Raises:
        ValueError: if it is not a mark's id
    """
    try:
        kind, *values = json.loads(clicked)
        return _KINDS[kind](view, found, *values)
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise ValueError(
            f"nothing to show: no mark of the overview has the id {clicked[:80]!r}"
        ) from error


def _level(view: DatasetOrView, found: Hierarchy, level: int) -> Narrowed:
    level = int(level)
    return Narrowed(_filtered(view, found, lambda _: F(names.LEVEL) == level), f"level {level}")


def _duration(view: DatasetOrView, found: Hierarchy, low: float, high: float) -> Narrowed:
    last = float(high) if high >= 0 else float("inf")
    span = Bin(float(low), last, 0)

    def lasts(field: str) -> foe.ViewExpression:
        value = tenths(found, field, "$$this")
        checks: list[Expression] = [{"$gte": [value, span.low * TENTHS]}] if span.low else []
        # In MongoDB, null is less than any number.
        checks.append({"$isNumber": value})
        if last != float("inf"):
            checks.append({"$lt": [value, span.high * TENTHS]})
        return foe.ViewExpression({"$and": checks})

    return Narrowed(_filtered(view, found, lasts), f"segments of {span.name}")


def _depth(view: DatasetOrView, found: Hierarchy, deepest: int) -> Narrowed:
    same = {"$eq": [depth(view, found), int(deepest)]}
    return Narrowed(view.match(foe.ViewExpression(same)), f"trees {int(deepest)} levels deep")


def _year(view: DatasetOrView, found: Hierarchy, year: int) -> Narrowed:
    same = {"$eq": [{"$year": f"${names.UPLOAD_DATE}"}, int(year)]}
    return Narrowed(view.match(foe.ViewExpression(same)), f"uploaded in {int(year)}")


def _field(view: DatasetOrView, found: Hierarchy, field: str) -> Narrowed:
    if field not in found.fields:
        raise ValueError(f"{field!r} holds no tree")
    return Narrowed(_only(view, found, field, []), f"nodes with a text in {field}", field)


def _action(view: DatasetOrView, found: Hierarchy, text: str) -> Narrowed:
    return _matching(view, found, f"action “{text}”", text, pattern(text))


def _verb(view: DatasetOrView, found: Hierarchy, verb: str) -> Narrowed:
    return _matching(view, found, f"verb “{verb}”", verb, pattern(verb, "verb"))


def _pair(view: DatasetOrView, found: Hierarchy, verb: str, thing: str) -> Narrowed:
    if not thing:
        words = f"verb “{verb}” without an object"
        return _matching(view, found, words, verb, pattern(verb))
    both = pattern(verb, "verb"), pattern(f"{verb} {thing}", "object")
    return _matching(view, found, f"“{verb} … {thing}”", f"{verb} {thing}", *both)


def _others(view: DatasetOrView, found: Hierarchy, verb: str, *things: str) -> Narrowed:
    words = f"verb “{verb}” with other objects"
    named = [pattern(f"{verb} {thing}", "object") if thing else pattern(verb) for thing in things]
    return _matching(view, found, words, verb, pattern(verb, "verb"), without=named)


def _review(view: DatasetOrView, found: Hierarchy, status: str) -> Narrowed:
    shown = reviewed(view, status, fields=found.fields)
    return Narrowed(shown, "not reviewed" if status == OPEN else status)


def _cluster(view: DatasetOrView, found: Hierarchy, field: str, cluster: int) -> Narrowed:
    if field not in found.fields:
        raise ValueError(f"{field!r} holds no tree")
    same = {"$eq": [f"$$d.{names.CLUSTER}", int(cluster)]}
    words = f"cluster {int(cluster)} of {field}"
    return Narrowed(_only(view, found, field, [same]), words, field)


_KINDS: dict[str, Callable[..., Narrowed]] = {
    "level": _level,
    "duration": _duration,
    "depth": _depth,
    "year": _year,
    "field": _field,
    "action": _action,
    "verb": _verb,
    "pair": _pair,
    "others": _others,
    "review": _review,
    "cluster": _cluster,
}


def _matching(
    view: DatasetOrView,
    found: Hierarchy,
    words: str,
    query: str,
    *patterns: str,
    without: Sequence[str] = (),
) -> Narrowed:
    """Keeps the nodes whose action matches all patterns and none of those of ``without``."""
    field = action_field(view)
    has = {name: {"$regex": name, "$options": "i"} for name in (*patterns, *without)}
    labels = [{"label": has[p]} for p in patterns] + [{"label": {"$not": has[p]}} for p in without]
    some = view.match({f"{field}.detections": {"$elemMatch": {"$and": labels}}})

    def matches(name: str) -> Expression:
        return {"$regexMatch": {"input": "$$d.label", "regex": name, "options": "i"}}

    conditions = [*map(matches, patterns), *({"$not": matches(p)} for p in without)]
    return Narrowed(_only(some, found, field, conditions), words, field, query)


def _only(
    view: DatasetOrView, found: Hierarchy, field: str, conditions: list[Expression]
) -> fo.DatasetView:
    """Keeps the nodes with a detection in a field that meets all conditions."""
    chosen: Expression = node_ids(field)
    if conditions:
        kept = select(detections(field), "d", {"$and": conditions})
        chosen = map_each(kept, "d", f"$$d.{names.NODE_ID}")
    noted = view.add_stage(mongo_stage([{"$addFields": {_KEPT: chosen}}]))
    is_one = foe.ViewExpression({"$in": [f"$$this.{names.NODE_ID}", f"${_KEPT}"]})
    for name in found.fields:
        noted = noted.filter_labels(name, is_one, only_matches=False)
    return _with_any(noted.add_stage(mongo_stage([{"$unset": _KEPT}])), found)


def _filtered(
    view: DatasetOrView, found: Hierarchy, kept: Callable[[str], foe.ViewExpression]
) -> fo.DatasetView:
    for field in found.fields:
        view = view.filter_labels(field, kept(field), only_matches=False)
    return _with_any(view, found)


def _with_any(view: DatasetOrView, found: Hierarchy) -> fo.DatasetView:
    some = [{f"{field}.detections.0": {"$exists": True}} for field in found.fields]
    return view.add_stage(mongo_stage([{"$match": {"$or": some}}]))
