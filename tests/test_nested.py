"""Of segments that lie in each other, the outermost or the finest are kept, as a search does."""

from __future__ import annotations

from collections.abc import Iterator

import fiftyone as fo
import pytest
from executor import form, run
from fiftyone_action100m import find, same_action
from fiftyone_action100m.core.frames import frame_times
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.views.hits import Hit
from fiftyone_action100m.views.moments import moments
from fiftyone_action100m.views.nested import KeepNested, count_moments, only
from kitchen import BRIEF

#: By video: node, level, first and last frame, caption.
BREAD = {
    "loaf": [
        ("r", 0, 1, 100, "bake a loaf"), ("a", 1, 1, 60, "slice bread"),
        ("a1", 2, 1, 30, "slice the bread"), ("a2", 2, 31, 60, "slice bread"),
        ("a3", 3, 31, 40, "Slice bread."), ("b", 1, 61, 100, "butter bread"),
        ("b1", 2, 61, 70, "slice bread"), ("one", 3, 70, 70, "slice bread"),
    ],
    "toast": [("r", 0, 1, 50, "slice bread"), ("a", 1, 1, 50, "slice bread")],
    "soup": [("r", 0, 1, 50, "cook a soup")],
}  # fmt: skip


@pytest.fixture(scope="module")
def dataset() -> Iterator[fo.Dataset]:
    made = fo.Dataset("test-nested")
    for uid, nodes in BREAD.items():
        found = [
            fo.TemporalDetection(
                label=text, support=[first, last], node_id=node, parent_id=None, level=level
            )
            for node, level, first, last, text in nodes
        ]
        sample = fo.Sample(filepath=f"/nowhere/{uid}.mp4", video_uid=uid)
        sample.metadata = fo.VideoMetadata(frame_rate=10, total_frame_count=100, duration=10)
        sample[BRIEF] = fo.TemporalDetections(detections=found)
        made.add_sample(sample, dynamic=True)
    yield made
    made.delete()


def nodes(view: fo.DatasetView) -> dict[str, list[str]]:
    uids, found = view.values(["video_uid", f"{BRIEF}.detections.node_id"])
    return {uid: ids for uid, ids in zip(uids, found, strict=True) if ids}


KEPT: dict[KeepNested, dict[str, list[str]]] = {
    "all": {"loaf": ["a", "a1", "a2", "a3", "b1", "one"], "toast": ["r", "a"]},
    "outermost": {"loaf": ["a", "b1"], "toast": ["r"]},
    "finest": {"loaf": ["a1", "a3", "one"], "toast": ["a"]},
}


@pytest.mark.parametrize("keep", list(KEPT))
def test_it_keeps_what_the_search_shows(dataset: fo.Dataset, keep: KeepNested) -> None:
    view = find(dataset, '"slice"', BRIEF, keep="matches")
    assert nodes(only(view, [BRIEF], keep)) == KEPT[keep]
    if keep != "all":
        assert nodes(find(dataset, "slice", keep=keep)) == KEPT[keep]
    clips = same_action(dataset, "slice bread", keep=keep, sort="video")
    found = clips.values(["video_uid", f"{BRIEF}.node_id"])
    assert sorted(zip(*found, strict=True)) == sorted(
        (uid, node) for uid, ids in KEPT[keep].items() for node in ids
    )
    hits = [
        Hit(
            uid,
            uid,
            node,
            BRIEF,
            text,
            level,
            *frame_times(first, last, 10),
            (first, last),
            1.0,
            node,
        )
        for uid, rows in BREAD.items()
        for node, level, first, last, text in rows
        if text.lower().startswith("slice")
    ]
    shown = {(m.shown.sample_id, m.shown.node_id) for m in moments(hits, keep)}
    assert shown == {(uid, node) for uid, ids in KEPT[keep].items() for node in ids}


def test_moments_are_counted_with_their_segments(dataset: fo.Dataset) -> None:
    view = find(dataset, "slice", BRIEF)
    assert str(count_moments(view, [BRIEF])) == "3 moments, 8 segments in 2 videos"
    assert str(count_moments(dataset.match_tags("no"), [BRIEF])) == "0 segments in 0 videos"
    finest = only(view, [BRIEF], "finest")
    assert str(count_moments(finest, [BRIEF])) == "4 segments in 2 videos"


def test_the_forms_give_both_counts(dataset: fo.Dataset) -> None:
    params = {"label": "slice bread", "keep": "outermost"}
    said = form("same_action_elsewhere", dataset, params=params)["preview"].view.label
    assert said == f"3 moments, 8 segments in 2 videos, by {BRIEF}"
    told = run("same_action_elsewhere", dataset, params=params)
    message = "Found slice bread: 3 moments, 8 segments in 2 videos, 3 clips of the outermost"
    assert told["notify"]["message"] == message
    assert len(build_view(dataset, told["set_view"]["view"])) == 3
    said = form("find_in_captions", dataset, params={"query": "slice"})["preview"].view.label
    assert said == "3 moments, 8 captions in 2 videos"


def test_an_unknown_choice_is_refused(dataset: fo.Dataset) -> None:
    with pytest.raises(ValueError, match="choose from all, outermost, finest"):
        same_action(dataset, "slice bread", keep="best")
