"""Makes Action100M records with the real schema and shape, and invented content.

A video consists of shots (the leaves). The tree above them is a hierarchical clustering in which
the boundaries between a story's phases are strongest, then those between steps, between moves, and
within a move. All random values are from ``random.Random`` with text seeds, in integers of
hundredths of a second, so they are the same on every machine.
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from .narrator import Narrator, Shot
from .stories import STORIES
from .story import Phase, Story, StoryStep

#: Times are integers of hundredths of a second until they are written.
_HUNDREDTHS = 100
#: The shortest leaf, in hundredths: just over half a second, so that float32 cannot undercut it.
_SHORTEST = 51
#: The shortest leaf of a step that nobody performs: two of them make an annotated node.
_SHORTEST_STILL = 215
#: Inner nodes of at least this duration have ``gpt``, except one in ``_MISSING_GPT``.
_ANNOTATED = 400
_MISSING_GPT = 20
_MISSING_CAPTION = 60
_LEVELS = (10, 18)
_NO_ACTION = {"brief": "N/A", "detailed": "N/A", "actor": "N/A"}

#: The irregular records among each six, by index.
_SHORT, _WRONG_DURATION, _NO_TRANSCRIPT, _LONG = 2, 3, 4, 5


@dataclass
class _Node:
    """A node of the shots from ``first`` to before ``last``."""

    first: int
    last: int
    level: int
    parent: _Node | None
    node_id: str = ""


def demo_records(videos: int = 6, seed: int = 51) -> list[dict[str, Any]]:
    """Makes the demo's records.

    Args:
        videos: how many
        seed: of the random content

    Returns:
        records as returned by ``pyarrow.Table.to_pylist``, in the schema of :mod:`..core.schema`
    """
    return [demo_record(index, seed=seed) for index in range(videos)]


def demo_record(
    index: int = 0, *, seed: int = 51, seconds: float | None = None, leaves: int | None = None
) -> dict[str, Any]:
    """Makes one record.

    Of each six, the third is shorter than 90 s, the fourth's metadata has too short a duration, and
    the fifth has no transcript.

    Args:
        index: of the record, from 0; chooses the story
        seed: of the random content
        seconds: the video's duration; by default 60 to 150
        leaves: the number of leaves of the tree, which has ``2 * leaves - 1`` nodes; by default
            about one per 1.3 s

    Raises:
        ValueError: if that many leaves of half a second do not fit
    """
    rng = random.Random(f"action100m demo {seed} {index}")
    total = _length(rng, index, seconds, leaves)
    count = leaves if leaves is not None else max(1, round(total / rng.uniform(115, 145)))
    if count < 1 or total < count * _SHORTEST:
        raise ValueError(f"{count} leaves do not fit into {total / _HUNDREDTHS:g} s")
    story = STORIES[index % len(STORIES)]
    shots = _shots(rng, story, count)
    cuts = _cuts(rng, shots, total)
    uid = f"demo{seed % 1000:03d}{index + 1:04d}"
    tree = _tree(rng, shots, uid)
    narrator = Narrator(story, shots, rng)
    return {
        "video_uid": uid,
        "metadata": _metadata(rng, index, story, shots, cuts, narrator),
        "nodes": [_write_node(rng, node, shots, cuts, narrator) for node in tree],
    }


def _length(rng: random.Random, index: int, seconds: float | None, leaves: int | None) -> int:
    """Returns the video's duration in hundredths of a second."""
    kind = index % len(STORIES)
    bounds = {_SHORT: (6000, 8800), _LONG: (13000, 15000)}.get(kind, (9200, 12500))
    length = rng.randint(*bounds)
    if seconds is not None:
        return round(seconds * _HUNDREDTHS)
    return length if leaves is None else max(length, leaves * 110)


def _shots(rng: random.Random, story: Story, count: int) -> list[Shot]:
    """Returns a story as ``count`` shots: some of its moves if few, several rounds if many."""
    moves = _moves(story)
    if count > 4 * len(moves):
        moves = [move for _ in range(-(-count // (3 * len(moves)))) for move in _moves(story)]
    if count < len(moves):
        moves = [moves[i * len(moves) // count] for i in range(count)]
    parts = [1] * len(moves)
    for _ in range(count - len(moves)):
        fewest = rng.sample(range(len(moves)), min(3, len(moves)))
        parts[min(fewest, key=lambda i: parts[i])] += 1
    return [
        Shot(phase, step, move, part, n)
        for (phase, step, move), n in zip(moves, parts, strict=True)
        for part in range(n)
    ]


def _moves(story: Story) -> list[tuple[Phase, StoryStep, str]]:
    """Returns a story's moves; the phases are copies, so that two rounds have distinct ones."""
    phases = [replace(phase) for phase in story.phases]
    return [(phase, step, move) for phase in phases for step in phase.steps for move in step.moves]


def _cuts(rng: random.Random, shots: list[Shot], total: int) -> list[int]:
    """Returns the starts of the shots and the end of the last, in hundredths of a second."""
    shortest = [_SHORTEST_STILL if s.step.actor == "N/A" else _SHORTEST for s in shots]
    if sum(shortest) > total * 2 // 3:
        shortest = [_SHORTEST] * len(shots)
    spare = total - sum(shortest)
    weights = [rng.choice((1, 2, 2, 3, 3, 4, 6, 10, 20)) for _ in shots]
    cuts, weight, least = [0], 0, 0
    for more, floor in zip(weights, shortest, strict=True):
        weight += more
        least += floor
        cuts.append(least + spare * weight // sum(weights))
    return cuts


def _tree(rng: random.Random, shots: list[Shot], uid: str) -> list[_Node]:
    """Returns a full binary tree over the shots, breadth-first, of a depth within bounds."""
    ranks = [_rank(a, b) for a, b in pairwise(shots)]
    fewest, most = _LEVELS
    wanted = min(rng.randint(fewest, most), len(shots) - 1)
    tree = _split([rank + rng.random() for rank in ranks])
    for attempt in range(1, 200):
        if wanted <= tree[-1].level <= most:
            break
        if tree[-1].level < wanted:
            # Too shallow: weaken boundaries along the video, which makes chains.
            slope = attempt / 20 / len(shots)
            tree = _split([r + rng.random() - slope * i for i, r in enumerate(ranks)])
        else:
            # Too deep: prefer boundaries in the middle.
            tree = _split([rank + rng.random() for rank in ranks], balance=attempt / 10)
    for node in tree:
        node.node_id = _node_id(uid, node)
    return tree


def _rank(a: Shot, b: Shot) -> int:
    """Returns how strong the boundary between two shots is, from 0 to 3."""
    if a.phase is not b.phase:
        return 3
    if a.step.name != b.step.name:
        return 2
    return 1 if a.move != b.move else 0


def _split(strengths: list[float], balance: float = 0.0) -> list[_Node]:
    """Splits recursively at the strongest boundary; the nodes have no ids yet.

    Args:
        strengths: of the boundaries between shots
        balance: how much a boundary near the middle is preferred
    """
    found = [_Node(0, len(strengths) + 1, 0, None)]
    for node in found:
        if node.last - node.first < 2:
            continue
        size = node.last - node.first
        middle = (node.first + node.last) / 2

        def strength(at: int, size: int = size, middle: float = middle) -> float:
            return strengths[at - 1] - balance * abs(at - middle) / size

        at = max(range(node.first + 1, node.last), key=strength)
        for first, last in ((node.first, at), (at, node.last)):
            found.append(_Node(first, last, node.level + 1, node))
    return found


def _node_id(uid: str, node: _Node) -> str:
    text = f"action100m demo {uid} {node.first} {node.last}"
    return str(uuid.uuid5(uuid.NAMESPACE_OID, text))


def _seconds(hundredths: int) -> float:
    """Returns seconds, rounded to a float32."""
    return float(np.float32(hundredths / _HUNDREDTHS))


def _write_node(
    rng: random.Random, node: _Node, shots: list[Shot], cuts: list[int], narrator: Narrator
) -> dict[str, Any]:
    held = shots[node.first : node.last]
    start, end = cuts[node.first], cuts[node.last]
    leaf = len(held) == 1
    caption = narrator.caption(held)
    return {
        "node_id": node.node_id,
        "parent_id": node.parent.node_id if node.parent else None,
        "level": node.level,
        "start": _seconds(start),
        "end": _seconds(end),
        "plm_action": narrator.label(held),
        "plm_caption": None if node.parent and not rng.randrange(_MISSING_CAPTION) else caption,
        "llama3_caption": narrator.still(held[0]) if leaf else None,
        "gpt": None if leaf or end - start < _ANNOTATED else _gpt(rng, node, held, narrator),
    }


def _gpt(
    rng: random.Random, node: _Node, held: list[Shot], narrator: Narrator
) -> dict[str, Any] | None:
    actor = narrator.actor(held)
    summary = {"brief": narrator.summary(held), "detailed": narrator.account(held)}
    if actor != "N/A" and node.parent and not rng.randrange(_MISSING_GPT):
        return None
    if not narrator.is_action(held):
        return {"summary": summary, "action": dict(_NO_ACTION)}
    action = {
        "brief": narrator.brief(held),
        "detailed": narrator.instruction(held),
        "actor": actor,
    }
    return {"summary": summary, "action": action}


def _metadata(
    rng: random.Random,
    index: int,
    story: Story,
    shots: list[Shot],
    cuts: list[int],
    narrator: Narrator,
) -> dict[str, Any]:
    kind = index % len(STORIES)
    duration = (cuts[-1] + _HUNDREDTHS // 2) // _HUNDREDTHS
    if kind == _WRONG_DURATION:
        duration -= max(2, duration // rng.randint(7, 12))
    views = rng.randint(900, 400_000)
    return {
        "title": story.title,
        "description": story.description,
        "view_count": views,
        "like_count": views // rng.randint(30, 120),
        "duration": duration,
        "upload_date": f"{rng.randint(2009, 2023)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}",
        "transcript": None
        if kind == _NO_TRANSCRIPT
        else _transcript(rng, index, shots, cuts, narrator),
    }


def _transcript(
    rng: random.Random, index: int, shots: list[Shot], cuts: list[int], narrator: Narrator
) -> list[dict[str, str]]:
    """Returns the transcript, in the style of automatic captions or of typed subtitles."""
    automatic = index % 2 == 0
    entries = []
    for i, shot in enumerate(shots):
        if shot.part or not shot.step.action or shot.step.actor == "N/A":
            continue
        time = cuts[i] + rng.randrange(_SHORTEST)
        text = narrator.speech(shot)
        if automatic:
            text = text.lower().replace(",", "").replace(" ", "  ")
        else:
            at = text.find(" ", len(text) // 2)
            text = f"{text[:1].upper()}{text[1:]}."
            if at > 0:
                text = f"{text[:at]}\n{text[at + 1 :]}"
        entries.append({"time": f"{time / _HUNDREDTHS:g}", "text": text})
    return entries
