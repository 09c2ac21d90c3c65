"""Creates views at one granularity: by level, or by time scale.

Such a view has a MongoDB stage that computes; one ``FilterLabels`` per field, which tells FiftyOne
that lists are filtered (without it, ``sample.save()`` on the view would delete what the view leaves
out); and a stage that drops videos with nothing left. The first and the last have a comment by
which the next granularity finds and replaces them, because a tree that is cut cannot be cut again.
The computation needs complete trees, so these stages precede those that filter labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import fiftyone as fo
import fiftyone.core.stages as fos
from fiftyone import ViewField as F

from ..core import fields as names
from ..core.cut import Holes
from ..internals.views import (
    mongo_stage,
    serialize_view,
    source_collection,
    source_dataset,
    stages_of,
)
from . import cut_expressions as expressions
from .cut_store import has_stored_cut
from .hierarchy import DatasetOrView, find_hierarchy

_BEGINS = "action100m granularity begins: "
_ENDS = "action100m granularity ends"


def by_level(
    view: DatasetOrView, first: int, last: int | None = None, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Returns the detections of one level, or of a range of levels.

    A granularity that the view already has is replaced. Levels are no time scale: for that, see
    :func:`cut`.

    >>> chapters = by_level(dataset, 1, 2, ["gpt_action_brief"])

    Args:
        view: a dataset or view; of a clips view, what it was made from is used
        first: the coarsest level to keep; the root's is 0
        last: the finest level to keep; ``first`` by default
        fields: the fields to filter; by default all that hold trees. Other fields are not changed

    Returns:
        the view, without videos that have no such detection

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
        ValueError: if ``first`` is negative, or ``last`` is less than ``first``
    """
    last = first if last is None else last
    if first < 0 or last < first:
        raise ValueError(f"there are no levels from {first} to {last}")
    found = find_hierarchy(view, fields)
    kept = (F(names.LEVEL) >= first) & (F(names.LEVEL) <= last)
    return _at_granularity(view, dict.fromkeys(found.fields, kept))


def cut(
    view: DatasetOrView, seconds: float, fields: Sequence[str] | None = None, holes: Holes = "show"
) -> fo.DatasetView:
    """Returns the trees cut at a time scale: the coarsest segments of at most ``seconds`` each.

    A leaf that lasts longer is kept as it is; :mod:`..core.cut` has the rule. Durations are those
    of the supports. The tree is that of the field and ``plm_action``, if it is stored, else that of
    all fields together. An orphan hangs below the shortest node that encloses it. A granularity
    that the view already has is replaced; videos without metadata are left out.

    MongoDB computes the cut when the view is read, or reads two numbers per detection if
    :func:`.cut_store.store_cut` has stored them.

    >>> steps = cut(dataset, 10, ["gpt_action_brief"], holes="cover")

    Args:
        view: a dataset or view; of a clips view, what it was made from is used
        seconds: the longest duration of a segment
        fields: the fields to filter; by default all that hold trees. Other fields are not changed
        holes: what to do with a node of the cut that lacks a caption in a field: ``"show"`` leaves
            a gap; ``"cover"`` keeps its nearest captioned ancestor, which then overlaps the rest of
            the cut below it

    Returns:
        the view, without videos that have no such detection

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
        ValueError: if ``seconds`` is negative, or ``holes`` is neither of the two
    """
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"a time scale is 0 s or more, and finite, not {seconds!r}")
    if holes not in ("show", "cover"):
        raise ValueError(f"holes must be 'show' or 'cover', not {holes!r}")
    seconds = round(seconds, 3)
    found = find_hierarchy(view, fields)
    stored = holes == "show" and all(has_stored_cut(view, field) for field in found.fields)
    if stored:
        kept = (F(names.CUT_FROM) <= seconds) & (F(names.CUT_UNTIL) > seconds)
        return _at_granularity(view, dict.fromkeys(found.fields, kept))
    whole = find_hierarchy(view)
    computed = {
        f"{field}.detections": expressions.kept(whole, field, seconds, holes)
        for field in found.fields
    }
    return _at_granularity(view, dict.fromkeys(found.fields, True), computed)


def compare(
    view: DatasetOrView, scales: Mapping[str, float], by: Literal["seconds", "level"] = "seconds"
) -> fo.DatasetView:
    """Returns a view with several fields of the same videos, each at its own granularity.

    A view has one granularity per field, so granularities to compare must be in different fields;
    the refined captions of a node are in five of them.

    >>> both = compare(dataset, {"gpt_action_brief": 30, "plm_action": 5})

    Args:
        view: a dataset or view; of a clips view, what it was made from is used
        scales: for each field, the longest duration of a segment in seconds (:func:`cut`), or the
            level
        by: whether the numbers are seconds or levels

    Returns:
        the view, without videos that have no detection in any of the fields

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
        ValueError: if a number is negative or infinite
    """
    found = find_hierarchy(view, list(scales))
    if not all(0 <= scales[field] < float("inf") for field in found.fields):
        raise ValueError(f"time scales and levels are 0 or more, and finite, not {dict(scales)}")
    if by == "level":
        return _at_granularity(
            view, {field: F(names.LEVEL) == int(scales[field]) for field in found.fields}
        )
    whole = find_hierarchy(view)
    computed = {
        f"{field}.detections": expressions.kept(whole, field, round(scales[field], 3), "show")
        for field in found.fields
    }
    return _at_granularity(view, dict.fromkeys(found.fields, True), computed)


def without_granularity(view: DatasetOrView) -> fo.DatasetView:
    """Returns a view without the stages that :func:`by_level` or :func:`cut` added."""
    return _rebuilt(view, _other_stages(view))


def with_ranges(view: DatasetOrView, fields: Sequence[str]) -> fo.DatasetView:
    """Returns a view whose detections have ``cut_from`` and ``cut_until``, for counting cuts.

    Do not show or save it: FiftyOne does not know that its lists are changed. A granularity of the
    view is ignored.

    Args:
        view: a dataset or view; of a clips view, what it was made from is used
        fields: fields that hold trees
    """
    stages = _other_stages(view)
    computed = [field for field in fields if not has_stored_cut(view, field)]
    if not computed:
        return _rebuilt(view, stages)
    whole = find_hierarchy(view)
    ranges = {f"{field}.detections": expressions.ranges(whole, field) for field in computed}
    place = _first_that_filters(view, stages)
    added = mongo_stage([{"$set": ranges}])
    return _rebuilt(view, [*stages[:place], added, *stages[place:]])


def _at_granularity(
    view: DatasetOrView, filters: Mapping[str, Any], computed: Mapping[str, Any] | None = None
) -> fo.DatasetView:
    begins: list[dict[str, Any]] = [{"$match": {"$comment": f"{_BEGINS}{len(filters)}"}}]
    if computed:
        begins.append({"$set": dict(computed)})
    some = [{f"{field}.detections.0": {"$exists": True}} for field in filters]
    stages = _other_stages(view)
    place = _first_that_filters(view, stages) if computed else len(stages)
    added = [
        mongo_stage(begins),
        *(fo.FilterLabels(f, kept, only_matches=False) for f, kept in filters.items()),
    ]
    ends = mongo_stage([{"$match": {"$comment": _ENDS, "$or": some}}])
    return _rebuilt(view, [*stages[:place], *added, *stages[place:], ends])


def _rebuilt(view: DatasetOrView, stages: Sequence[fos.ViewStage]) -> fo.DatasetView:
    result = source_dataset(view).view()
    for stage in stages:
        result = result.add_stage(stage)
    return result


def _other_stages(view: DatasetOrView) -> list[fos.ViewStage]:
    """Returns a view's stages, without those of a granularity."""
    kept, skip = [], 0
    for stage in stages_of(source_collection(view)):
        comment = _comment(stage)
        if comment.startswith(_BEGINS):
            skip = int(comment.removeprefix(_BEGINS))
        elif comment != _ENDS:
            if skip and isinstance(stage, fo.FilterLabels):
                skip -= 1
            else:
                kept.append(stage)
    return kept


def levels_shown(view: fo.DatasetView) -> dict[str, tuple[int, int]]:
    """Returns the first and last level of each field that :func:`by_level` narrows in a view.

    Empty for a view with other stages that may change levels.
    """
    found: dict[str, tuple[int, int]] = {}
    for stage, described in zip(stages_of(view), serialize_view(view), strict=True):
        if isinstance(stage, fo.SetField) or (isinstance(stage, fo.Mongo) and not _comment(stage)):
            return {}
        if isinstance(stage, fo.FilterLabels):
            match dict(described["kwargs"])["filter"]:
                case {"$and": [{"$gte": [low, first]}, {"$lte": [high, last]}]} if (
                    low == high == f"$$this.{names.LEVEL}"
                ):
                    found[stage.field] = first, last
    return found


def _comment(stage: fos.ViewStage) -> str:
    if not isinstance(stage, fo.Mongo) or not stage.pipeline:
        return ""
    return str(stage.pipeline[0].get("$match", {}).get("$comment", ""))


def _first_that_filters(view: DatasetOrView, stages: Sequence[fos.ViewStage]) -> int:
    """Returns the position of the first stage that may change the labels of a tree."""
    before = source_dataset(view).view()
    for place, stage in enumerate(stages):
        changes = (
            isinstance(stage, fo.Mongo)
            or stage.get_edited_fields(before)
            or stage.get_filtered_fields(before)
            or stage.get_excluded_fields(before)
            or stage.get_selected_fields(before)
        )
        if changes:
            return place
        before = before.add_stage(stage)
    return len(stages)
