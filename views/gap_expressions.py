"""Computes the parts of a video that a field's finest captions do not cover, in MongoDB."""

from __future__ import annotations

from ..core import fields as names
from .expressions import Expression, at, cond, detections, frames, let, map_each, select


def uncovered_seconds(field: str) -> Expression:
    """Returns an expression: the seconds that no finest segment covers, null without metadata."""
    total = "$metadata.total_frame_count"
    seconds = {"$divide": [{"$subtract": [total, _union()]}, "$metadata.frame_rate"]}
    return let({"walk": _walk(field)}, seconds)


def _walk(field: str) -> Expression:
    """Returns a field's segments depth-first, as ``[first, -end, level]``.

    In this order, a segment has a finer one exactly if the next one starts before it ends (a frame
    shared by siblings does not count). MongoDB sorts arrays of numbers several times as fast as
    documents.
    """
    end = {"$min": [at("$$d.support", 1), "$metadata.total_frame_count"]}
    bounds = [at("$$d.support", 0), {"$subtract": [0, end]}, f"$$d.{names.LEVEL}"]
    return {"$sortArray": {"input": map_each(detections(field), "d", bounds), "sortBy": 1}}


def _union() -> Expression:
    """Returns the number of frames in the segments of ``$$walk`` without a finer one."""
    # Two numbers: the last frame counted so far, and the number of frames counted.
    end, counted, total = _end("$$this"), at("$$value", 0), at("$$value", 1)
    before = {"$max": [{"$subtract": [_first("$$this"), 1]}, counted]}
    more = {"$max": [0, {"$subtract": [end, before]}]}
    step = [{"$max": [counted, end]}, {"$add": [total, more]}]
    return at({"$reduce": {"input": _leaves(), "initialValue": [0, 0], "in": step}}, 1)


def stretches_of(field: str, min_seconds: float) -> Expression:
    """Returns an expression for the stretches that no finest segment covers.

    They are ``[first frame, last frame]``, in order; there are none without metadata.

    Args:
        field: a field that holds trees
        min_seconds: the shortest stretch
    """
    total = "$metadata.total_frame_count"
    gap = [{"$add": ["$$value.end", 1]}, {"$subtract": [_first("$$this"), 1]}]
    before = cond({"$lte": gap}, [gap], [])
    step = {
        "end": {"$max": ["$$value.end", _end("$$this")]},
        "gaps": {"$concatArrays": ["$$value.gaps", before]},
    }
    after = [[{"$add": [total, 1]}, {"$subtract": [0, total]}, 0]]
    every = {
        "$reduce": {
            "input": {"$concatArrays": [_leaves(), after]},
            "initialValue": {"end": 0, "gaps": []},
            "in": step,
        }
    }
    long = {"$gte": [frames("$$gap"), {"$multiply": [min_seconds, "$metadata.frame_rate"]}]}
    kept = let({"every": every}, select("$$every.gaps", "gap", long))
    known = {"$and": [{"$gt": [total, 0]}, {"$gt": ["$metadata.frame_rate", 0]}]}
    return cond(known, let({"walk": _walk(field)}, kept), [])


def _leaves() -> Expression:
    """Returns the segments of ``$$walk`` without a finer one, in order."""
    contained = {"$gte": [at("$$next", 1), at("$$here", 1)]}
    inside = {"$and": [contained, {"$gt": [at("$$next", 2), at("$$here", 2)]}]}
    pair = {"here": at("$$walk", "$$i"), "next": at("$$walk", {"$add": ["$$i", 1]})}
    leaves = map_each(
        {"$range": [0, {"$size": "$$walk"}]}, "i", let(pair, cond(inside, None, "$$here"))
    )
    return select(leaves, "leaf", {"$ne": ["$$leaf", None]})


def _first(segment: str) -> Expression:
    return at(segment, 0)


def _end(segment: str) -> Expression:
    return {"$subtract": [0, at(segment, 1)]}
