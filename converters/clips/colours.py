"""Determines a source's colours from its tags, and the colours of its clip.

All values are code points of ITU-T H.273, which files, FFmpeg and PyAV share.
"""

from __future__ import annotations

from typing import NamedTuple

import av
from av.video.codeccontext import VideoCodecContext

#: The tag for "unspecified".
UNKNOWN = 2

#: The ranges: unspecified, 16 to 235, 0 to 255.
UNSPECIFIED, LIMITED, FULL = 0, 1, 2

#: Players take untagged pictures with at least this many lines for BT.709, others for BT.601.
HD_LINES = 720

_RGB, _BT709, _BT601 = 0, 1, 6
_SMPTE240M, _YCGCO, _BT2020, _ICTCP = 7, 8, 9, 14

#: Matrices that are replaced: BT.2020 with constant luminance by BT.2020 without, and those that
#: follow from the primaries by UNKNOWN.
_NEARLY = {10: _BT2020, 12: UNKNOWN, 13: UNKNOWN}

_PQ, _HLG = 16, 18

_PRIMARIES = frozenset({1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 22})
_TRANSFERS = frozenset({1, *range(4, 19)})

#: The matrices that browsers show correctly; a clip keeps them.
_KEPT = frozenset({_BT709, 5, _BT601, _BT2020})

#: The matrices that ffmpeg's ``scale`` converts, and all those that ``zscale`` does.
_SCALED = _KEPT | {_RGB, 4, _SMPTE240M}
_MATRICES = _SCALED | {_YCGCO, _ICTCP}


class Colours(NamedTuple):
    """The primaries, transfer characteristics and matrix of pictures."""

    primaries: int = UNKNOWN
    transfer: int = UNKNOWN
    matrix: int = UNKNOWN

    @classmethod
    def of(cls, codec: VideoCodecContext) -> Colours:
        """Returns a stream's tags, unchecked."""
        return cls(codec.color_primaries, codec.color_trc, codec.colorspace)

    @property
    def is_hdr(self) -> bool:
        """Whether the dynamic range is high: PQ or HLG."""
        return self.transfer in (_PQ, _HLG)

    @property
    def is_scaled(self) -> bool:
        """Whether ffmpeg's ``scale`` converts the matrix."""
        return self.matrix in _SCALED


BT709 = Colours(_BT709, _BT709, _BT709)
BT601 = Colours(_BT601, _BT601, _BT601)
BT2020 = Colours(_BT2020, 14, _BT2020)
SMPTE240M = Colours(_SMPTE240M, _SMPTE240M, _SMPTE240M)

#: The usual colours for a matrix, for primaries and for a transfer.
_OF_MATRIX = {
    1: BT709, 4: BT601, 5: BT601, 6: BT601, 7: SMPTE240M, 9: BT2020, 14: BT2020,
}  # fmt: skip
_OF_PRIMARIES = {
    1: BT709, 4: BT601, 5: BT601, 6: BT601, 7: SMPTE240M, 8: BT709, 9: BT2020, 10: BT709, 11: BT709,
    12: BT709, 22: BT601,
}  # fmt: skip
_OF_TRANSFER = {4: BT601, 5: BT601, 6: BT601, 7: SMPTE240M, 14: BT2020, 15: BT2020, 16: BT2020,
                18: BT2020}  # fmt: skip


def known_tags(primaries: int, transfer: int, matrix: int) -> Colours:
    """Returns tags, with :data:`UNKNOWN` for reserved or unsupported values."""
    matrix = _NEARLY.get(matrix, matrix)
    return Colours(
        primaries if primaries in _PRIMARIES else UNKNOWN,
        transfer if transfer in _TRANSFERS else UNKNOWN,
        matrix if matrix in _MATRICES else UNKNOWN,
    )


def fill_colours(tags: Colours, pix_fmt: str | None, height: int) -> Colours:
    """Returns a source's colours: its tags, with the usual values for those that are missing.

    Untagged sources are BT.709 from 720 lines on, else BT.601, as in players.

    Args:
        tags: the source's tags
        pix_fmt: its pixel format
        height: its height in pixels, before any rotation
    """
    if _is_rgb(pix_fmt):
        usual = _OF_PRIMARIES.get(tags.primaries, BT709)
        return _filled(Colours(tags.primaries, tags.transfer, _RGB), usual)
    matrix = UNKNOWN if tags.matrix == _RGB else tags.matrix
    usual = (
        _OF_MATRIX.get(matrix)
        or _OF_PRIMARIES.get(tags.primaries)
        or _OF_TRANSFER.get(tags.transfer)
        or (BT709 if height >= HD_LINES else BT601)
    )
    return _filled(Colours(tags.primaries, tags.transfer, matrix), usual)


def _filled(tags: Colours, usual: Colours) -> Colours:
    pairs = zip(tags, usual, strict=True)
    return Colours._make(u if tag == UNKNOWN else tag for tag, u in pairs)


def colours_of_clip(source: Colours, tone_mapped: bool) -> Colours:
    """Returns a clip's colours: its source's, with a matrix that browsers support.

    Args:
        source: the source's colours, complete
        tone_mapped: whether HDR becomes SDR
    """
    if tone_mapped:
        return BT709
    primaries, transfer, matrix = source
    if matrix not in _KEPT:
        usual = _OF_PRIMARIES.get(primaries, BT709)
        matrix = _BT601 if usual in (BT601, SMPTE240M) else usual.matrix
    # The primaries of SMPTE 240M are BT.601's, its transfer nearly so.
    primaries, transfer = (_BT601 if v == _SMPTE240M else v for v in (primaries, transfer))
    return Colours(primaries, transfer, matrix)


def _is_rgb(pix_fmt: str | None) -> bool:
    if pix_fmt is None:
        return False
    layout = av.VideoFormat(pix_fmt)
    return layout.is_rgb or layout.has_palette
