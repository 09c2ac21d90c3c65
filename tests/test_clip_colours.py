"""A clip's colours are its source's: by its tags, by its pixels, and in Chromium."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest
from fiftyone_action100m.converters.clips import abilities
from fiftyone_action100m.converters.clips.ffmpeg import ffmpeg_exe
from fiftyone_action100m.converters.clips.make import Clip, ClipSettings, make_clip
from video_sources import ffmpeg

#: Y, Cb and Cr of patches, for 8 bits: colours that the matrices show differently, and greys.
PATCHES = (
    (81, 90, 200),
    (145, 70, 60),
    (60, 200, 118),
    (126, 128, 128),
    (180, 110, 150),
    (40, 128, 128),
)

#: The share of red and of blue in luma, by matrix, of ITU-T H.273, table 4.
WEIGHTS = {1: (0.2126, 0.0722), 4: (0.30, 0.11), 5: (0.299, 0.114), 6: (0.299, 0.114),
           7: (0.212, 0.087), 9: (0.2627, 0.0593)}  # fmt: skip

BT709, BT601, PAL, BT2020 = (1, 1, 1), (6, 6, 6), (5, 6, 5), (9, 14, 9)
PQ, HLG = (9, 16, 9), (9, 18, 9)

X264 = "-c:v", "libx264", "-preset", "ultrafast", "-qp", "1"
VP9 = "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "6M"
X265 = "-c:v", "libx265", "-x265-params", "log-level=none:lossless=1"


def patches(
    path: Path, lines: int, tags: tuple[int, int, int], *options: str, full: bool = False,
    pix_fmt: str = "yuv420p",
) -> Path:  # fmt: skip
    """Makes a video of upright patches whose numbers are those of :data:`PATCHES`, and its tags."""
    width = 12 * (lines * 4 // 3 // 12)
    shift = 2 if "10" in pix_fmt else 0
    kind = np.uint16 if shift else np.uint8
    across = np.arange(width) * len(PATCHES) // width
    planes = []
    for i, step in enumerate((1, 2, 2)):
        row = np.array([p[i] << shift for p in PATCHES], dtype=kind)[across][::step]
        planes.append(np.tile(row, (lines // step, 1)))
    frame = b"".join(plane.tobytes() for plane in planes)
    names = zip(("color_primaries", "color_trc", "colorspace"), tags, strict=True)
    told = ":".join(f"{name}={tag}" for name, tag in names if tag != 2)
    told = f"setparams=range={'pc' if full else 'tv'}{':' if told else ''}{told}"
    command = [
        ffmpeg_exe(), "-y", "-v", "error", "-f", "rawvideo", "-pix_fmt", pix_fmt, "-s",
        f"{width}x{lines}", "-r", "25", "-i", "-", "-vf", told, *(options or X264), str(path),
    ]  # fmt: skip
    subprocess.run(command, input=frame * 10, check=True)
    return path


def tags_of(path: Path) -> tuple[tuple[int, int, int], int, str]:
    """Returns a video's tags, its range and its pixel format."""
    with av.open(str(path)) as container:
        next(container.decode(video=0))
        codec = container.streams.video[0].codec_context
        assert codec.pix_fmt is not None
        tags = codec.color_primaries, codec.color_trc, codec.colorspace
        return tags, int(codec.color_range), codec.pix_fmt


def rgb(ycc: npt.NDArray[np.float64], matrix: int, full: bool = False) -> npt.NDArray[np.float64]:
    """Returns what 8-bit Y, Cb and Cr stand for in red, green and blue of 0 to 255."""
    red, blue = WEIGHTS[matrix]
    black, luma, chroma = (0, 255, 255) if full else (16, 219, 224)
    y = (ycc[..., 0] - black) / luma
    cb, cr = (ycc[..., 1] - 128) / chroma, (ycc[..., 2] - 128) / chroma
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    g = (y - red * r - blue * b) / (1 - red - blue)
    return np.clip(np.stack([r, g, b], axis=-1), 0, 1) * 255


def seen(path: Path) -> npt.NDArray[np.float64]:
    """Returns Y, Cb and Cr in the middle of each patch of a clip of 8 bits."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p"
        found = []
        for i in range(len(PATCHES)):
            spot = []
            for plane in frame.planes:
                row = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[plane.height // 2]
                spot.append(row[int((i + 0.5) * plane.width / len(PATCHES))])
            found.append(spot)
    return np.array(found, dtype=float)


def convert(source: Path, **settings: Any) -> Clip:
    settings = {"max_height": 96, **settings}
    return make_clip(source, source.parent / "clip.mp4", ClipSettings(**settings))


def check_pixels(clip: Clip, matrix: int, full: bool = False) -> None:
    """Holds a clip's colours, by its own tags, against the patches' under the source's matrix."""
    (_, _, own), _, _ = tags_of(clip.path)
    wanted = rgb(np.array(PATCHES, dtype=float), matrix, full)
    np.testing.assert_allclose(rgb(seen(clip.path), own), wanted, atol=5)


U = 2  # unknown
#: The lines and the tags of a source, the clip's tags, and the matrix that the source has.
TAGGED: dict[str, tuple[int, tuple[int, int, int], tuple[int, int, int], int]] = {
    "nothing, HD": (720, (U, U, U), BT709, 1),
    "nothing, SD": (480, (U, U, U), BT601, 6),
    "nothing, PAL": (576, (U, U, U), BT601, 6),
    "nothing, small": (96, (U, U, U), BT601, 6),
    "the matrix, HD": (720, (U, U, 1), BT709, 1),
    "another matrix, HD": (720, (U, U, 6), BT601, 6),
    "the matrix, small": (96, (U, U, 1), BT709, 1),
    "PAL's matrix": (96, (U, U, 5), (6, 6, 5), 5),
    "primaries": (96, (1, U, U), BT709, 1),
    "PAL's primaries": (96, (5, U, U), (5, 6, 6), 6),
    "wide primaries": (96, (9, U, U), BT2020, 9),
    "a transfer": (96, (U, 13, U), (6, 13, 6), 6),
    "a wide transfer": (96, (U, 15, U), (9, 15, 9), 9),
    "all but the matrix": (96, (1, 1, U), BT709, 1),
    "all but the transfer": (96, (6, U, 6), BT601, 6),
    "reserved": (96, (3, 0, 3), BT601, 6),
    "RGB's matrix": (96, (1, 1, 0), BT709, 1),
    "BT.709": (96, BT709, BT709, 1),
    "BT.601 in HD": (720, BT601, BT601, 6),
    "PAL": (96, PAL, PAL, 5),
    "old PAL": (96, (5, 5, 5), (5, 5, 5), 5),
    "mixed": (96, (1, 13, 6), (1, 13, 6), 6),
    "P3": (96, (12, 1, 1), (12, 1, 1), 1),
    "BT.2020": (96, BT2020, BT2020, 9),
    "SMPTE 240M": (96, (7, 7, 7), BT601, 7),
    "FCC": (96, (4, 4, 4), (4, 4, 6), 4),
    "FCC's matrix in HD": (720, (1, 1, 4), BT709, 4),
}  # fmt: skip


@pytest.mark.parametrize("codec", ["copied", "encoded"])
@pytest.mark.parametrize("name", TAGGED)
def test_all_tags_are_there_and_tell_the_source_s_colours(
    tmp_path: Path, name: str, codec: str
) -> None:
    lines, tags, wanted, matrix = TAGGED[name]
    coded = tuple(1 if t in (0, 3) else t for t in tags)
    options = [*X264]
    if coded != tags:  # what the encoder does not write
        keys = "colour_primaries", "transfer_characteristics", "matrix_coefficients"
        told = ":".join(f"{k}={t}" for k, t in zip(keys, tags, strict=True))
        options += ["-bsf:v", f"h264_metadata={told}"]
    suffix = "mp4" if codec == "copied" else "ts"
    source = patches(tmp_path / f"s.{suffix}", lines, coded, *options)  # type: ignore[arg-type]
    clip = convert(source, max_height=1000 if codec == "copied" else 96)
    converted = matrix in (4, 7)
    assert clip.action == ("copy" if codec == "copied" and not converted else "encode")
    assert clip.warnings == ()
    assert tags_of(clip.path) == (wanted, 1, "yuv420p")
    assert b"colrnclx" in clip.path.read_bytes()
    check_pixels(clip, matrix)


@pytest.mark.parametrize("tags", [(U, U, U), (U, U, 1), (U, U, 6)])
@pytest.mark.parametrize("lines", [96, 720])
def test_the_same_of_vp9(tmp_path: Path, lines: int, tags: tuple[int, int, int]) -> None:
    clip = convert(patches(tmp_path / "s.webm", lines, tags, *VP9))
    matrix = tags[2] if tags[2] != U else 1 if lines == 720 else 6
    assert tags_of(clip.path) == ((matrix,) * 3, 1, "yuv420p")
    check_pixels(clip, matrix)


@pytest.mark.parametrize("tags", [(U, U, U), BT709, BT601])
@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("mp4", (*X264, "-pix_fmt", "yuvj420p")),
        ("mkv", ("-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj420p")),
        ("webm", VP9),
    ],
)
def test_a_full_range_becomes_limited(
    tmp_path: Path, suffix: str, options: tuple[str, ...], tags: tuple[int, int, int]
) -> None:
    source = patches(tmp_path / f"s.{suffix}", 96, tags, *options, full=True)
    clip = convert(source)
    assert clip.action == "encode"
    if suffix == "mkv" and tags == (U, U, U):  # JPEG's matrix is always BT.601's
        assert tags_of(clip.path)[0][2] in (5, 6)
        matrix = 6
    else:
        matrix = 6 if tags == (U, U, U) else tags[2]
        assert tags_of(clip.path) == ((matrix,) * 3, 1, "yuv420p")
    check_pixels(clip, matrix, full=True)


@pytest.mark.parametrize(
    ("pix_fmt", "suffix", "codec"),
    [
        ("gbrp", "mp4", "libx264rgb"),
        ("gbrp", "mkv", "ffv1"),
        ("rgb24", "mov", "qtrle"),
        ("pal8", "mov", "png"),
        ("bgra", "avi", "png"),
        ("rgb555le", "avi", "rawvideo"),
        ("pal8", "avi", "rawvideo"),
        ("pal8", "mkv", "gif"),
        ("rgb8", "nut", "rawvideo"),
    ],
)
def test_rgb_stays_what_it_is(tmp_path: Path, pix_fmt: str, suffix: str, codec: str) -> None:
    colours = ["0xd02020", "0x20c020", "0x2020d0", "0x808080", "white", "black"]
    boxes = ",".join(f"drawbox={i * 20}:0:20:96:{colour}:fill" for i, colour in enumerate(colours))
    palette = ",split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
    source = tmp_path / f"s.{suffix}"
    as_palette = pix_fmt == "pal8"
    ffmpeg(
        "-f", "lavfi", "-i", f"color=black:s=120x96:r=25:d=0.4,format=rgb24,{boxes}"
        f"{palette if as_palette else ''}",
        "-c:v", codec,
        *(() if as_palette else ("-pix_fmt", "rgb24" if codec == "libx264rgb" else pix_fmt)),
        *(("-qp", 0) if codec == "libx264rgb" else ()), source,
    )  # fmt: skip
    clip = convert(source)
    assert tags_of(clip.path) == (BT709, 1, "yuv420p")
    wanted = [[int(c[i : i + 2], 16) for i in (2, 4, 6)] for c in colours[:4]]
    wanted += [[255] * 3, [0] * 3]
    coarse = {"rgb8": 50, "rgb555le": 14}.get(pix_fmt, 5)
    np.testing.assert_allclose(rgb(seen(clip.path), 1), wanted, atol=coarse)


def test_a_matrix_that_only_zscale_knows(tmp_path: Path) -> None:
    source = patches(tmp_path / "s.mkv", 96, (1, 1, 8), *X265)
    clip = convert(source)
    assert tags_of(clip.path) == (BT709, 1, "yuv420p") and clip.warnings == ()
    y, co, cg = ((np.array(PATCHES, dtype=float) - (16, 128, 128)) / (219, 224, 224)).T[[0, 2, 1]]
    wanted = np.clip(np.stack([y - cg + co, y + cg, y - cg - co], axis=-1), 0, 1) * 255
    np.testing.assert_allclose(rgb(seen(clip.path), 1), wanted, atol=5)


def test_colours_that_nothing_converts_end_no_clip(tmp_path: Path) -> None:
    source = patches(tmp_path / "s.mkv", 96, (10, 12, 8), *X265)
    clip = convert(source)
    assert clip.total_frame_count == 10
    assert tags_of(clip.path)[0][2] in (1, 6)
    with_hdr = convert(patches(tmp_path / "h.mkv", 96, (10, 16, 14), *X265))
    assert with_hdr.total_frame_count == 10


def hdr_source(path: Path, tags: tuple[int, int, int]) -> Path:
    """Makes an HDR10 video with what it says of the display that it was made on."""
    said = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(40000000,1)"
    hdr10 = f"log-level=none:lossless=1:master-display={said}:max-cll=4000,400:hdr10=1"
    return patches(path, 96, tags, "-c:v", "libx265", "-x265-params", hdr10, pix_fmt="yuv420p10le")


@pytest.mark.parametrize(("tags", "grey"), [(PQ, (125, 150)), (HLG, (95, 120))])
def test_hdr_becomes_sdr(tmp_path: Path, tags: tuple[int, int, int], grey: tuple[int, int]) -> None:
    clip = convert(hdr_source(tmp_path / "s.mp4", tags))
    assert tags_of(clip.path) == (BT709, 1, "yuv420p") and clip.warnings == ()
    data = clip.path.read_bytes()
    assert b"mdcv" not in data and b"clli" not in data
    with av.open(str(clip.path)) as container:
        kinds = {str(s.type) for s in next(container.decode(video=0)).side_data}
    assert not [k for k in kinds if "MASTERING" in k or "LIGHT" in k]
    shown = rgb(seen(clip.path), 1)
    red, green, blue, middle = shown[:4]
    assert grey[0] <= middle.mean() <= grey[1] and np.ptp(middle) <= 4
    assert red.argmax() == 0 and green.argmax() == 1 and blue.argmax() == 2
    assert shown[5].max() < 30, "what is dark is not"


@pytest.mark.parametrize("tags", [PQ, HLG])
def test_hdr_is_kept_on_request(tmp_path: Path, tags: tuple[int, int, int]) -> None:
    clip = convert(hdr_source(tmp_path / "s.mp4", tags), hdr="keep")
    assert tags_of(clip.path) == (tags, 1, "yuv420p10le")
    assert clip.total_frame_count == 10 and clip.encoding_str == "avc1"


def test_an_ffmpeg_without_the_filters_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(abilities, "_filters", lambda exe: frozenset({"scale"}))
    clip = convert(hdr_source(tmp_path / "s.mp4", PQ))
    assert tags_of(clip.path) == (PQ, 1, "yuv420p10le")
    assert "HDR was not converted to SDR: this ffmpeg has no" in clip.warnings[0]


def test_dolby_vision_without_a_base_layer_is_told(tmp_path: Path) -> None:
    source = patches(tmp_path / "s.mp4", 96, (U, U, U), *X265, "-tag:v", "hvc1")
    assert convert(source).warnings == ()
    source.write_bytes(source.read_bytes().replace(b"hvc1", b"dvh1"))
    clip = convert(source)
    assert "Dolby Vision" in clip.warnings[0]


@dataclass
class Screen:
    """What Chromium shows of videos in a folder."""

    show: Callable[[Path], npt.NDArray[np.float64]]


SHOW = """async ([url, n]) => {
    const video = document.createElement('video');
    video.muted = true;
    video.src = url;
    await new Promise((done, failed) => {
        video.onloadeddata = done;
        video.onerror = () => failed(new Error(video.error.message));
        setTimeout(() => failed(new Error(`not loaded, ready: ${video.readyState}`)), 60000);
    });
    // All frames are alike, and a browser may not say that it shows a frame of a hidden video.
    const found = new Promise((done, failed) => {
        video.onseeked = () => setTimeout(done, 2000);
        setTimeout(() => failed(new Error('the frame is not found')), 60000);
    });
    const frame = new Promise((done) => video.requestVideoFrameCallback(done));
    video.currentTime = 0.1;
    await Promise.race([frame, found]);
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const context = canvas.getContext('2d');
    context.drawImage(video, 0, 0);
    return Array.from({length: n}, (_, i) => Array.from(context.getImageData(
        Math.floor((i + 0.5) * canvas.width / n), canvas.height >> 1, 1, 1).data.slice(0, 3)));
}"""


@pytest.fixture(scope="module")
def screen(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Screen]:
    """Chromium, and a folder that it reads videos from."""
    folder = tmp_path_factory.mktemp("screen")
    page = browser.new_page()

    def serve(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        path = folder / name
        if name:
            route.fulfill(body=path.read_bytes(), content_type=f"video/{path.suffix[1:]}")
        else:
            route.fulfill(body="<p>", content_type="text/html")

    page.route("**/*", serve)
    page.goto("http://videos.test/")

    def show(path: Path) -> npt.NDArray[np.float64]:
        (folder / path.name).write_bytes(path.read_bytes())
        address = f"http://videos.test/{path.name}"
        return np.array(page.evaluate(SHOW, [address, len(PATCHES)]), dtype=float)

    yield Screen(show)
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "lines", "tags", "options", "tolerance"),
    [
        ("HD without tags", 720, (U, U, U), X264, 3),
        ("SD without tags", 480, (U, U, U), X264, 3),
        ("HD VP9 as YouTube's", 720, (U, U, 1), VP9, 3),
        ("HD BT.601", 720, BT601, X264, 3),
        ("PAL", 576, PAL, X264, 3),
        ("BT.2020", 720, BT2020, X264, 3),
        ("P3", 720, (12, 1, 1), X264, 3),
        ("full range", 720, BT601, (*X264, "-pix_fmt", "yuvj420p"), 8),
        ("HDR", 720, PQ, X264, 40),
    ],
)
def test_chromium_shows_a_clip_as_its_source(
    screen: Screen,
    tmp_path: Path,
    name: str,
    lines: int,
    tags: tuple[int, int, int],
    options: tuple[str, ...],
    tolerance: int,
) -> None:
    suffix = "webm" if options == VP9 else "mp4"
    source = patches(tmp_path / f"s.{suffix}", lines, tags, *options, full="yuvj420p" in options)
    clip = convert(source, max_height=240)
    assert clip.action == "encode"
    np.testing.assert_allclose(screen.show(clip.path), screen.show(source), atol=tolerance)


@pytest.mark.browser
def test_chromium_plays_kept_hdr(screen: Screen, tmp_path: Path) -> None:
    source = patches(
        tmp_path / "s.mp4", 96, PQ, *X264, "-profile:v", "high10", pix_fmt="yuv420p10le"
    )
    clip = convert(source, hdr="keep")
    np.testing.assert_allclose(screen.show(clip.path), screen.show(source), atol=3)
