"""Records that are malformed: repaired and counted, or refused with a reason."""

from __future__ import annotations

import json
import math
from datetime import datetime

import pytest
from fiftyone_action100m.core.records import RecordError, parse_record
from hypothesis import given
from small_tree import record
from strategies import binary_trees, broken_records

REPAIRABLE = {"not-a-partition"}


def with_metadata(**changes):
    row = record()
    row["metadata"].update(changes)
    return row


def with_nodes(**changes):
    row = record()
    row["nodes"] = [{**n, **changes.get(n["node_id"], {})} for n in row["nodes"]]
    return row


def test_a_good_record():
    good = parse_record(record())
    assert good.warnings == {}
    assert good.info.title == "Tea" and good.info.upload_date == datetime(2020, 2, 29)
    assert (good.info.view_count, good.info.like_count, good.duration) == (12, 3, 10.0)
    assert [(s.start, s.end, s.text) for s in good.info.transcript] == [
        (0.5, 4.25, "take a kettle"),
        (4.25, 14.25, "and wait"),
    ]
    assert good.url == "https://www.youtube.com/watch?v=abc-DEF_123"
    assert good.tree.is_valid() and good.tree.texts["plm_action"][0] == "cook"


@pytest.mark.parametrize(
    "uid", ["../../x", "a/b", "", "a" * 65, "x\n", None, 5, "a b", "\u00e9", ".", "a%2f"]
)
def test_an_unsafe_id_is_refused(uid):
    with pytest.raises(RecordError) as error:
        parse_record(record(video_uid=uid))
    assert error.value.reason == "bad-id"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (record(nodes=None), "no-nodes"),
        (record(nodes=[]), "no-nodes"),
        (record(nodes=[None, 3]), "no-nodes"),
        (with_nodes(root={"parent_id": "a"}), "no-root"),
        (record(nodes=[{"node_id": "a", "start": 2, "end": 1, "level": 0}]), "no-root"),
        ([], "bad-record"),
        ("record", "bad-record"),
    ],
)
def test_what_cannot_be_used_is_refused(row, reason):
    with pytest.raises(RecordError) as error:
        parse_record(row)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("row", "code", "left"),
    [
        (with_nodes(b1={"parent_id": "gone"}), "orphan", "root b a b2"),
        (with_nodes(b={"parent_id": "b1"}), "cycle", "root a"),
        (with_nodes(b={"parent_id": "b"}), "cycle", "root a"),
        (with_nodes(a={"parent_id": None}), "two-roots", "root b b1 b2"),
        (with_nodes(b1={"node_id": "a"}), "duplicate-id", "root b a b2"),
        (with_nodes(b1={"node_id": None}), "bad-id", "root b a b2"),
        (with_nodes(b1={"end": math.nan}), "bad-time", "root b a b2"),
        (with_nodes(b1={"start": 5.0, "end": 4.0}), "bad-time", "root b a b2"),
        (with_nodes(b1={"start": "soon"}), "bad-time", "root b a b2"),
        (with_nodes(b={"start": None}), "bad-time", "root b a b1 b2"),
        (with_nodes(root={"end": math.inf}), "bad-time", "root b a b1 b2"),
        (with_nodes(a={"start": -3.0}), "bad-time", "root b a b1 b2"),
        (with_nodes(b1={"level": 9}), "wrong-level", "root b a b1 b2"),
        (with_nodes(b1={"level": None}), "wrong-level", "root b a b1 b2"),
        (with_nodes(b2={"end": 99.0}), "outside-parent", "root b a b1 b2"),
    ],
)
def test_a_malformed_tree_is_repaired_and_the_repair_counted(row, code, left):
    repaired = parse_record(row)
    assert repaired.warnings[code] >= 1
    assert " ".join(repaired.tree.node_ids) == left
    assert {i.code for i in repaired.tree.check()} <= REPAIRABLE
    assert repaired.tree.levels.tolist() == [
        {"root": 0, "a": 1, "b": 1, "b1": 2, "b2": 2}[i] for i in repaired.tree.node_ids
    ]


def test_a_node_without_times_lasts_as_long_as_its_children():
    tree = parse_record(with_nodes(b={"start": None, "end": math.nan})).tree
    assert (tree["b"].start, tree["b"].end) == (4.0, 10.0)


def test_a_node_that_reaches_beyond_its_parent_is_trimmed():
    tree = parse_record(with_nodes(b2={"end": 99.0})).tree
    assert (tree["b2"].start, tree["b2"].end) == (5.0, 10.0)


def test_texts_stay_with_their_nodes_when_others_are_dropped():
    tree = parse_record(with_nodes(b={"node_id": None}, b1={"plm_action": "x"})).tree
    assert tree["a"].texts == {"gpt_action_brief": "chop"}
    assert tree["root"].texts == {"plm_action": "cook"}


@pytest.mark.parametrize(
    ("changes", "attribute", "value", "code"),
    [
        ({"upload_date": "20201345"}, "upload_date", None, "bad-date"),
        ({"upload_date": "2020-01-01"}, "upload_date", None, "bad-date"),
        ({"upload_date": "2020010\u0661"}, "upload_date", None, "bad-date"),
        ({"upload_date": None}, "upload_date", None, None),
        ({"title": None}, "title", None, None),
        ({"title": 7}, "title", None, "bad-text"),
        ({"title": "a\ud800b"}, "title", "a\ufffdb", "bad-text"),
        ({"view_count": -1}, "view_count", None, "bad-count"),
        ({"view_count": 2**70}, "view_count", None, "bad-count"),
        ({"view_count": "many"}, "view_count", None, "bad-count"),
        ({"view_count": 5.0}, "view_count", 5, None),
        ({"duration": 0}, "duration", None, "bad-duration"),
        ({"duration": math.nan}, "duration", None, "bad-duration"),
        ({"transcript": "spoken"}, "transcript", (), "bad-transcript"),
        ({"transcript": [{"time": "soon", "text": "a"}]}, "transcript", (), "bad-transcript"),
        ({"transcript": [{"time": "-1", "text": "a"}, None]}, "transcript", (), "bad-transcript"),
        ({"transcript": None}, "transcript", (), None),
    ],
)  # fmt: skip
def test_malformed_metadata(changes, attribute, value, code):
    parsed = parse_record(with_metadata(**changes))
    assert getattr(parsed.info, attribute) == value
    assert set(parsed.warnings) == ({code} if code else set())


def test_no_metadata_at_all():
    parsed = parse_record(record(metadata=None))
    assert parsed.info.title is None and parsed.warnings == {"no-metadata": 1}
    assert parsed.duration == 10.0


def test_metadata_that_is_shorter_than_the_tree():
    parsed = parse_record(with_metadata(duration=7))
    assert parsed.duration == 10.0 and parsed.warnings == {"wrong-duration": 1}


def test_a_transcript_out_of_order_is_sorted_and_joined():
    entries = [("4", "c"), ("1", "a"), ("4", "d"), ("2", " "), ("1.5", None)]
    transcript = [{"time": t, "text": x} for t, x in entries]
    parsed = parse_record(with_metadata(transcript=transcript))
    assert [(s.start, s.end, s.text) for s in parsed.info.transcript] == [
        (1.0, 1.5, "a"),
        (4.0, 14.0, "c d"),
    ]


@given(binary_trees())
def test_a_sound_tree_is_kept_as_it_is(nodes):
    parsed = parse_record(record(nodes=nodes, metadata=None))
    assert parsed.warnings == {"no-metadata": 1}
    assert [n.node_id for n in parsed.tree] == [n["node_id"] for n in nodes]
    assert parsed.tree.ends.tolist() == [n["end"] for n in nodes]


@given(broken_records())
def test_whatever_is_wrong_gives_a_usable_record_or_a_reason(row):
    try:
        parsed = parse_record(row)
    except RecordError as error:
        assert error.reason in {"bad-id", "no-nodes", "no-root", "bad-record"}
        return
    assert {i.code for i in parsed.tree.check()} <= REPAIRABLE
    for texts in parsed.tree.texts.values():
        json.dumps(texts).encode()
        assert all(t is None or t.encode() for t in texts)
    assert all(n > 0 for n in parsed.warnings.values())
    starts = [s.start for s in parsed.info.transcript]
    assert starts == sorted(set(starts))
