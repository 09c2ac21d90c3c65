"""The operator that converts records and videos into a data set, from a form in the App."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..converters.convert import Conversion
from ..converters.dataset import DatasetError, check_name, describe_existing
from ..converters.media import ClipSettings
from ..converters.options import ConvertOptions, OptionError, check
from ..converters.remote import HubSource, endpoint
from ..converters.report import Report
from ..converters.select import (
    EVERYTHING,
    Selection,
    SelectionError,
    parse_bounds,
    parse_days,
    read_ids,
)
from ..converters.sources import SourceError, count_records, find_files, hub_source
from ..core.fields import CAPTIONS, DEFAULT_CAPTIONS, select_captions

logger = logging.getLogger(__name__)

_REFUSE, _APPEND, _OVERWRITE = "refuse", "append", "overwrite"

#: More files than this are not opened to count their records while somebody types.
_COUNTED_FILES = 50


#: What records are selected by: name, label and description.
_SELECTION = (
    ("ids", "Ids", "Videos by their ids, separated by commas, or a file with one a line"),
    ("title", "Title", "A text in the title, in any case"),
    ("text", "Caption", "A text in one of the captions chosen below, in any case"),
    ("duration", "Length", "The source video's seconds: 60:300, 60: or :300"),
    ("views", "Views", "How often it has been seen: 1000:, for example"),
    ("uploaded", "Uploaded", "Years, months or days: 2015:2019-06"),
    ("shards", "Files", "Which of the source's files, in order; the first is 1: 1:4"),
)


class ConvertAction100M(foo.Operator):
    """Converts Action100M records and their videos into a new data set, and opens it."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="convert_action100m",
            label="Convert Action100M",
            description="Cut videos to clips and make a data set of them and their records",
            icon="account_tree",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form, with what is wrong next to where it is."""
        inputs = types.Object()
        _source_input(ctx, inputs)
        _selection_inputs(ctx, inputs)
        _videos_input(ctx, inputs)
        _name_input(ctx, inputs)
        _what_inputs(inputs)
        _check_whole(ctx, inputs)
        return types.Property(inputs, view=types.View(label="Convert Action100M"))

    def execute(self, ctx: Any) -> Any:
        """Converts; says how far it is as it goes."""
        conversion = Conversion(options_of(ctx.params))
        if ctx.delegated:
            for step in conversion.run():
                ctx.set_progress(_share(step), label=str(step))
            return conversion.report.to_dict()
        return _steps(ctx, conversion)


def _steps(ctx: Any, conversion: Conversion) -> Iterator[Any]:
    for step in conversion.run():
        yield ctx.ops.set_progress(label=str(step), progress=_share(step))
    report = conversion.report
    yield ctx.ops.notify(_headline(report), variant="success" if report.samples else "error")
    if report.samples:
        yield ctx.ops.open_dataset(report.dataset)


def _share(step: Any) -> float | None:
    return min(step.done / step.total, 1.0) if step.total else None


def _headline(report: Report) -> str:
    """The report in a sentence or two, for a notification."""
    lines = str(report).splitlines()
    return " · ".join(" ".join(line.split()) for line in lines[:4])


def options_of(params: dict[str, Any]) -> ConvertOptions:
    """Returns the options that a form's values stand for.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        OptionError: if a value cannot be used
    """
    existing = params.get("existing", _REFUSE)
    try:
        clip = ClipSettings(
            clip_seconds=float(params.get("clip_seconds") or 90.0),
            max_height=int(params.get("max_height") or 480),
        )
    except ValueError as error:
        raise OptionError("clip_seconds", str(error)) from None
    try:
        selection = selection_from(params)
    except SelectionError as error:
        raise OptionError(error.option, str(error)) from None
    name = (params.get("name") or "").strip()
    return ConvertOptions(
        source=(params.get("source") or "").strip(),
        videos=params.get("videos") or "",
        name=name,
        out=params.get("out") or _default_out(name),
        captions=tuple(params.get("captions") or DEFAULT_CAPTIONS),
        clip=clip,
        max_samples=params.get("max_samples"),
        overwrite=existing == _OVERWRITE,
        append=existing == _APPEND,
        retry=("failed",) if params.get("retry") else (),
        revision=(params.get("revision") or "").strip() or None,
        selection=selection,
    )


def _default_out(name: str) -> str:
    folder = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")
    return str(Path(fo.config.default_dataset_dir) / "action100m" / folder)


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
        # The Hub is not asked while somebody types.
        files = [] if remote else find_files(source)
    except SourceError as error:
        _mark(prop, str(error))
        return
    if remote:
        _hub_inputs(remote, inputs)
        return
    count = count_records(files) if len(files) <= _COUNTED_FILES else None
    text = f"{len(files)} file{'s' if len(files) > 1 else ''}"
    inputs.view(
        "source_found",
        types.Notice(label=f"{text}, {count} records" if count is not None else text),
    )


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


def selection_from(params: dict[str, Any]) -> Selection:
    """Returns the selection that a form's values stand for.

    Args:
        params: the form's values; those of inputs that are not shown may be missing

    Raises:
        SelectionError: if a value cannot be understood
    """
    if not params.get("select"):
        return EVERYTHING
    typed = {name: (params.get(name) or "").strip() or None for name, *_ in _SELECTION}
    return Selection(
        ids=read_ids(typed["ids"]) if typed["ids"] else None,
        title=typed["title"],
        text=typed["text"],
        duration=parse_bounds("duration", typed["duration"], float),
        views=parse_bounds("views", typed["views"], int),
        uploaded=parse_days(typed["uploaded"]),
        shards=parse_bounds("shards", typed["shards"], int),
        random=params.get("random") or None,
        seed=params.get("seed") or 0,
    )


def _videos_input(ctx: Any, inputs: types.Object) -> None:
    prop = inputs.str(
        "videos",
        required=True,
        label="Videos",
        description="The folder with the source videos, called ID.mp4 or 'Title [ID].webm'",
    )
    videos = ctx.params.get("videos")
    if videos and not Path(videos).expanduser().is_dir():
        _mark(prop, f"{videos} is not a folder")


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
        choices.add_choice(_REFUSE, label="Go on only if it is this conversion's own")
        choices.add_choice(_APPEND, label="Append to it")
        choices.add_choice(_OVERWRITE, label="Replace it: its samples and labels are deleted")
        inputs.enum(
            "existing",
            choices.values(),
            default=_REFUSE,
            label=f"What now: {existing}",
            view=choices,
        )
    inputs.str(
        "out",
        default=_default_out(name),
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
    inputs.bool("retry", default=False, label="Try videos again that failed before")


def _check_whole(ctx: Any, inputs: types.Object) -> None:
    """Shows what is wrong with the form as a whole, once it is filled in."""
    if not all(ctx.params.get(key) for key in ("source", "videos", "name")):
        return
    try:
        check(options_of(ctx.params))
    except OptionError as error:
        warning = inputs.view("problem", types.Warning(label=str(error)))
        warning.invalid = True


def _mark(prop: types.Property, message: str) -> None:
    prop.invalid = True
    prop.error_message = message
