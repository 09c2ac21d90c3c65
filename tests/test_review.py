"""Reviews in the database: what a step stores, undoing it, and two people at once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from fiftyone_action100m.core.reviews import ReviewError
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.views.check import check_trees
from fiftyone_action100m.views.review import ReviewConflict, review_node, undo_review
from fiftyone_action100m.views.review_log import read_review
from reviewed import BRIEF, SUMMARY, WIDEST, ReviewedVideo, review_dataset
from subset import subset_dataset


@pytest.fixture(params=["converted", "published"])
def dataset(request: pytest.FixtureRequest, dataset_name: str) -> fo.Dataset:
    """A dataset as a conversion makes it, and one as the published subset is."""
    make = review_dataset if request.param == "converted" else subset_dataset
    return make(dataset_name)


@pytest.fixture
def made(dataset_name: str) -> fo.Dataset:
    return review_dataset(dataset_name)


def problems(dataset: fo.Dataset) -> set[tuple[str, str]]:
    """The findings of a check; a part of a node has those that its node has."""
    findings = [finding for _, finding in check_trees(dataset).findings]
    return {(finding.code, (finding.node_id or "").partition("~")[0]) for finding in findings}


def test_a_judgement_is_on_all_detections_of_the_node(dataset: fo.Dataset) -> None:
    video = ReviewedVideo(dataset)
    node, before = video.node(), video.raw()
    done = video.do(node, "accept")
    found = video.labels(node)
    assert len(found) > 1
    for d in found.values():
        assert d["review"]["status"] == "accepted" and d["review"]["who"] == "Ada"
        assert d["tags"] == ["review:accepted"] and "original" not in d["review"]
    assert done.statuses == {node: "accepted"} and not done.moved
    assert (done.undo, done.redo, done.version) == (1, 0, video.version())
    assert "ccepted “" in done.words
    dataset.reload()
    assert dataset.count_label_tags() == {"review:accepted": len(found)}
    assert dataset.get_field(f"{video.fields[0]}.detections.review") is not None
    field = next(iter(found))
    shown = dataset.filter_labels(field, fo.ViewField("review.status") == "accepted")
    assert shown.count(f"{field}.detections") == 1
    back = video.undo()
    assert (back.undo, back.redo) == (0, 1) and back.statuses == {node: None}
    assert video.raw() == before


def test_a_rejection_replaces_an_acceptance_and_can_be_taken_back(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    node = video.node()
    video.do(node, "accept", "Bea")
    video.do(node, "reject")
    found = video.labels(node)[WIDEST]
    assert found["tags"] == ["review:rejected"] and found["review"]["who"] == "Ada"
    assert [(e["who"], e["status"]) for e in found["review"]["judged"]] == [
        ("Bea", "accepted"), ("Ada", "rejected"),
    ]  # fmt: skip
    assert video.do(node, "clear").statuses == {node: "accepted"}
    assert video.labels(node)[WIDEST]["review"]["who"] == "Bea"
    video.do(node, "clear", "Bea")
    assert "review" not in video.labels(node)[WIDEST] and not video.labels(node)[WIDEST]["tags"]


def test_a_text_is_fixed_and_the_original_kept(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    node = video.node()
    before = video.labels(node)
    done = video.do(node, "text", text="  stir the pot ", field=SUMMARY)
    found = video.labels(node)
    assert found[SUMMARY]["label"] == "stir the pot" and done.moved
    assert found[SUMMARY]["review"]["original"] == {"label": before[SUMMARY]["label"]}
    assert found[WIDEST]["label"] == before[WIDEST]["label"]
    assert {d["review"]["status"] for d in found.values()} == {"fixed"}
    assert "original" not in found[WIDEST]["review"]
    video.do(node, "text", text="stir it", field=SUMMARY)
    assert video.labels(node)[SUMMARY]["review"]["original"] == {"label": before[SUMMARY]["label"]}
    video.do(node, "text", text=before[SUMMARY]["label"], field=SUMMARY)
    assert "original" not in video.labels(node)[SUMMARY]["review"]


def test_a_missing_caption_is_added(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    node = video.node(children=False)
    assert BRIEF not in video.labels(node)
    before = video.raw()
    video.do(node, "text", text="slice bread", field=BRIEF)
    added, like = video.labels(node)[BRIEF], video.labels(node)[WIDEST]
    assert added["label"] == "slice bread" and added["review"]["original"] == {"label": None}
    assert added["support"] == like["support"] and added["_id"] != like["_id"]
    assert not problems(made)
    video.undo()
    assert video.raw() == before


def test_a_boundary_moves_in_all_fields(dataset: fo.Dataset) -> None:
    video, known = ReviewedVideo(dataset), problems(dataset)
    node = video.node()
    beside = video.after(node)
    before = video.raw()
    was, right = video.labels(node), video.labels(beside)
    frame = was[video.fields[0]]["support"][1] - 2
    done = video.do(node, "boundary", edge="end", frame=frame)
    left, after = video.labels(node), video.labels(beside)
    assert {d["support"][1] for d in left.values()} == {frame - 1}
    assert {d["support"][0] for d in after.values()} == {frame}
    assert done.moved and {node, beside} <= set(done.statuses)
    assert (done.statuses[node], done.statuses[beside]) == ("fixed", None)
    for name, d in after.items():
        assert d["review"]["original"]["support"] == right[name]["support"]
        assert "status" not in d["review"] and d["tags"] == []
        if "start" in d:
            assert d["start"] == (frame - 1) / 25 == left[name]["end"]
    assert problems(dataset) <= known
    video.undo()
    assert video.raw() == before and video.redo().undo == 1
    assert {d["support"][1] for d in video.labels(node).values()} == {frame - 1}


def test_a_node_is_split_and_merged_again(dataset: fo.Dataset) -> None:
    video, known = ReviewedVideo(dataset), problems(dataset)
    node, before = video.node(), video.raw()
    first, last = video.labels(node)[video.fields[0]]["support"]
    frame = (first + last) // 2
    video.do(node, "split", frame=frame)
    part = f"{node}~1"
    old, new = video.labels(node), video.labels(part)
    assert old.keys() == new.keys()
    for name, d in new.items():
        assert d["label"] == old[name]["label"] and d["_id"] != old[name]["_id"]
        assert d["support"][0] == frame == old[name]["support"][1] + 1
        assert d["review"]["original"]["node_id"] == node and "status" not in d["review"]
    assert problems(dataset) <= known
    done = video.do(node, "merge", other=part)
    assert (not video.labels(part) and part in done.statuses) or node in done.statuses
    whole = video.labels(node)
    assert {tuple(d["support"]) for d in whole.values()} == {(first, last)}
    assert all(d["review"]["original"]["merged"][0]["node_id"] == part for d in whole.values())
    assert problems(dataset) <= known
    assert video.undo().undo == 1 and video.labels(part).keys() == old.keys()
    video.undo()
    assert video.raw() == before


def test_a_merged_node_takes_a_caption_that_it_lacks(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    node = video.node()
    beside = video.after(node)
    if BRIEF not in video.labels(beside):
        video.do(beside, "text", text="wash", field=BRIEF)
    video.do(beside, "accept", "Bea")
    for d in [d for d in made.first()[BRIEF].detections if d.node_id == node]:
        samples_of(made).update_many({}, {"$pull": {f"{BRIEF}.detections": {"node_id": node}}})
        assert d.label
    label = video.labels(beside)[BRIEF]["label"]
    video.do(node, "merge", other=beside)
    found = video.labels(node)[BRIEF]
    assert found["label"] == label and found["review"]["original"]["node_id"] == beside
    assert [e["who"] for e in found["review"]["judged"]] == ["Ada"]
    assert not problems(made)


def test_a_note_is_kept_and_removed(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    node = video.node()
    assert video.do(node, "note", text="too early?").statuses == {node: None}
    assert video.labels(node)[WIDEST]["review"] == {"note": "too early?"}
    video.do(node, "note")
    assert "review" not in video.labels(node)[WIDEST]


@pytest.mark.parametrize("kind, options, why", [
    ("accept", {"who": " "}, "name is missing"),
    ("accept", {"who": "x" * 90}, "up to 80"),
    ("accept", {"node": "gone"}, "no longer in the video"),
    ("text", {"text": " "}, "cannot be empty"),
    ("text", {"text": "x" * 20_001}, "up to 20,000"),
    ("text", {"text": "x", "field": "title"}, "holds no tree"),
    ("boundary", {"frame": 10_000}, "can be moved to frames"),
    ("merge", {"other": "gone"}, "no longer in the video"),
    ("split", {"frame": 0}, "can be split at"),
    ("clear", {}, "you have no judgement of “.*” to withdraw"),
    ("praise", {}, "choose from accept"),
])  # fmt: skip
def test_what_is_not_possible_changes_nothing(
    kind: str, options: dict[str, Any], why: str, made: fo.Dataset
) -> None:
    video = ReviewedVideo(made)
    before, node = video.raw(), options.pop("node", video.node())
    with pytest.raises(ReviewError, match=why):
        video.do(node, kind, edge="end", **options) if kind == "boundary" else video.do(
            node, kind, **options
        )
    assert video.raw() == before


def test_samples_and_scripts_are_told_from_steps_of_a_review(made: fo.Dataset) -> None:
    with pytest.raises(ReviewError, match="no longer in the dataset"):
        review_node(made, "0" * 24, "x", "accept", "Ada")
    with pytest.raises(ReviewError, match="not the id"):
        review_node(made, "x", "x", "accept", "Ada")
    video = ReviewedVideo(made)
    node, seen = video.node(), video.version()
    sample = made[video.id]
    sample.tags.append("mine")
    sample[BRIEF].detections[0].tags.append("mine")
    sample.save()
    assert video.version() == seen
    video.do(node, "accept", version=seen)
    assert "mine" in video.raw()[BRIEF]["detections"][0]["tags"]
    sample[SUMMARY].detections[0].label = "by a script"
    sample.save()
    assert video.raw()[SUMMARY]["detections"][0]["label"] == "by a script"
    assert video.labels(node)[WIDEST]["review"]["status"] == "accepted"
    with pytest.raises(ReviewConflict) as conflict:
        video.do(node, "reject", version=seen)
    assert conflict.value.who == "another program" and conflict.value.when.endswith("Z")


def test_what_someone_else_did_meanwhile_is_told(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    node, seen = video.node(), video.version()
    beside = video.after(node)
    other = next(n.node_id for n in video.tree() if n.node_id not in (node, beside))
    video.do(node, "reject", "Bea", version=seen)
    with pytest.raises(ReviewConflict) as conflict:
        video.do(node, "accept", version=seen)
    assert (conflict.value.who, conflict.value.what[:8]) == ("Bea", "rejected")
    assert video.labels(node)[WIDEST]["review"]["who"] == "Bea"
    done = video.do(other, "accept", version=seen)  # of another node
    # The version that was returned has Bea's step, so this was told with it.
    assert done.statuses == {other: "accepted", node: "rejected"} and not done.moved
    video.do(other, "reject", version=seen)  # what one did oneself is no conflict
    with pytest.raises(ReviewConflict, match="Bea rejected"):  # a boundary is of both
        frame = video.labels(beside)[WIDEST]["support"][0] - 1
        video.do(beside, "boundary", edge="start", frame=frame, version=seen)
    seen = video.version()
    assert video.do(node, "accept", version=seen).statuses == {node: "accepted"}
    video.do(beside, "text", "Bea", text="new words")
    undone = undo_review(made, video.id, "Ada", version=seen)
    assert undone.statuses == {node: "rejected", beside: "fixed"} and undone.moved
    video.do(beside, "note", "Bea", text="seen by Ada")
    assert video.do(beside, "reject", version=video.version()).undo


def test_only_ones_own_steps_are_undone_and_only_as_they_were(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    node = video.node()
    with pytest.raises(ReviewError, match="nothing to undo"):
        video.undo()
    with pytest.raises(ReviewError, match="nothing to redo"):
        video.redo()
    video.do(node, "accept")
    video.do(node, "reject", "Bea")
    with pytest.raises(ReviewConflict, match="Bea rejected"):
        video.undo()
    video.undo("Bea")
    video.undo()
    assert "review" not in video.labels(node)[WIDEST]
    video.do(node, "note", text="seen")
    with pytest.raises(ReviewError, match="nothing to redo"):  # a new step ends what was undone
        video.redo()
    samples_of(made).update_many({}, {"$set": {f"{WIDEST}.detections.$[].review.note": "x"}})
    with pytest.raises(ReviewConflict, match="another program"):
        video.undo()


def test_an_undoing_that_would_tear_the_tree_is_refused(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    for node in video.tree():
        children = video.tree().children(node.node_id)
        if not node.parent_id or not children:
            continue
        end = video.labels(node.node_id)[WIDEST]["support"][1]
        try:
            video.do(node.node_id, "boundary", edge="end", frame=end + 15)
        except ReviewError:
            continue
        try:  # what Ada's boundary was is in the middle of the child now
            video.do(children[-1].node_id, "boundary", "Bea", edge="start", frame=end + 5)
            break
        except ReviewError:
            video.undo()
    else:
        raise AssertionError("no such node")
    before = video.raw()
    with pytest.raises(ReviewConflict, match="Bea moved the start"):
        video.undo()
    assert video.raw() == before and not problems(made)


def test_a_writing_between_reading_and_writing_is_not_lost(
    made: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fiftyone_action100m.views import review, review_log

    video = ReviewedVideo(made)
    node, write, tries = video.node(), review_log.write, list[int]()

    def late(*args: Any) -> bool:
        tries.append(1)
        if len(tries) == 1:  # past FiftyOne, so the time of the last change stays
            path = f"{WIDEST}.detections.$[d].label"
            samples_of(made).update_many(
                {}, {"$set": {path: "by a script"}}, array_filters=[{"d.node_id": node}]
            )
        return write(*args)

    monkeypatch.setattr(review, "write", late)
    video.do(node, "accept")
    found = video.labels(node)[WIDEST]
    assert len(tries) == 2 and found["label"] == "by a script"
    assert found["review"]["status"] == "accepted"


def test_steps_of_several_reviewers_at_once_are_all_kept(made: fo.Dataset) -> None:
    video = ReviewedVideo(made)
    nodes = list(video.tree().node_ids)[:12]
    video.do(nodes[0], "note", text="the schema is declared")

    def judge(who: str) -> None:
        for node in nodes:
            video.do(node, "accept", who)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(judge, ["Ada", "Bea", "Cy"]))
    for node in nodes:
        (review,) = {repr(d["review"]["judged"]) for d in video.labels(node).values()}
        assert all(name in review for name in ("Ada", "Bea", "Cy"))
    steps = read_review(made, video.fields, video.id).steps
    assert [step.rev for step in steps] == list(range(1, 38))


def test_a_review_goes_along_with_a_dataset(made: fo.Dataset, tmp_path: Path) -> None:
    video = ReviewedVideo(made)
    node = video.node()
    video.do(node, "text", text="half a character: \ud83d", field=SUMMARY)
    made.export(str(tmp_path), dataset_type=fo.types.FiftyOneDataset, export_media=False)
    loaded = fo.Dataset.from_dir(str(tmp_path), dataset_type=fo.types.FiftyOneDataset)
    try:
        again = ReviewedVideo(loaded)
        assert again.labels(node)[SUMMARY]["label"] == "half a character: ?"
        assert again.labels(node) == video.labels(node) and again.version() == video.version()
        again.undo()
        assert "review" not in again.labels(node)[SUMMARY]
    finally:
        loaded.delete()


def test_random_steps_keep_the_trees_and_are_undone(made: fo.Dataset) -> None:
    video, draw, before = ReviewedVideo(made), random.Random(3), ReviewedVideo(made).raw()
    tree = video.tree()
    done: dict[str, int] = {}
    steps = 0
    for _ in range(36):
        node = draw.choice(list(tree))
        beside = draw.choice([tree.next_sibling, tree.previous_sibling])(node.node_id)
        supports = video.labels(node.node_id)[WIDEST]["support"]
        kind = draw.choice(["accept", "text", "boundary", "boundary", "split", "merge", "note"])
        options: dict[str, Any] = {
            "text": draw.choice("abcdef"),
            "frame": draw.randint(supports[0] - 3, supports[1] + 3),
            "edge": draw.choice(["start", "end"]),
            "other": beside.node_id if beside else "",
        }
        try:
            steps = video.do(node.node_id, kind, **options).undo
        except ReviewError:
            continue
        done[kind] = done.get(kind, 0) + 1
        tree = video.tree()
        assert not problems(made) and not tree.check()
    assert set(done) == {"accept", "text", "boundary", "split", "merge", "note"}, done
    for _ in range(steps):
        video.undo()
    assert video.raw() == before
