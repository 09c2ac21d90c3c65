"""Clip embeddings, measured: captions and segments that find each other, and zero-shot classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import pytest
from coloured import BRIEF, COLOURS, PLM, ColourModel, coloured
from fiftyone_action100m.cli import main
from fiftyone_action100m.core.search import QueryError
from fiftyone_action100m.meaning.store import NoIndexError
from fiftyone_action100m.views import indexes
from fiftyone_action100m.views.clip_evaluation import (
    TO_SEGMENT,
    TO_TEXT,
    evaluate_clips,
)
from fiftyone_action100m.views.indexing import delete_index, index
from fiftyone_action100m.views.zero_shot import zero_shot
from fiftyone_action100m.views.zoo_encoder import ZooEncoder
from word_encoder import WordEncoder


@pytest.fixture
def dataset(dataset_name: str, tmp_path: Path) -> Iterator[fo.Dataset]:
    """Videos of colours with captions; one caption of seven says another colour."""
    made = coloured(dataset_name, tmp_path)
    wrong = made.one(fo.ViewField("video_uid") == "two")
    wrong[BRIEF].detections[1].label = "show cyan"
    wrong.save()
    yield made
    if fo.dataset_exists(f"{dataset_name}-zero-shot"):
        fo.delete_dataset(f"{dataset_name}-zero-shot")


def test_captions_and_segments_find_each_other(dataset: fo.Dataset) -> None:
    index(dataset, encoder=ColourModel(), clips=True)
    found = evaluate_clips(dataset, BRIEF)
    everyone = found.segments[0]
    assert (found.nodes, found.texts, found.without, everyone.queries) == (7, 5, 0, 7)
    # "show cyan" finds the cyan segment and so an answer; the white one finds its own caption last.
    assert everyone.recall[TO_SEGMENT][1] == 1
    assert everyone.recall[TO_TEXT][1] == round(6 / 7, 4)
    assert [group.of for group in found.segments] == ["all", "level 1", "3 to 10 s"]
    whole = evaluate_clips(dataset, PLM)
    assert [group.of for group in whole.segments[1:3]] == ["level 0", "level 1"]
    few = evaluate_clips(dataset.filter_labels(PLM, fo.ViewField("level") == 0), PLM)
    assert (few.nodes, few.segments[0].recall[TO_TEXT][1]) == (3, 1)
    with pytest.raises(QueryError, match="give 2 or more"):
        evaluate_clips(dataset, BRIEF, nodes=1)
    with pytest.raises(NoIndexError, match="is of captions"):
        index(dataset, encoder=WordEncoder())
        evaluate_clips(dataset, BRIEF, brain_key="meaning")


def test_classes_are_predicted_and_evaluated_by_fiftyone(dataset: fo.Dataset) -> None:
    index(dataset, encoder=ColourModel(), clips=True)
    classes = [f"show {colour}" for colour in COLOURS] + ["SHOW RED", " "]
    found = zero_shot(dataset, classes, field=BRIEF)
    assert (found.segments, len(found.classes), found.top_5) == (7, 6, 1)
    assert found.top_1 == round(6 / 7, 4)
    made = fo.load_dataset(found.dataset)
    assert made.list_evaluations() == ["top_1", "top_5"]
    results = made.load_evaluation_results("top_1")
    assert results.metrics()["accuracy"] == pytest.approx(6 / 7)
    wrong = made.match(fo.ViewField("top_1") == False).first()  # noqa: E712
    assert (wrong.video_uid, wrong.truth.label, wrong.zero_shot.label) == (
        "two", "show cyan", "show white",
    )  # fmt: skip
    assert wrong.zero_shot.confidence == pytest.approx(max(wrong.zero_shot.logits))
    assert np.mean(made.values("top_5")) == found.top_5
    clips = made.load_saved_view("as clips")
    first = clips.first()
    assert (len(clips), first.support, first.segment.label) == (7, [1, 40], "show red")
    assert first.zero_shot.label == "show red"
    again = zero_shot(dataset, ["show red", "show blue"], ["{}", "a video of {}"], BRIEF)
    assert (again.segments, again.top_1, again.dataset) == (3, 1, found.dataset)


def test_classes_of_an_attribute_are_predicted_by_captions(dataset: fo.Dataset) -> None:
    index(dataset, encoder=WordEncoder())
    for sample in dataset.iter_samples(autosave=True):
        for label in sample[BRIEF].detections:
            label["verb"] = label.label.split()[1].upper()
    dataset.add_dynamic_sample_fields()
    found = zero_shot(
        dataset, ["red", "cyan", "blue"], "show {}", BRIEF, "verb", brain_key="meaning"
    )
    assert (found.segments, found.top_1) == (5, 1)


def test_what_cannot_be_classified_is_refused(dataset: fo.Dataset) -> None:
    index(dataset, encoder=ColourModel(), clips=True)
    refused = {
        "there is 1 class: give 2 or more": {"classes": ["red"]},
        "the prompt 'a video' lacks {}": {"classes": ["a", "b"], "prompts": "a video"},
        "as its label, such as 'show": {"classes": ["a", "b"]},
        "as its verb, which is nowhere": {"classes": ["a", "b"], "truth": "verb"},
        "there is a dataset .* already": {"classes": ["a", "b"], "name": dataset.name},
    }
    for message, options in refused.items():
        with pytest.raises(ValueError, match=message):
            zero_shot(dataset, field=BRIEF, **options)  # type: ignore[arg-type]
    delete_index(dataset, "clips")


def test_the_command_indexes_and_evaluates(
    dataset: fo.Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    encoder = indexes.remember(ZooEncoder("colours", ColourModel()))
    monkeypatch.setitem(indexes._by_name, "zoo:colours", encoder)
    evaluate = ["evaluate", dataset.name, "--model", "zoo:colours"]
    assert main([*evaluate, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["segments"][0]["recall"][TO_SEGMENT]["1"] == 1
    assert main(evaluate) == 0
    head, modes, _, everyone, *_ = capsys.readouterr().out.splitlines()
    assert head == f"{BRIEF}, 7 segments, 5 distinct texts, by colours"
    assert TO_SEGMENT in modes and everyone.split() == [
        "all",
        "7",
        "1.00",
        "1.00",
        "1.00",
        "0.86",
        "1.00",
        "1.00",
    ]
    classes = tmp_path / "classes.txt"
    classes.write_text("\n".join(f"show {colour}" for colour in COLOURS))
    assert main([*evaluate, "--classes", str(classes), "--prompt", "{}"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("7 labelled segments, 6 classes, by colours: top 1 86 %, top 5 100 %\n")
    assert said.endswith(f"panel shows them in the dataset '{dataset.name}-zero-shot'\n")
