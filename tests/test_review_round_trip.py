"""Reviews go through a record export and come back with a conversion."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bson
import fiftyone as fo
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import convert, export, review_node, review_progress
from fiftyone_action100m.converters.reading.sources import SourceRecord, find_files, read_records
from fiftyone_action100m.converters.storing.ingest import Ingest
from fiftyone_action100m.converters.storing.present import Stored
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import CAPTIONS, select_captions
from fiftyone_action100m.core.review_texts import read_reviews, reviews_text
from fiftyone_action100m.core.reviews import ReviewError, edited_values, status_of
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.views.review_steps import KINDS
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from material import Converted, clip_of
from reviewed import BRIEF, SUMMARY, WIDEST, ReviewedVideo, review_dataset

#: Names and texts as people have them.
NAMES = ["Ada", "ada.b$c", "Żółć 李 🙂", "$where", "a.b.c", "x" * 80, "__proto__", "null"]
TEXTS = ["stir\nthe “pot”", "a.$b", "鍋をかき混ぜる", "=1+1", "{}", "<b>&amp;", "x" * 5000]
NAMED = [BRIEF, SUMMARY, WIDEST]


def said(dataset: fo.Dataset, uid: str, names: Sequence[str] = NAMED) -> dict[tuple[str, str], Any]:
    """The labels of a video, with all that is stored of them but their ids."""
    document = samples_of(dataset).find_one({"video_uid": uid}) or {}
    return {
        (name, d["node_id"]): {k: v for k, v in d.items() if k != "_id"}
        for name in names
        for d in document[name]["detections"]
    }


def brought_back(dataset: fo.Dataset, folder: Path, name: str, fps: str = "25") -> Counter[str]:
    """Makes a dataset from an export of one video; returns what could not be restored."""
    captions = select_captions(NAMED)
    made = fo.Dataset(name)
    declare_schema(made, captions)
    (found,) = read_records(find_files(folder), captions)
    assert isinstance(found, SourceRecord)
    ingest = Ingest(made, captions)
    frames = 225 if fps == "25" else 9 * int(fps)
    lost = ingest.add(found.record, clip_of(f"/clips/{dataset.name}.mp4", fps, frames))
    ingest.flush()
    return lost + Counter({k: n for k, n in found.record.warnings.items() if "review" in k})


def edit_at_random(video: ReviewedVideo, seed: int, steps: int) -> int:
    """Does random steps of a review; returns how many were possible."""
    draw, done = random.Random(seed), 0
    for _ in range(steps):
        node, who = draw.choice(video.tree().node_ids), draw.choice(NAMES)
        kind = draw.choice(KINDS)
        support = next(iter(video.labels(node).values()))["support"]
        options: dict[str, Any] = {
            "text": {"text": draw.choice(TEXTS), "field": draw.choice(NAMED)},
            "note": {"text": draw.choice(TEXTS)},
            "boundary": {
                "edge": draw.choice(["start", "end"]), "frame": support[1] + draw.randint(-9, 9),
            },
            "split": {"frame": draw.randint(*support)},
        }.get(kind, {})  # fmt: skip
        if kind == "merge":
            beside = video.tree().next_sibling(node)
            options = {"other": beside.node_id if beside else node}
        try:
            video.do(node, kind, who, **options)
            done += 1
        except ReviewError:
            pass
    return done


@settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.reuse, Phase.generate],  # each example takes a second
)
@given(seed=st.integers(0, 2**32), name=st.sampled_from(["parquet", "json"]))
def test_any_review_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, dataset_name: str, seed: int, name: str
) -> None:
    for old in (dataset_name, f"{dataset_name}-back"):
        if fo.dataset_exists(old):
            fo.delete_dataset(old)
    dataset = review_dataset(dataset_name, 1)
    video, out = ReviewedVideo(dataset), tmp_path_factory.mktemp("trip") / "records"
    edit_at_random(video, seed, 12)
    document = samples_of(dataset).find_one()
    assert document is not None
    document[WIDEST]["detections"][0]["tags"].append("mine, “too”")
    samples_of(dataset).replace_one({"_id": document["_id"]}, document)
    before = said(dataset, "aa")
    export(dataset, out, name, NAMED, reviewed=True)
    try:
        assert not brought_back(dataset, out, f"{dataset_name}-back")
        back = fo.load_dataset(f"{dataset_name}-back")
        after = said(back, "aa")
        assert before.keys() == after.keys()
        for key, was in before.items():
            assert after[key] == was, key
        assert str(review_progress(back)) == str(review_progress(dataset))
    finally:
        fo.delete_dataset(f"{dataset_name}-back")


def test_a_real_conversion_brings_them_back_and_leaves_them(
    converted_demo: Converted, dataset_name: str, tmp_path: Path
) -> None:
    dataset = converted_demo.dataset.clone(dataset_name, persistent=True)
    video = ReviewedVideo(dataset)
    uid, node = dataset.first().video_uid, video.node()
    first, last = next(iter(video.labels(node).values()))["support"]
    field = next(iter(video.labels(node)))
    video.do(node, "split", "Bea", frame=(first + last) // 2)
    video.do(node, "merge", other=video.after(node))
    video.do(node, "text", text="stir", field=field)
    video.do(video.tree().node_ids[0], "reject", "Bea")
    video.do(video.tree().node_ids[0], "accept")
    export(dataset, tmp_path / "records", "parquet", reviewed=True)
    before, back = said(dataset, uid, video.fields), f"{dataset_name}-back"
    asked: Any = (tmp_path / "records", converted_demo.videos, back, tmp_path / "out")
    try:
        made, report = convert(*asked, captions=video.fields, max_samples=1)
        assert made is not None and not [code for code in report.warnings if "review" in code]
        assert said(made, uid, video.fields) == before
        assert made.get_field(f"{field}.detections.review") is not None
        assert str(review_progress(made.limit(1))) == str(review_progress(dataset.limit(1)))
        _, report = convert(*asked, captions=video.fields, max_samples=1, replace=True)
        assert dict(report.counts) == {("ok", "already in the dataset"): 1}
        # A sample without reviews gets them by --replace, one that is reviewed meanwhile stays.
        lost = {f"{name}.detections.$[].review": "" for name in video.fields}
        samples_of(made).update_one({"video_uid": uid}, {"$unset": lost})
        _, report = convert(*asked, captions=video.fields, max_samples=1, replace=True)
        assert (
            dict(report.counts) == {("ok", "replaced"): 1}
            and said(made, uid, video.fields) == before
        )
        (found,) = itertools.islice(read_records(find_files(asked[0]), CAPTIONS), 1)
        assert isinstance(found, SourceRecord)
        ingest = Ingest(made, select_captions(video.fields))
        stored = Stored(samples_of(made).distinct("_id", {"video_uid": uid})[0])
        assert ingest.replace(found.record, clip_of("/clips/other.mp4"), stored) is None
        assert said(made, uid, video.fields) == before
        review_node(made, made.first().id, node, "accept", "Cy")  # and they can be gone on with
    finally:
        fo.delete_dataset(back)


def test_what_cannot_be_brought_back_is_counted(dataset_name: str, tmp_path: Path) -> None:
    dataset, back = review_dataset(dataset_name, 1), f"{dataset_name}-back"
    video = ReviewedVideo(dataset)
    node = video.node()
    first, last = video.labels(node)[WIDEST]["support"]
    video.do(node, "boundary", edge="end", frame=last - 2)
    video.do(node, "accept")
    export(dataset, tmp_path / "records", "json", NAMED, reviewed=True)
    (file,) = (tmp_path / "records").iterdir()
    record = json.loads(file.read_text())
    try:
        # Frames are those of the clip that is there.
        assert not brought_back(dataset, tmp_path / "records", back, "50")
        original = said(fo.load_dataset(back), "aa")[WIDEST, node]["review"]["original"]
        assert original["support"] == [2 * first - 1, 2 * last]
        fo.delete_dataset(back)
        text = json.loads(record["reviews"])
        entry = text["captions"][0]
        odd: list[Any] = [
            [], {"status": "good"}, {"who": 3, "status": "accepted"}, {"$where": 1}, {"a.b": 1},
            {"note": 5}, {"judged": [{"who": "x"}]}, {"original": {"support": [0, 5]}},
            {"original": {"merged": [{"start": "x"}]}}, {"x": 2**70}, {"x": float("nan")},
        ]  # fmt: skip
        bad: list[Any] = [
            None, 7, {}, {**entry, "tags": "x"}, {**entry, "tags": ["\ud800"]},
            {**entry, "fields": [{}]},
            *({**entry, "review": review} for review in odd),
        ]  # fmt: skip
        text["captions"] += [*bad, {**entry, "node_id": "gone"}, {**entry, "fields": ["rating"]}]
        file.write_text(json.dumps({**record, "reviews": json.dumps(text)}))
        lost = brought_back(dataset, tmp_path / "records", back)
        assert lost == {"bad-review": len(bad), "review-without-caption": len(entry["fields"]) + 1}
        assert said(fo.load_dataset(back), "aa") == said(dataset, "aa")
        for text in ("{", "[" * 10**5, "7", "null", '{"captions": {}}', 7, ["x"], {"captions": []}):
            fo.delete_dataset(back)
            file.write_text(json.dumps({**record, "reviews": text}))
            assert brought_back(dataset, tmp_path / "records", back) == {"bad-review": 1}
    finally:
        fo.delete_dataset(back)
    table = pa.Table.from_pylist([{**record, "reviews": 7}])
    file.unlink()
    pq.write_table(table, tmp_path / "records" / "a.parquet")
    (found,) = read_records(find_files(tmp_path / "records"), CAPTIONS)
    assert isinstance(found, SourceRecord) and found.record.warnings["bad-review"] == 1


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=9), each, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=50)
@given(PLAIN, st.sampled_from(["captions", "review", "original", "judged", "tags", "merged"]))
def test_no_text_ends_a_run_and_what_is_read_can_be_stored(value: Any, place: str) -> None:
    review: dict[str, Any] = {"status": "fixed", "who": "Ada", "original": {"label": "x"}}
    entry = {"node_id": "n", "fields": [WIDEST], "review": review, "tags": ["a"]}
    text: dict[str, Any] = {"frame_rate": 25, "captions": [entry]}
    within = {"captions": text, "review": entry, "tags": entry, "merged": review["original"]}
    within.get(place, review)[place] = value
    warnings = Counter[str]()
    found = read_reviews(json.dumps(text), warnings)
    for each in found.captions if found else ():
        bson.encode({"review": each.review, "tags": list(each.tags)})
        status_of({"review": each.review}), edited_values({"review": each.review})
    if found:  # and what is read is written and read again
        again = read_reviews(reviews_text(found), warnings)
        assert again is None or list(again.captions) == list(found.captions)
