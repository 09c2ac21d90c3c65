"""Runs operators as the App does on converted datasets, and keeps a test of each one's effect.

``tests/effects_*.py`` register one test for each operator with :func:`effect`;
``test_operators_on_data.py`` runs them on the demo and on the six real records, and fails for an
operator that has none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import fiftyone as fo
import pyarrow.parquet as pq
from executor import call
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.internals.views import build_view
from material import Converted

FIELDS = WIDEST, ACTION, SUMMARY = "plm_action", "gpt_action_brief", "gpt_summary_brief"


@dataclass(frozen=True)
class Video:
    """What the database has of a video: its id, rate, and each field's detections by node."""

    id: str
    uid: str
    rate: float
    fields: dict[str, dict[str, dict[str, Any]]]

    def up(self, node_id: str | None) -> Iterator[str]:
        """Yields a node and its ancestors, the root last."""
        while node_id is not None:
            yield node_id
            node_id = self.fields[WIDEST][node_id]["parent_id"]

    def children(self, node_id: str | None) -> list[str]:
        """Returns a node's children in the order of time."""
        everyone = self.fields[WIDEST].items()
        return [node for node, d in everyone if d["parent_id"] == node_id]

    def below(self, node_id: str) -> set[str]:
        """Returns a node and everything below it."""
        return {node for node in self.fields[WIDEST] if node_id in self.up(node)}

    def lasts(self, node_id: str) -> float:
        """Returns how many seconds of the clip a node lasts."""
        first, last = self.fields[WIDEST][node_id]["support"]
        return float((last - first + 1) / self.rate)

    def label(self, node_id: str, field: str = WIDEST) -> dict[str, str]:
        """Returns a node's detection as the App names a selected label."""
        found = self.fields[field][node_id]
        return {"label_id": str(found["_id"]), "sample_id": self.id, "field": field}


class Stage:
    """A converted dataset, and how the App runs an operator on it.

    Attributes:
        made: the dataset and what it was converted from
        dataset: the dataset
        videos: what is in it, read past FiftyOne
        video: one of them, to walk in
    """

    def __init__(self, made: Converted) -> None:
        self.made = made
        self.dataset: fo.Dataset = made.dataset
        self.videos = [
            Video(
                str(d["_id"]),
                d["video_uid"],
                d["metadata"]["frame_rate"],
                {f: {n["node_id"]: n for n in d[f]["detections"]} for f in FIELDS},
            )
            for d in samples_of(self.dataset).find({})
        ]
        self.video = self.videos[1]

    def run(self, name: str, view: Any = None, dataset: Any = None, **request: Any) -> Any:
        """Executes an operator; returns what it tells the App to do: parameters by operation."""
        return call(name, dataset or self.dataset, view, **request)

    def view(self, name: str, view: Any = None, **request: Any) -> fo.DatasetView:
        """Executes an operator that sets a view; returns that view as a browser would load it."""
        told = self.run(name, view, **request)
        assert "set_view" in told, told
        return build_view(self.dataset, told["set_view"]["view"])

    def records(self) -> dict[str, Any]:
        """Returns the records that the dataset was converted from, by video."""
        rows = pq.read_table(self.made.records).to_pylist()
        return {row["video_uid"]: row for row in rows}

    def inner(self) -> str:
        """Returns a node of level 2 that has grandchildren and a previous sibling."""
        video = self.video
        for node, detection in video.fields[WIDEST].items():
            family = video.children(detection["parent_id"])
            grown = [c for child in video.children(node) for c in video.children(child)]
            if detection["level"] == 2 and grown and family[0] != node:
                return node
        raise AssertionError("no such node in the video")

    def nodes(self, field: str, test: Callable[[dict[str, Any]], Any]) -> dict[str, set[str]]:
        """Returns the nodes whose detections pass a test, by video; videos with some."""
        found = {
            v.uid: {node for node, d in v.fields[field].items() if test(d)} for v in self.videos
        }
        return {uid: nodes for uid, nodes in found.items() if nodes}

    def cut(self, field: str, seconds: float) -> dict[str, set[str]]:
        """Returns the nodes of a cut by its definition: no longer than that, while the parent is.

        A leaf that is longer stands for itself.
        """
        expected: dict[str, set[str]] = {}
        for video in self.videos:
            inner = {d["parent_id"] for d in video.fields[WIDEST].values()}
            nodes = {
                node
                for node, d in video.fields[field].items()
                if (node not in inner or video.lasts(node) <= seconds)
                and (d["parent_id"] is None or video.lasts(d["parent_id"]) > seconds)
            }
            if nodes:
                expected[video.uid] = nodes
        return expected


Effect = Callable[[Stage], None]
EFFECTS: dict[str, Effect] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Registers the test of an operator's effect."""

    def register(test: Effect) -> Effect:
        assert name not in EFFECTS, name
        EFFECTS[name] = test
        return test

    return register


def shown(view: Any, field: str = WIDEST) -> dict[str, set[str]]:
    """Returns the nodes that a dataset or view has in a field, by video; videos with some."""
    uids, nodes = view.values(["video_uid", f"{field}.detections.node_id"])
    return {uid: set(ids) for uid, ids in zip(uids, nodes, strict=True) if ids}


def folded(text: str) -> str:
    """Returns a text without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))
