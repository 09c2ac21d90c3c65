"""``action100m load`` of repositories that are broken, or that name what is not theirs."""

from __future__ import annotations

import copy
import json
import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import fiftyone as fo
import forks
import pytest
from bson import ObjectId, json_util
from fiftyone_action100m.converters.reading.hub_names import check_names
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.publishing.bundle import (
    LoadError,
    check_samples,
    read_config,
    read_metadata,
)
from fiftyone_action100m.publishing.stage import stage
from hub_client import Client
from hub_server import Hub
from private_server import private_service
from subset import subset_dataset

REPO = "someone/strange"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("client")


@pytest.fixture(scope="module")
def site() -> Iterator[Hub]:
    with Hub() as running:
        yield running


@pytest.fixture(scope="module")
def client(site: Hub, home: Path) -> Iterator[Client]:
    running = Client(site.environment, home)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a repository that loads."""
    folder = tmp_path_factory.mktemp("whole")
    made = subset_dataset("test-load-whole", 2, folder=folder / "videos")
    try:
        staged = stage(made, folder / "staged")
        return {p: (staged.folder / p).read_bytes() for p in (*staged.media, *staged.others)}
    finally:
        made.delete()


@pytest.fixture
def hub(site: Hub, whole: dict[str, bytes]) -> Hub:
    for kept in (site.repos, site.seen, site.failures):
        kept.clear()
    site.add(REPO, whole)
    return site


@pytest.fixture(autouse=True)
def folder(home: Path) -> Path:
    """Where the files go; empty."""
    place = home / "datasets" / "huggingface" / "hub" / REPO
    if place.exists():
        place.rename(place.with_name(f"old-{time.monotonic_ns()}"))
    return place


@pytest.fixture
def load(client: Client, dataset_name: str) -> Callable[..., tuple[int, str]]:
    """Loads; checks that what is refused is said in one line, and leaves no dataset."""

    def load(*more: str) -> tuple[int, str]:
        before = set(fo.list_datasets())
        code, said = client.command("load", REPO, "--name", dataset_name, *more)
        if code:
            assert "Traceback" not in said and said.startswith("action100m: "), said
            assert "\n" not in said.strip() and len(said) < 900, said
            assert set(fo.list_datasets()) == before
        return code, said

    return load


def replaced(hub: Hub, **files: bytes | None) -> None:
    """Commits files in place of others; dots are double underscores in their names."""
    known = {p: b.data for p, b in hub.repos[REPO].commits[-1][2].items()}
    hub.repos.clear()
    known |= {name.replace("__", "."): data for name, data in files.items()}  # type: ignore[dict-item]
    hub.add(REPO, {path: data for path, data in known.items() if data is not None})


HOSTILE = [
    "/etc/evil", "../evil", "data/../../evil", "..", ".", "data/./x", "data//x", "data/", "",
    "data\\..\\evil", "C:/evil", "c:evil", "data/x\0y", "data/x\ny", "\ud800", "x" * 241,
    "a/" * 600 + "x", ".cache/huggingface/download/x", ".CACHE/x", 7, None, ["x"], {"x": 1},
    "DATA/AA.MP4", "data", "data/aa.mp4/x", "README.md",
]  # fmt: skip


def test_a_name_that_is_no_path_below_the_folder_is_refused_before_anything_is_done(
    hub: Hub, load: Callable[..., tuple[int, str]], folder: Path, home: Path
) -> None:
    mine = home / "datasets" / "huggingface" / "hub" / "evil"
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    entries = [
        {"type": "file", "path": p, "oid": b.oid, "size": len(b.data)}
        for p, b in hub.repos[REPO].commits[-1][2].items()
    ]
    for name in [str(mine), "../evil", "data/../../evil", "DATA/AA.MP4", "data", None]:
        listed = [*entries, {"type": "file", "path": name, "oid": "0", "size": 1}]
        hub.failures.clear()
        body = json.dumps(listed).encode()
        hub.fail("GET /api/.*tree", 200, 9, body, Content_Type="application/json")
        code, said = load()
        assert code in (2, 4) and "it lists" in said, (name, said)
        assert not folder.exists() and mine.read_text() == "mine", name


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_are_none(name: object) -> None:
    with pytest.raises(ValueError, match="it lists"):
        check_names(["data/aa.mp4", "readme.md", name])


def test_names_of_real_repositories_are_names() -> None:
    check_names(["data/Ünïcode & [x] #1.mp4", "a/b", "a/c", "a-b", ".gitattributes", "x.cache"])
    with pytest.raises(ValueError, match="the same file on some"):
        check_names(["data/\u00e9.mp4", "data/E\u0301.mp4"])


@pytest.mark.parametrize("sha", ["../../../../evil", "/etc", "", None, 7, "0" * 39, ["0" * 40]])
def test_a_commit_that_is_none_is_refused(
    hub: Hub, load: Callable[..., tuple[int, str]], sha: Any
) -> None:
    body = json.dumps({"id": REPO, "sha": sha}).encode()
    hub.fail("GET /api/datasets/[^/]*/[^/]*(/revision/v1)?$", 200, 9, body)
    code, said = load("--revision", "v1")
    assert code == 4 and "commit" in said, said


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../../evil.mp4", "data/../../x", "data/none.mp4", "", None, 7, ["a"], "c:\\x"],
)
def test_a_sample_that_names_no_file_of_the_repository_is_refused(
    hub: Hub, load: Callable[..., tuple[int, str]], whole: dict[str, bytes], path: Any
) -> None:
    samples = json.loads(whole["samples.json"])
    samples["samples"][1]["filepath"] = path
    replaced(hub, samples__json=json.dumps(samples).encode())
    code, said = load()
    assert code == 2 and "sample 2 of samples.json" in said, said


DEEP = b"[" * 100_000 + b"]" * 100_000
ODD = [
    b"", b"\xff\xfe", b"{", b"[]", b"[1, 2]", b"null", b"7", b'"text"', b"true", b"NaN", DEEP,
    b"9" * 5000, b"{" + b'"a":{' * 100_000, b"\0", b"- a\n- b", b"a: [b", b"!!python/name:os.x {}",
    b"? [a]\n: b", b"a: !!timestamp x", b"a: &a [*a]", b"format: FiftyOneDataset\nname: [1]",
    b"format: FiftyOneDataset\naction100m: [1]\nname: 2026-01-01",
    b"format: FiftyOneDataset\naction100m: {indexes: {title: {}, 3: 4, nowhere: true}}",
    b"format: FiftyOneDataset\naction100m: {indexes: [title]}\napp_media_fields: {a: 1}",
    b"format: FiftyOneDataset\napp_media_fields: [1]\ngrid_media_field: [x]",
    b'{"samples": {}}', b'{"samples": [1]}', b'{"samples": [null]}', b'{"samples": null}',
    b'{"samples": [{}]}', b'{"samples": [[]]}', b'{"other": []}',
    b'{"sample_fields": 7}', b'{"sample_fields": [7]}', b'{"sample_fields": {"a": 1}}',
    b'{"version": "99.0", "sample_fields": []}', b'{"version": [], "saved_views": 3}',
    b'{"info": [], "saved_views": [7]}', b'{"media_type": 7}', b'{"_id": {"$oid": "zz"}}',
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "some"),
    [("fiftyone__yml", ODD[::3]), ("metadata__json", ODD[1::3]), ("samples__json", ODD[2::3])],
)
def test_a_broken_file_is_said_in_one_line(
    hub: Hub,
    load: Callable[..., tuple[int, str]],
    name: str,
    some: list[bytes],
    dataset_name: str,
) -> None:
    for body in [None, *some]:
        replaced(hub, **{name: body})
        code, said = load()
        assert code in (0, 2), said
        if code:
            assert REPO in said, said
        else:
            fo.delete_dataset(dataset_name)


def test_what_is_read_of_a_broken_file_is_said_or_left_out(
    whole: dict[str, bytes], tmp_path: Path
) -> None:
    for body in ODD:
        for name, read in (
            ("fiftyone.yml", read_config),
            ("metadata.json", read_metadata),
            ("samples.json", partial(check_samples, tree=whole)),
        ):
            (tmp_path / name).write_bytes(body)
            try:
                read(REPO, tmp_path)
            except LoadError as error:
                assert REPO in str(error) and "\n" not in str(error)


def test_values_of_other_types_end_in_a_line_or_a_data_set(
    hub: Hub, load: Callable[..., tuple[int, str]], whole: dict[str, bytes], dataset_name: str
) -> None:
    """Each key of the files that FiftyOne reads, in turn, holds what it should not."""
    odd: list[Any] = [[], 7, {"$date": 10**30}]
    for name in ("metadata.json", "samples.json"):
        parsed = json.loads(whole[name])
        keys = parsed if name == "metadata.json" else parsed["samples"][0]
        for number, key in enumerate(list(keys)[:: 3 if name == "metadata.json" else 9]):
            changed = copy.deepcopy(parsed)
            where = changed if name == "metadata.json" else changed["samples"][0]
            where[key] = odd[number % len(odd)]
            replaced(hub, **{name.replace(".", "__"): json.dumps(changed).encode()})
            if load()[0] == 0:
                assert dataset_name in fo.list_datasets()
                fo.delete_dataset(dataset_name)


def test_what_others_have_put_into_the_folder_stays(
    hub: Hub, load: Callable[..., tuple[int, str]], folder: Path, dataset_name: str
) -> None:
    (folder / "data" / "bb.mp4").mkdir(parents=True)
    mine = {"data/aa.mp4": b"my own clip", "notes.txt": b"mine", "samples.json": b"mine too"}
    mine |= {"data/bb.mp4/inside": b"x", "data/aa.mp4.kept": b"older"}
    for name, data in mine.items():
        (folder / name).write_bytes(data)
    code, said = load()
    assert code == 0 and said.count("renamed, as it was not fetched") == 3, said
    found = {p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert found >= set(mine.values())
    for sample in fo.load_dataset(dataset_name):
        assert Path(sample.filepath).read_bytes() in hub.files(REPO).values()
    # What was fetched and is as it was then is replaced by what is newer, and not kept.
    hub.add(REPO, {"notes.txt": b"new"})
    code, said = load("--overwrite")
    assert code == 0 and f"{folder}/notes.txt.kept" in said, said
    hub.add(REPO, {"notes.txt": b"newer"})
    code, said = load("--overwrite")
    assert code == 0 and "renamed" not in said, said
    assert (folder / "notes.txt").read_bytes() == b"newer"
    review = {"gpt_action_brief.detections.0.review": {"status": "accepted"}}
    samples_of(fo.load_dataset(dataset_name)).update_one({}, {"$set": review})
    hub.add(REPO, {"notes.txt": b"newest"})
    code, said = load("--overwrite")
    assert code == 2 and "the reviews would be lost" in said, said
    assert dataset_name in fo.list_datasets()


@pytest.mark.parametrize("linked", ["data", ".cache", "samples.json", ".cache/huggingface"])
def test_nothing_is_written_through_a_link(
    load: Callable[..., tuple[int, str]], folder: Path, tmp_path: Path, linked: str, hub: Hub
) -> None:
    other = tmp_path / "other"
    (folder / linked).parent.mkdir(parents=True, exist_ok=True)
    if "json" in linked:
        other.write_text("mine")
    else:
        other.mkdir()
        (other / "aa.mp4").write_text("mine")
    (folder / linked).symlink_to(other)
    code, said = load()
    if "json" in linked:
        assert code == 0 and other.read_text() == "mine"
        assert (folder / "samples.json.kept").is_symlink()
    else:
        assert code == 2 and "is a link" in said, said
        assert {p.name: p.read_text() for p in other.iterdir()} == {"aa.mp4": "mine"}


def test_where_the_hub_sends_on_is_judged(hub: Hub, client: Client, dataset_name: str) -> None:
    sha = hub.repos[REPO].commits[-1][0]
    headers = {"X_Repo_Commit": sha, "ETag": '"0"', "X_Linked_Size": "5", "X_Linked_Etag": '"0"'}
    for at in ("HEAD", "GET /datasets/.*samples", "GET /datasets/.*mp4", "GET /api/.*tree"):
        with private_service() as (address, asked):
            hub.failures.clear()
            hub.fail(at, 302, 99, Location=f"{address}/secret", **headers)
            code, said = client.command("load", REPO, "--name", dataset_name)
            assert code == 4 and "private network" in said and asked == [], (at, said)


@pytest.mark.parametrize("after", ["86400", "1000000000000", "\u00b2"])
def test_a_wait_has_an_end(hub: Hub, load: Callable[..., tuple[int, str]], after: str) -> None:
    hub.fail("GET /api/datasets", 429, 1, Retry_After=after)
    code, said = load()
    if after == "\u00b2":
        assert code == 0
    else:
        assert code == 4 and "asks to wait" in said and hub.asked("GET /api", 429) == 1


def test_a_load_that_is_killed_while_it_imports_goes_on_though_others_are_connected(
    hub: Hub,
    load: Callable[..., tuple[int, str]],
    whole: dict[str, bytes],
    home: Path,
    dataset_name: str,
) -> None:
    samples = json_util.loads(whole["samples.json"].decode())
    one = samples["samples"][0]
    many = [{**one, "_id": ObjectId(), "title": f"Title {k}"} for k in range(300)]
    replaced(hub, samples__json=json_util.dumps({"samples": many}).encode())
    settings = {"FIFTYONE_DEFAULT_DATASET_DIR": str(home / "datasets")}
    environment = {**os.environ, **hub.environment, **settings, "HF_HOME": str(home / "hf")}
    mine = fo.Dataset(f"{dataset_name}-mine")  # not persistent, and without samples
    database = fo.core.odm.get_db_conn()
    try:
        process = forks.start(forks.CLI, "load", REPO, "--name", dataset_name, env=environment)
        while process.poll() is None and not database.datasets.find_one(
            {"name": {"$regex": f"^action100m-unfinished-.*-{process.pid}-"}}
        ):
            time.sleep(0.02)
        process.kill()
        assert process.wait() == -9
        assert fo.list_datasets("action100m-unfinished-*")
        assert not fo.dataset_exists(dataset_name)
        code, said = load()
        assert code == 0, said
        assert len(fo.load_dataset(dataset_name)) == len(many)
        assert fo.load_dataset(dataset_name).persistent
        assert not fo.list_datasets("action100m-unfinished-*") and fo.dataset_exists(mine.name)
    finally:
        mine.delete()
