"""Captions of built trees, by a real service over HTTP: made once, whatever fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest
from chat_server import SILENCE, ChatServer, Fault, Question, answer_of
from fiftyone_action100m import build, cli, convert
from fiftyone_action100m.converters.manifest import only_writer
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.treemaking import checkpoints
from fiftyone_action100m.treemaking.calls import GIVE_UP
from fiftyone_action100m.treemaking.caption_frames import even_frames
from fiftyone_action100m.treemaking.captioners import KEY, ChatCaptioner, tidy_caption
from fiftyone_action100m.treemaking.captions import CaptionOptions
from fiftyone_action100m.treemaking.options import BuildOptions
from fiftyone_action100m.treemaking.prompts import ASKED, read_prompts
from fiftyone_action100m.treemaking.run import Build
from fiftyone_action100m.treemaking.segments import SplitRules
from fiftyone_action100m.treemaking.shards import ShardedBuild
from shard_material import wait_for

GAIN = 0.005
RULES = SplitRules(min_gain=GAIN)
SECRET = "sk-0123456789abcdef"


@pytest.fixture(autouse=True)
def no_key_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos, not to be changed."""
    folder = tmp_path_factory.mktemp("own")
    for n, name in enumerate(("a.mp4", "b.mp4")):
        record = demo_record(n, seconds=8, leaves=6)
        render(record, folder / name, size=(128, 96), audio=False, fps="20")
    return folder


@pytest.fixture
def service() -> Iterator[ChatServer]:
    with ChatServer() as server:
        yield server


@pytest.fixture(scope="module")
def segments(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trees without captions, not to be changed."""
    out = tmp_path_factory.mktemp("segments")
    assert build(videos, out, min_gain=GAIN).exit_code == 0
    return out


@pytest.fixture
def out(segments: Path, tmp_path: Path) -> Path:
    """A folder whose trees have no captions yet."""
    return shutil.copytree(segments, tmp_path / "out", symlinks=True)


@pytest.fixture(scope="module")
def captioned(
    videos: Path, segments: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[Question]]:
    """The output of a run in which nothing failed, not to be changed, and what was asked."""
    out = tmp_path_factory.mktemp("captioned") / "out"
    shutil.copytree(segments, out, symlinks=True)
    with ChatServer() as server:
        report = build(videos, out, min_gain=GAIN, captioner=f"{server.address}#watcher")
        assert report.exit_code == 0 and server.wrong == []
        assert len(server.answered) == len(server.asked)
        return out, server.asked


def captioner(service: ChatServer, seconds: float = 60) -> ChatCaptioner:
    """The captioner of the fixtures, which waits less between tries."""
    return ChatCaptioner(service.address, "watcher", seconds=seconds, backoff=0.001)


def nodes_of(out: Path) -> dict[str, list[dict[str, Any]]]:
    rows = pq.read_table(out / "records").to_pylist()
    return {row["video_uid"]: row["nodes"] for row in rows}


def kept(out: Path) -> int:
    """How many captions are in the journals."""
    return sum(path.read_bytes().count(b"\n") for path in (out / "captions").glob("*.jsonl"))


def test_each_node_has_its_captions(captioned: tuple[Path, list[Question]]) -> None:
    out, asked = captioned
    said = {answer_of(question) for question in asked}
    leaves = inner = 0
    for nodes in nodes_of(out).values():
        parents = {node["parent_id"] for node in nodes}
        for node in nodes:
            is_leaf = node["node_id"] not in parents
            leaves, inner = leaves + is_leaf, inner + (not is_leaf)
            assert {node["plm_action"], node["plm_caption"]} <= said and node["gpt"] is None
            assert (node["llama3_caption"] in said) if is_leaf else not node["llama3_caption"]
            if is_leaf:
                assert node["llama3_caption"].startswith("1 pictures")
            elif node["level"] == 0:
                assert node["plm_caption"].startswith("32 pictures")  # of 40 that are looked at
    assert leaves > 6 and len(asked) == 3 * leaves + 2 * inner
    prompts = Counter(question.prompt for question in asked)
    assert prompts[read_prompts()["llama3_caption"]] == leaves
    assert {question.model for question in asked} == {"watcher"}
    assert all(size == (128, 96) for question in asked for size in question.pictures)


def test_the_same_command_asks_for_nothing_again(
    videos: Path, captioned: tuple[Path, list[Question]], service: ChatServer, tmp_path: Path
) -> None:
    whole, asked = captioned
    out = shutil.copytree(whole, tmp_path / "out", symlinks=True)
    report = build(videos, out, min_gain=GAIN, captioner=captioner(service))
    assert report.exit_code == 0 and service.asked == []
    assert report.calls is not None and report.calls.kept == len(asked)
    assert nodes_of(out) == nodes_of(whole)
    # A prompt that changes asks anew, and only what it is the prompt of.
    prompts = tmp_path / "prompts"
    prompts.mkdir()
    (prompts / "llama3_caption.txt").write_text("What is this?\n")
    report = build(videos, out, min_gain=GAIN, captioner=captioner(service), prompts=prompts)
    assert {question.prompt for question in service.asked} == {"What is this?"}
    # So does another model.
    other = ChatCaptioner(service.address, "other")
    build(videos, out, min_gain=GAIN, captioner=other, captions="plm_action", max_videos=1)
    count = len(nodes_of(out)["a"])
    assert [question.model for question in service.asked].count("other") == count


class Faults:
    """One of ten requests fails, each time in another way."""

    def __init__(self) -> None:
        self.requests = 0
        self.ways: list[Fault] = [
            (429, {"Retry-After": "0"}, b'{"error": {"message": "slow down"}}'),
            (500, {}, b"oops"),
            SILENCE,
            (200, {}, b'{"choices": [{"message": {"content": "br'),
            (200, {}, b'{"choices": [{"message": {"content": null}}]}'),
            (200, {}, b'{"choices": [{"message": {"content": " \\u0007 "}}]}'),
        ]

    def __call__(self, question: Question) -> Fault | None:
        self.requests += 1
        if self.requests % 10:
            return None
        return self.ways[self.requests // 10 % len(self.ways)]


def test_failures_leave_the_same_records(
    videos: Path, out: Path, captioned: tuple[Path, list[Question]], service: ChatServer
) -> None:
    service.fault = faults = Faults()
    with_time_outs = captioner(service, seconds=5)
    report = build(videos, out, min_gain=GAIN, captioner=with_time_outs, requests=2)
    while report.exit_code == 3:  # a call may have failed for good
        report = build(videos, out, min_gain=GAIN, captioner=with_time_outs, requests=2)
    assert report.exit_code == 0 and faults.requests > len(service.answered)
    assert nodes_of(out) == nodes_of(captioned[0])
    assert Counter(service.answered) == Counter(question.digest for question in captioned[1])
    assert service.wrong == []


def test_a_killed_run_repeats_no_finished_call(
    videos: Path, out: Path, captioned: tuple[Path, list[Question]], service: ChatServer
) -> None:
    service.fault = lambda question: SILENCE if len(service.answered) >= 20 else None
    arguments = ["build", str(videos), "--out", str(out), "--min-gain", str(GAIN)]
    arguments += ["--captioner", f"{service.address}#watcher", "--requests", "2"]
    command = [sys.executable, "-m", "fiftyone_action100m.cli", *arguments]
    run = subprocess.Popen(command, start_new_session=True)
    try:
        wait_for(lambda: kept(out) == 20, run)
    finally:
        run.kill()
        run.wait()
    (journal, *_) = (out / "captions").glob("*.jsonl")
    with journal.open("ab") as file:
        file.write(b'{"key": "torn')
    before = len(service.answered)
    service.fault = lambda question: None
    assert cli.main(arguments) == 0
    assert len(service.answered) == before + len(captioned[1]) - 20
    assert Counter(service.answered) == Counter(question.digest for question in captioned[1])
    assert nodes_of(out) == nodes_of(captioned[0])


def processes_of_shards() -> list[psutil.Process]:
    """Returns this process's children that work on shards."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if "spawn_main" in " ".join(process.cmdline()):
                found.append(process)
    return found


def test_a_full_disk_costs_the_answers_that_it_has_no_room_for(
    videos: Path,
    segments: Path,
    captioned: tuple[Path, list[Question]],
    service: ChatServer,
    small_disk: Path,
) -> None:
    out, filler = small_disk / "out", small_disk / "filler"
    shutil.copytree(segments, out, symlinks=True)
    with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    os.truncate(filler, filler.stat().st_size - 5_000)  # room for some answers
    before = nodes_of(out)
    with pytest.raises(OSError, match="No space"):
        build(videos, out, min_gain=GAIN, captioner=captioner(service))
    lost = len(service.answered) - kept(out)
    assert lost > 0 and nodes_of(out) == before
    filler.unlink()
    assert build(videos, out, min_gain=GAIN, captioner=captioner(service)).exit_code == 0
    assert len(service.answered) == len(captioned[1]) + lost
    assert nodes_of(out) == nodes_of(captioned[0])


def test_the_shard_of_a_killed_process_is_taken_over(
    videos: Path, out: Path, captioned: tuple[Path, list[Question]], service: ChatServer
) -> None:
    service.fault = lambda question: SILENCE if len(service.answered) >= 20 else None
    options = BuildOptions(
        videos, out, rules=RULES, captions=CaptionOptions(f"{service.address}#watcher", requests=2)
    )
    run = ShardedBuild(options, processes=2, shard_size=1)
    killed = False
    try:
        for _ in run.run():
            if not killed and kept(out) == 20:
                processes_of_shards()[0].kill()
                killed = True
                service.fault = lambda question: None
                service.release.set()
    finally:
        service.release.set()  # if it fails, it does so soon
    assert killed and run.report.exit_code == 0 and service.wrong == []
    assert len(service.answered) == len(captioned[1])  # each of the process's own was kept
    assert Counter(service.answered) == Counter(question.digest for question in captioned[1])
    assert nodes_of(out) == nodes_of(captioned[0])
    made, whole = (json.loads((f / "manifest.json").read_text()) for f in (out, captioned[0]))
    assert made["captions_by"] == whole["captions_by"]
    assert made["captions"]["captions"] == whole["captions"]["captions"] == len(captioned[1])


def test_a_second_interrupt_kills_the_processes_of_shards(
    videos: Path, out: Path, service: ChatServer
) -> None:
    service.fault = lambda question: SILENCE if len(service.answered) >= 5 else None
    options = CaptionOptions(f"{service.address}#watcher", requests=2)
    run = ShardedBuild(BuildOptions(videos, out, rules=RULES, captions=options), processes=1)
    steps = run.run()

    def interrupt() -> None:
        stopping = out / "build-shards" / f"stop-{run.run_id}"
        with suppress(AssertionError):
            wait_for(stopping.exists)
        os.kill(os.getpid(), signal.SIGINT)

    try:
        while kept(out) < 5:
            next(steps)
        workers = processes_of_shards()
        again = threading.Thread(target=interrupt)
        again.start()
        with pytest.raises(KeyboardInterrupt):
            steps.close()  # the first; calls in flight last for minutes
        again.join()
    finally:
        service.release.set()
    assert len(workers) == 1 and psutil.wait_procs(workers, 60)[1] == []
    assert run.report.stopped == "interrupted" and kept(out) == 5


def test_an_interrupted_run_keeps_what_was_answered(
    videos: Path, out: Path, service: ChatServer
) -> None:
    before = nodes_of(out)
    service.fault = lambda question: SILENCE if len(service.answered) >= 5 else None
    options = CaptionOptions(captioner(service))
    run = Build(BuildOptions(videos, out, rules=RULES, workers=1, captions=options))
    steps = run.run()
    for step in steps:
        if "; 5 of about " in str(step):
            break
    service.release.set()  # so that nothing waits for the calls in flight
    steps.close()
    assert run.report.stopped == "interrupted" and run.report.exit_code == 130
    assert nodes_of(out) == before and kept(out) == 5


def test_a_second_interrupt_leaves_the_calls_in_flight(
    videos: Path, out: Path, service: ChatServer
) -> None:
    before = nodes_of(out)
    service.fault = lambda question: SILENCE if len(service.answered) >= 5 else None
    arguments = ["build", str(videos), "--out", str(out), "--min-gain", str(GAIN)]
    arguments += ["--captioner", f"{service.address}#watcher", "--requests", "2"]
    command = [sys.executable, "-m", "fiftyone_action100m.cli", *arguments]
    run = subprocess.Popen(
        command, start_new_session=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert run.stderr is not None and run.stdout is not None
    try:
        wait_for(lambda: kept(out) == 5, run)
        run.send_signal(signal.SIGINT)
        said = "Waiting for the calls in flight: Ctrl-C again leaves them"
        assert any(said in line for line in run.stderr)  # they last for minutes
        run.send_signal(signal.SIGINT)
        assert run.wait(90) == 130
        assert "Interrupted: finished work is kept" in run.stdout.read()
    finally:
        run.kill()
        run.wait()
    assert kept(out) == 5 and nodes_of(out) == before
    only_writer(out / "features").close()


def test_a_captioner_that_is_down_ends_the_run_and_the_records_stay(
    videos: Path, out: Path, service: ChatServer, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    before = nodes_of(out)
    monkeypatch.setenv(KEY, SECRET)
    said = b'{"error": {"message": "wrong key ' + SECRET.encode() + b'"}}'
    service.fault = lambda question: (401, {}, said)
    arguments = [
        "build",
        str(videos),
        "--out",
        str(out),
        "--min-gain",
        str(GAIN),
        "--requests",
        "1",
    ]
    arguments += ["--captioner", f"{service.address}#watcher", "--workers", "1"]
    assert cli.main(arguments) == 4
    text = "".join(capsys.readouterr())
    assert "the captioner fails" in text and "answers 401: wrong key …" in text
    assert "unauthorized" in text and SECRET not in text
    assert nodes_of(out) == before and len(service.asked) == 1
    assert service.asked[0].headers["Authorization"] == f"Bearer {SECRET}"
    files = [path for path in out.rglob("*") if path.is_file() and "videos" not in path.parts]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    # One that refuses everything is given up, too.
    service.fault = lambda question: (400, {}, b"no images")
    assert cli.main(arguments) == 4
    assert len(service.asked) == 1 + GIVE_UP


def test_one_failed_call_costs_its_caption_only(
    videos: Path, out: Path, captioned: tuple[Path, list[Question]], service: ChatServer
) -> None:
    digests = Counter(question.digest for question in captioned[1])
    unlucky = next(digest for digest, times in digests.items() if times == 1)
    service.fault = lambda q: (400, {}, b"too dark") if q.digest == unlucky else None
    report = build(videos, out, min_gain=GAIN, captioner=captioner(service))
    assert report.exit_code == 3
    assert "1 failed: run the same command again" in str(report) and "too dark" in str(report)
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["captions"]["failed"] == {"refused": 1}
    assert manifest["captions"]["calls"] == len(captioned[1])
    assert manifest["captions_by"]["captioner"] == "watcher"
    assert manifest["captions_by"]["prompts"].keys() == set(ASKED)
    assert service.address not in json.dumps(manifest)
    texts = Counter(t for nodes in nodes_of(out).values() for node in nodes for t in node.values()
                    if isinstance(t, str) and "pictures" in t)  # fmt: skip
    assert texts.total() == len(captioned[1]) - 1
    service.fault = lambda question: None
    assert build(videos, out, min_gain=GAIN, captioner=captioner(service)).exit_code == 0
    assert nodes_of(out) == nodes_of(captioned[0])


def test_the_records_convert_to_detections(
    captioned: tuple[Path, list[Question]], dataset_name: str, tmp_path: Path
) -> None:
    out, _ = captioned
    dataset, report = convert(
        out / "records", out / "videos", dataset_name, tmp_path, captions="plm,llama3"
    )
    assert report.exit_code == 0 and report.warnings == {} and dataset is not None
    sample = dataset.match({"video_uid": "a"}).first()
    nodes = nodes_of(out)["a"]
    for field in ASKED:
        wanted = [node[field] for node in nodes if node[field]]
        assert sorted(d.label for d in sample[field].detections) == sorted(wanted)


class Own:
    """A captioner of one's own: it fails at its first call, and says strange things."""

    name, digest = "own", "1"

    def __init__(self) -> None:
        self.calls, self.lock = 0, threading.Lock()

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        with self.lock:
            self.calls += 1
            if self.calls == 1:
                raise MemoryError("no memory left")
        return "A \x1b[31mred\x00\n\n cup\ud800" + " x" * 20_000


def test_a_captioner_of_ones_own(videos: Path, out: Path) -> None:
    own = Own()
    report = build(
        videos, out, min_gain=GAIN, captioner=own, captions=["plm_action"], frames=3, max_videos=1
    )
    assert report.exit_code == 3
    assert report.calls is not None and dict(report.calls.failures) == {"captioner-failed": 1}
    (nodes,) = nodes_of(out).values()
    texts = [node["plm_action"] for node in nodes if node["plm_action"]]
    assert len(texts) == len(nodes) - 1 == own.calls - 1
    assert all(text.startswith("A [31mred cup\ufffd x") and len(text) <= 8000 for text in texts)


class OneAtATime:
    """A captioner that several threads must not call at the same time."""

    name, digest, at_once = "careful", "1", 1

    def __init__(self) -> None:
        self.busy, self.wrong, self.shown = threading.Lock(), 0, Counter[int]()

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        if not self.busy.acquire(blocking=False):
            self.wrong += 1
            return "busy"
        self.shown[len(pictures)] += 1
        threading.Event().wait(0.01)
        self.busy.release()
        return "in turn"


def test_leaves_may_have_a_captioner_of_their_own(
    videos: Path, out: Path, service: ChatServer
) -> None:
    own = OneAtATime()
    options: dict[str, Any] = {"min_gain": GAIN, "captioner": own, "max_videos": 1}
    report = build(videos, out, leaf_captioner=captioner(service), **options)
    assert report.exit_code == 0 and own.wrong == 0
    (nodes,) = nodes_of(out).values()
    assert {node["plm_action"] for node in nodes} == {"in turn"}
    leaves = [node["llama3_caption"] for node in nodes if node["llama3_caption"]]
    assert len(leaves) == len(service.asked) and all(text.startswith("1 p") for text in leaves)
    assert own.shown.total() == 2 * len(nodes)
    made_by = json.loads((out / "manifest.json").read_text())["captions_by"]
    assert (made_by["captioner"], made_by["leaf_captioner"]) == ("careful", "watcher")
    # Another one of leaves is asked for their captions only.
    build(videos, out, leaf_captioner=own, **options)
    assert own.shown.total() == 2 * len(nodes) + len(leaves) and own.wrong == 0


def test_a_dry_run_says_how_many_calls(
    videos: Path, captioned: tuple[Path, list[Question]], tmp_path: Path,
    service: ChatServer, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    arguments = ["build", str(videos), "--out", str(tmp_path / "out"), "--min-gain", str(GAIN)]
    assert cli.main([*arguments, "--captioner", f"{service.address}#watcher", "--dry-run"]) == 0
    text = capsys.readouterr().out
    found = re.search(r"About (\d+) calls to the captioner with ([\d,]+) images", text)
    assert found is not None
    assert int(found[1]) == pytest.approx(len(captioned[1]), rel=0.3)
    images = sum(len(question.pictures) for question in captioned[1])
    assert int(found[2].replace(",", "")) == pytest.approx(images, rel=0.3)
    assert service.asked == [] and not (tmp_path / "out").exists()


def test_prompts_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plm_action.txt").write_text("Name the step.")
    with pytest.raises(SystemExit) as ended:
        cli.main(["build", "--prompts", str(tmp_path), "--show-prompts"])
    text = capsys.readouterr().out
    assert ended.value.code == 0 and "plm_action.txt\nName the step.\n" in text
    assert f"llama3_caption.txt\n{read_prompts()['llama3_caption']}" in text


def test_what_cannot_be_used_is_refused(videos: Path, tmp_path: Path) -> None:
    empty, blank = tmp_path / "empty", tmp_path / "blank"
    empty.mkdir()
    blank.mkdir()
    (blank / "plm_action.txt").write_text(" \n")
    good = "http://127.0.0.1:9/v1#m"
    refused: list[tuple[dict[str, Any], str]] = [
        ({"until": "captions"}, "there is no captioner"),
        ({"until": "segments", "captioner": good}, "leave it out, or give captions"),
        ({"captioner": "http://127.0.0.1:9/v1"}, "names no model"),
        ({"captioner": f"http://me:{SECRET}@host/v1#m"}, f"put the key in {KEY}"),
        ({"captioner": "watcher#m"}, "is not an address"),
        ({"leaf_captioner": good}, "there is a captioner of leaves only"),
        ({"captioner": good, "leaf_captioner": "watcher#m"}, "is not an address"),
        ({"captioner": good, "captions": "gpt"}, "a captioner does not make gpt_summary_brief"),
        ({"captioner": good, "captions": "magic"}, "unknown captions magic"),
        ({"captioner": good, "frames": 0}, "frames is 0"),
        ({"captioner": good, "requests": 0}, "requests is 0"),
        ({"captioner": good, "call_seconds": 0.0}, "seconds is 0.0"),
        ({"captioner": good, "prompts": empty}, "has no prompts"),
        ({"captioner": good, "prompts": blank}, "is empty: write a prompt"),
    ]
    for options, message in refused:
        with pytest.raises(OptionError, match=message):
            build(videos, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_packages_that_a_model_in_this_process_needs_are_named(
    videos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "find_spec", lambda name: None)
    wanted = r"a/b needs torch and transformers: pip install 'fiftyone_action100m\[models\]'"
    for options in ({"encoder": "vjepa2:a/b"}, {"captioner": "transformers:a/b"}):
        with pytest.raises(OptionError, match=wanted):
            build(videos, tmp_path / "out", **options)


def test_frames_are_even_and_partition_the_video() -> None:
    assert even_frames(0.0, 10.0, 5.0, 5, 50) == (5, 15, 25, 35, 45)  # type: ignore[arg-type]
    assert even_frames(0.0, 10.0, 5.0, 1, 50) == (25,)  # type: ignore[arg-type]
    # 30000/1001 frames per second, one of 4: boundaries in the middle, as records round them.
    rate, edges = 30000 / 1001 / 4, [0.0]
    edges += [round((k - 0.5) / rate, 2) for k in (4, 5, 9)] + [round(12 / rate, 2)]
    spans = [
        even_frames(a, b, rate, 32, 12)  # type: ignore[arg-type]
        for a, b in pairwise(edges)
    ]
    assert spans == [(0, 1, 2, 3), (4,), (5, 6, 7, 8), (9, 10, 11)]


def test_captions_are_on_one_line_and_not_endless() -> None:
    assert tidy_caption(" a\n\tb\u202e\x07 ") == "a b"
    assert len(tidy_caption("word " * 10_000)) <= 8_000
