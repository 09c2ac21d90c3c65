"""The operator that builds trees: its form, a dry run in it, and what comes after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from executor import PROGRESS, delegated, form, run
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render

NAME = "build_trees"


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One video, not to be changed."""
    folder = tmp_path_factory.mktemp("my videos")
    record = demo_record(0, seconds=6, leaves=4)
    render(record, folder / "one.mp4", size=(128, 96), audio=False, fps="20")
    return folder


@pytest.fixture
def params(videos: Path, tmp_path: Path) -> dict[str, Any]:
    return {"videos": str(videos), "out": str(tmp_path / "built"), "min_gain": 0.005}


def wrong(**params: Any) -> dict[str, str]:
    """What the form says is wrong, by input."""
    found = {k: p for k, p in form(NAME, params=params).items() if p.invalid}
    return {k: p.error_message or str(p.view.label) for k, p in found.items()}


def estimate(**params: Any) -> str:
    """What the form says that it would take; empty if it says nothing of it."""
    found = form(NAME, params=params).get("estimate")
    return "" if found is None else str(found.view.label)


def test_an_empty_form_complains_of_nothing() -> None:
    assert wrong() == {"needed": "Name the folder with your videos to go on"}
    assert not form(NAME)["videos"].required
    assert {"videos", "out", "encoder", "captioner", "llm", "until", "min_seconds"} <= form(
        NAME
    ).keys()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"videos": "/no/such/folder"}, {"videos": "/no/such/folder is not there"}),
        ({"encoder": "grey"}, {"encoder": "there is no encoder 'grey'"}),
        ({"captioner": "http://host/v1"}, {"captioner": "names no model"}),
        ({"captioner": "http://me:secret@host/v1#m"}, {"captioner": "a password"}),
        ({"captioner": "grey"}, {"captioner": "names no model"}),
        ({"captioner": "ocr", "llm": "http://host/v1"}, {"llm": "names no model"}),
        ({"speech": "host#m"}, {"speech": "host"}),
        ({"leaf_captioner": "ocr"}, {"problem": "captioner of leaves only"}),
        ({"llm": "http://host/v1#m"}, {"problem": "there is no captioner"}),
        ({"until": "captions"}, {"problem": "there is no captioner"}),
        ({"until": "segments", "captioner": "http://host/v1#m"}, {"problem": "leave it out"}),
        ({"min_seconds": -1}, {"problem": ""}),
        ({"max_videos": 0}, {"problem": "max_videos is 0"}),
        ({"videos": 7}, {"wrong_videos": "videos takes"}),
    ],
)
def test_the_form_says_what_is_wrong(
    given: dict[str, Any], said: dict[str, str], params: dict[str, Any]
) -> None:
    found = wrong(**params | given)
    assert found.keys() - {"needed"} == said.keys()
    assert all(text in found[name] for name, text in said.items()), found


def test_a_folder_with_other_files_is_refused(params: dict[str, Any], videos: Path) -> None:
    assert "no build has written" in wrong(**params | {"out": str(videos)})["problem"]


def test_a_dry_run_comes_back_to_the_form(params: dict[str, Any]) -> None:
    assert estimate(**params) == ""
    told = run(NAME, params=params | {"dry_run": True})
    asked = told["prompt_user_for_operation"]
    assert asked["operator_uri"].endswith(f"/{NAME}") and asked["params"]["dry_run"] is False
    assert asked["params"]["videos"] == params["videos"]
    assert not Path(params["out"]).exists()
    said = estimate(**asked["params"])
    assert "1 of 1 video can be built" in said and "frames per second" in said
    assert estimate(**asked["params"] | {"min_gain": 0.5}) == ""  # that would take something else


def test_what_was_built_can_be_converted(params: dict[str, Any]) -> None:
    told = run(NAME, params=params)
    assert told.every(PROGRESS)[-1]["progress"] == 1.0
    assert (
        told["notify"]["variant"] == "success" and "1 of 1 video built" in told["notify"]["message"]
    )
    asked = told["prompt_user_for_operation"]
    assert asked["operator_uri"].endswith("/convert_action100m")
    built = Path(params["out"])
    given = asked["params"]
    assert given["source"] == str(built / "records") and given["videos"] == str(built / "videos")
    assert pq.read_table(built / "records").num_rows == 1
    filled = form("convert_action100m", params=given)
    assert not [name for name, prop in filled.items() if prop.invalid]
    assert given["name"].startswith("my-videos")


def test_delegated_it_returns_the_report(params: dict[str, Any]) -> None:
    report = delegated(NAME, params=params)
    assert "1 of 1 video built" in report["report"]
    assert report["convert"]["source"] == str(Path(params["out"]) / "records")


def test_a_build_that_fails_says_why(params: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.mp4").write_bytes(b"no video")
    told = run(NAME, params=params | {"videos": str(tmp_path / "bad")})
    assert told["notify"]["variant"] == "error" and "prompt_user_for_operation" not in told
