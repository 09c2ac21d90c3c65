"""Converts one video's tree to columns for the panel that draws it in the browser.

All decisions are made here and sent as numbers: the frames of a node, the time scales at which it
is in the cut, the text that is drawn, whether it is annotated, and its colour. The payload has one
list per column; one list per node takes ten times as long to parse, for 5,570 nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from ..core import fields
from ..core.actions import parse
from ..core.cut import cut_ranges
from ..core.frames import frame_times
from ..core.labels import is_no_action
from ..core.reviews import STATUSES
from ..core.tree import TreeOfCaptions
from ..core.wording import shorten
from ..views.sample_tree import SampleTree

#: The state of a node: without refined captions, with a summary but no action (N/A), or with an
#: action.
BARE, NO_ACTION, ANNOTATED = 0, 1, 2

#: The fields that label a rectangle; the first that the node has is used.
_LABELS = ("gpt_action_brief", "plm_action", "gpt_summary_brief", "plm_caption", "llama3_caption")

_ACTOR = "gpt_action_actor"

#: The longest label, in characters: screens do not show more.
LABEL_LENGTH = 160
#: The longest actor that is shown beside a node's name, in characters; longer ones are texts.
ACTOR_LENGTH = 80
#: The most characters of texts that are sent; otherwise texts are requested for each visible node.
TEXT_BUDGET = 1_000_000
#: The number of verbs with their own colour; all others share one.
VERBS = 10


def columns(sample: SampleTree) -> dict[str, Any]:
    """Returns a tree's columns as plain lists, aligned to ``ids``; times are in seconds."""
    tree = sample.tree
    begin, until = cut_ranges(tree, frame_times(1, sample.total_frames, sample.fps)[1])
    labels, label_fields = _labels(tree)
    names = list(tree.texts)
    heavy = sum(len(t) for of in tree.texts.values() for t in of if t) > TEXT_BUDGET
    return {
        "sample": sample.sample_id,
        "title": sample.title,
        "path": sample.path,
        "fps": float(sample.fps),
        "frames": sample.total_frames,
        "clip": sample.clip,
        "absent": sample.absent,
        "ids": list(tree.node_ids),
        "parents": tree.parents.tolist(),
        "levels": tree.levels.tolist(),
        "first": list(sample.first),
        "last": list(sample.last),
        "starts": _times(tree.starts, sample.first, sample.fps),
        "ends": _times(tree.ends, sample.last, sample.fps, 1),
        "truncated": [i for i, beyond in enumerate(sample.truncated) if beyond],
        "from": [round(x, 3) for x in begin.tolist()],
        "until": [round(x, 3) for x in until.tolist()],
        "states": states(tree),
        "labels": [_shortened(text) for text in labels],
        "labelFields": label_fields,
        "verbs": _verbs(tree, labels),
        "actors": _actors(tree),
        "youtube": sample.youtube,
        "fields": [_described(name, sample.descriptions.get(name)) for name in names],
        "texts": None if heavy else [_sparse(tree.texts[name]) for name in names],
        "speech": {
            "first": [s.first for s in sample.speech],
            "last": [s.last for s in sample.speech],
            "texts": [_shortened(s.text) for s in sample.speech],
        },
        "review": _review(sample),
        "version": sample.review.version,
    }


def _review(sample: SampleTree) -> dict[str, Any]:
    """Returns what reviewers did, as ``ReviewData`` of ``js/review_types.d.ts``."""
    review, ids = sample.review, sample.tree.node_ids
    codes = {status: code for code, status in enumerate(STATUSES, 1)}

    def by_index(values: Mapping[str, str]) -> dict[str, str]:
        return {str(i): values[node_id] for i, node_id in enumerate(ids) if node_id in values}

    return {
        "status": [codes.get(review.statuses.get(node_id, ""), 0) for node_id in ids],
        "edited": [i for i, node_id in enumerate(ids) if node_id in review.edited],
        "reviewers": by_index(review.reviewers),
        "notes": by_index(review.notes),
    }


def _shortened(text: str) -> str:
    # Few texts are that long, and putting every text on one line would take time.
    return shorten(text, LABEL_LENGTH) if len(text) > LABEL_LENGTH else text


def states(tree: TreeOfCaptions) -> list[int]:
    """Returns each node's state: :data:`BARE`, :data:`NO_ACTION` or :data:`ANNOTATED`.

    Refined captions are those of the group ``gpt``. In a dataset without that group, all captions
    count as refined; the labels of segments are none.
    """
    known = {c.name: c for c in fields.CAPTIONS}
    texts = [n for n in tree.texts if n != fields.SEGMENTS.name]
    refined = [n for n in texts if n in known and known[n].group == "gpt"] or texts
    actions = [n for n in refined if n in known and known[n].action] or refined
    result = []
    for i in range(len(tree)):
        if any((text := tree.texts[n][i]) and not is_no_action(text) for n in actions):
            result.append(ANNOTATED)
        else:
            result.append(NO_ACTION if any(tree.texts[n][i] for n in refined) else BARE)
    return result


def search_texts(tree: TreeOfCaptions, phrase: str) -> list[int]:
    """Returns the indices of nodes with a phrase in a text, ignoring case, as the browser does."""
    wanted = phrase.strip().lower()
    if not wanted:
        return []
    return [
        i
        for i in range(len(tree))
        if any(text and wanted in text.lower() for of in tree.texts.values() if (text := of[i]))
    ]


def texts_of(tree: TreeOfCaptions, index: int) -> list[str | None]:
    """Returns a node's texts, in the order of the columns' fields."""
    return [of[index] for of in tree.texts.values()]


def labels_of(tree: TreeOfCaptions) -> list[str]:
    """Returns the label of each node, empty if it has none."""
    return _labels(tree)[0]


def _labels(tree: TreeOfCaptions) -> tuple[list[str], list[int]]:
    """Returns the label of each node, and the index of its field (-1 without a label)."""
    names = list(tree.texts)
    order = sorted(
        range(len(names)),
        key=lambda k: _LABELS.index(names[k]) if names[k] in _LABELS else len(_LABELS),
    )
    labels, chosen = [""] * len(tree), [-1] * len(tree)
    for k in reversed(order):
        for i, text in enumerate(tree.texts[names[k]]):
            if text and not is_no_action(text):
                labels[i], chosen[i] = text, k
    return labels, chosen


def _verbs(tree: TreeOfCaptions, labels: Sequence[str]) -> dict[str, Any]:
    """Returns the most frequent verbs, and each node's index among them (-1 for other verbs)."""
    actions = tree.texts.get("gpt_action_brief")
    if tree.texts.keys() == {fields.SEGMENTS.name}:
        labels = [""] * len(labels)
    texts = labels if actions is None else [text or "" for text in actions]
    found = [parse(text).verb[:40] if text and not is_no_action(text) else "" for text in texts]
    counted = Counter(verb for verb in found if verb)
    # By count, then by name, so that a tree always has the same colours.
    names = sorted(counted, key=lambda verb: (-counted[verb], verb))[:VERBS]
    place = {verb: k for k, verb in enumerate(names)}
    return {
        "names": names,
        "counts": [counted[verb] for verb in names],
        "rest": sum(counted.values()) - sum(counted[verb] for verb in names),
        # -2: no verb
        "of": [place.get(verb, -1 if verb else -2) for verb in found],
    }


def _actors(tree: TreeOfCaptions) -> dict[str, Any]:
    """Returns the short names of actors, and each node's index among them (-1 without one)."""
    texts = tree.texts.get(_ACTOR) or [None] * len(tree)
    found = [text if text and _is_actor(text) else None for text in texts]
    place = {text: k for k, text in enumerate(dict.fromkeys(text for text in found if text))}
    return {"names": list(place), "of": [place[text] if text else -1 for text in found]}


def _is_actor(text: str) -> bool:
    return len(text) < ACTOR_LENGTH and not is_no_action(text)


def _times(values: Any, frames: Sequence[int], fps: Fraction, end: int = 0) -> list[float]:
    """Returns seconds, rounded to milliseconds; from frames if no times are recorded."""
    result = []
    for value, frame in zip(values.tolist(), frames, strict=True):
        if value != value or value in (float("inf"), float("-inf")):
            value = frame_times(frame, frame, fps)[end] if frame else 0.0
        result.append(round(value, 3))
    return result


def _described(name: str, description: str | None) -> dict[str, Any]:
    known = next((c for c in fields.CAPTIONS if c.name == name), None)
    return {
        "name": name,
        "group": known.group if known else "",
        "description": description or (known.description if known else ""),
        "actor": name == _ACTOR,
    }


def _sparse(texts: Sequence[str | None]) -> dict[str, list[Any]]:
    at = [i for i, text in enumerate(texts) if text]
    return {"at": at, "texts": [texts[i] for i in at]}
