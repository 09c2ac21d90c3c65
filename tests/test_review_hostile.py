"""Reviews of what other programs have written, and of what a person would not type."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import fiftyone as fo
import pytest
from bson import ObjectId
from executor import TREE, panel_data, tree_sent
from fiftyone_action100m import next_to_review, review_agreement, review_progress, reviewed
from fiftyone_action100m.core.reviews import LONGEST_TEXT, ReviewError, ReviewUnchanged
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.operators import review as operators_review
from fiftyone_action100m.views.review import ReviewConflict
from fiftyone_action100m.views.review_progress import reviewers
from fiftyone_action100m.views.review_sample import where_reviewers_differ
from reviewed import BRIEF, SUMMARY, WIDEST, ReviewedVideo, review_dataset


@pytest.fixture
def video(dataset_name: str) -> ReviewedVideo:
    return ReviewedVideo(review_dataset(dataset_name, 1))


def write(video: ReviewedVideo, node: str, values: dict[str, Any]) -> None:
    """Writes into the detections of a node as a script would."""
    for name in video.fields:
        samples_of(video.dataset).update_many(
            {},
            {"$set": {f"{name}.detections.$[d].{k}": v for k, v in values.items()}},
            array_filters=[{"d.node_id": node}],
        )


@pytest.mark.parametrize("review", [
    {"status": "praised", "who": "a script", "judged": [{"who": "Bea"}, 7]},
    {"status": "praised", "judged": {"who": "Bea", "status": "accepted"}, "note": {"<b>": 1}},
    {"original": ["a"], "judged": "Bea"},
    "good",
    ["accepted"],
])  # fmt: skip
def test_what_no_reviewer_wrote_does_not_count(video: ReviewedVideo, review: Any) -> None:
    dataset, node = video.dataset, video.node()
    write(video, node, {"review": review})
    total = len(video.tree())
    for who in (None, "Bea"):
        assert review_progress(dataset, who).reviewed == 0
    assert reviewed(dataset, "open").count(f"{WIDEST}.detections") == total
    assert reviewed(dataset).count() == 0 and where_reviewers_differ(dataset).count() == 0
    assert review_agreement(dataset) == [] and "Ada" not in reviewers(dataset)
    sent = tree_sent("on_load", dataset, current_sample=video.id)["review"]
    assert set(sent["status"]) == {0} and not sent["notes"]
    for other in video.tree().node_ids:
        if other != node:
            video.do(other, "accept")
    assert next_to_review(dataset) == next_to_review(dataset, who="Ada") == (video.id, node)
    if isinstance(review, dict):
        assert video.do(node, "accept").statuses == {node: "accepted"}
        assert next_to_review(dataset) is None and review_progress(dataset).reviewed == total
        video.undo()
    else:
        with pytest.raises(ReviewError, match="rename that attribute"):
            video.do(node, "accept")
    assert {repr(d["review"]) for d in video.labels(node).values()} == {repr(review)}


def test_judgements_with_dates_and_several_of_one_reviewer_count(video: ReviewedVideo) -> None:
    dataset, node, then = video.dataset, video.node(), datetime(2026, 1, 2, 3, 4, 5)
    said = [
        {"who": "Bea", "status": "accepted", "when": then},
        {"who": "Bea", "status": "rejected", "when": then},
    ]
    write(video, node, {"review": {"status": "accepted", "who": 7, "when": then, "judged": said}})
    assert review_agreement(dataset) == []
    video.do(node, "reject")
    (pair,) = review_agreement(dataset)
    assert (pair.nodes, pair.agreed) == (1, 0)
    assert review_progress(dataset, "Bea").accepted == 1
    review = video.labels(node)[WIDEST]["review"]
    assert review["judged"][0]["when"] == "2026-01-02T03:04:05.000Z"
    assert video.do(node, "clear").statuses == {node: "accepted"}


def test_a_name_can_be_seen_and_is_the_same_however_it_is_typed(video: ReviewedVideo) -> None:
    for blank in ("", "\u200b", "\u202e", "\ufeff\u2060 ", "\x00"):
        with pytest.raises(ReviewError, match="name is missing"):
            video.do(video.node(), "accept", blank)
    video.do(video.node(), "accept", "Ame\u0301lie")
    assert review_progress(video.dataset, "Am\u00e9lie").accepted == 1
    assert reviewers(video.dataset) == ["Am\u00e9lie"]


def test_an_attribute_of_ones_own_stays(dataset_name: str) -> None:
    made = review_dataset(dataset_name, 1)
    made.add_sample_field(f"{WIDEST}.detections.review", fo.StringField)
    video = ReviewedVideo(made)
    with pytest.raises(ReviewError, match=r"plm_action.*review is StringField, not .*: rename"):
        video.do(video.node(), "accept")


def test_names_and_ids_with_odd_characters(video: ReviewedVideo) -> None:
    odd = "$$ROOT.<b>`|“x” ~1"
    node = video.node(children=False)
    write(video, node, {"node_id": odd})
    for who in ("$who", "$$CURRENT", "a|b`<i>"):
        video.do(odd, "reject", who)
        assert review_progress(video.dataset, who).rejected == 1
        assert next_to_review(video.dataset, who=who) is not None
    assert reviewers(video.dataset) == sorted(["$who", "$$CURRENT", "a|b`<i>"])
    pairs = review_agreement(video.dataset)
    assert [pair.nodes for pair in pairs] == [1, 1, 1]
    line = operators_review._row(replace(pairs[0], first="a\n| b", second="\x1b[31m`c"))
    assert line.startswith("| `a  b` and `[31mc` | 1 |") and "\n" not in line
    assert "\x1b" not in str(replace(pairs[0], first="\x1b[31m"))
    text = "<script>alert(1)</script>\n‮ " + "x" * 9_000
    assert video.do(odd, "text", text=text, field=SUMMARY).undo == 1
    assert video.labels(odd)[SUMMARY]["label"] == text
    first, last = video.labels(odd)[WIDEST]["support"]
    video.do(odd, "split", frame=(first + last) // 2)
    assert video.labels(f"{odd[:-2]}~2").keys() == video.labels(odd).keys()
    for blank in ("", " \n", "\x00", "\u200b"):
        with pytest.raises(ReviewError, match="cannot be empty"):
            video.do(odd, "text", text=blank)


def test_accepting_again_changes_nothing(video: ReviewedVideo) -> None:
    node = video.node()
    video.do(node, "note", text="look")
    video.undo()
    first = video.do(node, "accept")
    before = video.raw()
    with pytest.raises(ReviewUnchanged, match=r"you have already accepted"):
        video.do(node, "accept", version=first.version)
    assert video.raw() == before and video.version() == first.version
    video.do(node, "accept", "Bea")  # who judges for the first time says something new
    assert video.labels(node)[WIDEST]["review"]["who"] == "Bea"
    with pytest.raises(ReviewConflict, match="Bea"):
        video.do(node, "accept", version=first.version)


def test_undoing_a_split_keeps_what_somebody_put_on_the_part(video: ReviewedVideo) -> None:
    node = video.node()
    first, last = video.labels(node)[WIDEST]["support"]
    video.do(node, "split", frame=(first + last) // 2)
    part = f"{node}~1"
    write(video, part, {"verb": "cut", "cut_from": 1.0, "tags": ["review:sample"]})
    video.undo()  # what commands compute is computed anew
    video.redo()
    for values in ({"tags": ["mine"]}, {"mine": 7}):
        write(video, part, values)
        with pytest.raises(ReviewConflict, match="another program"):
            video.undo()
        assert len(video.labels(part)) == len(video.labels(node))
        write(video, part, {"tags": []})


def test_a_merged_node_keeps_all_of_what_it_took_in(video: ReviewedVideo) -> None:
    node = video.node()
    beside = video.after(node)
    write(video, beside, {"mine": 7, "tags": ["theirs"]})
    write(video, node, {"review": {"original": {"merged": 7}}})
    before = video.raw()
    was = video.labels(beside)[WIDEST]
    video.do(node, "merge", other=beside)
    (taken,) = video.labels(node)[WIDEST]["review"]["original"]["merged"]
    assert taken == {k: v for k, v in was.items() if k not in ("_id", "_cls")}
    video.undo()
    assert video.raw() == before


def test_a_field_that_came_later_does_not_open_its_nodes_again(video: ReviewedVideo) -> None:
    for node in video.tree().node_ids:
        video.do(node, "accept")
    path = f"{BRIEF}.detections.$[].review"
    samples_of(video.dataset).update_many({}, {"$unset": {path: ""}})  # as a new conversion adds it
    assert next_to_review(video.dataset) is None
    assert review_progress(video.dataset).reviewed == len(video.tree())


def test_labels_that_say_how_long_a_segment_lasts_follow_it(dataset_name: str) -> None:
    made = review_dataset(dataset_name, 1)
    made.delete_sample_fields([BRIEF, SUMMARY])
    made.rename_sample_field(WIDEST, "segments")
    video = ReviewedVideo(made)
    for d in video.raw()["segments"]["detections"]:
        span = f"0:{d['start']:04.1f} – 0:{d['end']:04.1f}"
        write(video, d["node_id"], {"label": span})
    before, node = video.raw(), video.node()
    frame = video.labels(node)["segments"]["support"][1] - 4
    beside = video.after(node)
    video.do(node, "boundary", edge="end", frame=frame)
    at = f"0:{(frame - 1) / 25:04.1f}"
    assert video.labels(node)["segments"]["label"].endswith(f"– {at}")
    assert video.labels(beside)["segments"]["label"].startswith(f"{at} –")
    video.undo()
    video.do(node, "text", text="stir")
    video.do(node, "boundary", edge="end", frame=frame)
    assert video.labels(node)["segments"]["label"] == "stir"
    video.undo()
    video.undo()
    assert video.raw() == before


@pytest.mark.parametrize("rate", [None, 0.0, -1.0, float("nan")])
def test_an_impossible_frame_rate_is_told(video: ReviewedVideo, rate: float | None) -> None:
    samples_of(video.dataset).update_many({}, {"$set": {"metadata.frame_rate": rate}})
    with pytest.raises(ReviewError, match="frame rate is unknown"):
        video.do("aa-1", "split", frame=20)
    assert video.do("aa-1", "accept").statuses == {"aa-1": "accepted"}
    assert next_to_review(video.dataset, video.id, "aa-0") is not None


@pytest.mark.parametrize("version", ["", "-", "x-y", "1", "²-", "99999999999999999999-0"])
def test_a_version_that_nobody_gave_is_another_programs(video: ReviewedVideo, version: str) -> None:
    if version:
        with pytest.raises(ReviewConflict, match="another program"):
            video.do("aa-1", "accept", version=version)
    with pytest.raises(ReviewError, match="choose from start, end"):
        video.do("aa-1", "boundary", edge="middle")


def test_what_mongodb_cannot_hold_is_refused_and_nothing_saved(video: ReviewedVideo) -> None:
    filled = {"$set": {"mine": "x" * (2**24 - len(str(video.raw())) - 3 * LONGEST_TEXT)}}
    samples_of(video.dataset).update_many({}, filled)
    for node in list(video.tree().node_ids)[:9]:
        before = video.raw()
        try:
            video.do(node, "note", text="é" * LONGEST_TEXT)
        except ReviewError as error:
            assert "nothing was saved" in str(error) and len(str(error)) < 300
            assert video.raw() == before
            break
    else:
        raise AssertionError("it held everything")


def test_a_document_of_most_of_what_mongodb_holds_is_edited(video: ReviewedVideo) -> None:
    node = video.node()
    beside = video.after(node)
    samples_of(video.dataset).update_many(
        {},
        {"$set": {f"{WIDEST}.detections.$[d].label": "x" * 10_000_000}},
        array_filters=[{"d.node_id": "aa-0"}],
    )
    before = video.raw()
    first, last = video.labels(node)[WIDEST]["support"]
    video.do(node, "split", frame=(first + last) // 2)
    video.do(beside, "merge", other=f"{node}~1")
    assert not video.labels(f"{node}~1") and not video.tree().check()
    video.undo()
    video.undo()
    assert video.raw() == before


def test_a_log_of_a_later_version_is_read(video: ReviewedVideo) -> None:
    video.do("aa-1", "accept")
    (name,) = (n for n in video.fields if video.document()[n].get("review_log"))
    samples_of(video.dataset).update_many({}, {"$set": {f"{name}.review_log.steps.0.mood": "good"}})
    assert video.undo().redo == 1
    sent = panel_data(tree_told(video), "tree")
    assert "aa-1" in sent


def tree_told(video: ReviewedVideo) -> Any:
    import executor

    return executor.ask(TREE, "on_load", video.dataset, state={}, current_sample=video.id)


def test_a_sample_that_is_gone(video: ReviewedVideo) -> None:
    for wrong in ("", "x", str(ObjectId())):
        video.id = wrong
        with pytest.raises(ReviewError):
            video.do("aa-1", "accept")
