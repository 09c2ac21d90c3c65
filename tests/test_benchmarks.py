"""The benchmarks run as one command and print every ratio; how fast anything is, is not tested."""

from __future__ import annotations

import re
import subprocess
import sys

import fiftyone as fo
import pytest
from fiftyone_action100m import convert
from material import small_record, write_parquet, write_video

RATIOS = {
    "ingest": (
        r"ours : add_samples, wall: \d+x",
        r"ours : add_samples, CPU with mongod's: \d+x",
        r"ours : raw insert_many, wall: \d+ %",
        r"ours : raw insert_many, CPU with mongod's: \d+\.\dx",
        r"ours : raw insert_many, the most that two cores allow: \d+ %",
    ),
    "clip": (
        r"ours : bare ffmpeg, CPU: [+-]\d+\.\d %",
        r"an encode : ours where the source complies, CPU: \d+x",
        r"ours - stream copy, CPU: -?\d+ ms",
        r"a probe, CPU: \d+\.\d ms",
    ),
    "overview": (
        r"overview of 4 videos, counted, wall: \d+\.\d\d s",
        r"overview of 4 videos, kept, wall: \d+\.\d\d s",
    ),
    "navigate": (
        r"building all views but clips, 10 videos : 10, wall: \d+\.\dx",
        r"slowest level, cut, search or gaps of 10 videos, as they are, CPU: \d+\.\d\d s \(.+\)",
        r"slowest level, cut, search or gaps of 10 videos, prepared, CPU: \d+\.\d\d s \(.+\)",
        r"slowest search of 10 videos, CPU: \d+\.\d\d s \(.+\)",
    ),
    "scale": (
        r"1 times the videos, peak memory: [+-]\d+\.\d %",
        r"1 times the videos, wall per video: \d+\.\d\dx",
        r"the last tenth of 20 : the first, wall: \d+\.\d\dx",
        r"ours : add_samples, wall: \d+x",
        r"ours : add_samples, CPU with mongod's: \d+x",
        r"add_samples for 20 videos, at its rate: \d+\.\d\d h",
    ),
}
ROWS = (
    "fo.Sample + add_samples",
    "ours, from the Parquet file on",
    "ours, documents of read records only",
    "pymongo insert_many, documents ready",
    "ours, a source that must be encoded",
    "bare ffmpeg, the same settings",
    "bare ffmpeg, -c copy",
    "4 videos, counted",
    "4 videos, kept",
    "level 2, all fields",
    "find a word that is nowhere",
    "the same action, clips",
    "coverage, plm_action",
    "store_words",
    "both, level 2",
)
#: One size of each: the ratios of two are computed all the same.
TINY = ["--videos", "4", "--samples", "2", "--repeat", "1"]
TINY += ["--overview-videos", "4", "--navigate-videos", "10"]


def run(repo_root, *arguments):
    command = [sys.executable, str(repo_root / "benchmarks"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=900)


def assert_ratios(lines, ratios):
    """Each ratio has a line of its own."""
    left = list(lines)
    for ratio in ratios:
        matching = [line for line in left if re.match(ratio + r"   \[to reach: ", line)]
        assert matching, ratio
        left.remove(matching[0])


MEANING = (
    r"ours : bare sessions, 24 brief actions, texts per CPU second: \d+%",
    r"ours : a bare session, 6 summaries, texts per CPU second: \d+%",
    r"a query by meaning of 24 texts: \d+ ms",
    r"each segment : ours, pictures to embed: \d+\.\dx",
    r"R@10, brief action to its summary, both: [01]\.\d{4}",
    r"titles that find their video first, both: [0-3]",
)


@pytest.mark.slow
@pytest.mark.usefixtures("minilm")
def test_one_command_prints_every_row_and_ratio(repo_root, tmp_path):
    """But for the panel's, see ``test_benchmarks_browser.py``; in part of records of one's own."""
    records = write_parquet(tmp_path / "records.parquet", [small_record(u) for u in "abc"])
    parts = ["ingest", "clip", "overview", "navigate", "meaning", "scale", "kills", "mutate"]
    few = ["--seconds", "1", "--captions", "plm", "--scale-videos", "20", "--texts", "24"]
    few += ["--kills", "2", "--kill-videos", "4", "--mutants", "80", "--seed", "7", "--fork"]
    result = run(repo_root, *parts, *TINY, *few, "--records", str(records))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "captions plm," in result.stdout
    lines = [line.strip() for line in result.stdout.splitlines()]
    for row in ROWS:
        assert any(line.startswith(row + " ") for line in lines), row
    assert_ratios(lines, [ratio for part in RATIOS.values() for ratio in part])
    assert_ratios(lines, MEANING)
    assert any(re.match(r"indexes of 20 videos: _id_ \d", line) for line in lines)
    assert any(re.match(r"2 kills, \d datasets compared: equal", line) for line in lines)
    assert any(re.match(r"2 kills, \d indexes compared: equal", line) for line in lines)
    verdict = "80 faulty records, 8 good ones between: none ended a run, each counted once"
    assert verdict in result.stdout


def test_what_a_killed_conversion_may_leave_wrong_is_found(
    repo_root, tmp_path, dataset_name, monkeypatch
):
    monkeypatch.syspath_prepend(repo_root / "benchmarks")
    import kills_state

    records = write_parquet(tmp_path / "records.parquet", [small_record(u) for u in "abc"])
    for uid in "abc":
        write_video(tmp_path / "videos" / f"{uid}.mp4")
    out = tmp_path / "out"
    dataset, _ = convert(records, tmp_path / "videos", dataset_name, out, clip_seconds=4.0)
    expected = kills_state.Expected.of(dataset_name, out)
    whole = {clip: {digest} for clip, digest in expected.clips.items()}
    assert kills_state.differences(expected, dataset_name, out) == []
    assert kills_state.faults(expected, whole, dataset_name, out) == []
    (out / "clips" / ".a.mp4.1-00000000.tmp.mp4").touch()
    with (out / "clips" / "b.mp4").open("ab") as file:
        file.write(b"x")
    manifest = out / "manifest.jsonl"
    manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[:-1]))
    dataset.add_sample(dataset.last().copy())
    dataset.match(fo.ViewField("video_uid") == "a").set_field("title", "b").save()
    dataset.delete_saved_view("steps")
    found = kills_state.differences(expected, dataset_name, out)
    for wrong in ("2 samples of c", "is left over", "b.mp4 is", "rows: ", "samples: a is", "views"):
        assert any(wrong in line for line in found), (wrong, found)
    found = kills_state.faults(expected, whole, dataset_name, out)
    assert [line.split(": ")[1] for line in found] == ["2 samples of c", "b.mp4 is not whole"]


def test_an_unknown_part_is_refused(repo_root):
    result = run(repo_root, "speed")
    assert result.returncode == 2
    parts = "ingest, clip, overview, navigate, panel, memory, meaning, build, scale, kills, mutate"
    assert f"unknown part speed: choose from {parts}" in result.stderr
