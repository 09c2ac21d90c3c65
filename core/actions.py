"""Brief actions such as "Knead the dough.": what makes two of them the same.

Two actions are the same if their words are, once case, articles, blanks and punctuation are taken
away. The verb is the first word, the object is what follows it without its determiners. Nothing
here knows grammar: "Pick up the pan" has the verb "pick" and the object "up pan"; "Carefully stir"
has the verb "carefully"; "stirring" is another verb than "stir". The captions are imperatives
nearly always, which is what makes the rule good enough.

:func:`pattern` says the same as a regular expression, for a database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

By = Literal["action", "verb", "object"]

ARTICLES = ("a", "an", "the")
#: What an object is named without, beside articles.
DETERMINERS = (*ARTICLES, "some", "this", "that", "these", "those", "its", "his", "her", "their",
               "your", "my", "our")  # fmt: skip

#: What separates words: blanks and punctuation, for PCRE and for Python alike.
_BETWEEN = r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\xa0" + "\u1680\u2000-\u206f\u3000"
_GAP = f"[{_BETWEEN}]"
_SPLIT = re.compile(f"{_GAP}+")


#: Finds the verb of a brief action, as its one group; to be used caselessly.
VERB_PATTERN = (
    f"^{_GAP}*(?:(?:{'|'.join(ARTICLES)}){_GAP}+)*"
    f"(?!(?:{'|'.join(ARTICLES)})(?:{_GAP}|$))([^{_BETWEEN}]+)"
)


@dataclass(frozen=True)
class Action:
    """A brief action, normalised.

    Attributes:
        text: all of it
        verb: its first word; empty if it has no word
        object: what follows, without determiners; empty if nothing does
    """

    text: str
    verb: str
    object: str


def parse(label: str) -> Action:
    """Splits an action into verb and object by the rule of this module.

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


def normalise(label: str) -> str:
    """Returns an action's words in small letters, without articles and punctuation.

    Example::

        >>> normalise("Half-bake THE pizza!")
        'half bake pizza'
    """
    return parse(label).text


def pattern(label: str, by: By = "action") -> str:
    """Returns a regular expression, to be used caselessly, for the actions that are the same.

    Args:
        label: an action
        by: what must be the same

    Raises:
        ValueError: if the label has no word, or no object where that is asked for
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
        raise ValueError(f"{label!r} has no object: only its verb can be looked for")
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
