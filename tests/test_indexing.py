"""A dataset's index: what is embedded, what is noticed, and what survives a kill."""

from __future__ import annotations

import signal
from datetime import datetime

import fiftyone as fo
import forks
import pytest
from bson import ObjectId
from fiftyone_action100m.core.keys import INDEX_KEY
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.meaning import building, encoders
from fiftyone_action100m.meaning.store import NoIndexError, OtherEncoderError, read_info
from fiftyone_action100m.views import indexes
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from fiftyone_action100m.views.indexing import (
    IndexState,
    check_index,
    delete_index,
    index,
    indexing,
    open_index,
)
from fiftyone_action100m.views.progress import StageProgress
from fiftyone_action100m.views.search import search
from kitchen import BRIEF, PLM, SUMMARY, VIDEOS, kitchen, sample
from word_encoder import WordEncoder

TEXTS = {text for nodes in VIDEOS.values() for node in nodes for text in node[5].values()}


@pytest.fixture
def dataset(dataset_name: str) -> fo.Dataset:
    return kitchen(dataset_name)


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


def relabel(dataset: fo.Dataset, uid: str, field: str, old: str, new: str) -> None:
    """Changes a caption as a user does."""
    one = dataset.one(fo.ViewField("video_uid") == uid)
    for label in one[field].detections:
        label.label = new if label.label == old else label.label
    one.save()


def test_each_distinct_text_is_embedded_once(dataset: fo.Dataset, encoder: WordEncoder) -> None:
    steps: list[StageProgress] = []
    made = index(dataset, encoder=encoder, progress=steps.append)
    assert set(made.texts.to_pylist()) == TEXTS
    assert encoder.encoded == len(TEXTS)
    assert made.info.occurrences == sum(len(n[5]) for nodes in VIDEOS.values() for n in nodes)
    assert made.fields == (BRIEF, SUMMARY, PLM)
    assert [str(step) for step in steps] == [
        "Reading: 3 of 3 videos",
        f"Embedding: {len(TEXTS)} of {len(TEXTS)} new texts",
    ]
    assert dataset.info[INDEX_KEY]["meaning"]["texts"] == len(TEXTS)
    assert str(made.folder).startswith(fo.config.default_dataset_dir)
    uses = made.occurrences(made.rows_of(["beat eggs"]))
    assert uses.level.tolist() == [2, 1]
    assert uses.duration.tolist() == [8, 5]


def test_only_what_is_new_is_read_and_embedded(dataset: fo.Dataset, encoder: WordEncoder) -> None:
    index(dataset, encoder=encoder)
    before = encoder.encoded
    assert list(indexing(dataset, encoder=encoder)) == []
    more = sample("salad")
    more.filepath = "/more.mp4"
    more[BRIEF].detections[0].label = "peel a carrot"
    dataset.add_sample(more)
    steps = [str(step) for step in indexing(dataset, encoder=encoder)]
    assert steps == ["Reading: 1 of 1 video", "Embedding: 1 of 1 new text"]
    assert encoder.encoded == before + 1
    assert open_index(dataset).info.samples == 4


def test_what_changed_is_noticed(dataset: fo.Dataset, encoder: WordEncoder) -> None:
    index(dataset, encoder=encoder)
    assert check_index(dataset).is_current
    assert str(check_index(dataset)) == "the index is current"
    relabel(dataset, "salad", BRIEF, "chop onions", "dice onions")
    dataset.delete_samples(dataset.match(fo.ViewField("video_uid") == "car"))
    state = check_index(dataset)
    assert (state.new_texts, state.gone_texts) == (1, 4)  # plm_action has "chop onions" as well
    assert (state.new_samples, state.changed_samples, state.gone_samples) == (0, 1, 1)
    assert str(state) == "the index is stale: 1 text is new and 4 texts are gone"
    made = index(dataset, encoder=encoder)
    assert check_index(dataset).is_current
    assert made.counts[made.rows_of(["wash a car", "dice onions"])].tolist() == [0, 1]
    relabel(dataset, "salad", BRIEF, "dice onions", "wash a car")
    assert str(check_index(dataset)) == "the index is stale: 1 text is new and 1 text is gone"


def test_a_sample_that_is_saved_without_other_captions_leaves_the_index_current(
    dataset: fo.Dataset, encoder: WordEncoder
) -> None:
    index(dataset, encoder=encoder)
    one = dataset.first()
    one.tags.append("seen")
    one.save()
    state = check_index(dataset)
    assert state.is_current
    assert state.changed_samples == 1


def test_other_fields_are_read_without_embedding_known_texts(
    dataset: fo.Dataset, encoder: WordEncoder
) -> None:
    index(dataset, PLM, encoder)
    before = encoder.encoded
    made = index(dataset, [PLM, SUMMARY], encoder)
    assert encoder.encoded - before == 4
    assert made.fields == (SUMMARY, PLM)
    assert index(dataset, encoder=encoder).fields == (SUMMARY, PLM)


def test_texts_are_not_embedded_again_by_an_encoder_that_nobody_asked_for(
    dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "_encoders", {})  # as in a fresh process
    monkeypatch.setitem(indexes._by_name, None, WordEncoder("the default"))
    index(dataset, encoder=WordEncoder())
    assert index(dataset).encoder == "words"
    monkeypatch.setattr(indexes, "_encoders", {})
    with pytest.raises(OtherEncoderError, match="made by words, not by the default: give that"):
        index(dataset)
    assert open_index(dataset).encoder == "words"
    assert index(dataset, encoder=WordEncoder("another")).encoder == "another"


def test_two_files_of_one_model_share_an_index(
    dataset: fo.Dataset, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexes, "_encoders", {})
    other = WordEncoder()
    other.name, other.digest = "words (int8)", "another file"
    monkeypatch.setitem(encoders._SAME, other.digest, encoder.digest)
    index(dataset, encoder=encoder)
    monkeypatch.setattr(indexes, "_encoders", {})  # as on another machine
    monkeypatch.setitem(indexes._by_name, None, other)
    assert search(dataset, "beat eggs", 1)[0].label == "beat eggs"
    relabel(dataset, "salad", BRIEF, "chop onions", "dice onions")
    made = index(dataset)
    assert (other.encoded, made.encoder) == (2, "words")  # a query and a text
    del encoders._SAME[other.digest]
    with pytest.raises(OtherEncoderError, match=r"made by words, not by words \(int8\)"):
        search(dataset, "beat eggs")


def test_blank_and_missing_captions_are_left_out(dataset_name: str, encoder: WordEncoder) -> None:
    made = kitchen(dataset_name)
    made.add_sample(fo.Sample(filepath="/empty.mp4"))
    relabel(made, "car", BRIEF, "wipe the windscreen", "")
    relabel(made, "car", PLM, "wash a car", " \n")
    found = index(made, encoder=encoder)
    assert set(found.texts.to_pylist()) == TEXTS - {"wipe the windscreen", "wash a car"}
    assert found.info.samples == 4


def test_there_is_no_index_or_no_tree(dataset: fo.Dataset, encoder: WordEncoder) -> None:
    for call in (open_index, check_index):
        with pytest.raises(NoIndexError, match=f"run `action100m index {dataset.name}`"):
            call(dataset)
    with pytest.raises(NoHierarchyError, match="'title' holds no tree"):
        index(dataset, ["title"], encoder)
    with pytest.raises(ValueError, match="the brain key 'a b' is not a valid name"):
        index(dataset, encoder=encoder, brain_key="a b")


def test_an_index_is_deleted_with_its_files(dataset: fo.Dataset, encoder: WordEncoder) -> None:
    folder = index(dataset, encoder=encoder).folder
    other = index(dataset, encoder=encoder, brain_key="other").folder
    delete_index(dataset)
    assert not folder.exists()
    assert other.exists()
    assert dataset.list_brain_runs() == ["other"]
    assert list(dataset.info[INDEX_KEY]) == ["other"]
    delete_index(dataset, "other")
    assert INDEX_KEY not in dataset.info


def test_a_clone_reads_the_index_and_makes_its_own(
    dataset: fo.Dataset, encoder: WordEncoder
) -> None:
    made = index(dataset, encoder=encoder)
    clone = dataset.clone(f"{dataset.name}-clone")
    try:
        assert open_index(clone).folder == made.folder
        assert check_index(clone).is_current
        relabel(clone, "salad", BRIEF, "chop onions", "dice onions")
        assert index(clone, encoder=encoder).folder != made.folder
        assert check_index(clone).is_current
        assert check_index(dataset).is_current
        delete_index(clone)
        assert open_index(dataset).folder.exists()
    finally:
        clone.delete()


PROGRAM = """
import os, signal, sys
import fiftyone as fo
from fiftyone_action100m.meaning import texts
from fiftyone_action100m.views.indexing import index
from word_encoder import WordEncoder
texts.BATCH, texts._SYNC_EVERY = 4, 0
left = int(sys.argv[2])
def step(progress):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
index(fo.load_dataset(sys.argv[1]), encoder=WordEncoder(), progress=step)
"""


@pytest.mark.slow
def test_killed_while_embedding_it_ends_as_undisturbed(
    dataset: fo.Dataset, encoder: WordEncoder
) -> None:
    dataset.persistent = True
    assert forks.run(PROGRAM, dataset.name, "3").returncode == -signal.SIGKILL
    dataset.reload()
    with pytest.raises(NoIndexError):
        open_index(dataset)
    made = index(dataset, encoder=encoder)
    assert encoder.encoded == len(TEXTS) - 8
    undisturbed = index(dataset, encoder=WordEncoder(), brain_key="undisturbed")
    assert made.texts.equals(undisturbed.texts)
    assert (made.vectors(0, 99) == undisturbed.vectors(0, 99)).all()
    assert read_info(made.folder).texts_folder == "texts-1"


@pytest.mark.parametrize("clocks", [0, 3_600_000])
def test_only_samples_that_were_saved_since_are_compared(
    dataset: fo.Dataset, encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch, clocks: int
) -> None:
    """And those that have no date, that were inserted with an old one, or that are gone."""
    monkeypatch.setattr(building, "_CLOCKS_MS", clocks)
    samples = samples_of(dataset)
    samples.update_many({}, {"$set": {"last_modified_at": datetime(2020, 1, 1)}})
    samples.update_one({"video_uid": "car"}, {"$unset": {"last_modified_at": 1}})
    index(dataset, encoder=encoder)
    assert check_index(dataset) == IndexState()
    relabel(dataset, "omelette", BRIEF, "fry bacon", "peel a carrot")
    assert check_index(dataset).changed_samples == 1
    assert check_index(dataset).new_texts == 1
    document = samples.find_one({"video_uid": "salad"})
    document["_id"] = ObjectId()
    samples.insert_one(document)
    samples.update_one({"video_uid": "car"}, {"$set": {"last_modified_at": datetime(2020, 1, 1)}})
    state = check_index(dataset)
    assert (state.new_samples, state.changed_samples) == (1, 2)
    dataset.delete_samples(dataset.match(fo.ViewField("video_uid") == "car"))
    assert check_index(dataset).gone_samples == 1
    index(dataset, encoder=encoder)
    assert check_index(dataset) == IndexState()
