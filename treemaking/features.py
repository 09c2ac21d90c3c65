"""Computes the features of a video's frames, and keeps them in files.

``HASH.npy`` holds the features, ``[T, D]`` in half precision; ``HASH.json``, written last,
describes them. If a run is killed, its last video has no ``HASH.json`` and is encoded again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..converters.clips.samples import Frames
from ..meaning.encoders import EncoderError
from ..meaning.files import write_json
from .encoders import Features, FrameEncoder

#: The version of the files: increased when earlier ones can no longer be used.
FORMAT = 1

#: The number of bytes that are hashed at the start, in the middle and at the end of a video file.
_PIECE = 1 << 20


@dataclass(frozen=True)
class FeaturesInfo:
    """Describes the features of a video.

    Attributes:
        encoder: the encoder's name
        digest: the encoder's digest
        every: the sampling interval: every n-th frame was used
        rate: frames per second of the video, as ``30000/1001``
        seconds: the video's length
        frames: the number of sampled frames
        dimension: the length of a feature
        took: seconds of decoding and encoding
        format: the version of the files
    """

    encoder: str
    digest: str
    every: int
    rate: str
    seconds: float
    frames: int
    dimension: int
    took: float
    format: int = FORMAT

    @property
    def exact_rate(self) -> Fraction:
        """Frames per second of the video."""
        return Fraction(self.rate)


class FeatureFolder:
    """The features of videos, in files.

    Args:
        folder: the folder; created with the first features
        encoder: the encoder of the features
        every: the sampling interval: every n-th frame is used
    """

    def __init__(self, folder: Path, encoder: FrameEncoder, every: int) -> None:
        self.folder = folder
        self._of = f"{FORMAT} {encoder.digest} {every}"

    def key(self, video: Path) -> str:
        """Returns the name of a video's files: a digest of its content, the encoder and ``every``.

        Raises:
            OSError: if the video cannot be read
        """
        return hashlib.sha256(f"{digest_of_file(video)} {self._of}".encode()).hexdigest()[:32]

    def info(self, key: str) -> FeaturesInfo | None:
        """Returns the description of a video's features; None if they are missing or incomplete."""
        try:
            values = json.loads((self.folder / f"{key}.json").read_text("utf-8"))
            info = FeaturesInfo(**values)
            shape = self.read(key).shape
        except (OSError, ValueError, TypeError):
            return None
        return info if shape == (info.frames, info.dimension) else None

    def read(self, key: str) -> npt.NDArray[np.float16]:
        """Memory-maps the features of a video, ``[T, D]``.

        Raises:
            OSError: if they cannot be read
            ValueError: if they are incomplete
        """
        found: npt.NDArray[np.float16] = np.load(self.folder / f"{key}.npy", mmap_mode="r")
        return found

    def write(self, key: str, features: Features, info: FeaturesInfo) -> None:
        """Writes the features of a video durably and atomically.

        Raises:
            OSError: if they cannot be written
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{key}.part"
        try:
            with part.open("wb") as file:
                # Not np.save, whose error does not say that the disk is full.
                half = np.ascontiguousarray(features, np.float16)
                # NumPy 2.2, the last for Python 3.10, has no types for these.
                form: Any = np.lib.format
                form.write_array_header_1_0(file, form.header_data_from_array_1_0(half))
                file.write(half.data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.folder / f"{key}.npy")
            write_json(self.folder / f"{key}.json", asdict(info))
        finally:
            part.unlink(missing_ok=True)

    def clean(self) -> None:
        """Removes what killed runs left behind. Nothing else may write to the folder meanwhile."""
        for path in (*self.folder.glob(".*.part"), *self.folder.glob("*.json.part")):
            with suppress(OSError):
                path.unlink()


def digest_of_file(path: Path) -> str:
    """Returns a digest of a file's size, start, middle and end; name and date do not matter.

    Raises:
        OSError: if it cannot be read
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for at in sorted({0, max(0, size // 2 - _PIECE // 2), max(0, size - _PIECE)}):
            file.seek(at)
            digest.update(file.read(_PIECE))
    return digest.hexdigest()


def encode(batches: Iterable[Frames], encoder: FrameEncoder) -> Features:
    """Encodes a video's frames, ``[T, D]``.

    Args:
        batches: the frames, in order
        encoder: the encoder

    Raises:
        EncoderError: if the encoder fails, or does not return one finite feature per frame
    """
    if encoder.window == 1:
        rows = [_checked(encoder, batch) for batch in batches]
        return np.concatenate(rows) if rows else np.empty((0, encoder.dimension), np.float32)
    sums: Features = np.empty((0, encoder.dimension), np.float32)
    counts: Features = np.empty(0, np.float32)
    frames, at_once = 0, windows_at_once(encoder)
    windows = _windows(batches, encoder.window, encoder.stride)
    while some := list(islice(windows, at_once)):
        found = _checked(encoder, np.concatenate([window for _, window, _ in some]))
        frames = some[-1][0] + some[-1][2]
        if frames > len(sums):
            more = max(frames, 2 * len(sums)) - len(sums)
            sums = np.concatenate((sums, np.zeros((more, encoder.dimension), np.float32)))
            counts = np.concatenate((counts, np.zeros(more, np.float32)))
        for (start, _, given), each in zip(some, np.split(found, len(some)), strict=True):
            sums[start : start + given] += each[:given]
            counts[start : start + given] += 1
    return sums[:frames] / counts[:frames, None]


def windows_at_once(encoder: FrameEncoder) -> int:
    """Returns how many windows a video encoder gets at once."""
    return max(1, encoder.batch // encoder.window)


def _windows(
    batches: Iterable[Frames], window: int, stride: int
) -> Iterator[tuple[int, Frames, int]]:
    """Yields windows: the start of each, its frames, and how many of these the video has.

    The last window ends with the video. A video that is shorter than a window is padded with its
    last frame.
    """
    held: Frames | None = None
    first = start = 0  # of what is held, and of the next window
    for batch in batches:
        held = batch if held is None else np.concatenate((held, batch))
        while start + window <= first + len(held):
            yield start, held[start - first : start - first + window], window
            start += stride
        # The last window may start anywhere after the one before the next.
        held, first = held[max(0, start - stride - first) :], max(first, start - stride)
    if held is None:
        return
    end = first + len(held)
    if start == 0:
        filled = np.concatenate((held, np.repeat(held[-1:], window - end, axis=0)))
        yield 0, filled, end
    elif start - stride + window < end:
        yield end - window, held[end - window - first :], window


def _checked(encoder: FrameEncoder, frames: Frames) -> Features:
    found = np.asarray(encoder.encode(frames), np.float32)
    wanted = (len(frames), encoder.dimension)
    if found.shape != wanted:
        raise EncoderError(f"{encoder.name} gives features {found.shape}, not {wanted}")
    if not np.isfinite(found).all():
        raise EncoderError(f"{encoder.name} gives features that are not finite numbers")
    return found
