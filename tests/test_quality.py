"""What an index says of its captions: near duplicates, recall of a search."""

from __future__ import annotations

import json
from collections.abc import Iterator

import fiftyone as fo
import numpy as np
import pytest
from fiftyone_action100m.cli import main
from fiftyone_action100m.core.search import QueryError
from fiftyone_action100m.meaning import duplicates
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.duplicates import near_duplicates
from fiftyone_action100m.views.evaluation import evaluate
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from fiftyone_action100m.views.indexing import delete_index, index
from fiftyone_action100m.views.search import search
from kitchen import BRIEF, PLM, SUMMARY, kitchen
from word_encoder import WordEncoder

F = fo.ViewField


@pytest.fixture
def dataset(dataset_name: str) -> Iterator[fo.Dataset]:
    """The kitchen, with titles, not indexed."""
    made = kitchen(dataset_name)
    made.set_values("title", ["How to fry an omelette", "chop a salad", None])
    yield made
    delete_index(made)


def _labels(view: fo.DatasetView) -> set[str]:
    found = (view.values(f"{name}.detections.label", unwind=True) for name in (BRIEF, SUMMARY, PLM))
    return {text for texts in found for text in texts if text}


def test_near_duplicates_are_clusters_of_texts_in_several_videos(dataset: fo.Dataset) -> None:
    index(dataset, encoder=WordEncoder())
    told: list[tuple[int, int]] = []
    (found,) = near_duplicates(dataset, 0.7, progress=lambda *step: told.append(step))
    assert set(found.texts) == {"beat eggs", "beat the eggs", "beat the eggs with a fork"}
    assert (found.texts[0], found.counts) == ("beat eggs", (2, 1, 1))
    assert (found.captions, found.videos, told[-1]) == (4, 2, (18, 18))
    shown = found.view(dataset)
    assert (len(shown), _labels(shown)) == (2, set(found.texts))
    assert near_duplicates(dataset, 0.7, fields=PLM) == []
    assert near_duplicates(dataset.match(F("video_uid") == "salad"), 0.7) == []
    assert len(near_duplicates(dataset, 0.7, videos=1)) > 1
    wide = near_duplicates(dataset, 0.5, fields=PLM)[0]
    clips = segments(dataset, PLM)
    assert len(near_duplicates(clips, 0.5)[0].view(clips)) == wide.captions
    with pytest.raises(QueryError, match=r"least is 1\.5"):
        near_duplicates(dataset, 1.5)


def test_all_pairs_are_compared_whatever_the_block(
    dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = index(dataset, encoder=WordEncoder())
    vectors = made.exact(np.arange(len(made)))
    for least in (0.3, 0.5, 0.9):
        near = vectors @ vectors.T >= least
        for _ in range(5):  # paths of up to 32 steps
            near = near @ near
        expected = {tuple(np.flatnonzero(row)) for row in near if row.sum() > 1}
        for block in (3, 5, 1024):
            monkeypatch.setattr(duplicates, "BLOCK", block)
            *_, (_, _, found) = duplicates.duplicate_clusters(made, np.arange(len(made)), least)
            assert found is not None and {tuple(group) for group in found} == expected


def test_recall_is_that_of_a_search(dataset: fo.Dataset) -> None:
    index(dataset, encoder=WordEncoder())
    found = evaluate(dataset, target_field=PLM)
    everyone = found.segments[0]
    assert (everyone.of, everyone.queries, found.targets) == ("all", 6, 5)
    for mode, recall in everyone.recall.items():
        first: list[int] = []
        for sample in dataset:
            own = {d.node_id: d.label for d in sample[PLM].detections}
            for asked in sample[BRIEF].detections:
                if asked.node_id not in own:
                    continue
                hits = search(dataset, asked.label, 50, mode, PLM, collapse=False)
                order = list(dict.fromkeys(hit.label for hit in hits if hit.level > 0))
                here = own[asked.node_id] in order
                first.append(order.index(own[asked.node_id]) if here else 99)
        for most, share in recall.items():
            assert share == round(sum(place < most for place in first) / 6, 4), mode
    groups = {group.of: group.queries for group in found.segments[1:]}
    assert groups == {"level 1": 4, "level 2": 2, "3 to 10 s": 5, "10 to 30 s": 1}


def test_a_title_finds_its_video(dataset: fo.Dataset) -> None:
    index(dataset, encoder=WordEncoder())
    found = evaluate(dataset, ["both"], target_field=PLM)
    assert found.titles is not None and (found.titles.queries, found.videos) == (2, 3)
    assert found.titles.recall == {"both": {1: 1.0, 5: 1.0, 10: 1.0}}
    dataset.set_values("title", ["wash a car", "wash a car", None])
    found = evaluate(dataset, ["words"], target_field=PLM)
    assert found.titles is not None and found.titles.recall["words"][1] == 0


def test_what_a_view_hides_is_neither_asked_for_nor_found(dataset: fo.Dataset) -> None:
    index(dataset, encoder=WordEncoder())
    found = evaluate(dataset.filter_labels(PLM, F("level") == 2), target_field=PLM, queries=1)
    assert (found.targets, found.segments[0].queries) == (2, 1)
    with pytest.raises(QueryError, match="choose modes from words, meaning, both"):
        evaluate(dataset, [])
    with pytest.raises(NoHierarchyError, match="'nothing' is not indexed"):
        evaluate(dataset, target_field="nothing")


def test_an_evaluation_is_a_table_or_json(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", dataset.name]) == 2
    assert "has no index" in capsys.readouterr().err
    index(dataset, encoder=WordEncoder())
    assert main(["evaluate", dataset.name, "--target", PLM, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["segments"][0]["recall"]) == {"words", "meaning", "both"}
    assert told["titles"]["recall"]["both"]["1"] == 1
    assert main(["evaluate", dataset.name, "--target", PLM, "--mode", "both"]) == 0
    head, _, _, first, *_ = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{BRIEF} -> {PLM}, 5 distinct texts, by words; title -> video, 3")
    assert first.split()[:2] == ["all", "6"]
