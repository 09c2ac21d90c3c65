"""Estimates what a build would take, from all headers and a sample of the videos."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
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
    sample = [video for video, _ in good[::step]]
    report.estimated = _from_sample(build, sample, frames, [length for _, length in good])


def _from_sample(
    build: Build, sample: list[SampledVideo], frames: int, lengths: list[float]
) -> str:
    """Describes what a run would take, as text.

    Args:
        build: the build
        sample: candidates, tried until enough of them can be decoded
        frames: the number of frames to sample, of all videos
        lengths: the lengths of all videos, in seconds
    """
    encoder, seconds = build.encoder, sum(lengths)
    try:  # loads a model, whose time is not measured
        encoder.encode(np.zeros((encoder.window, *encoder.size, 3), np.uint8))
    except EncoderError as error:
        return f"No sample can be measured: {error}"
    trees: list[TreeOfCaptions] = []
    looked = nodes = videos = calls = images = 0
    covered = took = 0.0
    for video in sample:
        began = time.perf_counter()
        try:
            features = build.encode(video, cores(), SAMPLE_SECONDS)
        except (ClipError, EncoderError) as error:
            failed = f"No sample can be measured: {error}"
            continue
        length = float(len(features) * video.every / video.rate)
        edges = edges_of(len(features), video.every, video.rate, length)
        tree = segment(chain_ward(features), edges, build.options.rules, "sample")
        trees.append(tree)
        nodes += len(tree)
        if build.texts.captions is not None:
            info = FeaturesInfo(
                "", "", video.every, str(video.rate), length, len(features), features.shape[1], 0.0
            )
            made = build.texts.captions.calls(tree, info)
            calls, images = calls + len(made), images + sum(len(call.frames) for call in made)
        took += time.perf_counter() - began
        looked, covered, videos = looked + len(features), covered + length, videos + 1
        if videos == SAMPLES:
            break
    if not videos:
        return failed
    rate = looked / took
    found = math.ceil(nodes / covered * seconds)
    asked = ""
    if calls:
        asked = (
            f"About {count(round(calls / covered * seconds), 'call')} to the captioner with "
            f"{count(round(images / covered * seconds), 'image')}, whose time is not measured\n"
        )
    if build.texts.aggregation is not None and build.texts.captions is not None:
        fields = build.texts.captions.fields
        asked += expected_calls(build.texts.aggregation, fields, trees, lengths) + "\n"
    if build.texts.transcripts is not None:
        pieces = count(sum(math.ceil(length / speech.PIECE) for length in lengths), "call")
        asked += (
            f"At most {pieces} to the model of speech, of {speech.PIECE / 60:g} minutes of sound\n"
        )
    size = frames * build.encoder.dimension * 2
    return (
        f"{count(frames, 'frame')} of {duration(seconds)} of video, about {count(found, 'node')}, "
        f"{size / 1e6:,.1f} MB of features\n"
        f"{asked}About {duration(frames / rate)} for the segments at {rate:,.0f} frames per second "
        f"(measured: {count(looked, 'frame')} of {count(videos, 'video')})"
    )
