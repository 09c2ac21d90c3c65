"""What is said in one's own videos: subtitles beside them, or a real service over HTTP."""

from __future__ import annotations

import email
import hashlib
import io
import json
import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from chat_server import annotation_of
from fiftyone_action100m import build, cli
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.exporters.webvtt import vtt
from fiftyone_action100m.treemaking import speech as stage
from fiftyone_action100m.treemaking.calls import CallError
from fiftyone_action100m.treemaking.subtitles import SubtitleError, read_subtitles
from fiftyone_action100m.treemaking.transcribers import KEY, SpeechService, read_said
from material import pattern, write_video

SECRET = "sk-0123456789abcdef"
ROLLING = """WEBVTT
Kind: captions
Language: en

00:00:01.920 --> 00:00:04.070 align:start position:0%
\x20
webmarshals<00:00:02.100><c> proudly</c><00:00:02.500><c> show</c>

00:00:04.070 --> 00:00:04.080 align:start position:0%
webmarshals proudly show
\x20

00:00:04.080 --> 00:00:09.010 align:start position:0%
webmarshals proudly show
the<00:00:04.500><c> program</c>
"""


@pytest.fixture(autouse=True)
def no_key_and_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (KEY, "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def read(path: Path, text: str | bytes) -> list[tuple[float, str]]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    columns = read_subtitles(path)
    return list(zip(columns.times, columns.texts, strict=True))


def test_subtitles_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    text = vtt([("1", 0.5, 2.0, "Cut & peel"), ("2", 3725.25, 3726.0, "Next")], "a note")
    assert read(path, text) == [(0.5, "Cut & peel"), (3725.25, "Next")]
    text = "\ufeffWEBVTT\n\nSTYLE\n::cue{}\n\n01:02.5 --> 01:03.5 line:0\n<v Ann><i>Hi</i>\nthere\n"
    text = text.replace("\n", "\r\n")
    assert read(path, text) == [(62.5, "Hi there")]
    assert read(path, ROLLING) == [
        (1.92, "webmarshals proudly show"), (4.08, "the program"),
    ]  # fmt: skip
    # Cues without empty lines between them, tags of other formats, control characters.
    text = (
        "1\n00:00:01,000 --> 00:00:02,000\n{\\an8}Yes\x07.\n2\n00:00:02,000 --> 00:00:03,000\nYes."
    )
    assert read(path, text) == [(1.0, "Yes."), (2.0, "Yes.")]
    one = "1\n0:00:01,5 --> 0:00:02,0\nSchöne Grüße\n"
    for encoding in ("utf-8", "cp1252", "utf-16"):
        assert read(path, one.encode(encoding)) == [(1.5, "Schöne Grüße")]
    ((_, text),) = read(path, "00:01.000 --> 00:02.000\n" + "word " * 100_000)
    assert len(text) <= 2_000
    for wrong in (
        b"",
        b"\x00\xff" * 1000,
        b"WEBVTT\n",
        b"00:01.000 --> 00:02.000\n\n",
        b"x" * 17_000_000,
    ):
        with pytest.raises(SubtitleError):
            read(path, wrong)


def test_files_beside_videos_are_read(tmp_path: Path) -> None:
    own = tmp_path / "own"
    for name in ("a", "b", "c", "d"):
        write_video(own / f"{name}.mp4", seconds=2)
    cue = "WEBVTT\n\n00:00:0{}.250 --> 00:00:02.000\n{}\n"
    (own / "a.vtt").write_text(cue.format(0, "plain"))
    (own / "a.en.vtt").write_text(cue.format(0, "English"))
    info = {
        "title": "A\ntitle", "description": " Of it ", "view_count": 7, "like_count": "no",
        "upload_date": "20240229", "duration": 99,
    }  # fmt: skip
    (own / "a.info.json").write_text(json.dumps(info))
    (own / "b.de.srt").write_text(cue.format(1, "Deutsch"))
    (own / "b.en-US.vtt").write_text(cue.format(1, "American"))
    (own / "b.description").write_text("What b is of")
    (own / "c.part2.vtt").write_text(cue.format(0, "of another video"))
    (own / "c.vtt").write_text("no subtitles")
    (own / "c.en.vtt").write_text(cue.format(1, "after a broken one"))
    (own / "d.info.json").write_text("[" * 100_000)
    report = build(own, tmp_path / "out")
    assert report.exit_code == 0 and report.with_speech == 3
    assert report.warnings == {"bad-subtitles": 1, "bad-info": 1}
    assert "3 videos with a transcript" in str(report) and "c.vtt has no cue" in str(report)
    rows = {row["video_uid"]: row for row in pq.read_table(tmp_path / "out/records").to_pylist()}
    a = rows["a"]["metadata"]
    assert a["title"] == "A title" and a["description"].strip() == "Of it" and a["duration"] == 2
    assert (a["view_count"], a["like_count"], a["upload_date"]) == (7, None, "20240229")
    said = {uid: [(e["time"], e["text"]) for e in row["metadata"]["transcript"] or ()]
            for uid, row in rows.items()}  # fmt: skip
    assert said == {
        "a": [("0.25", "plain")], "b": [("1.25", "American")],
        "c": [("1.25", "after a broken one")], "d": [],
    }  # fmt: skip
    assert rows["b"]["metadata"]["description"] == "What b is of"
    assert rows["d"]["metadata"]["title"] == "d"
    record = parse_record(rows["b"])
    assert record.warnings == {} and record.info.transcript[0].start == 1.25


Fault = tuple[int, bytes]


@dataclass
class SpeechServer:
    """Says how long each piece of sound is, and what its digest; use it as a context manager.

    Attributes:
        heard: the samples of each piece
        headers: of the requests
        fault: another answer to the request of that number, from 1
    """

    heard: list[np.ndarray[Any, np.dtype[np.int16]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    fault: Callable[[int], Fault | None] = lambda number: None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> SpeechServer:
        service, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = f"Content-Type: {self.headers['Content-Type']}\n\n".encode()
                parts = {
                    part.get_param("name", header="content-disposition"): part.get_payload(
                        decode=True
                    )
                    for part in email.message_from_bytes(kind + body).get_payload()
                }
                assert self.path == "/v1/audio/transcriptions"
                assert (parts["model"], parts["response_format"]) == (b"ears", b"verbose_json")
                with wave.open(io.BytesIO(parts["file"])) as sound:
                    assert sound.getparams()[:3] == (1, 2, 16_000)
                    samples = sound.readframes(sound.getnframes())
                with lock:
                    service.headers.append(dict(self.headers))
                    fault = service.fault(len(service.headers))
                    if fault is None:
                        service.heard.append(np.frombuffer(samples, np.int16))
                self.answer(*(fault or (200, json.dumps(answer_of(samples)).encode())))

            def answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def answer_of(samples: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(samples).hexdigest()[:8]
    segments = [{"id": 0, "start": 0.5, "end": 1.0, "text": f" heard {digest}\n"},
                {"id": 1, "start": 1, "end": 1.5, "text": " "}]  # fmt: skip
    return {"task": "transcribe", "text": "…", "segments": segments}


@pytest.fixture
def service() -> Iterator[SpeechServer]:
    with SpeechServer() as server:
        yield server


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Videos of 5 s whose sound begins at 1 s, with subtitles, and without sound."""
    monkeypatch.setattr(stage, "PIECE", 2.0)
    sound = (
        "-itsoffset",
        "1",
        "-f",
        "lavfi",
        "-i",
        "sine=440:d=4",
        "-c:a",
        "aac",
        "-map",
        "0:v",
        "-map",
        "1:a",
    )
    options = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "1")
    pattern(tmp_path / "own/heard.mp4", "testsrc2=s=64x48:r=10:d=5", *sound, *options)
    (tmp_path / "own/read.mp4").write_bytes((tmp_path / "own/heard.mp4").read_bytes() + b"\0" * 8)
    (tmp_path / "own/read.vtt").write_text("00:01.000 --> 00:02.000\nsubtitles")
    pattern(tmp_path / "own/silent.mp4", "testsrc2=s=64x48:r=10:d=2", *options)
    return tmp_path / "own"


def transcripts(out: Path) -> dict[str, list[tuple[float, str]]]:
    rows = pq.read_table(out / "records").to_pylist()
    said = {row["video_uid"]: row["metadata"]["transcript"] or () for row in rows}
    return {uid: [(float(e["time"]), e["text"]) for e in entries] for uid, entries in said.items()}


def test_a_service_writes_down_what_is_said(
    own: Path, tmp_path: Path, service: SpeechServer, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(KEY, SECRET)
    out = tmp_path / "out"
    arguments = ["build", str(own), "--out", str(out), "--speech", f"{service.address}#ears"]
    assert cli.main([*arguments, "--dry-run"]) == 0 and service.headers == []
    assert "At most 7 calls to the speech model" in capsys.readouterr().out
    assert cli.main(arguments) == 0
    assert "3 pieces of speech, 3 calls made" in (said := capsys.readouterr().out)
    assert "2 videos with a transcript" in said
    lengths = sorted(len(piece) / 16_000 for piece in service.heard)
    assert lengths == pytest.approx([1.0, 2.0, 2.0], abs=0.1)
    # Second 0 of the sound is second 0 of the pictures.
    loud = [np.abs(piece[:15_000]).max() > 1000 for piece in service.heard if len(piece) == 32_000]
    assert sorted(loud) == [False, True]
    found = transcripts(out)
    assert [start for start, _ in found["heard"]] == [0.5, 2.5, 4.5]
    assert {text for _, text in found["heard"]} == {
        f"heard {hashlib.sha256(piece.tobytes()).hexdigest()[:8]}" for piece in service.heard
    }
    assert found["read"] == [(1.0, "subtitles")] and found["silent"] == []
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["speech_by"]["transcriber"] == "ears" and manifest["with_speech"] == 2
    assert {headers["Authorization"] for headers in service.headers} == {f"Bearer {SECRET}"}
    files = [path for path in out.rglob("*") if path.is_file() and "videos" not in path.parts]
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]
    assert cli.main(arguments) == 0 and len(service.headers) == 3
    assert transcripts(out) == found


def test_a_failed_call_costs_its_piece_only(
    own: Path, tmp_path: Path, service: SpeechServer
) -> None:
    ears = SpeechService(service.address, "ears", backoff=0.001)
    nonsense = b'{"text": "no segments"}'
    faults = {
        1: (429, b"{}"),
        2: (500, b"oops"),
        3: (200, b"{"),
        4: (400, b"too loud"),
        5: (200, nonsense),
    }
    service.fault = faults.get
    out = tmp_path / "out"
    report = build(own, out, speech=ears, requests=1)
    assert report.exit_code == 3 and "too loud" in str(report)
    assert len(transcripts(out)["heard"]) == 2 and len(service.heard) == 2
    report = build(own, out, speech=ears, requests=1)
    assert report.exit_code == 0 and len(service.heard) == 3
    assert report.transcribed is not None and report.transcribed.kept == 2
    assert [start for start, _ in transcripts(out)["heard"]] == [0.5, 2.5, 4.5]


class Models:
    """Models of one's own: the ears fail at their first call."""

    name, digest = "own", "1"

    def __init__(self) -> None:
        self.calls, self.questions = 0, [""]

    def transcribe(self, sound: bytes) -> Sequence[tuple[float, str]]:
        self.calls += 1
        if self.calls == 1:
            raise CallError("busy", "later")
        return [(0.5, "knead the dough")]

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        return "a bowl"

    def answer(self, question: str) -> str:
        self.questions.append(question)
        return json.dumps(annotation_of("f" * 64))


def test_refined_captions_wait_for_speech(own: Path, tmp_path: Path) -> None:
    models, out = Models(), tmp_path / "out"
    given: dict[str, Any] = {"speech": models, "captioner": models, "llm": models, "requests": 1}
    (own / "read.mp4").unlink()
    report = build(own, out, **given)
    assert report.exit_code == 3 and report.aggregated is not None
    assert models.questions == [""] and report.aggregated.waiting > 0
    assert build(own, out, **given).exit_code == 0
    root = next(q for q in models.questions if "0:00.0 to 0:05.0" in q)
    assert "# What is said in the segment\n\nknead the dough knead the dough" in root
    (row,) = [r for r in pq.read_table(out / "records").to_pylist() if r["video_uid"] == "heard"]
    assert row["nodes"][0]["gpt"] == annotation_of("f" * 64)


def test_answers_are_checked() -> None:
    assert read_said([(0.123, " a\nb\x07 "), (1, "\u202e")], 2.0) == [(0.12, "a b")]
    wrong: list[Any] = [[(-1.0, "a")], [(4.0, "a")], [(float("nan"), "a")], [("0", "a")],
                        [(True, "a")], [(0.0, None)], [(0.0, "a")] * 10_001]  # fmt: skip
    for said in wrong:
        with pytest.raises(CallError) as raised:
            read_said(said, 2.0)
        assert raised.value.reason == "nonsense"


def test_an_address_that_cannot_be_used_is_refused(own: Path, tmp_path: Path) -> None:
    for speech, message in ((f"http://me:{SECRET}@host/v1#m", KEY), ("http://host/v1", "no model")):
        with pytest.raises(OptionError, match=message):
            build(own, tmp_path / "out", speech=speech)
    assert not (tmp_path / "out").exists()
