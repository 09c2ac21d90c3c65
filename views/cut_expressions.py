"""The cut of :mod:`..core.cut`, and the rule of orphans, as MongoDB expressions.

The expressions keep one sample's tree in variables: ``all``, the detections among which a field's
relatives are looked up; ``ids``, their nodes' ids; and values derived from these. They compare
numbers of frames, which at a sample's one frame rate is the same as comparing durations.
"""

from __future__ import annotations

from typing import Any

from ..core import fields
from ..core.cut import FOREVER, Holes
from .hierarchy import Hierarchy

#: A MongoDB expression: an operator with its arguments, a path, or a constant.
Expression = Any

_COMPLETE = "plm_action"
_MANY_FRAMES = 1e15


def lookup_fields(found: Hierarchy, field: str) -> tuple[str, ...]:
    """Returns the fields that have the relatives of a field's nodes, the field itself first.

    ``plm_action`` is on every node: if it is stored, it and the field are enough.
    """
    if _COMPLETE in found.fields:
        return (field,) if field == _COMPLETE else (field, _COMPLETE)
    return (field, *(other for other in found.fields if other != field))


def kept(found: Hierarchy, field: str, seconds: float, holes: Holes) -> Expression:
    """Returns an expression for a field's detections in the cut at a time scale in seconds."""
    # Durations count to the millisecond: up to here they are rounded down to the limit.
    limit = {"$multiply": [seconds + 0.0005, "$metadata.frame_rate"]}
    inside: Expression = _filter("$$own", "n", _in_cut("$$n", _trusted(found, field)))
    if holes == "cover":
        inside = _with_cover(inside, _trusted(found, field))
    return _with_tree(found, field, {"limit": limit}, inside, distinct=holes == "cover")


def ranges(found: Hierarchy, field: str) -> Expression:
    """Returns an expression for a field's detections with :func:`..core.cut.cut_ranges` added."""
    node = "$$n"
    begin = _if(_is_leaf(node, _trusted(found, field)), 0.0, _seconds(_frames(node)))
    parent = _let({"p": _parent(node)}, _if(_absent("$$p"), FOREVER, _seconds(_frames("$$p"))))
    until = _if(_is_null(f"{node}.{fields.PARENT_ID}"), FOREVER, parent)
    valid = {"$and": [{"$gt": ["$metadata.frame_rate", 0]}, _is_inside(node)]}
    added = {
        fields.CUT_FROM: _if(valid, begin, 0.0),
        fields.CUT_UNTIL: _if(valid, until, 0.0),
    }
    mapped = {"$map": {"input": "$$own", "as": "n", "in": {"$mergeObjects": [node, added]}}}
    return _with_tree(found, field, {}, mapped)


def _trusted(found: Hierarchy, field: str) -> bool:
    """Whether the tier "leaf" means no children in the source, as this package's conversions do."""
    return all(
        found.has(name, fields.TIER) and found.has(name, fields.TRUNCATED)
        for name in lookup_fields(found, field)
    )


def _with_tree(
    found: Hierarchy,
    field: str,
    more: dict[str, Expression],
    inside: Expression,
    distinct: bool = False,
) -> Expression:
    """Returns an expression in which ``own``, ``all``, ``ids`` and derived variables are set."""
    own, *others = (
        {"$ifNull": [f"${name}.detections", []]} for name in lookup_fields(found, field)
    )
    together: Expression = "$$own"
    for other in others:
        together = _joined(together, other) if distinct else {"$concatArrays": [together, other]}
    ids = {
        "$map": {"input": "$$all", "as": "a", "in": {"$ifNull": [f"$$a.{fields.NODE_ID}", None]}}
    }
    parent = "$$a." + fields.PARENT_ID
    orphans = _filter(
        "$$all", "a", {"$and": [{"$gt": [parent, None]}, {"$not": {"$in": [parent, "$$ids"]}}]}
    )
    expression = inside
    if not _trusted(found, field):
        derived = {"parents": f"$$all.{fields.PARENT_ID}", "orphans": orphans}
        expression = _let(derived, expression)
    expression = _let({"own": own, **more}, _let({"all": together}, _let({"ids": ids}, expression)))
    # A sample without the field stays without it.
    return _if({"$isArray": [f"${field}.detections"]}, expression, f"${field}.detections")


def _joined(some: Expression, more: Expression) -> Expression:
    """Returns detections, and those of others whose nodes are not among them."""
    known = _let({"known": f"$$some.{fields.NODE_ID}"}, _filter(more, "a", _unknown("$$a")))
    return _let({"some": some}, {"$concatArrays": ["$$some", known]})


def _unknown(node: str) -> Expression:
    return {"$not": {"$in": [{"$ifNull": [f"{node}.{fields.NODE_ID}", None]}, "$$known"]}}


def _in_cut(node: str, trusted: bool) -> Expression:
    short = {"$or": [{"$lte": [_frames(node), "$$limit"]}, _is_leaf(node, trusted)]}
    parent = _let({"p": _parent(node)}, {"$or": [_absent("$$p"), _is_long("$$p")]})
    coarsest = {"$or": [_is_null(f"{node}.{fields.PARENT_ID}"), parent]}
    return {"$and": [{"$gt": ["$$limit", 0]}, _is_inside(node), short, coarsest]}


def _is_long(node: str) -> Expression:
    return {"$gt": [_frames(node), "$$limit"]}


def _is_leaf(node: str, trusted: bool) -> Expression:
    if trusted:
        return {"$eq": [f"{node}.{fields.TIER}", fields.TIER_LEAF]}
    has_orphans = {"$anyElementTrue": [_map("$$orphans", "o", _encloses(node, "$$o", "$lt"))]}
    return {"$not": {"$or": [{"$in": [f"{node}.{fields.NODE_ID}", "$$parents"]}, has_orphans]}}


def _is_inside(node: str) -> Expression:
    """Whether a detection is a node with frames in the clip."""
    return {"$and": [{"$gt": [f"{node}.{fields.NODE_ID}", None]}, {"$gt": [_frames(node), 0]}]}


def _parent(node: str) -> Expression:
    """Returns a node's parent as :func:`..core.missing.nearest_parents` does."""
    at = {"$indexOfArray": ["$$ids", f"{node}.{fields.PARENT_ID}"]}
    found = _if({"$gte": ["$$at", 0]}, _at("$$all", "$$at"), _nearest("$$all", node, "$lt"))
    return _let({"at": at}, found)


def _nearest(candidates: str, node: str, levels: str) -> Expression:
    """Returns the shortest candidate that encloses a node, of equally long ones the deepest."""
    shorter = {
        "$or": [
            _absent("$$value"),
            {"$lt": [_frames("$$this"), _frames("$$value")]},
            {
                "$and": [
                    {"$eq": [_frames("$$this"), _frames("$$value")]},
                    {"$gt": [f"$$this.{fields.LEVEL}", f"$$value.{fields.LEVEL}"]},
                ]
            },
        ]
    }
    around = _filter(candidates, "c", _encloses("$$c", node, levels))
    return {
        "$reduce": {"input": around, "initialValue": None, "in": _if(shorter, "$$this", "$$value")}
    }


def _encloses(outer: str, inner: str, levels: str) -> Expression:
    return {
        "$and": [
            {levels: [f"{outer}.{fields.LEVEL}", f"{inner}.{fields.LEVEL}"]},
            {"$gt": [f"{outer}.{fields.NODE_ID}", None]},
            {"$lte": [_at(f"{outer}.support", 0), _at(f"{inner}.support", 0)]},
            {"$gte": [_at(f"{outer}.support", 1), _at(f"{inner}.support", 1)]},
        ]
    }


def _with_cover(inside: Expression, trusted: bool) -> Expression:
    """Adds the nearest captioned ancestor of each node of the cut that lacks a caption."""
    child = {
        "$or": [
            {"$eq": [f"$$b.{fields.PARENT_ID}", f"$$n.{fields.NODE_ID}"]},
            {
                "$and": [
                    {"$not": {"$in": [{"$ifNull": [f"$$b.{fields.PARENT_ID}", None]}, "$$ids"]}},
                    _encloses("$$n", "$$b", "$lt"),
                ]
            },
        ]
    }
    children = _filter("$$all", "b", child)
    filled = {"$sum": _map(children, "b", _frames("$$b"))}
    above = {"$and": [_is_long("$$n"), {"$not": [_is_leaf("$$n", trusted)]}]}
    unfilled = {"$and": [above, {"$lt": [filled, _frames("$$n")]}]}
    explicit = {
        "$and": [{"$not": {"$in": [f"$$n.{fields.NODE_ID}", "$$known"]}}, _in_cut("$$n", trusted)]
    }
    is_hole = {"$and": [_is_inside("$$n"), {"$or": [explicit, unfilled]}]}
    holes = _let(
        {"known": f"$$own.{fields.NODE_ID}"},
        _filter("$$all", "n", is_hole),
    )
    nearest = _map(holes, "h", _nearest("$$own", "$$h", "$lte"))
    cover = {"$map": {"input": nearest, "as": "c", "in": f"$$c.{fields.NODE_ID}"}}
    both = _filter(
        "$$own",
        "n",
        {
            "$or": [
                {"$in": [f"$$n.{fields.NODE_ID}", f"$$kept.{fields.NODE_ID}"]},
                {"$in": [f"$$n.{fields.NODE_ID}", "$$cover"]},
            ]
        },
    )
    return _let({"kept": inside, "cover": cover}, both)


def _frames(node: str) -> Expression:
    """Returns the number of a detection's frames in the clip; null without a support."""
    last = {"$min": [_at(f"{node}.support", 1), "$metadata.total_frame_count"]}
    return {"$add": [{"$subtract": [last, _at(f"{node}.support", 0)]}, 1]}


def _seconds(frames: Expression) -> Expression:
    return {"$round": [{"$divide": [frames, "$metadata.frame_rate"]}, 3]}


def _at(array: str, place: Any) -> Expression:
    return {"$arrayElemAt": [array, place]}


def _if(condition: Expression, then: Expression, other: Expression) -> Expression:
    return {"$cond": [condition, then, other]}


def _let(variables: dict[str, Expression], inside: Expression) -> Expression:
    return {"$let": {"vars": variables, "in": inside}}


def _filter(array: Expression, name: str, condition: Expression) -> Expression:
    return {"$filter": {"input": array, "as": name, "cond": condition}}


def _map(array: Expression, name: str, value: Expression) -> Expression:
    return {"$map": {"input": array, "as": name, "in": value}}


def _is_null(value: str) -> Expression:
    return {"$eq": [{"$ifNull": [value, None]}, None]}


def _absent(node: str) -> Expression:
    return {"$eq": [{"$type": node}, "null"]}
