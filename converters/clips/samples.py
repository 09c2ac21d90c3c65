"""Decodes one frame of every few of a whole video, small and in batches, in a process of its own.

The frames are those that a clip of the video would have: at the same constant rate, on the same
clock. The ``k``-th, from 0, is thus at second ``k * every / rate`` of the source.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...core.frames import frame_count
from .commands import sample_command, sound_command
from .ffmpeg import RunError, owner, read_output, set_owner
from .length import resolve_ends
from .media import ClipError, ClipSettings
from .plan import output_rate
from .probe import SourceProbe, probe

#: Frames, ``[N, height, width, 3]``, RGB.
Frames = npt.NDArray[np.uint8]

#: Seconds without a frame after which ffmpeg counts as hung.
STALL = 180.0

#: How far before the end of its header, in seconds, a video's frames may end.
_SHORT = 2.0


@dataclass(frozen=True)
class SampledVideo:
    """A video of which one frame of every few is decoded.

    Attributes:
        path: the video
        header: its header, with reliable ends
        rate: the constant rate of which frames are taken
        every: one frame of so many is taken
    """

    path: Path
    header: SourceProbe
    rate: Fraction
    every: int

    @property
    def expected(self) -> int | None:
        """How many frames are taken according to the header, None if it does not say."""
        if self.header.end is None:
            return None
        return math.ceil(max(1, frame_count(self.header.end, self.rate)) / self.every)

    def seconds(self, frames: int) -> float:
        """Returns the video's length in seconds, of which so many frames were taken.

        Raises:
            ClipError: ``truncated-source`` if they end long before the header says
        """
        most, least = frames * self.every, (frames - 1) * self.every + 1
        end = self.header.end
        if end is None:
            return float(most / self.rate)
        if end - float(most / self.rate) > _SHORT:
            raise ClipError(
                "truncated-source",
                f"{self.path}: the pictures end at {float(most / self.rate):.2f} s, before the "
                f"{end:.2f} s of its header; get it again",
            )
        return float(min(max(frame_count(end, self.rate), least), most) / self.rate)

    def read(
        self,
        batch: int,
        size: tuple[int, int],
        crop: bool = False,
        seconds: float | None = None,
        threads: int = 1,
    ) -> Generator[Frames, None, None]:
        """Yields the frames in batches; the next one is decoded while one is in use.

        Args:
            batch: frames per batch; the last has what is left
            size: the frames' height and width
            crop: whether frames of another shape lose their sides, or are squeezed
            seconds: where to stop; None for the end
            threads: ffmpeg's threads

        Raises:
            ClipError: ``unreadable``, ``ffmpeg-failed`` or ``timeout``
        """
        command = sample_command(
            self.path, self.header, self.rate, self.every, size, crop, seconds, threads
        )
        shape = (-1, *size, 3)
        found = False
        with closing(_ahead(read_output(command, batch * size[0] * size[1] * 3, STALL))) as blocks:
            try:
                for block in blocks:
                    found = True
                    yield np.frombuffer(block, np.uint8).reshape(shape)
            except RunError as error:
                if error.finished.stalled:
                    message = f"{self.path}: ffmpeg gave no frame for {STALL:g} s"
                    raise ClipError("timeout", message) from None
                reason = "ffmpeg-failed" if found else "unreadable"
                raise ClipError(reason, f"{self.path}: {str(error).splitlines()[0]}") from None
        if not found:
            raise ClipError("unreadable", f"{self.path}: no picture can be decoded")


def read_sound(path: Path, rate: int, seconds: float) -> Generator[bytes, None, None]:
    """Yields a video's sound in pieces: mono samples of 16 bits, on the clock of the frames.

    A video without sound has no pieces.

    Args:
        path: the video
        rate: samples per second
        seconds: how long a piece lasts; the last is shorter

    Raises:
        ClipError: if the video or its sound cannot be decoded
    """
    header = probe(path)
    if header.audio_index is None:
        return
    command = sound_command(path, header, rate)
    try:
        with closing(read_output(command, 2 * round(rate * seconds), STALL)) as blocks:
            for block in blocks:
                yield bytes(block)
    except RunError as error:
        reason = "timeout" if error.finished.stalled else "ffmpeg-failed"
        raise ClipError(reason, f"{path}: {str(error).splitlines()[0]}") from None


def open_video(path: Path, every: int, max_fps: int = ClipSettings.max_fps) -> SampledVideo:
    """Reads a video's header.

    Args:
        path: the video
        every: one frame of so many is to be taken
        max_fps: the highest rate of which frames are taken

    Raises:
        ClipError: if the file is no video, or is cut off
    """
    header = resolve_ends(path, probe(path), math.inf)
    return SampledVideo(path, header, output_rate(header, max_fps), every)


def _ahead(blocks: Generator[bytearray, None, None]) -> Generator[bytearray, None, None]:
    """Yields blocks, and gets the next one meanwhile."""
    with ThreadPoolExecutor(1, "decode", set_owner, (owner(),)) as pool:
        try:
            coming = pool.submit(next, blocks, None)
            while (block := coming.result()) is not None:
                coming = pool.submit(next, blocks, None)
                yield block
        finally:
            pool.shutdown(cancel_futures=True)
            blocks.close()
