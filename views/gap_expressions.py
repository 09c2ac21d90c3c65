"""What of a video a field's finest captions cover, and what not, as MongoDB expressions."""

from __future__ import annotations

from typing import Any

from ..core import fields as names


def uncovered_seconds(field: str) -> dict[str, Any]:
    """How much of a video no finest segment covers; null where the metadata is not known."""
    total = "$metadata.total_frame_count"
    return {
        "$let": {
            "vars": {"walk": _walk(field)},
            "in": {"$divide": [{"$subtract": [total, _union()]}, "$metadata.frame_rate"]},
        }
    }


def _walk(field: str) -> dict[str, Any]:
    """A field's segments in the order of a walk through the tree.

    In it, one has a finer one exactly if the next begins before it ends. (A frame that siblings
    share does not count.)
    """
    total = "$metadata.total_frame_count"
    bounds = {
        "$map": {
            "input": {"$ifNull": [f"${field}.detections", []]},
            "as": "d",
            "in": {
                "first": {"$arrayElemAt": ["$$d.support", 0]},
                "end": {"$min": [{"$arrayElemAt": ["$$d.support", 1]}, total]},
                "level": f"$$d.{names.LEVEL}",
            },
        }
    }
    return {"$sortArray": {"input": bounds, "sortBy": {"first": 1, "end": -1, "level": 1}}}


def _union() -> dict[str, Any]:
    """The number of frames in ``$$walk``'s segments without a finer one."""
    begins = {"$max": ["$$here.first", {"$add": ["$$value.end", 1]}]}
    more = {"$max": [0, {"$add": [{"$subtract": ["$$here.end", begins]}, 1]}]}
    step = {
        "$let": {
            "vars": {"here": "$$this"},
            "in": {
                "end": {"$max": ["$$value.end", "$$here.end"]},
                "frames": {"$add": ["$$value.frames", more]},
            },
        }
    }
    union = {"$reduce": {"input": _leaves(), "initialValue": {"end": 0, "frames": 0}, "in": step}}
    return {"$let": {"vars": {"covered": union}, "in": "$$covered.frames"}}


def stretches_of(field: str, min_seconds: float) -> dict[str, Any]:
    """The frames of a video that no finest segment covers: ``[first, last]`` each, in order.

    An expression; empty where the metadata is not known.
    """
    total = "$metadata.total_frame_count"
    gap = [{"$add": ["$$value.end", 1]}, {"$subtract": ["$$this.first", 1]}]
    before = {"$cond": [{"$lte": gap}, [gap], []]}
    step = {
        "end": {"$max": ["$$value.end", "$$this.end"]},
        "gaps": {"$concatArrays": ["$$value.gaps", before]},
    }
    after = [{"first": {"$add": [total, 1]}, "end": total}]
    every = {
        "$reduce": {
            "input": {"$concatArrays": [_leaves(), after]},
            "initialValue": {"end": 0, "gaps": []},
            "in": step,
        }
    }
    frames = {
        "$add": [
            {"$subtract": [{"$arrayElemAt": ["$$gap", 1]}, {"$arrayElemAt": ["$$gap", 0]}]}, 1
        ]
    }  # fmt: skip
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
    """Those of ``$$walk``'s segments that have no finer one, in order."""
    following = {"$arrayElemAt": ["$$walk", {"$add": ["$$i", 1]}]}
    here = {"$arrayElemAt": ["$$walk", "$$i"]}
    inside = {
        "$and": [
            {"$gt": ["$$next.level", "$$here.level"]},
            {"$lte": ["$$next.end", "$$here.end"]},
        ]
    }
    leaf = {
        "$let": {"vars": {"here": here, "next": following}, "in": {"$cond": [inside, None, here]}}
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
