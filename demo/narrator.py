"""Turns a story's imperatives into captions, labels and speech.

A stretch of video is given as its shots; its texts depend on its extent: a shot, some moves of a
step, a step, a phase, or more.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .story import NOBODY, Phase, Story, StoryStep

_DOUBLING = re.compile(r"(un|re)?[^aeiou]*[aeiou][^aeiouwxy]|.*[^e]el")
_HISSING = re.compile(r".*(s|sh|ch|x|z|o)")

_VIEWS = (
    "The shot is taken from close by.",
    "The camera looks on from above.",
    "The camera stands still at eye level.",
    "The hands are in the middle of the picture.",
    "The background is slightly out of focus.",
    "Daylight falls in from the left.",
)
_CLOSING = (
    "The camera hardly moves.",
    "Nothing else happens in the segment.",
    "No text is shown.",
    "The movements are slow and easy to follow.",
    "The segment ends with a short pause.",
)
_SPOKEN = (
    "so now we {}",
    "okay, next you want to {}",
    "then {}, nice and easy",
    "what you do is {}",
    "and here you can see how I {}",
    "don't forget to {}",
    "take your time and {}",
)


@dataclass(frozen=True)
class Shot:
    """The smallest piece of a video: one move of a story, or a part of one.

    Attributes:
        phase: the phase of the move
        step: the step of the move
        move: the move
        part: which part of the move is shown, from 0
        parts: the number of parts of the move
    """

    phase: Phase
    step: StoryStep
    move: str
    part: int
    parts: int

    @property
    def label(self) -> str:
        """What is done in the shot, as an imperative."""
        if self.parts == 1 or not self.step.action:
            return self.move
        if self.part == self.parts - 1:
            return f"Finish {lower(gerund(self.move))}"
        if self.part == 0:
            return self.move if self.parts == 2 else f"Begin to {lower(self.move)}"
        return self.move if self.part == 1 else f"Go on {lower(gerund(self.move))}"


def lower(text: str) -> str:
    """Returns a text with a lower-case first letter."""
    return text[:1].lower() + text[1:]


def upper(text: str) -> str:
    """Returns a text with an upper-case first letter."""
    return text[:1].upper() + text[1:]


def gerund(imperative: str) -> str:
    """``Stir the dough`` -> ``Stirring the dough``."""
    verb, _, rest = imperative.partition(" ")
    if verb.lower().endswith("ie"):
        verb = verb[:-2] + "y"
    elif verb.lower().endswith("e") and not verb.lower().endswith(("ee", "oe")):
        verb = verb[:-1]
    elif _DOUBLING.fullmatch(verb.lower()):
        verb += verb[-1]
    return f"{verb}ing {rest}".rstrip()


def third_person(imperative: str) -> str:
    """``Press along the crease`` -> ``Presses along the crease``."""
    verb, _, rest = imperative.partition(" ")
    if _HISSING.fullmatch(verb.lower()):
        verb += "es"
    elif verb.endswith("y") and verb[-2:-1] not in "aeiou":
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return f"{verb} {rest}".rstrip()


def enumerated(phrases: Sequence[str], joint: str = " and ") -> str:
    """``a, b and c``: the first as it is, the others with lower-case first letters."""
    phrases = [phrases[0], *map(lower, phrases[1:])]
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])}{joint}{phrases[-1]}"


def _unique(values: Iterable[str]) -> list[str]:
    """Returns the values without consecutive repetitions."""
    found: list[str] = []
    for value in values:
        if not found or found[-1] != value:
            found.append(value)
    return found


class Narrator:
    """Writes the texts for stretches of one story.

    Args:
        story: the story
        shots: all of its shots; the methods take slices of them
        rng: chooses among phrases
    """

    def __init__(self, story: Story, shots: Sequence[Shot], rng: random.Random) -> None:
        self._story = story
        self._shots = shots
        self._rng = rng
        self._moves = {(s.step.name, s.move) for s in shots}

    def label(self, shots: Sequence[Shot]) -> str:
        """Returns ``plm_action``: what is done, as an imperative."""
        if len(shots) == 1:
            return shots[0].label
        return self.brief(shots)

    def brief(self, shots: Sequence[Shot]) -> str:
        """Returns ``gpt.action.brief``: the step."""
        if len(shots) == len(self._shots):
            return self._story.goal
        moves = _unique(s.move for s in shots)
        if len(moves) == 1:
            return moves[0]
        steps = _unique(s.step.name for s in shots)
        if len(steps) == 1:
            whole = {(steps[0], m) for m in moves} == {m for m in self._moves if m[0] == steps[0]}
            return steps[0] if whole else enumerated(_edges(moves))
        phases = _unique(s.phase.name for s in shots)
        if len(phases) == 1:
            phase = shots[0].phase
            whole = len(steps) == len(_unique(s.step.name for s in self._shots if s.phase is phase))
            return phases[0] if whole else enumerated(_edges(steps))
        return enumerated(_edges(phases))

    def is_action(self, shots: Sequence[Shot]) -> bool:
        """Whether anything is done."""
        return any(s.step.action for s in shots)

    def actor(self, shots: Sequence[Shot]) -> str:
        """Returns ``gpt.action.actor``: who does it."""
        actors = {s.step.actor or self._story.actor for s in shots if s.step.action}
        named = sorted(actors - {NOBODY})
        return enumerated(named) if named else NOBODY

    def instruction(self, shots: Sequence[Shot]) -> str:
        """Returns ``gpt.action.detailed``: how it is done."""
        moves = _unique(s.move for s in shots if s.step.action)
        sentences = []
        while moves:
            chunk, moves = moves[:4], moves[4:]
            sentences.append(f"{enumerated(chunk, ', then ' if len(chunk) > 2 else ' and ')}.")
        return " ".join(sentences[:6])

    def summary(self, shots: Sequence[Shot]) -> str:
        """Returns ``gpt.summary.brief``: what happens, in a sentence."""
        story = self._story
        doer = self.actor(shots)
        if doer == NOBODY:
            return f"{upper(gerund(self.brief(shots)))}, without anybody in the picture."
        return f"{upper(doer)} {self._told(self.brief(shots))} {story.place}."

    def _told(self, brief: str) -> str:
        """Returns a brief, which may list several imperatives, in the third person."""
        parts = re.split(r"(, | and )", lower(brief))
        return "".join(p if i % 2 else lower(third_person(p)) for i, p in enumerate(parts))

    def account(self, shots: Sequence[Shot]) -> str:
        """Returns ``gpt.summary.detailed``: everything that is seen."""
        story, rng = self._story, self._rng
        steps: dict[str, tuple[StoryStep, list[str]]] = {}
        for shot in shots:
            _, moves = steps.setdefault(shot.step.name, (shot.step, []))
            if shot.move not in moves:
                moves.append(shot.move)
        sentences = [f"The segment is set {story.place}."]
        doer = story.actor
        for step, moves in list(steps.values())[:8]:
            if step.actor == NOBODY:
                seen = enumerated([gerund(m) for m in moves])
                sentences.append(f"Nobody is in the picture: {lower(seen)}.")
            else:
                told = enumerated([third_person(m) for m in moves], " and finally ")
                sentences.append(f"{upper(doer)} {lower(told)}.")
                doer = story.pronoun
        return " ".join([*sentences, rng.choice(_VIEWS), rng.choice(_CLOSING)])

    def caption(self, shots: Sequence[Shot]) -> str:
        """Returns ``plm_caption``: what is seen."""
        moves = _unique(s.move for s in shots)
        seen = enumerated([lower(gerund(m)) for m in _edges(moves)])
        text = f"This video shows {self._story.actor} {self._story.place}, {seen}."
        return f"{text}\n{self._rng.choice(_VIEWS)} {self._rng.choice(_CLOSING)}"

    def still(self, shot: Shot) -> str:
        """Returns ``llama3_caption``: a long description of the middle picture."""
        story, rng = self._story, self._rng
        return (
            f"The image shows {story.actor} {story.place}, {lower(gerund(shot.move))}. It appears "
            f"to be a still from a video about how to {lower(story.goal)}.\n\n"
            f"* **The action**\n\t+ {shot.label}.\n\t+ It belongs to the step "
            f'"{shot.step.name}".\n* **The setting**\n\t+ {rng.choice(_VIEWS)}\n\n'
            "Overall, the image is clear and easy to understand."
        )

    def speech(self, shot: Shot) -> str:
        """Returns what is said during a shot."""
        return self._rng.choice(_SPOKEN).format(lower(shot.move))


def _edges(phrases: list[str]) -> list[str]:
    """Returns at most three phrases: the first two and the last."""
    return phrases if len(phrases) <= 3 else [*phrases[:2], phrases[-1]]
