"""Runs operators as the App does on converted data sets, and keeps a test of each one's effect.

``tests/effects_*.py`` register one test for each operator with :func:`effect`;
``test_operators_on_data.py`` runs them on the demo and on the six real records, and fails for an
operator that has none.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import pyarrow.parquet as pq
from material import Converted

URI = "@action100m/explorer/"
WIDEST, ACTION, SUMMARY = "plm_action", "gpt_action_brief", "gpt_summary_brief"


class Stage:
    """A converted data set, and how the App runs an operator on it.

    Attributes:
        made: the data set and what it was converted from
        dataset: the data set
        sample: one of its videos, to walk in
        parents: of that video's nodes, each one's parent
    """

    def __init__(self, made: Converted) -> None:
        self.made = made
        self.dataset: fo.Dataset = made.dataset
        self.sample = self.dataset.skip(1).first()
        self.parents = {d.node_id: d.parent_id for d in self.sample[WIDEST].detections}

    def run(self, name: str, view: Any = None, dataset: Any = None, **request: Any) -> Any:
        """Executes an operator; returns what it tells the App to do: parameters by operation."""
        surroundings = {"dataset": dataset or self.dataset, "view": view, "params": {}}
        result = foo.execute_operator(URI + name, {**surroundings, **request})
        return {r.operator_uri: r.params for r in result.executor._requests}

    def view(self, name: str, view: Any = None, **request: Any) -> fo.DatasetView:
        """Executes an operator that sets a view; returns that view as a browser would load it."""
        told = self.run(name, view, **request)
        assert "set_view" in told, told
        return fo.DatasetView._build(self.dataset, told["set_view"]["view"])

    def records(self) -> dict[str, Any]:
        """Returns the records that the data set was converted from, by video."""
        rows = pq.read_table(self.made.records).to_pylist()
        return {row["video_uid"]: row for row in rows}

    def label(self, node_id: str, field: str = WIDEST) -> dict[str, str]:
        """Returns a node of the video as the App names a selected label."""
        found = next(d for d in self.sample[field].detections if d.node_id == node_id)
        return {"label_id": found.id, "sample_id": self.sample.id, "field": field}

    def children(self, node_id: str | None) -> list[str]:
        """Returns a node's children in the order of time."""
        return [node for node, parent in self.parents.items() if parent == node_id]

    def path(self, node_id: str) -> list[str]:
        """Returns a node and its ancestors, the root last."""
        found, at = [], self.parents.get(node_id)
        found.append(node_id)
        while at is not None:
            found.append(at)
            at = self.parents[at]
        return found

    def below(self, node_id: str) -> list[str]:
        """Returns a node and everything below it."""
        return [node for node in self.parents if node_id in self.path(node)]

    def inner(self) -> str:
        """Returns a node of level 2 that has grandchildren and a previous sibling."""
        for node in self.parents:
            family = self.children(self.parents[node])
            grown = [c for child in self.children(node) for c in self.children(child)]
            if len(self.path(node)) == 3 and grown and family[0] != node:
                return node
        raise AssertionError("no such node in the video")


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
    """Returns the nodes that a data set or view has in a field, by video; videos with some."""
    uids, nodes = view.values(["video_uid", f"{field}.detections.node_id"])
    return {uid: set(ids) for uid, ids in zip(uids, nodes, strict=True) if ids}


def chosen(
    dataset: Any, field: str, test: Callable[[Any, dict[str, Any]], bool]
) -> dict[str, set[str]]:
    """Returns the nodes that pass a test of the detection and of all in its video, by video."""
    found: dict[str, set[str]] = {}
    for sample in dataset:
        everyone = {d.node_id: d for d in sample[WIDEST].detections}
        passed = {d.node_id for d in sample[field].detections if test(d, everyone)}
        if passed:
            found[sample.video_uid] = passed
    return found


def cut_nodes(dataset: Any, field: str, seconds: float) -> dict[str, set[str]]:
    """Returns the nodes of a cut by its definition: no longer than that, while the parent is.

    A leaf that is longer stands for itself.
    """
    expected: dict[str, set[str]] = {}
    for sample in dataset:
        rate = sample.metadata.frame_rate
        everyone = {d.node_id: d for d in sample[WIDEST].detections}
        inner = {d.parent_id for d in everyone.values()}
        lasts = {
            node: (d.support[1] - d.support[0] + 1) / rate if node in inner else 0.0
            for node, d in everyone.items()
        }
        nodes = {
            d.node_id
            for d in sample[field].detections
            if lasts[d.node_id] <= seconds and (d.parent_id is None or lasts[d.parent_id] > seconds)
        }
        if nodes:
            expected[sample.video_uid] = nodes
    return expected


def folded(text: str) -> str:
    """Returns a text without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))
