"""Comparing granularities: the view, and the operator through the real executor."""

from __future__ import annotations

import uuid

import fiftyone as fo
import pytest
from executor import form, run
from fiftyone_action100m import compare, cut
from fiftyone_action100m.internals.views import build_view, serialize_view, stages_of
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from subset import subset_dataset

NAME = "compare_granularities"
COARSE, FINE = "gpt_action_brief", "gpt_summary_brief"


@pytest.fixture(scope="module")
def dataset():
    """Shared: change nothing."""
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


def nodes(view, field):
    return view.values(f"{field}.detections.node_id")


def test_each_field_is_at_its_own_scale(dataset):
    both = compare(dataset, {COARSE: 4, FINE: 1.5})
    loaded = build_view(dataset, serialize_view(both))
    for field, seconds in ((COARSE, 4), (FINE, 1.5)):
        alone = cut(dataset, seconds, [field])
        expected = dict(zip(alone.values("id"), nodes(alone, field), strict=True))
        shown = dict(zip(loaded.values("id"), nodes(loaded, field), strict=True))
        assert {k: v for k, v in shown.items() if v} == expected and any(expected.values())
    assert nodes(both, COARSE) != nodes(both, FINE)


def test_each_field_is_at_its_own_level(dataset):
    both = compare(dataset, {COARSE: 1, FINE: 2}, by="level")
    assert set(both.distinct(f"{COARSE}.detections.level")) == {1}
    assert set(both.distinct(f"{FINE}.detections.level")) == {2}


def test_a_granularity_is_replaced_not_added(dataset):
    scales = {COARSE: 4, FINE: 1}
    replaced, new = (stages_of(compare(view, scales)) for view in (cut(dataset, 2), dataset))
    assert len(replaced) == len(new)


@pytest.mark.parametrize("scales", [{COARSE: -1, FINE: 2}, {COARSE: float("nan"), FINE: 1}])
def test_what_is_no_scale_is_refused(dataset, scales):
    with pytest.raises(ValueError, match="time scales and levels"):
        compare(dataset, scales)
    with pytest.raises(NoHierarchyError, match="transcript_segments"):
        compare(dataset, {"transcript_segments": 1})


def test_it_shows_both_and_makes_them_active(dataset):
    params = {"first_field": COARSE, "first_seconds": 4, "second_field": FINE}
    told = run(NAME, dataset, params={**params, "second_seconds": 1.5})
    view = build_view(dataset, told["set_view"]["view"])
    expected = compare(dataset, {COARSE: 4, FINE: 1.5})
    for field in (COARSE, FINE):
        assert nodes(view, field) == nodes(expected, field)
    assert f"{COARSE}: at most 4 s, {FINE}: at most 1.5 s" in told["notify"]["message"]
    assert told["set_active_fields"]["fields"] == [COARSE, FINE]


def test_the_form_shows_what_applies(dataset, dataset_name):
    assert {"first_field", "first_seconds", "second_seconds"} <= set(form(NAME, dataset))
    assert "first_level" in form(NAME, dataset, params={"by": "level"})
    same = form(NAME, dataset, params={"first_field": FINE, "second_field": FINE})
    assert same["second_field"].invalid and "different" in same["second_field"].error_message
    flat = fo.Dataset(f"{dataset_name}-flat")
    try:
        assert form(NAME, flat)["no_hierarchy"].invalid
    finally:
        flat.delete()
