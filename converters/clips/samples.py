"""Decodes every n-th frame of a whole video, downscaled and in batches, in a separate process.

The frames are those of a clip of the video: at the same constant rate, on the same clock. The
``k``-th frame, from 0, is thus at second ``k * every / rate`` of the source.
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

#: How much earlier than its header's end a video's frames may end, in seconds.
_SHORT = 2.0


@dataclass(frozen=True)
class SampledVideo:
    """A video of which every n-th frame is decoded.

    Attributes:
        path: the video
        header: its header, with reliable ends
        rate: the constant rate of the frames before sampling
        every: the sampling interval
    """

    path: Path
    header: SourceProbe
    rate: Fraction
    every: int

    @property
    def expected(self) -> int | None:
        """The number of sampled frames according to the header, None if unknown."""
        if self.header.end is None:
            return None
        return math.ceil(max(1, frame_count(self.header.end, self.rate)) / self.every)

    def seconds(self, frames: int) -> float:
        """Returns the video's length in seconds, given the number of sampled frames.

        Raises:
            ClipError: ``truncated-source`` if they end long before the end in the header
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
        """Yields the frames in batches, and decodes the next batch meanwhile.

        Args:
            batch: frames per batch; the last one may be smaller
            size: the frames' height and width
            crop: whether to crop frames to the aspect ratio of ``size`` instead of squeezing them
            seconds: where to stop; None for the end
            threads: the number of ffmpeg's threads

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
        seconds: the length of a piece; the last one may be shorter

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
        every: the sampling interval
        max_fps: the greatest rate of the frames before sampling

    Raises:
        ClipError: if the file is not a video, or is truncated
    """
    header = resolve_ends(path, probe(path), math.inf)
    return SampledVideo(path, header, output_rate(header, max_fps), every)


def _ahead(blocks: Generator[bytearray, None, None]) -> Generator[bytearray, None, None]:
    """Yields blocks, and reads the next one meanwhile."""
    with ThreadPoolExecutor(1, "decode", set_owner, (owner(),)) as pool:
        try:
            coming = pool.submit(next, blocks, None)
            while (block := coming.result()) is not None:
                coming = pool.submit(next, blocks, None)
                yield block
        finally:
            pool.shutdown(cancel_futures=True)
            blocks.close()
