"""The form that trees are built from: its inputs, each marked with what is wrong with its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fiftyone.operators import types

from ..core.option_error import OptionError
from ..core.wording import shorten
from ..treemaking.aggregation import AggregationOptions
from ..treemaking.aggregators import open_aggregator
from ..treemaking.calls import CallError
from ..treemaking.captioners import open_captioner
from ..treemaking.captions import CaptionOptions
from ..treemaking.encoders import ColourEncoder
from ..treemaking.options import STAGES, BuildOptions, check, open_encoder
from ..treemaking.segments import SplitRules
from ..treemaking.transcribers import open_transcriber
from .folders import default_folder, file_name
from .forms import dropdown, mark_invalid, need, notice, refuse
from .params import Params

#: Shown for the last stage that the models given allow.
_ALL = "all that can be done"

#: What separates a model's kind from its name: encoders of these are opened when this runs.
_MODEL = ":"

#: The models that write texts: label, description, and what opens one without a call.
_MODELS: dict[str, tuple[str, str, Callable[[str, int, float], object]]] = {
    "captioner": (
        "Captioner",
        "What says what segments show: ADDRESS#MODEL behind an OpenAI-compatible address, such as "
        "http://localhost:8000/v1#MODEL (a key is read on the server, from "
        "ACTION100M_CAPTIONER_KEY), transformers:CHECKPOINT, zoo:NAME, or ocr; none if empty",
        open_captioner,
    ),
    "leaf_captioner": ("Captioner of leaves", "Another one for them, if any", open_captioner),
    "llm": (
        "LLM",
        "ADDRESS#MODEL of a language model that refines captions to summaries and actions, with "
        "the key of ACTION100M_LLM_KEY; none if empty",
        open_aggregator,
    ),
    "speech": (
        "Speech",
        "ADDRESS#MODEL of a service that writes down what is said in videos without subtitles, "
        "with the key of ACTION100M_SPEECH_KEY; none if empty",
        open_transcriber,
    ),
}
_CAPTIONERS = ("captioner", "leaf_captioner")


def build_form(params: Params, inputs: types.Object, estimate: str | None) -> None:
    """Adds the inputs for the values so far.

    Args:
        params: the values
        inputs: the form
        estimate: what a dry run with these values has found; None if there was none
    """
    if estimate:
        notice(inputs, "estimate", estimate)
    _videos_input(params, inputs)
    _encoder_input(params, inputs)
    _model_inputs(params, inputs)
    until = params.choice("until", STAGES, "")
    text = "Trees without texts end with the segments"
    dropdown(inputs, "until", "Until", [_ALL, *STAGES], until or _ALL, text)
    _rules_inputs(inputs)
    inputs.bool("dry_run", default=False, label="Dry run: say first what it would take")
    _check_whole(params, inputs)


def options_of(params: Params) -> BuildOptions:
    """Returns the options that a form's values stand for.

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
    """Returns the folder for what is built, where none is given."""
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
        "What turns frames into features: colour needs no model; vjepa2:CHECKPOINT is V-JEPA 2 of "
        "the Hub or in a folder; zoo:NAME is an image model of FiftyOne's zoo"
    )
    name = ColourEncoder.name
    prop = inputs.str("encoder", default=name, label="Encoder", description=text)
    name = params.text("encoder").strip() or name
    if _MODEL not in name:
        try:
            open_encoder(name)
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
    """Whether a captioner is a model in this process, which is opened when this runs."""
    return captioner == "ocr" or (_MODEL in captioner and "://" not in captioner)


def _rules_inputs(inputs: types.Object) -> None:
    text = "A segment is not split if either half would be shorter, in seconds"
    least = SplitRules.min_seconds
    inputs.float("min_seconds", default=least, min=0, label="Shortest segment", description=text)
    text = (
        "Nor if neither that nor a split further down explains this share (0 to 1) of the video's "
        "variation; 0.001 leaves out splits of noise in videos of a few minutes"
    )
    gain = SplitRules.min_gain
    inputs.float("min_gain", default=gain, min=0, max=1, label="Least gain", description=text)


def _check_whole(params: Params, inputs: types.Object) -> None:
    """Says what is wrong with the form as a whole, once it is filled in; opens no model."""
    if not params.path("videos").strip():
        need(inputs, "Name the folder with your videos to go on")
        return
    try:
        check(replace(options_of(params), encoder=ColourEncoder.name))
    except OptionError as error:
        refuse(inputs, str(error))
