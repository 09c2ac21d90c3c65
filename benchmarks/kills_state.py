"""The result of a conversion (dataset, clips and manifest) as values that can be compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import fiftyone as fo
from fiftyone_action100m.converters.manifest import Manifest
from fiftyone_action100m.converters.written import MANIFEST
from fiftyone_action100m.internals.database import named_collection

#: Fields whose values are random or times.
_VOLATILE = frozenset({"_id", "_rand", "_dataset_id", "created_at", "last_modified_at"})
#: The same of a clip's manifest row: how long its steps took.
_SECONDS = "source_seconds"


@dataclass(frozen=True)
class Expected:
    """The result of an undisturbed run.

    Attributes:
        samples: each video's document, without random values and times
        order: the videos in the order of the dataset
        dataset: schema, info, saved views, indexes and App config of the dataset
        clips: the hash of each clip
        rows: each video's last row in the manifest
    """

    samples: dict[str, Any]
    order: list[str]
    dataset: dict[str, Any]
    clips: dict[str, str]
    rows: dict[str, Any]

    @classmethod
    def of(cls, name: str, out: Path) -> Expected:
        """Reads the result of a finished run."""
        documents = _documents(name)
        return cls(
            {d["video_uid"]: _comparable(d, out) for d in documents},
            [d["video_uid"] for d in documents],
            _comparable(_about(name), out),
            clip_hashes(out),
            _rows(out),
        )


def differences(expected: Expected, name: str, out: Path) -> list[str]:
    """Returns the differences of a finished dataset from the undisturbed one."""
    found = Expected.of(name, out)
    lines = [f"{name}: {n} samples of {u}" for u, n in Counter(found.order).items() if n > 1]
    for part in ("samples", "clips", "rows", "dataset"):
        lines += _differing(f"{name}: {part}", getattr(expected, part), getattr(found, part))
    lines += [
        f"{name}: {path.relative_to(out)} is left over"
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in {*found.clips, *_KEPT}
    ]
    return lines


_KEPT = frozenset({MANIFEST, "report.json", ".action100m.lock"})


def faults(expected: Expected, whole: Mapping[str, Set[str]], name: str, out: Path) -> list[str]:
    """Returns the states that must never occur, not even after a kill.

    Args:
        expected: the undisturbed result
        whole: the hashes that a clip may have
        name: the dataset's name
        out: the output folder
    """
    counts = Counter(d["video_uid"] for d in _documents(name))
    lines = [f"{name}: {n} samples of {uid}" for uid, n in counts.items() if n > 1]
    lines += [f"{name}: {uid} is no video" for uid in counts.keys() - expected.samples]
    for clip, digest in clip_hashes(out).items():
        if digest not in whole.get(clip, ()):
            lines.append(f"{name}: {clip} is not whole")
    return lines


def sample_count(name: str) -> int | None:
    """Returns the number of a dataset's samples, None if there is no such dataset."""
    document = named_collection("datasets").find_one({"name": name}, {"sample_collection_name": 1})
    if document is None or not document.get("sample_collection_name"):
        return None
    return int(named_collection(document["sample_collection_name"]).count_documents({}))


def manifest_lines(out: Path) -> int:
    """Returns the number of lines of a manifest."""
    try:
        return (out / MANIFEST).read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def _documents(name: str) -> list[dict[str, Any]]:
    document = named_collection("datasets").find_one({"name": name}, {"sample_collection_name": 1})
    if document is None or not document.get("sample_collection_name"):
        return []
    return list(named_collection(document["sample_collection_name"]).find())


def _comparable(value: Any, out: Path) -> Any:
    if isinstance(value, dict):
        return {k: _comparable(v, out) for k, v in value.items() if k not in _VOLATILE}
    if isinstance(value, list):
        return [_comparable(v, out) for v in value]
    return value.replace(str(out), "OUT") if isinstance(value, str) else value


def _about(name: str) -> dict[str, Any]:
    """Returns what FiftyOne stores of a dataset besides its samples."""
    dataset = fo.load_dataset(name)
    dataset.reload()
    return {
        "fields": {
            path: [type(field).__name__, field.description]
            for path, field in dataset.get_field_schema(flat=True).items()
        },
        "info": dict(dataset.info),
        "persistent": dataset.persistent,
        "description": dataset.description,
        "tags": list(dataset.tags),
        "views": sorted(dataset.list_saved_views()),
        "indexes": sorted(dataset.list_indexes()),
        "app": dataset.app_config.to_dict(),
    }


def clip_hashes(out: Path) -> dict[str, str]:
    """Returns the hash of each clip that has its final name."""
    folder = out / "clips"
    if not folder.is_dir():
        return {}
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".")
    }


def _rows(out: Path) -> dict[str, Any]:
    with Manifest(out, write=False) as manifest:
        rows = {row.key: _comparable(asdict(row), out) for row in manifest}
    for row in rows.values():
        if row["clip"]:
            del row["clip"][_SECONDS]
    return rows


def _differing(what: str, expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    lines = [f"{what}: {key} is missing" for key in expected.keys() - found.keys()]
    lines += [f"{what}: {key} is unexpected" for key in found.keys() - expected.keys()]
    for key in expected.keys() & found.keys():
        if expected[key] != found[key]:
            lines.append(f"{what}: {key} is {found[key]!r:.400}, not {expected[key]!r:.400}")
    return lines
