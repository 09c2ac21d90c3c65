"""The form for building trees; inputs with invalid values are marked with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fiftyone.operators import types

from ..core.option_error import OptionError
from ..core.wording import shorten
from ..treemaking.aggregation import AggregationOptions
from ..treemaking.aggregators import ChatAggregator
from ..treemaking.calls import CallError
from ..treemaking.captioners import open_captioner
from ..treemaking.captions import CaptionOptions
from ..treemaking.encoders import ColourEncoder
from ..treemaking.options import STAGES, BuildOptions, check, open_frame_encoder
from ..treemaking.segments import SplitRules
from ..treemaking.transcribers import SpeechService
from .folders import default_folder, file_name
from .forms import dropdown, mark_invalid, need, notice, refuse
from .params import Params

#: The label of the default last stage: the last one whose model is given.
_ALL = "all that the given models allow"

#: The prefixes of encoders that are only opened when the operator runs.
_MODEL = ":"

#: The models that write texts: label, description, and a function that opens one without a call.
_MODELS: dict[str, tuple[str, str, Callable[[str, int, float], object]]] = {
    "captioner": (
        "Captioner",
        "The model that describes segments: ADDRESS#MODEL behind an OpenAI-compatible address, "
        "such as http://localhost:8000/v1#MODEL (a key is read on the server, from "
        "ACTION100M_CAPTIONER_KEY), transformers:CHECKPOINT, zoo:NAME, or ocr; none if empty",
        open_captioner,
    ),
    "leaf_captioner": (
        "Captioner of leaves",
        "A different model for leaves, if any",
        open_captioner,
    ),
    "llm": (
        "LLM",
        "ADDRESS#MODEL of a language model that refines captions to summaries and actions, with "
        "the key in ACTION100M_LLM_KEY; none if empty",
        ChatAggregator.open,
    ),
    "speech": (
        "Speech",
        "ADDRESS#MODEL of a service that transcribes videos without subtitles, with the key in "
        "ACTION100M_SPEECH_KEY; none if empty",
        SpeechService.open,
    ),
}
_CAPTIONERS = ("captioner", "leaf_captioner")


def build_form(params: Params, inputs: types.Object, estimate: str | None) -> None:
    """Adds the inputs for the values so far.

    Args:
        params: the values
        inputs: the form
        estimate: the estimate of a dry run with these values; None if there was none
    """
    if estimate:
        notice(inputs, "estimate", estimate)
    _videos_input(params, inputs)
    _encoder_input(params, inputs)
    _model_inputs(params, inputs)
    until = params.choice("until", STAGES, "")
    text = "Segments alone make trees without texts"
    dropdown(inputs, "until", "Until", [_ALL, *STAGES], until or _ALL, text)
    _rules_inputs(inputs)
    inputs.bool("dry_run", default=False, label="Dry run: only estimate what it would take")
    _check_whole(params, inputs)


def options_of(params: Params) -> BuildOptions:
    """Converts a form's values to options.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        OptionError: if a value cannot be used
    """
    least, gain = SplitRules.min_seconds, SplitRules.min_gain
    try:
        rules = SplitRules(
            float(params.number("min_seconds", least)), float(params.number("min_gain", gain))
        )
    except ValueError as error:
        raise OptionError("rules", str(error)) from None
    models = {name: params.text(name).strip() or None for name in _MODELS}
    videos, most = params.path("videos").strip(), params.number("max_videos", None)
    return BuildOptions(
        videos=videos,
        out=params.path("out").strip() or default_out(videos),
        encoder=params.text("encoder").strip() or ColourEncoder.name,
        rules=rules,
        until=params.choice("until", STAGES, "") or None,
        max_videos=None if most is None else int(most),
        dry_run=params.flag("dry_run"),
        captions=CaptionOptions(
            captioner=models["captioner"], leaf_captioner=models["leaf_captioner"]
        ),
        aggregation=AggregationOptions(models["llm"]),
        speech=models["speech"],
    )


def default_out(videos: str) -> str:
    """Returns the default folder for a build."""
    return str(default_folder() / "built" / (file_name(Path(videos).stem) or "videos"))


def _videos_input(params: Params, inputs: types.Object) -> None:
    text = "A folder of videos on the server, searched recursively, or one video"
    prop = inputs.str("videos", label="Videos", description=text)
    videos = params.path("videos").strip()
    if videos and not Path(videos).expanduser().exists():
        mark_invalid(prop, f"{shorten(videos, 200)} is not there")
    text = f"For features, records and manifest; {default_out(videos)} if empty"
    inputs.str("out", label="Output folder", description=text)
    inputs.int("max_videos", min=1, label="Most videos", description="All if empty")


def _encoder_input(params: Params, inputs: types.Object) -> None:
    text = (
        "The frame encoder: colour needs no model; vjepa2:CHECKPOINT is V-JEPA 2 from the Hub or a "
        "folder; zoo:NAME is an image model of FiftyOne's zoo"
    )
    name = ColourEncoder.name
    prop = inputs.str("encoder", default=name, label="Encoder", description=text)
    name = params.text("encoder").strip() or name
    if _MODEL not in name:
        try:
            open_frame_encoder(name)
        except OptionError as error:
            mark_invalid(prop, str(error))


def _model_inputs(params: Params, inputs: types.Object) -> None:
    for name, (label, text, opened) in _MODELS.items():
        prop = inputs.str(name, label=label, description=text)
        spec = params.text(name).strip()
        if not spec or (name in _CAPTIONERS and _is_local(spec)):
            continue
        try:
            opened(spec, CaptionOptions.requests, CaptionOptions.seconds)
        except CallError as error:
            mark_invalid(prop, str(error))


def _is_local(captioner: str) -> bool:
    """Whether a captioner is a model in this process, which is only opened for a run."""
    return captioner == "ocr" or (_MODEL in captioner and "://" not in captioner)


def _rules_inputs(inputs: types.Object) -> None:
    text = "A segment is not split if either half would be shorter, in seconds"
    least = SplitRules.min_seconds
    inputs.float("min_seconds", default=least, min=0, label="Shortest segment", description=text)
    text = (
        "The least share (0 to 1) of the video's variation that a split, or a later one below it, "
        "must explain; 0.001 avoids splits of noise in videos of a few minutes"
    )
    gain = SplitRules.min_gain
    inputs.float("min_gain", default=gain, min=0, max=1, label="Least gain", description=text)


def _check_whole(params: Params, inputs: types.Object) -> None:
    """Checks the form as a whole, once it is filled in, without opening a model."""
    if not params.path("videos").strip():
        need(inputs, "Name the folder with your videos to go on")
        return
    try:
        check(replace(options_of(params), encoder=ColourEncoder.name))
    except OptionError as error:
        refuse(inputs, str(error))
