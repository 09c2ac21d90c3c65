"""What an index says of its captions: near duplicates, doubtful captions, recall of a search."""

from __future__ import annotations

import json
from collections.abc import Iterator

import fiftyone as fo
import numpy as np
import pytest
from executor import form, run
from fiftyone_action100m.cli import main
from fiftyone_action100m.core.search import QueryError
from fiftyone_action100m.meaning import duplicates
from fiftyone_action100m.meaning.doubt import agreement
from fiftyone_action100m.meaning.store import NoIndexError
from fiftyone_action100m.views.check import TreeCheck, check_trees
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.doubt import doubtful
from fiftyone_action100m.views.duplicates import near_duplicates
from fiftyone_action100m.views.evaluation import evaluate
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from fiftyone_action100m.views.hits import captions_view
from fiftyone_action100m.views.indexing import delete_index, index
from fiftyone_action100m.views.search import search
from grove import grove
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


@pytest.fixture
def trees(dataset_name: str) -> Iterator[tuple[fo.Dataset, set[str]]]:
    """Indexed trees, and the ids of captions that belong to other videos."""
    made, wrong = grove(dataset_name)
    index(made, encoder=WordEncoder())
    yield made, wrong
    delete_index(made)


def test_captions_of_other_videos_are_the_most_doubtful(
    trees: tuple[fo.Dataset, set[str]],
) -> None:
    dataset, wrong = trees
    found = doubtful(dataset, k=20)
    scores = [doubt.score for doubt in found]
    assert len(found) == 20 and scores == sorted(scores, reverse=True)
    assert len(wrong & {doubt.label_id for doubt in found}) >= 10
    assert len(wrong & {doubt.label_id for doubt in doubtful(dataset, 20, BRIEF)}) >= 11
    assert found[0].reason.startswith("unlike ") and "usually" in found[0].reason
    assert {doubt.field for doubt in doubtful(dataset, 20, SUMMARY)} == {SUMMARY}
    shown = captions_view(dataset, found[:3])
    labels = [d.id for s in shown for name in (BRIEF, SUMMARY) for d in s[name].detections]
    assert set(labels) == {doubt.label_id for doubt in found[:3]}
    video = dataset.match(F("video_uid") == found[0].video_uid)
    assert {doubt.video_uid for doubt in doubtful(video, 5)} == {found[0].video_uid}
    with pytest.raises(NoHierarchyError, match="look at their videos"):
        doubtful(segments(dataset, BRIEF))


def test_a_caption_is_compared_with_those_around_its_node_and_its_video() -> None:
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 1, 0, 2]]
    # A root with two children, of which the second has a caption in a second field.
    around, node, video = agreement(
        vectors, np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 2, 0]), np.array([-1, 0, 0])
    ).T
    np.testing.assert_allclose(around, [0.5, 0.5, 0, 0, 0])
    np.testing.assert_allclose(node, [0, np.nan, 0, 0, 0])
    np.testing.assert_allclose(video, [0.5, 0.5, 0, 0, 0])


def test_a_check_notes_doubtful_captions_and_tags_them_only_if_asked(
    trees: tuple[fo.Dataset, set[str]],
) -> None:
    dataset, wrong = trees
    check = TreeCheck(dataset)
    told = [(step.stage, step.done, step.total) for step in check.run()]
    videos = len(dataset)
    assert told[0] == ("Checking", videos, videos)
    assert told[-1] == ("Comparing", 2 * videos, 2 * videos)
    assert ("Comparing", videos, 2 * videos) in told
    report = check_trees(dataset, tag=True)
    doubts = {f.labels[0][1] for _, f in report.findings if f.code == "doubtful-caption"}
    assert doubts & wrong and report.faults == 0
    assert dataset.count_label_tags() == {}
    assert "doubtful-caption: noted," in str(report)
    check_trees(dataset, tag=True, tag_doubtful=True)
    tagged = dataset.select_labels(tags="check:doubtful-caption")
    found = tagged.values(f"{BRIEF}.detections.id", unwind=True)
    assert set(found) == {
        i for i in doubts if i in set(dataset.values(f"{BRIEF}.detections.id", unwind=True))
    }
    check_trees(dataset, tag=True)
    assert dataset.count_label_tags() == {}
    delete_index(dataset)
    assert "doubtful-caption" not in check_trees(dataset).counts
    with pytest.raises(NoIndexError):
        doubtful(dataset)


def test_the_operator_asks_for_the_tags_of_doubts_where_there_is_an_index(
    trees: tuple[fo.Dataset, set[str]],
) -> None:
    dataset, _ = trees
    assert "tag_doubtful" in form("check_trees", dataset)
    run("check_trees", dataset)
    assert dataset.count_label_tags() == {}
    run("check_trees", dataset, params={"tag_doubtful": True})
    assert dataset.count_label_tags()["check:doubtful-caption"] > 0
    delete_index(dataset)
    assert "tag_doubtful" not in form("check_trees", dataset)
