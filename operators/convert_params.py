"""What the values of the converter's form stand for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import fiftyone as fo

from ..acquire.options import YOUTUBE, FetchOptionError, FetchOptions, parse_bytes
from ..converters.clips.media import ClipSettings
from ..converters.options import ConvertOptions, OptionError
from ..converters.reading.select import (
    EVERYTHING,
    Selection,
    SelectionError,
    parse_bounds,
    parse_days,
    split_ids,
)
from ..core.fields import DEFAULT_CAPTIONS

REFUSE, APPEND, REPLACE, OVERWRITE = "refuse", "append", "replace", "overwrite"

#: What records are selected by.
SELECTED_BY = ("ids", "title", "text", "duration", "views", "uploaded", "shards")


def options_of(params: dict[str, Any]) -> ConvertOptions:
    """Returns the options that a form's values stand for.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        OptionError: if a value cannot be used
    """
    existing = params.get("existing", REFUSE)
    try:
        clip = ClipSettings(
            clip_seconds=float(params.get("clip_seconds") or 90.0),
            max_height=int(params.get("max_height") or 480),
            hdr=params.get("hdr") or ClipSettings.hdr,
        )
    except ValueError as error:
        raise OptionError("clip_seconds", str(error)) from None
    try:
        selection = selection_from(params)
    except SelectionError as error:
        raise OptionError(error.option, str(error)) from None
    try:
        fetch = fetch_from(params)
    except FetchOptionError as error:
        raise OptionError(error.option, str(error)) from None
    name = (params.get("name") or "").strip()
    return ConvertOptions(
        source=(params.get("source") or "").strip(),
        videos=(params.get("videos") or "").strip() or None,
        name=name,
        out=params.get("out") or default_out(name),
        captions=tuple(params.get("captions") or DEFAULT_CAPTIONS),
        clip=clip,
        max_samples=params.get("max_samples"),
        overwrite=existing == OVERWRITE,
        append=existing in (APPEND, REPLACE),
        replace=existing == REPLACE,
        retry=("failed",) if params.get("retry") else (),
        fetch=fetch,
        revision=(params.get("revision") or "").strip() or None,
        selection=selection,
    )


def default_out(name: str) -> str:
    """Returns the folder that a data set's clips go to, if none is given."""
    folder = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")
    return str(Path(fo.config.default_dataset_dir) / "action100m" / folder)


def selection_from(params: dict[str, Any]) -> Selection:
    """Returns the selection that a form's values stand for.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        SelectionError: if a value cannot be understood
    """
    if not params.get("select"):
        return EVERYTHING
    typed = {name: (params.get(name) or "").strip() or None for name in SELECTED_BY}
    return Selection(
        # A file is not read for who only sees the App: the server's are not theirs.
        ids=split_ids(typed["ids"]) if typed["ids"] else None,
        title=typed["title"],
        text=typed["text"],
        duration=parse_bounds("duration", typed["duration"], float),
        views=parse_bounds("views", typed["views"], int),
        uploaded=parse_days(typed["uploaded"]),
        shards=parse_bounds("shards", typed["shards"], int),
        random=params.get("random") or None,
        seed=params.get("seed") or 0,
    )


def fetch_from(params: dict[str, Any]) -> FetchOptions | None:
    """Returns how a form's values ask the web, None where they do not.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        FetchOptionError: if a value cannot be used
    """
    if not params.get("fetch"):
        return None
    typed = {
        name: (params.get(name) or "").strip() or None
        for name in ("url", "rate_limit", "cookies", "cookies_from_browser")
    }
    if typed["cookies"] and typed["cookies_from_browser"]:
        raise FetchOptionError("cookies", "give a file of cookies or a browser, not both")
    try:
        rate = parse_bytes(typed["rate_limit"]) if typed["rate_limit"] else None
    except ValueError as error:
        raise FetchOptionError("rate_limit", f"{error}: 500k or 2M, for example") from None
    pause = params.get("pause")
    return FetchOptions(
        url=typed["url"] or YOUTUBE,
        pause=FetchOptions.pause if pause is None else float(pause),
        rate_limit=rate,
        cookies=Path(typed["cookies"]).expanduser() if typed["cookies"] else None,
        cookies_from_browser=typed["cookies_from_browser"],
    )
