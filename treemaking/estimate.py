"""Estimates what a build would take, from all headers and a sample of the videos."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ..converters.clips.media import ClipError
from ..converters.clips.samples import SampledVideo, open_video
from ..converters.manifest import FAILED, OK
from ..converters.report import Progress, duration
from ..core.machine import cores
from ..core.tree import TreeOfCaptions
from ..core.wording import count
from ..meaning.encoders import EncoderError
from . import speech
from .aggregation_estimate import expected_calls
from .chain_ward import chain_ward
from .features import FeaturesInfo
from .segments import edges_of, segment

if TYPE_CHECKING:
    from .run import Build

#: The number of videos in the sample, and the seconds of each that are read.
SAMPLES, SAMPLE_SECONDS = 3, 20.0


def estimate(build: Build) -> Iterator[Progress]:
    """Reads the header of each video, then decodes and encodes the first seconds of a few.

    Fills ``build.report``; yields the progress after each header.
    """
    report, options = build.report, build.options
    good: list[tuple[SampledVideo, float]] = []
    for path in build.videos.values():
        try:
            video = open_video(path, options.every)
        except (ClipError, OSError) as error:
            reason = error.reason if isinstance(error, ClipError) else "unreadable"
            report.add(FAILED, reason, str(error))
        else:
            report.add(OK, "to build")
            good.append((video, video.header.end or 0.0))
        yield report.progress
    if not good:
        return
    frames = sum(video.expected or 0 for video, _ in good)
    step = max(1, len(good) // SAMPLES)
    try:
        measured = _measure(build, (video for video, _ in good[::step]))
    except (ClipError, EncoderError) as error:
        report.estimated = f"No sample can be measured: {error}"
    else:
        report.estimated = _described(build, measured, frames, [length for _, length in good])


@dataclass
class _Measured:
    """What was measured on the first seconds of some videos.

    Attributes:
        trees: their trees
        frames: the number of sampled frames
        covered: their length, in seconds
        took: seconds of decoding, encoding and clustering
        calls: the number of calls to a captioner
        images: the number of pictures in these calls
    """

    trees: list[TreeOfCaptions] = field(default_factory=list)
    frames: int = 0
    covered: float = 0.0
    took: float = 0.0
    calls: int = 0
    images: int = 0

    def add(self, build: Build, video: SampledVideo) -> None:
        """Decodes and encodes the first seconds of a video.

        Raises:
            ClipError: if it cannot be decoded
            EncoderError: if it cannot be encoded
        """
        began = time.perf_counter()
        features = build.encode(video, cores(), SAMPLE_SECONDS)
        length = float(len(features) * video.every / video.rate)
        edges = edges_of(len(features), video.every, video.rate, length)
        tree = segment(chain_ward(features), edges, build.options.rules, "sample")
        if build.texts.captions is not None:
            info = FeaturesInfo(
                "", "", video.every, str(video.rate), length, len(features), features.shape[1], 0.0
            )
            calls = build.texts.captions.calls(tree, info)
            self.calls += len(calls)
            self.images += sum(len(call.frames) for call in calls)
        self.took += time.perf_counter() - began
        self.frames += len(features)
        self.covered += length
        self.trees.append(tree)


def _measure(build: Build, sample: Iterable[SampledVideo]) -> _Measured:
    """Measures as many of some videos as needed.

    Raises:
        ClipError: if none can be decoded
        EncoderError: if none can be encoded
    """
    encoder, measured = build.encoder, _Measured()
    failed: ClipError | EncoderError | None = None
    encoder.encode(np.zeros((encoder.window, *encoder.size, 3), np.uint8))  # loads a model
    for video in sample:
        try:
            measured.add(build, video)
        except (ClipError, EncoderError) as error:
            failed = error
        if len(measured.trees) == SAMPLES:
            break
    if failed is not None and not measured.trees:
        raise failed
    return measured


def _described(build: Build, measured: _Measured, frames: int, lengths: list[float]) -> str:
    """Describes what a run would take, as text.

    Args:
        build: the build
        measured: what was measured on a sample
        frames: the number of frames to sample, of all videos
        lengths: the lengths of all videos, in seconds
    """
    seconds, rate = sum(lengths), measured.frames / measured.took
    nodes = sum(len(tree) for tree in measured.trees)
    found = math.ceil(nodes / measured.covered * seconds)
    size = frames * build.encoder.dimension * 2
    return (
        f"{count(frames, 'frame')} of {duration(seconds)} of video, about {count(found, 'node')}, "
        f"{size / 1e6:,.1f} MB of features\n"
        f"{_calls(build, measured, lengths)}"
        f"About {duration(frames / rate)} for the segments at {rate:,.0f} frames per second "
        f"(measured: {count(measured.frames, 'frame')} of {count(len(measured.trees), 'video')})"
    )


def _calls(build: Build, measured: _Measured, lengths: list[float]) -> str:
    """Returns a line for each model that would be called."""
    texts, lines = build.texts, ""
    if measured.calls:
        scale = sum(lengths) / measured.covered
        lines = (
            f"About {count(round(measured.calls * scale), 'call')} to the captioner with "
            f"{count(round(measured.images * scale), 'image')}, whose time is not measured\n"
        )
    if texts.aggregation is not None and texts.captions is not None:
        expected = expected_calls(texts.aggregation, texts.captions.fields, measured.trees, lengths)
        lines += expected + "\n"
    if texts.transcripts is not None:
        pieces = count(sum(math.ceil(length / speech.PIECE) for length in lengths), "call")
        lines += (
            f"At most {pieces} to the speech model, each of {speech.PIECE / 60:g} min of sound\n"
        )
    return lines
