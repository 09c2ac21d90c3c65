"""Views at one granularity: by level, or by time scale.

A view at a granularity has at most three kinds of stages: one that computes (a MongoDB stage), one
``FilterLabels`` for each field, which tells FiftyOne that lists are filtered (without it,
``sample.save()`` on the view would delete what the view leaves out), and one that drops videos with
nothing left. The first and the last carry a comment, by which the next granularity finds and
replaces them: a tree that was cut cannot be cut again. What is computed needs whole trees, so
the stages stand before those that filter labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import fiftyone as fo
import fiftyone.core.stages as fos
from fiftyone import ViewField as F

from ..core import fields as names
from ..core.cut import Holes
from ..internals.views import mongo_stage, source_collection, source_dataset, stages_of
from . import cut_expressions as expressions
from .cut_store import has_stored_cut
from .hierarchy import find_hierarchy

_BEGINS = "action100m granularity begins: "
_ENDS = "action100m granularity ends"


def by_level(
    view: Any, first: int, last: int | None = None, fields: Sequence[str] | None = None
) -> fo.DatasetView:
    """Returns the detections of one level, or from level to level.

    A granularity that the view has already is replaced. Levels are no time scale: for that, see
    :func:`cut`.

    >>> chapters = by_level(dataset, 1, 2, ["gpt_action_brief"])

    Args:
        view: a data set or a view; of clips, what they were made from
        first: the coarsest level to keep; the root's is 0
        last: the finest; ``first`` by default
        fields: the fields to filter; all that hold trees by default. Others stay as they are.

    Returns:
        the view, without videos that have no such detection

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
        ValueError: if ``last`` lies before ``first``
    """
    last = first if last is None else last
    if first < 0 or last < first:
        raise ValueError(f"there are no levels from {first} to {last}")
    found = find_hierarchy(view, fields)
    kept = (F(names.LEVEL) >= first) & (F(names.LEVEL) <= last)
    return _at_granularity(view, dict.fromkeys(found.fields, kept))


def cut(
    view: Any, seconds: float, fields: Sequence[str] | None = None, holes: Holes = "show"
) -> fo.DatasetView:
    """Returns the trees cut at a time scale: the coarsest segments of at most so many seconds.

    Of each video this keeps the coarsest detections that last at most ``seconds`` within the clip;
    a leaf that lasts longer stands for itself. See :mod:`..core.cut` for the rule. Durations are
    taken from the supports. The tree is that of all the fields together, or of the field and
    ``plm_action`` where there is that. Where a parent has no detection, the shortest one of a
    smaller level that encloses it takes its place. A granularity that the view has already is
    replaced; videos without metadata are left out.

    It is computed by MongoDB when the view is read, or read from two numbers a detection where
    :func:`.cut_store.store_cut` has stored them.

    >>> steps = cut(dataset, 10, ["gpt_action_brief"], holes="cover")

    Args:
        view: a data set or a view; of clips, what they were made from
        seconds: how long a segment may last
        fields: the fields to filter; all that hold trees by default. Others stay as they are.
        holes: what to do where a node of the cut has no text in a field: ``"show"`` the hole, or
            ``"cover"`` it by the nearest ancestor that has one, which then overlaps the segments
            of the cut below it

    Returns:
        the view, without videos that have no such detection

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
        ValueError: if ``seconds`` is negative, or ``holes`` neither of the two
    """
    if not 0 <= seconds < float("inf"):
        raise ValueError(f"not a time scale: {seconds!r} s")
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
    view: Any, scales: Mapping[str, float], by: Literal["seconds", "level"] = "seconds"
) -> fo.DatasetView:
    """Returns several fields on the same videos, each at a granularity of its own.

    One view holds one granularity a field, so what is compared has to be in different fields; the
    texts of a node are in five of them.

    >>> both = compare(dataset, {"gpt_action_brief": 30, "plm_action": 5})

    Args:
        view: a data set or a view; of clips, what they were made from
        scales: for each field, the seconds that a segment may last (:func:`cut`), or the level
        by: what the numbers are

    Returns:
        the view, without videos that have a detection in none of the fields

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
        ValueError: if a number is no time scale or level
    """
    found = find_hierarchy(view, list(scales))
    if not all(0 <= scales[field] < float("inf") for field in found.fields):
        raise ValueError(f"not granularities: {dict(scales)}")
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


def without_granularity(view: Any) -> fo.DatasetView:
    """Returns a view without the stages that :func:`by_level` or :func:`cut` have added."""
    return _rebuilt(view, _other_stages(view))


def with_ranges(view: Any, fields: Sequence[str]) -> fo.DatasetView:
    """Returns a view whose detections carry ``cut_from`` and ``cut_until``, to be counted.

    Not one to show or to save: nothing tells FiftyOne that lists have been changed. A granularity
    that the view has does not apply.

    Args:
        view: a data set or a view; of clips, what they were made from
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
    view: Any, filters: Mapping[str, Any], computed: Mapping[str, Any] | None = None
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


def _rebuilt(view: Any, stages: Sequence[fos.ViewStage]) -> fo.DatasetView:
    result = source_dataset(view).view()
    for stage in stages:
        result = result.add_stage(stage)
    return result


def _other_stages(view: Any) -> list[fos.ViewStage]:
    """Returns a view's stages but for those of a granularity."""
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


def _comment(stage: fos.ViewStage) -> str:
    if not isinstance(stage, fo.Mongo) or not stage.pipeline:
        return ""
    return str(stage.pipeline[0].get("$match", {}).get("$comment", ""))


def _first_that_filters(view: Any, stages: Sequence[fos.ViewStage]) -> int:
    """Returns where the first stage is that may change the labels which a tree is made of."""
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
