"""What of a record becomes a label, and on which frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from fiftyone_action100m.core.fields import CAPTIONS, select_captions
from fiftyone_action100m.core.labels import (
    ClipFrames,
    count_frameless,
    is_no_action,
    map_frames,
    shortest_span,
)
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.core.times import ClipSeconds
from fiftyone_action100m.core.tree import TreeOfCaptions
from hypothesis import given
from hypothesis import strategies as st
from rowwise import map_labels, support
from small_tree import node, record
from strategies import RATES, binary_trees

FPS = Fraction(10)


@pytest.mark.parametrize("text", ["N/A", "n/a", " N/A ", "\tn / a\n", "N/A" + " " * 40])
def test_no_action(text):
    assert is_no_action(text)


@pytest.mark.parametrize("text", ["N/A handle", "na", "", "n", "open the N/A box"])
def test_action(text):
    assert not is_no_action(text)


def gpt(brief, actor="cook", summary="x"):
    action = {"brief": brief, "detailed": brief, "actor": actor}
    return {"summary": {"brief": summary, "detailed": summary}, "action": action}


def test_captions_and_their_attributes():
    row = record()
    row["nodes"][0]["gpt"] = gpt("make tea")
    row["nodes"][1]["gpt"] = gpt(" n/a ", "N/A")
    row["nodes"][2]["gpt"] = gpt("chop", "N/A")
    labels = map_labels(parse_record(row), FPS, 70, select_captions("gpt"))
    assert labels.captions == {
        "gpt_summary_brief": [(0, "x"), (1, "x"), (2, "x")],
        "gpt_summary_detailed": [(0, "x"), (1, "x"), (2, "x")],
        "gpt_action_brief": [(0, "make tea"), (2, "chop")],
        "gpt_action_detailed": [(0, "make tea"), (2, "chop")],
        "gpt_action_actor": [(0, "cook")],
    }
    by_id = {s.node_id: s for s in labels.segments}
    assert by_id["b"][1:] == ("b", "root", 1, "mid", 4.0, 10.0, 41, 70, True)
    assert by_id["b1"][1:] == ("b1", "b", 2, "leaf", 4.0, 5.0, 41, 50, False)
    assert by_id["root"].parent_id is None and by_id["root"].tier == "root"
    assert labels.transcript == "take a kettle and wait"
    assert [(s.first, s.last, s.truncated) for s in labels.speech] == [
        (6, 43, False),
        (44, 70, True),
    ]


def test_what_starts_after_the_clip_is_left_out():
    labels = map_labels(parse_record(record()), FPS, 42, CAPTIONS)
    assert {s.node_id for s in labels.segments} == {"root", "a", "b", "b1"}
    labels = map_labels(parse_record(record()), FPS, 40, CAPTIONS)
    assert {s.node_id for s in labels.segments} == {"root", "a"}
    assert [s.text for s in labels.speech] == ["take a kettle"]


def test_leaf_means_no_children_in_the_source_although_they_lie_after_the_clip():
    row = record()
    row["nodes"] = [n for n in row["nodes"] if n["node_id"] != "b1"]  # not a partition, but a tree
    labels = map_labels(parse_record(row), FPS, 45, CAPTIONS)
    assert {s.node_id: s.tier for s in labels.segments} == {
        "root": "root",
        "a": "leaf",
        "b": "mid",
    }


@given(binary_trees(), st.sampled_from(RATES), st.integers(1, 9000))
def test_children_partition_their_parents_frames(nodes, fps, total):
    parsed = parse_record(record(nodes=nodes, metadata=None))
    segments = map_labels(parsed, Fraction(fps), total, CAPTIONS).segments
    by_id = {s.node_id: s for s in segments}
    assert len(by_id) == len(segments)
    for s in segments:
        assert 1 <= s.first <= s.last <= total
        children = [by_id[c.node_id] for c in parsed.tree.children(s.node_id) if c.node_id in by_id]
        if parsed.tree.children(s.node_id):
            covered = [f for c in children for f in range(c.first, c.last + 1)]
            assert covered == list(range(s.first, s.last + 1))


@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(0, 90)), max_size=30),
    st.sampled_from(RATES),
    st.integers(1, 9000),
)
def test_columns_are_mapped_to_frames_as_each_row_is(rows, fps, total):
    starts = np.array([start for start, _ in rows], dtype=np.float64)
    ends = np.array([start + length for start, length in rows], dtype=np.float64)
    clip = ClipFrames([(Fraction(fps), total)])
    frames = map_frames(starts, ends, np.zeros(len(rows), np.int64), clip)
    found = dict(zip(frames.places.tolist(), zip(*frames[1:], strict=True), strict=True))
    for i, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        assert found.get(i) == support(start, end, Fraction(fps), total)


def test_select_captions():
    assert [c.name for c in select_captions("plm_action,gpt")][-1] == "plm_action"
    assert len(select_captions("gpt")) == 5 and len(select_captions(["all"])) == len(CAPTIONS)
    assert [c.name for c in select_captions(("plm",))] == ["plm_action", "plm_caption"]
    for bad in ("", "gtp", "gpt,nope"):
        with pytest.raises(ValueError, match="unknown captions"):
            select_captions(bad)


def test_short_nodes_are_measured_wherever_they_are():
    nodes = [node("root", None, 0, 0.0, 10.0), node("long", "root", 1, 0.0, 5.06)]
    nodes += [node("short", "root", 1, 5.06, 5.14), node("rest", "root", 1, 5.14, 10.0)]
    tree = TreeOfCaptions.from_nodes(nodes)
    assert count_frameless(tree, FPS, 100) == 1  # no frame's centre is from 5.06 to 5.14 s
    assert count_frameless(tree, FPS, 51) == 0  # the clip ends before
    assert count_frameless(tree, Fraction(25), 250) == 0
    assert shortest_span(tree, ClipSeconds(10.0)) == pytest.approx(0.08)
    assert shortest_span(tree, ClipSeconds(5.0)) == pytest.approx(5.06)
