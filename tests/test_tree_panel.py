"""What the Tree of Captions panel sends to the browser, and what it does when asked."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import executor
import fiftyone as fo
import pytest
from executor import TREE, URI, Told, panel_data, run, tree_sent
from fiftyone_action100m import TreeOfCaptions, cut, trees
from fiftyone_action100m.core.colours import LEVEL_COLOURS
from fiftyone_action100m.core.cut import cut as cut_tree
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.panels import payload
from fiftyone_action100m.panels.media import media_problem
from fiftyone_action100m.panels.tree_of_captions import PALETTE
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.sample_tree import SampleTree, sample_tree
from subset import subset_dataset

FIELD = "gpt_action_brief"


@pytest.fixture(scope="module")
def subset() -> Iterator[fo.Dataset]:
    """Shared: change nothing."""
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


@pytest.fixture
def own(dataset_name: str) -> fo.Dataset:
    """A dataset of the test's own."""
    return subset_dataset(dataset_name)


def ask(method: str, dataset: fo.Dataset | None, **request: Any) -> Told:
    """Sends an event to the panel; returns its answer."""
    return executor.ask(TREE, method, dataset, **request)


def told(answer: Told) -> dict[str, Any]:
    """What an answer tells the App, by the operations' names without the plugin's."""
    return {uri.rsplit("/", 1)[-1]: params for uri, params in answer.messages}


def a_node(sample: fo.Sample) -> Any:
    """A detection of an inner node."""
    tree = trees(sample)
    return next(
        d for d in sample[FIELD].detections if d.parent_id and tree.children(d.node_id)
    )  # fmt: skip


def test_the_columns_are_the_tree(subset: fo.Dataset) -> None:
    sample = subset.last()
    data = tree_sent("on_load", subset, current_sample=sample.id)
    tree = trees(sample)
    assert data["sample"] == data["shown"] == sample.id and data["open"]
    assert data["ids"] == list(tree.node_ids) and data["path"] == sample.filepath
    assert data["fps"] == 25 and data["frames"] == sample.metadata.total_frame_count
    supports = {
        d.node_id: d.support for name in tree.texts for d in sample[name].detections
    }  # fmt: skip
    for i, node_id in enumerate(data["ids"]):
        first, last = supports[node_id]
        assert (data["first"][i], data["last"][i]) == (first, min(last, data["frames"]))
        parent = data["parents"][i]
        assert parent < 0 or data["levels"][parent] < data["levels"][i]
        found = {
            f["name"]: of["texts"][of["at"].index(i)]
            for f, of in zip(data["fields"], data["texts"], strict=True)
            if i in of["at"]
        }
        assert found == dict(tree[node_id].texts)
    assert data["speech"]["texts"] == [d.label for d in sample.transcript_segments.detections]


def test_actors_and_the_source_are_sent() -> None:
    actors = ["A cook", "N/A", None, "A cook", "Someone who " + "talks " * 20]
    tree = TreeOfCaptions(
        list("rabcd"), [None, *"rrrr"], [0, 1, 1, 1, 1], [0, 0, 1, 2, 3], [4, 1, 2, 3, 4],
        {"gpt_action_actor": actors},
    )  # fmt: skip
    sample = SampleTree("id", "t", tree, [1] * 5, [50] * 5, fps=Fraction(25), total_frames=50)
    data = payload.columns(sample)
    assert data["actors"] == {"names": ["A cook"], "of": [0, -1, -1, 0, -1]}
    assert data["youtube"] is None


def test_the_source_is_linked_where_it_is_on_youtube(own: fo.Dataset) -> None:
    sample = own.first()
    for url, found in [
        ("https://youtu.be/abc-DEF_123?t=4", "abc-DEF_123"),
        ("https://www.youtube.com/watch?v=short", None),
        ("https://www.youtube.com.example/watch?v=abc-DEF_123", None),
        ("javascript:alert(1)//youtube.com/watch?v=abc-DEF_123", None),
    ]:
        sample["full_video_url"] = url
        sample.save()
        assert tree_sent("on_load", own, current_sample=sample.id)["youtube"] == found, url


def test_the_cut_needs_no_python_any_more(subset: fo.Dataset) -> None:
    sample = subset.first()
    data = tree_sent("on_load", subset, current_sample=sample.id)
    tree = sample_tree(subset, sample.id).tree
    for seconds in (0.5, 1.0, 2.5, 6.0, 100.0):
        chosen = {
            node_id
            for i, node_id in enumerate(data["ids"])
            if data["from"][i] <= seconds < data["until"][i]
        }
        assert chosen == {n.node_id for n in cut_tree(tree, seconds, sample.metadata.duration)}


def test_states_tell_no_action_from_no_annotation() -> None:
    def made(**texts: list[str | None]) -> TreeOfCaptions:
        times = [0, 0, 1, 2]
        return TreeOfCaptions(list("rabc"), [None, "r", "r", "r"], [0, 1, 1, 1], times,
                              [3, 1, 2, 3], texts)  # fmt: skip

    full = made(
        gpt_summary_brief=["s", "s", "s", None],
        gpt_action_brief=["do", "N/A", None, None],
        plm_action=["x", "x", "x", "x"],
    )
    assert payload.states(full) == [2, 1, 1, 0]
    assert payload.states(made(plm_action=["x", None, "x", "x"])) == [2, 0, 2, 2]


def test_a_data_set_of_other_names_counts_all_its_fields() -> None:
    tree = TreeOfCaptions(["r", "a"], [None, "r"], [0, 1], [0, 0], [2, 1], {"step": ["one", None]})
    assert payload.states(tree) == [payload.ANNOTATED, payload.BARE]
    sample = SampleTree("id", "t", tree, [1, 1], [50, 25], fps=Fraction(25), total_frames=50)
    data = payload.columns(sample)
    assert data["labels"] == ["one", ""] and data["labelFields"] == [0, -1]


def test_a_label_that_is_cut_off_ends_in_an_ellipsis() -> None:
    tree = TreeOfCaptions(["r"], [None], [0], [0], [2], {"step": ["x" * 200]})
    sample = SampleTree("id", "t", tree, [1], [50], fps=Fraction(25), total_frames=50)
    (label,) = payload.columns(sample)["labels"]
    assert label == "x" * (payload.LABEL_LENGTH - 1) + "…"


def test_many_texts_stay_behind_and_are_fetched(own: fo.Dataset) -> None:
    sample = own.first()
    node = a_node(sample)
    for detection in sample.gpt_summary_detailed.detections:
        detection.label = "<b>" + "x" * 200_000
    sample.save()
    data = tree_sent("on_load", own, current_sample=sample.id)
    assert data["texts"] is None
    assert max(map(len, data["labels"])) <= payload.LABEL_LENGTH
    params = {"sample": sample.id, "node": node.node_id}
    found = ask("texts", own, params=params)
    names = [f["name"] for f in data["fields"]]
    assert found.result["texts"][names.index("gpt_summary_detailed")] == "<b>" + "x" * 200_000
    assert found.result["texts"][names.index(FIELD)] == node.label
    phrase = f" {node.label.upper()} "
    matches = ask("find", own, params={"sample": sample.id, "phrase": phrase}).result
    hits = {data["ids"][i] for i in matches["found"]}
    assert node.node_id in hits and len(hits) < len(data["ids"])


@pytest.mark.parametrize("what", ["nothing", "flat", "images", "gone", "no rate"])
def test_says_in_words_why_there_is_no_tree(what: str, own: fo.Dataset, dataset_name: str) -> None:
    other = fo.Dataset(f"{dataset_name}-{what.replace(' ', '')}")
    try:
        name = "a.png" if what == "images" else "a.mp4"
        other.add_sample(fo.Sample(filepath=f"/nowhere/{name}"))
        dataset, sample_id = other, other.first().id
        if what == "nothing":
            dataset, sample_id = own, None
        elif what == "gone":
            dataset, sample_id = own, other.first().id
        elif what == "no rate":
            sample = own.first()
            sample.metadata = None
            sample.save()
            dataset, sample_id = own, sample.id
        notice = tree_sent("on_load", dataset, current_sample=sample_id)["notice"]
    finally:
        other.delete()
    wanted = {"nothing": "Open a video", "flat": "node_id", "images": "needs videos",
              "gone": "no longer in the dataset", "no rate": "compute_metadata"}  # fmt: skip
    assert wanted[what] in notice and "Traceback" not in notice


def test_a_tree_is_not_sent_again_but_where_it_may_be_another(own: fo.Dataset) -> None:
    ids = own.values("id")

    def trees_sent(method: str, sample: str, state: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        params = {"panel_state": copy.deepcopy(state), "panel_id": "again"}
        answer = ask(method, own, current_sample=sample, params=params)
        patched = [params["state"] for _, params in answer.messages if "state" in params]
        count = sum("tree" in params.get("data", {}) for _, params in answer.messages)
        return count, patched[-1] if patched else state

    count, first = trees_sent("on_load", ids[0], {})
    assert count == 1
    for method in ("on_change_view", "on_change_current_sample", "on_change_dataset"):
        assert trees_sent(method, ids[0], first)[0] == 0, method
    count, second = trees_sent("on_change_current_sample", ids[1], first)
    assert count == 1 and second != first
    # Back before the page has heard of the second: its answer is on its way.
    assert trees_sent("on_change_current_sample", ids[0], first)[0] == 1
    # Another page, whose panel has the same id, shows the second.
    assert trees_sent("on_change_current_sample", ids[0], second)[0] == 1
    # A panel that is opened anew has nothing yet.
    count, third = trees_sent("on_load", ids[0], first)
    assert count == 1 and trees_sent("on_change_view", ids[0], third)[0] == 0
    # The open video's captions are others than they were.
    sample = own[ids[0]]
    sample["gpt_summary_brief"].detections[0].label = "Corrected"
    sample.save()
    assert trees_sent("on_change_view", ids[0], third)[0] == 1


def test_what_is_wrong_with_a_videos_file_is_said_beside_its_tree(
    own: fo.Dataset, tmp_path: Path
) -> None:
    sample = own.first()

    def sent() -> dict[str, Any]:
        return tree_sent("on_load", own, current_sample=sample.id)

    sample.filepath = str(tmp_path / "clips" / "egg.mp4")
    sample.save()
    message = sent()
    folder = tmp_path / "clips"
    assert message["media"].startswith(f"The video egg.mp4 is missing with its folder {folder}.")
    assert message["ids"] == list(trees(sample).node_ids)
    folder.mkdir()
    assert sent()["media"].startswith(f"The video egg.mp4 is missing from {folder}.")
    (folder / "egg.mp4").touch()
    assert sent()["media"] == f"The video egg.mp4 is empty: {folder / 'egg.mp4'} has no bytes."
    (folder / "egg.mp4").write_bytes(b"film")
    assert sent()["media"] == ""
    assert media_problem("s3://bucket/egg.mp4") == ""


def test_the_one_selected_sample_counts_in_the_grid(subset: fo.Dataset) -> None:
    ids = subset.values("id")
    data = tree_sent("on_change_selected", subset, selected=ids[1:2])
    assert data["sample"] == ids[1] and not data["open"]
    assert "notice" in tree_sent("on_change_selected", subset, selected=ids)


def test_a_clip_shows_its_videos_tree_and_its_own_frames(subset: fo.Dataset) -> None:
    clips = segments(subset, FIELD)
    clip = clips.skip(2).first()
    data = tree_sent("on_load", subset, current_sample=clip.id, view=clips)
    assert data["sample"] == clip.sample_id and data["shown"] == clip.id
    # As published, what reaches the video's end lies one frame past it.
    total = data["frames"]
    assert data["clip"] == [clip.support[0], min(clip.support[1], total)]
    clip = next(c for c in clips if c.support[1] > total)
    data = tree_sent("on_load", subset, current_sample=clip.id, view=clips)
    assert data["clip"] == [clip.support[0], total]


def hidden_in(dataset: fo.Dataset, view: Any, sample: fo.Sample) -> set[str] | None:
    """Returns the nodes that the panel is told are hidden."""
    request = {"view": view, "params": {"sample": sample.id}}
    nodes = ask("hidden", dataset, **request).result["nodes"]
    ids = sample_tree(dataset, sample.id).tree.node_ids
    return None if nodes is None else {ids[i] for i in nodes}


def test_the_nodes_that_the_view_hides_are_named(subset: fo.Dataset) -> None:
    sample = subset.last()
    tree = trees(sample)
    deep = subset
    for name in tree.texts:
        deep = deep.filter_labels(name, fo.ViewField("level") == 2, only_matches=False)
    assert hidden_in(subset, deep, sample) == {n.node_id for n in tree if n.level != 2}
    # Only some samples, in another order: no node is hidden by that.
    assert hidden_in(subset, subset.sort_by("title", reverse=True).limit(1), sample) is None
    shown = cut(subset, 2.5)
    kept = {i for name in tree.texts for i in shown[sample.id][name].detections}
    assert hidden_in(subset, shown, sample) == set(tree.node_ids) - {d.node_id for d in kept}
    one = subset.select_fields(FIELD)
    in_one = {d.node_id for d in sample[FIELD].detections}
    assert hidden_in(subset, one, sample) == set(tree.node_ids) - in_one != set()
    assert hidden_in(subset, subset.select_fields("title"), sample) == set(tree.node_ids)
    assert hidden_in(subset, segments(subset, FIELD), sample) is None
    # As sent by the App with filters of the sidebar, which are no stages of its view.
    root = tree[tree.root.node_id] if tree.root else None
    assert root is not None
    filters = {
        f"{name}.detections.label": {"values": [text], "exclude": False, "isMatching": False}
        for name, text in root.texts.items()
    }
    request = {"filters": filters, "params": {"sample": sample.id}}
    nodes = ask("hidden", subset, **request).result["nodes"]
    kept = {n.node_id for n in tree if set(n.texts.values()) & set(root.texts.values())}
    assert {i for i, n in enumerate(tree) if n.node_id not in kept} == set(nodes) != set()
    views = [panel_data(ask("on_change_view", subset, **r), "view") for r in ({}, request)]
    assert views[0] != views[1]


def test_a_node_is_selected_in_the_field_that_is_shown(subset: fo.Dataset) -> None:
    sample = subset.first()
    node = a_node(sample)
    params = {"sample": sample.id, "node": node.node_id}
    answer = ask("select_node", subset, current_sample=sample.id, params=params)
    label = told(answer)["select_labels"]["labels"]
    assert label == [{"label_id": node.id, "sample_id": sample.id, "field": FIELD}]
    back = ask("on_change_selected_labels", subset, current_sample=sample.id, selected_labels=label)
    assert panel_data(back, "selected") == {"node": node.node_id, "label": node.id}
    speech = sample.transcript_segments.detections[0]
    other = [{"label_id": speech.id, "sample_id": sample.id, "field": "transcript_segments"}]
    none = ask("on_change_selected_labels", subset, selected_labels=other)
    assert panel_data(none, "selected")["node"] is None


def test_children_without_the_ticked_caption_are_shown_by_another(own: fo.Dataset) -> None:
    sample = own.first()
    node = a_node(sample).node_id
    below = {n.node_id for n in trees(sample).descendants(node)}
    kept = [d for d in sample[FIELD].detections if d.node_id not in below]
    sample[FIELD] = fo.TemporalDetections(detections=kept)
    sample.save()
    request: dict[str, Any] = {"params": {"sample": sample.id, "node": node}}
    other = "gpt_summary_brief"
    for active, expected in ((other, None), (FIELD, {"fields": [other]})):
        found = told(ask("show_children", own, **request, active_fields=[active]))
        assert found.get("set_active_fields") == expected, active
    # The tree in the grid is that of the selected sample.
    shown = told(ask("show_children", own, **request, selected=[sample.id]))["show_and_open"]
    assert shown["selected"] == [sample.id] and shown.get("sample_id") is None


def test_buttons_show_what_they_say(subset: fo.Dataset) -> None:
    sample = subset.first()
    node = a_node(sample)
    params = {"sample": sample.id, "node": node.node_id}

    def view_of(method: str) -> fo.DatasetView:
        told_app = told(ask(method, subset, params=params))
        assert told_app["notify"]["variant"] == "success"
        ticked.append((told_app.get("set_active_fields") or {}).get("fields"))
        return build_view(subset, told_app["set_view"]["view"])

    ticked: list[list[str] | None] = []
    clip = view_of("show_clip")
    assert ticked == [[FIELD]]  # or its caption would not be shown
    assert [(c.sample_id, list(c.support)) for c in clip] == [(sample.id, list(node.support))]
    children = view_of("show_children")
    known = {d.node_id for d in sample[FIELD].detections}
    wanted = {n.node_id for n in trees(sample).children(node.node_id)}
    shown = set(children.values(f"{FIELD}.detections[].node_id", unwind=True))
    assert wanted & known <= shown and node.node_id not in shown
    assert ticked[1] is None
    same = told(ask("same_action", subset, params=params))
    assert same["select_labels"]["labels"][0]["label_id"] == node.id
    assert same["prompt_user_for_operation"]["operator_uri"] == URI + "same_action_elsewhere"
    asked = told(ask("more_like", subset, params=params))
    assert asked["open_panel"]["name"] == "action100m_search"
    assert asked["ask_search"] == {"text": node.label, "fields": [FIELD]}
    applied = told(ask("cut_grid", subset, params={"seconds": 2.5}))["granularity_by_time_scale"]
    assert applied["seconds"] == 2.5 and applied["field"] in trees(sample).texts
    assert len(cut(subset, applied["seconds"], [applied["field"]]))


def test_a_node_that_is_not_there_is_no_error(subset: fo.Dataset) -> None:
    params = {"sample": subset.first().id, "node": "<img onerror=1>"}
    for method in ("select_node", "show_clip", "same_action", "more_like"):
        assert told(ask(method, subset, params=params))["notify"]["variant"] == "warning"
    assert ask("texts", subset, params=params).result["texts"] == []


def test_the_palette_has_the_levels_colours() -> None:
    assert PALETTE["levels"] == list(LEVEL_COLOURS)
    colours = [*PALETTE["verbs"], PALETTE["tail"]]
    assert len(set(colours)) == len(colours) == payload.VERBS + 1


def test_the_button_opens_the_panel_beside_the_video(subset: fo.Dataset) -> None:
    opened = told(run("open_tree_of_captions", subset, current_sample=subset.first().id))
    assert opened["open_panel"]["name"] == "tree_of_captions"
    assert "show_tree_beside" in opened
    assert "show_tree_beside" not in told(run("open_tree_of_captions", subset))
