"""Rewrites the declared shape of an mp4's pixels, which a stream copy cannot.

ffmpeg copies a source's pixel aspect ratio into the ``pasp`` and ``tkhd`` boxes, and its
``-aspect`` knows no ratio with a term over 255, so not 427:240, which is 854x480.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

_PARENTS = frozenset({b"trak", b"mdia", b"minf", b"stbl"})

#: Bytes before the child boxes of a video sample entry and of the sample description box.
_ENTRY_HEADER = 78
_DESCRIPTION_HEADER = 8


def declare_square_pixels(path: Path) -> None:
    """Declares the pixels of an mp4's H.264 streams square, in place.

    Args:
        path: an mp4 that we have written; its bitstream must already declare square pixels

    Raises:
        ValueError: if the file's boxes are invalid
    """
    with path.open("r+b") as f:
        size = f.seek(0, 2)
        position = 0
        while position < size:
            f.seek(position)
            length, kind = struct.unpack(">I4s", f.read(8))
            if length == 1:
                (length,) = struct.unpack(">Q", f.read(8))
            if kind == b"moov":
                f.seek(position)
                moov = bytearray(f.read(length))
                _declare(moov)
                f.seek(position)
                f.write(moov)
                return
            if length < 8:
                break
            position += length
    raise ValueError(f"{path}: no moov box")


def _declare(moov: bytearray) -> None:
    for track, track_start, track_end in _boxes(moov, 8, len(moov)):
        if track != b"trak":
            continue
        header = width = None
        for kind, start, end in _walk(moov, track_start, track_end):
            if kind == b"tkhd":
                header = end
            elif kind == b"avc1":
                width = struct.unpack_from(">H", moov, start + 24)[0]
                for child, at, _ in _boxes(moov, start + _ENTRY_HEADER, end):
                    if child == b"pasp":
                        struct.pack_into(">II", moov, at, 1, 1)
        if header is not None and width is not None:
            struct.pack_into(">I", moov, header - 8, width << 16)  # 16.16 fixed point


def _walk(data: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for kind, inner, outer in _boxes(data, start, end):
        yield kind, inner, outer
        if kind in _PARENTS:
            yield from _walk(data, inner, outer)
        elif kind == b"stsd":
            yield from _boxes(data, inner + _DESCRIPTION_HEADER, outer)


def _boxes(data: bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yields the kind of each box in a span, and the start and the end of its payload."""
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, start)
        if length < 8 or start + length > end:
            raise ValueError(f"invalid box of {length} bytes at {start}")
        yield kind, start + 8, start + length
        start += length
