"""Reads and checks the files that describe a repository's dataset before FiftyOne imports it.

The repository's owner is not trusted: malformed files make FiftyOne's importer fail with any error,
and a clip's path could lead anywhere on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..converters.reading.hub_names import wrong_with
from .hub import message_of
from .stage import CONFIG, METADATA, OURS

SAMPLES = "samples"
#: The largest :data:`CONFIG` in bytes: the YAML parser is slow.
_LARGEST_CONFIG = 1 << 20


class LoadError(ValueError):
    """A repository that cannot be loaded, or a dataset's name that is taken."""


def check_parts(repo: str, tree: Collection[str]) -> None:
    """Checks that a repository lists all files of a dataset in FiftyOne's format.

    Raises:
        LoadError: if one is missing
    """
    if CONFIG not in tree:
        raise LoadError(f"{repo} has no {CONFIG}: it is not in FiftyOne's format")
    has_samples = f"{SAMPLES}.json" in tree or any(path.startswith(f"{SAMPLES}/") for path in tree)
    for name, found in ((METADATA, METADATA in tree), (f"{SAMPLES}.json", has_samples)):
        if not found:
            raise LoadError(f"{repo} has no {name}: it is incomplete, its owner must push it again")


def read_config(repo: str, folder: Path) -> dict[str, Any]:
    """Returns the settings of :data:`CONFIG`; those of a wrong type are empty.

    Raises:
        LoadError: if it cannot be read, or names another format
    """
    path = folder / CONFIG
    if path.stat().st_size > _LARGEST_CONFIG:
        raise LoadError(f"{repo}: {CONFIG} is larger than {_LARGEST_CONFIG >> 20} MB")
    config = _parsed(repo, path, yaml.safe_load)
    if not isinstance(config, dict):
        raise LoadError(f"{repo}: {CONFIG} is not a mapping of settings")
    if config.get("format") != "FiftyOneDataset":
        raise LoadError(f"{repo} has another format: use load_from_hub")
    ours = config.get(OURS)
    indexes = ours.get("indexes") if isinstance(ours, dict) else None
    media = config.get("app_media_fields")
    return {
        "name": _text(config.get("name")),
        "indexes": {p: u is True for p, u in _mapping(indexes).items() if _text(p)},
        "app_media_fields": media if isinstance(media, list) and all(map(_text, media)) else [],
        "grid_media_field": _text(config.get("grid_media_field")),
    }


def check_samples(repo: str, folder: Path, tree: Collection[str]) -> None:
    """Checks that each sample's file is in the repository.

    Raises:
        LoadError: if one is not, or a file of samples cannot be read
    """
    for place, sample in _samples(repo, folder, tree):
        path = sample.get("filepath") if isinstance(sample, dict) else None
        if wrong := wrong_with(path):
            raise LoadError(f"{repo}: {place} names {path!a:.120} as its file, which {wrong}")
        if path not in tree:
            raise LoadError(f"{repo} has no {path}, which {place} names")


def read_metadata(repo: str, folder: Path) -> dict[str, Any]:
    """Returns the contents of :data:`METADATA`.

    Raises:
        LoadError: if it cannot be read, or is not a mapping
    """
    metadata = _parsed(repo, folder / METADATA, json.loads)
    if not isinstance(metadata, dict):
        raise LoadError(f"{repo}: {METADATA} does not describe a dataset")
    return metadata


def descriptions(declared: object, above: str = "") -> Iterator[tuple[str, str]]:
    """Yields the path and description of each described field below ``metadata``."""
    for each in declared if isinstance(declared, list) else ():
        name = _text(_mapping(each).get("name"))
        path = f"{above}{name}"
        if path.split(".")[0] != "metadata" or path.count(".") > 8:
            continue
        if text := _text(each.get("description")):
            yield path, text
        yield from descriptions(each.get("fields"), f"{path}.")


def _samples(repo: str, folder: Path, tree: Collection[str]) -> Iterator[tuple[str, Any]]:
    single = f"{SAMPLES}.json"
    if single in tree:
        found = _mapping(_parsed(repo, folder / single, json.loads)).get(SAMPLES)
        if not isinstance(found, list):
            raise LoadError(f"{repo}: {single} does not hold a list of samples")
        yield from ((f"sample {k} of {single}", each) for k, each in enumerate(found, 1))
        return
    for path in sorted(path for path in tree if path.startswith(f"{SAMPLES}/")):
        if path.endswith(".json"):
            yield path, _parsed(repo, folder / path, json.loads)


def _parsed(repo: str, path: Path, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except Exception as error:  # PyYAML may raise anything
        raise LoadError(f"{repo}: {path.name} is broken: {message_of(error, 200)}") from error


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
