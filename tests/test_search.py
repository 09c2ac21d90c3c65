"""Queries as regular expressions: what they match."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from fiftyone_action100m.core import search
from fiftyone_action100m.core.search import (
    MAX_QUERY,
    QueryError,
    folded,
    literal,
    patterns,
    plain_words,
    terms,
)
from hypothesis import assume, given
from hypothesis import strategies as st


def found(query, text):
    return all(re.search(literal(term), text, re.IGNORECASE) for term in terms(query))


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
    if query.strip(' "'):
        return
    with pytest.raises(QueryError):
        patterns(query.strip('"'), regex=True)


TEXTS = st.text(alphabet="ab eé-k\u0301K\u212as[^\\", max_size=12)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="needs possessive repeats")
@given(TEXTS, TEXTS)
def test_patterns_match_what_their_terms_match(query, text):
    assume(query.replace('"', "").split())
    for term, pattern in zip(terms(query), patterns(query), strict=True):
        assert bool(re.search(literal(term), text, re.I)) == bool(re.search(pattern, text, re.I))


def test_the_longest_query_is_no_pattern_that_mongodb_refuses():
    assert max(map(len, patterns("o" * MAX_QUERY))) < 32_000


def test_a_pattern_is_rewritten_unless_it_becomes_too_long(monkeypatch):
    (rewritten,) = patterns("knead")
    for longest, expected in ((0, rewritten), (-1, literal("knead"))):
        monkeypatch.setattr(search, "_LONGEST", len(rewritten.removeprefix("^")) + longest)
        assert patterns("knead") == (expected,)


@given(st.text(st.characters(max_codepoint=127)))
def test_words_of_ascii_are_those_of_any_text(text: str) -> None:
    assert plain_words(text) == re.findall(r"[^\W_]+", text.lower())
    assert plain_words(text + " é") == [*plain_words(text + " "), "e"]
