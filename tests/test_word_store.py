"""Stored words: a search finds the same with and without them, whatever has changed since."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import executor
import fiftyone as fo
import pytest
from bson import json_util
from executor import PROGRESS, context
from fiftyone_action100m.core import search
from fiftyone_action100m.core.keys import WORDS_KEY
from fiftyone_action100m.core.search import QueryError, literal, terms, word_parts, word_set
from fiftyone_action100m.internals.views import build_view, serialize_view
from fiftyone_action100m.operators.prepare_search import PrepareFastSearch
from fiftyone_action100m.views import find as find_module
from fiftyone_action100m.views import word_store
from fiftyone_action100m.views.find import find
from fiftyone_action100m.views.gaps import uncovered
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from fiftyone_action100m.views.same import same_segments
from fiftyone_action100m.views.word_store import (
    count_without_words,
    drop_words,
    may_be_uncovered,
    may_match,
    store_words,
    storing_words,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from subset import subset_dataset

NAME = "prepare_fast_search"
TEXTS = {
    "one": ["Torch the CRÈME BRÛLÉE", "cre\u0300me", "Stir the half-baked pan."],
    "two": ["Knead the dough", "揉面团"],
    "three": ["Łódź", "pan_cake (20 g)"],
}
QUERIES = [
    "creme", "BRÛLÉE the", "half-baked", '"the dough"', "面团", "lodz", "20", "(", "nowhere",
    "knead torch", "e", "pan",
]  # fmt: skip


def node(text: str, at: int) -> fo.TemporalDetection:
    return fo.TemporalDetection(
        label=text, support=[at, at + 4], node_id=f"n{at}", parent_id=None, level=0
    )


@pytest.fixture
def dataset(dataset_name: str) -> fo.Dataset:
    made = fo.Dataset(dataset_name)
    for name, texts in TEXTS.items():
        labels = fo.TemporalDetections(detections=[node(t, 5 * i + 1) for i, t in enumerate(texts)])
        made.add_sample(fo.Sample(filepath=f"/{name}.mp4", my_text=labels))
    made.add_sample(fo.Sample(filepath="/none.mp4"))
    return made


def found(dataset: fo.Dataset) -> dict[Any, Any]:
    """What each search shows: the captions, by video."""
    views = {q: find(dataset, q) for q in QUERIES}
    views |= {(q, "whole"): find(dataset, q, whole_words=True) for q in QUERIES}
    views |= {
        by: same_segments(dataset, "stir a half baked pan", by, "my_text")
        for by in ("action", "verb", "object")
    }
    return {
        key: dict(zip(*view.values(["filepath", "my_text.detections.label"]), strict=True))
        for key, view in views.items()
    }


def test_what_is_found_is_the_same_and_few_videos_are_read(dataset: fo.Dataset) -> None:
    before = found(dataset)
    assert before["creme"] == {"/one.mp4": TEXTS["one"][:2]} and before["nowhere"] == {}
    assert str(list(storing_words(dataset))[-1]) == "Storing: 4 of 4 videos"
    assert found(dataset) == before
    for query, videos in {"creme": 1, "nowhere": 0, "面团": 1, "20": 1, "(": 4}.items():
        assert dataset.match(may_match(dataset, ["my_text"], word_parts([query]))).count() == videos
    assert same_segments(dataset, "stir half baked pan", "action", "my_text").count() == 1
    folder = Path(dataset.info[WORDS_KEY]["folder"])
    assert len(list(folder.glob("*.arrow"))) == 2
    drop_words(dataset)
    assert not folder.exists() and found(dataset) == before
    assert WORDS_KEY not in dataset.info and count_without_words(dataset) is None


def test_what_has_changed_since_is_found_all_the_same(dataset: fo.Dataset) -> None:
    store_words(dataset)
    assert count_without_words(dataset) == 0
    old = find(dataset, "zebra")
    changed = dataset.match({"filepath": "/two.mp4"}).first()
    changed.my_text.detections[0].label = "Feed the zebra"
    changed.save()
    labels = fo.TemporalDetections(detections=[node("zébra", 1)])
    dataset.add_sample(fo.Sample(filepath="/new.mp4", my_text=labels))
    assert count_without_words(dataset) == 2
    for view in (old, find(dataset, "zebra")):
        assert view.values("filepath") == ["/two.mp4", "/new.mp4"]
    assert store_words(dataset) == 2  # the others have not changed
    assert count_without_words(dataset) == 0 and len(find(dataset, "zebra")) == 2
    assert len(find(dataset, "knead")) == 0


def test_fields_and_views_without_words_are_searched(dataset: fo.Dataset) -> None:
    store_words(dataset)
    dataset.clone_sample_field("my_text", "other_text")
    assert len(find(dataset, "knead", "other_text")) == 1
    assert may_match(dataset, ["other_text"], ("knead",)) == {}
    assert len(find(dataset.select_fields("my_text"), "knead", "my_text")) == 1
    assert store_words(dataset) == 4
    assert may_match(dataset, ["other_text"], ("knead",)) != {}
    copy = dataset.clone()
    try:
        assert len(find(copy, "knead")) == 1
    finally:
        copy.delete()


def test_a_clone_has_words_of_its_own(dataset: fo.Dataset) -> None:
    store_words(dataset)
    copy = dataset.clone()
    try:
        assert len(find(copy, "knead")) == 1 and count_without_words(copy) == 4
        store_words(dataset)
        word_store._open.cache_clear()
        assert may_match(copy, ["my_text"], ("knead",)) == {}  # the other's files are new ones
        assert store_words(copy) == 4
        assert copy.match(may_match(copy, ["my_text"], ("knead",))).count() == 1
        folders = [Path(made.info[WORDS_KEY]["folder"]) for made in (dataset, copy)]
        drop_words(copy)
        assert [folder.exists() for folder in folders] == [True, False]
        assert may_match(dataset, ["my_text"], ("knead",)) != {}
    finally:
        copy.delete()


def test_words_that_version_0_1_stored_are_replaced(dataset: fo.Dataset) -> None:
    dataset.add_sample_field("caption_words", fo.StringField)
    dataset.set_values("caption_words", ["wrong"] * 4)
    dataset.info[WORDS_KEY] = {"fields": ["my_text"], "at": "2030-01-01T00:00:00.000"}
    dataset.save()
    assert len(find(dataset, "knead")) == 1 and count_without_words(dataset) is None
    assert store_words(dataset) == 4
    assert "caption_words" not in dataset.get_field_schema() and len(find(dataset, "knead")) == 1


def test_gaps_are_stored_as_well(dataset_name: str) -> None:
    made = fo.Dataset(dataset_name)
    for frames in (20, 60, 0):
        metadata = fo.VideoMetadata(frame_rate=10, total_frame_count=frames) if frames else None
        labels = fo.TemporalDetections(detections=[node("stir", 1), node("pour", 11)])
        made.add_sample(fo.Sample(filepath=f"/{frames}.mp4", metadata=metadata, my_text=labels))
    seconds = (0.1, 1.0, 1.1, 5.0, 5.1, 1e6)
    before = [uncovered(made, "my_text", least).values("filepath") for least in seconds]
    assert before == [["/20.mp4", "/60.mp4"]] * 2 + [["/60.mp4"]] * 2 + [[]] * 2
    store_words(made)
    assert [uncovered(made, "my_text", least).values("filepath") for least in seconds] == before
    assert made.match(may_be_uncovered(made, "my_text", 2)).values("filepath") == ["/60.mp4"]
    assert may_be_uncovered(made, "other", 2) == {}
    sample = made.first()
    sample.my_text.detections[1].support = [10, 10]
    sample.save()
    assert len(uncovered(made, "my_text", 1.1)) == 2


def test_the_view_survives(dataset: fo.Dataset) -> None:
    store_words(dataset)
    view = find(dataset, "knead", keep="ancestors")
    dataset.save_view("kneading", view)
    assert dataset.load_saved_view("kneading").values("filepath") == ["/two.mp4"]
    sent = json.loads(json_util.dumps(serialize_view(view)))  # to the App and back
    assert build_view(dataset, sent).values("filepath") == ["/two.mp4"]
    drop_words(dataset)  # a view from before finds the same
    assert dataset.load_saved_view("kneading").values("filepath") == ["/two.mp4"]


def test_annotations_and_their_time_stay(dataset: fo.Dataset) -> None:
    at = dataset.values("last_modified_at")
    labels = dataset.values("my_text.detections.id")
    store_words(dataset)
    assert dataset.values("last_modified_at") == at
    assert dataset.values("my_text.detections.id") == labels
    recorded = datetime.fromisoformat(dataset.info[WORDS_KEY]["at"])
    assert timedelta(0) <= datetime.utcnow() - recorded < timedelta(minutes=1)


def test_the_published_shape_and_data_without_trees(dataset_name: str) -> None:
    made = subset_dataset(dataset_name)
    before = [len(find(made, q)) for q in ("step", "step 1", "nowhere")]
    assert store_words(made) == len(made) > 0
    assert [len(find(made, q)) for q in ("step", "step 1", "nowhere")] == before
    assert before[0] > 0 == before[2]
    bare = fo.Dataset()
    try:
        with pytest.raises(NoHierarchyError):
            store_words(bare)
    finally:
        bare.delete()


KEEP: tuple[Any, ...] = ("matches", "ancestors")
ODD = st.text(alphabet='ab eÉé-_k\u0301K\u212aſsßẞİıøǿΣσς面", ', max_size=10)


@given(ODD, ODD)
def test_words_never_rule_out_what_matches(query: str, text: str) -> None:
    assume(query.replace('"', "").split())
    if all(re.search(literal(term), text, re.IGNORECASE) for term in terms(query)):
        words = word_set([text, "other"])
        assert all(any(part in word for word in words) for part in word_parts(terms(query)))


PIECES = [
    "knead",
    "Kneadé",
    "pan",
    "pancake",
    "CRÈME",
    "cre\u0300me",
    "brûlée",
    "20",
    "g",
    "(",
    "-",
]
PIECES += ["面团", "Łódź", "lodz", "the", "half-baked", "_x", "ſet", "\u2028", ",", '"', "ß", "ss"]
TEXT = st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map(" ".join)


@pytest.fixture(scope="module")
def changed() -> Iterator[fo.Dataset]:
    """Videos of which some were changed, added or deleted after their words were stored."""
    made, rng = fo.Dataset("test-changed-words"), random.Random(51)

    def labels() -> fo.TemporalDetections:
        texts = [" ".join(rng.choices(PIECES, k=rng.randint(1, 4))) for _ in range(3)]
        return fo.TemporalDetections(detections=[node(t, 5 * i + 1) for i, t in enumerate(texts)])

    for i in range(30):
        made.add_sample(fo.Sample(filepath=f"/{i}.mp4", my_text=labels(), other=labels()))
    store_words(made)
    made.delete_samples(made.take(5, seed=51))
    for sample in made.take(5, seed=52).iter_samples(autosave=True):
        sample.other = labels()
    made.add_samples(fo.Sample(filepath=f"/new{i}.mp4", my_text=labels()) for i in range(5))
    yield made
    drop_words(made)
    made.delete()


def labels_of(view: fo.DatasetView) -> dict[str, list[Any]]:
    values = view.values(["filepath", "my_text.detections.label", "other.detections.label"])
    return {path: labels for path, *labels in zip(*values, strict=True)}


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(TEXT, st.booleans(), st.sampled_from([None, "my_text", "other"]))
def test_a_search_finds_the_same_as_without_words(
    changed: fo.Dataset, query: str, whole: bool, fields: str | None
) -> None:
    searches: list[dict[str, Any]] = [{"whole_words": whole}, {"regex": True}]
    for options in searches:
        try:
            view = find(changed, query, fields, **options)
        except QueryError:
            continue
        views = [view, find(changed, query, fields, keep="ancestors", **options)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(find_module, "may_match", lambda *_: {})
            plain = [find(changed, query, fields, keep=k, **options) for k in KEEP]
        for one, other in zip(views, plain, strict=True):
            assert labels_of(one) == labels_of(other)


def test_every_form_of_a_letter_is_the_same_in_the_words() -> None:
    """What a pattern takes for one letter, whichever it is, is one in the words."""
    for base, family in search._families().items():
        forms = {*base, *base.upper(), *family}
        forms |= {unicodedata.normalize("NFD", form) for form in forms}
        assert len({*map(frozenset, (word_set([f"x{form}y"]) for form in forms))}) == 1, base
    for plain, form in product("ks", ("\u212a", "\u017f")):
        matched = re.fullmatch(literal(plain), form, re.IGNORECASE) is not None
        assert matched == (word_set([form]) == {plain})


def test_the_form_says_what_is_prepared(dataset: fo.Dataset) -> None:
    assert "Stores which words" in executor.form(NAME, dataset)["what"].view.label
    assert "remove" not in executor.form(NAME, dataset)
    store_words(dataset)
    assert (
        executor.form(NAME, dataset)["what"].view.label
        == "Up to date: the words of 4 videos are stored"
    )
    dataset.first().save()
    dataset.add_sample(fo.Sample(filepath="/new.mp4"))
    assert executor.form(NAME, dataset)["what"].view.label.startswith(
        "Stores the words of 1 of 5 videos"
    )
    assert executor.form(NAME, dataset, params={"remove": True})["what"].view.label.startswith(
        "Deletes the stored words"
    )


def test_it_says_how_far_it_is(dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_store, "_BATCH", 2)
    asked = context(dataset)
    list(PrepareFastSearch().execute(asked))
    told = [(r.operator_uri, r.params) for r in asked.executor._requests]
    progress = [p["label"] for uri, p in told if uri == PROGRESS]
    assert progress == ["Storing: 2 of 4 videos", "Storing: 4 of 4 videos"]
    assert [uri for uri, _ in told][-2:] == ["notify", "reload_dataset"]
    assert count_without_words(dataset) == 0
