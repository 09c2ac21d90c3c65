"""Stored words: a search finds the same with and without them, whatever has changed since."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import executor
import fiftyone as fo
import pytest
from executor import context
from fiftyone_action100m.core import search
from fiftyone_action100m.core.keys import WORDS_KEY
from fiftyone_action100m.core.search import literal, terms, word_list, word_parts
from fiftyone_action100m.internals.views import build_view, serialize_view
from fiftyone_action100m.operators.prepare_search import PrepareFastSearch
from fiftyone_action100m.views import word_store
from fiftyone_action100m.views.find import find
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from fiftyone_action100m.views.same import same_segments
from fiftyone_action100m.views.word_store import (
    count_without_words,
    drop_words,
    may_match,
    store_words,
    storing_words,
)
from hypothesis import assume, given
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
    assert list(storing_words(dataset))[-1] == (4, 4)
    assert found(dataset) == before
    assert dataset.values("caption_words")[1] == "dough knead the 揉面团"
    for query, videos in {"creme": 1, "nowhere": 0, "面团": 1, "20": 1, "(": 4}.items():
        assert dataset.match(may_match(dataset, ["my_text"], word_parts([query]))).count() == videos
    assert same_segments(dataset, "stir half baked pan", "action", "my_text").count() == 1
    drop_words(dataset)
    assert "caption_words" not in dataset.get_field_schema() and found(dataset) == before
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


def test_the_view_survives(dataset: fo.Dataset) -> None:
    store_words(dataset)
    view = find(dataset, "knead", keep="ancestors")
    dataset.save_view("kneading", view)
    assert dataset.load_saved_view("kneading").values("filepath") == ["/two.mp4"]
    built = build_view(dataset, serialize_view(view))
    assert built.values("filepath") == ["/two.mp4"]
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


ODD = st.text(alphabet='ab eÉé-_k\u0301K\u212aſsßẞİıøǿΣσς面", ', max_size=10)


@given(ODD, ODD)
def test_words_never_rule_out_what_matches(query: str, text: str) -> None:
    assume(query.replace('"', "").split())
    if all(re.search(literal(term), text, re.IGNORECASE) for term in terms(query)):
        assert all(part in word_list([text]) for part in word_parts(terms(query)))


def test_every_form_of_a_letter_is_the_same_in_the_words() -> None:
    """What a pattern takes for one letter, whichever it is, is one in the words."""
    for base, family in search._families().items():
        forms = {*base, *base.upper(), *family}
        forms |= {unicodedata.normalize("NFD", form) for form in forms}
        assert len({word_list([f"x{form}y"]) for form in forms}) == 1, base
    for plain, form in product("ks", ("\u212a", "\u017f")):
        matched = re.fullmatch(literal(plain), form, re.IGNORECASE) is not None
        assert matched == (word_list([form]) == plain)


def test_the_form_says_what_is_prepared(dataset: fo.Dataset) -> None:
    assert "Adds caption_words" in executor.form(NAME, dataset)["what"].view.label
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
        "Removes caption_words"
    )


def test_it_says_how_far_it_is(dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_store, "_BATCH", 2)
    asked = context(dataset)
    list(PrepareFastSearch().execute(asked))
    told = [(r.operator_uri, r.params) for r in asked.executor._requests]
    progress = [p["label"] for uri, p in told if uri == "set_progress"]
    assert progress == ["2 of 4 videos", "4 of 4 videos"]
    assert [uri for uri, _ in told][-2:] == ["notify", "reload_dataset"]
    assert count_without_words(dataset) == 0
