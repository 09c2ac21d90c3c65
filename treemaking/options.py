"""The options of a build, checked before anything is written."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from ..converters.written import LOCK
from ..core.option_error import OptionError
from ..meaning.encoders import EncoderError
from .aggregation import AggregationOptions
from .captions import CaptionOptions
from .encoders import ColourEncoder, FrameEncoder
from .segments import SplitRules
from .transcribers import Transcriber
from .videos import absolute

#: The stages of the pipeline, in order.
STAGES = ("segments", "captions", "aggregation")

#: The files and folders in the folder of a build.
FEATURES, CAPTIONS, RECORDS, VIDEOS = "features", "captions", "records", "videos"
SHARDS = "build-shards"
AGGREGATION, SPEECH = "aggregation", "speech"
MANIFEST = "manifest.json"

#: The prefixes of encoder names: FiftyOne's model zoo, and V-JEPA 2 checkpoints.
ZOO, VJEPA2 = "zoo:", "vjepa2:"


@dataclass(frozen=True)
class BuildOptions:
    """A build's options.

    Attributes:
        videos: the folder with the videos, searched recursively, or one video
        out: the folder for features, records and manifest
        encoder: the frame encoder: ``colour``, ``vjepa2:CHECKPOINT``, ``zoo:NAME`` for an image
            model of FiftyOne's zoo, or a custom encoder
        every: the sampling interval: every n-th frame is used, from the first; 4 in Action100M
        rules: when a segment is split
        until: the last stage to run; ``segments`` makes trees without texts. None for the last one
            whose model is given: ``captions`` with a captioner, ``aggregation`` with an LLM
        captions: the options of the captions
        aggregation: the options of the aggregation
        speech: the model that transcribes videos without subtitles: ``http://host/v1#MODEL``, or a
            custom :class:`.transcribers.Transcriber`; None for none
        workers: videos processed at once; None for one per core
        max_videos: maximum number of videos, in the order of their paths; None for all
        dry_run: whether to only measure a sample and estimate what a run would take
        device: the PyTorch device of models in this process; None for a GPU if there is one
        window: sampled frames per window of V-JEPA 2; None for the paper's
        stride: sampled frames between two windows; None for the paper's
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
    aggregation: AggregationOptions = field(default_factory=AggregationOptions)
    speech: str | Transcriber | None = None
    device: str | None = None
    window: int | None = None
    stride: int | None = None

    @property
    def stage(self) -> str:
        """The last stage to run."""
        given = [self.captions.captioner is not None, self.aggregation.llm is not None]
        return self.until or STAGES[2 if given[1] else given[0]]

    @property
    def folder(self) -> Path:
        """The folder of the output, as an absolute path."""
        return absolute(Path(self.out).expanduser())


def check(options: BuildOptions) -> FrameEncoder:
    """Checks the options as far as possible without reading folders; returns the encoder.

    Raises:
        OptionError: if an option cannot be used
    """
    if options.stage not in STAGES:
        raise OptionError("until", f"until is {options.until!r}: give {' or '.join(STAGES)}")
    if options.captions.leaf_captioner is not None and options.captions.captioner is None:
        raise OptionError("leaf_captioner", "there is a captioner of leaves only: give captioner")
    until = STAGES.index(options.stage)
    models = (("captioner", options.captions.captioner), ("LLM", options.aggregation.llm))
    for at, (name, model) in enumerate(models, 1):
        wrong = ""
        if model is None and at <= until:
            wrong = f"there is no {name}: give one, or give {STAGES[at - 1]}"
        elif model is not None and at > until:
            article = "an" if name == "LLM" else "a"
            wrong = f"there is {article} {name}: leave it out, or give {STAGES[at]}"
        if wrong:
            raise OptionError("until", f"until is {options.stage!r}, and {wrong}")
    if options.aggregation.model is not None and options.aggregation.llm is None:
        raise OptionError("llm", "llm_model names a model, and llm no address: give both")
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
    return frame_encoder_of(options)


def frame_encoder_of(options: BuildOptions) -> FrameEncoder:
    """Returns the encoder of a build.

    Raises:
        OptionError: if there is none
    """
    return open_frame_encoder(options.encoder, options.device, options.window, options.stride)


def _is_of_others(folder: Path) -> bool:
    """Whether a folder has files, apart from hidden ones, and lacks the lock of a build."""
    if not folder.exists() or (folder / FEATURES / LOCK).exists():
        return False
    shown = (path for path in folder.iterdir() if not path.name.startswith("."))
    return any(not path.is_dir() or any(path.iterdir()) for path in shown)


def open_frame_encoder(
    encoder: str | FrameEncoder,
    device: str | None = None,
    window: int | None = None,
    stride: int | None = None,
) -> FrameEncoder:
    """Returns the encoder that a name stands for.

    Arguments are those of :class:`BuildOptions`.

    Raises:
        OptionError: if there is none
    """
    name = encoder if isinstance(encoder, str) else ""
    try:
        if name.startswith(VJEPA2):
            from .vjepa2 import STRIDE, WINDOW, VJepa2Encoder  # which needs PyTorch

            window = WINDOW if window is None else window
            stride = min(STRIDE, window) if stride is None else stride
            return VJepa2Encoder(name.removeprefix(VJEPA2), device, window, stride)
        if window is not None or stride is not None:
            raise OptionError("window", f"window and stride are of {VJEPA2}CHECKPOINT only")
        if not isinstance(encoder, str):
            return encoder
        if encoder == ColourEncoder.name:
            return ColourEncoder()
        if not encoder.startswith(ZOO):
            message = f"there is no encoder {encoder!r}: give colour, vjepa2:CHECKPOINT or zoo:NAME"
            raise OptionError("encoder", message)
        from ..views.zoo_frames import ZooFrames  # which imports FiftyOne

        return ZooFrames(encoder.removeprefix(ZOO), device=device)
    except EncoderError as error:
        raise OptionError("encoder", str(error)) from None
