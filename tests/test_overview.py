"""The overview: what is counted against counting by hand, what a click shows, and the panel."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import Any

import fiftyone as fo
import pytest
from bson import json_util
from executor import (
    OVERVIEW,
    URI,
    Told,
    ask,
    overview_figures,
    overview_page,
    overview_tiles,
    run,
    way_back,
)
from executor import open_overview as load
from fiftyone.operators.registry import OperatorRegistry
from fiftyone_action100m import convert
from fiftyone_action100m.core.actions import parse
from fiftyone_action100m.core.fields import CLUSTER
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.panels.figures import mark
from fiftyone_action100m.views import release
from fiftyone_action100m.views.cluster_files import stored_resampling
from fiftyone_action100m.views.cluster_store import drop_clusters
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.indexing import delete_index
from fiftyone_action100m.views.indexing import index as make_index
from fiftyone_action100m.views.overview import count_nodes, count_texts, count_videos
from fiftyone_action100m.views.overview_filters import narrow
from fiftyone_action100m.views.resampling import resample
from fiftyone_action100m.views.review import review_node
from material import small_record, write_parquet, write_video
from subset import FPS, subset_dataset
from word_encoder import WordEncoder

PANEL = URI + OVERVIEW
BRIEF, SUMMARY = "gpt_action_brief", "gpt_summary_brief"


@pytest.fixture(scope="module")
def subset():
    """Shared: change nothing."""
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


@pytest.fixture
def own(dataset_name):
    """A dataset of the test's own."""
    return subset_dataset(dataset_name)


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("overview")
    records = [small_record(uid, seconds=40.0, leaves=24) for uid in ("a-1", "b-2", "c-3")]
    records[1]["metadata"]["upload_date"] = "20200229"
    for record in records:
        write_video(folder / "videos" / f"{record['video_uid']}.mp4", seconds=40.0)
    shard = write_parquet(folder / "shard.parquet", records)
    made, _ = convert(shard, folder / "videos", "test-overview", folder / "out")
    yield made
    fo.delete_dataset("test-overview")


def nodes_by_hand(view, found):
    """Each node once: its level, and its duration in seconds."""
    for sample in view:
        seen = {}
        for field in found.fields:
            for d in sample[field].detections if sample[field] else []:
                if found.has(field, "start"):
                    lasts = d.end - d.start
                else:
                    lasts = (d.support[1] - d.support[0] + 1) / sample.metadata.frame_rate
                seen[d.node_id] = (d.level, lasts)
        yield from seen.values()


@pytest.fixture(params=["subset", "converted"])
def dataset(request):
    return request.getfixturevalue(request.param)


def test_nodes_are_counted_once_by_level_and_duration(dataset):
    found = find_hierarchy(dataset)
    counted = count_nodes(dataset, found)
    by_hand = list(nodes_by_hand(dataset, found))
    assert counted.total == len(by_hand) > 0
    assert {v.level: v.nodes for v in counted.levels} == Counter(level for level, _ in by_hand)
    for share in counted.shares:
        inside = [s for _, s in by_hand if share.low <= int(s * 10 + 0.001) / 10 < share.high]
        assert share.nodes == len(inside), share


def test_nodes_that_the_widest_field_lacks_are_counted(own):
    first = own.first()
    removed = first[SUMMARY].detections[:3]
    first[SUMMARY].detections = first[SUMMARY].detections[3:]
    first.save()
    found = find_hierarchy(own)
    assert found.widest == SUMMARY
    elsewhere = {d.node_id for f in found.fields for d in first[f].detections}
    assert {d.node_id for d in removed} & elsewhere
    assert count_nodes(own, found).total == len(list(nodes_by_hand(own, found)))


def test_annotated_nodes_are_those_with_a_refined_text(converted, subset):
    found = find_hierarchy(converted)
    by_hand = sum(
        len({d.node_id for f in found.fields if f.startswith("gpt") for d in s[f].detections})
        for s in converted
    )
    counted = count_nodes(converted, found)
    assert 0 < counted.annotated == by_hand < counted.total
    assert count_nodes(subset, find_hierarchy(subset)).annotated is None


def test_videos_are_counted(converted):
    found = find_hierarchy(converted)
    videos = count_videos(converted, found)
    samples = list(converted)
    assert videos.videos == 3
    assert videos.clip_seconds == pytest.approx(sum(s.metadata.duration for s in samples))
    assert videos.source_seconds == pytest.approx(sum(s.full_video_duration for s in samples))
    assert videos.years == Counter(s.upload_date.year for s in samples)
    assert videos.depths == Counter(s.tree_depth for s in samples)
    assert videos.detections == {
        f: sum(len(s[f].detections) for s in samples) for f in found.fields
    }


def test_words_and_actions_are_counted(dataset):
    found = find_hierarchy(dataset)
    texts = count_texts(dataset, found, len(dataset))
    for field, words in texts.words.items():
        labels = [d.label for s in dataset for d in s[field].detections]
        assert words == pytest.approx(sum(len(x.split()) for x in labels) / len(labels))
    by_hand = Counter(parse(d.label).text for s in dataset for d in s[BRIEF].detections)
    assert {text: n for _, text, n in texts.actions.curve}.items() <= by_hand.items()
    assert texts.actions.total == by_hand.total()
    assert texts.actions.distinct == len(by_hand)


def test_captions_too_long_to_be_actions_are_told(own):
    first = own.first()
    first[BRIEF].detections[0].label = "stir " + 100_000 * "x"
    first.save()
    texts = count_texts(own, find_hierarchy(own), 3)
    assert texts.too_long == 1
    assert texts.actions.total == own.count(f"{BRIEF}.detections") - 1


@pytest.mark.parametrize("kind", ["levels", "shares", "durations"])
def test_a_click_on_nodes_shows_as_many_as_the_bar_says(dataset, kind):
    found = find_hierarchy(dataset)
    counted = count_nodes(dataset, found)
    for row in getattr(counted, kind):
        if kind == "levels":
            clicked = mark("level", row.level)
        else:
            clicked = mark("duration", row.low, row.high if row.high < 1e9 else -1)
        view = narrow(dataset, found, clicked).view
        assert count_nodes(view, found).total == row.nodes, clicked
        assert len(view) > 0 or row.nodes == 0


def test_a_click_on_an_action_or_slice_shows_as_many_as_it_says(dataset):
    found = find_hierarchy(dataset)
    actions = count_texts(dataset, found, len(dataset)).actions
    marks = [(mark("action", text), n) for text, n in actions.top(5)]
    for verb in actions.verbs[:3]:
        marks.append((mark("verb", verb.verb), verb.count))
        marks += [(mark("pair", verb.verb, thing), n) for thing, n in verb.objects[:3]]
        if rest := verb.count - sum(n for _, n in verb.objects[:2]):
            things = [thing for thing, _ in verb.objects[:2]]
            marks.append((mark("others", verb.verb, *things), rest))
    for clicked, count in marks:
        view = narrow(dataset, found, clicked).view
        assert view.count(f"{BRIEF}.detections") == count > 0, clicked
        kept = {n for s in view for n in (d.node_id for d in s[BRIEF].detections)}
        assert {d.node_id for s in view for d in s[SUMMARY].detections} <= kept


def test_a_click_on_videos_shows_as_many_as_the_bar_says(dataset):
    found = find_hierarchy(dataset)
    videos = count_videos(dataset, found)
    for kind, counts in (("depth", videos.depths), ("year", videos.years)):
        for value, count in counts.items():
            assert len(narrow(dataset, found, mark(kind, value)).view) == count
    for field in found.fields:
        view = narrow(dataset, found, mark("field", field)).view
        assert count_nodes(view, found).total == videos.detections[field]


def test_clicks_add_up(converted):
    found = find_hierarchy(converted)
    first = narrow(converted, found, mark("duration", 3, 10)).view
    level = count_nodes(first, found).levels[0]
    second = narrow(first, found, mark("level", level.level)).view
    assert count_nodes(second, found).total == level.nodes > 0


@pytest.mark.parametrize(
    "clicked",
    ["", "x", "[]", "[1]", '["level"]', '["level", "x"]', '["field", "title"]', '["action", "…"]',
     '["action", ".*"]', '["nothing", 1]', '{"level": 1}', '["level", 1, 2]', '["level", 1e999]'],
)  # fmt: skip
def test_what_is_no_mark_is_refused(subset, clicked):
    with pytest.raises(ValueError, match="nothing to show"):
        narrow(subset, find_hierarchy(subset), clicked)


def call(dataset, method, state=None, view=None, **params):
    """Sends an event to the panel; returns its answer."""
    return ask(OVERVIEW, method, dataset, view, params=params, state=state)


def told(answer: Told, name: str) -> list[Any]:
    return answer.every(name)


def names(view: Any) -> list[str]:
    """The way to a view."""
    return [crumb["name"] for crumb in way_back(view)]


def back_to(place: int, view: Any) -> list[Any]:
    """Goes back along the way; returns what the App is told to show."""
    return run("back_to_previous_view", view, params={"place": place}).every("set_view")


@pytest.fixture
def step_by_step(monkeypatch):
    """Has the panel count as it does for large datasets."""
    panel = OperatorRegistry().get_operator(PANEL)
    monkeypatch.setitem(type(panel)._show.__globals__, "_AT_ONCE", 0)


def test_a_small_data_set_is_counted_in_one_request(own):
    ctx = call(own, "on_load")
    assert not told(ctx, PANEL) and "progress" not in overview_page(ctx)
    assert len(overview_figures(ctx)) == 10


def test_the_panel_counts_in_three_steps_and_then_knows(dataset, step_by_step):
    ctx = call(dataset, "on_load")
    steps = []
    while triggered := told(ctx, PANEL):
        steps.append(overview_page(ctx)["progress"]["label"])
        ctx = call(dataset, "count", triggered[0]["panel_state"])
    assert steps == [
        "Counting videos (1 of 3)", "Counting nodes (2 of 3)", "Counting captions (3 of 3)"
    ]  # fmt: skip
    page = overview_page(ctx)
    assert [section["title"] for section in page["sections"]] == ["Distributions", "The long tail"]
    videos = {"name": "Videos", "value": "3", "full": f"{release.VIDEOS:,}"}
    assert page["tiles"][0] == videos
    again = call(dataset, "on_load")
    assert not told(again, PANEL) and overview_page(again) == page


def test_a_change_of_the_data_is_counted_again(own, step_by_step):
    load(own)
    sample = own.first()
    sample[SUMMARY].detections = sample[SUMMARY].detections[:-1]
    sample.save()
    assert overview_page(call(own, "on_load"))["progress"]["label"] == "Counting videos (1 of 3)"
    assert "progress" not in overview_page(load(own))
    own.delete_samples(own.take(1))
    assert overview_tiles(load(own))["Videos"]["value"] == "2"


def test_the_panel_follows_the_view_once(subset):
    state = dict(load(subset).panel_state)
    # Nor is it rendered again.
    assert call(subset, "on_change_view", state).messages == []
    changed = call(subset, "on_change_view", state, subset.limit(1))
    assert overview_tiles(changed)["Videos"]["value"] == "1"


def test_a_click_narrows_says_so_and_leads_back(subset):
    ctx = call(subset, "click", dict(load(subset).panel_state), id=mark("level", 1))
    (setting,) = told(ctx, "set_view")
    first = build_view(subset, setting["view"])
    assert told(ctx, "notify")[0]["message"] == "From the overview: level 1"
    assert set(first.distinct(f"{SUMMARY}.detections.level")) == {1}
    # What was asked before the view has arrived forgets nothing.
    assert names(subset) == []
    state = dict(load(subset, first).panel_state)
    assert names(first) == ["All 3", "level 1"]
    assert told(ctx, "set_active_fields") == []  # a level is of no field
    again = call(subset, "click", state, first, id=mark("field", BRIEF))
    assert told(again, "set_active_fields") == [{"fields": [BRIEF]}]
    second = build_view(subset, told(again, "set_view")[0]["view"])
    assert names(second) == ["All 3", "level 1", f"nodes with a text in {BRIEF}"]
    assert build_view(subset, back_to(1, second)[0]["view"]) == first
    assert names(first) == ["All 3", "level 1"]


KINDS = [
    mark("level", 1), mark("duration", 0.0, 3.0), mark("depth", 4), mark("year", 2019),
    mark("field", BRIEF), mark("action", "do step 1"), mark("verb", "do"),
    mark("pair", "do", "step 1"), mark("others", "do", "step 1"),
]  # fmt: skip


@pytest.mark.parametrize("clicked", KINDS)
def test_every_click_is_known_again_after_its_way_through_the_app(subset, clicked):
    ctx = call(subset, "click", dict(load(subset).panel_state), id=clicked)
    (setting,) = told(ctx, "set_view")
    # As the App's server reads it: a filter's expression with a regex becomes one.
    view = build_view(subset, json_util.loads(json.dumps(setting["view"])))
    assert len(names(view)) == 2
    # With a filter of the sidebar on top, too.
    filtered = view.match(fo.ViewField("tags").length() == 0)
    assert names(filtered) == [*names(view), "filtered"]
    assert back_to(0, view) == [{"view": []}]


def test_a_click_on_no_mark_says_so(subset):
    ctx = call(subset, "click", {}, id="[7]")
    assert "no mark of the overview" in ctx.result["problem"] and not told(ctx, "set_view")


@pytest.mark.parametrize(
    ("captions", "seconds", "comparable"),
    [
        ("gpt", 90.0, "of all nodes: not comparable"),
        ("gpt,plm_action", 90.0, ""),
        ("gpt,plm_action", 7.0, "of whole videos: not comparable"),
        ("gpt,plm_caption", 7.0, "of all nodes: not comparable"),
        ("all", 90.0, ""),
    ],
)
def test_nodes_stand_beside_the_releases_or_it_is_said_why_not(
    tmp_path, dataset_name, captions, seconds, comparable
):
    write_parquet(tmp_path / "rows.parquet", [small_record("aa", 12.0, 16)])
    write_video(tmp_path / "videos" / "aa.mp4", seconds=12.0)
    dataset, _ = convert(
        tmp_path / "rows.parquet", tmp_path / "videos", dataset_name, tmp_path / "out",
        captions=captions, clip_seconds=seconds,
    )  # fmt: skip
    answer = load(dataset)
    tiles = overview_tiles(answer)
    (total,) = (tile for tile in tiles.values() if tile.get("full") == f"{release.NODES:,}")
    assert total.get("why", "") == comparable
    assert tiles[f"{total['name']} per video"].get("why", "") == comparable
    every = "all nodes" not in comparable
    assert total["name"] == (
        "Nodes" if every else "Annotated nodes" if captions == "gpt" else "Nodes with a caption"
    )
    found = find_hierarchy(dataset)
    assert total["value"] == str(count_nodes(dataset, found).total)
    assert ("Hours of video" in tiles) == (seconds > 12)
    noted = [note for note in overview_page(answer)["notes"] if "not compared" in note]
    assert len(noted) == bool(comparable)
    shares = overview_figures(answer)["shares"]
    assert ("keys" in shares) == all("full" in m for m in shares["marks"]) == (not comparable)


def test_nodes_without_a_known_duration_are_said(own):
    own.set_values("metadata.frame_rate", [None] * 3)
    answer = load(own)
    assert "durations" not in overview_figures(answer) and "levels" in overview_figures(answer)
    assert "without a known duration" in " ".join(overview_page(answer)["notes"])


def test_without_what_it_needs_the_panel_says_so(subset, dataset_name):
    empty = subset.match(fo.ViewField("filepath") == "")
    assert overview_page(load(subset, empty))["problem"] == "The view is empty."
    clips = subset.to_clips(SUMMARY)
    page = overview_page(load(subset, clips))
    assert "clips" in page["problem"] and page["clips"] and "tiles" not in page
    assert told(call(subset, "to_videos", {}, clips), URI + "clips_back_to_videos")
    for media in ("image", "video"):
        other = fo.Dataset(f"{dataset_name}-{media}")
        try:
            kind = "jpg" if media == "image" else "mp4"
            other.add_sample(fo.Sample(filepath=f"/nowhere/a.{kind}"))
            problem = overview_page(load(other))["problem"]
            assert ("image samples" if media == "image" else "has no tree") in problem
        finally:
            other.delete()


def test_the_subset_counts_by_frames(subset):
    found = find_hierarchy(subset)
    assert not found.has(SUMMARY, "start")
    root = count_nodes(subset, found).levels[0]
    # The published supports end one frame past the clip.
    assert root.quartiles[1] == int((9 * FPS + 1) / FPS * 10) / 10


def test_reviewed_nodes_are_counted_and_shown_by_status(own):
    assert "review" not in overview_figures(load(own)) and "Reviewed" not in overview_tiles(
        load(own)
    )
    sample = own.first()
    nodes = [d.node_id for d in sample[SUMMARY].detections[:3]]
    for node, kind in zip(nodes, ("accept", "accept", "reject"), strict=True):
        review_node(own, sample.id, node, kind, "Ada")
    answer, found = load(own), find_hierarchy(own)
    total = count_nodes(own, found).total
    counts = {"accepted": 2, "rejected": 1, "fixed": 0, "open": total - 3}
    assert count_videos(own, found).review == counts
    assert overview_tiles(answer)["Reviewed"]["more"] == f"3 of {total} nodes"
    rows = overview_figures(answer)["review"]["rows"]
    assert [row["shown"] for row in rows] == [str(n) for n in counts.values()]
    for status, n in counts.items():
        assert count_nodes(narrow(own, found, mark("review", status)).view, found).total == n
    with pytest.raises(ValueError, match="nothing to show"):
        narrow(own, found, mark("review", "praised"))


def test_a_stored_resampling_is_shown_and_its_clusters_are_clicked(own):
    assert not {"balance", "clusters"} & set(overview_figures(load(own)))
    make_index(own, [BRIEF], WordEncoder())
    hostile = "<img src=x onerror=alert(1)>"
    draws = resample(own, k=3, size=200, field=BRIEF)
    answer = load(own)
    assert {"balance", "clusters"} <= set(overview_figures(answer))
    section = overview_page(answer)["sections"][-1]
    assert f"{BRIEF} in 3 clusters" in section["about"]
    effective = f"{draws.before.effective:,.0f} → {draws.after.effective:,.0f}"
    values = [tile["value"] for tile in section["tiles"]]
    assert effective in values and f"{draws.before.segments:,} → 200" in values
    stored = stored_resampling(own)
    assert (stored.before, stored.after) == (draws.before, draws.after)
    sizes = Counter(draws.clusters.tolist())
    assert [n for _, _, n in stored.largest] == [n for _, n in sizes.most_common()]
    assert {(c, draws.names[c], sizes[c]) for c in sizes} == set(stored.largest)
    cluster, _, size = stored.largest[0]
    found = narrow(own, find_hierarchy(own), mark("cluster", BRIEF, cluster))
    assert found.view.count(f"{BRIEF}.detections") == size
    assert set(found.view.values(f"{BRIEF}.detections.{CLUSTER}", unwind=True)) == {cluster}
    with pytest.raises(ValueError, match="nothing to show"):
        narrow(own, find_hierarchy(own), mark("cluster", hostile, cluster))
    drop_clusters(own)
    assert "balance" not in overview_figures(load(own))
    delete_index(own)
