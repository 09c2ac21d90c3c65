"""The interface of frame encoders, and one that needs no model."""

from __future__ import annotations

import hashlib
import threading
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..converters.clips.samples import Frames

Features = npt.NDArray[np.float32]


class FrameEncoder(Protocol):
    """Turns frames into features; the distance of two features says how much two moments differ.

    An image encoder processes each frame separately; its window is 1. A video encoder processes
    windows of consecutive sampled frames and returns a feature for each frame of a window; where
    windows overlap, a frame's features are averaged.

    Attributes:
        name: a readable name, such as ``colour``
        digest: the SHA-256, as hex, of everything that the features depend on: the model's files
            and settings
        size: the height and width of its input frames, in pixels
        crop: whether frames are cropped to the aspect ratio of ``size`` instead of squeezed
        window: frames per window; 1 for an image encoder
        stride: frames between the starts of two windows
        batch: the most frames per call, but at least one window
        dimension: the length of a feature
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    @property
    def size(self) -> tuple[int, int]: ...  # noqa: D102

    @property
    def crop(self) -> bool: ...  # noqa: D102

    @property
    def window(self) -> int: ...  # noqa: D102

    @property
    def stride(self) -> int: ...  # noqa: D102

    @property
    def batch(self) -> int: ...  # noqa: D102

    @property
    def dimension(self) -> int: ...  # noqa: D102

    def encode(self, frames: Frames) -> Features:
        """Returns one feature per frame, ``[N, dimension]``.

        Args:
            frames: ``[N, height, width, 3]``, RGB, at most a batch; consecutive whole windows if
                the window is larger than 1

        Raises:
            EncoderError: if encoding fails
        """
        ...


class ColourEncoder:
    """Computes colour histograms of the whole picture and of each of its quarters.

    The square root of each share is taken, so that the distance of two features is Hellinger's,
    which large plain areas do not dominate.
    """

    name = "colour"
    size = (48, 64)
    crop = False
    window = stride = 1
    batch = 64
    #: Steps per colour channel, of the whole picture and of a quarter.
    _STEPS = (8, 4)
    dimension = 8**3 + 4 * 4**3
    digest = hashlib.sha256(f"colour 1 {size} {_STEPS}".encode()).hexdigest()

    def encode(self, frames: Frames) -> Features:
        """Returns one histogram per frame, ``[N, dimension]``, of length 1."""
        middle, centre = frames.shape[1] // 2, frames.shape[2] // 2
        halves, sides = (slice(middle), slice(middle, None)), (slice(centre), slice(centre, None))
        whole, fewer = self._STEPS
        parts = [_histogram(frames, whole) / 2]
        parts += [_histogram(frames[:, h, s], fewer) / 8 for h in halves for s in sides]
        return np.sqrt(np.concatenate(parts, axis=1), dtype=np.float32)


def _histogram(frames: Frames, steps: int) -> npt.NDArray[np.float64]:
    """Returns each frame's colour shares, ``[N, steps³]``."""
    levels = (frames.astype(np.int64) * steps) >> 8
    bins = (levels[..., 0] * steps + levels[..., 1]) * steps + levels[..., 2]
    bins += (np.arange(len(frames)) * steps**3)[:, None, None]
    counts = np.bincount(bins.ravel(), minlength=len(frames) * steps**3)
    pixels = frames.shape[1] * frames.shape[2]
    return np.asarray(counts.reshape(len(frames), -1) / pixels, np.float64)


class InTurn:
    """An encoder that several threads share: one encodes while the others wait or decode."""

    def __init__(self, encoder: FrameEncoder, lock: threading.Lock) -> None:
        self._encoder, self._lock = encoder, lock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode(self, frames: Frames) -> Any:
        """Returns the features of the frames."""
        with self._lock:
            return self._encoder.encode(frames)
