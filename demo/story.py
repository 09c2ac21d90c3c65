"""What a story of the demo is made of, and the steps that recur from one to the next.

A story has phases, a phase has steps, a step has moves. Moves and steps are imperatives that start
with their verb, so that :mod:`.wording` can turn them into what somebody does, did or is doing.
"""

from __future__ import annotations

from dataclasses import dataclass

#: The actor of a step that nobody performs although something happens, as Action100M has it.
NOBODY = "N/A"


@dataclass(frozen=True)
class Step:
    """One step of a story.

    Attributes:
        name: the step as a short verb phrase
        moves: what is done in it, each an imperative; two to five
        actor: who does it; None for the story's own actor, :data:`NOBODY` for nobody
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
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Story:
    """One instructional video.

    Attributes:
        title: the video's title
        goal: what it teaches, as a verb phrase
        description: what its author wrote below it
        actor: who is seen, with an article
        pronoun: how the actor is called afterwards
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
    def steps(self) -> tuple[Step, ...]:
        """All steps in order."""
        return tuple(step for phase in self.phases for step in phase.steps)


def step(name: str, *moves: str, actor: str | None = None) -> Step:
    """Returns a step in which something is done."""
    return Step(name, moves, actor)


def wait(name: str, *moves: str) -> Step:
    """Returns a step in which nothing is done."""
    return Step(name, moves, NOBODY, action=False)


TITLE = step(
    "Show title card",
    "Show the title on a plain background",
    "Fade to the first shot",
    actor=NOBODY,
)
GREET = step(
    "Speak to camera",
    "Speak to the camera",
    "Hold up the finished piece",
    "Point at the things on the table",
)
WASH = step(
    "Wash hands",
    "Rub soap between the palms",
    "Rinse both hands under the tap",
    "Dry the hands on a towel",
)
BYE = step(
    "Wave goodbye",
    "Thank the viewers",
    "Wave at the camera",
)
END = wait("Show end card", "Show two small video previews", "Fade to black")
