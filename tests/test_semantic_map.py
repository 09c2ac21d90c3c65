"""The semantic map: its points, what the App's Embeddings panel asks of it, and its command."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import fiftyone as fo
import fiftyone.brain as fob
import forks
import numpy as np
import pytest
from executor import PROGRESS, call, delegated, form
from fiftyone.server.routes.embeddings_v2 import EmbeddingsV2Routes
from fiftyone_action100m.cli import main
from fiftyone_action100m.internals.views import build_view, serialize_view
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.indexing import delete_index, index
from fiftyone_action100m.views.semantic_map import semantic_map
from kitchen import BRIEF, PLM, kitchen
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from word_encoder import WordEncoder

KEY = "semantic_map"


@pytest.fixture
def dataset(dataset_name: str) -> Iterator[fo.Dataset]:
    made = kitchen(dataset_name)
    made.persistent = True
    index(made, encoder=WordEncoder())
    yield made
    delete_index(made)


#: The routes of the App's server that the Embeddings panel uses.
PANEL = TestClient(Starlette(routes=[Route(*route) for route in EmbeddingsV2Routes]))


def ask(dataset: fo.Dataset, route: str, **data: Any) -> Any:
    """Asks what the panel asks; returns JSON, or bytes after a header of 16."""
    answer = PANEL.post(
        f"/embeddings/v2/{route}", json={"datasetName": dataset.name, "brainKey": KEY, **data}
    )
    assert answer.status_code == 200, answer.text
    binary = answer.headers["content-type"] == "application/octet-stream"
    return answer.content[16:] if binary else answer.json()


def stages(view: fo.DatasetView) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(json.dumps(serialize_view(view, uuids=False)))
    return found


def visible(dataset: fo.Dataset, view: fo.DatasetView, n: int) -> list[int]:
    masks = ask(dataset, "masks", view=stages(view))
    bits = np.unpackbits(np.frombuffer(masks, np.uint8), bitorder="little")
    return np.flatnonzero(bits[:n]).tolist()


def test_a_segment_is_where_its_caption_is(dataset: fo.Dataset) -> None:
    found = semantic_map(dataset, PLM)
    again = semantic_map(dataset, PLM)
    assert np.array_equal(found.points, again.points) and found.points.dtype == np.float32
    captions = {d.id: d.label for sample in dataset for d in sample[PLM].detections}
    owners = {d.id: sample.id for sample in dataset for d in sample[PLM].detections}
    assert set(found.label_ids.tolist()) == set(captions)
    places: dict[str, set[tuple[float, ...]]] = {}
    for label, sample_id, point in zip(
        found.label_ids.tolist(), found.sample_ids.tolist(), found.points.tolist(), strict=True
    ):
        assert owners[label] == sample_id
        places.setdefault(captions[label], set()).add(tuple(point))
    assert all(len(points) == 1 for points in places.values())
    assert len({*places["beat eggs"], *places["wipe glass"], *places["chop onions"]}) == 3
    few = semantic_map(dataset, PLM, size=5, seed=3)
    assert len(few.points) == 5 and set(few.label_ids.tolist()) < set(captions)


def test_the_panel_finds_points_of_videos_and_clips(dataset: fo.Dataset) -> None:
    found = semantic_map(dataset, BRIEF)
    n = len(found.points)
    info = ask(dataset, "run-info")
    assert (info["n"], info["dims"], info["patchesField"]) == (n, 2, BRIEF)
    assert dataset.get_brain_info(KEY).config.cls.startswith("fiftyone.brain.visualization.")
    color = ask(dataset, "color", field=f"{BRIEF}.detections.level")
    meta = json.loads(color[2 * n :])  # 2 bytes of each point come first
    assert meta["style"] == "categorical" and {c["label"] for c in meta["classes"]} == {1, 2}
    salad = dataset.match(fo.ViewField("video_uid") == "salad")
    of_salad = [
        place for place, label in enumerate(found.label_ids.tolist())
        if label in salad.values(f"{BRIEF}.detections.id", unwind=True)
    ]  # fmt: skip
    assert len(of_salad) == 2 and visible(dataset, salad, n) == of_salad
    clips = segments(salad, BRIEF)
    assert visible(dataset, clips, n) == of_salad
    assert visible(dataset, segments(dataset, PLM), n) == []
    chosen = [of_salad[0]]
    for view, count in ((dataset.view(), 1), (segments(dataset, BRIEF), 1)):
        stage = ask(dataset, "lasso-stage", view=stages(view), indices=chosen)
        stage = {"_cls": stage["_cls"], "kwargs": [list(pair) for pair in stage["kwargs"].items()]}
        lassoed = build_view(dataset, [*stages(view), stage])
        assert len(lassoed) == count and lassoed.distinct("video_uid") == ["salad"]
    assert lassoed.values("id") == [found.label_ids[chosen[0]]]


PROGRAM = """
import sys
import fiftyone as fo
dataset = fo.load_dataset(sys.argv[1])
results = dataset.load_brain_results("semantic_map")
results.use_view(dataset.limit(1))
print(type(results).__module__, results.index_size, results.missing_size)
"""


def test_another_process_has_the_map_and_deleting_it_leaves_nothing(dataset: fo.Dataset) -> None:
    before = dataset.get_field_schema(flat=True), dict(dataset.info)
    semantic_map(segments(dataset, BRIEF), size=100)
    ended = forks.run(PROGRAM, dataset.name)
    assert ended.returncode == 0, ended.stderr
    said = ended.stdout.splitlines()[-1]  # FiftyOne may have said something before
    assert said == "fiftyone_action100m.views.semantic_map 4 None"
    assert dataset.list_brain_runs() == ["meaning", KEY]
    dataset.delete_brain_run(KEY)
    assert dataset.list_brain_runs() == ["meaning"]
    assert (dataset.get_field_schema(flat=True), dict(dataset.info)) == before


def test_what_cannot_be_mapped_is_refused(dataset: fo.Dataset) -> None:
    fob.compute_similarity(dataset, embeddings=np.eye(3), brain_key="other")
    refused = {
        "that of another run": {"brain_key": "other"},
        "no valid|not a valid name": {"brain_key": "a b"},
        "give pca or umap": {"method": "tsne"},
        "give 3 or more": {"size": 2},
        "has no index 'none'": {"index_key": "none"},
        "holds no tree": {"field": "nothing"},
    }
    for message, arguments in refused.items():
        with pytest.raises(ValueError, match=message):
            semantic_map(dataset, **arguments)
    with pytest.raises(ValueError, match="1 distinct caption here: a map needs 3"):
        semantic_map(dataset.match(fo.ViewField("video_uid") == "car"), BRIEF)
    assert not dataset.has_brain_run(KEY)


def test_the_command_maps_and_deletes(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["map", dataset.name, "--field", PLM]) == 0
    said = capsys.readouterr().out
    assert f"{dataset.count(f'{PLM}.detections')} segments of {PLM} are on the map" in said
    assert main(["map", dataset.name, "--json", "--size", "3"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "brain_key": KEY, "field": BRIEF, "method": "pca", "segments": 3,
    }  # fmt: skip
    assert main(["map", dataset.name, "--delete"]) == 0
    dataset.reload()
    assert dataset.list_brain_runs() == ["meaning"]
    capsys.readouterr()
    assert main(["map", dataset.name, "--delete"]) == 2
    assert "has no map 'semantic_map'" in capsys.readouterr().err


def test_the_operator_maps_with_progress(dataset: fo.Dataset) -> None:
    shown = form("map_segments", dataset)
    assert "problem" not in shown and shown["field"].default == BRIEF
    assert shown["name"].default == KEY
    told = call("map_segments", dataset, params={"field": PLM, "size": 8, "name": "plm_map"})
    labels = [step["label"] for step in told.every(PROGRESS)]
    assert labels[-2:] == ["Reading: 3 of 3 videos", "Placing 7 distinct captions"]
    said = "8 segments are on the map 'plm_map': open the panel Embeddings"
    assert told["notify"]["message"] == said and "reload_dataset" in told
    dataset.reload()
    assert dataset.load_brain_results("plm_map").config.patches_field == PLM
    found = delegated("map_segments", dataset, view=dataset.limit(1), params={"scope": "view"})
    assert found == {"map": KEY, "segments": 4}
    told = call("map_segments", dataset, params={"name": "meaning"})
    assert "that of another run" in told["notify"]["message"]
    delete_index(dataset)
    assert (
        "run “Dataset: index captions” first" in form("map_segments", dataset)["problem"].view.label
    )
