"""The effects of the operators that change a dataset, tag it, or make one."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import fiftyone as fo
import pyarrow.parquet as pq
from effects import ACTION, FIELDS, SUMMARY, WIDEST, Stage, effect, shown
from executor import plugin_module
from fiftyone_action100m import TreeOfCaptions
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.views.indexing import delete_index, index, open_index
from fiftyone_action100m.views.search import search
from word_encoder import WordEncoder


@contextmanager
def copied(stage: Stage) -> Iterator[fo.Dataset]:
    """A copy of the dataset, to be changed."""
    copy = stage.dataset.clone(f"{stage.dataset.name}-copy")
    try:
        yield copy
    finally:
        copy.delete()


@effect("convert_action100m")
def convert(stage: Stage) -> None:
    name = f"{stage.dataset.name}-again"
    places = {"source": str(stage.made.records), "videos": str(stage.made.videos)}
    try:
        params = {**places, "name": name, "out": str(stage.made.out / "again"), "max_samples": 1}
        told = stage.run("convert_action100m", params=params)
        assert told["open_dataset"] == {"dataset": name}
        made, first = fo.load_dataset(name).first(), stage.dataset.first()
        assert made.video_uid == first.video_uid and made.metadata == first.metadata
        for field in FIELDS:
            labels = [d.to_dict() for d in made[field].detections]
            expected = [d.to_dict() for d in first[field].detections]
            assert [{**d, "_id": 0} for d in labels] == [{**d, "_id": 0} for d in expected]
    finally:
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


@effect("build_trees")
def build_trees(stage: Stage) -> None:
    out = stage.made.out / "built"
    params = {"videos": str(stage.made.videos), "out": str(out), "min_gain": 0.01, "max_videos": 1}
    told = stage.run("build_trees", params=params)
    asked = told["prompt_user_for_operation"]
    assert asked["operator_uri"].endswith("/convert_action100m")
    assert asked["params"]["source"] == str(out / "records")
    (row,) = pq.read_table(out / "records").to_pylist()
    assert row["video_uid"] in {video.uid for video in stage.videos}
    assert TreeOfCaptions.from_nodes(row["nodes"]).check(row["nodes"][0]["end"]) == []


@effect("prepare_fast_cuts")
def prepare_fast_cuts(stage: Stage) -> None:
    with copied(stage) as dataset:
        stage.run("prepare_fast_cuts", dataset=dataset)
        dataset.reload()
        for field in FIELDS:
            total = dataset.count(f"{field}.detections")
            numbers = dataset.count(f"{field}.detections.cut_until")
            assert numbers == total > 0, field
        params = {"seconds": 10, "field": WIDEST}
        told = stage.run("granularity_by_time_scale", dataset=dataset, params=params)
        view = build_view(dataset, told["set_view"]["view"])
        assert shown(view) == stage.cut(WIDEST, 10)
        stage.run("prepare_fast_cuts", dataset=dataset, params={"remove": True})
        (document,) = samples_of(dataset).find({}).limit(1)
        left = document[WIDEST]["detections"][0]
        assert not {"cut_from", "cut_until"} & set(left)


@effect("prepare_fast_search")
def prepare_fast_search(stage: Stage) -> None:
    with copied(stage) as dataset:
        text = dataset.first()[SUMMARY].detections[0].label
        params = {"query": f'"{text[:30]}"', "fields": [SUMMARY]}
        before = stage.run("find_in_captions", dataset=dataset, params=params)
        stage.run("prepare_fast_search", dataset=dataset)
        folder = Path(dataset.info["action100m_stored_words"]["folder"])
        assert len(list(folder.glob("*.arrow"))) == 2
        told = stage.run("find_in_captions", dataset=dataset, params=params)
        assert "last_modified_at" in str(told["set_view"]["view"])
        views = [build_view(dataset, t["set_view"]["view"]) for t in (before, told)]
        assert shown(views[0], SUMMARY) == shown(views[1], SUMMARY) != {}
        stage.run("prepare_fast_search", dataset=dataset, params={"remove": True})
        assert not folder.exists()


@effect("index_captions")
def index_captions(stage: Stage) -> None:
    plugin_module("index_captions", "views.indexes").remember(WordEncoder())
    with copied(stage) as dataset:
        index(dataset, ACTION, WordEncoder())
        sample = dataset.first()
        sample[ACTION].detections[0].label = "Juggle nine clubs"
        sample.save()
        told = stage.run("index_captions", dataset=dataset)
        found = open_index(dataset)
        assert told["notify"]["message"] == f"Indexed {found.info.alive:,} distinct captions"
        assert set(found.texts.to_pylist()) >= set(dataset.distinct(f"{ACTION}.detections.label"))
        assert found.fields == (ACTION,)
        (hit,) = search(dataset, "juggle nine clubs", k=1)
        assert (hit.sample_id, hit.label) == (sample.id, "Juggle nine clubs")
        told = stage.run("index_captions", dataset=dataset, params={"delete": True})
        assert told["notify"]["message"] == "Deleted the index"
        dataset.reload()
        assert not found.folder.exists() and not dataset.list_brain_runs()


@effect("resample_segments")
def resample_segments(stage: Stage) -> None:
    with copied(stage) as dataset:
        index(dataset, encoder=WordEncoder())
        params = {"k": 5, "size": 40, "view": "drawn"}
        told = stage.run("resample_segments", dataset=dataset, params=params)
        assert "40" in told["notify"]["message"]
        dataset.reload()
        for field in FIELDS:
            stored = dataset.count(f"{field}.detections.semantic_cluster")
            assert (stored > 0) == (field == ACTION), field
        texts, clusters = dataset.values(
            [f"{ACTION}.detections.label", f"{ACTION}.detections.semantic_cluster"], unwind=True
        )
        assert len(dict(zip(texts, clusters, strict=True))) == len(
            set(zip(texts, clusters, strict=True))
        )
        assert 5 <= dataset.load_saved_view("drawn").count(f"{ACTION}.detections") <= 40
        delete_index(dataset)


@effect("map_segments")
def map_segments(stage: Stage) -> None:
    with copied(stage) as dataset:
        index(dataset, ACTION, WordEncoder())
        told = stage.run("map_segments", dataset=dataset, params={"size": 30})
        assert told["notify"]["message"].startswith("30 segments are on the map 'semantic_map'")
        dataset.reload()
        points = dataset.load_brain_results("semantic_map")
        labels = set(dataset.values(f"{ACTION}.detections.id", unwind=True))
        assert points.points.shape == (30, 2) and set(points.label_ids.tolist()) < labels
        delete_index(dataset)


@effect("check_trees")
def check_trees(stage: Stage) -> None:
    told = stage.run("check_trees")
    report = json.loads(base64.b64decode(told["browser_download"]["url"].partition(",")[2]))
    assert report["videos"] == len(stage.dataset) and report["faults"] == 0
    assert stage.dataset.count_sample_tags() == {} == stage.dataset.count_label_tags()
    with copied(stage) as dataset:
        sample = dataset.last()
        wrong = sample[ACTION].detections[-1]
        wrong.level += 3
        sample.save()
        told = stage.run("check_trees", dataset=dataset)
        report = json.loads(base64.b64decode(told["browser_download"]["url"].partition(",")[2]))
        assert report["faults"] >= 1
        assert {f["sample_id"] for f in report["findings"]} == {sample.id}
        assert set(dataset.distinct("tags")) == {f"check:{code}" for code in report["counts"]}
        assert dataset.match_tags(dataset.distinct("tags")).values("id") == [sample.id]
        sample.reload()
        found = next(d for d in sample[ACTION].detections if d.id == wrong.id)
        assert found.tags and found.level == wrong.level  # tagged, not mended


@effect("show_finding")
def show_finding(stage: Stage) -> None:
    with copied(stage) as dataset:
        sample = dataset.last()
        wrong = sample[ACTION].detections[-1]
        wrong.level += 3
        sample.save()
        stage.run("check_trees", dataset=dataset)
        opened = stage.run("show_finding", dataset=dataset)["@action100m/explorer/show_and_open"]
        assert opened["sample_id"] == sample.id and "view" not in opened
        assert opened["segment"]["node"] == wrong.node_id
        assert opened["frame"] == wrong.support[0]


@effect("clear_check_tags")
def clear_check_tags(stage: Stage) -> None:
    with copied(stage) as dataset:
        dataset.limit(2).tag_samples(["check:wrong-level", "mine"])
        dataset.limit(2).tag_labels(["check:wrong-level", "mine"], ACTION)
        labels = dataset.limit(2).count(f"{ACTION}.detections")
        stage.run("clear_check_tags", dataset=dataset)
        assert dataset.count_sample_tags() == {"mine": 2}
        assert dataset.count_label_tags() == {"mine": labels}


@effect("tidy_view")
def tidy_view(stage: Stage) -> None:
    with copied(stage) as dataset:
        before = dataset.app_config.to_dict()
        params = {"colours": "field", "fields": [SUMMARY]}
        told = stage.run("tidy_view", dataset=dataset, params=params)
        shown = ["title", "metadata.duration", SUMMARY]
        assert told["set_active_fields"] == {"fields": shown}
        dataset.reload()
        assert dataset.app_config.active_fields.paths == shown
        assert dataset.app_config.color_scheme.color_by == "field"
        stage.run("tidy_view", dataset=dataset, params={"colours": "level"})
        dataset.reload()
        assert dataset.app_config.color_scheme.color_by == "value"
        stage.run("tidy_view", dataset=dataset, params={"colours": "normal"})
        dataset.reload()
        assert dataset.app_config.to_dict() == before


@effect("publish_action100m")
def publish(stage: Stage) -> None:
    told = stage.run("publish_action100m", params={"repo": "someone/steps", "dry_run": True})
    said = told["notify"]["message"]
    assert f"{len(stage.dataset)} videos" in said and "would be pushed" in said
    assert "private repository someone/steps" in said


@effect("export_action100m")
def export(stage: Stage) -> None:
    out = stage.made.out.parent / "taken-out"
    params = {"format": "jsonl", "out": str(out), "scope": "view"}
    view = stage.dataset.limit(2)
    told = stage.run("export_action100m", view=view, params=params)
    assert told["notify"]["variant"] == "success", told
    rows = [json.loads(line) for line in (out / "segments.jsonl").read_text().splitlines()]
    for field in FIELDS:
        found: dict[str, set[str]] = {}
        for row in rows:
            if row["field"] == field:
                found.setdefault(row["video_uid"], set()).add(row["node_id"])
        assert found == shown(view, field)
    shutil.rmtree(out)
