"""Exports a dataset in the layout that ``load_from_hub`` reads, with links to its clips.

The export is FiftyOne's own, except that clips get names without the special characters of globs,
and that the metadata does not reveal paths of this machine.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

import fiftyone as fo
import yaml
from bson import json_util
from fiftyone.utils.data.exporters import MediaExporter

from ..core.keys import CLUSTERS_KEY, INDEX_KEY, INFO_KEY, WORDS_KEY
from ..internals.hooks import DatasetExporter
from .licence import Terms, terms_of

CONFIG, CARD, PREVIEW, METADATA = "fiftyone.yml", "README.md", "preview.png", "metadata.json"
DATA = "data"
#: The key in :data:`CONFIG` for data that FiftyOne does not store; it ignores unknown keys.
OURS = "action100m"
#: The most clips per folder: the Hub accepts 10,000 files per folder.
CHUNK_FROM, CHUNK = 5_000, 1_000
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Staged:
    """A dataset's exported files.

    Attributes:
        folder: the folder
        media: the paths of the clips in it, sorted
        others: the paths of all other files
    """

    folder: Path
    media: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum((self.folder / path).stat().st_size for path in (*self.media, *self.others))


def stage(dataset: fo.Dataset, folder: Path, terms: Terms | None = None) -> Staged:
    """Exports a dataset.

    Args:
        dataset: a dataset whose clips exist
        folder: a folder that does not exist yet
        terms: its licence; None for that in the dataset
    """
    chunk = CHUNK if len(dataset) > CHUNK_FROM else None
    exporter = _Exporter(str(folder), export_media="symlink", chunk_size=chunk)
    dataset.export(dataset_exporter=exporter, progress=False)
    _tidy_metadata(folder / METADATA)
    (folder / CONFIG).write_text(_config(dataset, terms or terms_of(dataset)), encoding="utf-8")
    paths = sorted(
        Path(base, name).relative_to(folder).as_posix()
        for base, _, files in os.walk(folder)
        for name in files
    )
    media = tuple(p for p in paths if p.split("/")[0] in (DATA, "fields"))
    return Staged(folder, media, tuple(p for p in paths if p not in set(media)))


def missing_media(dataset: fo.Dataset) -> list[str]:
    """Returns the paths of the clips that do not exist."""
    return [path for path in dataset.values("filepath") if not Path(path).is_file()]


def indexes_of(dataset: fo.Dataset) -> dict[str, bool]:
    """Returns the indexed fields, except FiftyOne's default ones, and whether each is unique."""
    default = {"id", "filepath", "created_at", "last_modified_at"}
    return {
        name: bool(about.get("unique"))
        for name, about in dataset.get_index_information().items()
        if name not in default and not name.startswith(("_", "frames.")) and len(about["key"]) == 1
    }


def safe_name(path: str) -> str:
    """Returns a file's name without characters that are special in globs, URLs or shells."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", PurePath(path).name)
    stem, dot, suffix = name.rpartition(".")
    if not stem:
        stem, dot, suffix = name, "", ""
    stem = stem[:_LONGEST_NAME]
    return ("v" if stem[:1] in ".-" else "") + stem + dot + suffix[:16]


class _Media(MediaExporter):
    """Links each file once, under a safe name."""

    def setup(self) -> None:
        super().setup()
        self._known: dict[str, str] = {}
        self._taken: set[str] = set()

    def export(self, media_or_path: Any, outpath: str | None = None) -> tuple[str, str]:
        path = os.path.abspath(media_or_path)  # noqa: PTH100 (a link stays a link)
        if path not in self._known:
            self._known[path] = self._place(path)
            out = Path(self.export_path, self._known[path])
            out.parent.mkdir(parents=True, exist_ok=True)
            out.symlink_to(path)
        name = self._known[path]
        return str(Path(self.export_path, name)), name

    def _place(self, path: str) -> str:
        name = first = safe_name(path)
        number = 1
        while name.lower() in self._taken:
            number += 1
            stem, dot, suffix = first.rpartition(".")
            name = f"{stem}-{number}{dot}{suffix}" if stem else f"{first}-{number}"
        self._taken.add(name.lower())
        if self.chunk_size is None:
            return name
        return f"data_{(len(self._taken) - 1) // self.chunk_size}/{name}"


class _Exporter(DatasetExporter):
    """FiftyOne's export, with safe names."""

    media_exporter = _Media


def _config(dataset: fo.Dataset, terms: Terms) -> str:
    config = {
        "name": dataset.name,
        "format": "FiftyOneDataset",
        "fiftyone": {"version": ">=1.22"},
        "tags": sorted({"fiftyone", "video", *dataset.tags}),
        "license": terms.identifier,
        "description": dataset.description or "",
        OURS: {"indexes": indexes_of(dataset), "videos": len(dataset)},
    }
    media = list(dataset.app_config.media_fields)
    if media != ["filepath"]:
        config["app_media_fields"] = media
    if dataset.app_config.grid_media_field != "filepath":
        config["grid_media_field"] = dataset.app_config.grid_media_field
    return str(yaml.safe_dump(config, allow_unicode=True))


def _tidy_metadata(path: Path) -> None:
    """Removes references to this machine, and times that would make each push differ.

    Indexes, stored words and cluster centroids are files beside the dataset, so their paths and the
    index's brain run would be invalid elsewhere.

    FiftyOne sets those times again when the dataset is loaded.
    """
    metadata = json_util.loads(path.read_text(encoding="utf-8"))
    for key in ("last_loaded_at", "last_modified_at"):
        metadata.pop(key, None)
    for view in metadata.get("saved_views") or ():
        view.pop("last_loaded_at", None)
    info = metadata.get("info") or {}
    if INFO_KEY in info:
        info[INFO_KEY] = _without_folders(info[INFO_KEY])
    info.pop(CLUSTERS_KEY, None)
    info.pop(WORDS_KEY, None)
    runs = metadata.get("brain_methods") or {}
    for key in set(info.pop(INDEX_KEY, None) or ()) & set(runs):
        del runs[key]
        if key.isidentifier():
            (path.parent / "brain" / f"{key}.json").unlink(missing_ok=True)
    path.write_text(json_util.dumps(metadata), encoding="utf-8")


def _without_folders(value: object) -> Any:
    """Replaces local paths in a value by their last part."""
    if isinstance(value, dict):
        return {key: _without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_folders(each) for each in value]
    if isinstance(value, str) and re.match(r"/|~|[A-Za-z]:\\", value):
        return PureWindowsPath(value.split(" ")[0]).name
    return value
