"""Reads from an H.264 stream's header whether its pictures are of the ordinary kind.

libav says so only once it has decoded a picture, which at 720 lines takes five times what reading
an mp4's header does. Everything out of the ordinary is left to libav.
"""

from __future__ import annotations

from typing import NamedTuple

#: The layout of an mp4's ``avcC``: version, profile, constraints, level, sizes, number of headers.
_FIXED = 6
_ONE_HEADER = 0xE1
_VERSION = 1
_SEQUENCE = 7

#: Profiles that are always 4:2:0 with 8 bits, and the one that may be something else.
_BASELINE, _MAIN, _HIGH = 66, 77, 100

_SQUARE, _EXPLICIT = 1, 255


class Header(NamedTuple):
    """What a header of ordinary pictures says about their colours.

    Attributes:
        ranged: whether it says that their range is limited
        colours: primaries, transfer and matrix as in H.273, None if it does not say
    """

    ranged: bool = False
    colours: tuple[int, int, int] | None = None


def ordinary_header(extradata: bytes | None, width: int, height: int) -> Header | None:
    """Reads a stream's header whose pictures are 4:2:0 of 8 bits and limited range, square pixels.

    Args:
        extradata: the stream's header, as an mp4 or Matroska file has it
        width: what the container says the width is, in pixels
        height: and the height

    Returns:
        None if that is not certain, or if the header is none that this reads
    """
    if not extradata or len(extradata) < _FIXED + 3 or extradata[0] != _VERSION:
        return None
    length = int.from_bytes(extradata[_FIXED : _FIXED + 2], "big")
    unit = extradata[_FIXED + 2 : _FIXED + 2 + length]
    if extradata[_FIXED - 1] != _ONE_HEADER or len(unit) != length or length < 5:
        return None
    if unit[0] & 31 != _SEQUENCE:
        return None
    try:
        return _ordinary(_Bits(unit[1:].replace(b"\0\0\3", b"\0\0")), width, height)
    except EOFError:
        return None


class _Bits:
    """Numbers from a string of bits."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int = 1) -> int:
        """Returns the next bits as a number."""
        self._left -= count
        if self._left < 0:
            raise EOFError
        return (self._value >> self._left) & ((1 << count) - 1)

    def golomb(self) -> int:
        """Returns the next number in Exp-Golomb code; of a signed one, what it is coded as."""
        zeros = 0
        while not self.take():
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)


def _ordinary(bits: _Bits, width: int, height: int) -> Header | None:
    profile = bits.take(8)
    bits.take(16)  # constraints and level
    bits.golomb()  # the header's number
    if profile == _HIGH:
        plain = bits.golomb() == 1, bits.golomb() == 0, bits.golomb() == 0
        # 4:2:0, 8 bits of luma and of chroma; then "lossless" and "has scaling lists".
        if not all(plain) or bits.take(2):
            return None
    elif profile not in (_BASELINE, _MAIN):
        return None
    bits.golomb()  # the range of frame numbers
    _skip_order(bits)
    bits.golomb()  # reference frames
    bits.take()  # whether there may be gaps
    across, down = 16 * (bits.golomb() + 1), 16 * (bits.golomb() + 1)
    frames_only = bits.take()
    if not frames_only:
        bits.take()
        down *= 2
    bits.take()  # how motion is inferred
    if bits.take():
        left, right, top, bottom = (bits.golomb() for _ in range(4))
        across -= 2 * (left + right)
        down -= 2 * (2 - frames_only) * (top + bottom)
    return _usual(bits) if (across, down) == (width, height) else None


def _skip_order(bits: _Bits) -> None:
    """Skips how the pictures' order is counted."""
    kind = bits.golomb()
    if kind == 0:
        bits.golomb()
    elif kind == 1:
        bits.take()
        bits.golomb()
        bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()


def _usual(bits: _Bits) -> Header | None:
    """Reads what follows on how to show the pictures, if it says square pixels, limited range."""
    if not bits.take():
        return Header()
    if bits.take():
        shape = bits.take(8)
        if shape == _EXPLICIT:
            if bits.take(16) != bits.take(16):
                return None
        elif shape != _SQUARE:
            return None
    if bits.take():
        bits.take()  # overscan
    if not bits.take():
        return Header()
    if bits.take(4) & 1:  # three bits of format, one of full range
        return None
    described = bits.take()
    return Header(True, (bits.take(8), bits.take(8), bits.take(8)) if described else None)
