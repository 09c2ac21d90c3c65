"""Counts what a view of trees holds, in MongoDB, in three parts that can be shown as they come.

A node is counted once, whichever fields have a text of it. Most data sets have one field with
every node; the others are only looked at for what that one lacks. Its duration is that of the
source where detections carry it (``start`` and ``end``), else that of its support in the clip.
"""

from __future__ import annotations

import statistics
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import fiftyone as fo

from ..core import fields as names
from ..internals.views import aggregate, source_dataset
from .hierarchy import Hierarchy
from .same import BRIEF
from .statistics import (
    LONGEST_ACTION,
    TENTHS,
    Actions,
    Bin,
    Level,
    Nodes,
    actions_of,
    bins_of,
    levels_of,
    shares_of,
)

#: Words are counted in all videos up to so many, and in about so many of more.
WORDS_VIDEOS = 1000
#: FiftyOne gives each sample a random number of this range.
_RAND = "_rand"
_RAND_FROM, _RAND_RANGE = 0.999, 0.001
#: Sources of text that every node has, annotated or not.
_STAGE_2 = frozenset(c.name for c in names.CAPTIONS if c.group != "gpt")


@dataclass(frozen=True)
class Videos:
    """What is counted of whole videos.

    Attributes:
        videos: how many
        clip_seconds: their length by their metadata
        unknown: videos whose metadata do not say their length
        source_seconds: the length of the videos that they were cut from, None if not recorded
        detections: for each field with trees, how many detections
        years: videos by year of upload; None if not recorded
        depths: videos by the deepest level of their tree
    """

    videos: int
    clip_seconds: float
    unknown: int
    source_seconds: float | None
    detections: dict[str, int]
    years: dict[int, int] | None
    depths: dict[int, int]


@dataclass(frozen=True)
class Segments:
    """What is counted of nodes.

    Attributes:
        total: how many
        levels: how many on each level, and how long they last
        durations: how many last how long
        shares: the same in the paper's four bins
        annotated: how many have a refined text; None where the data set holds no others
    """

    total: int
    levels: list[Level]
    durations: list[Bin]
    shares: list[Bin]
    annotated: int | None


@dataclass(frozen=True)
class Texts:
    """What is counted of captions.

    Attributes:
        words: for each field that has any, words a caption, on average; blanks separate words
        words_of: in how many videos that was counted
        field: whose captions name the actions
        actions: what they name
        too_long: how many are too long to name one
    """

    words: dict[str, float]
    words_of: int
    field: str
    actions: Actions
    too_long: int


def count_videos(view: Any, found: Hierarchy) -> Videos:
    """Counts videos, hours, detections, years and depths of a view of whole videos."""
    schema = source_dataset(view).get_field_schema()
    dated = isinstance(schema.get(names.UPLOAD_DATE), fo.DateTimeField | fo.DateField)
    measured = isinstance(schema.get(names.SOURCE_DURATION), fo.FloatField | fo.IntField)
    length = "$metadata.duration"
    year = {"$year": f"${names.UPLOAD_DATE}"} if dated else None
    # One pass over the samples, not one for the sums and one for the kinds: reading them takes
    # most of the time.
    kinds = {
        "_id": {"d": depth(view, found), "y": year},
        "n": {"$sum": 1},
        "seconds": {"$sum": length},
        "unknown": {"$sum": {"$cond": [{"$isNumber": length}, 0, 1]}},
        "source": {"$sum": f"${names.SOURCE_DURATION}" if measured else 0},
        **{f"n{k}": {"$sum": {"$size": ids(f)}} for k, f in enumerate(found.fields)},
    }
    halves = _at_once([partial(aggregate, view, [half, {"$group": kinds}]) for half in _HALVES])
    rows = [row for half in halves for row in half]

    def total(key: str) -> Any:
        return sum(row[key] for row in rows)

    return Videos(
        videos=total("n"),
        clip_seconds=float(total("seconds")),
        unknown=total("unknown"),
        source_seconds=total("source") if measured else None,
        detections={f: total(f"n{k}") for k, f in enumerate(found.fields)},
        years=_counts(rows, "y") if dated else None,
        depths=_counts(rows, "d"),
    )


def count_segments(view: Any, found: Hierarchy) -> Segments:
    """Counts nodes by level and duration, each node once."""
    widest = found.widest
    others = [field for field in found.fields if field != widest]
    refined = [field for field in found.fields if field not in _STAGE_2]
    sizes = _sizes(refined, [field for field in others if field in _STAGE_2], widest)
    first, second, *sums = _at_once(
        [
            partial(aggregate, view, [half, *stages])
            for stages in (_leveled(found, widest), sizes)
            for half in _HALVES
        ]
    )
    rows = Counter[Any]()
    for row in (*first, *second):
        rows[_decoded(row["_id"])] += row["n"]
    if any(row["beyond"] for half in sums for row in half):
        for row in aggregate(view, _beyond(found, others, widest)):
            rows[_decoded(row["_id"])] += row["n"]
    order = sorted(rows.items(), key=lambda item: (item[0][0], item[0][1] is None, item[0][1]))
    nodes = [Nodes(level, tenths, count) for (level, tenths), count in order]
    known = len(refined) < len(found.fields)
    return Segments(
        total=sum(row.count for row in nodes),
        levels=levels_of(nodes),
        durations=bins_of(nodes),
        shares=shares_of(nodes),
        annotated=sum(row["annotated"] for half in sums for row in half) if known else None,
    )


def measure_levels(view: Any, found: Hierarchy) -> dict[int, tuple[float, float, float]]:
    """Measures the durations of nodes, each node once.

    It reads the duration of every node, where :func:`count_segments` groups them by tenths of a
    second: it takes longer, and is exact.

    Returns:
        the quartiles of the durations in seconds, by level
    """
    widest = found.widest
    others = [field for field in found.fields if field != widest]
    lacking = [_nodes(found, field, {"$not": {"$in": [_ID, ids(widest)]}}) for field in others]
    rows = aggregate(
        view,
        [{"$project": {"_id": 0, "w": _nodes(found, widest), "o": {"$concatArrays": lacking}}}],
    )
    by_level: dict[int, array[float]] = defaultdict(lambda: array("d"))
    for row in rows:
        more = {node["i"]: node for node in row["o"]}
        for node in (*row["w"], *more.values()):
            if node["s"] is not None:
                by_level[int(node["l"] or 0)].append(max(node["s"], 0.0))
    return {level: _quartiles(found) for level, found in sorted(by_level.items())}


def count_texts(view: Any, found: Hierarchy, videos: int) -> Texts:
    """Counts words and brief actions.

    Args:
        view: the view
        found: its hierarchy
        videos: how many the view has
    """
    field = BRIEF if BRIEF in found.fields else found.widest
    share = min(1.0, WORDS_VIDEOS / max(videos, 1))
    chosen = [{"$match": {_RAND: {"$lt": _RAND_FROM + share * _RAND_RANGE}}}] if share < 1 else []
    sums: dict[str, Any] = {"_id": None, "videos": {"$sum": 1}}
    for k, name in enumerate(found.fields):
        sums[f"w{k}"] = {"$sum": _words(name)}
        sums[f"n{k}"] = {"$sum": {"$size": ids(name)}}
    label = {"$cond": [{"$lte": [{"$strLenBytes": "$d"}, LONGEST_ACTION]}, "$d", None]}
    actions: list[dict[str, Any]] = [
        {"$project": {"_id": 0, "d": f"${field}.detections.label"}},
        {"$unwind": "$d"},
        {"$match": {"d": {"$type": "string"}}},
        {"$group": {"_id": label, "n": {"$sum": 1}}},
    ]
    counted, labels = _at_once(
        [
            lambda: aggregate(view, [*chosen, {"$group": sums}]),
            lambda: aggregate(view, actions),
        ]
    )
    got = counted[0] if counted else {"videos": 0}
    words = {
        name: got[f"w{k}"] / got[f"n{k}"] for k, name in enumerate(found.fields) if got.get(f"n{k}")
    }
    by_label = {row["_id"]: row["n"] for row in labels}
    too_long = by_label.pop(None, 0)
    return Texts(words, got["videos"], field, actions_of(by_label), too_long)


def ids(field: str) -> dict[str, Any]:
    """Returns an expression: the node ids of a field's detections."""
    return {"$ifNull": [f"${field}.detections.{names.NODE_ID}", []]}


def depth(view: Any, found: Hierarchy) -> Any:
    """Returns an expression: a video's deepest level, as recorded or else as detections have it."""
    if isinstance(source_dataset(view).get_field(names.TREE_DEPTH), fo.IntField):
        return f"${names.TREE_DEPTH}"
    return {"$max": [{"$max": f"${field}.detections.{names.LEVEL}"} for field in found.fields]}


def tenths(found: Hierarchy, field: str, node: str) -> dict[str, Any]:
    """Returns an expression: how many whole tenths of a second a detection lasts.

    Args:
        found: which attributes a field's detections carry
        field: the field
        node: how the expression names the detection, such as ``$$this``
    """
    return {"$trunc": {"$add": [_scaled(found, field, node), _NEARLY]}}


def _scaled(found: Hierarchy, field: str, node: str) -> dict[str, Any]:
    return {"$multiply": [_seconds(found, field, node), TENTHS]}


def _seconds(found: Hierarchy, field: str, node: str) -> dict[str, Any]:
    if {names.START, names.END} <= found.carried[field]:
        return {"$subtract": [f"{node}.{names.END}", f"{node}.{names.START}"]}
    first, last = ({"$arrayElemAt": [f"{node}.support", i]} for i in (0, 1))
    frames = {"$add": [{"$subtract": [last, first]}, 1]}
    rate = {"$cond": [{"$gt": ["$metadata.frame_rate", 0]}, "$metadata.frame_rate", None]}
    return {"$divide": [frames, rate]}


#: Recorded seconds are 32 bits wide, so that 3 s can be a little less.
_NEARLY = 0.001
#: A level and a duration are grouped by as one number, which takes half the time of two.
_LEVEL = 1_000_000
_UNKNOWN = _LEVEL - 1


def _level_and_tenths(found: Hierarchy, field: str, node: str) -> dict[str, Any]:
    level = {"$multiply": [f"{node}.{names.LEVEL}", _LEVEL]}
    both = {"$trunc": {"$add": [level, _scaled(found, field, node), _NEARLY]}}
    return {"$ifNull": [both, {"$add": [level, _UNKNOWN]}]}


def _decoded(number: float | None) -> tuple[int, int | None]:
    if number is None:
        return 0, None
    level, lasts = divmod(int(number), _LEVEL)
    if lasts == _UNKNOWN:
        return level, None
    # What ends before it begins would be of the level above, for a day.
    return (level + 1, 0) if lasts > _LEVEL * 9 // 10 else (level, lasts)


_HALVES = (
    {"$match": {_RAND: {"$lt": _RAND_FROM + _RAND_RANGE / 2}}},
    {"$match": {_RAND: {"$not": {"$lt": _RAND_FROM + _RAND_RANGE / 2}}}},
)


def _union(fields: Sequence[str]) -> dict[str, Any]:
    return {"$setUnion": [ids(field) for field in fields]}


_ID = f"$$d.{names.NODE_ID}"


def _nodes(found: Hierarchy, field: str, which: Any = True) -> dict[str, Any]:
    """The id, level and seconds of each detection of a field."""
    detections = {"$ifNull": [f"${field}.detections", []]}
    chosen = {"$filter": {"input": detections, "as": "d", "cond": which}}
    seconds = {"$ifNull": [_seconds(found, field, "$$d"), None]}
    node = {
        "i": {"$ifNull": [_ID, None]},
        "l": {"$ifNull": [f"$$d.{names.LEVEL}", 0]},
        "s": seconds,
    }
    return {"$map": {"input": chosen, "as": "d", "in": node}}


def _quartiles(seconds: array[float]) -> tuple[float, float, float]:
    if len(seconds) == 1:
        return seconds[0], seconds[0], seconds[0]
    first, median, third = statistics.quantiles(seconds, n=4, method="inclusive")
    return first, median, third


def _sizes(refined: Sequence[str], rest: Sequence[str], widest: str) -> list[dict[str, Any]]:
    """How many nodes have a refined text, and how many the widest field lacks."""
    more = [ids(field) for field in rest]
    return [
        # The union once: it takes twice as long as reading the samples.
        {"$project": {"_id": 0, "u": _union(refined), "w": ids(widest), "m": more}},
        {
            "$group": {
                "_id": None,
                "annotated": {"$sum": {"$size": "$u"}},
                "beyond": {
                    "$sum": {
                        "$size": {
                            "$setDifference": [
                                {"$reduce": {"input": "$m", "initialValue": "$u",
                                             "in": {"$setUnion": ["$$value", "$$this"]}}},
                                "$w",
                            ]
                        }
                    }
                },
            }
        },
    ]  # fmt: skip


def _leveled(found: Hierarchy, field: str) -> list[dict[str, Any]]:
    detections = {"$ifNull": [f"${field}.detections", []]}
    node = _level_and_tenths(found, field, "$$d")
    return [
        {"$project": {"_id": 0, "d": {"$map": {"input": detections, "as": "d", "in": node}}}},
        {"$unwind": "$d"},
        {"$group": {"_id": "$d", "n": {"$sum": 1}}},
    ]


def _beyond(found: Hierarchy, others: Sequence[str], widest: str) -> list[dict[str, Any]]:
    """The nodes that the widest field lacks."""

    def lacking(field: str) -> dict[str, Any]:
        unknown = {"$not": {"$in": [f"$$d.{names.NODE_ID}", ids(widest)]}}
        detections = {"$ifNull": [f"${field}.detections", []]}
        node = {
            "i": f"$$d.{names.NODE_ID}",
            "k": _level_and_tenths(found, field, "$$d"),
        }
        chosen = {"$filter": {"input": detections, "as": "d", "cond": unknown}}
        return {"$map": {"input": chosen, "as": "d", "in": node}}

    return [
        {"$project": {"d": {"$setUnion": [lacking(field) for field in others]}}},
        {"$unwind": "$d"},
        {"$group": {"_id": {"v": "$_id", "i": "$d.i"}, "k": {"$first": "$d.k"}}},
        {"$group": {"_id": "$k", "n": {"$sum": 1}}},
    ]


def _words(field: str) -> dict[str, Any]:
    some = {"$filter": {"input": {"$split": ["$$l", " "]}, "as": "w", "cond": {"$ne": ["$$w", ""]}}}
    labels = {"$ifNull": [f"${field}.detections.label", []]}
    return {"$sum": {"$map": {"input": labels, "as": "l", "in": {"$size": some}}}}


def _counts(rows: Iterable[Mapping[str, Any]], key: str) -> dict[int, int]:
    counted = Counter[int]()
    for row in rows:
        if (value := row["_id"].get(key)) is not None:
            counted[int(value)] += row["n"]
    return dict(sorted(counted.items()))


def _at_once(jobs: Sequence[Callable[[], list[dict[str, Any]]]]) -> list[list[dict[str, Any]]]:
    """Runs queries side by side: each keeps one of MongoDB's processors busy."""
    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]
