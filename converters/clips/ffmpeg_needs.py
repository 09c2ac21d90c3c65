"""Checks that an ffmpeg has all features that this project uses.

Add a new filter, encoder or format to :data:`NEEDS`, and a new option to :data:`TRIALS`.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from .media import CONTAINERS, INPUT_OPTIONS

#: The names that must be in ffmpeg's lists (``ffmpeg -filters`` and so on).
NEEDS: dict[str, tuple[str, ...]] = {
    "filters": (
        "aformat", "aresample", "bwdif", "crop", "format", "fps", "scale", "select", "setparams",
        "setsar", "sidedata", "tpad",
    ),
    "encoders": ("aac", "libopus", "libvpx-vp9", "libx264"),
    "decoders": (
        "aac", "h264", "hevc", "libdav1d", "mp3", "mpeg4", "opus", "vorbis", "vp8", "vp9",
    ),
    "demuxers": (*CONTAINERS, "rawvideo"),
    "muxers": ("mp4", "mpegts", "nut", "webm"),
    "bsfs": ("h264_metadata", "setts"),
    "protocols": ("file", "http", "pipe", "tcp"),
}  # fmt: skip

#: Filters without which HDR is not converted to SDR; a clip then has a warning.
OPTIONAL = frozenset({"tonemap", "zscale"})

#: The timeout of a trial, in seconds, also on a busy machine.
_TIMEOUT = 120

_WHITELISTS = [word for key, value in INPUT_OPTIONS.items() for word in (f"-{key}", value)]

#: Short runs in one folder, with the options of our commands: a demo video, an encoded clip, a
#: copied clip, a transport stream.
TRIALS: tuple[list[str], ...] = (
    [
        *("-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", "32x32", "-framerate", "4"),
        *("-i", "pictures", "-f", "s16le", "-ar", "8000", "-i", "sound", "-c:a", "aac"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "1"),
        *("-vf", "scale=out_color_matrix=smpte170m:out_range=tv,format=yuv420p"),
        *("-color_range", "tv", "-colorspace", "smpte170m"),
        *("-color_primaries", "smpte170m", "-color_trc", "smpte170m", "-g", "4"),
        *(
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            "1/90000",
            "-bf",
            "0",
            "-bsf:v",
            "setts=duration=300",
        ),
        *("-video_track_timescale", "90000", "-movflags", "+faststart", "-bitexact", "demo.mp4"),
    ],
    [
        *("-filter_threads", "1", "-filter_complex_threads", "1", *_WHITELISTS, "-threads", "1"),
        *("-reinit_filter:v", "0", "-seek_timestamp", "1", "-itsoffset", "0.1", "-i", "demo.mp4"),
        "-filter_complex",
        "[0:v]setparams=color_primaries=6:color_trc=6:colorspace=6,scale=w=iw:h=ih,"
        "bwdif=mode=send_frame:deint=interlaced,scale=w=16:h=16:out_range=tv:out_color_matrix=bt709:"
        "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,setsar=1,format=yuv420p,"
        "setparams=color_primaries=1:color_trc=1:colorspace=1:range=1,"
        "fps=fps=5:start_time=0:round=near,tpad=stop_mode=clone:stop_duration=0.2[v]",
        "-filter_complex",
        "[0:a]aformat=sample_fmts=fltp:channel_layouts=mono:sample_rates=8000,"
        "aresample=async=1:first_pts=0:min_hard_comp=0.005[a]",
        *("-map", "[v]", "-map", "[a]", "-c:v", "libx264", "-profile:v", "high", "-threads:v", "1"),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-map_metadata", "-1"),
        *("-map_chapters", "-1", "-max_muxing_queue_size", "9999", "-video_track_timescale"),
        *("10240", "-t", "0.8", "-frames:v", "4", "-movflags", "+faststart", "encoded.mp4"),
    ],
    [
        *("-i", "demo.mp4", "-map", "0:v", "-c:v", "copy"),
        "-bsf:v",
        "h264_metadata=sample_aspect_ratio=1/1:colour_primaries=6:transfer_characteristics=6:"
        "matrix_coefficients=6:video_full_range_flag=0",
        *("-color_primaries", "6", "-color_trc", "6", "-colorspace", "6", "-color_range", "1"),
        *("-frames:v", "2", "copied.mp4"),
    ],
    # Static builds may crash on the service name of a transport stream.
    ["-i", "demo.mp4", "-c", "copy", "stream.ts"],
    [*_WHITELISTS, "-i", "stream.ts", "-map", "0:v", "-c", "copy", "copied.nut"],
)


def lacks(exe: str) -> str:
    """Returns what an ffmpeg lacks, as a text; empty if it lacks nothing."""
    missing = []
    for kind, names in NEEDS.items():
        listed = _run([exe, "-hide_banner", f"-{kind}"])
        if isinstance(listed, str):
            return f"it does not run: {listed}"
        # A name is the first or the second word of its line; some share one: "mov,mp4,m4a".
        have = {
            name
            for line in listed.stdout.decode(errors="replace").splitlines()
            for word in line.split()[:2]
            for name in word.split(",")
        }
        missing += [f"{kind[:-1]} {name}" for name in names if name not in have]
    return f"it lacks {', '.join(missing)}" if missing else _fails(exe)


def _fails(exe: str) -> str:
    """Returns ffmpeg's message if it does not accept our options; empty if it does."""
    with tempfile.TemporaryDirectory(prefix="action100m-ffmpeg-") as folder:
        (Path(folder) / "pictures").write_bytes(bytes(range(256)) * 48)  # four, of 32 by 32
        (Path(folder) / "sound").write_bytes(bytes(16_000))
        for trial in TRIALS:
            ended = _run([exe, "-nostdin", "-hide_banner", "-loglevel", "error", *trial], folder)
            if isinstance(ended, str):
                return f"it fails with our options: {ended}"
    return ""


def _run(command: list[str], folder: str | None = None) -> subprocess.CompletedProcess[bytes] | str:
    """Runs a command; returns the process, or why it failed."""
    try:
        ended = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=_TIMEOUT,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return " ".join(str(error).split())
    if ended.returncode == 0:
        return ended
    lines = ended.stderr.decode(errors="replace").strip().splitlines()
    code = ended.returncode
    return lines[0].strip() if lines else f"exit code {code}" if code > 0 else f"signal {-code}"
