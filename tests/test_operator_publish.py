"""The form of the operator that publishes; test_publish_load.py has what it pushes."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import pytest
from executor import form
from hub_client import REPO
from subset import subset_dataset

NAME = "publish_action100m"


@pytest.fixture
def subset(dataset_name: str, tmp_path: Path) -> fo.Dataset:
    made = subset_dataset(dataset_name, folder=tmp_path / "videos")
    made.persistent = True
    return made


def test_the_form_shows_the_licence_and_what_is_wrong(subset: fo.Dataset) -> None:
    shown = form(NAME, subset, params={"repo": REPO})
    assert "may not be redistributed" in shown["terms"].view.label
    assert not shown["accept_license"].invalid and not shown["repo"].invalid
    assert shown["needed"].invalid and shown["needed"].view.label.endswith("accept the licence")
    assert shown["preview"].view.label.startswith("Publishes 3 videos")
    assert "needed" not in form(NAME, subset, params={"repo": REPO, "accept_license": True})
    needed = form(NAME, subset)["needed"].view.label
    assert needed == "To publish, name a repository and accept the licence"
    assert form(NAME, subset, params={"repo": "no such/../name"})["repo"].invalid
    Path(subset.first().filepath).unlink()
    assert "1 clip missing" in form(NAME, subset, params={"repo": REPO})["problem"].view.label
