"""Builds trees for one's own videos: the public function, and the choice of a run."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from ..core.option_error import OptionError
from .aggregation import AggregationOptions
from .aggregators import Aggregator
from .captioners import Captioner
from .captions import CaptionOptions
from .encoders import FrameEncoder
from .options import BuildOptions
from .report import BuildReport
from .run import Build
from .segments import SplitRules
from .transcribers import Transcriber


def build(
    videos: str | Path,
    out: str | Path,
    *,
    encoder: str | FrameEncoder = "colour",
    device: str | None = None,
    window: int | None = None,
    stride: int | None = None,
    every: int = 4,
    min_seconds: float = SplitRules.min_seconds,
    min_gain: float = SplitRules.min_gain,
    max_depth: int | None = None,
    until: str | None = None,
    workers: int | None = None,
    max_videos: int | None = None,
    captioner: str | Captioner | None = None,
    captions: str | list[str] = CaptionOptions.fields,
    frames: int = CaptionOptions.frames,
    prompts: str | Path | None = None,
    requests: int = CaptionOptions.requests,
    call_seconds: float = CaptionOptions.seconds,
    shard_size: int | None = None,
    processes: int | None = None,
    scheduler: str | None = None,
    executor: Executor | None = None,
    leaf_captioner: str | Captioner | None = None,
    llm: str | Aggregator | None = None,
    llm_model: str | None = None,
    llm_chars: int = AggregationOptions.characters,
    speech: str | Transcriber | None = None,
) -> BuildReport:
    """Builds trees for one's own videos, in Action100M's records.

    Each video's frames are decoded once and turned into features. Only neighbours in time are
    clustered, and the clustering is walked from the root to make a tree of segments
    (:mod:`.segments` has the rules). A captioner, if given, describes the segments, and an LLM, if
    given, writes the texts of ``gpt`` from these captions. The records are written to
    ``OUT/records``. Running it again does what is missing.

    Args:
        videos: a folder of videos, searched recursively, or one video
        out: the folder for features, records and manifest
        encoder: ``colour``; ``vjepa2:CHECKPOINT``, a repository on the Hub or a folder;
            ``zoo:NAME`` for an image model of FiftyOne's zoo; or a custom
            :class:`.encoders.FrameEncoder`
        device: the PyTorch device of models in this process; None for a GPU if there is one
        window: sampled frames per window of V-JEPA 2; None for 64
        stride: sampled frames between the starts of two windows; None for 8
        every: the sampling interval: every n-th frame is used
        min_seconds: the shortest segment, in seconds of the source
        min_gain: the least share, from 0 to 1, of a video's variation that a split, or one below
            it, must explain
        max_depth: the deepest level; None for no limit
        until: the last stage to run, ``segments``, ``captions`` or ``aggregation``; None for the
            last one whose model is given
        workers: videos processed at once; None for one per core
        max_videos: maximum number of videos; None for all
        captioner: ``http://host/v1#MODEL`` of an OpenAI-compatible service, whose key is in
            ``ACTION100M_CAPTIONER_KEY``; ``transformers:CHECKPOINT`` or ``zoo:NAME`` for a model in
            this process; ``ocr``, which reads the text on frames; or a custom
            :class:`.captioners.Captioner`
        captions: the texts to make: ``plm``, ``llama3`` or names of fields
        frames: the most pictures per segment
        prompts: a folder of prompts that replace the default ones; None for the defaults
        requests: the most concurrent calls
        call_seconds: the timeout of a call
        shard_size: maximum number of videos per shard, for a build on many processes or machines
            (:mod:`.shards`); None for 100
        processes: local processes; None for one, or one per core if there is a ``shard_size``. A
            script that gives it needs ``if __name__ == "__main__":``
        scheduler: the address of a Dask scheduler, or the file that it has written
        executor: any ``concurrent.futures.Executor`` whose workers see the videos and ``out`` under
            the same paths; it is left open
        leaf_captioner: as ``captioner``, for the texts of leaves only; None for the same
        llm: ``http://host/v1#MODEL`` of an OpenAI-compatible service, whose key is in
            ``ACTION100M_LLM_KEY``; or a custom :class:`.aggregators.Aggregator`
        llm_model: the model's name, if the address does not include it
        llm_chars: the most characters of captions, speech and so on in a prompt
        speech: ``http://host/v1#MODEL`` of an OpenAI-compatible service that transcribes videos
            without subtitles, whose key is in ``ACTION100M_SPEECH_KEY``; or a custom
            :class:`.transcribers.Transcriber`

    Returns:
        the outcome, with counts by status and reason

    Raises:
        OptionError: if an option cannot be used
        ManifestError: if another run is writing to the same folder
        OSError: if the disk is full, or cannot be written

    Example::

        from fiftyone_action100m import build

        report = build("videos/", "built/")
        print(report)
    """
    try:
        rules = SplitRules(min_seconds, min_gain, max_depth)
    except ValueError as error:
        raise OptionError("rules", str(error)) from None
    made_by = CaptionOptions(
        captioner, captions, frames, prompts, requests, call_seconds, leaf_captioner, device
    )
    options = BuildOptions(
        videos, out, encoder, every, rules, until, workers, max_videos, captions=made_by,
        aggregation=AggregationOptions(llm, llm_model, llm_chars), speech=speech,
        device=device, window=window, stride=stride,
    )  # fmt: skip
    made = open_build(
        options,
        shard_size=shard_size,
        processes=processes,
        scheduler=scheduler,
        executor=executor,
    )
    for _ in made.run():
        pass
    return made.report


def open_build(options: BuildOptions, **shards: Any) -> Build:
    """Returns a build, in shards if any option of :class:`.shards.ShardedBuild` is given.

    Raises:
        OptionError: if an option cannot be used
    """
    if all(value is None for value in shards.values()):
        return Build(options)
    from .shards import ShardedBuild

    return ShardedBuild(options, **shards)
