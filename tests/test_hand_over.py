"""A segment that was found is handed over to its video, and there is a way back: what is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from executor import OVERVIEW, TREE, URI, ask, call, context, run, tree_sent, way_back
from fiftyone.server.events import state
from fiftyone_action100m import segments
from fiftyone_action100m.core.keys import STORE
from fiftyone_action100m.internals.database import dataset_id
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.operators.layout import panels_to_open
from fiftyone_action100m.operators.show import open_segment
from fiftyone_action100m.operators.trail import Trail, trail_key
from fiftyone_action100m.panels.figures import mark
from subset import subset_dataset

BRIEF, SUMMARY = "gpt_action_brief", "gpt_summary_brief"
OPEN = URI + "show_and_open"
WAY = URI + "show_way"


@pytest.fixture
def dataset(dataset_name: str) -> Iterator[fo.Dataset]:
    made = subset_dataset(dataset_name)
    yield made
    made.delete()


def opened(
    dataset: fo.Dataset, sample: str, node: str, shown: Any = None, request: Any = None, **how: Any
) -> dict[str, Any]:
    """Opens a segment; returns what the App is told, by operation."""
    ctx = context(dataset, shown, **(request or {}))
    open_segment(ctx, sample, node, **how)
    return {r.operator_uri: r.params for r in ctx.executor._requests}


def test_in_the_current_view_only_the_open_sample_changes(dataset: fo.Dataset) -> None:
    sample = dataset.first()
    node = sample[BRIEF].detections[1]
    told = opened(
        dataset, sample.id, node.node_id, dataset.limit(1),
        field=BRIEF, query="do", nodes=["x"], loop=True,
    )  # fmt: skip
    assert set(told) == {OPEN}
    assert told[OPEN].get("view") is None and told[OPEN]["fields"] == [BRIEF]
    assert (told[OPEN]["sample_id"], told[OPEN]["frame"]) == (sample.id, node.support[0])
    label = {"label_id": node.id, "sample_id": sample.id, "field": BRIEF}
    assert list(told[OPEN]["labels"]) == [label]
    segment = {"node": node.node_id, "query": "do", "nodes": ["x"], "loop": True}
    assert told[OPEN]["segment"] == segment
    # By default, a field that is ticked already.
    told = opened(dataset, sample.id, node.node_id, request={"active_fields": [SUMMARY]})
    assert told[OPEN]["fields"] == [SUMMARY]


def test_a_view_without_the_video_gives_way(dataset: fo.Dataset) -> None:
    sample = dataset.last()
    node = sample[BRIEF].detections[0]
    told = opened(dataset, sample.id, node.node_id, dataset.limit(1))
    assert told[OPEN]["view"] == [] and "All videos" in told["notify"]["message"]
    clips = segments(dataset.skip(1), BRIEF)
    told = opened(dataset, sample.id, node.node_id, clips)
    ids = build_view(dataset, told[OPEN]["view"]).values("id")
    assert ids == dataset.skip(1).values("id") and told[OPEN]["sample_id"] == sample.id
    back = run("back_to_previous_view", dataset)
    assert len(build_view(dataset, back["set_view"]["view"])) == len(clips)


def test_a_segment_that_is_gone_is_no_error(dataset: fo.Dataset) -> None:
    told = opened(dataset, dataset.first().id, "<nowhere>")
    assert set(told) == {"notify"} and told["notify"]["variant"] == "warning"


def test_back_restores_fields_and_selection_and_says_so(dataset: fo.Dataset) -> None:
    sample = dataset.first()
    before = {"active_fields": [SUMMARY], "selected": [sample.id]}
    params = {"first": 1, "field": BRIEF}
    told = run("granularity_by_level", dataset, dataset.limit(2), params=params, **before)
    assert told["set_active_fields"] == {"fields": [BRIEF]}
    level = build_view(dataset, told["set_view"]["view"])
    there = call("back_to_previous_view", dataset, level, active_fields=[BRIEF])[OPEN]
    assert build_view(dataset, there["view"]) == dataset.limit(2)
    assert (there["fields"], there["selected"]) == ([SUMMARY], [sample.id])
    # One step further back, and by code forward again.
    first = call("back_to_previous_view", dataset, dataset.limit(2), active_fields=[SUMMARY])
    assert first["set_view"] == {"view": []}
    again = call("back_to_previous_view", dataset, active_fields=[SUMMARY])
    assert build_view(dataset, again["set_view"]["view"]) == dataset.limit(2)


def test_the_pages_of_another_server_have_a_trail_of_their_own(dataset: fo.Dataset) -> None:
    run("granularity_by_level", dataset, params={"first": 1, "field": BRIEF})
    store = foo.ExecutionStore.create(STORE, dataset_id(dataset))
    port, before = state.get_port(), store.get(trail_key())
    try:
        state.set_port(5152)
        assert Trail.read(context(dataset)).steps == Trail.read(context(dataset.limit(1))).steps
        assert len(Trail.read(context(dataset)).steps) == 1
        run("granularity_by_level", dataset, params={"first": 2, "field": BRIEF})
    finally:
        state.set_port(port)
    assert store.get(trail_key()) == before


def test_what_is_ticked_in_an_open_video_is_not_ticked_in_the_grid(dataset: fo.Dataset) -> None:
    told = run("granularity_by_level", dataset, params={"first": 1, "field": BRIEF})
    level = build_view(dataset, told["set_view"]["view"])
    there = {"current_sample": level.first().id, "active_fields": [SUMMARY]}
    told = run("segments_as_clips", level, params={"field": BRIEF}, **there)
    clips = build_view(dataset, told[OPEN]["view"])
    back = run("back_to_previous_view", clips, active_fields=[BRIEF])
    assert back["set_active_fields"] == {"fields": [BRIEF]}


def test_the_way_back_is_there_while_there_is_one(dataset: fo.Dataset) -> None:
    assert way_back(dataset) == []
    told = run("granularity_by_level", dataset, params={"first": 1, "field": BRIEF})
    level = build_view(dataset, told["set_view"]["view"])
    # Also while a video covers the grid.
    way = [{"name": "All 3", "place": 0}, {"name": f"Level 1 of {BRIEF}", "place": 1}]
    for there in ({}, {"current_sample": dataset.first().id}):
        shown = way_back(level, **there)
        assert [{key: crumb[key] for key in ("name", "place")} for crumb in shown] == way
    part = way_back(level.limit(1))
    assert [crumb["name"] for crumb in part] == ["All 3", f"Level 1 of {BRIEF}", "filtered"]


def test_a_step_of_the_way_comes_back_as_it_was_left(dataset: fo.Dataset) -> None:
    params = {"first": 1, "field": BRIEF}
    beside = split(tabs("Samples"), tabs(OVERVIEW))
    told = run("granularity_by_level", dataset, params=params, spaces=beside)
    level = build_view(dataset, told["set_view"]["view"])
    told = run("segments_as_clips", level, params={"field": BRIEF}, spaces=tabs("Samples"))
    clips = build_view(dataset, told["set_view"]["view"])
    told = run("back_to_previous_view", clips, params={"place": 0}, spaces=tabs("Samples"))
    assert told["set_view"] == {"view": []}
    assert told["notify"]["message"] == "Back: the whole dataset"
    opened = told["open_panel"]
    assert (opened["name"], opened["layout"]) == (OVERVIEW, "horizontal")
    # Nothing is closed, and beside an open video nothing is opened.
    told = run("back_to_previous_view", dataset, params={"place": 1}, spaces=beside)
    assert build_view(dataset, told["set_view"]["view"]) == level
    assert set(told) == {"set_view", "set_active_fields", "notify", WAY}
    assert told[WAY] == {"view": told["set_view"]["view"], "crumbs": way_back(level)}
    there = {"spaces": tabs("Samples"), "current_sample": dataset.first().id}
    assert "open_panel" not in run("back_to_previous_view", level, **there)
    told = run("back_to_previous_view", level, params={"place": 9})
    assert set(told) == {"notify"} and "try again" in told["notify"]["message"]


def test_a_tree_in_place_of_the_grid_makes_way_for_a_view_and_comes_back(
    dataset: fo.Dataset,
) -> None:
    params = {"first": 1, "field": BRIEF}
    told = run("granularity_by_level", dataset, params=params, spaces=TREE_ALONE)
    assert told["open_panel"]["name"] == "Samples"
    level = build_view(dataset, told["set_view"]["view"])
    back = run("back_to_previous_view", level, spaces=TREE_BEHIND)
    assert back["open_panel"]["name"] == TREE
    for spaces in (
        TREE_BEHIND,
        split(tabs("Samples"), tabs(TREE)),
        tabs("Samples", OVERVIEW, front=1),
    ):
        assert "open_panel" not in run(
            "granularity_by_level", dataset, params=params, spaces=spaces
        )


def tabs(*panels: str, front: int = 0) -> dict[str, Any]:
    """Returns a layout of tabs, as the App sends it."""
    children = [fo.Panel(component_id=f"of {panel}", type=panel) for panel in panels]
    made: dict[str, Any] = fo.Space(
        children=children, active_child=children[front].component_id
    ).to_dict()
    return made


def split(*places: dict[str, Any]) -> dict[str, Any]:
    """Returns a layout of places beside each other."""
    return {**fo.Space(orientation="horizontal").to_dict(), "children": list(places)}


TREE_BEHIND, TREE_ALONE = (tabs("Samples", TREE, front=front) for front in (0, 1))


@pytest.mark.parametrize(
    ("then", "now", "expected"),
    [
        (None, TREE_ALONE, []),
        (TREE_ALONE, TREE_ALONE, []),
        # What has been opened since stays, and in front.
        (tabs("Samples"), TREE_ALONE, []),
        (tabs("Samples"), split(tabs("Samples"), tabs(TREE)), []),
        (tabs("Samples", OVERVIEW), TREE_ALONE, [(OVERVIEW, False, None)]),
        (tabs("Samples", OVERVIEW, front=1), TREE_ALONE, [(OVERVIEW, False, None)]),
        # What was in front comes to the front.
        (TREE_ALONE, TREE_BEHIND, [(TREE, True, None)]),
        (TREE_BEHIND, TREE_ALONE, [("Samples", True, None)]),
        # What has been closed since is opened again, where it was.
        (TREE_ALONE, tabs("Samples"), [(TREE, True, None)]),
        (TREE_BEHIND, tabs("Samples"), [(TREE, False, None)]),
        (split(tabs("Samples"), tabs(TREE)), tabs("Samples"), [(TREE, True, "horizontal")]),
        (
            split(tabs("Samples"), tabs(OVERVIEW, TREE)),
            split(tabs("Samples"), tabs(TREE)),
            [(OVERVIEW, True, "horizontal")],
        ),
    ],
)
def test_a_step_back_opens_what_was_open_and_closes_nothing(
    then: Any, now: Any, expected: list[Any]
) -> None:
    assert [tuple(opening) for opening in panels_to_open(then, now)] == expected


def test_title_and_duration_stay_on_the_thumbnails(dataset: fo.Dataset) -> None:
    heading = ["title", "metadata.duration"]
    dataset.app_config.active_fields = fo.ActiveFields(paths=[*heading, BRIEF])
    dataset.save()
    ticked = {"active_fields": [SUMMARY, *heading]}
    told = run("granularity_by_level", dataset, params={"first": 1, "field": BRIEF}, **ticked)
    assert told["set_active_fields"] == {"fields": [*heading, BRIEF]}
    told = run("segments_as_clips", dataset, params={"field": BRIEF}, **ticked)
    clips = build_view(dataset, told["set_view"]["view"])
    ticked = told["set_active_fields"]["fields"]
    assert ticked[-1] == BRIEF and "metadata.duration" not in ticked  # it would be the video's
    told = run("clips_back_to_videos", clips, active_fields=ticked)
    assert "@action100m/explorer/reset_sidebar" in told
    assert told["set_active_fields"] == {"fields": [*heading, BRIEF]}


def test_the_query_goes_with_a_view_to_the_tree_of_its_videos(dataset: fo.Dataset) -> None:
    params = {"query": '"step 1"', "fields": [BRIEF], "whole_words": True}
    told = run("find_in_captions", dataset, params=params)
    assert told["notify"]["message"] == 'Found "step 1": 3 captions in 3 videos'
    view = build_view(dataset, told["set_view"]["view"])
    sample = view.first()
    (node,) = (d.node_id for d in sample[BRIEF].detections)
    sent = tree_sent("on_load", view, current_sample=sample.id)
    assert sent["found"]["query"] == '"step 1"' and node in sent["found"]["nodes"]
    assert tree_sent("on_load", dataset, current_sample=sample.id)["found"] is None
    clips = segments(view, BRIEF)
    sent = tree_sent("on_load", clips, current_sample=clips.first().id)
    assert sent["found"] == {"query": "", "node": node, "nodes": [node]}


def test_a_clip_leads_to_its_segment_with_the_query(dataset: fo.Dataset) -> None:
    told = run("same_action_elsewhere", dataset, params={"label": "do step 1"})
    clips = build_view(dataset, told["set_view"]["view"])
    clip = clips.first()
    there = run("clips_back_to_videos", clips, current_sample=clip.id)[OPEN]
    assert there["sample_id"] == clip.sample_id and there["frame"] == clip.support[0]
    assert there["segment"]["node"] == clip[BRIEF].node_id
    assert there["segment"]["query"] == "do step 1"
    assert there["fields"] == [BRIEF]
    assert ask(TREE, "on_load", clips, current_sample=clip.id)


def names(shown: Any) -> list[tuple[str, int | None]]:
    """Returns the breadcrumb of a view."""
    return [(crumb["name"], crumb["place"]) for crumb in way_back(shown)]


def test_a_breadcrumb_leads_to_each_step_with_what_was_ticked(dataset: fo.Dataset) -> None:
    sample = dataset.first()
    assert names(dataset) == []
    left = {"active_fields": [SUMMARY], "selected": [sample.id]}
    params = {"query": "<b>step</b>", "fields": [BRIEF]}
    sample[BRIEF].detections[0].label = "a <b>step</b>"
    sample.save()
    told = run("find_in_captions", dataset, params=params, **left)
    found = build_view(dataset, told["set_view"]["view"])
    first = [("All 3", 0), ("“<b>step</b>”", 1)]
    assert names(found) == first
    told = run("segments_as_clips", found, params={"field": BRIEF}, active_fields=[BRIEF])
    clips = build_view(dataset, told["set_view"]["view"])
    assert names(clips) == [*first, ("1 clip", 2)]
    # A filter of the sidebar, on top of a step.
    filtered = found.match(fo.ViewField("title") != "")
    assert names(filtered) == [*first, ("filtered", None)]
    there = run("back_to_previous_view", clips, params={"place": 1})
    assert build_view(dataset, there["set_view"]["view"]) == found
    assert there["set_active_fields"] == {"fields": [BRIEF]}
    assert names(found) == first
    there = run("back_to_previous_view", found, params={"place": 0})[OPEN]
    assert (there["view"], there["fields"], there["selected"]) == ([], [SUMMARY], [sample.id])
    assert names(dataset) == []
    # Another way takes the place of what was there.
    run("granularity_by_level", dataset, params={"first": 1})
    told = run("back_to_previous_view", dataset, params={"place": 2})
    assert "changed" in told["notify"]["message"]


def test_a_view_of_ones_own_is_a_step(dataset: fo.Dataset) -> None:
    own = dataset.limit(2)
    told = run("granularity_by_level", own, params={"first": 1}, active_fields=[SUMMARY])
    level = build_view(dataset, told["set_view"]["view"])
    way = [("All 3", 0), ("your view", 1), ("Level 1 of all fields", 2)]
    assert names(level) == way
    # From there to another, which only the trail's end keeps.
    for seconds in range(1, 12):
        told = run("granularity_by_time_scale", level, params={"seconds": seconds})
        level = build_view(dataset, told["set_view"]["view"])
    assert names(level)[0] == ("All 3", 0) and len(names(level)) == 8
    back = run("back_to_previous_view", level)
    assert names(build_view(dataset, back["set_view"]["view"]))[-1][1] == 6


def test_parts_of_a_tree_are_named_after_their_node(dataset: fo.Dataset) -> None:
    sample = dataset.first()
    label = sample[BRIEF].detections[0]
    params = {"sample": sample.id, "node": label.node_id}
    told = ask(TREE, "show_children", dataset, params=params, active_fields=[BRIEF])
    view = build_view(dataset, told["set_view"]["view"])
    assert names(view) == [("All 3", 0), (f"children of “{label.label}”", 1)]
    chosen = [{"label_id": label.id, "sample_id": sample.id, "field": BRIEF}]
    told = run("show_subtree", dataset, selected_labels=chosen)
    view = build_view(dataset, told["set_view"]["view"])
    assert names(view) == [("All 3", 0), (f"subtree of “{label.label}”", 1)]


def test_back_leads_on_along_the_way(dataset: fo.Dataset) -> None:
    told = run("granularity_by_level", dataset, params={"first": 1})
    level = build_view(dataset, told["set_view"]["view"])
    told = run("segments_as_clips", level, params={"field": BRIEF})
    clips = build_view(dataset, told["set_view"]["view"])
    assert build_view(dataset, run("back_to_previous_view", clips)["set_view"]["view"]) == level
    assert run("back_to_previous_view", level)["set_view"] == {"view": []}


def test_what_an_earlier_version_has_remembered_leads_back(dataset: fo.Dataset) -> None:
    store = fo.operators.ExecutionStore.create("action100m", dataset_id(dataset))
    store.set("previous_view", {"stages": dataset.limit(1)._serialize(), "fields": [BRIEF]})
    told = run("back_to_previous_view", dataset.limit(2))
    assert build_view(dataset, told["set_view"]["view"]) == dataset.limit(1)
    assert told["set_active_fields"] == {"fields": [BRIEF]}


def test_a_bar_of_the_overview_is_a_step(dataset: fo.Dataset) -> None:
    ticked = {"active_fields": [SUMMARY]}
    told = ask(OVERVIEW, "click", dataset, params={"id": mark("action", "do step 1")}, **ticked)
    view = build_view(dataset, told["set_view"]["view"])
    assert told["set_active_fields"] == {"fields": [BRIEF]}
    assert names(view) == [("All 3", 0), ("action “do step 1”", 1)]
    sent = tree_sent("on_load", view, current_sample=view.first().id)
    assert sent["found"]["query"] == "do step 1" and sent["found"]["nodes"]
    back = run("back_to_previous_view", view, params={"place": 0})
    assert back["set_view"] == {"view": []}
    assert back["set_active_fields"] == {"fields": [SUMMARY]}
