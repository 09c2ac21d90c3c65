"""The form that trees are built from: its inputs, each marked with what is wrong with its value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fiftyone.operators import types

from ..core.option_error import OptionError
from ..core.wording import shorten
from ..treemaking.captioners import CaptionError, open_captioner
from ..treemaking.captions import CaptionOptions
from ..treemaking.encoders import ColourEncoder
from ..treemaking.options import STAGES, BuildOptions, check, open_encoder
from ..treemaking.segments import SplitRules
from .folders import default_folder, file_name
from .forms import dropdown, mark_invalid, notice, refuse
from .params import Params

#: Shown for the last stage that the models given allow.
_ALL = "all that can be done"

#: What separates the kind of an encoder from its name: such models are opened when this runs.
_MODEL = ":"


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
    _captioner_input(params, inputs)
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
    videos, most = params.path("videos").strip(), params.number("max_videos", None)
    return BuildOptions(
        videos=videos,
        out=params.path("out").strip() or default_out(videos),
        encoder=params.text("encoder").strip() or ColourEncoder.name,
        rules=rules,
        until=params.choice("until", STAGES, "") or None,
        max_videos=None if most is None else int(most),
        dry_run=params.flag("dry_run"),
        captions=CaptionOptions(params.text("captioner").strip() or None),
    )


def default_out(videos: str) -> str:
    """Returns the folder for what is built, where none is given."""
    return str(default_folder() / "built" / (file_name(Path(videos).stem) or "videos"))


def _videos_input(params: Params, inputs: types.Object) -> None:
    # Not as a required input, which the App complains of before anything is typed.
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
        "What turns frames into features: colour needs no model; zoo:NAME is an image model of "
        "FiftyOne's zoo"
    )
    name = ColourEncoder.name
    prop = inputs.str("encoder", default=name, label="Encoder", description=text)
    name = params.text("encoder").strip() or name
    if _MODEL not in name:
        try:
            open_encoder(name)
        except OptionError as error:
            mark_invalid(prop, str(error))


def _captioner_input(params: Params, inputs: types.Object) -> None:
    text = (
        "ADDRESS#MODEL of a model that sees images behind an OpenAI-compatible address, such as "
        "http://localhost:8000/v1#MODEL; no captions if empty. A key is read on the server, from "
        "ACTION100M_CAPTIONER_KEY"
    )
    prop = inputs.str("captioner", label="Captioner", description=text)
    captioner = params.text("captioner").strip()
    if "://" in captioner:  # of others, what they are shows when this runs
        try:
            open_captioner(captioner, CaptionOptions.requests, CaptionOptions.seconds)
        except CaptionError as error:
            mark_invalid(prop, str(error))


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
        text = "Name the folder with your videos to go on"
        inputs.view("needed", types.Notice(label=text)).invalid = True
        return
    try:
        check(replace(options_of(params), encoder=ColourEncoder.name))
    except OptionError as error:
        refuse(inputs, str(error))
