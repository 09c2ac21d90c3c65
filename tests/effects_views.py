"""The effects of the operators that set a view or move the selection."""

from __future__ import annotations

import re
from collections import Counter

from effects import ACTION, SUMMARY, WIDEST, Stage, effect, folded, shown


@effect("back_to_previous_view")
def back(stage: Stage) -> None:
    before = stage.dataset.limit(2)
    level = stage.view("granularity_by_level", before, params={"first": 1})
    assert stage.view("back_to_previous_view", level) == before
    assert stage.view("back_to_previous_view", before) == stage.dataset.view()
    assert stage.view("back_to_previous_view") == before  # and forward again


@effect("granularity_by_level")
def by_level(stage: Stage) -> None:
    params = {"first": 2, "last": 3, "field": WIDEST}
    view = stage.view("granularity_by_level", params=params)
    assert shown(view) == stage.nodes(WIDEST, lambda d: 2 <= d["level"] <= 3)
    assert shown(view, ACTION) == shown(stage.dataset, ACTION)


@effect("granularity_by_time_scale")
def by_time_scale(stage: Stage) -> None:
    for seconds in (0, 10, 1000):
        params = {"seconds": seconds, "field": WIDEST}
        view = stage.view("granularity_by_time_scale", params=params)
        assert shown(view) == stage.cut(WIDEST, seconds), seconds
        lengths = view.values("metadata.total_frame_count")
        supports = view.values(f"{WIDEST}.detections.support")
        for frames, found in zip(lengths, supports, strict=True):
            ends = [0, *(last for _, last in sorted(found))]  # neither gap nor overlap
            assert [first - 1 for first, _ in sorted(found)] == ends[:-1] and ends[-1] == frames
    assert all(len(nodes) == 1 for nodes in shown(view).values())


@effect("compare_granularities")
def compare(stage: Stage) -> None:
    sides = {"first_field": ACTION, "first_seconds": 30, "second_field": WIDEST}
    told_view = stage.view("compare_granularities", params={**sides, "second_seconds": 5})
    for field, seconds in ((ACTION, 30), (WIDEST, 5)):
        assert shown(told_view, field) == stage.cut(field, seconds)
    assert shown(told_view, SUMMARY) == shown(stage.dataset, SUMMARY)


def walked(stage: Stage, name: str, start: str | None) -> dict[str, str]:
    """Walks from a node; returns the one label that is selected then."""
    selected = [] if start is None else [stage.video.label(start)]
    request = {"current_sample": stage.video.id, "selected_labels": selected}
    told = stage.run(name, active_fields=[WIDEST], **request)
    assert "notify" in told, told
    (label,) = told["@action100m/explorer/select_labels"]["labels"]
    return dict(label)


@effect("walk_parent")
def parent(stage: Stage) -> None:
    node, video = stage.inner(), stage.video
    above = video.fields[WIDEST][node]["parent_id"]
    assert walked(stage, "walk_parent", node) == video.label(above)
    # In a field with holes, the nearest ancestor that has a text.
    video, start = next(
        (v, node)
        for v in stage.videos
        for node, d in v.fields[ACTION].items()
        if d["level"] > 1 and d["parent_id"] not in v.fields[ACTION]
    )
    above = next(n for n in list(video.up(start))[1:] if n in video.fields[ACTION])
    told = stage.run("walk_parent", selected_labels=[video.label(start, ACTION)])
    assert told["@action100m/explorer/select_labels"]["labels"] == [video.label(above, ACTION)]


@effect("walk_child")
def child(stage: Stage) -> None:
    node = stage.inner()
    assert walked(stage, "walk_child", node) == stage.video.label(stage.video.children(node)[0])


def family(stage: Stage) -> list[str]:
    """Returns a node and its siblings."""
    parent = stage.video.fields[WIDEST][stage.inner()]["parent_id"]
    return stage.video.children(parent)


@effect("walk_next")
def following(stage: Stage) -> None:
    first, second = family(stage)
    assert walked(stage, "walk_next", first) == stage.video.label(second)


@effect("walk_previous")
def previous(stage: Stage) -> None:
    first, second = family(stage)
    assert walked(stage, "walk_previous", second) == stage.video.label(first)


@effect("walk_root")
def root(stage: Stage) -> None:
    (top,) = stage.video.children(None)
    assert walked(stage, "walk_root", stage.inner()) == stage.video.label(top)
    assert walked(stage, "walk_root", None) == stage.video.label(top)


def part(stage: Stage, name: str, node: str) -> set[str]:
    """Shows a part of the video's tree; returns its nodes."""
    view = stage.view(name, selected_labels=[stage.video.label(node)])
    ((uid, nodes),) = shown(view).items()
    assert uid == stage.video.uid and view.values("id") == [stage.video.id]
    return nodes


@effect("show_path")
def path(stage: Stage) -> None:
    deepest = max(stage.video.fields[WIDEST].values(), key=lambda d: d["level"])["node_id"]
    assert part(stage, "show_path", deepest) == set(stage.video.up(deepest))


@effect("show_children")
def children(stage: Stage) -> None:
    node = stage.inner()
    assert part(stage, "show_children", node) == set(stage.video.children(node))


@effect("show_subtree")
def subtree(stage: Stage) -> None:
    node = stage.inner()
    assert part(stage, "show_subtree", node) == stage.video.below(node)


@effect("show_leaves_under")
def leaves(stage: Stage) -> None:
    node, video = stage.inner(), stage.video
    expected = {n for n in video.below(node) if not video.children(n)}
    assert part(stage, "show_leaves_under", node) == expected


@effect("find_in_captions")
def find(stage: Stage) -> None:
    text = [*stage.video.fields[ACTION].values()][-1]["label"]
    word = max(re.findall("[a-z]+", text.lower()), key=len)
    params = {"query": word.upper(), "fields": [ACTION]}
    found = stage.nodes(ACTION, lambda d: word in folded(d["label"]))
    assert found and shown(stage.view("find_in_captions", params=params), ACTION) == found
    paths = {
        v.uid: {n for node in found[v.uid] for n in v.up(node)} & set(v.fields[ACTION])
        for v in stage.videos
        if v.uid in found
    }
    view = stage.view("find_in_captions", params={**params, "keep": "ancestors"})
    assert shown(view, ACTION) == paths


def _same(text: str) -> str:
    return " ".join(w for w in re.findall(r"\w+", text.lower()) if w not in ("a", "an", "the"))


@effect("same_action_elsewhere")
def same_action(stage: Stage) -> None:
    actions = {
        str(d["_id"]): (video, _same(d["label"]))
        for video in stage.videos
        for d in video.fields[ACTION].values()
    }
    ((most, count),) = Counter(text for _, text in actions.values()).most_common(1)
    same = [i for i, (_, text) in actions.items() if text == most]
    picked = {"label_id": same[0], "sample_id": actions[same[0]][0].id, "field": ACTION}
    clips = stage.view("same_action_elsewhere", selected_labels=[picked])
    assert sorted(clips.values("id")) == sorted(same) and len(clips) == count >= 2
    supports, rates = clips.values(["support", "metadata.frame_rate"])
    lasts = [(b - a + 1) / rate for (a, b), rate in zip(supports, rates, strict=True)]
    assert lasts == sorted(lasts, reverse=True)
    verb = most.split()[0]
    params = {"by": "verb", "sort": "video"}
    clips = stage.view("same_action_elsewhere", selected_labels=[picked], params=params)
    expected = [i for i, (_, text) in actions.items() if text.split()[0] == verb]
    assert sorted(clips.values("id")) == sorted(expected) and set(expected) >= set(same)


@effect("segments_as_clips")
def segments_as_clips(stage: Stage) -> None:
    clips = stage.view(
        "segments_as_clips", stage.dataset.skip(1).limit(3), params={"field": ACTION}
    )
    expected = [
        (str(d["_id"]), v.id, d["support"], d["label"], d["node_id"], d["level"])
        for v in stage.videos[1:4]
        for d in v.fields[ACTION].values()
    ]
    paths = [f"{ACTION}.{name}" for name in ("label", "node_id", "level")]
    found = zip(*clips.values(["id", "sample_id", "support", *paths]), strict=True)
    assert sorted(found) == sorted(expected)


@effect("clips_back_to_videos")
def clips_back(stage: Stage) -> None:
    clips = stage.view("segments_as_clips", params={"field": ACTION})
    first, last = clips.first(), clips.last()
    told = stage.run("clips_back_to_videos", clips, selected=[first.id, last.id])
    landing = told["@action100m/explorer/show_and_open"]
    view = type(clips)._build(stage.dataset, landing["view"])
    assert set(view.values("id")) == {first.sample_id, last.sample_id}
    assert shown(view).items() <= shown(stage.dataset).items()  # whole
    labels = {(s["label_id"], s["sample_id"]) for s in landing["labels"]}
    assert labels == {(c.id, c.sample_id) for c in (first, last)}


@effect("gaps")
def gaps(stage: Stage) -> None:
    # The converter stores no N/A: what the records call so is what is missing.
    expected: dict[str, set[str]] = {}
    records = stage.records()
    for video in stage.videos:
        nodes = [n for n in records[video.uid]["nodes"] if n["node_id"] in video.fields[SUMMARY]]
        expected[video.uid] = {n["node_id"] for n in nodes if n["gpt"]["action"]["brief"] == "N/A"}
    params = {"kind": "missing", "field": ACTION, "among": SUMMARY, "seconds": 0}
    view = stage.view("gaps", params=params)
    assert shown(view, SUMMARY) == {uid: nodes for uid, nodes in expected.items() if nodes} != {}
    # The field of every node leaves nothing uncovered.
    told = stage.run("gaps", params={"kind": "uncovered", "field": WIDEST})
    assert set(told) == {"notify"}


@effect("open_search")
def open_search(stage: Stage) -> None:
    told = stage.run("open_search")
    assert told["open_panel"]["name"] == "action100m_search"
    assert told["@action100m/explorer/ask_search"] == {}  # what is in the box stays, in the browser


@effect("search_this_video")
def search_this_video(stage: Stage) -> None:
    told = stage.run("search_this_video", current_sample=stage.video.id)
    assert told["open_panel"]["name"] == "action100m_search"
    assert told["@action100m/explorer/show_tree_beside"] == {"panel": "action100m_search"}


@effect("open_overview")
def open_overview(stage: Stage) -> None:
    told = stage.run("open_overview")
    assert told["open_panel"]["name"] == "action100m_overview"


@effect("open_tree_of_captions")
def open_tree(stage: Stage) -> None:
    told = stage.run("open_tree_of_captions", current_sample=stage.video.id)
    opened = told.pop("open_panel")
    assert opened["name"] == "tree_of_captions" and opened.get("layout") is None
    assert list(told) == ["@action100m/explorer/show_tree_beside"]  # which moves it, in the browser
    told = stage.run("open_tree_of_captions")
    assert set(told) == {"open_panel"} and told["open_panel"]["layout"] == "horizontal"
