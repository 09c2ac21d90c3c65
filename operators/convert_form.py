"""The form for converting records; inputs with invalid values are marked with the reason."""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path

from fiftyone.operators import types

from ..acquire.options import YOUTUBE, FetchOptions
from ..converters.options import check
from ..converters.reading.hub_client import endpoint
from ..converters.reading.remote import HubSource
from ..converters.reading.sources import SourceError, count_records, find_files, hub_source
from ..converters.storing.dataset import DatasetError, check_name, describe_existing
from ..core.fields import CAPTIONS, DEFAULT_CAPTIONS, SEGMENTS, select_captions
from ..core.option_error import OptionError
from ..core.wording import count, listed
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
from .forms import mark_invalid, need, notice, radio, refuse
from .params import Params

#: The most files that are opened for counting records while the user types.
_COUNTED_FILES = 50
#: The most files and folders that are listed while the user types.
_LISTED = 20_000
#: The lifetime of a cached listing, in seconds.
_KEPT = 10.0

#: What to do with a dataset of the same name.
_EXISTING = {
    REFUSE: "Continue only if this conversion made it",
    APPEND: "Add to it; its samples stay as they are",
    REPLACE: "Add to it, and rewrite the samples of these videos; their ids, tags and other fields "
    "stay",
    OVERWRITE: "Replace it; its samples and labels are deleted",
}

#: The conditions on records: name, label and description.
_SELECTION = (
    ("ids", "Ids", "Ids of videos, separated by commas"),
    ("title", "Title", "A part of the title, ignoring case"),
    ("text", "Caption", "A part of one of the captions chosen below, ignoring case"),
    ("duration", "Duration", "Seconds of the source video: 60:300, 60: or :300"),
    ("views", "Views", "Number of views, such as 1000:"),
    ("uploaded", "Uploaded", "Years, months or days: 2015:2019-06"),
    ("shards", "Files", "Numbers of the source's files, in order, from 1: 1:4"),
)

#: The options of fetching: name, label and description. The pause is a number, and comes first.
_FETCHING = (
    ("rate_limit", "Rate limit", "Total bytes per second, such as 500k or 2M; no limit if empty"),
    ("cookies", "Cookies", "A cookie file on the server, in Netscape format"),
    ("cookies_from_browser", "Cookies of a browser", "On the server: firefox, chrome:Default"),
)


def convert_form(params: Params, inputs: types.Object) -> None:
    """Adds the inputs for the values so far."""
    _source_input(params, inputs)
    _selection_inputs(params, inputs)
    _videos_input(params, inputs)
    _fetch_inputs(params, inputs)
    _name_input(params, inputs)
    _clip_inputs(inputs)
    _check_whole(params, inputs)


def _source_input(params: Params, inputs: types.Object) -> None:
    prop = inputs.str(
        "source",
        label="Records",
        description="A Parquet, JSON or JSON Lines file, a folder of them, a glob, or a dataset "
        "repository on the Hub, such as facebook/action100m-preview",
    )
    source = params.path("source").strip()
    if not source:
        return
    try:
        remote = hub_source(source)
    except SourceError as error:
        mark_invalid(prop, str(error))
        return
    if remote:  # the Hub is not contacted while the user types
        _hub_inputs(remote, inputs)
        return
    found, problem = _list_source(source, int(time.monotonic() / _KEPT))
    if problem:
        mark_invalid(prop, problem)
    else:
        notice(inputs, "source_found", found)


@lru_cache(8)
def _list_source(source: str, moment: int) -> tuple[str, str]:
    """Describes a source on disk, and returns its error, if any.

    The form is resolved at each keystroke; a source is listed once per ``moment``.
    """
    try:
        files = find_files(source, most=_LISTED)
    except SourceError as error:
        return "", str(error)
    text = count(len(files), "file")
    records = count_records(files) if len(files) <= _COUNTED_FILES else None
    return text if records is None else f"{text}, {count(records, 'record')}", ""


def _hub_inputs(remote: HubSource, inputs: types.Object) -> None:
    """Describes what will be read, and asks for the revision, but never for a token."""
    text = (
        f"{remote.repo} on {endpoint()}: read when this runs, and not stored, with HF_TOKEN or a "
        "saved login if there is one"
    )
    notice(inputs, "source_found", text)
    if remote.revision is None:
        text = "A branch, tag or commit; main if empty"
        inputs.str("revision", label="Revision", description=text)


def _selection_inputs(params: Params, inputs: types.Object) -> None:
    inputs.bool("select", default=False, label="Only some records")
    if not params.flag("select"):
        return
    props = {
        name: inputs.str(name, label=label, description=description)
        for name, label, description in _SELECTION
    }
    text = "Draw this many at random; all if empty"
    inputs.int("random", min=1, label="Random sample", description=text)
    if params.number("random", None):
        text = "The same seed draws the same records"
        inputs.int("seed", default=0, label="Seed", description=text)
    try:
        selection_from(params)
    except OptionError as error:
        if error.option in props:
            mark_invalid(props[error.option], str(error))


def _videos_input(params: Params, inputs: types.Object) -> None:
    prop = inputs.str(
        "videos",
        label="Videos",
        description="The folder of the source videos: ID.mp4, 'Title [ID].webm', Title-ID.mp4 "
        "or v_ID.mp4",
    )
    videos = params.path("videos").strip()
    if videos and not Path(videos).expanduser().is_dir():
        mark_invalid(prop, f"{videos} is not a folder")


def _fetch_inputs(params: Params, inputs: types.Object) -> None:
    inputs.bool("fetch", default=False, label="Fetch missing videos from the web")
    if not params.flag("fetch"):
        return
    props = {
        "url": inputs.str(
            "url",
            default=YOUTUBE,
            label="Address",
            description="A video's address, with {id} in place of its id. You are responsible for "
            "respecting the site's terms and the rights of the videos' owners",
        ),
        "pause": inputs.float(
            "pause",
            default=FetchOptions.pause,
            min=0,
            label="Pause",
            description="Seconds between two videos, varied at random by up to a half",
        ),
    }
    for name, label, description in _FETCHING:
        props[name] = inputs.str(name, label=label, description=description)
    try:
        fetch_from(params)
    except OptionError as error:
        mark_invalid(props.get(error.option, props["url"]), str(error))


def _name_input(params: Params, inputs: types.Object) -> None:
    prop = inputs.str("name", label="Name", description="The dataset's name")
    name = params.text("name").strip()
    if not name:
        return
    try:
        check_name(name)
    except DatasetError as error:
        mark_invalid(prop, str(error))
        return
    if existing := describe_existing(name):
        radio(inputs, "existing", f"This dataset exists: {existing}", _EXISTING, REFUSE)
    inputs.str(
        "out",
        default=default_out(name),
        label="Folder",
        description="For the clips, the manifest and the report",
    )


def _clip_inputs(inputs: types.Object) -> None:
    choices = types.DropdownView(multiple=True)
    for caption in (*CAPTIONS, SEGMENTS):
        choices.add_choice(caption.name, label=caption.name, description=caption.description)
    inputs.list(
        "captions",
        types.String(),
        default=[c.name for c in select_captions(DEFAULT_CAPTIONS)],
        label="Captions",
        description="plm_action is on every node: without it the trees have no leaves",
        view=choices,
    )
    text = "Stop after this many; all if empty"
    inputs.int("max_samples", min=1, label="Samples", description=text)
    text = "The longest clip, in seconds; 0 for whole videos"
    inputs.float("clip_seconds", default=90.0, label="Clip duration", description=text)
    text = "The greatest height of a clip, in pixels"
    inputs.int("max_height", default=480, label="Height", description=text)
    ranges = types.DropdownView()
    ranges.add_choice("sdr", label="Convert to SDR", description="Tone-mapped to BT.709")
    ranges.add_choice(
        "keep", label="Keep HDR", description="10-bit clips, which not every browser plays"
    )
    inputs.enum("hdr", ranges.values(), default="sdr", label="HDR videos", view=ranges)
    inputs.bool("retry", default=False, label="Retry videos that failed before")


def _check_whole(params: Params, inputs: types.Object) -> None:
    """Checks the form as a whole, once it is filled in."""
    missing = [
        text
        for text, is_there in (
            ("the records", params.path("source").strip()),
            ("the folder of the videos", params.path("videos").strip() or params.flag("fetch")),
            ("the dataset", params.text("name").strip()),
        )
        if not is_there
    ]
    if missing:
        need(inputs, f"Name {listed(missing)} to go on")
        return
    try:
        check(options_of(params))
    except OptionError as error:
        refuse(inputs, str(error))
