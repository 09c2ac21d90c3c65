"""Every operator's form and execution where there is little or nothing to do.

One test for each operator and situation: no exception, no stack trace, and words that help.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import fiftyone as fo
import pytest
from bson import json_util
from executor import URI, form, form_json, not_listed, placement, run
from fiftyone_action100m.internals.views import build_view, serialize_view
from fiftyone_action100m.operators import OPERATORS
from fiftyone_action100m.views.gaps import stretches
from fiftyone_action100m.views.granularity import cut
from subset import subset_dataset

FIELD = "gpt_summary_brief"
CONFIGS = [cls().config for cls in OPERATORS]
NAMES = [config.name for config in CONFIGS]
#: They make or write files, whatever the dataset: other tests run them.
OTHERS = {"build_trees", "convert_action100m", "export_action100m", "publish_action100m"}
#: They do not read trees.
NEED_NO_TREE = {
    "back_to_previous_view", "build_trees", "convert_action100m", "clips_back_to_videos",
    "open_tree_of_captions",
}  # fmt: skip
#: What an operator is executed with: without tags a check says the same, five times as fast.
PARAMS: dict[str, dict[str, Any]] = {"check_trees": {"tag": False}}
STALE = {"label_id": "6" * 24, "sample_id": "7" * 24, "field": FIELD}


@pytest.fixture(scope="module")
def subset() -> Iterator[fo.Dataset]:
    made = subset_dataset("forms-subset")
    yield made
    made.delete()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps FiftyOne from loading the dataset anew for each request, which takes longest."""
    monkeypatch.setattr(fo.Dataset, "reload", lambda dataset: None)


@pytest.fixture(scope="module")
def flat() -> Iterator[fo.Dataset]:
    """A dataset without a tree, though with segments."""
    made = fo.Dataset("forms-flat")
    steps = fo.TemporalDetections(detections=[fo.TemporalDetection(label="a", support=[1, 2])])
    made.add_sample(fo.Sample("/nowhere/a.mp4", steps=steps))
    yield made
    made.delete()


def selected(dataset: fo.Dataset) -> dict[str, Any]:
    sample = dataset.first()
    label = sample[FIELD].detections[1]
    chosen = {"label_id": label.id, "sample_id": sample.id, "field": FIELD}
    return {"selected": [sample.id], "selected_labels": [chosen], "current_sample": sample.id}


SITUATIONS = {
    "whole": lambda d: {},
    "selection": selected,
    "stale selection": lambda d: {"selected_labels": [STALE]},
    "empty view": lambda d: {"view": d.match(fo.ViewField("title") == "none")},
    "nothing shown": lambda d: {"view": d.filter_labels(FIELD, fo.ViewField("level") > 99)},
    "a cut": lambda d: {"view": cut(d, 2, [FIELD]), **selected(d)},
    "clips": lambda d: {"view": d.to_clips(FIELD)},
    "an open clip": lambda d: of_clips(d.to_clips(FIELD)),
    "stretches": lambda d: of_clips(stretches(d.filter_labels(
        FIELD, fo.ViewField("level") == 2, only_matches=False), FIELD, 0)),
}  # fmt: skip


def of_clips(clips: Any) -> dict[str, Any]:
    clip = clips.first()
    chosen = {"label_id": clip[FIELD].id, "sample_id": clip.id, "field": FIELD}
    return {"view": clips, "current_sample": clip.id, "selected_labels": [chosen]}


def through_json(stages: Any) -> Any:
    """A view's stages after the way to a page and back, as the App's server reads them."""
    return json_util.loads(json_util.dumps(stages))


def is_said(form_or_told: Any) -> bool:
    """Whether something is said in words, and without a stack trace."""
    text = json.dumps(form_or_told, default=str)
    assert "Traceback" not in text and "Error(" not in text and "object at 0x" not in text
    return bool(text.strip("{}"))


@pytest.fixture(scope="module")
def bodies(subset: fo.Dataset) -> dict[str, dict[str, Any]]:
    """The App's request in each situation."""
    made = {name: {"dataset": subset, **make(subset)} for name, make in SITUATIONS.items()}
    for body in made.values():
        if "view" in body:
            body["view"] = through_json(serialize_view(body["view"]))
    return made


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", NAMES)
def test_a_form_opens_wherever_one_is(name: str, bodies: dict[str, dict[str, Any]]) -> None:
    for situation, body in bodies.items():
        properties = form_json(name, **body)
        if properties is not None:
            assert is_said(properties), situation
            assert "no_hierarchy" not in properties, situation


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("name", [n for n in NAMES if n not in OTHERS])
def test_it_can_be_executed_wherever_one_is(name: str, bodies: dict[str, dict[str, Any]]) -> None:
    # What some of them write (tags, colours, numbers) keeps none of the others from working.
    for situation, body in bodies.items():
        assert is_said(run(name, params=PARAMS.get(name), **body)), situation


@pytest.mark.parametrize("name", [n for n in NAMES if n not in NEED_NO_TREE])
def test_without_a_tree_it_says_what_is_missing(name: str, flat: fo.Dataset) -> None:
    body = {"dataset": flat, "current_sample": flat.first().id}
    properties = form_json(name, **body)
    if properties:
        notice = properties["no_hierarchy"]
        assert notice["invalid"] and "node_id" in notice["view"]["label"] and is_said(properties)
        assert list(properties) == ["no_hierarchy"]
        assert set(run(name, **body)) == {"refused"}
    else:
        told = run(name, **body)
        assert set(told) == {"notify"} and "has no tree" in told["notify"]["message"]


@pytest.mark.parametrize("name", NAMES)
def test_without_a_data_set_the_form_opens(name: str) -> None:
    properties = form_json(name)
    if properties:
        assert is_said(properties)
        if name not in NEED_NO_TREE:
            assert "open a dataset first" in properties["no_hierarchy"]["view"]["label"]


@pytest.mark.parametrize("name", ["map_segments", "publish_action100m", "resample_segments"])
def test_what_a_dataset_lacks_is_said_before_anything_is_asked(
    name: str, dataset_name: str
) -> None:
    properties = form(name, subset_dataset(dataset_name))
    assert properties["problem"].invalid
    assert list(properties).index("problem") == (name == "resample_segments")  # below its remedy


@pytest.mark.parametrize("name", NAMES)
def test_its_button_is_only_where_a_tree_is(
    name: str, subset: fo.Dataset, flat: fo.Dataset
) -> None:
    for dataset in (subset, flat, None):
        assert placement(name, dataset) is None or dataset is subset


NEED_VIDEO = {
    "search_this_video", "walk_parent", "walk_child", "walk_next", "walk_previous", "walk_root",
    "show_path", "show_children", "show_subtree", "show_leaves_under",
}  # fmt: skip

REVIEW = {config.name for config in CONFIGS if config.label.startswith("Review: ")}


def test_what_cannot_run_is_not_listed(
    subset: fo.Dataset, flat: fo.Dataset, bodies: dict[str, dict[str, Any]]
) -> None:
    other = subset.clone()  # nothing has been run there

    def left_out(dataset: Any, **more: Any) -> set[str]:
        return not_listed(dataset, **more) - REVIEW

    try:
        in_videos = {"back_to_previous_view", "clips_back_to_videos", "show_finding"}
        assert left_out(other) == NEED_VIDEO | in_videos
        body = bodies["selection"]
        assert left_out(other, selected_labels=body["selected_labels"]) == in_videos
        assert left_out(other, current_sample=body["current_sample"]) == in_videos
        clips = other.to_clips(FIELD)
        in_clips = {"back_to_previous_view", "segments_as_clips", "gaps", "show_finding"}
        assert left_out(clips) == NEED_VIDEO | in_clips
        run("granularity_by_level", other)
        level = build_view(other, run("granularity_by_level", other)["set_view"]["view"])
        assert "back_to_previous_view" not in not_listed(level)
        run("check_trees", other, params={"tag": False})
        assert "show_finding" not in not_listed(other)
    finally:
        other.delete()
    one_field = flat.clone()
    try:
        sample = one_field.first()
        for name, value in {"node_id": "a", "parent_id": None, "level": 0}.items():
            sample.steps.detections[0][name] = value
        sample.save()
        assert "compare_granularities" in not_listed(one_field)
    finally:
        one_field.delete()
    assert not_listed(flat) == set(NAMES) - {"build_trees", "convert_action100m"}


def test_operators_begin_alike_and_have_icons_of_their_own() -> None:
    groups = {config.label.partition(": ")[0] for config in CONFIGS}
    assert groups <= {"Tree", "Captions", "Dataset", "Review"}
    assert len({config.icon for config in CONFIGS}) == len(CONFIGS)
    # The App lists them in the order of their descriptions' first letters, and searches these.
    assert all(config.description.startswith(f"{config.label}. ") for config in CONFIGS)
    found = {config.name for config in CONFIGS if "chapters" in config.description}
    assert found == {"granularity_by_level", "granularity_by_time_scale"}


MAKE = {
    "granularity_by_level": {"first": 1, "last": 2},
    "granularity_by_time_scale": {"seconds": 2, "field": FIELD, "holes": "cover"},
    "compare_granularities": {"first_seconds": 6, "second_seconds": 1},
    "show_path": {}, "show_children": {}, "show_subtree": {}, "show_leaves_under": {},
    "find_in_captions": {"query": "step", "keep": "subtree"},
    "same_action_elsewhere": {"label": "do step 1"},
    "segments_as_clips": {"field": FIELD},
    "gaps": {"kind": "missing", "field": "gpt_action_actor", "among": FIELD, "seconds": 0},
    "gaps stretches": {"kind": "stretches", "field": "gpt_action_actor", "seconds": 0},
    "gaps uncovered": {"kind": "uncovered", "field": "gpt_action_actor", "seconds": 0},
}  # fmt: skip


@pytest.mark.parametrize("case", MAKE)
def test_a_view_survives_saving_and_a_shared_address(case: str, subset: fo.Dataset) -> None:
    told = run(case.split()[0], subset, params=MAKE[case], **selected(subset))
    stages = (told.get("set_view") or told[URI + "show_and_open"])["view"]
    view = build_view(subset, through_json(stages))
    assert len(view) > 0
    subset.save_view("kept", view)
    try:
        subset.reload()
        loaded = subset.load_saved_view("kept")
        assert type(loaded) is type(view)
        for path in ("id", f"{FIELD}.detections.id", f"{FIELD}.id"):
            if view.get_field(path) is not None:
                assert loaded.values(path) == view.values(path)
        again = build_view(subset, through_json(serialize_view(loaded)))
        assert again.values("id") == view.values("id")
    finally:
        subset.delete_saved_view("kept")
