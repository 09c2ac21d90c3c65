"""What a person types to find captions, as regular expressions that cannot do harm.

A query is words (all of them must occur in a caption, in any order), "quoted phrases", or one
regular expression. Words and phrases are escaped whole and match whatever their case and accents:
MongoDB folds no accents, so each letter becomes the class of its accented forms. A regular
expression is checked first: one that could take for ever is refused.

The patterns use only what PCRE (MongoDB's engine) and Python's ``re`` both understand, and are
meant to be used with the option ``i``. (Whole words and :func:`scanning` take PCRE, or Python 3.11
for the latter.)
"""

from __future__ import annotations

import importlib
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

#: Longer queries and patterns are refused.
MAX_QUERY = 200
#: A pattern may hold at most this many ``*``, ``+`` and ``{n,}``, and repeat this often.
MAX_UNBOUNDED = 4
MAX_COUNT = 100

#: Everything that Python's ``str.split`` takes for a blank; PCRE's ``\s`` knows ASCII's only.
BLANK = "[\\s\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"

_QUOTED = re.compile(r'["“”„]([^"“”„]*)(?:["“”]|$)|([^\s"“”„]+)')
_MARKS = "[\u0300-\u036f]*"
#: Letters from the rarest in English texts to the most frequent.
_RAREST = "zqxjkvbpygfwmucldrhsnioate"
#: Longer patterns are left alone by :func:`scanning`: MongoDB refuses patterns of 32 kB.
_LONGEST = 8000
_UNDECOMPOSED = {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ƒ": "f"}
_WORD = re.compile(r"[^\W_]+")
_WORD_PART = r"[\p{L}\p{M}\p{N}_]"


class QueryError(ValueError):
    """A query that cannot be used; the message says why, for the person who typed it."""


def patterns(query: str, regex: bool = False, whole_words: bool = False) -> tuple[str, ...]:
    """Returns the regular expressions that a caption must all match.

    Args:
        query: words and "quoted phrases", or a regular expression
        regex: whether it is a regular expression; it folds case, but not accents
        whole_words: whether "pan" must not match "pancake"; not for regular expressions

    Raises:
        QueryError: if it is empty, too long, no text, or an expression that is refused
    """
    if regex:
        return (_expression(query),)
    return tuple(_literal(term, whole_words) for term in terms(query))


def scanning(query: str, regex: bool = False, whole_words: bool = False) -> tuple[str, ...]:
    """Returns what :func:`patterns` returns, written so that long texts are passed quickly.

    PCRE tries a pattern that begins with a class of accented letters at each character, which
    is slow. These patterns match the same texts, but are anchored: they jump from one letter that
    the word begins with to the next, and look for the word's rarest letters first.

    Args:
        query: as for :func:`patterns`
        regex: as for :func:`patterns`; such a query is left as it is
        whole_words: as for :func:`patterns`

    Raises:
        QueryError: as :func:`patterns` does
    """
    if regex:
        return (_expression(query),)
    return tuple(_scanning(term, whole_words) for term in terms(query))


def terms(query: str) -> tuple[str, ...]:
    """Returns the words and phrases of a query, with single blanks in them.

    Raises:
        QueryError: if there is none, or the query is too long or no text
    """
    _check_text(query)
    found = [" ".join((a or b).split()) for a, b in _QUOTED.findall(query)]
    found = [term for term in dict.fromkeys(found) if term]
    if not found:
        raise QueryError("type a word to look for")
    return tuple(found)


def _expression(query: str) -> str:
    _check_text(query)
    check_regex(query)
    # The group keeps a leading "$" from being read as the name of a field.
    return f"(?:{query})"


def _check_text(query: str) -> None:
    if len(query) > MAX_QUERY:
        raise QueryError(f"at most {MAX_QUERY} characters can be searched for, not {len(query)}")
    if any("\ud800" <= c <= "\udfff" or c == "\0" for c in query):
        raise QueryError("this is no text: it has characters that no caption can have")


def _literal(term: str, whole_words: bool) -> str:
    body = f"{BLANK}+".join(folded(word) for word in term.split())
    if not whole_words:
        return body
    before = f"(?<!{_WORD_PART})" if term[0].isalnum() else ""
    after = f"(?!{_WORD_PART})" if term[-1].isalnum() else ""
    return before + body + after


def word_list(texts: Iterable[str]) -> str:
    """Returns the words of texts, each once, in one line, small and without accents.

    Where the patterns of a query match a text, :func:`parts` of its terms are in the line.
    """
    return " ".join(sorted({word for text in texts for word in _plain_words(text)}))


def parts(texts: Iterable[str]) -> tuple[str, ...]:
    """Returns what is in the :func:`word_list` of captions of which one has all these texts in it.

    Whatever its case and accents. Letters and digits only, so that nothing in them has to be
    escaped. There can be none: of punctuation.
    """
    found = sorted({part for text in texts for part in _plain_words(text)}, key=len)
    return tuple(
        p for i, p in enumerate(found) if not any(p in longer for longer in found[i + 1 :])
    )


def _plain_words(text: str) -> list[str]:
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not _mark(c))
        text = "".join(_UNDECOMPOSED.get(c, c) for c in text.casefold())
    return _WORD.findall(text.lower())


def _scanning(term: str, whole_words: bool) -> str:
    body = _literal(term, whole_words)
    words = [word for word in map(_letters, term.split()) if word]
    if not words:
        return body
    pattern = _jumping(words[0][0], body)
    # The rarest letter, with two more of its word, rules most texts out before that.
    _, rare = min(
        (_rarity(word[i]), word[i:]) for word in words for i in range(max(len(word) - 2, 1))
    )
    if rare != words[0]:
        pattern = f"(?={_jumping(rare[0], folded(rare))}){pattern}"
    return f"^{pattern}" if len(pattern) <= _LONGEST else body


def _letters(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFC", word) if not _mark(c))


def _jumping(first: str, body: str) -> str:
    """Returns a pattern for texts that hold a pattern which begins with a letter, from ``^`` on."""
    letter = folded(first).removesuffix(_MARKS)
    inside = letter[1:-1] if letter.startswith("[") else letter
    other = f"[^{inside}]*+"
    return f"{other}(?:(?!{body})[{inside}]{other})*+{body}"


def _rarity(char: str) -> int:
    base = unicodedata.normalize("NFD", char)[0].lower()
    return _RAREST.find(base)  # what is no letter of English is rarer than these: -1


def folded(text: str) -> str:
    """Returns a pattern that matches a text literally, whatever its case and accents."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_folded_letter(c) for c in composed if not _mark(c))


def _folded_letter(char: str) -> str:
    parts = unicodedata.normalize("NFD", char)
    if all(map(_mark, parts[1:])):  # not a Korean syllable, say
        char = parts[0]
    base = _UNDECOMPOSED.get(char.lower(), char.lower())
    if len(base) > 1:  # a few capitals have no single small letter
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
    """For each letter, the letters that are it with an accent, in small and capital."""
    found: dict[str, list[str]] = {}
    for char in map(chr, (*range(0xC0, 0x530), *range(0x1E00, 0x2000))):
        parts = unicodedata.normalize("NFD", char)
        base = _UNDECOMPOSED.get(char.lower(), parts[0].lower() if len(parts) > 1 else "")
        if base and char.isalpha() and all(map(_mark, parts[1:])) and len(base) == 1:
            found.setdefault(base, []).append(char)
    return {base: "".join(chars) for base, chars in found.items()}


def check_regex(pattern: str) -> None:
    """Refuses a regular expression that is wrong, or that could run for ever.

    Backtracking engines take exponential time where a repeated part itself repeats or chooses,
    as in ``(a+)+`` or ``(a|ab)*``, and where a group is referred back to. These are refused
    whether or not this one would be slow, as are more than :data:`MAX_UNBOUNDED` open repeats.

    Raises:
        QueryError: with what is wrong with it
    """
    if not pattern.strip():
        raise QueryError("type a regular expression to look for")
    module = "re._parser" if sys.version_info >= (3, 11) else "sre_parse"
    parser: Any = importlib.import_module(module)
    try:
        parsed = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise QueryError(f"this is no regular expression: {error}") from None
    if parsed.state.flags & ~(re.UNICODE | re.IGNORECASE):
        raise QueryError("flags such as (?s) or (?x) cannot be used here")
    unbounded = sum(1 for top in _repeats(parsed, ()) if top >= int(parser.MAXREPEAT))
    if unbounded > MAX_UNBOUNDED:
        raise QueryError(f"at most {MAX_UNBOUNDED} of *, + and {{n,}} can be used, not {unbounded}")


def _repeats(parsed: Any, above: tuple[str, ...]) -> Iterator[int]:
    """Yields the upper bound of each repeat, and refuses what must not be."""
    for op, arg in parsed:
        name = str(op)
        inside = above
        if name in ("GROUPREF", "GROUPREF_EXISTS"):
            raise QueryError("references back to a group, such as \\1, cannot be used: too slow")
        if name == "BRANCH" and "repeat" in above:
            raise QueryError("a choice inside a repeat, such as (a|b)+, cannot be used: too slow")
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            if "repeat" in above:
                raise QueryError(
                    "a repeat inside a repeat, such as (a+)+, cannot be used: too slow"
                )
            top = int(arg[1])
            if MAX_COUNT < top < 2**31:
                raise QueryError(f"at most {MAX_COUNT} repeats can be counted, not {top}")
            yield top
            inside = (*above, "repeat") if top > 1 else above
        for part in _parts(arg):
            yield from _repeats(part, inside)


def _parts(arg: Any) -> Iterator[Any]:
    """Yields the patterns that an operation holds."""
    if hasattr(arg, "state"):
        yield arg
    elif isinstance(arg, (tuple, list)):
        for part in arg:
            yield from _parts(part)
