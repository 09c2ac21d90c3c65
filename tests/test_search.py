"""Queries as regular expressions: what they match, and which are refused."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from fiftyone_action100m.core.search import (
    MAX_QUERY,
    QueryError,
    check_regex,
    folded,
    patterns,
    scanning,
)
from hypothesis import assume, given
from hypothesis import strategies as st


def found(query, text):
    return all(re.search(p, text, re.IGNORECASE) for p in patterns(query))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("knead dough", "The DOUGH is to be kneaded"),
        ('"the dough"', "knead the\n  dough"),
        ("creme brulee", "Torch the crème brûlée"),
        ("CRÈME", "creme"),
        ("Łódź", "lodz"),
        ("cafe", unicodedata.normalize("NFD", "café")),
        ("a.b* (c) [d] $ ^ | \\ {2}", "a.b* (c) [d] $ ^ | \\ {2}"),
        ("“the pan”", "Put the pan down"),
        ('"never closed', "it was never closed"),
        ("面团", "揉面团"),
    ],
)
def test_it_finds(query, text):
    assert found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("knead dough", "knead the bread"),
        ('"dough the"', "the dough"),
        ("a.b", "axb"),
        (".*", "anything"),
        ("$", "anything"),
    ],
)
def test_it_does_not_find(query, text):
    assert not found(query, text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "M"]), max_size=8))
def test_any_text_finds_itself(text):
    assert re.fullmatch(folded(text), unicodedata.normalize("NFC", text), re.IGNORECASE)


@pytest.mark.parametrize("query", ["", "  ", '""', "x" * (MAX_QUERY + 1), "a\0", "\ud800"])
def test_what_is_no_query_is_refused(query):
    with pytest.raises(QueryError):
        patterns(query)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a+)+b", "repeat inside a repeat"),
        ("(?:(?:a|bc)d)*", "choice inside a repeat"),
        ("(a*){2,}", "repeat inside a repeat"),
        ("(?=(a+)+)b", "repeat inside a repeat"),
        (r"(a)\1", "back to a group"),
        (".*.*.*.*.*x", "at most 4"),
        ("a{1,5000}", "at most 100"),
        ("[", "no regular expression"),
        ("(?s).", "flags"),
        (" ", "type a regular"),
    ],
)
def test_an_expression_that_could_run_for_ever_is_refused(pattern, reason):
    with pytest.raises(QueryError, match=reason):
        check_regex(pattern)


@pytest.mark.parametrize("pattern", ["knead(s|ing)?", "^the .* pan$", r"\d{1,3} (g|ml)\b", "a|b"])
def test_ordinary_expressions_pass(pattern):
    assert check_regex(pattern) is None
    texts = ["knead", "the bread in a pan", "20 g"]
    assert any(re.search(pattern, text) for text in texts)


TEXTS = st.text(alphabet="ab eé-k\u0301K\u212as[^\\", max_size=12)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="needs possessive repeats")
@given(TEXTS, TEXTS)
def test_scanning_matches_what_the_patterns_match(query, text):
    assume(query.replace('"', "").split())
    for slow, quick in zip(patterns(query), scanning(query), strict=True):
        assert bool(re.search(slow, text, re.I)) == bool(re.search(quick, text, re.I))


def test_the_longest_query_is_no_pattern_that_mongodb_refuses():
    assert max(map(len, scanning("o" * MAX_QUERY))) < 32_000
