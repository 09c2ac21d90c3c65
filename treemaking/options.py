"""The options of a build, checked before anything is written."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path

from ..converters.written import LOCK
from ..core.option_error import OptionError
from ..meaning.encoders import EncoderError
from .captions import CaptionOptions
from .encoders import ColourEncoder, FrameEncoder
from .segments import SplitRules

#: The stages of the pipeline that there are.
STAGES = ("segments", "captions")

#: What is in the folder of a build.
FEATURES, CAPTIONS, RECORDS, VIDEOS = "features", "captions", "records", "videos"
SHARDS = "build-shards"
MANIFEST = "manifest.json"

#: What the name of an encoder from FiftyOne's model zoo begins with.
ZOO = "zoo:"


@dataclass(frozen=True)
class BuildOptions:
    """A build's options.

    Attributes:
        videos: the folder with the videos, searched recursively, or one video
        out: the folder for features, records and manifest
        encoder: what turns frames into features: ``colour``, ``zoo:NAME`` for an image model of
            FiftyOne's zoo, or an encoder of one's own
        every: one frame of so many is looked at, from the first; Action100M's is 4
        rules: when a segment is split
        until: the last stage to run; ``segments`` gives trees without texts. None for ``captions``
            if there is a captioner
        captions: how captions are made
        workers: videos worked on at once; None for one per core
        max_videos: maximum number of videos, in the order of their paths; None for all
        dry_run: whether only to measure a sample, and say what a run would take
    """

    videos: str | Path
    out: str | Path
    encoder: str | FrameEncoder = "colour"
    every: int = 4
    rules: SplitRules = field(default_factory=SplitRules)
    until: str | None = None
    workers: int | None = None
    max_videos: int | None = None
    dry_run: bool = False
    captions: CaptionOptions = field(default_factory=CaptionOptions)

    @property
    def stage(self) -> str:
        """The last stage to run."""
        return self.until or STAGES[self.captions.captioner is not None]

    @property
    def folder(self) -> Path:
        """The folder of the output, as an absolute path."""
        return Path(os.path.abspath(Path(self.out).expanduser()))  # noqa: PTH100 - links are kept


def check(options: BuildOptions) -> FrameEncoder:
    """Checks the options as far as possible without reading folders; returns the encoder.

    Raises:
        OptionError: if an option cannot be used
    """
    if options.stage not in STAGES:
        raise OptionError("until", f"until is {options.until!r}: give {' or '.join(STAGES)}")
    given, wrong = options.captions.captioner is not None, ""
    if options.stage == "captions" and not given:
        wrong = "there is no captioner: give one, or give segments"
    elif options.stage == "segments" and given:
        wrong = "there is a captioner: leave it out, or give captions"
    if wrong:
        raise OptionError("until", f"until is {options.stage!r}, and {wrong}")
    numbers = (
        ("every", options.every, 10_000),
        ("workers", options.workers, math.inf),
        ("max_videos", options.max_videos, math.inf),
    )
    for name, value, most in numbers:
        if value is not None and not 1 <= value <= most:
            raise OptionError(name, f"{name} is {value}: give 1 or more")
    if options.folder.exists() and not options.folder.is_dir():
        raise OptionError("out", f"{options.out} is a file: give a folder")
    if _is_of_others(options.folder):
        raise OptionError(
            "out",
            f"{options.out} has files that no build has written, and nothing of them is touched: "
            "give a new folder, or that of an earlier build",
        )
    return open_encoder(options.encoder)


def _is_of_others(folder: Path) -> bool:
    """Whether a folder holds files, hidden ones aside, and is no build's, which has a lock."""
    if not folder.exists() or (folder / FEATURES / LOCK).exists():
        return False
    shown = (path for path in folder.iterdir() if not path.name.startswith("."))
    return any(not path.is_dir() or any(path.iterdir()) for path in shown)


def open_encoder(encoder: str | FrameEncoder) -> FrameEncoder:
    """Returns the encoder that a name stands for.

    Raises:
        OptionError: if there is none
    """
    if not isinstance(encoder, str):
        return encoder
    if encoder == ColourEncoder.name:
        return ColourEncoder()
    if not encoder.startswith(ZOO):
        message = f"there is no encoder {encoder!r}: give colour, or zoo:NAME"
        raise OptionError("encoder", message)
    from ..views.zoo_frames import ZooFrames  # which imports FiftyOne

    try:
        return ZooFrames(encoder.removeprefix(ZOO))
    except EncoderError as error:
        raise OptionError("encoder", str(error)) from None
