"""Refined captions of built trees, by a real service over HTTP: made once, whatever fails."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from chat_server import SILENCE, ChatServer, Fault, Question, annotation_of, answer_of
from fiftyone_action100m import TreeOfCaptions, build, cli, convert
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.core.records import VideoInfo
from fiftyone_action100m.core.speech import Speech
from fiftyone_action100m.core.times import SourceSeconds
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.treemaking import captioners
from fiftyone_action100m.treemaking.aggregators import KEY, LONGEST, ChatAggregator, read_answer
from fiftyone_action100m.treemaking.calls import CallError
from fiftyone_action100m.treemaking.captioners import ChatCaptioner
from fiftyone_action100m.treemaking.evidence import Evidence, evenly
from fiftyone_action100m.treemaking.prompts import ROUNDS, read_prompts
from shard_material import wait_for

GAIN = 0.001
SECRET = "sk-0123456789abcdef"


@pytest.fixture(autouse=True)
def no_key_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, captioners.KEY, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video, not to be changed."""
    folder = tmp_path_factory.mktemp("own")
    record = demo_record(0, seconds=36, leaves=20)
    render(record, folder / "a.mp4", size=(128, 96), audio=False, fps="10")
    return folder


@pytest.fixture
def service() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture(scope="module")
def captioned(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run without an LLM, not to be changed."""
    out = tmp_path_factory.mktemp("captioned") / "out"
    with ChatServer() as server:
        report = build(videos, out, min_gain=GAIN, every=2, captioner=f"{server.address}#watcher")
    assert report.exit_code == 0
    assert "There was no LLM: there are no refined captions (gpt)" in str(report)
    return out


@pytest.fixture
def out(captioned: Path, tmp_path: Path) -> Path:
    """A folder whose trees have captions, and no refined ones yet."""
    return shutil.copytree(captioned, tmp_path / "out", symlinks=True)


@pytest.fixture(scope="module")
def refined(
    videos: Path, captioned: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Question]]:
    """The output of a run in which nothing failed, not to be changed, and what was asked."""
    out = shutil.copytree(captioned, tmp_path_factory.mktemp("refined") / "out", symlinks=True)
    with ChatServer() as server:
        report = run(videos, out, server)
        assert report.exit_code == 0 and server.wrong == []
        return out, server.asked


def run(videos: Path, out: Path, service: ChatServer, seconds: float = 60, **options: Any) -> Any:
    """Builds with the models of the fixtures, which wait less between tries."""
    watcher = ChatCaptioner(service.address, "watcher", seconds=seconds, backoff=0.001)
    writer = ChatAggregator(service.address, "writer", seconds=seconds, backoff=0.001)
    given = {"captioner": watcher, "llm": writer, "min_gain": GAIN, "every": 2, **options}
    return build(videos, out, **given)


def nodes_of(out: Path) -> list[dict[str, Any]]:
    (row,) = pq.read_table(out / "records").to_pylist()
    nodes: list[dict[str, Any]] = row["nodes"]
    return nodes


def kept(out: Path) -> int:
    """How many answers are in the journals."""
    return sum(path.read_bytes().count(b"\n") for path in (out / "aggregation").glob("*.jsonl"))


def test_inner_nodes_of_4_seconds_and_more_have_refined_captions(
    refined: tuple[Path, list[Question]],
) -> None:
    out, asked = refined
    nodes, prompts = nodes_of(out), read_prompts()
    inner = {node["parent_id"] for node in nodes}
    wanted = [n for n in nodes if n["node_id"] in inner and round(n["end"] - n["start"], 2) >= 4]
    assert len(wanted) >= 8 and {n["node_id"] for n in nodes if n["gpt"]} == {
        n["node_id"] for n in wanted
    }
    assert any(n["end"] - n["start"] < 4 for n in nodes if n["node_id"] in inner)
    assert len(asked) == 3 * len(wanted)
    rounds = [{q.digest: q for q in asked if q.prompt.startswith(prompts[name])} for name in ROUNDS]
    assert [len(of) for of in rounds] == [len(wanted)] * 3
    last = {json.dumps(annotation_of(digest)) for digest in rounds[2]}
    assert {json.dumps(node["gpt"]) for node in wanted} == last
    for before, after in pairwise(rounds):
        drafts = {json.dumps(annotation_of(digest)) for digest in before}
        assert {q.prompt.partition("# The draft\n\n")[2] for q in after.values()} == drafts
    # A node is told of itself, of what is below it, of the whole, and of nothing else.
    root, node = nodes[0], wanted[-1]
    (told,) = (
        q.prompt for q in rounds[0].values()
        if f"and of its parts\n\n- {_span(node)}" in q.prompt
    )  # fmt: skip
    for other in nodes:
        inside = node["start"] <= other["start"] and other["end"] <= node["end"]
        assert (other["plm_caption"] in told) == (inside or other is root)
        if other["llama3_caption"]:
            assert (other["llama3_caption"] in told) == inside
    assert "Title: a\n" in told


def _span(node: dict[str, Any]) -> str:
    line = Evidence(TreeOfCaptions.from_nodes([node]), VideoInfo(), 8000)
    tree = TreeOfCaptions.from_nodes([node])
    return line.of(tree[node["node_id"]]).rpartition("- ")[2].partition(". action")[0]


def said(text: str) -> Fault:
    return 200, {}, json.dumps({"choices": [{"message": {"content": text}}]}).encode()


class Faults:
    """One of four requests fails, each time in another way."""

    def __init__(self) -> None:
        self.requests = 0
        good = annotation_of("f" * 64)
        summary, action = good["summary"], good["action"]
        self.ways: list[Fault] = [
            (429, {"Retry-After": "0"}, b'{"error": {"message": "slow down"}}'),
            (500, {}, b"oops"),
            SILENCE,
            (200, {}, b'{"choices": [{"message": {"content": "br'),
            said('{"summary": {"brief": "cut o'),
            said(json.dumps({"summary": summary})),
            said(json.dumps({**good, "more": "text"})),
            said(json.dumps({**good, "action": {**action, "actor": None}})),
            said(json.dumps({**good, "summary": {**summary, "brief": "x" * 100_000}})),
            said(json.dumps({**good, "action": {**action, "brief": "\x07 \n"}})),
        ]

    def __call__(self, question: Question) -> Fault | None:
        self.requests += 1
        if self.requests % 4:
            return None
        return self.ways[self.requests // 4 % len(self.ways)]


def test_failures_leave_the_same_records(
    videos: Path, out: Path, refined: tuple[Path, list[Question]], service: ChatServer
) -> None:
    service.fault = faults = Faults()
    runs = 1
    while run(videos, out, service, seconds=5, requests=2).exit_code == 3:
        runs += 1  # a call may have failed for good
        assert runs < 20
    assert faults.requests > 4 * len(faults.ways) and service.wrong == []
    assert nodes_of(out) == nodes_of(refined[0])
    assert sorted(service.answered) == sorted(question.digest for question in refined[1])


def test_nodes_wait_for_captions_that_may_come(
    videos: Path, out: Path, refined: tuple[Path, list[Question]], service: ChatServer
) -> None:
    (journal,) = (out / "captions").glob("*.jsonl")
    whole, lines = nodes_of(refined[0]), journal.read_text().splitlines(keepends=True)
    leaf = next(n for n in reversed(whole) if n["llama3_caption"])
    lost = next(line for line in lines if leaf["llama3_caption"] in line)
    journal.write_text("".join(line for line in lines if line != lost))
    service.fault = lambda question: said(" ") if question.pictures else None
    report = run(videos, out, service)
    above = [
        n for n in whole if n["gpt"] and n["start"] <= leaf["start"] and leaf["end"] <= n["end"]
    ]
    assert report.exit_code == 3 and f"{len(above)} nodes without answers until" in str(report)
    found = {n["node_id"]: n["gpt"] for n in nodes_of(out)}
    assert found == {n["node_id"]: None if n in above else n["gpt"] for n in whole}
    # What the captioner refuses never comes: nothing waits for it.
    service.fault = lambda question: (400, {}, b"no") if question.pictures else None
    report = run(videos, shutil.copytree(out, out.parent / "other", symlinks=True), service)
    assert report.aggregated.waiting == 0 and report.exit_code == 3
    service.fault, service.answered[:] = lambda question: None, []
    assert run(videos, out, service).exit_code == 0 and nodes_of(out) == whole
    assert len(service.answered) == 1 + 3 * len(above)


def test_killed_runs_repeat_no_finished_call(
    videos: Path, out: Path, refined: tuple[Path, list[Question]], service: ChatServer
) -> None:
    arguments = ["build", str(videos), "--out", str(out), "--min-gain", str(GAIN), "--every", "2"]
    arguments += ["--captioner", f"{service.address}#watcher", "--requests", "2"]
    arguments += ["--llm", service.address, "--llm-model", "writer"]
    for most in (5, 14):
        service.fault = lambda q, most=most: SILENCE if len(service.answered) >= most else None  # type: ignore[misc]
        command = [sys.executable, "-m", "fiftyone_action100m.cli", *arguments]
        process = subprocess.Popen(command, start_new_session=True)
        try:
            wait_for(lambda: kept(out) == most, process)  # noqa: B023 - called here
        finally:
            process.kill()
            process.wait()
    service.fault = lambda question: None
    assert cli.main(arguments) == 0
    assert sorted(service.answered) == sorted(question.digest for question in refined[1])
    assert nodes_of(out) == nodes_of(refined[0])
    before = len(service.asked)
    assert cli.main(arguments) == 0 and len(service.asked) == before


def test_one_failed_call_costs_its_node_only(
    videos: Path, out: Path, refined: tuple[Path, list[Question]], service: ChatServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv(KEY, SECRET)
    second = next(q for q in refined[1] if q.prompt.startswith(read_prompts()[ROUNDS[1]]))
    service.fault = lambda q: (400, {}, b"too long") if q.digest == second.digest else None
    report = run(videos, out, service, llm=f"{service.address}#writer")
    assert report.exit_code == 3 and "answers of the LLM" in str(report)
    assert "1 failed: run the same command again" in str(report) and "too long" in str(report)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["until"] == "aggregation"
    assert manifest["aggregation"]["failed"] == {"refused": 1}
    assert manifest["aggregation_by"]["llm"] == "writer"
    assert manifest["aggregation_by"]["prompts"].keys() == set(ROUNDS)
    assert {q.headers["Authorization"] for q in service.asked} == {f"Bearer {SECRET}"}
    files = [path for path in out.rglob("*") if path.is_file() and "videos" not in path.parts]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    whole = nodes_of(refined[0])
    assert sum(bool(n["gpt"]) for n in whole) == sum(bool(n["gpt"]) for n in nodes_of(out)) + 1
    service.fault = lambda question: None
    asked = len(service.asked)
    assert run(videos, out, service).exit_code == 0 and len(service.asked) == asked + 2
    assert nodes_of(out) == whole


def test_a_service_without_schemas_is_asked_in_words(
    videos: Path, out: Path, refined: tuple[Path, list[Question]], service: ChatServer
) -> None:
    error = b'{"error": {"message": "response_format is not supported"}}'
    service.fault = lambda q: (400, {}, error) if "response_format" in q.body else None
    service.say = lambda question: f"Here it is:\n```json\n{answer_of(question)}\n```"
    other = shutil.copytree(out, out.parent / "other", symlinks=True)
    report = run(videos, out, service, requests=1)
    assert report.exit_code == 0 and "does not support JSON schemas" in str(report)
    assert len(service.asked) == len(refined[1]) + 2 and "JSON schema" in service.asked[-1].prompt
    assert sum(bool(n["gpt"]) for n in nodes_of(out)) == len(refined[1]) / 3
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["aggregation_by"]["json_schema"] is False
    # One that knows schemas, but no lengths in them, is given one without.
    error = b'{"error": {"message": "Invalid schema: \'maxLength\' is not permitted"}}'
    service.fault = lambda q: (400, {}, error) if "maxLength" in json.dumps(q.body) else None
    service.say = answer_of
    report = run(videos, other, service, requests=1)
    assert report.exit_code == 0 and "in words" not in str(report)
    assert nodes_of(other) == nodes_of(refined[0])


def test_the_records_convert_to_detections(
    refined: tuple[Path, list[Question]], dataset_name: str, tmp_path: Path
) -> None:
    out, _ = refined
    dataset, report = convert(
        out / "records", out / "videos", dataset_name, tmp_path, captions="gpt"
    )
    assert report.exit_code == 0 and report.warnings == {} and dataset is not None
    sample, gpt = dataset.first(), [n["gpt"] for n in nodes_of(out) if n["gpt"]]
    for part, name in (("summary", "brief"), ("summary", "detailed"), ("action", "brief"),
                       ("action", "detailed"), ("action", "actor")):  # fmt: skip
        wanted = [of[part][name] for of in gpt if of[part][name] != "N/A"]
        found = [d.label for d in sample[f"gpt_{part}_{name}"].detections]
        assert sorted(found) == sorted(wanted) and wanted
    assert any(of["action"]["brief"] == "N/A" for of in gpt)


def test_a_dry_run_says_how_many_calls(
    videos: Path, refined: tuple[Path, list[Question]], service: ChatServer, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    arguments = ["build", str(videos), "--out", str(tmp_path / "out"), "--min-gain", str(GAIN)]
    arguments += ["--captioner", f"{service.address}#watcher", "--dry-run", "--every", "2"]
    assert cli.main([*arguments, "--llm", f"{service.address}#writer"]) == 0
    text = capsys.readouterr().out
    found = re.search(
        r"About (\d+) calls to the LLM with ([\d,]+) tokens and ([\d,]+) of answ", text
    )
    assert found is not None
    assert int(found[1]) == pytest.approx(len(refined[1]), rel=0.4)
    # Its captions are as long as Action100M's, some 400 tokens per leaf.
    assert 1_000 < int(found[2].replace(",", "")) / int(found[1]) < 6_000
    assert int(found[3].replace(",", "")) == pytest.approx(225 * int(found[1]), rel=0.1)
    assert service.asked == [] and not (tmp_path / "out").exists()


def test_answers_are_checked() -> None:
    good = annotation_of("f" * 64)
    text = json.dumps(good).replace("detailed f", "a\\u0000 \\u202e\\nb \\ud800 f")
    read = json.loads(read_answer(f"<answer>{text}</answer>"))
    assert read["summary"]["detailed"] == "a b \ufffd ffffffffffff"
    read = json.loads(
        read_answer(json.dumps({**good, "action": {**good["action"], "brief": "n/a"}}))
    )
    assert set(read["action"].values()) == {"N/A"} and read["summary"] == good["summary"]
    read = json.loads(
        read_answer(json.dumps({**good, "action": {**good["action"], "actor": "N/A"}}))
    )
    assert read["action"]["actor"] == "N/A" and read["action"]["brief"] != "N/A"
    wrong = ["", "no", "[]", "{}", "{" * 100_000, '{"summary": 1, "action": 2}', "}{"]
    for name, value in (("brief", ""), ("brief", 5), ("brief", "x" * (LONGEST + 1)), ("x", "y")):
        wrong.append(json.dumps({**good, "summary": {**good["summary"], name: value}}))
    for answer in wrong:
        with pytest.raises(CallError) as raised:
            read_answer(answer)
        assert raised.value.reason == "nonsense"


def test_what_is_told_of_a_node_is_bounded_and_even() -> None:
    levels = [level for level in range(10) for _ in range(2**level)]
    parents = [None, *(str((i - 1) // 2) for i in range(1, len(levels)))]
    lengths = [1024 / 2**level for level in levels]
    starts = [(i + 1 - 2**level) * length for i, (level, length) in enumerate(zip(levels, lengths, strict=True))]  # fmt: skip  # noqa: E501
    ends = np.add(starts, lengths)
    texts = {"plm_caption": [f"caption {i}. " + "word " * 50 for i in range(len(levels))]}
    ids = [str(i) for i in range(len(levels))]
    tree = TreeOfCaptions(ids, parents, levels, starts, ends, texts)
    said = [
        Speech(SourceSeconds(t), SourceSeconds(t + 2.0), f"said{t} " * 5) for t in range(0, 1024, 2)
    ]
    info = VideoInfo("A title", "§" * 10_000, transcript=said)
    for characters in (2_000, 32_000, 10**6):
        told = Evidence(tree, info, characters)
        root = told.of(tree["0"])
        assert len(root) <= characters and "caption 0." in root and "A title" in root
        assert root.count("§") < characters // 8
        part = told.of(tree["1"])
        assert "caption 1." in part and "caption 0." in part and "caption 2." not in part
        last = told.of(tree["510"])  # from 1020 to 1024 s
        assert "said1020 " in last and "said1022 " in last and "said1018 " not in last
    known = [
        int(i) for i in re.findall(r"caption (\d+)\.", Evidence(tree, info, 32_000).of(tree["0"]))
    ]
    whole = [
        int(i) for i in re.findall(r"caption (\d+)\.", Evidence(tree, info, 10**6).of(tree["0"]))
    ]
    assert len(whole) == len(levels) and known == [i for i in whole if i in set(known)]
    deepest = [i for i in known if levels[i] == levels[max(known)]]
    assert set(range(2 ** levels[deepest[0]] - 1)) <= set(known)
    assert max(np.diff(deepest)) <= 2 * min(np.diff(deepest))
    assert evenly([3] * 10, 30) == list(range(10)) and evenly([3] * 10, 7) == [2, 7]
    assert evenly([9], 8) == [] and evenly([], 0) == []


def test_what_cannot_be_used_is_refused(videos: Path, tmp_path: Path) -> None:
    good = "http://127.0.0.1:9/v1#m"
    both = {"captioner": good, "llm": good}
    refused: list[tuple[dict[str, Any], str]] = [
        ({"llm": good}, "there is no captioner"),
        ({"captioner": good, "until": "aggregation"}, "there is no LLM: give one, or give capt"),
        ({**both, "until": "captions"}, "there is an LLM: leave it out, or give aggregation"),
        ({**both, "llm": "http://127.0.0.1:9/v1"}, "names no model"),
        ({**both, "llm": f"http://me:{SECRET}@host/v1#m"}, f"put the key in {KEY}"),
        ({**both, "llm_model": "other"}, "give one of them"),
        ({"captioner": good, "llm_model": "m"}, "llm no address"),
        ({**both, "llm_chars": 100}, "llm_chars is 100: give 2,000 to"),
    ]
    for options, message in refused:
        with pytest.raises(OptionError, match=message) as raised:
            build(videos, tmp_path / "out", **options)
        assert SECRET not in str(raised.value)
    assert not (tmp_path / "out").exists()
