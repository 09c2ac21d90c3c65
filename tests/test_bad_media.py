"""What is no video, or only part of one, is refused with its reason and leaves nothing behind."""

from __future__ import annotations

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fiftyone_action100m.converters.clips import ffmpeg as runner
from fiftyone_action100m.converters.clips import make
from fiftyone_action100m.converters.clips.make import ClipError, ClipSettings, make_clip
from video_sources import ffmpeg, h264, pattern

SETTINGS = ClipSettings(clip_seconds=5.0)


def refuse(source: Path, settings: ClipSettings = SETTINGS) -> ClipError:
    """Asserts that a source gives no clip and no file, and returns why."""
    out = source.parent / "out"
    with pytest.raises(ClipError) as caught:
        make_clip(source, out / "clip.mp4", settings)
    assert not out.exists() or list(out.iterdir()) == []
    assert source.name in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("content", "reason", "word"),
    [
        (b"", "empty-file", "empty"),
        (
            b"<!DOCTYPE html>\n<html><body>Sign in to confirm</body></html>",
            "not-a-video",
            "web page",
        ),
        (b"just some words\n" * 100, "not-a-video", "container"),
        (bytes(range(256)) * 200, "not-a-video", "container"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not-a-video", "container"),
        (b"RIFF\x10\0\0\0AVI LIST" + bytes(20), "unreadable", ""),
    ],
)
def test_what_is_no_video_is_named(tmp_path: Path, content: bytes, reason: str, word: str) -> None:
    source = tmp_path / "s.mp4"
    source.write_bytes(content)
    error = refuse(source)
    assert error.reason == reason
    assert word in str(error)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    assert refuse(tmp_path / "none.mp4").reason == "missing-file"
    folder = tmp_path / "folder.mp4"
    folder.mkdir()
    assert refuse(folder).reason == "not-a-video"
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    assert refuse(pipe).reason == "not-a-video"


def test_sound_and_pictures_alone_are_no_video(tmp_path: Path) -> None:
    sound = pattern(tmp_path / "s.m4a", "sine=d=1", "-c:a", "aac")
    assert refuse(sound).reason == "no-video-stream"
    assert refuse(pattern(tmp_path / "s.mp3", "sine=d=1")).reason == "no-video-stream"
    cover = pattern(tmp_path / "c.png", "color=red:s=64x64:d=1", "-frames:v", 1)
    covered = tmp_path / "covered.mp4"
    ffmpeg(
        "-i", sound, "-i", cover, "-map", 0, "-map", 1, "-c", "copy",
        "-disposition:v:0", "attached_pic", covered,
    )  # fmt: skip
    error = refuse(covered)
    assert error.reason == "no-video-stream"
    assert "cover" in str(error)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", ["-c:v", "mpeg4", "-movflags", "+faststart"]),
        ("mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]),  # copied
        ("mkv", ["-c:v", "mpeg4"]),
        ("flv", ["-c:v", "flv1"]),
    ],
)
def test_a_source_whose_data_breaks_off_is_truncated(
    tmp_path: Path, suffix: str, options: list[str]
) -> None:
    whole = pattern(tmp_path / f"w.{suffix}", "testsrc2=s=128x96:r=25:d=4", *options)
    data = whole.read_bytes()
    source = tmp_path / f"s.{suffix}"
    source.write_bytes(data[: len(data) * 6 // 10])
    assert refuse(source).reason == "truncated-source"
    # What is there is enough for a clip that asks for no more.
    clip = make_clip(source, tmp_path / "c.mp4", ClipSettings(clip_seconds=1))
    assert clip.total_frame_count in (24, 25)


def test_an_mp4_without_its_index_is_truncated(tmp_path: Path) -> None:
    whole = h264(tmp_path / "w.mp4", 2)
    source = tmp_path / "s.mp4"
    source.write_bytes(whole.read_bytes()[:-3000])
    assert refuse(source).reason == "truncated-source"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """A web server, as its address and the list of what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{target}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "dash": (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT3S"><Period><AdaptationSet mimeType="video/mp4">'
        '<Representation id="1" bandwidth="1"><BaseURL>{target}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>"
    ),
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("suffix", ["mp4", "m3u8", "mpd"])
@pytest.mark.parametrize("remote", [False, True])
def test_a_playlist_reads_no_other_file_and_no_network(
    tmp_path: Path, web: tuple[str, list[str]], kind: str, suffix: str, remote: bool
) -> None:
    address, asked = web
    other = h264(tmp_path / "other.ts", 1)
    target = f"{address}/other.ts" if remote else other.name
    source = tmp_path / f"s.{suffix}"
    source.write_text(PLAYLISTS[kind].format(target=target))
    assert refuse(source).reason == "not-a-video"
    assert asked == []


@pytest.mark.parametrize(("kind", "suffix"), [("hls", "m3u8"), ("concat", "mp4")])
def test_ffmpeg_itself_is_told_to_open_no_playlist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, suffix: str
) -> None:
    """A file that turns into a playlist after the probe still leads nowhere."""
    h264(tmp_path / "other.ts", 1)
    video = pattern(tmp_path / "s.mp4", "testsrc2=s=64x48:d=1", "-c:v", "mpeg4")
    header = make.probe(video)
    source = tmp_path / f"s.{suffix}"
    source.write_text(PLAYLISTS[kind].format(target="other.ts"))
    ffmpeg("-i", source, tmp_path / "control.mp4")  # left to itself, it reads the other file
    monkeypatch.setattr(make, "probe", lambda path: header)
    assert refuse(source).reason == "ffmpeg-failed"


@pytest.mark.parametrize("name", ["a:b.mp4", "-s.mp4", "http:x.mp4", "p%03d.mp4", "s p'q\".mp4"])
def test_odd_names_are_only_names(tmp_path: Path, name: str) -> None:
    source = h264(tmp_path / "s.mp4", 1).rename(tmp_path / name)
    clip = make_clip(source, tmp_path / "out" / name, SETTINGS)
    assert clip.path.is_file()
    assert clip.total_frame_count == 30


def test_a_full_disk_is_named_and_left_as_it_was(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    sources = [
        pattern(tmp_path / "e.mkv", "testsrc2=s=640x480:d=3,noise=alls=60:allf=t", "-c:v", "mpeg4"),
        h264(tmp_path / "c.mp4", 3, size="640x480", options=["-crf", 1]),
    ]
    code = (
        "import sys, pathlib; from fiftyone_action100m.converters.clips.make import *\n"
        "for source in sys.argv[2:]:\n"
        "    try: make_clip(source, sys.argv[1] + '/clip.mp4', ClipSettings(crf=5))\n"
        "    except ClipError as e: print(e.reason, list(pathlib.Path(sys.argv[1]).iterdir()))\n"
        "    else: print('made a clip')\n"
    )
    script = 'mount -t tmpfs -o size=200k tmpfs "$1" && exec "$0" -c "$CODE" "$@"'
    isolate = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-rm"]
    try:
        able = subprocess.run([*isolate, "mount", "-t", "tmpfs", "tmpfs", small], check=False)
    except FileNotFoundError:
        pytest.skip("no unshare on this system")
    if able.returncode:
        pytest.skip("this user cannot mount a small file system")
    result = subprocess.run(
        [*isolate, "sh", "-c", script, sys.executable, str(small), *map(str, sources)],
        env=os.environ | {"CODE": code}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert result.stdout.split("\n") == ["disk-full []", "disk-full []", ""]


def test_an_ffmpeg_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    source = pattern(tmp_path / "s.mp4", "testsrc2=s=640x480:r=30:d=10", "-c:v", "mpeg4")
    slow = ClipSettings(preset="veryslow", timeout=0.3)
    assert refuse(source, slow).reason == "timeout"


def test_an_interrupt_stops_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    pids = []

    class Interrupted(subprocess.Popen):  # type: ignore[type-arg]
        def wait(self, timeout: float | None = None) -> int:
            if not pids:
                pids.append(self.pid)
                raise KeyboardInterrupt
            return super().wait(timeout)

    runner.run(["true"])  # looks for its launcher before Popen is watched
    monkeypatch.setattr(runner.subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        runner.run([runner.ffmpeg_exe(), "-f", "lavfi", "-i", "testsrc2=d=1000", "-f", "null", "-"])
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_only_what_ffmpeg_said_last_is_kept() -> None:
    result = runner.run([sys.executable, "-c", "import sys; sys.stderr.write('x' * 99999 + 'end')"])
    assert result.returncode == 0
    assert result.tail.endswith("end")
    assert len(result.tail) == runner.TAIL_BYTES
