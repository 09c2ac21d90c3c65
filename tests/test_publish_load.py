"""``action100m load``: retries, resumes, takes the right revision and checks files."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import pytest
from executor import PROGRESS, URI
from fiftyone_action100m import trees
from hub_client import REPO, Client, publish
from hub_server import Hub
from subset import subset_dataset

#: Executes an operator as FiftyOne's App does.
RUN = """
import fiftyone as fo, fiftyone.operators as foo
context = {"dataset": fo.load_dataset(name), "params": params}
done = foo.execute_operator(uri, context)
result = {r.operator_uri: r.params for r in done.executor._requests}
"""


@pytest.fixture
def subset(dataset_name: str, tmp_path: Path) -> fo.Dataset:
    made = subset_dataset(dataset_name, folder=tmp_path / "videos")
    made.create_index("title")
    return made


def test_it_loads_with_retries_checks_files_and_goes_on(
    subset: fo.Dataset,
    hub: Hub,
    client: Client,
) -> None:
    subset.persistent = True
    publish(client, subset.name)
    name = f"{subset.name}-loaded"
    try:
        hub.fail("GET /datasets/.*/data/", 403, 99)
        code, said = client.command("load", REPO, "--name", name)
        assert code == 4 and "fetch files" in said
        assert not any(Path(path).exists() for path in fo.load_dataset(name).values("filepath"))
        hub.failures.clear()
        hub.fail(f"GET /api/datasets/{REPO}", 429, 2, Retry_After="0")
        code, said = client.command("load", REPO, "--name", name)
        assert code == 0 and "3 clips fetched" in said
        loaded = fo.load_dataset(name)
        loaded.reload()
        assert "title" in loaded.get_index_information()
        for old, new in zip(subset.sort_by("title"), loaded.sort_by("title"), strict=True):
            assert Path(new.filepath).read_bytes() == Path(old.filepath).read_bytes()
            assert list(trees(new)) == list(trees(old))
        broken = Path(loaded.first().filepath)
        broken.write_bytes(b"x" * broken.stat().st_size)
        code, said = client.command("load", REPO, "--name", name)
        assert code == 0 and "1 clip fetched, 2 already there" in said
        assert broken.read_bytes() in hub.files(REPO).values()
    finally:
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


def test_it_loads_the_revision_asked_for_and_so_many_videos(
    subset: fo.Dataset,
    hub: Hub,
    client: Client,
) -> None:
    subset.persistent = True
    publish(client, subset.name)
    first = hub.repos[REPO].commits[-1][0]
    sample = subset.first()
    sample.title = "changed"
    sample.save()
    publish(client, subset.name)
    name = f"{subset.name}-old"
    try:
        args = ("--revision", first, "--name", name, "--max-samples", "1")
        assert client.command("load", REPO, *args)[0] == 0
        loaded = fo.load_dataset(name)
        assert len(loaded) == 1 and loaded.first().title != "changed"
        assert first[:12] in loaded.first().filepath
        assert len(list(Path(loaded.first().filepath).parent.iterdir())) == 1
    finally:
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


def test_the_operator_pushes_what_it_loads(
    subset: fo.Dataset,
    hub: Hub,
    client: Client,
) -> None:
    subset.persistent = True
    params = {"repo": REPO, "accept_license": True}
    told = client.run(RUN, name=subset.name, params=params, uri=f"{URI}publish_action100m")
    assert told["notify"]["variant"] == "success" and told[PROGRESS]["progress"] == 1.0
    assert hub.repos[REPO].private
    assert sum(path.startswith("data/") for path in hub.files(REPO)) == 3
    again = f"{subset.name}-loaded"
    try:
        assert client.command("load", REPO, "--name", again)[0] == 0
        assert fo.load_dataset(again).values("title") == subset.values("title")
    finally:
        fo.delete_dataset(again)
