"""An index as a FiftyOne brain run: sorted videos and clips, clones, fresh processes, deletion."""

from __future__ import annotations

from collections.abc import Iterator

import fiftyone as fo
import forks
import numpy as np
import pytest
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.indexing import index, open_index
from kitchen import BRIEF, PLM, SUMMARY, kitchen
from word_encoder import WordEncoder

KEY = "meaning"


@pytest.fixture
def dataset(dataset_name: str) -> Iterator[fo.Dataset]:
    made = kitchen(dataset_name)
    index(made, encoder=WordEncoder())
    yield made


def uids(view: fo.DatasetView) -> list[str]:
    return list(view.values("video_uid"))


def labels(view: fo.DatasetView, field: str) -> list[str]:
    return [d.label for sample in view for d in sample[field].detections]


def test_videos_are_narrowed_to_the_captions_that_are_found(dataset: fo.Dataset) -> None:
    view = dataset.sort_by_similarity("whisk the eggs", k=3, brain_key=KEY)
    assert uids(view) == ["omelette", "salad"]
    assert labels(view, BRIEF) == ["beat the eggs"]
    assert labels(view, PLM) == ["beat eggs", "beat eggs"]
    assert labels(view, SUMMARY) == []
    name = "found"
    dataset.save_view(name, view)
    assert uids(dataset.load_saved_view(name)) == uids(view)


def test_without_k_all_videos_are_sorted(dataset: fo.Dataset) -> None:
    view = dataset.sort_by_similarity("automobile", brain_key=KEY)
    assert uids(view)[0] == "car"
    assert len(view) == 3
    assert len(labels(view, PLM)) == len(labels(dataset.view(), PLM))
    part = dataset.match_tags("none").sort_by_similarity("automobile", brain_key=KEY)
    assert len(part) == 0


def test_clips_are_sorted_by_their_caption(dataset: fo.Dataset) -> None:
    clips = segments(dataset, PLM)
    found = clips.sort_by_similarity("beat eggs", k=2, brain_key=KEY)
    assert [clip[PLM].label for clip in found] == ["beat eggs", "beat eggs"]
    every = clips.sort_by_similarity("beat eggs", brain_key=KEY)
    assert len(every) == len(clips)
    assert [clip[PLM].label for clip in every][:2] == ["beat eggs", "beat eggs"]


def test_queries_by_id_by_vector_and_by_several_texts(dataset: fo.Dataset) -> None:
    label = dataset.one(fo.ViewField("video_uid") == "car")[PLM].detections[1]
    (found,) = dataset.sort_by_similarity(label.id, k=1, brain_key=KEY)
    assert [d.label for d in found[PLM].detections] == ["wipe glass"]
    vector = WordEncoder().encode(["wipe glass"])[0]
    assert uids(dataset.sort_by_similarity(vector, k=1, brain_key=KEY)) == ["car"]
    assert uids(dataset.sort_by_similarity(["wipe", "glass"], k=1, brain_key=KEY)) == ["car"]
    sample_id = dataset.one(fo.ViewField("video_uid") == "salad").id
    assert uids(dataset.sort_by_similarity(sample_id, k=1, brain_key=KEY))
    with pytest.raises(ValueError, match="the index has no caption and no sample"):
        dataset.sort_by_similarity("0" * 24, k=1, brain_key=KEY)


def test_distances_are_stored_with_the_captions(dataset: fo.Dataset) -> None:
    view = dataset.sort_by_similarity("wipe glass", k=1, brain_key=KEY, dist_field="distance")
    (found,) = view.first()[PLM].detections
    assert found.distance == pytest.approx(0, abs=2e-3)
    with pytest.raises(ValueError, match="give k"):
        dataset.sort_by_similarity("wipe", brain_key=KEY, dist_field="distance")
    with pytest.raises(ValueError, match="highest mean similarity only"):
        dataset.sort_by_similarity("wipe", k=1, reverse=True, brain_key=KEY)


def test_a_clone_has_the_run_and_deletes_no_files(dataset: fo.Dataset) -> None:
    clone = dataset.clone(f"{dataset.name}-clone")
    try:
        view = clone.sort_by_similarity("whisk the eggs", k=1, brain_key=KEY)
        assert labels(view, BRIEF) == ["beat the eggs"]
        clone.delete_brain_run(KEY)
        assert not clone.list_brain_runs()
    finally:
        clone.delete()
    assert len(dataset.sort_by_similarity("eggs", k=1, brain_key=KEY)) == 1


def test_deleting_the_run_deletes_the_files(dataset: fo.Dataset) -> None:
    folder = open_index(dataset).folder
    dataset.delete_brain_run(KEY)
    assert not folder.exists()
    index(dataset, encoder=WordEncoder())
    assert len(dataset.sort_by_similarity("eggs", k=1, brain_key=KEY)) == 1


def test_the_run_follows_an_index_that_is_brought_up_to_date(dataset: fo.Dataset) -> None:
    results = dataset.load_brain_results(KEY)
    size = results.total_index_size
    dataset.delete_samples(dataset.match(fo.ViewField("video_uid") == "car"))
    index(dataset, [BRIEF], WordEncoder())
    assert results.total_index_size < size
    assert dataset.get_brain_info(KEY).config.fields == [BRIEF]
    assert results.get_model().embed_prompts(["a", "b"]).shape == (2, 64)
    assert np.asarray(results.sample_ids).tolist() == dataset.values("id")


def test_the_key_of_another_run_is_refused(dataset: fo.Dataset) -> None:
    import fiftyone.brain as fob

    fob.compute_similarity(dataset, embeddings=np.eye(3), brain_key="other")
    with pytest.raises(ValueError, match=r"is that of another run \(sklearn\): give another key"):
        index(dataset, encoder=WordEncoder(), brain_key="other")


PROGRAM = """
import sys
import fiftyone as fo
dataset = fo.load_dataset(sys.argv[1])
info = dataset.get_brain_info("meaning")
assert info.config.supports_prompts and info.config.fields, info
from word_encoder import WordEncoder
from fiftyone_action100m.views.indexes import remember
remember(WordEncoder())
view = dataset.sort_by_similarity("whisk the eggs", k=1, brain_key="meaning")
print([d.label for d in view.first().gpt_action_brief.detections])
dataset.delete_brain_run("meaning")
"""


def test_a_fresh_process_finds_and_deletes(dataset: fo.Dataset) -> None:
    folder = open_index(dataset).folder
    dataset.persistent = True
    ended = forks.run(PROGRAM, dataset.name)
    assert ended.stdout.strip().splitlines()[-1:] == ["['beat the eggs']"], ended.stderr
    assert not folder.exists()
