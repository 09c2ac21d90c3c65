"""The operator that publishes, through the real executor, to a loopback Hub."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import pytest
from executor import URI, form
from hub_client import REPO, Client
from hub_server import Hub
from subset import subset_dataset

NAME = "publish_action100m"
RUN = """
import fiftyone as fo, fiftyone.operators as foo
context = {"dataset": fo.load_dataset(name), "params": params}
done = foo.execute_operator(uri, context)
result = {r.operator_uri: r.params for r in done.executor._requests}
"""


@pytest.fixture
def subset(dataset_name: str, tmp_path: Path) -> fo.Dataset:
    made = subset_dataset(dataset_name, folder=tmp_path / "videos")
    made.persistent = True
    return made


def test_the_form_shows_the_licence_and_what_is_wrong(subset: fo.Dataset) -> None:
    shown = form(NAME, subset, params={"repo": REPO})
    assert "may not be redistributed" in shown["terms"].view.label
    assert shown["accept_license"].invalid and not shown["repo"].invalid
    assert shown["preview"].view.label.startswith("Publishes 3 videos")
    assert not form(NAME, subset, params={"repo": REPO, "accept_license": True})[
        "accept_license"
    ].invalid
    assert form(NAME, subset, params={"repo": "no such/../name"})["repo"].invalid
    Path(subset.first().filepath).unlink()
    assert "1 clip missing" in form(NAME, subset, params={"repo": REPO})["problem"].view.label


def test_it_pushes_what_load_from_hub_loads(
    subset: fo.Dataset,
    hub: Hub,
    client: Client,
) -> None:
    params = {"repo": REPO, "accept_license": True}
    told = client.run(RUN, name=subset.name, params=params, uri=URI + NAME)
    assert told["notify"]["variant"] == "success" and told["set_progress"]["progress"] == 1.0
    assert hub.repos[REPO].private
    assert sum(path.startswith("data/") for path in hub.files(REPO)) == 3
    again = f"{subset.name}-loaded"
    try:
        assert client.command("load", REPO, "--name", again)[0] == 0
        assert fo.load_dataset(again).values("title") == subset.values("title")
    finally:
        fo.delete_dataset(again)
