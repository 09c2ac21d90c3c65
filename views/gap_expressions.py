"""The parts of a video that a field's finest captions do not cover, as MongoDB expressions."""

from __future__ import annotations

from typing import Any

from ..core import fields as names


def uncovered_seconds(field: str) -> dict[str, Any]:
    """Returns an expression: the seconds that no finest segment covers, null without metadata."""
    total = "$metadata.total_frame_count"
    return {
        "$let": {
            "vars": {"walk": _walk(field)},
            "in": {"$divide": [{"$subtract": [total, _union()]}, "$metadata.frame_rate"]},
        }
    }


def _walk(field: str) -> dict[str, Any]:
    """Returns a field's segments depth-first, as ``[first, -end, level]``.

    In this order, a segment has a finer one exactly if the next one begins before it ends (a frame
    that siblings share does not count). MongoDB sorts arrays of numbers several times as fast as
    documents.
    """
    end = {"$min": [_at("$$d.support", 1), "$metadata.total_frame_count"]}
    bounds = {
        "$map": {
            "input": {"$ifNull": [f"${field}.detections", []]},
            "as": "d",
            "in": [_at("$$d.support", 0), {"$subtract": [0, end]}, f"$$d.{names.LEVEL}"],
        }
    }
    return {"$sortArray": {"input": bounds, "sortBy": 1}}


def _union() -> dict[str, Any]:
    """Returns the number of frames in those segments of ``$$walk`` that have no finer one."""
    # Two numbers: the last frame counted so far, and the number of frames counted.
    end, counted, frames = _end("$$this"), _at("$$value", 0), _at("$$value", 1)
    before = {"$max": [{"$subtract": [_first("$$this"), 1]}, counted]}
    more = {"$max": [0, {"$subtract": [end, before]}]}
    step = [{"$max": [counted, end]}, {"$add": [frames, more]}]
    return _at({"$reduce": {"input": _leaves(), "initialValue": [0, 0], "in": step}}, 1)


def stretches_of(field: str, min_seconds: float) -> dict[str, Any]:
    """Returns an expression for the stretches that no finest segment covers.

    They are ``[first frame, last frame]``, in order; there are none without metadata.

    Args:
        field: a field that holds trees
        min_seconds: the shortest stretch
    """
    total = "$metadata.total_frame_count"
    gap = [{"$add": ["$$value.end", 1]}, {"$subtract": [_first("$$this"), 1]}]
    before = {"$cond": [{"$lte": gap}, [gap], []]}
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
    frames = {"$add": [{"$subtract": [_at("$$gap", 1), _at("$$gap", 0)]}, 1]}
    long = {"$gte": [frames, {"$multiply": [min_seconds, "$metadata.frame_rate"]}]}
    kept = {
        "$let": {
            "vars": {"every": every},
            "in": {"$filter": {"input": "$$every.gaps", "as": "gap", "cond": long}},
        }
    }
    known = {"$and": [{"$gt": [total, 0]}, {"$gt": ["$metadata.frame_rate", 0]}]}
    return {"$cond": [known, {"$let": {"vars": {"walk": _walk(field)}, "in": kept}}, []]}


def _leaves() -> dict[str, Any]:
    """Returns those segments of ``$$walk`` that have no finer one, in order."""
    contained = {"$gte": [_at("$$next", 1), _at("$$here", 1)]}
    inside = {"$and": [contained, {"$gt": [_at("$$next", 2), _at("$$here", 2)]}]}
    leaf = {
        "$let": {
            "vars": {"here": _at("$$walk", "$$i"), "next": _at("$$walk", {"$add": ["$$i", 1]})},
            "in": {"$cond": [inside, None, "$$here"]},
        }
    }
    return {
        "$filter": {
            "input": {
                "$map": {"input": {"$range": [0, {"$size": "$$walk"}]}, "as": "i", "in": leaf}
            },
            "as": "leaf",
            "cond": {"$ne": ["$$leaf", None]},
        }
    }


def _first(segment: str) -> dict[str, Any]:
    return _at(segment, 0)


def _end(segment: str) -> dict[str, Any]:
    return {"$subtract": [0, _at(segment, 1)]}


def _at(array: Any, place: Any) -> dict[str, Any]:
    return {"$arrayElemAt": [array, place]}
