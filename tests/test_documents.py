"""The documents of the fast path are those of ``add_samples``."""

from __future__ import annotations

import bson
import fiftyone as fo
import pyarrow as pa
import pytest
from fiftyone import ViewField as F
from fiftyone_action100m.converters.storing import bson_columns, detections, schema
from fiftyone_action100m.converters.storing import documents as documents_module
from fiftyone_action100m.converters.storing.documents import (
    MAX_DOCUMENT_BYTES,
    Item,
    sample_documents,
)
from fiftyone_action100m.converters.storing.ingest import Ingest, now_utc, paused_gc
from fiftyone_action100m.converters.storing.sample_fields import (
    NODE_ATTRIBUTES,
    VIDEO_FIELDS,
    Attribute,
    VideoField,
)
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import CAPTIONS
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.internals.database import dataset_id, samples_of
from material import changed, clip_of, small_record
from rowwise_samples import build_sample


def rows():
    plain = [small_record(f"video-{i}", leaves=8 + i) for i in range(4)]
    odd = changed(plain[0], video_uid="odd")
    odd["metadata"].update(title="naïve 🍵 \u202etea", view_count=2**40, transcript=None)
    odd["nodes"][0]["plm_action"] = "日本語 text\nwith {{braces}} and \x00 inside"
    bare = changed(plain[1], video_uid="bare", metadata=None)
    long = small_record("long", seconds=40.0, leaves=250)  # more nodes than there are ready keys
    return [*plain, odd, bare, long]


@pytest.fixture(scope="module")
def both():
    """The same records, added by FiftyOne's way and by ours."""
    theirs, ours = fo.Dataset(), fo.Dataset()
    for dataset in (theirs, ours):
        declare_schema(dataset, CAPTIONS)
    samples, ingest = [], Ingest(ours, CAPTIONS, batch=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bson_columns, "_KEYS", bson_columns._KEYS[:400])
        for row in rows():
            record = parse_record(row)
            clip = clip_of(f"/clips/{record.video_uid}.mp4", frames=1100)
            samples.append(build_sample(record, clip, CAPTIONS))
            ingest.add(record, clip)
        ingest.flush()
    theirs.add_samples(samples, dynamic=True)
    yield theirs, ours
    theirs.delete()
    ours.delete()


_FRESH = {"_id", "_rand", "_dataset_id", "created_at", "last_modified_at"}


def comparable(value):
    """A document without what differs between any two insertions, its types kept."""
    if isinstance(value, dict):
        return {k: type(v) if k in _FRESH else comparable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [comparable(v) for v in value]
    return type(value), value


def documents(dataset):
    return [comparable(d) for d in samples_of(dataset).find({}, sort=[("_id", 1)])]


def test_documents_are_equal_in_values_types_and_order(both):
    theirs, ours = map(documents, both)
    assert theirs == ours
    for a, b in zip(theirs, ours, strict=True):
        assert set(a) == set(b)
        detections = a["gpt_action_brief"]["detections"]
        if detections:
            assert list(detections[0]) == list(b["gpt_action_brief"]["detections"][0])


def test_schemas_are_equal(both):
    theirs, ours = (d.get_field_schema(flat=True) for d in both)
    assert {k: type(v) for k, v in theirs.items()} == {k: type(v) for k, v in ours.items()}


def test_ids_are_unique_and_new(both):
    _, ours = both
    ids = [i for name in ("plm_action", "gpt_summary_brief", "transcript_segments")
           for found in ours.values(f"{name}.detections.id") for i in found]  # fmt: skip
    assert len(ids) == len(set(ids)) > 500
    assert all(bson.ObjectId.is_valid(i) for i in ids)
    assert all(0.999 <= r < 1 for r in samples_of(ours).distinct("_rand"))


def test_a_document_tells_its_own_id(both):
    _, ours = both
    record = parse_record(small_record("asked"))
    item = Item(record, clip_of("/clips/asked.mp4"), "/clips/asked.mp4")
    (document,) = sample_documents([item], CAPTIONS, dataset_id(ours), now_utc())
    assert document["_id"] == bson.decode(document.raw)["_id"]
    assert document["video_uid"] == "asked" and set(document) == set(bson.decode(document.raw))


def test_views_are_equal(both):
    def seen(dataset):
        kept = dataset.filter_labels("plm_action", F("level") == 2).sort_by("title")
        clips = dataset.to_clips("gpt_action_brief")
        return (
            kept.values(["title", "plm_action.detections.node_id"]),
            clips.values(["support", "gpt_action_brief.label"]),
            dataset.count_values("plm_action.detections.tier"),
            dataset.bounds("plm_action.detections.start"),
        )

    assert seen(both[0]) == seen(both[1])


def test_exports_are_equal(both, tmp_path):
    def exported(dataset, folder):
        dataset.export(
            export_dir=str(folder), dataset_type=fo.types.FiftyOneDataset, export_media=False
        )
        text = (folder / "samples.json").read_text()
        return sorted(map(repr, map(comparable, bson.json_util.loads(text)["samples"])))

    assert exported(both[0], tmp_path / "a") == exported(both[1], tmp_path / "b")


def test_samples_can_be_edited_like_any(both):
    _, ours = both
    sample = ours.match(F("video_uid") == "video-1").first()
    sample["plm_action"].detections[0].tags.append("seen")
    sample.tags.append("mine")
    sample.save()
    ours.reload()
    assert ours.count_label_tags() == {"seen": 1} and ours.count_sample_tags() == {"mine": 1}


def test_a_document_too_large_is_refused_and_the_others_are_added(dataset_name):
    dataset = fo.Dataset(dataset_name)
    declare_schema(dataset, CAPTIONS)
    ingest = Ingest(dataset, CAPTIONS)
    row = small_record("huge")
    row["metadata"]["description"] = "x" * (MAX_DOCUMENT_BYTES + 1)
    ingest.add(parse_record(small_record("small")), clip_of("/clips/small.mp4"))
    with pytest.raises(OverflowError, match="huge"):
        ingest.add(parse_record(row), clip_of("/clips/huge.mp4"))
    ingest.flush()
    assert dataset.values("video_uid") == ["small"]


def test_existing_and_replace(dataset_name):
    dataset = fo.Dataset(dataset_name)
    declare_schema(dataset, CAPTIONS)
    ingest = Ingest(dataset, CAPTIONS)
    record = parse_record(small_record("a"))
    with paused_gc():
        ingest.add(record, clip_of("/clips/a.mp4", frames=150))
        ingest.flush()
        there = ingest.existing(["a", "b"])
        assert set(there) == {"a"} and ingest.existing([]) == {}
        ingest.replace(record, clip_of("/clips/a.mp4", frames=50), there["a"])
        ingest.flush()
    assert dataset.values("metadata.total_frame_count") == [50]


def test_every_field_is_described_and_the_id_indexed(dataset_name):
    dataset = fo.Dataset(dataset_name)
    declare_schema(dataset, CAPTIONS)
    schema = dataset.get_field_schema(flat=True)
    assert [path for path, field in schema.items() if not field.description] == []
    assert "video_uid" in dataset.get_index_information()
    for caption in CAPTIONS:
        for name in ["node_id", "parent_id", "level", "tier", "start", "end", "truncated"]:
            assert f"{caption.name}.detections.{name}" in schema
    declare_schema(dataset, CAPTIONS)  # and again


def test_a_batch_in_which_nothing_has_a_text_is_written():
    """A set of clips without a caption between them has no detection to be a column of."""
    row = small_record("silent")
    row["metadata"]["transcript"] = None
    for node in row["nodes"]:
        node.update(plm_action=None, plm_caption=None, llama3_caption=None, gpt=None)
    item = Item(parse_record(row), clip_of("/clips/silent.mp4"), "/clips/silent.mp4")
    (made,) = sample_documents([item], CAPTIONS, bson.ObjectId(), now_utc())
    document = bson.decode(made.raw)
    assert document["video_uid"] == "silent"
    assert [document[c.name]["detections"] for c in CAPTIONS] == [[]] * len(CAPTIONS)


def test_a_field_and_an_attribute_are_added_by_a_row_each(dataset_name, monkeypatch):
    """As docs/architecture.md says: schema, documents and sidebar follow."""
    seconds = Attribute(
        "seconds",
        fo.FloatField,
        "Length in seconds of the source video",
        lambda block, frames: block.ends[frames.places] - block.starts[frames.places],
    )
    parity = Attribute(
        "parity",
        fo.StringField,
        "Whether the level is even; none for the root",
        lambda block, frames: pa.array(
            [("even", "odd")[n % 2] if n else None for n in block.levels[frames.places].tolist()]
        ),
    )
    nodes = VideoField("nodes", fo.IntField, "Nodes of the tree", lambda r, _: len(r.tree))
    for module in (schema, detections):
        monkeypatch.setattr(module, "NODE_ATTRIBUTES", (seconds, *NODE_ATTRIBUTES, parity))
    for module in (schema, documents_module):
        monkeypatch.setattr(module, "VIDEO_FIELDS", (*VIDEO_FIELDS, nodes))
    dataset = fo.Dataset(dataset_name)
    declare_schema(dataset, CAPTIONS)
    schema.make_readable(dataset, CAPTIONS)
    ingest = Ingest(dataset, CAPTIONS)
    record = parse_record(small_record("a"))
    ingest.add(record, clip_of("/clips/a.mp4"))
    ingest.flush()
    sample = dataset.first()
    assert sample["nodes"] == len(record.tree)
    for label in sample["plm_action"].detections:
        assert label["seconds"] == label["end"] - label["start"]
        assert label["parity"] == (("even", "odd")[label["level"] % 2] if label["level"] else None)
    assert dataset.get_field("plm_action.detections.parity").description == parity.description
    assert "nodes" in {p for g in dataset.app_config.sidebar_groups for p in g.paths}
