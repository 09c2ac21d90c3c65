"""What the Search panel answers and does, through the real executor."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import executor
import fiftyone as fo
import pytest
from executor import PROGRESS, URI, Told, context, panel_data, placement, plugin_module, run
from fiftyone_action100m import index, segments
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.operators.open_panels import SEARCH, ask_search
from fiftyone_action100m.views.moments import count_found_nodes, moments
from fiftyone_action100m.views.search import search as search_hits
from kitchen import BRIEF, PLM, SUMMARY, kitchen, sample
from subset import subset_dataset
from word_encoder import WordEncoder

NOT_INDEXED = "An index also finds"


def ask(method: str, dataset: Any, view: Any = None, **request: Any) -> Told:
    """Sends an event to the panel; returns its answer."""
    return executor.ask(SEARCH, method, dataset, view, **request)


def place(dataset: Any, view: Any = None, **request: Any) -> dict[str, Any]:
    """Returns what the panel says can be searched."""
    sent = panel_data(ask("on_load", dataset, view, **request), "place")
    found: dict[str, Any] = json.loads(sent)
    return found


def search(
    dataset: Any, text: str, view: Any = None, sample_id: str | None = None, **params: Any
) -> dict[str, Any]:
    """Returns the panel's answer to a query."""
    more = {"current_sample": sample_id} if sample_id else {}
    told = ask("search", dataset, view, params={"text": text, **params}, **more)
    answer: dict[str, Any] = told.result
    return answer


def texts(answer: dict[str, Any]) -> list[str]:
    """Returns the captions of an answer's rows."""
    return [row["text"] for row in answer["rows"]]


def shown(dataset: fo.Dataset, told: Told) -> fo.DatasetView:
    """Returns the view that an answer shows."""
    setting = told.get("set_view") or told[URI + "show_and_open"]
    return build_view(dataset, setting["view"])


def chosen(answer: dict[str, Any]) -> dict[str, Any]:
    """Returns the parameters by which the browser names all rows of an answer."""
    rows = answer["rows"]
    return {
        "labels": [row["label"] for row in rows],
        "samples": [row["sample"] for row in rows],
        "of": sorted({row["field"] for row in rows}),
    }


@pytest.fixture(scope="module")
def plain() -> Iterator[fo.Dataset]:
    """Three videos without an index. Shared: change nothing."""
    made = kitchen(f"test-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


@pytest.fixture(scope="module")
def indexed() -> Iterator[fo.Dataset]:
    """Three videos with an index. Shared: change nothing."""
    made = kitchen(f"test-{uuid.uuid4().hex[:10]}")
    _index(made)
    yield made
    made.delete()


def _index(dataset: fo.Dataset, encoder: WordEncoder | None = None) -> None:
    index(dataset, encoder=encoder or WordEncoder())
    plugin_module("index_captions", "views.indexes").remember(WordEncoder())


def test_what_can_be_searched(plain: fo.Dataset, indexed: fo.Dataset) -> None:
    found = place(plain)
    assert found["fields"] == [BRIEF, SUMMARY, PLM] and found["indexed"] is None
    assert found["scopes"] == ["dataset"] and not found["tiers"] and not found["clips"]
    assert sorted(place(indexed)["indexed"]) == sorted([BRIEF, SUMMARY, PLM])
    video = indexed.first().id
    assert place(indexed, indexed.limit(1))["scopes"] == ["view", "dataset"]
    assert place(indexed, current_sample=video)["scopes"] == ["video", "dataset"]
    assert place(None)["notice"] == "open a dataset first"


def test_words_need_no_index(plain: fo.Dataset) -> None:
    answer = search(plain, "Eggs BEAT")
    assert texts(answer) == ["beat eggs", "beat eggs"]
    assert answer["mode"] == "words" and not answer["indexed"]
    assert answer["notice"] == "found by words only: these captions have no index"
    assert (answer["moments"], answer["segments"]) == (2, 3) and not answer["more"]
    row = answer["rows"][0]
    assert row["path"] == ["cook breakfast", "beat the eggs"]
    assert (row["node"], [other["node"] for other in row["branch"]]) == ("o3", ["o1"])
    assert (row["start"], row["end"], row["at"]) == (4.0, 12.0, 4.05)
    assert answer["videos"][row["sample"]]["title"] == "omelette.mp4"


def test_meaning_finds_synonyms_and_says_what_is_above(indexed: fo.Dataset) -> None:
    answer = search(indexed, "whisk the eggs")
    assert texts(answer)[0] == "beat the eggs" and answer["mode"] == "both" and answer["indexed"]
    assert answer["notice"] == "" and answer["rows"][0]["path"] == ["cook breakfast"]
    assert search(indexed, "whisk", mode="words")["rows"] == []
    assert "beat" in texts(search(indexed, "whisk", mode="meaning"))[0]


def test_the_filters(indexed: fo.Dataset, plain: fo.Dataset) -> None:
    for dataset in (indexed, plain):
        everything = texts(search(dataset, "eggs", mode="words", nested="all"))
        assert set(texts(search(dataset, "eggs", mode="words", nested="all", fields=[BRIEF]))) == {
            "beat the eggs", "crack two eggs", "beat the eggs with a fork"
        }  # fmt: skip
        levels = {"least_level": 2, "most_level": 2}
        found = search(dataset, "eggs", mode="words", nested="all", **levels)
        assert 0 < len(found["rows"]) < len(everything)
        assert {row["level"] for row in found["rows"]} == {2}
        found = search(dataset, "eggs", mode="words", nested="all", least_seconds=8.5)
        assert {row["node"] for row in found["rows"]} == {"o1"}
        wrong = search(dataset, "eggs", least_seconds=5, most_seconds=2)
        assert "swap" in wrong["problem"]
        wrong = search(dataset, "eggs", fields=["no_such"])
        assert "no_such" in wrong["problem"]


def test_one_video_the_view_or_all(indexed: fo.Dataset) -> None:
    salad = indexed.match(fo.ViewField("video_uid") == "salad")
    ids = {row["sample"] for row in search(indexed, "eggs", salad, mode="words")["rows"]}
    assert ids == {salad.first().id}
    everything = search(indexed, "eggs", salad, mode="words", scope="dataset")
    assert len({row["sample"] for row in everything["rows"]}) == 2
    omelette = indexed.first().id
    opened = search(indexed, "eggs", sample_id=omelette, mode="words")
    assert {row["sample"] for row in opened["rows"]} == {omelette}
    opened = search(indexed, "eggs", sample_id=omelette, mode="words", scope="dataset")
    assert len({row["sample"] for row in opened["rows"]}) == 2


def test_clips_are_searched_by_their_own_captions(indexed: fo.Dataset, plain: fo.Dataset) -> None:
    for dataset in (indexed, plain):
        clips = segments(dataset, BRIEF)
        found = place(dataset, clips)
        assert found["fields"] == [BRIEF] and found["clips"]
        answer = search(dataset, "crack eggs", clips, mode="words")
        assert texts(answer)[0] == "crack two eggs"
        assert answer["rows"][0]["sample"] == dataset.first().id
        told = ask("show_clips", dataset, clips, params=chosen(answer))
        assert shown(dataset, told).values("id") == [r["label"] for r in answer["rows"]]
        # Of an open clip, it is the whole video that is searched.
        opened = search(dataset, "bacon", clips, clips.first().id, mode="words")
        assert texts(opened) == ["fry bacon"]


def test_nested_segments_are_one_moment(indexed: fo.Dataset) -> None:
    hits = search_hits(indexed, "eggs", 50, "words", collapse=False)
    nodes = {(hit.sample_id, hit.node_id) for hit in hits}
    assert count_found_nodes(hits) == len(nodes) == 4
    for nested, wanted in {
        "best": ({"o1", "s2"}, {"o3", "s2"}, {"o2", "o1", "s2"}, {"o3", "o2", "s2"}),
        "outermost": ({"o1", "s2"},),
        "finest": ({"o2", "o3", "s2"},),
    }.items():
        found = moments(hits, nested)  # type: ignore[arg-type]
        assert {moment.shown.node_id for moment in found} in wanted
        answer = search(indexed, "eggs", mode="words", nested=nested)
        assert [m.shown.node_id for m in found] == [row["node"] for row in answer["rows"]]
        assert answer["moments"] == len(found) and answer["segments"] == 4
    assert len(moments(hits, "all")) == len(hits)
    # The root is above all of its video.
    roots = search_hits(indexed, "cook breakfast beat eggs", 50, "words", collapse=False)
    found = moments(roots)
    assert "o" in {m.shown.node_id for m in found}
    assert all({h.level for h in m.hits} == {0} for m in found if m.shown.level == 0)
    ranks = [min(hits.index(hit) for hit in m.hits) for m in moments(hits, "finest")]
    assert ranks == sorted(ranks)


def test_what_cannot_be_searched_for_is_said(plain: fo.Dataset, indexed: fo.Dataset) -> None:
    for dataset in (plain, indexed):
        assert "type" in search(dataset, "  ")["problem"]
        assert search(dataset, "nowhere at all", mode="words")["rows"] == []
        for hostile in (
            "$where",
            "(a+)+$",
            "\\",
            "[",
            "{$gt: 1}",
            "<script>alert(1)</script>",
            "'",
        ):
            assert "rows" in search(dataset, hostile) or "problem" in search(dataset, hostile)
    assert "200 characters" in search(plain, "x" * 300)["problem"]
    assert "2,000 characters" in search(indexed, "x" * 2001)["problem"]
    answer = ask("search", plain, params={"text": 7, "limit": "many", "mode": ["x"]}).result
    assert "type" in answer["problem"]


def test_a_stale_index_says_so(dataset_name: str) -> None:
    dataset = kitchen(dataset_name)
    assert ask("check", dataset).result == {"indexed": None, "stale": ""}
    _index(dataset)
    assert ask("check", dataset).result["stale"] == ""
    added = sample("salad")
    added[BRIEF].detections[0].label = "grate a carrot"
    dataset.add_sample(added)
    stale = ask("check", dataset).result["stale"]
    assert stale == "the index is stale: 1 text is new"
    # The panel's button updates it, and shows how far that is in the panel, not in a dialog.
    told = run("index_captions", dataset, params={"in_panel": True})
    steps = [(step["label"], step["share"]) for step in told.every(URI + "show_index_progress")]
    assert steps == [("Reading: 1 of 1 video", 1.0), ("Embedding: 1 of 1 new text", 1.0)]
    assert PROGRESS not in told and "Indexed" in told["notify"]["message"]
    assert ask("check", dataset).result["stale"] == ""


def test_where_the_encoder_is_not_to_be_had_words_are(dataset_name: str) -> None:
    dataset = kitchen(dataset_name)
    index(dataset, encoder=WordEncoder("gone"))  # which the plugin's copy does not know
    answer = search(dataset, "beat the eggs")
    assert texts(answer)[0] == "beat the eggs" and answer["mode"] == "words"
    assert answer["notice"].startswith("found by words only: ") and "gone" in answer["notice"]
    assert search(dataset, "beat the eggs", mode="words")["notice"] == ""


def test_a_field_that_is_not_indexed_is_searched_by_words(dataset_name: str) -> None:
    dataset = kitchen(dataset_name)
    index(dataset, [BRIEF], encoder=WordEncoder())
    plugin_module("index_captions", "views.indexes").remember(WordEncoder())
    answer = search(dataset, "Bacon", fields=[SUMMARY])
    assert texts(answer) == ["Bacon fries in a pan"] and not answer["indexed"]
    assert answer["notice"] == f"found by words only: {SUMMARY} is not in the index"


def test_more_is_looked_up_when_asked_for(plain: fo.Dataset) -> None:
    few = search(plain, "eggs", limit=2, nested="all")
    assert len(few["rows"]) == 2 and few["more"]
    assert len(search(plain, "eggs", limit=100, nested="all")["rows"]) > 2


def test_the_published_subset(dataset_name: str) -> None:
    dataset = subset_dataset(dataset_name)
    assert place(dataset)["tiers"]
    answer = search(dataset, "step 1", fields=[BRIEF])
    assert texts(answer)[0] == "do step 1" and answer["rows"][0]["path"]
    for tier in ("root", "mid"):
        found = search(dataset, "step", fields=[BRIEF], tiers=[tier], nested="all", limit=500)
        ids = {row["label"] for row in found["rows"]}
        assert ids == {
            d.id for s in dataset for d in s[BRIEF].detections
            if d.tier == tier and "step" in d.label
        } != set()  # fmt: skip


def test_a_row_opens_its_video_at_the_segment(indexed: fo.Dataset) -> None:
    row = search(indexed, "fork")["rows"][0]
    params = {key: row[key] for key in ("sample", "node", "field")}
    told = ask("open", indexed, params={**params, "text": "fork", "nodes": [row["node"]]})
    landing = told[URI + "show_and_open"]
    assert (landing["sample_id"], landing["frame"]) == (row["sample"], 41)
    assert [label["label_id"] for label in landing["labels"]] == [row["label"]]
    assert "no node" in ask("open", indexed, params={"sample": row["sample"]}).result["problem"]


def test_what_was_found_in_the_grid_and_as_clips(indexed: fo.Dataset) -> None:
    answer = search(indexed, "beat eggs", mode="words", nested="all")
    told = ask("show", indexed, params={**chosen(answer), "text": "beat eggs"})
    view = shown(indexed, told)
    assert [s.id for s in view] == list(dict.fromkeys(r["sample"] for r in answer["rows"]))
    assert view.count(f"{BRIEF}.detections") + view.count(f"{PLM}.detections") == len(
        answer["rows"]
    )
    nothing = ask("show", indexed, params={"labels": ["0" * 24], "samples": [], "of": [BRIEF]})
    assert "any more" in nothing.result["problem"]


def test_clips_are_of_all_segments_that_were_found(indexed: fo.Dataset) -> None:
    # In another field than most were found in, where that has a caption of each segment.
    answer = search(indexed, "eggs", mode="words", nested="all")
    found = {row["node"]: row["field"] for row in answer["rows"]}
    assert set(found.values()) == {BRIEF, PLM}
    told = ask("show_clips", indexed, params=chosen(answer))
    clips = shown(indexed, told)
    assert sorted(clips.values(f"{PLM}.node_id")) == sorted(found)
    assert told["notify"]["message"] == f"4 clips by {PLM}"
    assert told["set_active_fields"] == {"fields": [PLM]}
    # Otherwise it is said how many are left out.
    answer = search(indexed, "eggs", mode="words", fields=[BRIEF], nested="all")
    more = search(indexed, "salad", mode="words", fields=[SUMMARY])
    answer["rows"] += more["rows"]
    omelette = indexed.first()
    some = indexed.exclude_fields(PLM)
    told = ask("show_clips", some, params={**chosen(answer), "scope": "view"})
    assert shown(indexed, told).distinct("sample_id") == [omelette.id]
    said = told["notify"]["message"]
    assert said == f"3 clips by {BRIEF}; segments without {BRIEF} are left out: 1 of {SUMMARY}"


def test_the_buttons_open_the_panel(plain: fo.Dataset) -> None:
    assert placement("open_search", plain).place.value == "samples-grid-actions"
    there = {"current_sample": plain.first().id}
    assert placement("search_this_video", plain, **there).place.value == "samples-viewer-actions"
    told = run("open_search", plain)
    assert told["open_panel"]["name"] == SEARCH and told[URI + "ask_search"] == {}
    assert URI + "show_tree_beside" not in told
    told = run("search_this_video", plain, current_sample=plain.first().id)
    assert told[URI + "show_tree_beside"] == {"panel": SEARCH}


def test_python_asks_the_panel(plain: fo.Dataset) -> None:
    ctx = context(plain)
    ask_search(ctx, "beat the eggs", [BRIEF])
    told = {r.operator_uri: r.params for r in ctx.executor._requests}
    assert told[URI + "ask_search"] == {"text": "beat the eggs", "fields": [BRIEF]}
    assert told["open_panel"]["name"] == SEARCH


def test_doubtful_ones_first(indexed: fo.Dataset, plain: fo.Dataset) -> None:
    found = search(indexed, "eggs", mode="words", nested="all", order="doubt")
    scores = [row["score"] for row in found["rows"] if row["reason"]]
    assert scores and scores == sorted(scores, reverse=True)
    assert all(row["reason"].startswith("unlike ") for row in found["rows"][: len(scores)])
    usual = search(indexed, "eggs", mode="words", nested="all")
    assert sorted(texts(found)) == sorted(texts(usual))
    assert {row["reason"] for row in usual["rows"]} == {""}
    assert "no index" in search(plain, "eggs", order="doubt")["problem"]


def test_what_was_found_is_tagged_and_untagged(dataset_name: str) -> None:
    dataset = kitchen(dataset_name)
    answer = search(dataset, "beat eggs", nested="all")
    told = ask("tag", dataset, params={**chosen(answer), "tag": " to check\n"})
    assert told["notify"]["message"] == f"Tagged {len(answer['rows'])} captions: to check"
    assert "reload_dataset" in told
    dataset.reload()
    tagged = {
        d.id for s in dataset for name in (BRIEF, PLM) for d in s[name].detections
        if d.tags == ["to check"]
    }  # fmt: skip
    assert tagged == {row["label"] for row in answer["rows"]}
    ask("tag", dataset, params={**chosen(answer), "tag": "to check", "remove": True})
    dataset.reload()
    assert dataset.count_label_tags() == {}
    for wrong in ("", "\n", "x" * 101):
        refused = ask("tag", dataset, params={**chosen(answer), "tag": wrong}).result
        assert "1 to 100 characters" in refused["problem"]


def test_what_was_found_is_exported_as_the_view(plain: fo.Dataset) -> None:
    prompt = ask("export", plain)["prompt_user_for_operation"]
    assert prompt["operator_uri"] == URI + "export_action100m"
