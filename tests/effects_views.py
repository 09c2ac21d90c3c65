"""The effects of the operators that set a view or move the selection."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from effects import ACTION, SUMMARY, WIDEST, Stage, chosen, cut_nodes, effect, folded, shown


@effect("back_to_previous_view")
def back(stage: Stage) -> None:
    before = stage.dataset.limit(2)
    level = stage.view("granularity_by_level", before, params={"first": 1})
    assert stage.view("back_to_previous_view", level) == before
    assert stage.view("back_to_previous_view", before) == level


@effect("granularity_by_level")
def by_level(stage: Stage) -> None:
    params = {"first": 2, "last": 3, "field": WIDEST}
    view = stage.view("granularity_by_level", params=params)
    assert shown(view) == chosen(stage.dataset, WIDEST, lambda d, _: 2 <= d.level <= 3)
    assert shown(view, ACTION) == shown(stage.dataset, ACTION)


@effect("granularity_by_time_scale")
def by_time_scale(stage: Stage) -> None:
    for seconds in (0, 10, 1000):
        params = {"seconds": seconds, "field": WIDEST}
        view = stage.view("granularity_by_time_scale", params=params)
        assert shown(view) == cut_nodes(stage.dataset, WIDEST, seconds), seconds
        for sample in view:  # without gap or overlap, from the first frame on
            frame = 0
            for d in sorted(sample[WIDEST].detections, key=lambda d: d.support[0]):
                assert d.support[0] == frame + 1
                frame = d.support[1]
    assert all(len(nodes) == 1 for nodes in shown(view).values())


@effect("compare_granularities")
def compare(stage: Stage) -> None:
    sides = {"first_field": ACTION, "first_seconds": 30, "second_field": WIDEST}
    told_view = stage.view("compare_granularities", params={**sides, "second_seconds": 5})
    for field, seconds in ((ACTION, 30), (WIDEST, 5)):
        assert shown(told_view, field) == cut_nodes(stage.dataset, field, seconds)
    assert shown(told_view, SUMMARY) == shown(stage.dataset, SUMMARY)


def walked(stage: Stage, name: str, start: str | None) -> dict[str, str]:
    """Walks from a node; returns the one label that is selected then."""
    selected = [] if start is None else [stage.label(start)]
    request = {"current_sample": stage.sample.id, "selected_labels": selected}
    told = stage.run(name, active_fields=[WIDEST], **request)
    assert "notify" in told, told
    (label,) = told["set_selected_labels"]["labels"]
    return dict(label)


@effect("walk_parent")
def parent(stage: Stage) -> None:
    node = stage.inner()
    assert walked(stage, "walk_parent", node) == stage.label(stage.path(node)[1])
    # In a field with holes, the nearest ancestor that has a text.
    known = {d.node_id for d in stage.sample[ACTION].detections}
    for child in known - set(stage.path(node)):
        above = next((n for n in stage.path(child)[1:] if n in known), None)
        if above is None:
            continue
        selected = [stage.label(child, ACTION)]
        told = stage.run("walk_parent", selected_labels=selected)
        assert told["set_selected_labels"]["labels"] == [stage.label(above, ACTION)]


@effect("walk_child")
def child(stage: Stage) -> None:
    node = stage.inner()
    assert walked(stage, "walk_child", node) == stage.label(stage.children(node)[0])


@effect("walk_next")
def following(stage: Stage) -> None:
    family = stage.children(stage.parents[stage.inner()])
    assert walked(stage, "walk_next", family[0]) == stage.label(family[1])


@effect("walk_previous")
def previous(stage: Stage) -> None:
    family = stage.children(stage.parents[stage.inner()])
    assert walked(stage, "walk_previous", family[1]) == stage.label(family[0])


@effect("walk_root")
def root(stage: Stage) -> None:
    (top,) = stage.children(None)
    assert walked(stage, "walk_root", stage.inner()) == stage.label(top)
    assert walked(stage, "walk_root", None) == stage.label(top)


def part(stage: Stage, name: str, node: str) -> set[str]:
    """Shows a part of the video's tree; returns its nodes."""
    view = stage.view(name, selected_labels=[stage.label(node)])
    ((uid, nodes),) = shown(view).items()
    assert uid == stage.sample.video_uid and view.values("id") == [stage.sample.id]
    return nodes


@effect("show_path")
def path(stage: Stage) -> None:
    deepest = max(stage.parents, key=lambda node: len(stage.path(node)))
    assert part(stage, "show_path", deepest) == set(stage.path(deepest))


@effect("show_children")
def children(stage: Stage) -> None:
    node = stage.inner()
    assert part(stage, "show_children", node) == set(stage.children(node))


@effect("show_subtree")
def subtree(stage: Stage) -> None:
    node = stage.inner()
    assert part(stage, "show_subtree", node) == set(stage.below(node))


@effect("show_leaves_under")
def leaves(stage: Stage) -> None:
    node = stage.inner()
    expected = {n for n in stage.below(node) if not stage.children(n)}
    assert part(stage, "show_leaves_under", node) == expected


@effect("find_in_captions")
def find(stage: Stage) -> None:
    labels = stage.sample[ACTION].detections[-1].label
    word = max(re.findall("[a-z]+", labels.lower()), key=len)
    params = {"query": word.upper(), "fields": [ACTION]}
    found = chosen(stage.dataset, ACTION, lambda d, _: word in folded(d.label))
    assert found and shown(stage.view("find_in_captions", params=params), ACTION) == found
    kept: dict[str, set[str]] = {}
    for sample in stage.dataset.match(_uid_in(found)):
        known = {d.node_id for d in sample[ACTION].detections}
        up = {d.node_id: d.parent_id for d in sample[WIDEST].detections}
        kept[sample.video_uid] = set()
        for at in found[sample.video_uid]:
            while at is not None:
                kept[sample.video_uid] |= {at} & known
                at = up[at]
    view = stage.view("find_in_captions", params={**params, "keep": "ancestors"})
    assert shown(view, ACTION) == kept


def _uid_in(found: dict[str, Any]) -> Any:
    from fiftyone import ViewField as F

    return F("video_uid").is_in(list(found))


def _same(text: str) -> str:
    return " ".join(w for w in re.findall(r"\w+", text.lower()) if w not in ("a", "an", "the"))


@effect("same_action_elsewhere")
def same_action(stage: Stage) -> None:
    detections = [(s, d) for s in stage.dataset for d in s[ACTION].detections]
    most, count = Counter(_same(d.label) for _, d in detections).most_common(1)[0]
    same = {d.id for _, d in detections if _same(d.label) == most}
    sample, picked = next((s, d) for s, d in detections if d.id in same)
    selected = [{"label_id": picked.id, "sample_id": sample.id, "field": ACTION}]
    clips = stage.view("same_action_elsewhere", selected_labels=selected)
    assert set(clips.values("id")) == same and len(clips) == count >= 2
    supports, rates = clips.values(["support", "metadata.frame_rate"])
    lasts = [(b - a + 1) / rate for (a, b), rate in zip(supports, rates, strict=True)]
    assert lasts == sorted(lasts, reverse=True)
    verb = most.split()[0]
    params = {"by": "verb", "sort": "video"}
    clips = stage.view("same_action_elsewhere", selected_labels=selected, params=params)
    expected = {d.id for _, d in detections if _same(d.label).split()[0] == verb}
    assert set(clips.values("id")) == expected >= same


@effect("segments_as_clips")
def segments_as_clips(stage: Stage) -> None:
    view = stage.dataset.skip(1).limit(3)
    clips = stage.view("segments_as_clips", view, params={"field": ACTION})
    expected = {
        d.id: (sample.id, d.support, d.label, d.node_id, d.level)
        for sample in view
        for d in sample[ACTION].detections
    }
    found = {
        c.id: (c.sample_id, c.support, c[ACTION].label, c[ACTION].node_id, c[ACTION].level)
        for c in clips
    }
    assert found == expected


@effect("clips_back_to_videos")
def clips_back(stage: Stage) -> None:
    clips = stage.view("segments_as_clips", params={"field": ACTION})
    first, last = clips.first(), clips.last()
    told = stage.run("clips_back_to_videos", clips, selected=[first.id, last.id])
    view = type(clips)._build(stage.dataset, told["set_view"]["view"])
    assert set(view.values("id")) == {first.sample_id, last.sample_id}
    assert shown(view).items() <= shown(stage.dataset).items()  # whole
    labels = {(s["label_id"], s["sample_id"]) for s in told["set_selected_labels"]["labels"]}
    assert labels == {(c.id, c.sample_id) for c in (first, last)}


@effect("gaps")
def gaps(stage: Stage) -> None:
    # The converter stores no N/A: what the records call so is what is missing.
    expected: dict[str, set[str]] = {}
    for uid, row in stage.records().items():
        inside = shown(stage.dataset, SUMMARY)[uid]
        nodes = [n for n in row["nodes"] if n["node_id"] in inside]
        expected[uid] = {n["node_id"] for n in nodes if n["gpt"]["action"]["brief"] == "N/A"}
    params = {"kind": "missing", "field": ACTION, "among": SUMMARY, "seconds": 0}
    view = stage.view("gaps", params=params)
    assert shown(view, SUMMARY) == {uid: nodes for uid, nodes in expected.items() if nodes} != {}
    # The field of every node leaves nothing uncovered.
    told = stage.run("gaps", params={"kind": "uncovered", "field": WIDEST})
    assert set(told) == {"notify"}
