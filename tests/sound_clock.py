"""How far a clip's sound is from its source's, at every moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

#: No part of it is like another, so that each names its second; an encoder leaves it recognizable.
NOISE = "anoisesrc=seed=7:r=44100:a=0.6:d={seconds},lowpass=f=1500"

RATE = 44_100
_WINDOW, _STEP, _REACH = 0.1, 0.05, 0.25


def sound_lags(source: Path, clip: Path, zero: float = 0.0, stream: int = 0) -> list[float]:
    """Returns by how many seconds a clip's sound is late, window by window.

    Args:
        source: what the clip is of; each frame of its sound counts at the second that it names
        clip: the clip
        zero: the second of the source that is the clip's first
        stream: which of the source's audio streams
    """
    heard = _timeline(clip, 0.0, 0)
    lags = []
    for start, window in _windows(_timeline(source, zero, stream)):
        first = max(0, start - round(_REACH * RATE))
        around = heard[first : start + round((_WINDOW + _REACH) * RATE)]
        if len(around) >= len(window) + round(_REACH * RATE):
            lags.append((_best_match(around, window) + first - start) / RATE)
    return lags


def _windows(sound: npt.NDArray[np.float64]) -> Iterator[tuple[int, npt.NDArray[np.float64]]]:
    """Yields the parts of a sound without silence in them."""
    length = round(_WINDOW * RATE)
    for start in range(0, len(sound) - length, round(_STEP * RATE)):
        window = sound[start : start + length]
        if np.abs(window.reshape(10, -1)).max(axis=1).min() > 1e-2:
            yield start, window


def _best_match(sound: npt.NDArray[np.float64], window: npt.NDArray[np.float64]) -> int:
    size = len(sound) + len(window)
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(window, size)), size)
    places = len(sound) - len(window) + 1
    energy = np.concatenate(([0.0], np.cumsum(sound**2)))
    likeness = product[:places] / np.sqrt(energy[len(window) :] - energy[: -len(window)] + 1e-9)
    return int(np.argmax(likeness))


def _timeline(path: Path, zero: float, stream: int) -> npt.NDArray[np.float64]:
    """Decodes a sound, mixed to one channel, each frame at its own second; silence between."""
    resampler = av.AudioResampler("fltp", "mono", RATE)
    pieces: list[tuple[int, npt.NDArray[np.float64]]] = []
    end = 0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=stream):
            place = end  # what has no time of its own follows what came before
            if frame.pts is not None and frame.time_base is not None:
                place = round((float(frame.pts * frame.time_base) - zero) * RATE)
            if abs(place - end) < 0.003 * RATE:  # a container's clock of milliseconds
                place = end
            for part in resampler.resample(frame):
                samples = part.to_ndarray()[0].astype(np.float64)
                pieces.append((place, samples))
                place += len(samples)
            end = place
    timeline = np.zeros(max((place + len(s) for place, s in pieces), default=0))
    for place, samples in pieces:
        kept = samples[max(0, -place) :]
        timeline[max(0, place) : max(0, place) + len(kept)] = kept
    return timeline


def first_sound(path: Path) -> float:
    """Returns the second at which a file's sound is first heard."""
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            loud = np.flatnonzero(np.abs(frame.to_ndarray()).max(axis=0) > 0.01)
            if len(loud):
                assert frame.pts is not None and frame.time_base is not None
                return float(frame.pts * frame.time_base + int(loud[0]) / frame.sample_rate)
    raise AssertionError("no sound is heard")
