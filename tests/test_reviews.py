"""What a detection keeps of its review, and what is made of what others wrote in its place."""

from __future__ import annotations

from typing import Any

import pytest
from fiftyone_action100m.core.reviews import (
    LONGEST_TEXT,
    STATUSES,
    ReviewError,
    change,
    checked_name,
    checked_text,
    clear,
    edited_values,
    judge,
    judgement_of,
    kappa,
    note,
    review_of,
    status_of,
)  # fmt: skip
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from strategies import anything

PLAIN: dict[str, Any] = {"label": "cut", "node_id": "a", "tags": ["mine"]}
WHEN = "2026-05-04T09:12:33.120Z"

VALUES = anything(1) | st.sampled_from(STATUSES)
ENTRIES = st.dictionaries(st.sampled_from(["who", "status", "when"]), VALUES, max_size=3)
REVIEWS = VALUES | st.fixed_dictionaries(
    {},
    optional={
        "status": VALUES, "who": VALUES, "when": VALUES, "note": VALUES, "original": VALUES,
        "judged": VALUES | st.lists(ENTRIES, max_size=3), "theirs": VALUES,
    },
)  # fmt: skip
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["judge", "clear", "note", "change"]),
        st.sampled_from(["Ada", "Bea"]),
        st.sampled_from(STATUSES),
        st.text(max_size=2),
    ),
    max_size=8,
)


def step(d: dict[str, Any], kind: str, who: str, status: str, text: str) -> dict[str, Any]:
    if kind == "judge":
        return judge(d, status, who, WHEN)
    if kind == "clear":
        return clear(d, who)
    return note(d, text) if kind == "note" else change(d, label=text)


@given(REVIEWS, STEPS)
def test_whatever_is_there_statuses_and_tags_agree(review: Any, steps: list[Any]) -> None:
    found = {**PLAIN, "review": review}
    if review is not None and not isinstance(review, dict):
        assert review_of(found) == {} and status_of(found) is judgement_of(found, "Ada") is None
        with pytest.raises(ReviewError, match="rename that attribute"):
            judge(found, "accepted", "Ada", WHEN)
        return
    for each in steps:
        found = step(found, *each)
        assert status_of(found) in (*STATUSES, None)
        status = status_of(found)
        own = [tag for tag in found["tags"] if tag != "mine"]
        if own or each[0] != "clear":  # taking back what one has not said changes nothing
            assert own == ([f"review:{status}"] if status else [])
        if each[0] == "judge":
            assert (
                status == each[2] == judgement_of(found, each[1])
                and found["review"]["who"] == each[1]
            )
        if each[0] == "clear":
            assert judgement_of(found, each[1]) is None
        assert "mine" in found["tags"]
        if isinstance(review, dict) and "theirs" in review:
            assert found["review"]["theirs"] == review["theirs"]


@given(STEPS)
def test_what_is_changed_back_leaves_nothing(steps: list[Any]) -> None:
    found = PLAIN
    for each in steps:
        found = step(found, *each)
    assert ("label" in edited_values(found)) == (found["label"] != "cut")
    for who in ("Ada", "Bea"):
        found = clear(found, who)
    found = note(change(found, label="cut"), "")
    assert found == PLAIN and found.keys() == PLAIN.keys()


def test_a_judgement_without_a_list_is_one() -> None:
    theirs = {**PLAIN, "review": {"status": "accepted", "who": "a script"}}
    assert clear(theirs, "Ada") == theirs
    rejected = judge(theirs, "rejected", "Ada", WHEN)
    assert [each["who"] for each in rejected["review"]["judged"]] == ["a script", "Ada"]
    again = clear(rejected, "Ada")
    assert (status_of(again), again["review"]["who"]) == ("accepted", "a script")


@pytest.mark.parametrize("given, kept", [
    (" Ada \n Lovelace\t", "Ada Lovelace"), ("Ada\x00\x1b[31m", "Ada[31m"), ("\ud83d", "?"),
    ("علی\u200cرضا", "علی\u200cرضا"),
])  # fmt: skip
def test_a_name_is_on_one_line_without_control_characters(given: str, kept: str) -> None:
    assert checked_name(given) == kept


def test_a_text_keeps_its_lines_and_loses_control_characters() -> None:
    assert checked_text(" <b>cut</b>\r\n\tthe onion\x00\x85 ") == "<b>cut</b>\n\tthe onion"
    assert len(checked_text("x" * LONGEST_TEXT + "\x00 ")) == LONGEST_TEXT
    for blank in ("\x00", " \x7f "):
        with pytest.raises(ReviewError, match="name is missing"):
            checked_name(blank)
        assert not checked_text(blank)


@given(st.lists(st.tuples(st.sampled_from(STATUSES), st.sampled_from(STATUSES)), min_size=1))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    first, second = zip(*pairs, strict=True)
    found = kappa(first, second)
    if found is None:
        assert len({*first, *second}) == 1
    else:
        assert found == pytest.approx(cohen_kappa_score(first, second))


def test_kappa_is_not_defined_without_a_difference() -> None:
    assert kappa("aa", "aa") is None and kappa("", "") is None
