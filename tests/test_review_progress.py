"""What is reviewed, what comes next, the review sample, and agreement."""

from __future__ import annotations

from collections import Counter
from typing import Any

import fiftyone as fo
import pytest
from fiftyone_action100m import (
    next_to_review,
    review_agreement,
    review_node,
    review_progress,
    reviewed,
    sample_for_review,
    trees,
)  # fmt: skip
from fiftyone_action100m.core.reviews import SAMPLE_TAG, ReviewError
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.views import review_sample
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.review_sample import _shares, sampled_nodes
from hypothesis import given
from hypothesis import strategies as st
from reviewed import BRIEF, WIDEST, review_dataset
from subset import subset_dataset


@pytest.fixture
def dataset(dataset_name: str) -> fo.Dataset:
    return review_dataset(dataset_name, videos=3)


def judge(dataset: fo.Dataset, kinds: dict[int, str], who: str = "Ada", video: int = 0) -> None:
    """Judges nodes of a video, given by their places in the outline."""
    sample = list(dataset)[video]
    nodes = [node.node_id for node in trees(sample).subtree(f"{sample.video_uid}-0")]
    for place, kind in kinds.items():
        review_node(dataset, sample.id, nodes[place], kind, who, text="words")  # type: ignore[arg-type]


def test_each_node_counts_once(dataset: fo.Dataset) -> None:
    total = sum(len(trees(sample)) for sample in dataset)
    judge(dataset, {0: "accept", 1: "reject", 2: "text", 3: "note"})
    judge(dataset, {0: "accept"}, "Bea", 1)
    found = review_progress(dataset)
    assert str(found) == f"4 of {total} reviewed"
    assert found.to_dict() == {
        "total": total, "accepted": 2, "rejected": 1, "fixed": 1, "reviewed": 4,
    }  # fmt: skip
    assert review_progress(dataset, "Bea").reviewed == 1
    assert review_progress(dataset.limit(1)).total == len(trees(dataset.first()))
    clips = segments(dataset.limit(1), WIDEST)
    assert review_progress(clips) == review_progress(dataset.limit(1))
    assert review_progress(dataset.match(fo.ViewField("video_uid") == "no")).total == 0


def test_the_published_subset_is_counted(dataset_name: str) -> None:
    made = subset_dataset(dataset_name)
    assert review_progress(made).total == sum(len(trees(sample)) for sample in made)


def test_the_next_one_is_over_the_end_of_a_video_and_at_last_the_first(dataset: fo.Dataset) -> None:
    first, second = list(dataset)[:2]
    order = [node.node_id for node in trees(first).subtree("aa-0")]
    found = next_to_review(dataset)
    assert found == (first.id, "aa-0")
    assert next_to_review(dataset, first.id, order[-1]) == (second.id, "bb-0")
    assert next_to_review(dataset.select(first.id), first.id, order[-1]) == (first.id, "aa-0")
    for node in order:
        review_node(dataset, first.id, node, "accept", "Ada")
    assert next_to_review(dataset, first.id, order[3]) == (second.id, "bb-0")
    assert next_to_review(dataset.select(first.id), first.id) is None
    assert next_to_review(dataset.select(first.id), first.id, who="Bea") == (first.id, "aa-0")
    only = dataset.filter_labels(BRIEF, fo.ViewField("level") == 2).select_fields([BRIEF])
    asked = next_to_review(only, second.id)
    assert asked is not None and trees(second)[asked.node_id].level == 2


def test_segments_are_shown_by_status(dataset: fo.Dataset) -> None:
    judge(dataset, {0: "accept", 1: "reject", 2: "text"})

    def shown(*statuses: str) -> int:
        return int(reviewed(dataset, *statuses).count(f"{WIDEST}.detections"))

    everything = dataset.count(f"{WIDEST}.detections")
    assert [shown("accepted"), shown("rejected", "fixed"), shown()] == [1, 2, 3]
    assert shown("open") == everything - 3 and shown("open", "fixed") == everything - 2
    assert len(reviewed(dataset)) == 1
    assert len(reviewed(segments(dataset, WIDEST), "rejected", "fixed")) == 2
    assert reviewed(dataset, fields=[BRIEF]).count(f"{WIDEST}.detections") > 3
    with pytest.raises(ReviewError, match="choose from accepted"):
        reviewed(dataset, "good")


def test_a_sample_is_stratified_seeded_and_tagged(dataset: fo.Dataset) -> None:
    def tagged() -> set[tuple[str, str]]:
        return {
            (sample.id, d.node_id)
            for sample in dataset
            for field in (WIDEST, BRIEF)
            for d in sample[field].detections
            if SAMPLE_TAG in d.tags
        }

    many = sample_for_review(dataset, 40, seed=5)
    levels = Counter(trees(dataset[s])[node].level for s, node in tagged())
    everything = {node.level for sample in dataset for node in trees(sample)}
    assert set(levels) == everything and many.strata >= len(levels)  # each stratum has one
    drawn = sample_for_review(dataset, 12, seed=5)
    first = tagged()
    assert drawn.size == len(first) == 12 and drawn.videos == len({s for s, _ in first})
    assert f"12 segments of {drawn.total} drawn" in str(drawn)
    assert sample_for_review(dataset, 12, seed=5) == drawn and tagged() == first
    sample_for_review(dataset, 12, seed=6)
    assert len(tagged()) == 12 and tagged() != first
    assert dataset.info["action100m_review_sample"]["seed"] == 6
    assert review_progress(dataset, sampled=True).total == 12
    assert sampled_nodes(dataset).count(f"{WIDEST}.detections") == 12
    for _ in range(12):
        found = next_to_review(dataset, who="Ada", sampled=True)
        assert found is not None and tuple(found) in tagged()
        review_node(dataset, found.sample_id, found.node_id, "accept", "Ada")
    assert next_to_review(dataset, who="Ada", sampled=True) is None
    assert next_to_review(dataset, who="Bea", sampled=True) is not None
    assert review_progress(dataset, "Ada", sampled=True).accepted == 12
    assert sample_for_review(dataset, 10_000).size == drawn.total
    with pytest.raises(ReviewError, match="at least 1"):
        sample_for_review(dataset, 0)


def test_samples_drawn_at_the_same_moment_are_told(
    dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = review_sample._tag

    def both(of: fo.Dataset, found: Any, chosen: Any) -> None:
        tag(of, found, chosen)
        path = f"{WIDEST}.detections.$[].tags"
        samples_of(of).update_many({"video_uid": "cc"}, {"$set": {path: [SAMPLE_TAG]}})

    monkeypatch.setattr(review_sample, "_tag", both)
    with pytest.raises(ReviewError, match="draw it again"):
        sample_for_review(dataset, 5)
    monkeypatch.undo()
    assert sample_for_review(dataset, 5).size == review_progress(dataset, sampled=True).total


def test_strata_get_their_shares() -> None:
    assert _shares({(0, 3): 1, (1, 2): 9, (2, 1): 90}, 20) == {(0, 3): 1, (1, 2): 2, (2, 1): 17}
    assert sum(_shares({(k, 0): 7 for k in range(9)}, 4).values()) == 4
    assert _shares({(0, 0): 2, (1, 0): 3}, 99) == {(0, 0): 2, (1, 0): 3}
    assert _shares({}, 3) == {}


@given(st.lists(st.integers(1, 200), max_size=8), st.integers(1, 500))
def test_shares_are_of_what_there_is(counts: list[int], size: int) -> None:
    strata = {(level, 0): n for level, n in enumerate(counts)}
    shares = _shares(strata, size)
    assert sum(shares.values()) == min(size, sum(counts))
    assert all(0 <= shares[stratum] <= n for stratum, n in strata.items())
    assert size < len(strata) or all(shares.values())


def test_reviewers_agree_on_what_both_have_judged(dataset: fo.Dataset) -> None:
    judge(dataset, {0: "accept", 1: "accept", 2: "reject", 3: "reject", 4: "accept"})
    judge(dataset, {0: "accept", 1: "reject", 2: "reject", 3: "reject"}, "Bea")
    judge(dataset, {0: "reject"}, "Cy")
    one, *others = review_agreement(dataset)
    assert (one.first, one.second, one.nodes, one.agreed) == ("Ada", "Bea", 4, 3)
    assert one.kappa == pytest.approx(0.5) and len(one.differing) == 1
    assert str(one).endswith("the same on 75 %, Cohen's kappa 0.50")
    assert [(pair.first, pair.second, pair.nodes) for pair in others] == [
        ("Ada", "Cy", 1), ("Bea", "Cy", 1),
    ]  # fmt: skip
    values: dict[str, Any] = one.to_dict()
    assert values["differing"][0][0] == dataset.first().id
    assert review_agreement(dataset.skip(1)) == []
