"""Counts the videos, nodes and texts of a view in MongoDB, in three parts.

A node counts once, even if several fields have a caption of it. Most datasets have one field with
every node; the others are read only for nodes that it lacks. A node's duration is that of the
source if detections have ``start`` and ``end``, else that of its support in the clip.
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
from ..core.reviews import OPEN, STATUSES
from ..internals.views import aggregate, source_dataset
from .expressions import node_ids
from .hierarchy import DatasetOrView, Hierarchy
from .overview_expressions import (
    HALVES,
    count_annotated,
    decode_key,
    depth,
    group_nodes,
    group_others,
    node_values,
    sampled,
    word_count,
)
from .review_progress import review_progress
from .same import BRIEF
from .statistics import (
    LONGEST_ACTION,
    Actions,
    Bin,
    Level,
    Nodes,
    actions_of,
    bins_of,
    levels_of,
    shares_of,
)

#: Words are counted in every video up to this many; above, in a random sample of about this size.
WORDS_VIDEOS = 1000
#: The prefixes of fields without refined texts.
_STAGE_2 = frozenset(c.name for c in (*names.CAPTIONS, names.SEGMENTS) if c.group != "gpt")


@dataclass(frozen=True)
class VideoCounts:
    """The counts of whole videos.

    Attributes:
        videos: the number of videos
        clip_seconds: their total duration, from their metadata
        unknown: the number of videos without a duration in their metadata
        source_seconds: the total duration of the source videos, None if it is not recorded
        detections: the number of detections of each field that holds trees
        years: videos by year of upload, None if it is not recorded
        depths: videos by the deepest level of their tree
        review: nodes by status, with ``open`` for those not reviewed; None if none ever was
    """

    videos: int
    clip_seconds: float
    unknown: int
    source_seconds: float | None
    detections: dict[str, int]
    years: dict[int, int] | None
    depths: dict[int, int]
    review: dict[str, int] | None = None


@dataclass(frozen=True)
class NodeCounts:
    """The counts of nodes.

    Attributes:
        total: the number of nodes
        levels: their number and durations by level
        durations: their number by duration
        shares: their number by duration, in the paper's four bins
        annotated: the number with a refined text; None if the dataset only holds those
    """

    total: int
    levels: list[Level]
    durations: list[Bin]
    shares: list[Bin]
    annotated: int | None


@dataclass(frozen=True)
class TextCounts:
    """The counts of captions.

    Attributes:
        words: the mean number of words per caption, for each field with captions
        words_of: the number of videos in which words were counted
        field: the field of brief actions
        actions: its actions
        too_long: the number of its captions that are too long to name an action
    """

    words: dict[str, float]
    words_of: int
    field: str
    actions: Actions
    too_long: int


def count_videos(view: DatasetOrView, found: Hierarchy) -> VideoCounts:
    """Counts the videos, hours, detections, years and depths of a view of whole videos."""
    schema = source_dataset(view).get_field_schema()
    dated = isinstance(schema.get(names.UPLOAD_DATE), fo.DateTimeField | fo.DateField)
    measured = isinstance(schema.get(names.SOURCE_DURATION), fo.FloatField | fo.IntField)
    length = "$metadata.duration"
    year = {"$year": f"${names.UPLOAD_DATE}"} if dated else None
    # One pass for both sums and groups: reading the samples takes most of the time.
    kinds = {
        "_id": {"d": depth(view, found), "y": year},
        "n": {"$sum": 1},
        "seconds": {"$sum": length},
        "unknown": {"$sum": {"$cond": [{"$isNumber": length}, 0, 1]}},
        "source": {"$sum": f"${names.SOURCE_DURATION}" if measured else 0},
        **{f"n{k}": {"$sum": {"$size": node_ids(f)}} for k, f in enumerate(found.fields)},
    }
    halves = _at_once([partial(aggregate, view, [half, {"$group": kinds}]) for half in HALVES])
    rows = [row for half in halves for row in half]

    def total(key: str) -> Any:
        return sum(row[key] for row in rows)

    return VideoCounts(
        videos=total("n"),
        clip_seconds=float(total("seconds")),
        unknown=total("unknown"),
        source_seconds=total("source") if measured else None,
        detections={f: total(f"n{k}") for k, f in enumerate(found.fields)},
        years=_counts(rows, "y") if dated else None,
        depths=_counts(rows, "d"),
        review=_review(view, found),
    )


def count_nodes(view: DatasetOrView, found: Hierarchy) -> NodeCounts:
    """Counts the nodes of a view of whole videos by level and duration."""
    widest = found.widest
    others = [field for field in found.fields if field != widest]
    refined = [field for field in found.fields if field not in _STAGE_2]
    sizes = count_annotated(refined, [field for field in others if field in _STAGE_2], widest)
    first, second, *sums = _at_once(
        [
            partial(aggregate, view, [half, *stages])
            for stages in (group_nodes(found, widest), sizes)
            for half in HALVES
        ]
    )
    rows = Counter[tuple[int, int | None]]()
    for row in (*first, *second):
        rows[decode_key(row["_id"])] += row["n"]
    if any(row["beyond"] for half in sums for row in half):
        for row in aggregate(view, group_others(found, others, widest)):
            rows[decode_key(row["_id"])] += row["n"]
    order = sorted(rows.items(), key=lambda item: (item[0][0], item[0][1] is None, item[0][1]))
    nodes = [Nodes(level, tenths, count) for (level, tenths), count in order]
    known = len(refined) < len(found.fields)
    return NodeCounts(
        total=sum(row.count for row in nodes),
        levels=levels_of(nodes),
        durations=bins_of(nodes),
        shares=shares_of(nodes),
        annotated=sum(row["annotated"] for half in sums for row in half) if known else None,
    )


def measure_levels(view: DatasetOrView, found: Hierarchy) -> dict[int, tuple[float, float, float]]:
    """Returns the exact quartiles of the nodes' durations in seconds, by level.

    It reads every node and so takes longer than :func:`count_nodes`, which groups them by tenths of
    a second.
    """
    widest = found.widest
    others = [field for field in found.fields if field != widest]
    lacking = [node_values(found, field, unless_in=widest) for field in others]
    rows = aggregate(
        view,
        [
            {
                "$project": {
                    "_id": 0,
                    "w": node_values(found, widest),
                    "o": {"$concatArrays": lacking},
                }
            }
        ],
    )
    by_level: dict[int, array[float]] = defaultdict(lambda: array("d"))
    for row in rows:
        more = {node["i"]: node for node in row["o"]}
        for node in (*row["w"], *more.values()):
            if node["s"] is not None:
                by_level[int(node["l"] or 0)].append(max(node["s"], 0.0))
    return {level: _quartiles(found) for level, found in sorted(by_level.items())}


def count_texts(view: DatasetOrView, found: Hierarchy, videos: int) -> TextCounts:
    """Counts words and brief actions.

    Args:
        view: a view of whole videos
        found: the fields that hold its trees
        videos: the number of its videos
    """
    field = BRIEF if BRIEF in found.fields else found.widest
    chosen = sampled(WORDS_VIDEOS / max(videos, 1))
    sums: dict[str, Any] = {"_id": None, "videos": {"$sum": 1}}
    for k, name in enumerate(found.fields):
        sums[f"w{k}"] = {"$sum": word_count(name)}
        sums[f"n{k}"] = {"$sum": {"$size": node_ids(name)}}
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
    # The labels of segments are no captions.
    words = {
        name: got[f"w{k}"] / got[f"n{k}"]
        for k, name in enumerate(found.fields)
        if got.get(f"n{k}") and name != names.SEGMENTS.name
    }
    by_label = {row["_id"]: row["n"] for row in labels if field != names.SEGMENTS.name}
    too_long = by_label.pop(None, 0)
    return TextCounts(words, got["videos"], field, actions_of(by_label), too_long)


def _review(view: DatasetOrView, found: Hierarchy) -> dict[str, int] | None:
    """Counts nodes by their review status."""
    dataset = source_dataset(view)
    paths = [f"{name}.detections.{names.REVIEW}" for name in found.fields]
    if all(dataset.get_field(path) is None for path in paths):
        return None
    counted = review_progress(view)
    by_status = {status: getattr(counted, status) for status in STATUSES}
    return {**by_status, OPEN: counted.total - counted.reviewed}


def _quartiles(seconds: array[float]) -> tuple[float, float, float]:
    if len(seconds) == 1:
        return seconds[0], seconds[0], seconds[0]
    first, median, third = statistics.quantiles(seconds, n=4, method="inclusive")
    return first, median, third


def _counts(rows: Iterable[Mapping[str, Any]], key: str) -> dict[int, int]:
    counted = Counter[int]()
    for row in rows:
        if (value := row["_id"].get(key)) is not None:
            counted[int(value)] += row["n"]
    return dict(sorted(counted.items()))


def _at_once(jobs: Sequence[Callable[[], list[dict[str, Any]]]]) -> list[list[dict[str, Any]]]:
    """Runs queries concurrently: each keeps one core of MongoDB busy."""
    with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]
