"""The options of a conversion, checked before anything is written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..acquire.options import FetchOptions
from ..core.fields import DEFAULT_CAPTIONS, CaptionField, select_captions
from ..core.machine import cores
from ..core.option_error import OptionError
from .clips.ffmpeg import NoFfmpegError, ffmpeg_exe
from .clips.media import ClipSettings
from .clips.videos import NAMES, VideoFolder
from .reading.built import builds_of, default_captions
from .reading.select import EVERYTHING, Selection
from .reading.sources import RecordFile, SourceError, find_files, hub_source
from .storing.provenance import ACTION100M, Provenance, with_builds
from .written import CLIPS, is_conversion


@dataclass(frozen=True)
class ConvertOptions:
    """A conversion's options.

    Attributes:
        source: a Parquet, JSON or JSON Lines file, a folder of them, a glob, or a dataset
            repository on the Hub, see :func:`.reading.sources.find_files`
        videos: the folder with the source videos, as ``ID.mp4`` or as yt-dlp names them; None if
            all come from the web
        name: the dataset's name
        out: the folder for clips, manifest and report
        captions: groups (``gpt``, ``plm``, ``llama3``) and names of caption fields
        clip: how clips are made
        workers: clips made at once; None for one per core
        max_samples: maximum number of samples; None for all
        overwrite: whether to replace a dataset of this name
        append: whether to add to a dataset of this name that another run made; existing samples
            stay unchanged
        replace: whether to rewrite existing samples in place; ids, tags and fields that a
            conversion does not write are kept
        retry: statuses or reasons of videos to retry; ``all`` for every failure
        dry_run: whether to only report what a run would do
        provenance: the content's origin and terms
        fetch: how to fetch videos that are not in the folder; None to fetch none
        revision: the branch, tag or commit of a repository on the Hub; None for its default
        token: the Hub's access token; None for that of the environment or of a login. It is never
            written to disk
        selection: the records of the source to convert"""

    source: str | Path
    videos: str | Path | None
    name: str
    out: str | Path
    captions: str | Sequence[str] = DEFAULT_CAPTIONS
    clip: ClipSettings = field(default_factory=ClipSettings)
    workers: int | None = None
    max_samples: int | None = None
    overwrite: bool = False
    append: bool = False
    replace: bool = False
    retry: Sequence[str] = ()
    dry_run: bool = False
    provenance: Provenance = ACTION100M
    fetch: FetchOptions | None = None
    revision: str | None = None
    token: str | None = field(default=None, repr=False)
    selection: Selection = EVERYTHING

    def parameters(self) -> dict[str, Any]:
        """Returns the JSON values that identify a run; a run with equal values resumes it."""
        chosen = self.selection.to_dict()
        return {
            "source": self._source(),
            "videos": self._videos(),
            "out": str(_absolute("out", self.out)),
            "captions": [c.name for c in self.caption_fields],
            "clip_seconds": self.clip.clip_seconds,
            "max_height": self.clip.max_height,
            "crf": self.clip.crf,
            "preset": self.clip.preset,
            "max_fps": self.clip.max_fps,
            **({"hdr": self.clip.hdr} if self.clip.hdr != ClipSettings.hdr else {}),
            **({"selection": chosen} if chosen else {}),
        }

    @property
    def caption_fields(self) -> tuple[CaptionField, ...]:
        """The selected caption fields.

        Raises:
            ValueError: if a name is unknown
        """
        return select_captions(_listed(self.captions))

    def _source(self) -> str:
        remote = hub_source(self.source, self.revision)
        return str(remote) if remote else str(_absolute("source", self.source))

    def _videos(self) -> str:
        """Returns the sources of the videos: a folder, an address, or both."""
        folder = str(_absolute("videos", self.videos)) if self.videos else ""
        return " ".join(filter(None, (folder, self.fetch.url if self.fetch else "")))


@dataclass(frozen=True)
class Resolved:
    """Checked options, with the files and folders that they name."""

    options: ConvertOptions
    files: list[RecordFile]
    videos: VideoFolder | None
    captions: tuple[CaptionField, ...]
    out: Path
    workers: int

    @property
    def clips(self) -> Path:
        """The folder of the clips."""
        return self.out / CLIPS

    def find(self, uid: str) -> Path | None:
        """Returns the local file of a video, None if there is none."""
        return None if self.videos is None else self.videos.find(uid)

    def near(self, uid: str) -> str:
        """Returns a hint for a video without a file: one whose name contains its id, if any."""
        name = self.videos.holding(uid) if self.videos else None
        return f": {name!r} contains the id but is not named {NAMES}" if name else ""


def check(options: ConvertOptions) -> tuple[tuple[CaptionField, ...], Path]:
    """Checks the options as far as possible without reading folders.

    Returns:
        the caption fields and the output folder

    Raises:
        OptionError: if an option cannot be used
    """
    # Imported late: FiftyOne checks names, and workers that only make clips do without it.
    from .storing.dataset import DatasetError, check_name

    if not options.name.strip():
        raise OptionError("name", "give the dataset a name")
    try:
        check_name(options.name)
    except DatasetError as error:
        raise OptionError("name", str(error)) from None
    if options.overwrite and options.append:
        raise OptionError("append", "give either --append or --overwrite, not both")
    if options.overwrite and options.replace:
        raise OptionError("replace", "give either --replace or --overwrite, not both")
    for option, value in (("max_samples", options.max_samples), ("workers", options.workers)):
        if value is not None and value < 1:
            raise OptionError(option, f"{option} is {value}: give 1 or more")
    try:
        captions = options.caption_fields
    except ValueError as error:
        raise OptionError("captions", str(error)) from None
    out = _absolute("out", options.out)
    if out.exists() and not out.is_dir():
        raise OptionError("out", f"{out} is a file: give a folder")
    return captions, out


def resolve(options: ConvertOptions) -> Resolved:
    """Checks options and finds the files and folders that they name.

    For records that builds wrote, provenance and captions are taken from the builds.

    Raises:
        OptionError: if one cannot be used; nothing is written then
    """
    _, out = check(options)
    try:
        ffmpeg_exe()
    except NoFfmpegError as error:
        raise OptionError("ffmpeg", str(error)) from None
    try:
        files = find_files(options.source, options.revision, options.token, out)
    except (SourceError, OSError) as error:
        raise OptionError("source", str(error)) from None
    options = _of_builds(options, files)
    if not options.selection.of_files(files):
        raise OptionError("shards", f"{options.source} has {len(files)} files: no such shards")
    folder = _absolute("videos", options.videos) if options.videos else None
    _check_clips(out, folder)
    try:
        videos = VideoFolder(folder, out) if folder else None
    except OSError as error:
        raise OptionError("videos", str(error)) from None
    if not options.fetch and videos is None:
        raise OptionError("videos", "give the folder with the videos, or --fetch to fetch them")
    if not options.fetch and not (videos and len(videos)):
        raise OptionError(
            "videos", f"{options.videos} holds no video files, apart from those that runs wrote"
        )
    return Resolved(options, files, videos, options.caption_fields, out, options.workers or cores())


def _of_builds(options: ConvertOptions, files: list[RecordFile]) -> ConvertOptions:
    """Returns options with the provenance and captions of records that builds wrote."""
    builds = builds_of(files)
    if not any(builds):
        return options
    provenance = with_builds(options.provenance, builds)
    if None in builds or options.caption_fields != select_captions(DEFAULT_CAPTIONS):
        return replace(options, provenance=provenance)
    return replace(options, provenance=provenance, captions=default_captions(files))


def _check_clips(out: Path, videos: Path | None) -> None:
    """Checks that no clip can overwrite a video of the user.

    Raises:
        OptionError: if one could
    """
    clips = out / CLIPS
    if videos is not None and clips.resolve() in (videos.resolve(), *videos.resolve().parents):
        raise OptionError(
            "out", f"{clips}, the folder of the clips, contains --videos: choose another"
        )
    if clips.is_dir() and not is_conversion(out) and any(clips.iterdir()):
        raise OptionError(
            "out", f"{clips} exists and is not a conversion's: choose another --out, or move it"
        )


def _absolute(option: str, path: str | Path) -> Path:
    """Returns a folder's absolute path.

    Raises:
        OptionError: if no such folder can exist
    """
    try:
        absolute = Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100 - links are kept
        with suppress(FileNotFoundError):
            absolute.lstat()
    except (OSError, ValueError, RuntimeError, TypeError) as error:  # too long, a NUL, ~nobody
        reason = error.strerror if isinstance(error, OSError) else error
        shown = repr(str(path))
        shown = shown if len(shown) < 120 else f"{shown[:100]}…"
        raise OptionError(option, f"{shown} cannot be a folder: {reason}") from None
    return absolute


def _listed(captions: str | Sequence[str]) -> str | list[str]:
    return captions if isinstance(captions, str) else list(captions)
