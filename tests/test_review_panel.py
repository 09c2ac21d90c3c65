"""What the tree panel answers a reviewer."""

from __future__ import annotations

import json
from typing import Any

import executor
import fiftyone as fo
import pytest
from executor import TREE, Told, panel_data, tree_sent
from reviewed import WIDEST, review_dataset


@pytest.fixture
def dataset(dataset_name: str) -> fo.Dataset:
    return review_dataset(dataset_name)


class Panel:
    """The panel with the first video open."""

    def __init__(self, dataset: fo.Dataset) -> None:
        self.dataset, self.id = dataset, dataset.first().id
        self.state: dict[str, Any] = {}
        self.told = self.ask("on_load")
        self.data = json.loads(panel_data(self.told, "tree"))

    def ask(self, method: str, **params: Any) -> Told:
        told = executor.ask(
            TREE, method, self.dataset, state=self.state, current_sample=self.id,
            params={"sample": self.id, "who": "Ada", **params},
        )  # fmt: skip
        self.state = told.panel_state or self.state
        return told

    def edit(self, node: int, kind: str, **params: Any) -> Told:
        params = {"version": self.data["version"], **params}
        return self.ask("review_edit", node=self.data["ids"][node], kind=kind, **params)


def sends_tree(told: Told) -> bool:
    return any("tree" in params.get("data", {}) for _, params in told.messages)


def test_a_judgement_changes_a_status_and_not_the_tree(dataset: fo.Dataset) -> None:
    panel = Panel(dataset)
    ids = panel.data["ids"]
    assert panel.data["review"] == {
        "status": [0] * len(ids), "edited": [], "reviewers": {}, "notes": {}
    }  # fmt: skip
    done = panel.edit(1, "accept")
    assert done.result["done"].startswith("Accepted “")
    assert done.result["changed"] == {ids[1]: 1} and done.result["node"] == ids[1]
    assert (done.result["undo"], done.result["redo"]) == (1, 0)
    assert not sends_tree(done) and not sends_tree(panel.ask("on_change_view"))
    again = panel.edit(1, "accept")
    assert again.result == {"same": f"You have already a{done.result['done'][1:]}"}
    tree = tree_sent("on_load", dataset, current_sample=panel.id)
    assert done.result["reviewers"] == {ids[1]: "Ada"}
    assert tree["review"]["reviewers"] == {"1": "Ada"}
    assert tree["review"]["status"][1] == 1 and tree["version"] == done.result["version"]
    assert panel.ask("review_undo").result["changed"] == {ids[1]: 0}
    assert panel.ask("review_redo").result["changed"] == {ids[1]: 1}


def test_a_boundary_sends_the_tree_anew(dataset: fo.Dataset) -> None:
    panel = Panel(dataset)
    node = next(
        i for i, last in enumerate(panel.data["last"])
        if panel.data["levels"][i] == 2 and last < panel.data["frames"] - 30
    )  # fmt: skip
    told = panel.edit(node, "boundary", edge="end", frame=panel.data["last"][node])
    tree = json.loads(panel_data(told, "tree"))
    assert tree["last"][node] == panel.data["last"][node] - 1
    assert node in tree["review"]["edited"] and tree["review"]["status"][node] == 3
    panel.data = tree
    noted = panel.edit(node, "note", text="早い")
    assert noted.result["notes"] == {tree["ids"][node]: "早い"}
    assert tree_sent("on_load", dataset, current_sample=panel.id)["review"]["notes"] == {
        str(node): "早い"
    }


def test_conflicts_and_problems_are_told(dataset: fo.Dataset) -> None:
    panel = Panel(dataset)
    panel.edit(1, "reject", who="Bea")
    conflict = panel.edit(1, "accept").result["conflict"]
    assert conflict["who"] == "Bea" and conflict["what"].startswith("rejected “")
    theirs = json.loads(panel_data(panel.ask("reload"), "tree"))
    assert theirs["review"]["status"][1] == 2 and theirs["version"] != panel.data["version"]
    assert panel.edit(0, "split", frame=20).result == {"problem": "The whole video cannot be split"}
    assert (
        panel.edit(1, "accept", who="")
        .result["problem"]
        .startswith("The reviewer's name is missing")
    )
    assert panel.ask("review_undo").result["problem"].startswith("You have nothing to undo")


def test_statuses_are_of_any_field(dataset: fo.Dataset) -> None:
    panel = Panel(dataset)
    fields = [field["name"] for field in panel.data["fields"]]
    assert fields[0] != WIDEST or len(fields) > 1
    leaf = max(range(len(panel.data["ids"])), key=lambda i: panel.data["levels"][i])
    panel.edit(leaf, "text", text="new words", field=WIDEST)
    now = tree_sent("on_load", dataset, current_sample=panel.id)
    assert now["review"]["status"][leaf] == 3 and now["labels"][leaf] == "new words"


def test_the_next_node_is_the_next_of_the_outline_that_is_not_reviewed(dataset: fo.Dataset) -> None:
    panel = Panel(dataset)
    ids, parents = panel.data["ids"], panel.data["parents"]
    first = next(
        i for i, parent in enumerate(parents) if parent == 0 and panel.data["first"][i] == 1
    )
    asked = {"node": ids[0], "scope": "video"}
    found = panel.ask("review_next", **asked).result
    assert found == {"sample": panel.id, "node": ids[first], "left": len(ids)}
    panel.edit(first, "accept")
    child = panel.ask("review_next", **asked).result
    assert parents[ids.index(child["node"])] == first and child["left"] == len(ids) - 1
    counted = panel.ask("review_progress", scope="video").result
    assert counted["text"] == f"1 of {len(ids)} reviewed" and counted["accepted"] == 1
    whole = panel.ask("review_progress", scope="view").result
    assert whole["total"] > counted["total"] and whole["reviewed"] == 1
    nothing = panel.ask("review_next", scope="sample").result
    assert nothing == {"sample": None, "node": None, "left": 0}
    assert (
        "name is missing" in panel.ask("review_progress", scope="sample", who="").result["problem"]
    )
