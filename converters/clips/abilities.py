"""Detects optional features of the ffmpeg in use."""

from __future__ import annotations

import functools
import subprocess

from .ffmpeg import ffmpeg_exe
from .ffmpeg_needs import OPTIONAL


def supports_linked_graphs() -> bool:
    """Returns whether a filter graph can read another's output (ffmpeg 7.1 and later)."""
    return _chains(ffmpeg_exe())


def supports_tone_mapping() -> bool:
    """Returns whether it has the filters that convert any colours, and HDR to SDR."""
    return _filters(ffmpeg_exe()) >= OPTIONAL


@functools.cache
def _filters(exe: str) -> frozenset[str]:
    listed = subprocess.run([exe, "-hide_banner", "-filters"], capture_output=True, check=False)
    lines = listed.stdout.decode(errors="replace").splitlines()
    return frozenset(words[1] for words in map(str.split, lines) if len(words) > 1)


@functools.cache
def _chains(exe: str) -> bool:
    command = [exe, "-v", "error", "-nostdin", "-f", "lavfi", "-i", "anullsrc=d=0.01"]
    command += ["-filter_complex", "[0:0]anull[a]", "-filter_complex", "[a]anull[b]"]
    command += ["-map", "[b]", "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
