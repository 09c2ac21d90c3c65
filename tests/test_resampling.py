"""Resampling a dataset: what is stored, what is never touched, and what is drawn."""

from __future__ import annotations

import json
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import forks
import pyarrow as pa
import pytest
from fiftyone import ViewField as F
from fiftyone_action100m import export
from fiftyone_action100m import segments as clips_of
from fiftyone_action100m.core.fields import CLUSTER
from fiftyone_action100m.core.keys import CLUSTERS_KEY
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.meaning.store import NoIndexError, TextIndex
from fiftyone_action100m.views import cluster_store, draws, indexes
from fiftyone_action100m.views.cluster_store import drop_clusters
from fiftyone_action100m.views.indexes import open_index
from fiftyone_action100m.views.indexing import delete_index
from fiftyone_action100m.views.indexing import index as make_index
from fiftyone_action100m.views.resampling import Resample, Resampling, resample
from word_encoder import WordEncoder

ACTION, OTHER = "gpt_action_brief", "plm_action"
COMMON, RARE = ["Stir the pot", "Stir the pan"], ["Fold dough", "Whisk eggs", "Rinse rice"]


def node(text: str, at: int) -> fo.TemporalDetection:
    return fo.TemporalDetection(
        label=text, support=[at, at + 4], node_id=f"n{at}", parent_id=None, level=0, mine=at
    )


@pytest.fixture
def dataset(dataset_name: str) -> fo.Dataset:
    made = fo.Dataset(dataset_name)
    for video in range(6):
        texts = [COMMON[video % 2]] * 8 + [RARE[video % 3], "N/A", "   "]
        nodes = [node(text, 5 * i + 1) for i, text in enumerate(texts)]
        made.add_sample(
            fo.Sample(
                filepath=f"/{video}.mp4",
                **{
                    ACTION: fo.TemporalDetections(detections=nodes),
                    OTHER: fo.TemporalDetections(detections=[n.copy() for n in nodes]),
                },
            )
        )
    made.add_sample(fo.Sample(filepath="/none.mp4"))
    return made


@pytest.fixture
def index(dataset: fo.Dataset) -> Iterator[TextIndex]:
    yield make_index(dataset, ACTION, WordEncoder())
    dataset.reload()
    delete_index(dataset)


def kept_files(index: TextIndex) -> list[Path]:
    return list(index.folder.glob("clusters-*"))


def state(dataset: fo.Dataset) -> Any:
    """Everything in the database that a dataset's samples have."""
    return list(samples_of(dataset).find({}, sort=[("_id", 1)]))


def without(documents: Any, field: str | None) -> Any:
    """The same without the clusters of a field, and without the time of the last change."""
    for document in documents:
        del document["last_modified_at"]
        for detection in ((document.get(field) or {}).get("detections") or []) if field else ():
            detection.pop(CLUSTER, None)
    return documents


def clusters(dataset: fo.Dataset, field: str = ACTION) -> dict[str, set[Any]]:
    """The clusters of each caption."""
    found: dict[str, set[Any]] = {}
    for document in state(dataset):
        for detection in (document.get(field) or {}).get("detections") or []:
            found.setdefault(detection["label"], set()).add(detection.get(CLUSTER))
    return found


def drawn(found: Resampling) -> list[tuple[str, str]]:
    return [(found.sample_ids[i], found.label_ids[i]) for i in found.draws.tolist()]


def test_only_the_clusters_of_the_chosen_field_are_stored(
    dataset: fo.Dataset, index: TextIndex
) -> None:
    before = without(state(dataset), None)
    found = resample(dataset, k=4, seed=1)
    assert without(state(dataset), ACTION) == before
    assert found.segments.left_out == 6 and len(found.segments) == 54
    stored = clusters(dataset)
    assert stored["N/A"] == stored["   "] == {None}
    assert all(len(stored[text]) == 1 and None not in stored[text] for text in COMMON + RARE)
    for text, (number,) in ((text, stored[text]) for text in COMMON + RARE):
        assert text in found.names or found.names[number] in COMMON
    path = f"{ACTION}.detections.{CLUSTER}"
    assert isinstance(dataset.get_field(path), fo.IntField)
    assert f"{OTHER}.detections.{CLUSTER}" not in dataset.get_field_schema(flat=True)
    assert found.changes.detections == 54 and found.changes.videos == 6
    kept = dataset.info[CLUSTERS_KEY][ACTION]
    assert (kept["k"], kept["seed"], kept["clusters"], kept["segments"]) == (4, 1, 4, 54)
    table = pa.parquet.read_table(kept["file"])
    assert table["name"].to_pylist() == found.names and sum(table["segments"].to_pylist()) == 54
    assert f"Stored {CLUSTER} on 54 detections" in str(found)


def test_a_second_run_changes_nothing_and_draws_the_same(
    dataset: fo.Dataset, index: TextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = resample(dataset, k=4, seed=1)
    before, info = state(dataset), json.dumps(dataset.info, default=str)
    with monkeypatch.context() as patch:  # the centroids are kept
        patch.setattr("fiftyone_action100m.views.resampling.cluster", None)
        second = resample(dataset, k=4, seed=1)
    assert state(dataset) == before and json.dumps(dataset.info, default=str) == info
    assert second.changes.videos == 0 and "nothing to change" in str(second)
    assert first.draws.tobytes() == second.draws.tobytes() and first.digest == second.digest
    assert drawn(first) == drawn(second)
    third = resample(dataset.sort_by("filepath", reverse=True), k=4, seed=1)
    assert drawn(third) == drawn(first) and state(dataset) == before
    assert drawn(resample(dataset, k=4, seed=2, dry_run=True)) != drawn(first)


def test_a_dry_run_says_what_would_be_stored_and_stores_nothing(
    dataset: fo.Dataset, index: TextIndex
) -> None:
    before = state(dataset)
    dry = resample(dataset, k=4, dry_run=True)
    assert state(dataset) == before and CLUSTERS_KEY not in dataset.info
    assert not kept_files(index)
    assert f"Would store {CLUSTER} on 54 detections" in str(dry)
    assert f"{ACTION}.detections.{CLUSTER}" not in dataset.get_field_schema(flat=True)
    assert drawn(resample(dataset, k=4)) == drawn(dry)


def test_other_parameters_replace_the_clusters(dataset: fo.Dataset, index: TextIndex) -> None:
    resample(dataset, k=4)
    again = resample(dataset.limit(2), k=2, include_na=True)
    assert again.changes.removed == 36 and len(again.segments) == 20
    assert clusters(dataset)["Rinse rice"] == {None}
    assert clusters(dataset)["N/A"] != {None}
    assert len(kept_files(index)) == 1  # the earlier centroids are deleted
    copy = dataset.clone()
    try:
        resample(copy, k=3)  # and those of another dataset are not
        assert len(kept_files(index)) == 2
        assert resample(dataset.limit(2), k=2, include_na=True).changes.videos == 0
    finally:
        copy.delete()
    drop_clusters(dataset)
    assert CLUSTERS_KEY not in dataset.info and len(kept_files(index)) == 1
    assert {None} == set().union(*clusters(dataset).values())


def test_every_cluster_is_drawn_as_often_and_views_show_the_distinct_draws(
    dataset: fo.Dataset, index: TextIndex
) -> None:
    found = resample(dataset, k=5, size=20_000)
    texts = {label.id: label.label for s in dataset if s[ACTION] for label in s[ACTION].detections}
    counts = Counter(texts[label] for _, label in drawn(found))
    assert set(counts) == {*COMMON, *RARE}
    assert sum((n - 4000) ** 2 / 4000 for n in counts.values()) < 18.5  # chi-square, 0.1 %
    assert found.after.effective > 4.9 > found.before.effective
    assert found.weights.sum() == pytest.approx(1) and len(found.weights) == 54
    few = resample(dataset, k=5, size=7)
    view = few.view()
    shown = {
        (sample_id, label)
        for sample_id, labels in zip(*view.values(["id", f"{ACTION}.detections.id"]), strict=True)
        for label in labels
    }
    assert shown == set(drawn(few)) and view.values("id") == [str(i) for i in few.drawn]
    assert view.count(f"{OTHER}.detections") == 11 * len(view)  # other fields stay whole
    dataset.save_view("drawn", view)
    assert len(dataset.load_saved_view("drawn")) == len(view)
    assert fo.DatasetView._build(dataset, json.loads(json.dumps(view._serialize()))) == view


def test_too_many_draws_for_a_view_are_refused(
    dataset: fo.Dataset, index: TextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "MOST_SHOWN", 3)
    found = resample(dataset, k=5, size=100, dry_run=True)
    with pytest.raises(
        ValueError, match="distinct segments were drawn, and a view shows 3 at most"
    ):
        found.view()


def test_a_view_decides_what_is_drawn(dataset: fo.Dataset, index: TextIndex) -> None:
    view = dataset.filter_labels(ACTION, F("mine") == 41)  # the rare ones
    found = resample(view, k=3, size=50)
    assert clusters(dataset)["Stir the pot"] == {None}
    labels = {detection.id for s in view for detection in s[ACTION].detections}
    assert {label for _, label in drawn(found)} == labels and found.changes.detections == 6
    clips = clips_of(view, ACTION)
    assert drawn(resample(clips, k=3, size=50)) == drawn(found)
    with pytest.raises(ValueError, match="these clips were made from"):
        resample(clips, field=OTHER)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 6}, "k is 6: give 1 to 5, the number of distinct texts"),
        ({"k": 0}, "k is 0"),
        ({"k": 2, "size": -1}, "size is -1"),
        ({"k": 2, "seed": -1}, "seed is -1"),
        ({"k": 2, "field": "nothing"}, "holds no tree"),
    ],
)
def test_what_is_impossible_is_refused_before_anything_is_stored(
    dataset: fo.Dataset, index: TextIndex, arguments: dict[str, Any], message: str
) -> None:
    before = state(dataset)
    with pytest.raises(ValueError, match=message):
        resample(dataset, **arguments)
    assert state(dataset) == before and not kept_files(index)


def test_an_index_is_made_or_brought_up_to_date_if_asked(
    dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(indexes._by_name, None, indexes.remember(WordEncoder()))
    for dry in ({}, {"dry_run": True, "make_index": True}):
        with pytest.raises(NoIndexError, match="has no index 'meaning': run"):
            resample(dataset, k=2, **dry)  # type: ignore[arg-type]
    dataset.clone_sample_field(ACTION, "my_text")
    stages: list[str] = []
    resample(dataset, k=2, make_index=True, progress=lambda step: stages.append(step.stage))
    assert list(dict.fromkeys(stages)) == ["Reading", "Embedding", "Clustering", "Storing"]
    sample = dataset.first()
    sample["my_text"].detections[0].label = "Something new"
    sample.save()
    with pytest.raises(ValueError, match="with --fields if my_text is not among"):
        resample(dataset, k=2, field="my_text")
    found = resample(dataset, k=2, field="my_text", make_index=True)
    assert set(open_index(dataset).fields) == {ACTION, OTHER, "my_text"}
    assert "Something new" in clusters(dataset, "my_text") and len(found.segments) == 54
    assert None not in clusters(dataset)["Rinse rice"]  # each field has clusters of its own
    delete_index(dataset)


def test_captions_that_are_not_indexed_are_counted(dataset: fo.Dataset, index: TextIndex) -> None:
    sample = dataset.first()
    sample[ACTION].detections[0].label = "Something new"
    sample.save()
    with pytest.raises(ValueError, match=r"1 caption of gpt_action_brief is not in the index: run"):
        resample(dataset, k=2)
    with pytest.raises(ValueError, match="no segment has a caption"):
        resample(dataset.match(F("filepath") == "/none.mp4"), k=2)


def test_hostile_captions_are_resampled_as_they_are(dataset: fo.Dataset, tmp_path: Path) -> None:
    hostile = ["a\0b", "$where", "{0.__class__} %s", "\u202eevil", "x" * 100_000, "\n\t |", "n/A "]
    sample = dataset.first()
    sample[ACTION].detections = [node(text, 5 * i + 1) for i, text in enumerate(hostile)]
    for detection in sample[ACTION].detections:
        detection.start, detection.end = 0.0, 1.0
    sample.save()
    make_index(dataset, ACTION, WordEncoder())
    found = resample(dataset.limit(1), k=6, size=60)
    assert found.segments.left_out == 1 and len(found.names) <= 6  # "n/A " is no action
    assert set(found.names) <= set(hostile) and len(str(found)) < 500
    export(found, tmp_path / "out", "jsonl")
    lines = (tmp_path / "out" / "segments.jsonl").read_text().split("\n")[:-1]
    rows = [json.loads(line) for line in lines]
    assert sorted(row["caption"] for row in rows) == sorted(hostile[:-1])
    assert sum(row["repeat"] for row in rows) == 60
    delete_index(dataset)


@pytest.mark.parametrize("declared", [True, False])
def test_an_attribute_of_the_users_is_not_overwritten(
    dataset: fo.Dataset, index: TextIndex, declared: bool
) -> None:
    path = f"{ACTION}.detections.{CLUSTER}"
    if declared:
        dataset.add_sample_field(path, fo.IntField)
    else:
        where = {"filepath": "/3.mp4"}
        samples_of(dataset).update_one(where, {"$set": {f"{ACTION}.detections.0.{CLUSTER}": 7}})
    before = state(dataset)
    with pytest.raises(ValueError, match="already have an attribute 'semantic_cluster'"):
        resample(dataset, k=2)
    assert state(dataset) == before


def test_what_changes_meanwhile_is_read_again(
    dataset: fo.Dataset, index: TextIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_store, "_BATCH", 2)
    sample = dataset.first()
    removed = False
    for step in Resample(dataset, k=4).run():
        if step.stage == "Storing" and not removed:
            removed = True
            sample[ACTION].detections = sample[ACTION].detections[3:]
            sample.save()
    assert removed
    stored = clusters(dataset)
    assert all(len(stored[text]) == 1 and None not in stored[text] for text in COMMON + RARE)
    assert len(dataset.first()[ACTION].detections) == 8


_RUN = """
import os, sys
import fiftyone as fo
from fiftyone_action100m.views import cluster_store
from fiftyone_action100m.views.indexing import delete_index
from fiftyone_action100m.views.indexing import index as make_index
from fiftyone_action100m.views.resampling import Resample
cluster_store._BATCH = 1
dataset = fo.load_dataset(sys.argv[1])
for step in Resample(dataset, k=4).run():
    if step.stage == "Storing" and step.done == 4:
        os.kill(os.getpid(), 9)
"""


def test_a_killed_run_is_completed_by_the_same_call(
    dataset: fo.Dataset, index: TextIndex, tmp_path: Path
) -> None:
    dataset.persistent = True
    assert forks.run(_RUN, dataset.name).returncode == -signal.SIGKILL
    dataset.reload()
    assert dataset.info[CLUSTERS_KEY][ACTION]["complete"] is False
    half = [document for document in state(dataset) if CLUSTER in json.dumps(document, default=str)]
    assert 0 < len(half) < 6
    found = resample(dataset, k=4)
    assert found.changes.videos == 6 - len(half)
    assert dataset.info[CLUSTERS_KEY][ACTION]["complete"] is True
    assert not [s for text, s in clusters(dataset).items() if text in COMMON + RARE and None in s]
