"""Builds MongoDB expressions; FiftyOne's own ones cannot relate the labels of two fields."""

from __future__ import annotations

from typing import Any

from ..core import fields
from ..core.detections import UNKNOWN_RATE

#: A MongoDB expression: an operator with its arguments, a path, or a constant.
Expression = Any
#: The position of a node: level, first and last frame.
Span = tuple[Expression, Expression, Expression]


def at(array: Expression, place: Expression) -> Expression:
    """Returns an array's element."""
    return {"$arrayElemAt": [array, place]}


def cond(condition: Expression, then: Expression, other: Expression) -> Expression:
    """Returns one of two values, by a condition."""
    return {"$cond": [condition, then, other]}


def let(variables: dict[str, Expression], inside: Expression) -> Expression:
    """Sets variables, which ``inside`` reads as ``$$name``."""
    return {"$let": {"vars": variables, "in": inside}}


def select(array: Expression, name: str, condition: Expression) -> Expression:
    """Keeps the elements that meet a condition, in which they are ``$$name``."""
    return {"$filter": {"input": array, "as": name, "cond": condition}}


def map_each(array: Expression, name: str, value: Expression) -> Expression:
    """Maps each element to a value, in which it is ``$$name``."""
    return {"$map": {"input": array, "as": name, "in": value}}


def detections(field: str) -> Expression:
    """Returns a field's detections; none for a sample without the field."""
    return {"$ifNull": [f"${field}.detections", []]}


def node_ids(field: str) -> Expression:
    """Returns the node ids of a field's detections."""
    return {"$ifNull": [f"${field}.detections.{fields.NODE_ID}", []]}


def count_nodes_of(ids: list[Expression]) -> Expression:
    """Returns the number of distinct nodes in lists of node ids without duplicates."""
    return {"$size": {"$setUnion": ids} if len(ids) > 1 else ids[0]}


def is_above(upper: Span, lower: Span) -> Expression:
    """Whether a node is above another: its level is smaller and its support contains the other's.

    :meth:`.hits.Hit.is_below` is the same rule in Python.
    """
    return {
        "$and": [
            {"$lt": [upper[0], lower[0]]},
            {"$lte": [upper[1], lower[1]]},
            {"$gte": [upper[2], lower[2]]},
        ]
    }


def span_of(label: str) -> Span:
    """Returns the position of a detection."""
    support = f"{label}.support"
    return f"{label}.{fields.LEVEL}", at(support, 0), at(support, 1)


def frames(support: str) -> Expression:
    """Returns the number of frames of a support."""
    return {"$add": [{"$subtract": [at(support, 1), at(support, 0)]}, 1]}


def seconds(support: str) -> Expression:
    """Returns the duration of a support; 30 frames per second are assumed without metadata."""
    return {"$divide": [frames(support), {"$ifNull": ["$metadata.frame_rate", UNKNOWN_RATE]}]}
