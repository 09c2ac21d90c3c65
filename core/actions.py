"""Compares brief actions such as "Knead the dough.", and splits them into verb and object.

Two actions are equal if their words are, regardless of case, articles, blanks and punctuation. The
verb is the first word; the object is the rest, without its determiners. There is no grammar: "Pick
up the pan" has the verb "pick" and the object "up pan"; "Carefully stir" has the verb "carefully";
"stirring" is not the verb "stir". The rule is good enough because nearly all captions are
imperatives.

:func:`pattern` is the same rule as a regular expression, for MongoDB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

By = Literal["action", "verb", "object"]

ARTICLES = ("a", "an", "the")
#: Words that are removed from an object.
DETERMINERS = (*ARTICLES, "some", "this", "that", "these", "those", "its", "his", "her", "their",
               "your", "my", "our")  # fmt: skip

#: What separates words, in PCRE and in Python: blanks and punctuation.
_BETWEEN = r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\xa0" + "\u1680\u2000-\u206f\u3000"
_GAP = f"[{_BETWEEN}]"
_SPLIT = re.compile(f"{_GAP}+")


#: Matches the verb of a brief action as its only group, caselessly.
VERB_PATTERN = (
    f"^{_GAP}*(?:(?:{'|'.join(ARTICLES)}){_GAP}+)*"
    f"(?!(?:{'|'.join(ARTICLES)})(?:{_GAP}|$))([^{_BETWEEN}]+)"
)


@dataclass(frozen=True)
class Action:
    """A normalised brief action.

    Attributes:
        text: all its words
        verb: the first word; empty if there is none
        object: the other words, without determiners; empty if there are none
    """

    text: str
    verb: str
    object: str


def parse(label: str) -> Action:
    """Splits an action into verb and object.

    Example::

        >>> parse("  Knead the  dough. ")
        Action(text='knead dough', verb='knead', object='dough')
    """
    words = _words(label)
    return Action(
        " ".join(words).lower(),
        words[0].lower() if words else "",
        " ".join(_without(words[1:], DETERMINERS)).lower(),
    )


def pattern(label: str, by: By = "action") -> str:
    """Returns a regular expression that matches the same actions, caselessly.

    Args:
        label: an action
        by: what must match: the whole action, its verb or its object

    Raises:
        ValueError: if the label has no word, or no object although ``by`` is ``object``
    """
    words = _words(label)
    if not words:
        raise ValueError(f"{label!r} has no words")
    start = f"^{_GAP}*(?:(?:{'|'.join(ARTICLES)}){_GAP}+)*"
    if by == "verb":
        return f"{start}{words[0]}(?:{_GAP}|$)"
    if by == "action":
        return start + _sequence(words, ARTICLES)
    objects = _without(words[1:], DETERMINERS)
    if not objects:
        raise ValueError(f"{label!r} has no object, only a verb to search for")
    start += f"(?!(?:{'|'.join(ARTICLES)})(?:{_GAP}|$))"
    return f"{start}[^{_BETWEEN}]+{_skip(DETERMINERS)}{_GAP}+" + _sequence(objects, DETERMINERS)


def _sequence(words: list[str], skipped: tuple[str, ...]) -> str:
    # The words hold no ASCII punctuation, so nothing in them has to be escaped.
    skip = _skip(skipped)
    return f"{skip}{_GAP}+".join(words) + f"{skip}{_GAP}*$"


def _skip(words: tuple[str, ...]) -> str:
    return f"(?:{_GAP}+(?:{'|'.join(words)}))*"


def _words(label: str) -> list[str]:
    return _without([word for word in _SPLIT.split(label) if word], ARTICLES)


def _without(words: list[str], dropped: tuple[str, ...]) -> list[str]:
    return [word for word in words if word.lower() not in dropped]
