"""Videos that come in many small files, HLS and DASH as ffmpeg makes them: cut, failed, crafted."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fiftyone_action100m.acquire.network import Network
from fiftyone_action100m.acquire.options import FetchOptions
from fiftyone_action100m.acquire.outcomes import FetchError
from fiftyone_action100m.acquire.playlists import parse_hls
from fiftyone_action100m.converters.clips.media import Clip, ClipSettings
from fiftyone_action100m.converters.web_videos import WebVideos
from sound_clock import first_sound
from video_sources import ffmpeg, h264, long_video, numbered, read_numbers
from web_server import HTML, QUICK, Behaviour, WebSite, name_of

SECONDS = 7
SETTINGS = ClipSettings(clip_seconds=SECONDS)
HLS = ("-f", "hls", "-hls_time", 2, "-hls_playlist_type", "vod")
FMP4 = ("-hls_segment_type", "fmp4")
APART = ("-map", "0:v", "-map", "0:a", "-master_pl_name", "v.m3u8", "-var_stream_map",
         "a:0,agroup:x,default:yes v:0,agroup:x")  # fmt: skip
DASH = ("-map", 0, "-f", "dash", "-seg_duration", 2)

#: How a video is served: what ffmpeg is told, and what it writes.
KINDS: dict[str, tuple[tuple[object, ...], str]] = {
    "ts": (HLS, "v.m3u8"),
    "fmp4": ((*HLS, *FMP4), "v.m3u8"),
    "ts-ranges": ((*HLS, "-hls_flags", "single_file"), "v.m3u8"),
    "fmp4-ranges": ((*HLS, *FMP4, "-hls_flags", "single_file"), "v.m3u8"),
    "ts-apart": ((*APART, *HLS), "s%v.m3u8"),
    "fmp4-apart": ((*APART, *HLS, *FMP4), "s%v.m3u8"),
    "dash": (DASH, "v.mpd"),
    "dash-numbers": ((*DASH, "-use_timeline", 0), "v.mpd"),
}


def serve(source: Path, folder: Path, options: tuple[object, ...], name: str) -> None:
    """Cuts a video into what is served, without encoding it."""
    folder.mkdir()
    ffmpeg("-i", source, "-c", "copy", *options, folder / name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty seconds whose frames show their numbers, with a beep at 2 s, served in every way."""
    folder = tmp_path_factory.mktemp("segments")
    times = [Fraction(i, 25) for i in range(500)]
    pictures = numbered(folder / "p.mp4", times, rate=Fraction(25), codec="libx264")
    beep = "sine=f=1000:d=20,volume='between(t,2,2.1)':eval=frame"
    source = folder / "source.mp4"
    ffmpeg("-i", pictures, "-f", "lavfi", "-i", beep, "-map", 0, "-map", 1, "-c:v", "copy", "-c:a",
           "aac", source)  # fmt: skip
    secret = folder / "secret.key"
    secret.write_bytes(bytes(range(16)))
    for kind, vector in (("locked", ""), ("locked-iv", "0f" * 16)):
        (folder / f"{kind}.info").write_text(f"/secret.key\n{secret}\n{vector}\n")
        locked = ("-hls_key_info_file", folder / f"{kind}.info", "-start_number", 3)
        serve(source, folder / kind, (*HLS, *locked), "v.m3u8")
    for kind, (options, name) in KINDS.items():
        serve(source, folder / kind, options, name)
    return folder


@pytest.fixture
def site(folder: Path) -> Iterator[WebSite]:
    with WebSite(folder) as site:
        yield site


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    return tmp_path / "clips"


def videos(site: WebSite, kind: str, out: Path, **options: Any) -> WebVideos:
    suffix = "mpd" if kind.startswith("dash") else "m3u8"
    settings = options.pop("settings", SETTINGS)
    address = {"url": f"{site.root}/{kind}/{{id}}.{suffix}"}
    return WebVideos(FetchOptions(**address | QUICK | options), settings, out)


def make(web: WebVideos) -> Clip:
    return web.make("v", web.folder / "v.mp4")


def fail(web: WebVideos) -> FetchError:
    with web, pytest.raises(FetchError) as caught:
        make(web)
    assert list(web.folder.iterdir()) == []
    return caught.value


@pytest.mark.parametrize("kind", [*KINDS, "locked", "locked-iv"])
def test_the_clip_has_the_frames_and_the_sound_of_its_video(
    site: WebSite, out: Path, kind: str
) -> None:
    with videos(site, kind, out) as web:
        clip = make(web)
    assert read_numbers(clip.path) == list(range(25 * SECONDS))
    assert 2.0 < first_sound(clip.path) < 2.04
    assert clip.warnings == () and clip.source_duration == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("kind", ["ts", "fmp4", "dash"])
def test_a_short_video_is_read_to_its_end(site: WebSite, out: Path, kind: str) -> None:
    with videos(site, kind, out, settings=ClipSettings()) as web:
        clip = make(web)
    assert read_numbers(clip.path) == list(range(500))
    segments = [seen.path for seen in site.seen if seen.path.endswith((".ts", ".m4s"))]
    assert len(segments) == len(set(segments)) > 2  # each once, whatever read it again


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes, 40 MB, in segments of 6 s."""
    folder = tmp_path_factory.mktemp("long")
    long_video(folder / "source.mp4", 300, "-c:v", "libx264", "-g", 150)
    for kind in ("ts", "fmp4", "dash"):
        options, name = KINDS[kind]
        six = tuple(6 if each == 2 else each for each in options)
        serve(folder / "source.mp4", folder / kind, six, name)
    return folder


@pytest.mark.parametrize("kind", ["ts", "fmp4", "dash"])
def test_no_more_segments_are_fetched_than_the_clip_needs(long: Path, out: Path, kind: str) -> None:
    size = (long / "source.mp4").stat().st_size
    settings = ClipSettings(preset="ultrafast")
    with WebSite(long) as site, videos(site, kind, out, settings=settings) as web:
        clip = make(web)
        assert clip.duration == 90.0
        assert (clip.action == "encode") == (kind == "ts")
        assert sum(seen.sent for seen in site.seen) <= 1.3 * size * 90 / 300


def segment(kind: str, number: int) -> str:
    name = f"chunk-stream0-{number:05d}.m4s" if kind == "dash" else f"v{number}"
    return (
        f"{kind}/{name}" if kind == "dash" else f"{kind}/{name}.{'ts' if kind == 'ts' else 'm4s'}"
    )


FAILURES = [
    (Behaviour(status=403), "network"),  # an address that has run out, as YouTube's do
    (Behaviour(status=404), "network"),
    (Behaviour(status=410), "network"),
    (Behaviour(status=429), "throttled"),
    (Behaviour(status=429, retry_after="1"), "throttled"),
    (Behaviour(status=503, retry_after="1"), "throttled"),
    (Behaviour(status=500), "network"),
    (Behaviour(cut=1000), "network"),
    (Behaviour(cut=1000, ranges=False), "network"),
    (Behaviour(stall=1000), "network"),
    (Behaviour(drip=200), "network"),
    (Behaviour(body=b""), "network"),
]


@pytest.mark.parametrize(("behaviour", "outcome"), FAILURES, ids=name_of)
def test_each_failure_has_its_class(
    site: WebSite, out: Path, behaviour: Behaviour, outcome: str
) -> None:
    kind = "ts" if behaviour.ranges else "dash"
    site.behave(segment(kind, 2), behaviour)
    # What takes seconds to fail is not tried again.
    options = {"retries": 0} if behaviour.stall or behaviour.drip else {}
    error = fail(videos(site, kind, out, **options))
    assert error.outcome == outcome, error


@pytest.mark.parametrize("kind", ["ts", "dash"])
def test_after_a_failure_the_next_run_is_well(site: WebSite, out: Path, kind: str) -> None:
    site.behave(segment(kind, 2), Behaviour(status=404))
    fail(videos(site, kind, out))
    site.behave(None, Behaviour())
    with videos(site, kind, out) as web:
        assert read_numbers(make(web).path) == list(range(25 * SECONDS))


@pytest.mark.parametrize("name", ["secret.key", "locked/v4.ts"])
def test_an_encrypted_segment_and_its_key_fail_and_pass_like_others(
    site: WebSite, out: Path, name: str
) -> None:
    site.behave(name, Behaviour(status=500))
    assert fail(videos(site, "locked", out)).outcome == "network"
    assert len(site.asked(name)) <= 3  # as often as any other
    site.behave(name, Behaviour(cut=10, times=1))
    site.seen.clear()
    with videos(site, "locked", out) as web:
        assert read_numbers(make(web).path) == list(range(25 * SECONDS))
    assert len(site.asked("secret.key")) <= 2


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour(status=500, times=2),
        Behaviour(status=404, times=1),
        Behaviour(status=429, times=1),
        Behaviour(cut=3000, times=2),
        Behaviour(cut=3000, times=2, ranges=False),
        Behaviour(stall=3000, times=1),
    ],
    ids=name_of,
)
def test_what_passes_is_waited_for(site: WebSite, out: Path, behaviour: Behaviour) -> None:
    site.behave(segment("ts", 2), behaviour)
    with videos(site, "ts", out) as web:
        assert read_numbers(make(web).path) == list(range(25 * SECONDS))


@pytest.mark.parametrize("status", [404, 500])
def test_a_list_that_is_missing_says_nothing_of_its_video(
    site: WebSite, out: Path, status: int
) -> None:
    site.behave("ts-apart/s1.m3u8", Behaviour(status=status))
    assert fail(videos(site, "ts-apart", out)).outcome == "network"


@pytest.mark.parametrize("body", [HTML, b"noise" * 20_000], ids=["html", "noise"])
def test_what_is_no_media_is_bad_media(site: WebSite, out: Path, body: bytes) -> None:
    for number in range(10):
        site.behave(segment("ts", number), Behaviour(body=body, content_type="video/mp2t"))
    assert fail(videos(site, "ts", out)).outcome == "bad-media"


LIST = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n{before}#EXTINF:10,\n{segment}\n{end}"
END = "#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        (LIST.format(before="", segment="/ts/v0.ts", end=""), "no-format", "live"),
        (LIST.format(before='#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"\n', segment="/ts/v0.ts", end=END),
         "no-format", "encrypted"),
        (LIST.format(before='#EXT-X-KEY:METHOD=AES-128,URI="/ts/v0.ts"\n', segment="/ts/v0.ts",
                     end=END), "bad-media", "more than 16 bytes"),
        (LIST.format(before='#EXT-X-KEY:METHOD=AES-128,URI="/key"\n', segment="/ts/v0.ts",
                     end=END), "bad-media", ""),
    ],
    ids=["live", "drm", "key", "wrong-key"],
)  # fmt: skip
def test_playlists_that_cannot_be_read_say_why(
    site: WebSite, out: Path, text: str, outcome: str, words: str
) -> None:
    site.behave("key", Behaviour(body=b"k" * 16, content_type="application/octet-stream"))
    site.behave("ts/v.m3u8", Behaviour(body=text.encode(), content_type="application/x-mpegurl"))
    error = fail(videos(site, "ts", out))
    assert (error.outcome, words in str(error)) == (outcome, True), error


CRAFTED = [
    ("segment", "file://{secret}"), ("segment", "ftp://127.0.0.1/x"), ("segment", "data:,x"),
    ("segment", "{elsewhere}"), ("map", "file://{secret}"), ("map", "{elsewhere}"),
    ("manifest", "file://{secret}"), ("manifest", "{elsewhere}"), ("nested", "file://{secret}"),
    ("nested", "{elsewhere}"), ("redirect", "file://{secret}"), ("redirect", "{elsewhere}"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "scheme"), CRAFTED)
def test_a_crafted_playlist_leads_nowhere(
    site: WebSite, out: Path, tmp_path: Path, scheme: str, where: str
) -> None:
    """Neither to a file of this machine nor to a service on another of its networks."""
    secret = h264(tmp_path / "secret.mp4", 5)
    with WebSite(tmp_path, host="127.0.0.2") as elsewhere:
        target = scheme.format(secret=secret, elsewhere=f"{elsewhere.root}/secret.mp4")
        before, named = "", target
        if where == "map":
            before, named = f'#EXT-X-MAP:URI="{target}"\n', "/fmp4/v0.m4s"
        elif where in ("nested", "redirect"):
            named = "/hop.ts"
        text = LIST.format(before=before, segment=named, end=END)
        if where == "manifest":
            text = f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\n{target}\n"
        if where == "nested":  # a segment that is a playlist itself
            inner = LIST.format(before="", segment=target, end=END).encode()
            site.behave("hop.ts", Behaviour(body=inner, content_type="video/mp2t"))
        elif where == "redirect":
            site.behave("hop.ts", Behaviour(status=302, location=target))
        site.behave(
            "ts/v.m3u8", Behaviour(body=text.encode(), content_type="application/x-mpegurl")
        )
        error = fail(videos(site, "ts", out))
        assert error.outcome in ("bad-media", "no-format", "network"), error
        assert elsewhere.seen == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<html>", "not a playlist"),
        (LIST.format(before="#EXT-X-BYTERANGE:0@5\n", segment="a", end=END), "a broken playlist"),
        (LIST.replace("10", "ten").format(before="", segment="a", end=END), "a broken playlist"),
        ("#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + END, "lists no segment"),
        ('#EXTM3U\n#EXT-X-MAP:URI="a"\n' + END, "lists no segment"),
        ("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\na.m3u8\n", "not a playlist of segments"),
    ],
)
def test_broken_playlists_say_how(text: str, words: str) -> None:
    with pytest.raises(FetchError, match=words) as caught:
        parse_hls(text, "http://x/y.m3u8", 90)
    assert caught.value.outcome == "bad-media"


PRIVATE = [
    "http://127.0.0.1:27017/", "http://localhost/", "http://[::1]/", "http://10.1.2.3/",
    "http://192.168.0.1/", "http://172.20.0.1/", "http://169.254.169.254/latest/meta-data/",
    "http://100.64.1.1/", "http://0.0.0.0/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/",
    "http://2130706433/", "http://0x7f.1/", "file:///etc/passwd", "ftp://host/", "//host/x", "x",
    "http://[", "",
]  # fmt: skip


@pytest.mark.parametrize("lookup", [True, False])
def test_what_a_page_may_name(lookup: bool) -> None:
    network = Network("https://93.184.216.34/watch", lookup)
    for url in PRIVATE:
        with pytest.raises(FetchError) as caught:
            network.check(url)
        assert caught.value.outcome == "bad-media", url
    for url in ("http://93.184.216.34:8080/x", "https://1.1.1.1/", "http://198.18.0.7/"):
        network.check(url)
    Network("http://127.0.0.1:5000/v", lookup).check("http://127.0.0.1:6000/v.ts")
    Network("http://mirror.invalid/v", lookup).check("http://mirror.invalid/v.ts")
    with pytest.raises(FetchError):
        Network("http://127.0.0.1:5000/v", lookup).check("http://127.0.0.2/")


def test_after_a_break_the_clock_goes_on(site: WebSite, out: Path) -> None:
    """As behind an advertisement: the second half's own clock starts anew."""
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:20"]
    for number in range(2):
        lines += ["#EXT-X-DISCONTINUITY"] * number + ["#EXTINF:20,", "/ts/whole.ts"]
    body = "\n".join([*lines, "#EXT-X-ENDLIST"]).encode()
    site.behave("ts/v.m3u8", Behaviour(body=body, content_type="application/x-mpegurl"))
    whole = b"".join((site.folder / segment("ts", n)).read_bytes() for n in range(50)
                     if (site.folder / segment("ts", n)).exists())  # fmt: skip
    site.behave("ts/whole.ts", Behaviour(body=whole, content_type="video/mp2t"))
    with videos(site, "ts", out, settings=ClipSettings(clip_seconds=30)) as web:
        numbers = read_numbers(make(web).path)
    # At the seam the two sounds overlap by less than a frame, which may cost one.
    assert len(numbers) == 750 and numbers[:498] == list(range(498))
    assert numbers[502:] == list(range(numbers[502], numbers[502] + 248)) and numbers[502] <= 3


def test_a_change_of_format_counts_where_the_clip_needs_it() -> None:
    part = '#EXT-X-MAP:URI="{}"\n#EXTINF:30,\na\n#EXTINF:30,\nb\n'
    text = "#EXTM3U\n" + part.format("one") + part.format("one") + part.format("two") + END
    pieces = parse_hls(text, "http://x/y/z.m3u8", 90)
    assert pieces.seconds == 120
    assert [each.url for each in pieces.segments] == [f"http://x/y/{n}" for n in ("one", *"abab")]
    with pytest.raises(FetchError, match="changes its format after 120 s"):
        parse_hls(text, "http://x/y/z.m3u8", 150)


def test_ranges_follow_each_other() -> None:
    lines = ["#EXTM3U", '#EXT-X-MAP:URI="v",BYTERANGE="10@0"', "#EXT-X-BYTERANGE:20", "v",
             "#EXT-X-BYTERANGE:5@100", "v", "#EXT-X-BYTERANGE:5", "v", "#EXT-X-BYTERANGE:7", "w",
             "#EXT-X-ENDLIST"]  # fmt: skip
    found = parse_hls("\n".join(lines), "http://x/", 1).segments
    assert [(each.url[-1], each.first, each.last) for each in found] == [
        ("v", 0, 9), ("v", 10, 29), ("v", 100, 104), ("v", 105, 109), ("w", 0, 6)
    ]  # fmt: skip


BOTH = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT20S"
 profiles="urn:mpeg:dash:profile:full:2011" minBufferTime="PT2S"><Period>
<AdaptationSet mimeType="video/mp4">
<Representation id="one" bandwidth="100000" codecs="avc1.640028" width="{width}" height="{height}">
<BaseURL>{root}/source.mp4</BaseURL></Representation>
<Representation id="many" bandwidth="900000" codecs="avc1.640028" width="640" height="480">
<BaseURL>{root}/dash/</BaseURL><SegmentTemplate timescale="1" duration="2" startNumber="1"
 initialization="init-stream0.m4s" media="chunk-stream0-$Number%05d$.m4s"/></Representation>
</AdaptationSet></Period></MPD>"""


@pytest.mark.parametrize(("height", "chosen"), [(480, "one"), (360, "many"), (720, "many")])
def test_one_file_is_preferred_where_it_is_as_tall(
    site: WebSite, out: Path, folder: Path, height: int, chosen: str
) -> None:
    text = BOTH.format(root=site.root, height=height, width=height * 4 // 3).encode()
    site.behave("dash/v.mpd", Behaviour(body=text, content_type="application/dash+xml"))
    with videos(site, "dash", out) as web:
        make(web)
    one = {"/source.mp4"} == {seen.path for seen in site.seen} - {"/dash/v.mpd"}
    assert one == (chosen == "one")
