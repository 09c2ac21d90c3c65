"""The whole path over HTTP: the Hub's shards, a site's videos, clips, a dataset, the Hub, back.

A Hub and a site on the loopback, and the command line in a process of its own, as in real life.
What comes back is used as the App uses it: by operators and both panels.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import effects_changes
import effects_views
import fiftyone as fo
import pytest
from effects import EFFECTS, FIELDS, Stage
from executor import open_overview, overview_tiles, tree_sent
from fiftyone_action100m import parse_record, trees
from fiftyone_action100m.internals.views import serialize_view
from hub_client import Client
from hub_records import shard
from hub_server import Hub
from material import Converted, small_record, write_parquet, write_video
from web_server import Behaviour, WebSite

REGISTERED = (effects_views, effects_changes)
RECORDS, REPO = "org/shards", "someone/steps"
UIDS = ("aa", "bb", "cc", "dd")
#: Of each kind: they read trees, the schema and clips, select, and set views and the App.
SOME = (
    "check_trees", "tidy_view", "export_action100m", "granularity_by_time_scale", "walk_parent",
    "find_in_captions", "segments_as_clips", "open_tree_of_captions",
)  # fmt: skip
CLIP, WHOLE = 90.0, 300.0
ROWS = [small_record(uid, 120.0 if uid == "cc" else 40.0, leaves=24) for uid in UIDS]
LOAD = """
from fiftyone.utils.huggingface import load_from_hub
load_from_hub(repo, name=name, persistent=True, **options)
"""


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with Hub() as running:
        running.add(
            RECORDS, {"data/0.parquet": shard(ROWS[:2], 1), "data/1.parquet": shard(ROWS[2:], 2)}
        )
        yield running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebSite]:
    """Three videos; one of them is far longer than its clip, and one is gone."""
    folder = tmp_path_factory.mktemp("site")
    for uid in UIDS[:3]:
        write_video(folder / f"{uid}.mp4", WHOLE if uid == "cc" else 40.0, size="160x120")
    with WebSite(folder) as running:
        running.behave("dd.mp4", Behaviour(status=410))
        yield running


@pytest.fixture(scope="module")
def client(hub: Hub, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    running = Client(hub.environment, tmp_path_factory.mktemp("client"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def made(
    site: WebSite, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[fo.Dataset]:
    """Converted with the command line: records off the Hub, videos off the site."""
    out = tmp_path_factory.mktemp("out")
    code, said = client.command(
        "convert", RECORDS, "--name", "whole-path", "--out", str(out),
        "--fetch", site.template, "--pause", "0",
    )  # fmt: skip
    assert code == 3 and "3 of 4 videos converted" in said, said
    dataset = fo.load_dataset("whole-path")
    dataset.create_index("title")
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def loaded(made: fo.Dataset, client: Client) -> Iterator[fo.Dataset]:
    """Published, and loaded by FiftyOne's own ``load_from_hub``."""
    code, said = client.command("publish", made.name, REPO, "--accept-license")
    assert code == 0, said
    client.run(LOAD, repo=REPO, name="whole-path-loaded", options={})
    dataset = fo.load_dataset("whole-path-loaded")
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def stage(loaded: fo.Dataset, site: WebSite, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("stage")
    records = write_parquet(folder / "records.parquet", ROWS)
    return Stage(Converted(loaded, None, records, site.folder, folder / "out"))


@pytest.mark.slow
def test_each_video_is_its_record_and_its_source(
    hub: Hub, site: WebSite, made: fo.Dataset, loaded: fo.Dataset
) -> None:
    assert hub.asked(f"GET /datasets/{RECORDS}/resolve/.*parquet") >= 2
    assert {seen.path for seen in site.seen} == {f"/{uid}.mp4" for uid in UIDS}
    long = (site.folder / "cc.mp4").stat().st_size
    # What is read ahead when the clip is complete is more where ffmpeg is slow.
    assert site.sent("cc.mp4") <= 2 * long * CLIP / WHOLE
    assert loaded.values("video_uid") == ["aa", "bb", "cc"]
    for old, new, row in zip(made, loaded, ROWS, strict=False):
        assert Path(new.filepath).read_bytes() == Path(old.filepath).read_bytes()
        assert new.metadata.total_frame_count == 25 * (CLIP if new.video_uid == "cc" else 40)
        recorded, tree = parse_record(row).tree, trees(new)
        for field in FIELDS:
            began = [n for n in recorded if n.start < CLIP and n.texts.get(field)]
            assert {n.node_id: n.texts[field] for n in tree if field in n.texts} == {
                n.node_id: n.texts[field] for n in began if n.texts[field] != "N/A"
            }


def plain(value: Any) -> Any:
    """A document without ids and times of this database."""
    own = {"_id", "_dataset_id", "_sample_id", "created_at", "last_modified_at", "_rand", "id"}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in own}
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def _text(path: str, field: fo.Field) -> str | None:
    # FiftyOne's import makes the metadata, and its descriptions, anew.
    return None if path.split(".")[0] == "metadata" else field.description


def described(dataset: fo.Dataset) -> dict[str, Any]:
    """All that a dataset is, beside its samples."""
    dataset.reload()
    views = {}
    for name in dataset.list_saved_views():
        view = dataset.load_saved_view(name)
        about = dataset.get_saved_view_info(name)
        stages = [plain(stage) for stage in serialize_view(view, uuids=False)]
        views[name] = (about["description"], about["color"], stages, view.values("video_uid"))
    return {
        "schema": {
            path: (type(f), f.info, f.read_only, _text(path, f))
            for path, f in dataset.get_field_schema(flat=True).items()
        },
        "app": dataset.app_config.to_dict(),
        "views": views,
        "info": {k: v for k, v in dataset.info.items() if k != "action100m"},
        "rest": (
            dataset.tags, dataset.description, dataset.media_type, dataset.persistent,
            dataset.classes, dataset.default_classes, dataset.mask_targets, dataset.skeletons,
        ),
    }  # fmt: skip


def test_load_from_hub_gives_an_equal_data_set(made: fo.Dataset, loaded: fo.Dataset) -> None:
    before, after = described(made), described(loaded)
    for part, expected in before.items():
        assert after[part] == expected, part
    for old, new in zip(made, loaded, strict=True):
        one, other = plain(old.to_dict()), plain(new.to_dict())
        assert one.pop("filepath") != other.pop("filepath")
        assert one == other
    # What load_from_hub cannot bring, `action100m load` does.
    ours = set(made.get_index_information()) - set(loaded.get_index_information())
    assert "title" in ours


def test_so_many_samples_and_then_the_rest_with_its_indexes(
    hub: Hub, made: fo.Dataset, loaded: fo.Dataset, client: Client, dataset_name: str
) -> None:
    folder = Path(loaded.first().filepath).parent
    for clip in folder.iterdir():
        clip.unlink()
    hub.seen.clear()
    client.run(LOAD, repo=REPO, name=dataset_name, options={"max_samples": 2})
    some = fo.load_dataset(dataset_name)
    assert some.values("video_uid") == ["aa", "bb"] and hub.asked(r"GET .*\.mp4") == 2
    assert all(Path(path).is_file() for path in some.values("filepath"))
    for part in ("schema", "app"):
        assert described(some)[part] == described(loaded)[part]
    some.delete()
    code, said = client.command("load", REPO, "--name", dataset_name)
    assert code == 0 and "1 clip fetched, 2 already there" in said, said
    whole = fo.load_dataset(dataset_name)
    assert set(whole.get_index_information()) == set(made.get_index_information())
    assert {**described(whole), "info": {}} == {**described(made), "info": {}}
    assert all(Path(path).is_file() for path in loaded.values("filepath"))


def test_both_panels_show_it(loaded: fo.Dataset) -> None:
    sample = loaded.last()
    data = tree_sent("on_load", loaded, current_sample=sample.id)
    assert data["ids"] == list(trees(sample).node_ids) and data["fps"] == 25
    assert overview_tiles(open_overview(loaded))["Videos"]["value"] == "3"


@pytest.mark.parametrize("name", SOME)
def test_operators_work_on_it(stage: Stage, name: str) -> None:
    EFFECTS[name](stage)
