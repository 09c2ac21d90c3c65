"""Reads the files that make a repository a data set, and checks them before FiftyOne sees them.

Whoever owns the repository wrote them. FiftyOne's importer takes them as they come: what is of
another shape ends it somewhere, and a clip's path may lead anywhere on this machine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..converters.reading.hub_names import wrong_with
from .stage import CONFIG, METADATA, OURS

SAMPLES = "samples"
#: The largest that :data:`CONFIG` may be, in bytes: its parser is slow.
_LARGEST_CONFIG = 1 << 20


class LoadError(ValueError):
    """A repository that cannot be loaded, or a name that is taken."""


def check_parts(repo: str, tree: Collection[str]) -> None:
    """Checks that a repository lists all that a data set in FiftyOne's format consists of.

    Raises:
        LoadError: if it does not
    """
    if CONFIG not in tree:
        raise LoadError(f"{repo} has no {CONFIG}: it is not in FiftyOne's format")
    whole = f"{SAMPLES}.json" in tree or any(path.startswith(f"{SAMPLES}/") for path in tree)
    for name, there in ((METADATA, METADATA in tree), (f"{SAMPLES}.json", whole)):
        if not there:
            raise LoadError(f"{repo} has no {name}: it is not whole; whoever pushed it must again")


def read_config(repo: str, folder: Path) -> dict[str, Any]:
    """Returns what :data:`CONFIG` says, without what is of another type than it should be.

    Raises:
        LoadError: if it cannot be read, or is not of FiftyOne's format
    """
    path = folder / CONFIG
    if path.stat().st_size > _LARGEST_CONFIG:
        raise LoadError(f"{repo}: {CONFIG} is larger than {_LARGEST_CONFIG >> 20} MB")
    config = _parsed(repo, path, yaml.safe_load)
    if not isinstance(config, dict):
        raise LoadError(f"{repo}: {CONFIG} holds no settings: it cannot be loaded")
    if config.get("format") != "FiftyOneDataset":
        raise LoadError(f"{repo} is of another format: use load_from_hub")
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
    """Checks that each sample names a file of the repository.

    Raises:
        LoadError: if one does not, or a file of samples cannot be read
    """
    for place, sample in _samples(repo, folder, tree):
        path = sample.get("filepath") if isinstance(sample, dict) else None
        if wrong := wrong_with(path):
            raise LoadError(f"{repo}: {place} names {path!a:.120} as its file, which {wrong}")
        if path not in tree:
            raise LoadError(f"{repo} lists no {path}, which {place} names")


def read_metadata(repo: str, folder: Path) -> dict[str, Any]:
    """Returns what :data:`METADATA` says.

    Raises:
        LoadError: if it cannot be read, or is of another shape
    """
    metadata = _parsed(repo, folder / METADATA, json.loads)
    if not isinstance(metadata, dict):
        raise LoadError(f"{repo}: {METADATA} holds no data set: it cannot be loaded")
    return metadata


def descriptions(declared: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Yields path and description of the fields of a clip's metadata, as far as there are any."""
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
            raise LoadError(f"{repo}: {single} holds no list of samples: it cannot be loaded")
        yield from ((f"sample {k} of {single}", each) for k, each in enumerate(found, 1))
        return
    for path in sorted(path for path in tree if path.startswith(f"{SAMPLES}/")):
        if path.endswith(".json"):
            yield path, _parsed(repo, folder / path, json.loads)


def _parsed(repo: str, path: Path, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(path.read_text(encoding="utf-8"))
    except Exception as error:  # PyYAML raises nearly anything, for values that are none
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise LoadError(f"{repo}: {path.name} is broken: {said}") from error


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
