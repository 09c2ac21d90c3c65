"""The operators that walk the tree, through the real executor."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import fiftyone as fo
import pytest
from executor import URI, form, placement, run
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.views.hierarchy import trees
from subset import subset_dataset

FIELD = "gpt_summary_brief"


@pytest.fixture(scope="module")
def subset() -> Iterator[fo.Dataset]:
    """Shared: change nothing."""
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


@pytest.fixture(scope="module")
def flat() -> Iterator[fo.Dataset]:
    """A dataset without a tree. Shared: change nothing."""
    made = fo.Dataset(f"test-{uuid.uuid4().hex[:10]}")
    made.add_sample(fo.Sample(filepath="/nowhere/a.mp4"))
    yield made
    made.delete()


def picked(sample: fo.Sample, node_id: str, field: str = FIELD) -> dict[str, str]:
    label = next(d for d in sample[field].detections if d.node_id == node_id)
    return {"label_id": label.id, "sample_id": sample.id, "field": field}


def test_the_selection_moves_up_down_and_sideways(subset: fo.Dataset) -> None:
    sample = subset.skip(1).first()
    tree = trees(sample)
    root = tree.root
    assert root is not None
    top = next(n for n in tree if len(tree.children(n.node_id)) == 2)
    first, second = tree.children(top.node_id)
    moves = [
        ("walk_parent", first, top), ("walk_child", top, first),
        ("walk_next", first, second), ("walk_previous", second, first),
        ("walk_root", second, root),
    ]  # fmt: skip
    for name, start, goal in moves:
        selected = [picked(sample, start.node_id)]
        told = run(name, subset, current_sample=sample.id, selected_labels=selected)
        expected = [picked(sample, goal.node_id)]
        assert told["@action100m/explorer/select_labels"]["labels"] == expected, name
        assert told["notify"]["message"] == goal.texts[FIELD]


def test_the_open_video_moves_to_the_segment_that_is_selected(subset: fo.Dataset) -> None:
    sample = subset.first()
    second = next(d for d in sample[FIELD].detections if d.level == 1 and d.support[0] > 1)
    first = next(d for d in sample[FIELD].detections if d.level == 1 and d.support[0] == 1)
    selected = [picked(sample, first.node_id)]
    told = run("walk_next", subset, current_sample=sample.id, selected_labels=selected)
    place = {"frame": second.support[0], "sample_id": sample.id}
    assert told[URI + "seek_to_frame"] == place
    told = run("walk_next", subset, selected_labels=selected)  # no video is open
    assert URI + "seek_to_frame" not in told


def test_what_the_view_hides_is_offered(subset: fo.Dataset) -> None:
    sample = subset.first()
    child = next(d for d in sample[FIELD].detections if d.level == 1)
    view = subset.filter_labels(FIELD, fo.ViewField("level") > 0)
    selected = [picked(sample, child.node_id)]
    request = {"current_sample": sample.id, "selected_labels": selected}
    told = run("walk_parent", subset, view=view, **request)
    assert told["notify"]["variant"] == "warning"
    assert told["notify"]["message"].endswith("The view hides it: “Tree: show path” reveals it")
    offer = told["prompt_user_for_operation"]
    assert offer["operator_uri"] == URI + "show_path" and offer["params"] == {"fields": [FIELD]}
    hidden = told["@action100m/explorer/select_labels"]["labels"]
    shown = run("show_path", subset, view=view, selected_labels=hidden, **{
        "params": offer["params"], "current_sample": sample.id,
    })  # fmt: skip
    path = build_view(subset, shown["set_view"]["view"])
    assert path.values(f"{FIELD}.detections.id") == [[hidden[0]["label_id"]]]
    told = run("walk_parent", subset, **request)
    assert "prompt_user_for_operation" not in told and told["notify"]["variant"] == "info"


def test_with_nothing_selected_the_root_is_and_it_says_so(subset: fo.Dataset) -> None:
    sample = subset.first()
    told = run("walk_child", subset, current_sample=sample.id, active_fields=["title", FIELD])
    root = trees(sample).root
    assert root is not None
    assert told["@action100m/explorer/select_labels"]["labels"] == [picked(sample, root.node_id)]
    assert told["notify"]["message"].startswith("Nothing was selected, so the root is:")


def test_at_the_end_of_the_tree_the_selection_stays(subset: fo.Dataset) -> None:
    sample = subset.first()
    root = trees(sample).root
    assert root is not None
    told = run("walk_parent", subset, selected_labels=[picked(sample, root.node_id)])
    assert set(told) == {"notify"} and "it has no parent" in told["notify"]["message"]


def test_several_selected_captions_walk_together(subset: fo.Dataset) -> None:
    sample = subset.first()
    tree = trees(sample)
    root = tree.root
    assert root is not None
    selected = [picked(sample, n.node_id) for n in tree.children(root.node_id)]
    told = run("walk_parent", subset, current_sample=sample.id, selected_labels=selected)
    assert told["@action100m/explorer/select_labels"]["labels"] == [picked(sample, root.node_id)]


def test_in_a_clips_view_the_clips_video_is_walked(subset: fo.Dataset) -> None:
    clips = subset.to_clips("gpt_action_brief")
    clip = clips.skip(3).first()
    video = subset[clip.sample_id]
    told = run("walk_root", subset, view=clips, current_sample=clip.id)
    label = told["@action100m/explorer/select_labels"]["labels"][0]
    assert label["sample_id"] == clip.id
    assert label["label_id"] in {d.id for d in video[label["field"]].detections}
    assert "Captions: back to the clips' videos" in told["notify"]["message"]
    assert "prompt_user_for_operation" not in told


@pytest.mark.parametrize("name", ["walk_parent", "walk_root"])
def test_without_a_tree_or_a_video_it_says_what_is_missing(
    name: str, subset: fo.Dataset, flat: fo.Dataset
) -> None:
    told = run(name, subset)
    assert set(told) == {"notify"} and told["notify"]["message"] == "Open a video first"
    told = run(name, flat, current_sample=flat.first().id)
    assert set(told) == {"notify"} and "has no tree" in told["notify"]["message"]


@pytest.mark.parametrize("name", ["show_path", "show_subtree"])
def test_without_a_tree_or_a_video_the_form_says_what_is_missing(
    name: str, subset: fo.Dataset, flat: fo.Dataset
) -> None:
    problem = form(name, subset)["problem"]
    assert problem.invalid and "open a video" in problem.view.label
    notice = form(name, flat)["no_hierarchy"]
    assert notice.invalid and "has no tree" in notice.view.label


def test_parts_are_shown_as_views_and_can_be_undone(subset: fo.Dataset) -> None:
    sample = subset.first()
    tree = trees(sample)
    root = tree.root
    assert root is not None
    node = tree.children(root.node_id)[0]
    expected = {
        "show_path": tree.path(node.node_id),
        "show_subtree": tree.subtree(node.node_id),
        "show_children": tree.children(node.node_id),
    }
    selected = [picked(sample, node.node_id)]
    for name, nodes in expected.items():
        preview = form(name, subset, selected_labels=selected)["preview"].view.label
        told = run(name, subset, selected_labels=selected)
        view = build_view(subset, told["set_view"]["view"])
        shown = set(view.values(f"{FIELD}.detections[].node_id", unwind=True))
        known = {d.node_id for d in sample[FIELD].detections}
        assert shown == {n.node_id for n in nodes} & known, name
        assert preview == told["notify"]["message"] and f"{len(shown)} segment" in preview
    told = run("back_to_previous_view", subset)
    assert told["set_view"] == {"view": []}
    # A leaf has no children: a view of them would hide the whole tree.
    leaf = next(n.node_id for n in tree.leaves() if n.texts.get(FIELD))
    there = {"selected_labels": [picked(sample, leaf)]}
    assert "there is no caption" in form("show_children", subset, **there)["problem"].view.label
    assert "refused" in run("show_children", subset, **there)


def test_the_form_of_a_part_without_a_selection_starts_at_the_root(subset: fo.Dataset) -> None:
    properties = form("show_subtree", subset, current_sample=subset.first().id)
    assert "the root, as nothing is selected" in properties["preview"].view.label
    assert "problem" in form("show_subtree", subset, view=subset.limit(0))


def test_two_moves_are_buttons_where_there_is_a_tree(subset: fo.Dataset, flat: fo.Dataset) -> None:
    def placed(dataset: fo.Dataset) -> list[str]:
        names = ("walk_parent", "walk_child", "walk_next", "walk_root")
        there = {"current_sample": dataset.first().id}
        return [name for name in names if placement(name, dataset, **there)]

    assert placed(subset) == ["walk_parent", "walk_child"]
    assert placed(flat) == []
