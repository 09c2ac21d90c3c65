"""What a person types to find captions, as regular expressions that cannot do harm.

A query is words (all of them must occur in a caption, in any order), "quoted phrases", or one
regular expression. Words and phrases are escaped whole and match whatever their case and accents:
MongoDB folds no accents, so each letter becomes the class of its accented forms. A regular
expression is checked first: one that could take for ever is refused.

The patterns use only what PCRE (MongoDB's engine) and Python's ``re`` both understand, and are
meant to be used with the option ``i``.
"""

from __future__ import annotations

import importlib
import re
import sys
import unicodedata
from collections.abc import Iterator
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
_UNDECOMPOSED = {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ƒ": "f"}
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
    if len(query) > MAX_QUERY:
        raise QueryError(f"at most {MAX_QUERY} characters can be searched for, not {len(query)}")
    if any("\ud800" <= c <= "\udfff" or c == "\0" for c in query):
        raise QueryError("this is no text: it has characters that no caption can have")
    if regex:
        check_regex(query)
        # The group keeps a leading "$" from being read as the name of a field.
        return (f"(?:{query})",)
    terms = [" ".join((a or b).split()) for a, b in _QUOTED.findall(query)]
    terms = [term for term in dict.fromkeys(terms) if term]
    if not terms:
        raise QueryError("type a word to look for")
    return tuple(_literal(term, whole_words) for term in terms)


def _literal(term: str, whole_words: bool) -> str:
    body = f"{BLANK}+".join(folded(word) for word in term.split())
    if not whole_words:
        return body
    before = f"(?<!{_WORD_PART})" if term[0].isalnum() else ""
    after = f"(?!{_WORD_PART})" if term[-1].isalnum() else ""
    return before + body + after


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
