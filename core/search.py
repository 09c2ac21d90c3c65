"""Turns a search query into regular expressions for MongoDB, and captions into searchable words.

A query consists of words (all of which must occur in a caption, in any order) and "quoted phrases",
or is one regular expression. Words and phrases are escaped, and match regardless of case and
accents: MongoDB does not fold accents, so each letter becomes the class of its accented forms.

The patterns are for PCRE (MongoDB's engine) with the option ``i``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

#: The longest query, in characters.
MAX_QUERY = 200

#: All characters that Python's ``str.split`` treats as blanks; PCRE's ``\s`` covers only ASCII's.
BLANK = "[\\s\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"

_QUOTED = re.compile(r'["“”„]([^"“”„]*)(?:["“”]|$)|([^\s"“”„]+)')
_MARKS = "[\u0300-\u036f]*"
#: Letters from the rarest in English texts to the most frequent.
_RAREST = "zqxjkvbpygfwmucldrhsnioate"
#: Longer patterns are not rewritten by :func:`_jumping`: MongoDB refuses patterns of 32 kB.
_LONGEST = 8000
_UNDECOMPOSED = {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ƒ": "f"}
_WORD = re.compile(r"[^\W_]+")
#: Replaces ASCII characters outside words by blanks.
_BETWEEN_WORDS = {code: " " for code in range(128) if not chr(code).isalnum()}
_WORD_PART = r"[\p{L}\p{M}\p{N}_]"


class QueryError(ValueError):
    """An invalid query; the message is for the user who typed it."""


def patterns(query: str, regex: bool = False, whole_words: bool = False) -> tuple[str, ...]:
    """Returns the regular expressions that a caption must match, all of them.

    PCRE tries a pattern that begins with a class of accented letters at every character. So words
    and phrases are anchored, jump from one possible first letter to the next, and look for their
    rarest letters first: a search for a word that no caption has takes 0.5 s of CPU instead of
    1.4 s in 3,000 videos (``benchmarks navigate``, without stored words).

    Args:
        query: words and "quoted phrases", or a regular expression
        regex: whether it is a regular expression, which ignores case but not accents
        whole_words: whether "pan" must not match "pancake"; not for regular expressions

    Raises:
        QueryError: if the query is empty, too long or not valid text
    """
    if regex:
        _check_text(query)
        if not query.strip():
            raise QueryError("type a regular expression to look for")
        # The group keeps a leading "$" from being read as the name of a field.
        return (f"(?:{query})",)
    return tuple(_jumping_to(term, whole_words) for term in terms(query))


def terms(query: str) -> tuple[str, ...]:
    """Returns the words and phrases of a query, with single blanks between words.

    Raises:
        QueryError: if there is none, or the query is too long or not valid text
    """
    _check_text(query)
    found = [" ".join((a or b).split()) for a, b in _QUOTED.findall(query)]
    found = [term for term in dict.fromkeys(found) if term]
    if not found:
        raise QueryError("type a word to look for")
    return tuple(found)


def _check_text(query: str) -> None:
    if len(query) > MAX_QUERY:
        raise QueryError(f"a query can have {MAX_QUERY} characters, this one has {len(query)}")
    if any("\ud800" <= c <= "\udfff" or c == "\0" for c in query):
        raise QueryError("the query has characters that no caption can have")


def literal(term: str, whole_words: bool = False) -> str:
    """Returns a pattern that matches a word or phrase regardless of case and accents."""
    body = f"{BLANK}+".join(folded(word) for word in term.split())
    if not whole_words:
        return body
    before = f"(?<!{_WORD_PART})" if term[0].isalnum() else ""
    after = f"(?!{_WORD_PART})" if term[-1].isalnum() else ""
    return before + body + after


def word_set(texts: Iterable[str]) -> set[str]:
    """Returns the distinct words of texts, in lower case and without accents.

    If the patterns of a query match one of the texts, each of the query's :func:`word_parts` is
    part of one of these words.
    """
    plain: list[str] = []
    others: list[str] = []
    for text in texts:
        (plain if text.isascii() else others).append(text)
    return {*plain_words("\n".join(plain)), *plain_words("\n".join(others))}


def word_parts(terms: Iterable[str]) -> tuple[str, ...]:
    """Returns the parts that the :func:`word_set` of a caption must contain to match all terms.

    They consist of letters and digits, so nothing needs escaping; none for terms of punctuation.
    """
    found = sorted({part for term in terms for part in plain_words(term)}, key=len)
    return tuple(
        p for i, p in enumerate(found) if not any(p in longer for longer in found[i + 1 :])
    )


def plain_words(text: str) -> list[str]:
    """Returns a text's words in order, in lower case and without accents."""
    if text.isascii():
        return text.lower().translate(_BETWEEN_WORDS).split()  # a fifth of the time
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not _mark(c))
    text = "".join(_UNDECOMPOSED.get(c, c) for c in text.casefold())
    return _WORD.findall(text.lower())


def _jumping_to(term: str, whole_words: bool) -> str:
    body = literal(term, whole_words)
    words = [word for word in map(_letters, term.split()) if word]
    if not words:
        return body
    pattern = _jumping(words[0][0], body)
    # Looking for the rarest letter and the two after it first rules out most texts.
    _, rare = min(
        (_rarity(word[i]), word[i:]) for word in words for i in range(max(len(word) - 2, 1))
    )
    if rare != words[0]:
        pattern = f"(?={_jumping(rare[0], folded(rare))}){pattern}"
    return f"^{pattern}" if len(pattern) <= _LONGEST else body


def _letters(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", word) if not _mark(c))


def _jumping(first: str, body: str) -> str:
    """Returns a pattern that, from the text's start, jumps from letter to letter to the body.

    Args:
        first: the letter that the body begins with
        body: the pattern to find
    """
    letter = folded(first).removesuffix(_MARKS)
    inside = letter[1:-1] if letter.startswith("[") else letter
    other = f"[^{inside}]*+"
    return f"{other}(?:(?!{body})[{inside}]{other})*+{body}"


def _rarity(char: str) -> int:
    base = unicodedata.normalize("NFD", char)[0].lower()
    return _RAREST.find(base)  # -1, the rarest, for what is no letter of English


def folded(text: str) -> str:
    """Returns a pattern that matches a text literally, regardless of case and accents."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_folded_letter(c) for c in composed if not _mark(c))


def _folded_letter(char: str) -> str:
    parts = unicodedata.normalize("NFD", char)
    if all(map(_mark, parts[1:])):  # unlike, for example, a Korean syllable
        char = parts[0]
    base = _UNDECOMPOSED.get(char.lower(), char.lower())
    if len(base) > 1:  # a few capitals have no single lower-case letter
        base = char
    family = _families().get(base)
    if family:
        return f"[{base}{family}]{_MARKS}"
    if char.isascii() and not char.isalnum() and char != "_":
        return "\\" + char
    return char + _MARKS if char.isalpha() else char


def _mark(char: str) -> bool:
    return "\u0300" <= char <= "\u036f"


@cache
def _families() -> dict[str, str]:
    """Returns for each letter its accented forms, in lower and upper case."""
    found: dict[str, list[str]] = {}
    for char in map(chr, (*range(0xC0, 0x530), *range(0x1E00, 0x2000))):
        parts = unicodedata.normalize("NFD", char)
        base = _UNDECOMPOSED.get(char.lower(), parts[0].lower() if len(parts) > 1 else "")
        if base and char.isalpha() and all(map(_mark, parts[1:])) and len(base) == 1:
            found.setdefault(base, []).append(char)
    return {base: "".join(chars) for base, chars in found.items()}
