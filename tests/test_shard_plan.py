"""How sources are divided: every record that is asked for is in one shard, and planned for good."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m.converters.options import ConvertOptions
from fiftyone_action100m.converters.reading.remote import HubFile, HubSource
from fiftyone_action100m.converters.reading.select import EVERYTHING, Selection
from fiftyone_action100m.converters.reading.sources import (
    Failure,
    SourceRecord,
    find_files,
    read_records,
)
from fiftyone_action100m.converters.shards.plan import (
    Piece,
    PlanError,
    PlannedShard,
    ShardPlan,
    make_plan,
)
from fiftyone_action100m.converters.shards.work import read_piece
from fiftyone_action100m.core.fields import CAPTIONS
from hub_records import many_records
from material import write_parquet

ROWS = many_records(24)
PARAMETERS = {"clip_seconds": 90.0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same records as Parquet, JSON Lines and JSON, in three files each."""
    folder = tmp_path_factory.mktemp("plan")
    for i, part in enumerate((ROWS[:10], ROWS[10:14], ROWS[14:])):
        write_parquet(folder / "parquet" / f"{i}.parquet", part, group=6)
        for kind in ("jsonl", "json"):
            (folder / kind).mkdir(exist_ok=True)
        lines = "\n".join(map(json.dumps, part))
        (folder / "jsonl" / f"{i}.jsonl").write_text(lines + "\n" * (i != 1))  # or the last is open
        (folder / "json" / f"{i}.json").write_text(json.dumps(part))
    return folder


def read(plan: ShardPlan, selection: Selection) -> list[list[str]]:
    """The ids that the workers find, shard by shard."""
    options = ConvertOptions("", None, "name", "out", selection=selection)
    found = []
    for shard in plan.shards:
        items = [
            item
            for p in shard.pieces
            for item in read_piece(plan.files[p.file], p, options, CAPTIONS)
        ]
        assert not any(isinstance(item, Failure) for item in items)
        found.append([item.record.video_uid for item in items if isinstance(item, SourceRecord)])
    return found


SELECTIONS = (
    EVERYTHING,
    Selection(ids=frozenset({"video-0003", "video-0019", "video-0020"})),
    Selection(views=(5000, 17000)),
    Selection(text="knead"),
    Selection(title="ninth", shards=(2, 3)),
    Selection(random=9, seed=4),
    Selection(random=5, seed=4, views=(3000, None)),
)


@pytest.mark.parametrize("kind", ["parquet", "jsonl", "json"])
@pytest.mark.parametrize("selection", SELECTIONS, ids=lambda s: str(s.to_dict()))
def test_shards_hold_what_a_run_without_them_reads_in_its_order(
    folder: Path, kind: str, selection: Selection
) -> None:
    files = find_files(folder / kind)
    if selection.random is not None and kind != "parquet":
        with pytest.raises(PlanError, match="Parquet"):
            make_plan(files, CAPTIONS, selection, PARAMETERS, 4)
        return
    plan = make_plan(files, CAPTIONS, selection, PARAMETERS, 4)
    expected = [f.record.video_uid for f in read_records(files, CAPTIONS, 90.0, selection)
                if isinstance(f, SourceRecord)]  # fmt: skip
    found = read(plan, selection)
    assert [uid for shard in found for uid in shard] == expected and expected
    if kind != "json":
        assert all(len(uids) <= 4 for uids in found)
        assert max(shard.size for shard in plan.shards) <= 4
    again = ShardPlan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert read(again, selection) == found and again.key == plan.key
    assert make_plan(files, CAPTIONS, selection, PARAMETERS, 4).key == plan.key
    assert make_plan(files, CAPTIONS, selection, PARAMETERS, 5).key != plan.key


def test_row_groups_that_fit_stay_whole_and_others_are_divided_evenly(folder: Path) -> None:
    files = find_files(folder / "parquet")  # row groups of 6, 4; 4; 6, 4

    def sizes(size: int) -> list[list[tuple[int, int, int]]]:
        plan = make_plan(files, CAPTIONS, EVERYTHING, PARAMETERS, size)
        return [
            [(p.file, p.rows[0], p.rows[-1] + 1) for p in s.pieces if p.rows] for s in plan.shards
        ]

    assert sizes(8) == [
        [(0, 0, 6)], [(0, 6, 10), (1, 0, 4)], [(2, 0, 6)], [(2, 6, 10)],
    ]  # fmt: skip
    assert sizes(4)[:3] == [[(0, 0, 3)], [(0, 3, 6)], [(0, 6, 10)]]
    assert len(sizes(100)) == 1 and len(sizes(1)) == 24


def test_a_file_that_cannot_be_read_is_a_shards_to_report(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"no Parquet")
    pq.write_table(pa.table({"id": ["x"]}), tmp_path / "b.parquet")
    write_parquet(tmp_path / "c.parquet", ROWS[:1])
    (tmp_path / "d.jsonl").touch()
    plan = make_plan(find_files(tmp_path), CAPTIONS, EVERYTHING, PARAMETERS)
    options = ConvertOptions("", None, "name", "out")
    (shard,) = plan.shards
    items = [i for p in shard.pieces for i in read_piece(plan.files[p.file], p, options, CAPTIONS)]
    assert [i.reason if isinstance(i, Failure) else "found" for i in items] == [
        "corrupt-shard", "missing-column", "found",
    ]  # fmt: skip


def test_files_of_the_hub_are_planned_at_their_commit_and_without_the_token() -> None:
    file = HubFile(HubSource("org/name", "v1", "data/*"), "data/0.parquet", "abc", 12, "secret")
    shard = PlannedShard(0, (Piece(0, range(3)),))
    value = json.loads(json.dumps(ShardPlan({"a": 1}, 3, (file,), (shard,)).to_dict()))
    assert "secret" not in json.dumps(value)
    plan = ShardPlan.from_dict(value, "another")
    assert plan.files == (replace(file, token="another"),) and plan.shards == (shard,)


@pytest.mark.parametrize("value", [{}, {"version": 2}, {"version": 1, "shards": 3}, []])
def test_what_is_no_plan_is_refused(value: Any) -> None:
    with pytest.raises(PlanError):
        ShardPlan.from_dict(value)
