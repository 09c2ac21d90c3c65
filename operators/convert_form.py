"""The converter's form: what it asks, and what is wrong next to where it is."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from fiftyone.operators import types

from ..acquire.options import YOUTUBE, FetchOptionError, FetchOptions
from ..converters.options import OptionError, check
from ..converters.reading.hub_client import endpoint
from ..converters.reading.remote import HubSource
from ..converters.reading.select import SelectionError
from ..converters.reading.sources import SourceError, count_records, find_files, hub_source
from ..converters.storing.dataset import DatasetError, check_name, describe_existing
from ..core.fields import CAPTIONS, DEFAULT_CAPTIONS, select_captions
from .convert_params import (
    APPEND,
    OVERWRITE,
    REFUSE,
    REPLACE,
    default_out,
    fetch_from,
    options_of,
    selection_from,
)

#: More files than this are not opened to count their records while somebody types.
_COUNTED_FILES = 50

#: More files and folders than this are not looked at while somebody types.
_LOOKED_AT = 20_000

#: Seconds for which what was found is kept.
_KEPT = 10.0

#: What records are selected by: name, label and description.
_SELECTION = (
    ("ids", "Ids", "Videos by their ids, separated by commas"),
    ("title", "Title", "A text in the title, in any case"),
    ("text", "Caption", "A text in one of the captions chosen below, in any case"),
    ("duration", "Length", "The source video's seconds: 60:300, 60: or :300"),
    ("views", "Views", "How often it has been seen: 1000:, for example"),
    ("uploaded", "Uploaded", "Years, months or days: 2015:2019-06"),
    ("shards", "Files", "Which of the source's files, in order; the first is 1: 1:4"),
)

#: How the web is asked: name, label and description. The pause is a number, and comes first.
_FETCHING = (
    ("rate_limit", "Rate limit", "Bytes a second in all: 500k or 2M; none if empty"),
    ("cookies", "Cookies", "A file of them on the server, in Netscape's format"),
    (
        "cookies_from_browser",
        "Cookies of a browser",
        "Of the server: firefox, chrome:Default",
    ),
)


def convert_form(ctx: Any) -> types.Object:
    """Returns the inputs for the values so far."""
    inputs = types.Object()
    _source_input(ctx, inputs)
    _selection_inputs(ctx, inputs)
    _videos_input(ctx, inputs)
    _fetch_inputs(ctx, inputs)
    _name_input(ctx, inputs)
    _what_inputs(inputs)
    _check_whole(ctx, inputs)
    return inputs


def _source_input(ctx: Any, inputs: types.Object) -> None:
    prop = inputs.str(
        "source",
        required=True,
        label="Records",
        description="A Parquet, JSON or JSON Lines file, a folder of them, a glob, or a data set "
        "repository on the Hub, such as facebook/action100m-preview",
    )
    source = (ctx.params.get("source") or "").strip()
    if not source:
        return
    try:
        remote = hub_source(source)
        if remote:
            # The Hub is not asked while somebody types.
            _hub_inputs(remote, inputs)
            return
    except SourceError as error:
        _mark(prop, str(error))
        return
    found, problem = _look_for(source, int(time.monotonic() / _KEPT))
    if problem:
        _mark(prop, problem)
    else:
        inputs.view("source_found", types.Notice(label=found))


@lru_cache(8)
def _look_for(source: str, moment: int) -> tuple[str, str]:
    """Says what a source on disk holds, or what is wrong with it.

    The form asks at each keystroke in any of its inputs: not more than once a moment is looked.
    """
    try:
        files = find_files(source, most=_LOOKED_AT)
    except SourceError as error:
        return "", str(error)
    count = count_records(files) if len(files) <= _COUNTED_FILES else None
    text = f"{len(files)} file{'s' if len(files) > 1 else ''}"
    return f"{text}, {count} records" if count is not None else text, ""


def _hub_inputs(remote: HubSource, inputs: types.Object) -> None:
    """Says what will be asked, and takes the revision; a token is never typed into a form."""
    text = f"{remote.repo} on {endpoint()}: streamed, not stored. It is asked when this runs"
    inputs.view(
        "source_found",
        types.Notice(label=f"{text}, with HF_TOKEN or a stored login if there is one"),
    )
    if remote.revision is None:
        inputs.str(
            "revision", label="Revision", description="A branch, tag or commit; main if left empty"
        )


def _selection_inputs(ctx: Any, inputs: types.Object) -> None:
    """Which of the source's records; shown where it is asked for."""
    inputs.bool("select", default=False, label="Only some of the records")
    if not ctx.params.get("select"):
        return
    props = {
        name: inputs.str(name, label=label, description=description)
        for name, label, description in _SELECTION
    }
    inputs.int("random", min=1, label="At random", description="So many of them; all if empty")
    if ctx.params.get("random"):
        inputs.int("seed", default=0, label="Seed", description="The same one draws the same ones")
    try:
        selection_from(ctx.params)
    except SelectionError as error:
        prop = props.get(error.option)
        if prop is not None:
            _mark(prop, str(error))


def _videos_input(ctx: Any, inputs: types.Object) -> None:
    prop = inputs.str(
        "videos",
        required=not ctx.params.get("fetch"),
        label="Videos",
        description="The folder with the source videos: ID.mp4, 'Title [ID].webm', Title-ID.mp4 "
        "or v_ID.mp4",
    )
    videos = (ctx.params.get("videos") or "").strip()
    if videos and not Path(videos).expanduser().is_dir():
        _mark(prop, f"{videos} is not a folder")


def _fetch_inputs(ctx: Any, inputs: types.Object) -> None:
    """How the web is asked for what is not in the folder; shown where it is to be."""
    inputs.bool("fetch", default=False, label="Fetch from the web what is not in the folder")
    if not ctx.params.get("fetch"):
        return
    props = {
        "url": inputs.str(
            "url",
            default=YOUTUBE,
            label="Address",
            description="Of a video, with {id} where its id goes. What the site and the videos' "
            "owners allow is yours to know",
        ),
        "pause": inputs.float(
            "pause",
            default=FetchOptions.pause,
            min=0,
            label="Pause",
            description="Seconds between two videos, give or take a half",
        ),
    }
    for name, label, description in _FETCHING:
        props[name] = inputs.str(name, label=label, description=description)
    try:
        fetch_from(ctx.params)
    except FetchOptionError as error:
        _mark(props.get(error.option, props["url"]), str(error))


def _name_input(ctx: Any, inputs: types.Object) -> None:
    prop = inputs.str("name", required=True, label="Name", description="The data set's name")
    name = (ctx.params.get("name") or "").strip()
    if not name:
        return
    try:
        check_name(name)
    except DatasetError as error:
        _mark(prop, str(error))
        return
    existing = describe_existing(name)
    if existing:
        choices = types.RadioGroup()
        choices.add_choice(REFUSE, label="Go on only if it is this conversion's own")
        choices.add_choice(APPEND, label="Append to it: its samples stay as they are")
        choices.add_choice(
            REPLACE,
            label="Append to it, and write the samples of these videos anew: their ids, tags and "
            "other fields stay",
        )
        choices.add_choice(OVERWRITE, label="Replace it: its samples and labels are deleted")
        inputs.enum(
            "existing",
            choices.values(),
            default=REFUSE,
            label=f"What now: {existing}",
            view=choices,
        )
    inputs.str(
        "out",
        default=default_out(name),
        label="Folder",
        description="Where the clips, the manifest and the report go",
    )


def _what_inputs(inputs: types.Object) -> None:
    choices = types.DropdownView(multiple=True)
    for caption in CAPTIONS:
        choices.add_choice(caption.name, label=caption.name, description=caption.description)
    inputs.list(
        "captions",
        types.String(),
        default=[c.name for c in select_captions(DEFAULT_CAPTIONS)],
        label="Captions",
        description="plm_action is on every node: without it the trees have no leaves",
        view=choices,
    )
    inputs.int(
        "max_samples", min=1, label="Samples", description="Stop at so many; all if left empty"
    )
    inputs.float("clip_seconds", default=90.0, label="Seconds", description="The longest clip")
    inputs.int("max_height", default=480, label="Height", description="The highest clip, in pixels")
    ranges = types.DropdownView()
    ranges.add_choice("sdr", label="Made SDR", description="Tone-mapped to BT.709")
    ranges.add_choice(
        "keep", label="Kept", description="In clips of 10 bits, which not every browser plays"
    )
    inputs.enum("hdr", ranges.values(), default="sdr", label="HDR videos", view=ranges)
    inputs.bool("retry", default=False, label="Try videos again that failed before")


def _check_whole(ctx: Any, inputs: types.Object) -> None:
    """Shows what is wrong with the form as a whole, once it is filled in."""
    given = {key for key in ("source", "name", "videos", "fetch") if ctx.params.get(key)}
    if not ({"source", "name"} <= given and given & {"videos", "fetch"}):
        return
    try:
        check(options_of(ctx.params))
    except OptionError as error:
        warning = inputs.view("problem", types.Warning(label=str(error)))
        warning.invalid = True


def _mark(prop: types.Property, message: str) -> None:
    prop.invalid = True
    prop.error_message = message
