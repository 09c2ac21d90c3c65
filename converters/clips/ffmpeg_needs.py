"""What this project asks of an ffmpeg, and whether one has it.

A new filter, encoder or format is a name here; a new option goes into :data:`TRIALS`.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from .media import CONTAINERS, INPUT_OPTIONS

#: What ffmpeg lists about itself (``ffmpeg -filters`` and so on), and what must be in it.
NEEDS: dict[str, tuple[str, ...]] = {
    "filters": (
        "aformat", "aresample", "bwdif", "format", "fps", "scale", "setparams", "setsar",
        "sidedata", "tpad",
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

#: Filters without which HDR is not made SDR; a clip then has a warning.
OPTIONAL = frozenset({"tonemap", "zscale"})

#: How long one of the short runs may take, in seconds, on however busy a machine.
_PATIENCE = 120

_WHITELISTS = [word for key, value in INPUT_OPTIONS.items() for word in (f"-{key}", value)]

#: Short runs, one after the other in one folder, with the options that the commands have: a video
#: as the demo renders it, a clip that is encoded, one that is copied, a transport stream.
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
    # Static builds may crash on the name that a transport stream gives itself.
    ["-i", "demo.mp4", "-c", "copy", "stream.ts"],
    [*_WHITELISTS, "-i", "stream.ts", "-map", "0:v", "-c", "copy", "copied.nut"],
)


def lacks(exe: str) -> str:
    """Returns what an ffmpeg lacks, in a few words; nothing where it has all that is needed."""
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
    """Returns what an ffmpeg says to the options that we use, if it does not take them."""
    with tempfile.TemporaryDirectory(prefix="action100m-ffmpeg-") as folder:
        (Path(folder) / "pictures").write_bytes(bytes(range(256)) * 48)  # four, of 32 by 32
        (Path(folder) / "sound").write_bytes(bytes(16_000))
        for trial in TRIALS:
            ended = _run([exe, "-nostdin", "-hide_banner", "-loglevel", "error", *trial], folder)
            if isinstance(ended, str):
                return f"it fails with our options: {ended}"
    return ""


def _run(command: list[str], folder: str | None = None) -> subprocess.CompletedProcess[bytes] | str:
    """Runs a command; returns how it ended, or why it failed."""
    try:
        ended = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False,
            timeout=_PATIENCE,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return " ".join(str(error).split())
    if ended.returncode == 0:
        return ended
    said = ended.stderr.decode(errors="replace").strip().splitlines()
    code = ended.returncode
    return said[0].strip() if said else f"exit code {code}" if code > 0 else f"signal {-code}"
