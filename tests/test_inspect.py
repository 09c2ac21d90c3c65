"""What `action100m inspect` says of a source, and the tree that it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m.cli import main
from fiftyone_action100m.cli.description import schema_differences
from fiftyone_action100m.cli.outline import fit, outline
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.core.wording import clock, one_line, percent, shorten
from hub_records import many_records, shard
from material import changed, small_record, write_parquet

ROWS = many_records(24)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inspect")
    for i in range(2):
        (folder / f"{i}.parquet").write_bytes(shard(ROWS[12 * i : 12 * i + 12], 4))
    return folder


def inspect(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["inspect", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out + shown.err


def test_counts_schema_statistics_and_tree(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = inspect(capsys, folder, "--sample", "24", "--levels", "3")
    assert code == 0
    assert text.startswith("2 files, ") and "24 records in 6 row groups" in text
    assert "      actor: string" in text and "the same as Action100M's records" in text
    nodes = sorted(len(row["nodes"]) for row in ROWS)
    assert "24 records read" in text
    assert f"nodes                 {nodes[0]} to {nodes[-1]}, median" in text
    assert "views                 0 to 23,000, median 11,500" in text
    total = sum(nodes)
    gpt = sum(n["gpt"] is not None for row in ROWS for n in row["nodes"])
    assert f"gpt_action_brief      {gpt:,} of {total:,} nodes ({percent(gpt / total)})" in text
    tree = text[text.index("tree of video-0000") :].splitlines()
    shown = [n for n in ROWS[0]["nodes"] if n["level"] < 3]
    assert len(tree) == 1 + len(shown)
    root = ROWS[0]["nodes"][0]
    assert root["gpt"]["action"]["brief"] in tree[1] and clock(root["end"]) in tree[1]
    hidden = sum(int(line.rpartition("(+")[2][:-1]) for line in tree if line.endswith(")"))
    assert hidden == len(ROWS[0]["nodes"]) - len(shown)
    assert all(len(line) <= 100 for line in tree)


def test_one_video_by_its_id(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = inspect(capsys, folder, "--ids", "video-0013", "--captions", "plm_action")
    assert code == 0 and "1 record read" in text and "tree of video-0013" in text
    assert "gpt_action_brief" not in text.partition("records read")[2]


def test_what_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = inspect(capsys, folder / "none.parquet")
    assert code == 2 and "none.parquet does not exist" in text
    assert inspect(capsys, folder, "--title", "no such title")[0] == 4
    assert inspect(capsys, folder, "--duration", "long")[0] == 2
    assert inspect(capsys, folder, "--shards", "7:")[0] == 2


def test_a_damaged_file_and_other_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.parquet").write_bytes(b"nothing of the sort")
    table = pa.Table.from_pylist(ROWS[:2], schema=RECORD)
    table = table.append_column("mine\x1b[31m", pa.array([1, 2]))
    pq.write_table(table, tmp_path / "b.parquet")
    code, text = inspect(capsys, tmp_path)
    assert code == 3 and text.count("corrupt-shard") == 1
    assert "not Action100M's: mine[31m" in text and "\x1b" not in text
    fewer = RECORD.remove(0).append(pa.field("video_uid", pa.int64()))
    assert schema_differences(fewer) == ["  of another type: video_uid is int64, not string"]
    assert "missing: video_uid" in schema_differences(RECORD.remove(0))[0]


def test_json_has_no_schema_but_a_tree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(small_record("mine", leaves=3)))
    code, text = inspect(capsys, tmp_path / "a.json")
    assert code == 0 and "\nschema\n" not in text and text.count("─ ") == 4


def test_captions_cannot_write_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = small_record("evil", leaves=2)
    row["metadata"]["title"] = "\x1b]0;owned\x07 \u202eelttil"
    for node in row["nodes"]:
        node["gpt"], node["plm_action"] = None, "line\none\r\x9b31m"
    code, text = inspect(capsys, write_parquet(tmp_path / "a.parquet", [row]))
    assert code == 0 and not set(text) & set("\x1b\x07\r\x9b\u202e")
    assert "line one 31m" in text


def test_outline_of_a_large_and_of_a_long_tree() -> None:
    tree = parse_record(small_record("big", seconds=1200.0, leaves=3000)).tree
    lines = outline(tree, levels=None, max_lines=50)
    assert len(lines) == 51 and lines[-1] == f"… {len(tree) - 50:,} more nodes"
    row = changed(small_record("long", leaves=2))
    row["nodes"][0]["gpt"] = None
    row["nodes"][0]["plm_action"] = "很长" * 100
    first = outline(parse_record(row).tree, width=40)[0]
    assert first.endswith("…") and len(first) < 40


def test_outline_of_real_records(shared_records: Path) -> None:
    for row in pq.read_table(shared_records).to_pylist():
        tree = parse_record(row).tree
        assert len(outline(tree, levels=None, max_lines=10_000)) == len(tree)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00.0"), (59.96, "1:00.0"), (3599.96, "1:00:00.0"), (3725.5, "1:02:05.5")],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_texts_in_one_line() -> None:
    assert one_line(" a\n\tb\u200b\x00c ") == "a bc"
    assert shorten("abc def", 5) == "abc…" and shorten("ab\nc", 4) == "ab c"
    assert fit("abcdef", 4) == "abc…" and fit("abcd", 4) == "abcd"
    assert fit("日本語", 4) == "日…"


def test_inspecting_imports_no_fiftyone(folder: Path) -> None:
    code = (
        "import sys; from fiftyone_action100m.cli import main\n"
        f"assert main(['inspect', {str(folder)!r}]) == 0\n"
        "assert 'fiftyone' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
