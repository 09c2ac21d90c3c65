"""Defines the demo's stories: phases, their steps, and the moves of a step.

Moves and steps are imperatives that start with their verb, so that :mod:`.wording` can turn them
into other forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The actor of a step that nobody performs although something happens, as in Action100M.
NOBODY = "N/A"


@dataclass(frozen=True)
class StoryStep:
    """One step of a story.

    Attributes:
        name: the step as a short verb phrase
        moves: what is done in it, each an imperative; two to five
        actor: who does it; None for the story's actor, :data:`NOBODY` for nobody
        action: False where nothing is done: a still picture, a wait, an end card
    """

    name: str
    moves: tuple[str, ...]
    actor: str | None = None
    action: bool = True


@dataclass(frozen=True)
class Phase:
    """Steps that belong together."""

    name: str
    steps: tuple[StoryStep, ...]


@dataclass(frozen=True)
class Story:
    """One instructional video.

    Attributes:
        title: the video's title
        goal: what it teaches, as a verb phrase
        description: the text that its author wrote
        actor: who is seen, with an article
        pronoun: of the actor
        place: where, with a preposition
        phases: what happens
    """

    title: str
    goal: str
    description: str
    actor: str
    pronoun: str
    place: str
    phases: tuple[Phase, ...]

    @property
    def steps(self) -> tuple[StoryStep, ...]:
        """All steps in order."""
        return tuple(step for phase in self.phases for step in phase.steps)


#: Recurring steps, by their names in the text of a story.
RECURRING = {
    "TITLE": StoryStep(
        "Show title card",
        ("Show the title on a plain background", "Fade to the first shot"),
        actor=NOBODY,
    ),
    "GREET": StoryStep(
        "Speak to camera",
        ("Speak to the camera", "Hold up the finished piece", "Point at the things on the table"),
    ),
    "WASH": StoryStep(
        "Wash hands",
        (
            "Rub soap between the palms",
            "Rinse both hands under the tap",
            "Dry the hands on a towel",
        ),
    ),
    "BYE": StoryStep("Wave goodbye", ("Thank the viewers", "Wave at the camera")),
    "END": StoryStep(
        "Show end card",
        ("Show two small video previews", "Fade to black"),
        actor=NOBODY,
        action=False,
    ),
}


def parse_phases(text: str) -> tuple[Phase, ...]:
    """Parses the phases of a story.

    A phase is a line, followed by its indented steps. A step is a name, a colon, and moves
    separated by slashes; in parentheses, it is a wait. Steps of :data:`RECURRING` are named, with
    commas between them. A line with more indentation continues the step above it. Example::

        Make the dough
            WASH
            Mix the dough: Press a hollow into the flour / Pour water into the hollow /
                Stir the dough
            (Let the dough rest: Show the covered bowl / Show a clock)
    """
    phases: list[tuple[str, list[StoryStep]]] = []
    for line in re.sub(r"\n {8,}", " ", text.strip()).splitlines():
        if line.startswith(" "):
            phases[-1][1].extend(_steps(line.strip()))
        else:
            phases.append((line, []))
    return tuple(Phase(name, tuple(steps)) for name, steps in phases)


def _steps(line: str) -> list[StoryStep]:
    if ":" not in line:
        return [RECURRING[name] for name in line.split(", ")]
    name, _, moves = line.strip("()").partition(": ")
    waits = line.startswith("(")
    step = StoryStep(name, tuple(moves.split(" / ")), NOBODY if waits else None, action=not waits)
    return [step]
