"""Implements the cut of :mod:`..core.cut`, and the rule for orphans, as MongoDB expressions.

The expressions keep one sample's tree in variables: ``all``, the detections among which a field's
relatives are looked up; ``ids``, their nodes' ids; and values derived from these. They compare
numbers of frames, which at a sample's one frame rate is the same as comparing durations.
"""

from __future__ import annotations

from ..core import fields
from ..core.cut import FOREVER, Holes
from .expressions import Expression, at, cond, detections, let, map_each, select
from .hierarchy import Hierarchy

_COMPLETE = "plm_action"


def lookup_fields(found: Hierarchy, field: str) -> tuple[str, ...]:
    """Returns the fields with the relatives of a field's nodes, the field itself first.

    ``plm_action`` is on every node: if it is stored, it and the field are enough.
    """
    if _COMPLETE in found.fields:
        return (field,) if field == _COMPLETE else (field, _COMPLETE)
    return (field, *(other for other in found.fields if other != field))


def kept(found: Hierarchy, field: str, seconds: float, holes: Holes) -> Expression:
    """Returns an expression for a field's detections in the cut at a time scale in seconds."""
    # Durations count to the millisecond: up to here they are rounded down to the limit.
    limit = {"$multiply": [seconds + 0.0005, "$metadata.frame_rate"]}
    inside: Expression = select("$$own", "n", _in_cut("$$n", _trusted(found, field)))
    if holes == "cover":
        inside = _with_cover(inside, _trusted(found, field))
    return _with_tree(found, field, {"limit": limit}, inside, distinct=holes == "cover")


def ranges(found: Hierarchy, field: str) -> Expression:
    """Returns an expression for a field's detections with :func:`..core.cut.cut_ranges` added."""
    node = "$$n"
    begin = cond(_is_leaf(node, _trusted(found, field)), 0.0, _seconds(_frames(node)))
    parent = let({"p": _parent(node)}, cond(_absent("$$p"), FOREVER, _seconds(_frames("$$p"))))
    until = cond(_is_null(f"{node}.{fields.PARENT_ID}"), FOREVER, parent)
    valid = {"$and": [{"$gt": ["$metadata.frame_rate", 0]}, _is_inside(node)]}
    added = {
        fields.CUT_FROM: cond(valid, begin, 0.0),
        fields.CUT_UNTIL: cond(valid, until, 0.0),
    }
    mapped = map_each("$$own", "n", {"$mergeObjects": [node, added]})
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
    own, *others = (detections(name) for name in lookup_fields(found, field))
    together: Expression = "$$own"
    for other in others:
        together = _joined(together, other) if distinct else {"$concatArrays": [together, other]}
    ids = map_each("$$all", "a", {"$ifNull": [f"$$a.{fields.NODE_ID}", None]})
    parent = "$$a." + fields.PARENT_ID
    orphans = select(
        "$$all", "a", {"$and": [{"$gt": [parent, None]}, {"$not": {"$in": [parent, "$$ids"]}}]}
    )
    expression = inside
    if not _trusted(found, field):
        derived = {"parents": f"$$all.{fields.PARENT_ID}", "orphans": orphans}
        expression = let(derived, expression)
    expression = let({"own": own, **more}, let({"all": together}, let({"ids": ids}, expression)))
    # A sample without the field stays without it.
    return cond({"$isArray": [f"${field}.detections"]}, expression, f"${field}.detections")


def _joined(some: Expression, more: Expression) -> Expression:
    """Returns detections, and those of others whose nodes are not among them."""
    known = let({"known": f"$$some.{fields.NODE_ID}"}, select(more, "a", _unknown("$$a")))
    return let({"some": some}, {"$concatArrays": ["$$some", known]})


def _unknown(node: str) -> Expression:
    return {"$not": {"$in": [{"$ifNull": [f"{node}.{fields.NODE_ID}", None]}, "$$known"]}}


def _in_cut(node: str, trusted: bool) -> Expression:
    short = {"$or": [{"$lte": [_frames(node), "$$limit"]}, _is_leaf(node, trusted)]}
    parent = let({"p": _parent(node)}, {"$or": [_absent("$$p"), _is_long("$$p")]})
    coarsest = {"$or": [_is_null(f"{node}.{fields.PARENT_ID}"), parent]}
    return {"$and": [{"$gt": ["$$limit", 0]}, _is_inside(node), short, coarsest]}


def _is_long(node: str) -> Expression:
    return {"$gt": [_frames(node), "$$limit"]}


def _is_leaf(node: str, trusted: bool) -> Expression:
    if trusted:
        return {"$eq": [f"{node}.{fields.TIER}", fields.TIER_LEAF]}
    has_orphans = {"$anyElementTrue": [map_each("$$orphans", "o", _encloses(node, "$$o", "$lt"))]}
    return {"$not": {"$or": [{"$in": [f"{node}.{fields.NODE_ID}", "$$parents"]}, has_orphans]}}


def _is_inside(node: str) -> Expression:
    """Whether a detection is a node with frames in the clip."""
    return {"$and": [{"$gt": [f"{node}.{fields.NODE_ID}", None]}, {"$gt": [_frames(node), 0]}]}


def _parent(node: str) -> Expression:
    """Returns a node's parent as :func:`..core.missing.nearest_parents` does."""
    place = {"$indexOfArray": ["$$ids", f"{node}.{fields.PARENT_ID}"]}
    found = cond({"$gte": ["$$at", 0]}, at("$$all", "$$at"), _nearest("$$all", node, "$lt"))
    return let({"at": place}, found)


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
    around = select(candidates, "c", _encloses("$$c", node, levels))
    return {
        "$reduce": {"input": around, "initialValue": None, "in": cond(shorter, "$$this", "$$value")}
    }


def _encloses(outer: str, inner: str, levels: str) -> Expression:
    return {
        "$and": [
            {levels: [f"{outer}.{fields.LEVEL}", f"{inner}.{fields.LEVEL}"]},
            {"$gt": [f"{outer}.{fields.NODE_ID}", None]},
            {"$lte": [at(f"{outer}.support", 0), at(f"{inner}.support", 0)]},
            {"$gte": [at(f"{outer}.support", 1), at(f"{inner}.support", 1)]},
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
    children = select("$$all", "b", child)
    filled = {"$sum": map_each(children, "b", _frames("$$b"))}
    above = {"$and": [_is_long("$$n"), {"$not": [_is_leaf("$$n", trusted)]}]}
    unfilled = {"$and": [above, {"$lt": [filled, _frames("$$n")]}]}
    explicit = {
        "$and": [{"$not": {"$in": [f"$$n.{fields.NODE_ID}", "$$known"]}}, _in_cut("$$n", trusted)]
    }
    is_hole = {"$and": [_is_inside("$$n"), {"$or": [explicit, unfilled]}]}
    holes = let(
        {"known": f"$$own.{fields.NODE_ID}"},
        select("$$all", "n", is_hole),
    )
    nearest = map_each(holes, "h", _nearest("$$own", "$$h", "$lte"))
    cover = map_each(nearest, "c", f"$$c.{fields.NODE_ID}")
    both = select(
        "$$own",
        "n",
        {
            "$or": [
                {"$in": [f"$$n.{fields.NODE_ID}", f"$$kept.{fields.NODE_ID}"]},
                {"$in": [f"$$n.{fields.NODE_ID}", "$$cover"]},
            ]
        },
    )
    return let({"kept": inside, "cover": cover}, both)


def _frames(node: str) -> Expression:
    """Returns the number of a detection's frames in the clip; null without a support."""
    last = {"$min": [at(f"{node}.support", 1), "$metadata.total_frame_count"]}
    return {"$add": [{"$subtract": [last, at(f"{node}.support", 0)]}, 1]}


def _seconds(frames: Expression) -> Expression:
    return {"$round": [{"$divide": [frames, "$metadata.frame_rate"]}, 3]}


def _is_null(value: str) -> Expression:
    return {"$eq": [{"$ifNull": [value, None]}, None]}


def _absent(node: str) -> Expression:
    return {"$eq": [{"$type": node}, "null"]}
