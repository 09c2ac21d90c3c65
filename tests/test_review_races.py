"""Reviewers in processes of their own: at once, and killed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import fiftyone as fo
import forks
import pytest
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.views.check import check_trees
from reviewed import WIDEST, ReviewedVideo, review_dataset

#: Reviews all nodes of the first video in an order of one's own, once a file is gone.
REVIEWS = """if True:
    import sys, time
    from pathlib import Path
    import fiftyone as fo
    from fiftyone_action100m.views.review import review_node, undo_review
    name, who, video, gate, own, *nodes = sys.argv[1:]
    dataset = fo.load_dataset(name)
    while Path(gate).exists():
        time.sleep(0.001)
    for node in nodes:
        review_node(dataset, video, node, "accept", who)
        review_node(dataset, video, own, "note", who, text=f"of {who}")
        undo_review(dataset, video, who)
"""
#: Splits and joins segments until it is killed.
EDITS = """if True:
    import sys
    import fiftyone as fo
    from fiftyone_action100m.views.review import review_node, undo_review
    name, video, node, frame = sys.argv[1:]
    dataset = fo.load_dataset(name)
    while True:
        review_node(dataset, video, node, "split", "Ada", frame=int(frame))
        review_node(dataset, video, node + "~1", "text", "Ada", text="stir")
        undo_review(dataset, video, "Ada")
        undo_review(dataset, video, "Ada")
"""


@pytest.fixture
def video(dataset_name: str) -> ReviewedVideo:
    return ReviewedVideo(review_dataset(dataset_name, 1))


def test_two_people_begin_at_once(video: ReviewedVideo, tmp_path: Any) -> None:
    gate, (*nodes, hers, his) = tmp_path / "gate", list(video.tree().node_ids)[:10]
    gate.touch()
    running = [
        forks.start(REVIEWS, video.dataset.name, who, video.id, str(gate), own, *order)
        for who, own, order in (("Ada", hers, nodes), ("Bob", his, nodes[::-1]))
    ]
    time.sleep(0.3)  # until both wait
    gate.unlink()
    assert [process.communicate(120)[1] for process in running] == ["", ""]
    for node in nodes:
        (judged,) = {repr(d["review"]["judged"]) for d in video.labels(node).values()}
        assert "Ada" in judged and "Bob" in judged
    review = video.review()
    assert [step.rev for step in review.steps] == list(range(1, 49))
    assert review.steps[-1].after == review.digest
    video.dataset.reload()
    for name in video.fields:
        assert isinstance(video.dataset.get_field(f"{name}.detections.review"), fo.DictField)


def test_a_change_is_later_than_the_one_before_whatever_the_clocks_say(
    video: ReviewedVideo,
) -> None:
    ahead = datetime.now() + timedelta(hours=3)
    samples_of(video.dataset).update_many({}, {"$set": {"last_modified_at": ahead}})
    before = video.document()["last_modified_at"]
    video.do(video.node(), "accept")
    assert video.document()["last_modified_at"] == before + timedelta(milliseconds=1)


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_reviewer_is_killed(video: ReviewedVideo, steps: int) -> None:
    node = video.node()
    before = video.raw()
    first, last = video.labels(node)[WIDEST]["support"]
    frame = str((first + last) // 2)
    process = forks.start(EDITS, video.dataset.name, video.id, node, frame)
    until = time.monotonic() + 60
    while len(video.review().steps) < steps and time.monotonic() < until:
        time.sleep(0.001)
    process.kill()
    process.wait(60)
    review = video.review()
    assert len(review.steps) >= steps and review.steps[-1].after == review.digest
    assert not check_trees(video.dataset).findings
    while video.raw() != before:  # the same person goes on
        video.undo()
    video.do(node, "split", frame=int(frame))
    assert samples_of(video.dataset).count_documents({}) == 1
