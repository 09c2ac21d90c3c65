"""A data set goes to a Hub and comes back, over HTTP, through the real client.

The client reads ``HF_ENDPOINT`` when it is imported, so what talks to the Hub runs in a process of
its own, as a person's would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
import yaml
from fiftyone_action100m import trees
from fiftyone_action100m.publishing.card import mark_of
from hub_server import Hub
from material import Converted, small_record, write_parquet, write_video

REPO = "someone/steps"
PUBLISH = """
import sys, json, fiftyone as fo
from fiftyone_action100m.publishing.hub import Patience
from fiftyone_action100m.publishing.publish import Publication
job = Publication(fo.load_dataset(sys.argv[1]), sys.argv[2], accept_license=True,
                  patience=Patience(pause=0.01), **json.loads(sys.argv[3]))
for step in job.run():
    pass
print(json.dumps(job.report.to_dict()))
"""
LOAD = """
import sys, json
from fiftyone.utils.huggingface import load_from_hub
load_from_hub(sys.argv[1], name=sys.argv[2], persistent=True, **json.loads(sys.argv[3]))
"""


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converted]:
    """Three videos of 12 s, cut at 9 s; the client takes the name of one for a glob."""
    folder = tmp_path_factory.mktemp("publish")
    rows = [small_record(uid, seconds=12.0, leaves=10) for uid in ("aa", "bb", "cc")]
    for row in rows:
        write_video(folder / "videos" / f"{row['video_uid']}.mp4", seconds=12.0)
    records = write_parquet(folder / "records.parquet", rows)
    made = Converted.make(
        "test-publish", records, folder / "videos", folder / "out", captions="all", clip_seconds=9.0
    )
    sample = made.dataset.first()
    odd = folder / "out" / "clips" / "Steps [aa] #1.mp4"
    Path(sample.filepath).rename(odd)
    sample.filepath = str(odd)
    sample.save()
    yield made
    made.dataset.delete()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        yield running


def run(hub: Hub, home: Path, code: str, *arguments: str, fails: bool = False) -> str:
    """Runs Python as the Hub's owner; returns what it prints, or what it says where it fails."""
    env = os.environ | hub.environment
    env |= {"HF_HOME": str(home / "hf"), "FIFTYONE_DEFAULT_DATASET_DIR": str(home / "datasets")}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def publish(hub: Hub, home: Path, name: str, **options: Any) -> dict[str, Any]:
    said = run(hub, home, PUBLISH, name, REPO, json.dumps(options))
    return dict(json.loads(said.splitlines()[-1]))


def test_a_published_data_set_loads_in_one_line_as_it_was(
    converted: Converted, hub: Hub, tmp_path: Path, dataset_name: str
) -> None:
    before = converted.dataset
    report = publish(hub, tmp_path, before.name)
    assert hub.repos[REPO].private and report["private"]
    assert report["videos"] == len(before) == 3
    run(hub, tmp_path, LOAD, REPO, dataset_name, "{}")
    after = fo.load_dataset(dataset_name)
    assert after.get_field_schema(flat=True).keys() == before.get_field_schema(flat=True).keys()
    for path, field in before.get_field_schema(flat=True).items():
        if path.split(".")[0] != "metadata":  # FiftyOne's import makes this field anew
            assert after.get_field(path).description == field.description, path
    assert after.app_config.to_dict() == before.app_config.to_dict()
    assert after.list_saved_views() == before.list_saved_views()
    for view in before.list_saved_views():
        assert len(after.load_saved_view(view)) == len(before.load_saved_view(view)), view
    assert (after.description, after.tags) == (before.description, before.tags)
    for old, new in zip(before.sort_by("video_uid"), after.sort_by("video_uid"), strict=True):
        assert Path(new.filepath).read_bytes() == Path(old.filepath).read_bytes()
        assert [(n.node_id, n.parent_id, n.start, n.end, n.texts) for n in trees(new)] == [
            (n.node_id, n.parent_id, n.start, n.end, n.texts) for n in trees(old)
        ]
        name = "gpt_action_brief"
        assert [d.support for d in new[name].detections] == [
            d.support for d in old[name].detections
        ]
    # What a data set was made from is named, but not the folders of this machine.
    metadata = hub.files(REPO)["metadata.json"].decode()
    assert str(converted.out) not in metadata and str(converted.videos) not in metadata


def test_the_card_says_what_is_in_the_data_set(
    converted: Converted, hub: Hub, tmp_path: Path
) -> None:
    dataset = converted.dataset
    publish(hub, tmp_path, dataset.name)
    card = hub.files(REPO)["README.md"].decode()
    header = yaml.safe_load(card.split("---")[1])
    assert header["license"] == "fair-noncommercial-research-license"
    assert "fiftyone" in header["tags"]
    assert f"**{len(dataset)} videos**" in card
    assert f'load_from_hub("{REPO}"' in card
    count = dataset.count("plm_action.detections")
    assert f"| `plm_action` | {count:,} of " in card
    described = dataset.get_field("gpt_action_brief").description
    assert described.replace("(", r"\(").replace(")", r"\)") in card
    assert "first 9 s" in card and "`chapters`" in card
    assert mark_of(card) == str(dataset._doc.id)
    assert hub.files(REPO)["preview.png"].startswith(b"\x89PNG")
