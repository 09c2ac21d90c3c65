"""Which brief actions are the same, in Python and as the pattern that MongoDB gets."""

from __future__ import annotations

import re

import pytest
from fiftyone_action100m.core.actions import parse, pattern
from hypothesis import assume, given
from hypothesis import strategies as st

WORDS = st.sampled_from(
    [
        "knead",
        "Knead",
        "the",
        "The",
        "a",
        "dough",
        "DOUGH.",
        "pan,",
        "my",
        "half-bake",
        "!",
        "…",
        "é",
    ]
)
LABELS = st.lists(WORDS, max_size=5).map(" ".join)


def same(label, other, by="action"):
    return re.search(pattern(label, by), other, re.IGNORECASE) is not None


@pytest.mark.parametrize(
    ("label", "verb", "thing"),
    [
        ("Knead the dough.", "knead", "dough"),
        ("  stir\tAN  egg, then the  milk ", "stir", "egg then milk"),
        ("Wash your hands", "wash", "hands"),
        ("Wait", "wait", ""),
        ("Pick up the pan", "pick", "up pan"),
        ("", "", ""),
        ("the", "", ""),
    ],
)
def test_verb_and_object(label, verb, thing):
    action = parse(label)
    assert (action.verb, action.object) == (verb, thing)


@given(LABELS, LABELS)
def test_the_pattern_says_what_the_normal_form_says(label, other):
    assume(parse(label).text)
    assert same(label, other) == (parse(label).text == parse(other).text)
    assert same(label, other, "verb") == (parse(label).verb == parse(other).verb)
    if parse(label).object:
        assert same(label, other, "object") == (parse(label).object == parse(other).object)


@given(st.text(max_size=20))
def test_any_label_is_the_same_as_itself(label):
    assume(parse(label).text)
    assert same(label, label) and same(label, label, "verb")


def test_what_has_no_words_or_no_object_is_refused():
    with pytest.raises(ValueError, match="no words"):
        pattern(" ... ")
    with pytest.raises(ValueError, match="no object"):
        pattern("Wait a", "object")
