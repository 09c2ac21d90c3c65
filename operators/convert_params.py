"""Turns the values of the converter's form into the options of a conversion."""

from __future__ import annotations

from pathlib import Path

from ..acquire.options import YOUTUBE, FetchOptions, parse_bytes
from ..converters.clips.media import ClipSettings
from ..converters.options import ConvertOptions
from ..converters.reading.select import EVERYTHING, Selection, parse_bounds, parse_days, split_ids
from ..core.fields import DEFAULT_CAPTIONS
from ..core.option_error import OptionError
from .folders import default_folder, file_name
from .params import Params

REFUSE, APPEND, REPLACE, OVERWRITE = "refuse", "append", "replace", "overwrite"

#: The conditions on records that are texts.
SELECTED_BY = ("ids", "title", "text", "duration", "views", "uploaded", "shards")


def options_of(params: Params) -> ConvertOptions:
    """Converts a form's values to the options of a conversion.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        OptionError: if a value cannot be used
    """
    existing = params.text("existing", REFUSE)
    try:
        clip = ClipSettings(
            clip_seconds=float(params.number("clip_seconds", ClipSettings.clip_seconds)),
            max_height=int(params.number("max_height", 0) or 480),
            hdr=params.text("hdr", ClipSettings.hdr),
        )
    except ValueError as error:
        raise OptionError("clip_seconds", str(error)) from None
    selection, fetch = selection_from(params), fetch_from(params)
    name = params.text("name").strip()
    most = params.number("max_samples", None)
    return ConvertOptions(
        source=params.path("source").strip(),
        videos=params.path("videos").strip() or None,
        name=name,
        out=params.path("out") or default_out(name),
        captions=tuple(params.names("captions") or DEFAULT_CAPTIONS),
        clip=clip,
        max_samples=None if most is None else int(most),
        overwrite=existing == OVERWRITE,
        append=existing in (APPEND, REPLACE),
        replace=existing == REPLACE,
        retry=("failed",) if params.flag("retry") else (),
        fetch=fetch,
        revision=params.text("revision").strip() or None,
        selection=selection,
    )


def default_out(name: str) -> str:
    """Returns the default folder for a dataset's clips."""
    return str(default_folder() / file_name(name))


def selection_from(params: Params) -> Selection:
    """Converts a form's values to a selection.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        OptionError: if a value cannot be parsed
    """
    if not params.flag("select"):
        return EVERYTHING
    typed = {name: params.text(name).strip() or None for name in SELECTED_BY}
    return Selection(
        # No ids from a file, unlike on the command line: files of the server are not the App
        # user's.
        ids=split_ids(typed["ids"]) if typed["ids"] else None,
        title=typed["title"],
        text=typed["text"],
        duration=parse_bounds("duration", typed["duration"], float),
        views=parse_bounds("views", typed["views"], int),
        uploaded=parse_days(typed["uploaded"]),
        shards=parse_bounds("shards", typed["shards"], int),
        random=int(params.number("random", 0)) or None,
        seed=int(params.number("seed", 0)),
    )


def fetch_from(params: Params) -> FetchOptions | None:
    """Converts a form's values to the options of fetching; None if videos are not fetched.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        OptionError: if a value cannot be used
    """
    if not params.flag("fetch"):
        return None
    rate_text = params.text("rate_limit").strip()
    cookies = params.path("cookies").strip()
    browser = params.text("cookies_from_browser").strip()
    if cookies and browser:
        raise OptionError("cookies", "give a file of cookies or a browser, not both")
    try:
        rate = parse_bytes(rate_text) if rate_text else None
    except ValueError as error:
        raise OptionError("rate_limit", f"{error}: give 500k or 2M, for example") from None
    return FetchOptions(
        url=params.text("url").strip() or YOUTUBE,
        pause=float(params.number("pause", FetchOptions.pause)),
        rate_limit=rate,
        cookies=Path(cookies).expanduser() if cookies else None,
        cookies_from_browser=browser or None,
    )
