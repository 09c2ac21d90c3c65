"""Videos from a site that serves and fails like a real one: what each ends as, and what it cost."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fiftyone_action100m.acquire.options import FetchOptions
from fiftyone_action100m.acquire.outcomes import FetchError
from fiftyone_action100m.converters.clips.media import Clip, ClipSettings
from fiftyone_action100m.converters.web_videos import WebVideos
from sound_clock import first_sound
from video_sources import ffmpeg, h264, long_video, pattern
from web_server import HTML, QUICK, Behaviour, WebSite, name_of

SETTINGS = ClipSettings(clip_seconds=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    sound = "sine=d=10"
    h264(folder / "good.mp4", 10, audio=sound, options=["-bf", 0])
    h264(folder / "fast.mp4", 10, audio=sound, options=["-bf", 0, "-movflags", "+faststart"])
    pattern(folder / "other.webm", "testsrc2=s=160x120:r=25:d=6", "-c:v", "libvpx", "-b:v", "200k",
            "-deadline", "realtime", "-cpu-used", 8)  # fmt: skip
    ffmpeg("-f", "lavfi", "-i", sound, "-c:a", "aac", folder / "sound.mp4")
    whole = (folder / "fast.mp4").read_bytes()
    (folder / "half.mp4").write_bytes(whole[: len(whole) // 4])
    (folder / "noise.mp4").write_bytes(bytes(range(256)) * 400)
    (folder / "empty.mp4").write_bytes(b"")
    # Its index would come after a terabyte of pictures.
    header = whole[: int.from_bytes(whole[:4], "big")]
    pictures = (1).to_bytes(4, "big") + b"mdat" + (2**40).to_bytes(8, "big")
    (folder / "endless.mp4").write_bytes(header + pictures)
    return folder


@pytest.fixture
def site(folder: Path) -> Iterator[WebSite]:
    with WebSite(folder) as site:
        yield site


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    return tmp_path / "clips"


def videos(
    site: WebSite, out: Path, settings: ClipSettings = SETTINGS, **options: Any
) -> WebVideos:
    return WebVideos(FetchOptions(**{"url": site.template} | QUICK | options), settings, out)


def make(web: WebVideos, uid: str = "good") -> Clip:
    return web.make(uid, web.folder / f"{uid}.mp4")


def fail(web: WebVideos, uid: str = "good") -> FetchError:
    with pytest.raises(FetchError) as caught:
        make(web, uid)
    assert [path.name for path in web.folder.iterdir() if path.name != "good.mp4"] == []
    assert uid != "good" or not (web.folder / "good.mp4").exists()
    return caught.value


@pytest.mark.parametrize("name", ["good", "fast"])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_video_becomes_the_clip_that_its_file_becomes(
    site: WebSite, out: Path, name: str, ranges: bool
) -> None:
    site.behave(None, Behaviour(ranges=ranges))
    with videos(site, out) as web:
        clip = make(web, name)
    assert (clip.action, clip.total_frame_count, clip.has_audio) == ("cut", 120, True)
    assert [path.name for path in out.iterdir()] == [f"{name}.mp4"]


def test_another_container_is_encoded(site: WebSite, out: Path) -> None:
    with videos(site, out, url=f"{site.root}/{{id}}.webm") as web:
        clip = make(web, "other")
    assert (clip.action, clip.total_frame_count) == ("encode", 100)


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
@pytest.mark.parametrize("start", [[], ["-movflags", "+faststart"]], ids=["end", "start"])
def test_a_long_video_is_read_as_far_as_its_clip_needs(
    tmp_path: Path, out: Path, codec: str, start: list[str]
) -> None:
    long_video(tmp_path / "long.mp4", 210, "-c:v", codec, "-g", 50, *start)
    size = (tmp_path / "long.mp4").stat().st_size
    assert size > 15_000_000
    settings = ClipSettings(preset="ultrafast", clip_seconds=30)
    with WebSite(tmp_path) as site, videos(site, out, settings) as web:
        clip = make(web, "long")
        assert clip.duration == 30.0
        assert site.sent("long.mp4") <= 1.3 * size * 30 / 210


REFUSALS = [
    (Behaviour(status=403), "blocked"),
    (Behaviour(status=404), "gone"),
    (Behaviour(status=410), "gone"),
    (Behaviour(status=451), "blocked"),
    (Behaviour(status=429), "throttled"),
    (Behaviour(status=429, retry_after="1"), "throttled"),
    (Behaviour(status=503, retry_after="1"), "throttled"),
    (Behaviour(status=500), "network"),
    (Behaviour(status=503), "network"),
    (Behaviour(body=HTML), "bad-media"),
    (Behaviour(body=HTML, content_type="video/mp4"), "bad-media"),
    (Behaviour(cut=100_000, ranges=False), "network"),
    (Behaviour(cut=0), "network"),
    (Behaviour(stall=1000), "network"),
    (Behaviour(stall=100_000, ranges=False), "network"),
    (Behaviour(drip=200), "network"),
]


@pytest.mark.parametrize(("behaviour", "outcome"), REFUSALS, ids=name_of)
def test_each_failure_has_its_class(
    site: WebSite, out: Path, behaviour: Behaviour, outcome: str
) -> None:
    site.behave("good.mp4", behaviour)
    # What takes seconds to fail is not tried again.
    options = {"retries": 0} if behaviour.stall or behaviour.drip else {}
    with videos(site, out, **options) as web:
        error = fail(web)
        assert error.outcome == outcome, error
        assert "good" in str(error) or outcome != "bad-media"


def test_after_a_failure_the_next_run_is_well(site: WebSite, out: Path) -> None:
    site.behave("good.mp4", Behaviour(cut=100_000, ranges=False))
    with videos(site, out) as web:
        fail(web)
    site.behave(None, Behaviour())
    with videos(site, out) as web:
        assert make(web).total_frame_count == 120


@pytest.mark.parametrize("uid", ["half", "noise", "sound", "empty"])
def test_what_is_no_whole_video_is_bad_media(site: WebSite, out: Path, uid: str) -> None:
    with videos(site, out) as web:
        assert fail(web, uid).outcome == "bad-media"
    assert len(site.asked(f"{uid}.mp4")) < 12


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(status=500, times=2),
        Behaviour(status=500, times=2, after=2),
        Behaviour(stall=20_000, times=1, after=1),
        Behaviour(cut=100_000),
        Behaviour(cut=30_000, ranges=False, times=2),
        Behaviour(status=403, times=1, after=2),
        Behaviour(status=429, times=1),
    ],
    ids=name_of,
)
def test_what_passes_is_waited_for(site: WebSite, out: Path, behaviour: Behaviour) -> None:
    site.behave("good.mp4", behaviour)
    with videos(site, out) as web:
        assert make(web).total_frame_count == 120


def test_a_connection_that_is_refused(out: Path, folder: Path) -> None:
    with WebSite(folder) as site:
        template = site.template
    with WebVideos(FetchOptions(url=template, **QUICK), SETTINGS, out) as web:
        error = fail(web)
    assert error.outcome == "network" and "refused" in str(error)


def test_a_throttle_stops_the_asking_and_never_burns_the_list(site: WebSite, out: Path) -> None:
    """Forty requests are refused whoever asks: nothing but time is lost, and few are asked."""
    site.behave(None, Behaviour(status=429, times=3))
    begun = time.monotonic()
    made, failed = run_all(videos(site, out, patience=100.0), ["good", "fast"] * 4, workers=4)
    assert (len(made), failed) == (8, [])
    assert time.monotonic() - begun > 0.2
    site.seen.clear()
    site.behave(None, Behaviour(status=429))
    made, failed = run_all(videos(site, out, patience=1.0), [f"v{i}" for i in range(50)], workers=4)
    assert made == [] and {outcome for _, outcome in failed} == {"throttled"}
    assert len(site.seen) <= 8


def run_all(
    web: WebVideos, uids: list[str], workers: int
) -> tuple[list[str], list[tuple[str, str]]]:
    made: list[str] = []
    failed: list[tuple[str, str]] = []
    queue = list(enumerate(uids))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not queue:
                    return
                place, uid = queue.pop(0)
            try:
                web.make(uid, web.folder / f"{place}-{uid}.mp4")
                made.append(uid)
            except FetchError as error:
                failed.append((uid, error.outcome))

    threads = [threading.Thread(target=work) for _ in range(workers)]
    with web:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return made, failed


def test_many_refusals_in_a_row_are_a_throttle(site: WebSite, out: Path) -> None:
    site.behave(None, Behaviour(status=403))
    with videos(site, out, refusals=3) as web:
        assert [fail(web, uid).outcome for uid in ("a", "b", "c")] == [
            "blocked", "blocked", "throttled",
        ]  # fmt: skip


def test_a_retry_after_is_kept(site: WebSite, out: Path) -> None:
    site.behave("good.mp4", Behaviour(status=429, retry_after="1", times=1))
    with videos(site, out, patience=10.0) as web:
        make(web)
    first, second = site.asked("good.mp4")[:2]
    assert second.at - first.at >= 1.0


def test_the_pause_is_between_any_two_videos(site: WebSite, out: Path) -> None:
    made, _ = run_all(videos(site, out, pause=1.0), ["good", "fast", "good", "fast"], workers=4)
    assert len(made) == 4
    asked = [seen.at for seen in site.seen if "Range" not in seen.headers]
    gaps = [b - a for a, b in pairwise(asked)]
    assert len(gaps) == 3 and all(gap > 0.15 for gap in gaps)
    assert len({round(gap, 2) for gap in gaps}) > 1


def test_the_rate_is_limited(site: WebSite, out: Path) -> None:
    with videos(site, out) as web:
        make(web)
    fetched = sum(seen.sent for seen in site.seen if "Range" in seen.headers)
    site.seen.clear()
    begun = time.monotonic()
    with videos(site, out, rate_limit=fetched // 4) as web:
        make(web)
    assert time.monotonic() - begun >= 1.5


def test_a_stop_ends_what_is_under_way(site: WebSite, out: Path) -> None:
    site.behave("good.mp4", Behaviour(stall=30_000, after=1))
    with videos(site, out, stall=30.0) as web:
        timer = threading.Timer(0.7, web.stop)
        timer.start()
        begun = time.monotonic()
        assert fail(web).outcome == "cancelled"
        assert time.monotonic() - begun < 10
        timer.join()
        assert fail(web, "fast").outcome == "cancelled"


def test_cookies_proxy_and_escaped_ids(site: WebSite, out: Path, tmp_path: Path) -> None:
    jar = tmp_path / "cookies.txt"
    jar.write_text(
        "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tlet-me-in\n"
    )
    with videos(site, out, cookies=jar) as web:
        make(web)
    assert {seen.headers.get("Cookie") for seen in site.seen} == {"session=let-me-in"}
    site.seen.clear()
    with videos(site, out, proxy=site.root, url="http://videos.invalid/{id}.mp4") as web:
        fail(web, "../../etc/passwd?x#y")
    assert site.seen[0].path == "http://videos.invalid/..%2F..%2Fetc%2Fpasswd%3Fx%23y.mp4"


def test_no_room_is_said_before_anything_is_asked(site: WebSite, out: Path) -> None:
    with videos(site, out, reserve=10**18) as web:
        assert fail(web).outcome == "disk-full"
    assert site.seen == []


@pytest.mark.parametrize("name", ["endless", "noise", "good", "fast"])
def test_a_body_without_end_is_read_no_further_than_a_clip_can_need(
    site: WebSite, out: Path, name: str
) -> None:
    site.behave(f"{name}.mp4", Behaviour(endless=True))
    most = 64 * 1024**2 + 4 * 12_500_000
    with videos(site, out, retries=0) as web:
        if name == "fast":
            assert make(web, name).total_frame_count == 120
        else:
            assert fail(web, name).outcome == "bad-media"
    sent = site.sent(f"{name}.mp4")
    assert sent < 1.1 * most and (sent > most) == (name == "endless")


def test_a_disk_that_fills_meanwhile_ends_the_fetching(site: WebSite, out: Path) -> None:
    site.behave("endless.mp4", Behaviour(endless=True))
    reserve = shutil.disk_usage(out).free - 40_000_000
    with videos(site, out, ClipSettings(clip_seconds=3600), reserve=reserve) as web:
        error = fail(web, "endless")
    assert error.outcome == "disk-full" and "make room" in str(error)
    assert site.sent("endless.mp4") > 10_000_000


def test_a_page_without_end_is_not_read_to_memory(site: WebSite, out: Path) -> None:
    site.behave("good.mp4", Behaviour(body=HTML, endless=True))
    with videos(site, out, retries=0) as web:
        error = fail(web)
    assert (error.outcome, "for a page" in str(error)) == ("bad-media", True), error


@pytest.mark.parametrize("handler", ["Requests", "Urllib"])
@pytest.mark.parametrize("hops", [1, 3])
def test_a_redirect_to_a_private_host_is_not_asked_for(
    site: WebSite, out: Path, folder: Path, handler: str, hops: int
) -> None:
    """Whatever the page is: a video, or what an extractor reads."""
    with WebSite(folder, host="127.0.0.2") as elsewhere, videos(site, out) as web:
        names = ["good.mp4", *(f"hop{number}" for number in range(1, hops))]
        for name, target in zip(names, [*names[1:], f"{elsewhere.root}/good.mp4"], strict=True):
            site.behave(name, Behaviour(status=302, location=target))
        handlers = web._session()._ydl._request_director.handlers
        for other in set(handlers) - {handler}:
            del handlers[other]
        error = fail(web)
        assert (error.outcome, "private network" in str(error)) == ("bad-media", True), error
        assert [seen.path for seen in site.seen] == [f"/{name}" for name in names]
        assert elsewhere.seen == []


@pytest.mark.parametrize("handler", ["Requests", "Urllib"])
def test_a_redirect_on_the_same_host_is_followed(site: WebSite, out: Path, handler: str) -> None:
    site.behave("good.mp4", Behaviour(status=302, location=f"{site.root}/fast.mp4"))
    with videos(site, out) as web:
        handlers = web._session()._ydl._request_director.handlers
        for other in set(handlers) - {handler}:
            del handlers[other]
        assert make(web).total_frame_count == 120


PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{path}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile {path}\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("content_type", ["video/mp4", "application/octet-stream"])
def test_a_crafted_playlist_reads_no_file(
    site: WebSite, out: Path, tmp_path: Path, kind: str, content_type: str
) -> None:
    secret = h264(tmp_path / "secret.mp4", 5)
    body = PLAYLISTS[kind].format(path=secret).encode()
    site.behave("good.mp4", Behaviour(body=body, content_type=content_type))
    with videos(site, out) as web:
        assert fail(web).outcome in ("bad-media", "no-format")


MPD = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT10S"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" minBufferTime="PT2S"><Period>
<AdaptationSet mimeType="video/mp4">{video}</AdaptationSet>
<AdaptationSet mimeType="audio/mp4"><Representation id="a" bandwidth="64000" codecs="mp4a.40.2"
 audioSamplingRate="44100"><BaseURL>{root}/a.m4a</BaseURL></Representation></AdaptationSet>
</Period></MPD>"""
VIDEO = """<Representation id="{height}" bandwidth="{height}000" codecs="avc1.42c01e"
 width="{width}" height="{height}"><BaseURL>{root}/{height}.mp4</BaseURL></Representation>"""


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video whose pictures, in four heights, and sound are files of their own."""
    folder = tmp_path_factory.mktemp("apart")
    for height in (120, 240, 480, 720):
        size = f"{height * 4 // 3}x{height}"
        h264(folder / f"{height}.mp4", 10, "10", size, options=["-preset", "ultrafast", "-bf", 0])
    # A beep at 2 s, in a sound that is otherwise silent.
    ffmpeg("-f", "lavfi", "-i", "sine=f=1000:d=10,volume='between(t,2,2.1)':eval=frame", "-c:a",
           "aac", folder / "a.m4a")  # fmt: skip
    return folder


@pytest.mark.parametrize(
    ("limit", "chosen"), [(480, "480"), (400, "240"), (1080, "720"), (100, "120")]
)
def test_the_best_format_at_or_under_the_height_with_its_sound(
    apart: Path, out: Path, limit: int, chosen: str
) -> None:
    with WebSite(apart) as site:
        heights = (120, 240, 480, 720)
        video = "".join(VIDEO.format(height=h, width=h * 4 // 3, root=site.root) for h in heights)
        (apart / "v.mpd").write_text(MPD.format(video=video, root=site.root))
        settings = ClipSettings(clip_seconds=4, max_height=limit)
        with videos(site, out, settings, url=f"{site.root}/{{id}}.mpd") as web:
            clip = make(web, "v")
        asked = {seen.path for seen in site.seen} - {"/v.mpd"}
    assert asked == {f"/{chosen}.mp4", "/a.m4a"}
    assert clip.has_audio and clip.frame_height == min(limit, int(chosen))
    assert clip.action == ("cut" if limit > 100 else "encode")
    assert 1.9 < first_sound(clip.path) < 2.1
