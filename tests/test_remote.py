"""Records from the Hub, on the loopback: what is fetched, what is refused, what goes wrong."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import forks
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.reading.parquet import ReadRequest, read_parquet
from fiftyone_action100m.converters.reading.remote import HubSource, parse_source
from fiftyone_action100m.converters.reading.select import Selection
from fiftyone_action100m.converters.reading.sources import (
    SourceError,
    find_files,
    hub_source,
    read_records,
)
from fiftyone_action100m.core.fields import select_captions
from hub_records import many_records, shard
from hub_server import Hub
from material import small_record, write_video
from private_server import private_service

ROWS = many_records(240)
CAPTIONS = select_captions("gpt,plm_action")

#: Reads sources in a process of its own, as the client reads HF_ENDPOINT when it is imported.
READER = """
import json, sys
from itertools import islice
from fiftyone_action100m.converters.reading.select import Selection
from fiftyone_action100m.converters.reading.sources import (
    SourceRecord, SourceError, find_files, read_records
)
from fiftyone_action100m.core.fields import select_captions

def read(asked):
    chosen = {k: frozenset(v) if k == "ids" else tuple(v) if isinstance(v, list) else v
              for k, v in asked.get("selection", {}).items()}
    try:
        files = find_files(asked["source"], asked.get("revision"), asked.get("token"))
    except SourceError as error:
        return {"refused": str(error)}
    items = read_records(files, select_captions("gpt,plm_action"), 90.0, Selection(**chosen),
                         asked.get("row_hint"))
    found = {"files": [str(f) for f in files], "uids": [], "failures": [], "texts": 0}
    for item in islice(items, asked.get("row_hint")):
        if isinstance(item, SourceRecord):
            texts = item.record.tree.texts.values()
            found["uids"].append(item.record.video_uid)
            found["texts"] += sum(t is not None for c in texts for t in c)
        else:
            found["failures"].append([item.reason, item.message, item.where])
    return found

for line in sys.stdin:
    print(json.dumps(read(json.loads(line))), flush=True)
"""

#: Converts twice, and says with which codes.
CONVERTER = """
import sys
from fiftyone_action100m.cli import main
print("CODE", main(sys.argv[1:]))
print("CODE", main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with Hub() as hub:
        hub.add("org/small", {"README.md": b"# x", "data/train-0.parquet": shard(ROWS, 4)})
        hub.add("org/large", {"data/train-0.parquet": shard(ROWS, len(ROWS))})
        yield hub


@pytest.fixture(autouse=True)
def forget(hub: Hub) -> None:
    hub.sent.clear()
    hub.seen.clear()
    hub.failures.clear()


@pytest.fixture(scope="module")
def reader(hub: Hub) -> Iterator[subprocess.Popen[str]]:
    """A process that reads what it is told to, a line of JSON at a time."""
    with subprocess.Popen(
        [sys.executable, "-c", READER], env=os.environ | hub.environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def read(reader: subprocess.Popen[str]) -> Callable[..., Any]:
    """Reads a source there, and returns what came of it."""

    def read(source: str, **asked: Any) -> Any:
        assert reader.stdin is not None and reader.stdout is not None
        print(json.dumps({"source": source, **asked}), file=reader.stdin, flush=True)
        return json.loads(reader.stdout.readline())

    return read


def run(hub: Hub, code: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return forks.run(code, *arguments, env=os.environ | hub.environment | more)


def fetched(hub: Hub) -> int:
    return sum(n for path, n in hub.sent.items() if path.endswith(".parquet"))


def projected(hub: Hub, repo: str) -> int:
    """The bytes of the columns that a conversion reads, of a whole file."""
    data = hub.files(repo)["data/train-0.parquet"]
    footer = pq.read_metadata(io.BytesIO(data))
    left_out = ("plm_caption", "llama3_caption")
    return sum(
        column.total_compressed_size
        for g in range(footer.num_row_groups)
        for column in map(footer.row_group(g).column, range(footer.num_columns))
        if not column.path_in_schema.endswith(left_out)
    )


@pytest.mark.parametrize(
    ("repo", "share"),
    [("org/small", 0.12), ("org/large", 0.5)],
    ids=["row groups of 4", "one row group"],
)
def test_ten_records_cost_a_part_of_the_shard(
    hub: Hub, read: Callable[..., Any], repo: str, share: float
) -> None:
    size = len(hub.files(repo)["data/train-0.parquet"])
    found = read(repo, row_hint=10)
    assert found["uids"] == [row["video_uid"] for row in ROWS[:10]] and found["texts"] > 1000
    # The large group's pages are of 1 MB each, and a column's first cannot be had in part.
    assert fetched(hub) < share * size, fetched(hub) / size
    assert len(hub.seen) < 60


def test_all_records_cost_what_their_columns_do(hub: Hub, read: Callable[..., Any]) -> None:
    found = read("hf://datasets/org/large/data/*.parquet")
    assert len(found["uids"]) == len(ROWS) and not found["failures"]
    assert projected(hub, "org/large") < fetched(hub) < 1.1 * projected(hub, "org/large")
    assert fetched(hub) < 0.75 * len(hub.files("org/large")["data/train-0.parquet"])


def test_small_row_groups_come_in_few_requests(hub: Hub, read: Callable[..., Any]) -> None:
    assert len(read("org/small")["uids"]) == len(ROWS)
    assert fetched(hub) <= 1.01 * len(hub.files("org/small")["data/train-0.parquet"])
    assert hub.asked(r"resolve/.*\.parquet") < 15  # of 60 row groups


def test_what_comes_over_the_wire_is_what_is_on_disk(
    hub: Hub, read: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(hub.files("org/small")["data/train-0.parquet"])
    local = list(read_records(find_files(path), CAPTIONS, 90.0))
    found = read("org/small")
    assert found["uids"] == [f.record.video_uid for f in local]  # type: ignore[union-attr]
    texts = (f.record.tree.texts.values() for f in local)  # type: ignore[union-attr]
    assert found["texts"] == sum(t is not None for of in texts for text in of for t in text)


def test_two_videos_by_id_cost_their_row_groups(hub: Hub, read: Callable[..., Any]) -> None:
    found = read("org/small", selection={"ids": ["video-0003", "video-0200"]})
    assert found["uids"] == ["video-0003", "video-0200"]
    assert fetched(hub) < 0.12 * len(hub.files("org/small")["data/train-0.parquet"])


def test_a_title_that_nothing_has_costs_titles(hub: Hub, read: Callable[..., Any]) -> None:
    assert read("org/large", selection={"title": "no such thing"})["uids"] == []
    assert fetched(hub) < 0.03 * len(hub.files("org/large")["data/train-0.parquet"])


def test_a_revision_and_a_private_repository(hub: Hub, read: Callable[..., Any]) -> None:
    first = hub.add("org/moving", {"data/a.parquet": shard(ROWS[:2], 2)})
    hub.add("org/moving", {"data/a.parquet": shard(ROWS[2:3], 2)})
    hub.repos["org/moving"].refs["v1"] = first
    assert read("org/moving")["uids"] == ["video-0002"]
    old = read("org/moving", revision="v1")
    assert old["uids"] == ["video-0000", "video-0001"]
    assert old["files"] == ["hf://datasets/org/moving@v1/data/a.parquet"]
    assert read(f"hf://datasets/org/moving@{first}/data")["uids"] == old["uids"]
    hub.repos["org/moving"].private = True
    assert read("org/moving")["uids"] == ["video-0002"]
    assert "org/moving" in read("org/moving", token="hf_nobodys")["refused"]


def test_json_lines_on_the_hub(hub: Hub, read: Callable[..., Any]) -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS[:3]).encode()
    hub.add("org/lines", {"b.jsonl": lines, "notes.txt": b"x", "sub/c.json": b"{torn"})
    found = read("org/lines")
    assert found["uids"] == [row["video_uid"] for row in ROWS[:3]]
    assert [reason for reason, *_ in found["failures"]] == ["bad-json"]
    assert read("hf://datasets/org/lines/*.jsonl")["failures"] == []


def test_what_is_refused_for_a_while_is_asked_for_again(hub: Hub, read: Callable[..., Any]) -> None:
    hub.fail(r"resolve/.*\.parquet", 429, 1, Retry_After="0")
    hub.fail(r"resolve/.*\.parquet", 503, 1)
    found = read("org/small", row_hint=4)
    assert len(found["uids"]) == 4 and not found["failures"]
    assert hub.asked("resolve", 429) == hub.asked("resolve", 503) == 1


def test_what_is_refused_for_good_ends_the_asking(hub: Hub, read: Callable[..., Any]) -> None:
    hub.add("org/closed", {f"{i}.parquet": shard(ROWS[i : i + 1], 1) for i in range(5)})
    hub.fail(r"resolve/.*\.parquet", 429, 999, Retry_After="0")
    found = read("org/closed")
    assert [reason for reason, *_ in found["failures"]] == ["hub-throttled"] * 3 + ["hub-network"]
    assert "2 more were not requested" in found["failures"][-1][1]
    assert hub.asked("/2.parquet") and not hub.asked("/3.parquet")


def test_an_answer_that_is_not_the_range_asked_for_is_not_taken_for_it(
    hub: Hub, read: Callable[..., Any]
) -> None:
    hub.fail(r"resolve/.*\.parquet", 200, 99)
    found = read("org/small")
    ((reason, message, _),) = found["failures"]
    assert reason == "hub-network" and "7 bytes in place of 65536" in message
    assert found["uids"] == []


def test_a_file_that_is_refused_is_a_failure_and_the_others_come(
    hub: Hub, read: Callable[..., Any]
) -> None:
    parts = {f"data/{i}.parquet": shard(ROWS[i : i + 1], 1) for i in range(3)}
    hub.add("org/parts", parts)
    hub.fail(r"resolve/.*/1\.parquet", 403, 99)
    found = read("org/parts")
    assert found["uids"] == ["video-0000", "video-0002"]
    ((reason, message, where),) = found["failures"]
    assert reason == "hub-denied" and "403" in message
    assert where == "hf://datasets/org/parts/data/1.parquet:0"


def test_what_cannot_be_had_is_refused_with_the_reason(hub: Hub, read: Callable[..., Any]) -> None:
    assert "org/nowhere" in read("org/nowhere")["refused"]
    assert "v9" in read("org/small", revision="v9")["refused"]
    assert "holds no .parquet" in read("hf://datasets/org/small/none/*.parquet")["refused"]
    done = run(hub, forks.CLI, "inspect", "org/small", HF_HUB_OFFLINE="1")
    assert done.returncode == 2 and "HF_HUB_OFFLINE is set" in done.stderr, done.stderr
    assert not fetched(hub)


@pytest.mark.parametrize("at", ["HEAD|GET /datasets/.*resolve", "GET /api/.*tree", "GET /api/.*"])
def test_where_the_hub_sends_on_is_judged_before_it_is_asked(
    hub: Hub, read: Callable[..., Any], at: str
) -> None:
    with private_service() as (address, asked):
        hub.fail(at, 302, 99, Location=f"{address}/secret")
        found = read("org/small")
        said = found.get("refused") or found["failures"][0][1]
        assert "private network" in said and "\n" not in said
        assert asked == [] and not found.get("uids")


def test_the_next_page_of_a_listing_is_judged_too(hub: Hub, read: Callable[..., Any]) -> None:
    with private_service() as (address, asked):
        link = f'<{address}/more>; rel="next"'
        hub.fail("GET /api/.*tree", 200, 9, b"[]", Link=link, Content_Type="application/json")
        assert "private network" in read("org/small")["refused"] and asked == []


@pytest.mark.parametrize(
    "body",
    [
        b"[1, 2]", b"{}", b"null", b"[", b'[{"type": "file"}]', b"\xff", b"[" * 100_000,
        b'[{"type": "file", "path": 1, "size": 2, "oid": "x"}]',
        b'[{"type": "file", "path": "../a.parquet", "size": 2, "oid": "x"}]',
        b'[{"type": "file", "path": "a.parquet", "size": "many", "oid": "x"}]',
        b'[{"type": "file", "path": "a.parquet", "size": -1, "oid": "x"}]',
        b'[{"type": "file", "path": "a.parquet", "size": 2, "oid": "x", "lfs": []}]',
    ],
)  # fmt: skip
@pytest.mark.parametrize("at", ["tree", "datasets/org/small(/revision/main)?$"])
def test_an_answer_of_another_shape_is_refused_in_a_line(
    hub: Hub, read: Callable[..., Any], body: bytes, at: str
) -> None:
    hub.fail(f"GET /api/.*{at}", 200, 99, body, Content_Type="application/json")
    said = read("org/small")["refused"]
    assert "org/small" in said and "\n" not in said and len(said) < 900


@pytest.mark.parametrize("after", ["86400", "9" * 13, "9" * 5000, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_without_end_is_not_waited_for(
    hub: Hub, read: Callable[..., Any], after: str
) -> None:
    hub.fail("GET /api/.*tree", 429, 99, Retry_After=after)
    assert "asks to wait" in read("org/small")["refused"]
    assert hub.asked("tree", 429) == 1
    hub.failures.clear()
    hub.fail("GET /api/.*tree", 429, 99, RateLimit=f'"api";r=0;t={"9" * 5000}')
    assert "asks to wait" in read("org/small")["refused"]


@pytest.mark.parametrize("after", ["\u00b2", "-1", "1e9", "soon", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_is_none_or_over_is_not_in_the_way(
    hub: Hub, read: Callable[..., Any], after: str
) -> None:
    hub.fail("GET /api/.*tree", 429, 1, Retry_After=after)
    assert len(read("org/small", row_hint=2)["uids"]) == 2


def test_a_conversion_that_the_hub_stops_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    rows = [small_record(f"clip-{i}") for i in range(6)]
    hub.add("org/clips", {"a.parquet": shard(rows[:2], 2), "b.parquet": shard(rows[2:], 2)})
    for row in rows:
        write_video(tmp_path / "videos" / f"{row['video_uid']}.mp4", seconds=2.0)
    command = ["convert", "org/clips", "--name", "test-remote"]
    command += ["--videos", str(tmp_path / "videos"), "--out", str(tmp_path / "out")]
    hub.fail(r"resolve/.*/b\.parquet", 404, 1)
    done = run(hub, CONVERTER, *command)
    assert done.returncode == 0, done.stderr
    first, second, _ = re.split(r"CODE (\d+)", done.stdout)[::2]
    assert re.findall(r"CODE (\d+)", done.stdout) == ["3", "0"], done.stdout
    assert "2 of 3 videos converted" in first and "hub-missing" in first
    assert "6 of 6 videos converted" in second and "2  ok" in second, second
    assert "already there" in second
    assert {path.stem for path in (tmp_path / "out" / "clips").iterdir()} == {
        row["video_uid"] for row in rows
    }
    assert main(["status", str(tmp_path / "out")]) == 0


def test_a_repository_is_converted_in_shards_by_a_process_of_its_own(
    hub: Hub, tmp_path: Path, dataset_name: str
) -> None:
    rows = [small_record(f"part-{i}") for i in range(5)]
    hub.add("org/divided", {"a.parquet": shard(rows[:3], 2), "b.parquet": shard(rows[3:], 2)})
    for row in rows:
        write_video(tmp_path / "videos" / f"{row['video_uid']}.mp4", seconds=1.0)
    out = tmp_path / "out"
    command = ["convert", "org/divided", "--name", dataset_name, "--out", str(out)]
    command += ["--videos", str(tmp_path / "videos"), "--processes", "1", "--shard-size", "2"]
    done = run(hub, forks.CLI, *command)
    assert done.returncode == 0, done.stderr
    assert "5 of 5 videos converted" in done.stdout
    assert len(list((out / "shards").glob("*/done.json"))) == 3
    found = fo.load_dataset(dataset_name)
    assert sorted(found.values("video_uid")) == [row["video_uid"] for row in rows]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("org/name", HubSource("org/name")),
        ("hf://datasets/org/name", HubSource("org/name")),
        ("hf://org/name/data/*.parquet", HubSource("org/name", None, "data/*.parquet")),
        ("hf://datasets/org/name@v1/a b.parquet", HubSource("org/name", "v1", "a b.parquet")),
        (
            "hf://datasets/org/name@refs/convert/parquet/x/*.parquet",
            HubSource("org/name", "refs/convert/parquet", "x/*.parquet"),
        ),
        ("shards/*.parquet", None),
        ("name", None),
        ("../org/name", None),
        ("./org", None),
        ("https://host/org/name", None),
    ],
)
def test_what_names_a_repository(source: str, expected: HubSource | None) -> None:
    assert parse_source(source) == expected


@pytest.mark.parametrize(
    ("source", "revision"),
    [
        ("hf://datasets/org", None),
        ("hf://datasets/org/name/../../other/name", None),
        ("hf://datasets/org/na me", None),
        ("org/name", "../../evil"),
        ("org/name", "a?b"),
        ("hf://datasets/org/name@v1", "v2"),
    ],
)
def test_what_is_no_address_is_refused(source: str, revision: str | None) -> None:
    with pytest.raises(ValueError, match=r"not an address|not the name of a branch|given is v2"):
        parse_source(source, revision)


def test_a_folder_wins_over_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "org" / "name").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert hub_source("org/name") is None and hub_source("org/other") == HubSource("org/other")
    with pytest.raises(SourceError, match="no revision v1"):
        hub_source("org/name", "v1")


def test_rows_and_selections_of_a_local_file(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(shard(ROWS[:20], 3))
    wanted = ReadRequest(CAPTIONS, rows=[1, 7, 8, 19])
    found = [f.where.rpartition(":")[2] for f in read_parquet(path, wanted)]
    assert found == ["1", "7", "8", "19"]
    wanted = ReadRequest(CAPTIONS, rows=[1, 7, 8, 19], selection=Selection(views=(7000, 8000)))
    assert [f.record.video_uid for f in read_parquet(path, wanted)] == ["video-0007", "video-0008"]  # type: ignore[union-attr]
