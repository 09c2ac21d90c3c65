"""Checks the trees of a dataset or view, and tags samples and labels with findings.

Videos are checked whole, whatever a view filters, and streamed from MongoDB. Annotations are not
changed; tags are ``check:`` and a code of :data:`..core.findings.CODES`.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
from bson import ObjectId

from ..core import fields as names
from ..core.detections import detections_in
from ..core.findings import CODES, NOTES, ClipFacts, Finding, VideoCheck
from ..core.wording import count
from ..internals.database import samples_of
from ..internals.views import source_dataset
from ..meaning.store import NoIndexError
from .doubt import doubting
from .hierarchy import DatasetOrView, find_hierarchy
from .indexes import open_index
from .progress import StageProgress

TAG = "check:"
_BATCH = 100
#: The code of doubtful captions, the most that are reported, and their lowest score.
DOUBTFUL, MOST_DOUBTFUL, LEAST_DOUBT = "doubtful-caption", 100, 2.0
#: Findings beyond this number are counted but not listed.
_LISTED = 100_000
_ATTRIBUTES = (
    "_id", "support", names.NODE_ID, names.PARENT_ID, names.LEVEL, names.TIER, names.START,
    names.END, names.TRUNCATED,
)  # fmt: skip


@dataclass
class CheckReport:
    """The findings of a check.

    Attributes:
        dataset: the dataset's name
        fields: the checked fields
        videos: the number of checked videos
        detections: the number of checked detections
        counts: the number of findings by code
        videos_with: the number of videos with findings by code
        findings: the first 100,000 findings, each with its sample's id
    """

    dataset: str
    fields: tuple[str, ...]
    videos: int = 0
    detections: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    videos_with: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, Finding]] = field(default_factory=list)

    @property
    def faults(self) -> int:
        """The number of findings that are faults of the dataset, not oddities of its source."""
        return sum(n for code, n in self.counts.items() if code not in NOTES)

    def __str__(self) -> str:
        checked = f"{count(self.videos, 'video')}, {count(self.detections, 'detection')} checked: "
        lines = [checked + (count(self.faults, "fault") if self.faults else "no fault")]
        for code, number in self.counts.most_common():
            kind = "noted, " if code in NOTES else ""
            videos = count(self.videos_with[code], "video")
            lines.append(f"{code}: {kind}{number:,} in {videos}: {CODES[code]}")
        return "\n".join(lines)

    def to_dict(self, most: int | None = None) -> dict[str, Any]:
        """Returns the report as plain values.

        Args:
            most: the most findings to list; all by default
        """
        listed = self.findings if most is None else self.findings[:most]
        return {
            "dataset": self.dataset,
            "fields": list(self.fields),
            "videos": self.videos,
            "detections": self.detections,
            "faults": self.faults,
            "counts": {
                code: {"findings": n, "videos": self.videos_with[code], "meaning": CODES[code]}
                for code, n in self.counts.most_common()
            },
            "findings": [_row(sample_id, finding) for sample_id, finding in listed],
            "not_listed": sum(self.counts.values()) - len(listed),
        }

    def write(self, path: Path) -> None:
        """Writes the findings as CSV if the path ends in ``.csv``, else the report as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            with path.open("w", newline="", encoding="utf-8") as f:
                writer = csv.writer(f)
                writer.writerow(["code", "sample_id", "node_id", "message", "fields", "label_ids"])
                for sample_id, finding in self.findings:
                    row = _row(sample_id, finding)
                    of = [[label[k] for label in row["labels"]] for k in ("field", "label_id")]
                    writer.writerow(
                        [
                            row["code"], sample_id, row["node_id"], row["message"],
                            " ".join(of[0]), " ".join(of[1]),
                        ]
                    )  # fmt: skip
        else:
            path.write_text(json.dumps(self.to_dict(), indent=1) + "\n", encoding="utf-8")


def check_trees(
    collection: DatasetOrView,
    fields: Sequence[str] | None = None,
    tag: bool = False,
    tag_doubtful: bool = False,
) -> CheckReport:
    """Checks the trees of the videos in a dataset or view.

    If the dataset has an index, doubtful captions are reported too: see :func:`.doubt.doubtful`.
    Example::

        report = check_trees(dataset)
        print(report)

    Args:
        collection: a dataset or view; its videos are checked whole, whatever it filters
        fields: the fields to check; by default all that hold trees
        tag: whether to tag samples and labels with ``check:`` and the code, and to remove the
            tags of an earlier check from these videos
        tag_doubtful: whether to tag doubtful captions too; needs ``tag``

    Raises:
        NoHierarchyError: if there is no such field
    """
    check = TreeCheck(collection, fields, tag, tag_doubtful)
    for _ in check.run():
        pass
    return check.report


def clear_check_tags(collection: DatasetOrView, fields: Sequence[str] | None = None) -> int:
    """Removes the tags of checks from the videos of a dataset or view, and from their labels.

    >>> _ = check_trees(dataset, tag=True)
    >>> clear_check_tags(dataset)
    0

    Returns:
        the number of distinct tags removed

    Raises:
        NoHierarchyError: if there is no such field
    """
    found = find_hierarchy(collection, fields)
    return _clear(source_dataset(collection), video_ids(collection), found.fields)


class TreeCheck:
    """A check that reports its progress; see :func:`check_trees` for the arguments.

    Attributes:
        report: the findings so far
    """

    def __init__(
        self,
        collection: DatasetOrView,
        fields: Sequence[str] | None = None,
        tag: bool = False,
        tag_doubtful: bool = False,
    ) -> None:
        self._fields = find_hierarchy(collection, fields).fields
        self._dataset = source_dataset(collection)
        self._tag = tag
        self._tagged = frozenset(CODES) - (NOTES - {DOUBTFUL} if tag_doubtful else NOTES)
        self._ids = video_ids(collection)
        self.report = CheckReport(self._dataset.name, self._fields)

    def run(self) -> Iterator[StageProgress]:
        """Checks batch by batch, then compares captions if the dataset has an index."""
        if self._tag:
            _clear(self._dataset, self._ids, self._fields)
        for at in range(0, len(self._ids), _BATCH):
            self._run_batch(self._ids[at : at + _BATCH])
            done = min(at + _BATCH, len(self._ids))
            yield StageProgress("Checking", done, len(self._ids))
        self._take((yield from self._doubts()))

    def _doubts(self) -> Generator[StageProgress, None, list[tuple[str, Finding]]]:
        """Finds the doubtful captions, the most doubtful first; none without an index."""
        dataset = self._dataset
        view = dataset if len(self._ids) == len(dataset) else dataset.select(self._ids)
        try:
            indexed = [name for name in open_index(dataset).fields if name in self._fields]
        except NoIndexError:
            return []
        if not indexed or not self._ids:
            return []
        doubts = yield from doubting(view, MOST_DOUBTFUL, indexed, LEAST_DOUBT)
        found: list[tuple[str, Finding]] = []
        for doubt in doubts:
            text = f"{doubt.field} of {doubt.node_id} is {doubt.reason}"
            label = doubt.field, doubt.label_id
            found.append((doubt.sample_id, Finding(DOUBTFUL, text, doubt.node_id, (label,))))
        return found

    def _run_batch(self, ids: list[str]) -> None:
        paths = [f"{name}.detections.{a}" for name in self._fields for a in _ATTRIBUTES]
        projection = dict.fromkeys([*paths, "metadata", names.SOURCE_DURATION], 1)
        found = samples_of(self._dataset).find(
            {"_id": {"$in": [ObjectId(i) for i in ids]}}, projection
        )
        self._take(
            [
                (str(document["_id"]), finding)
                for document in found
                for finding in self._check(document)
            ]
        )

    def _take(self, findings: list[tuple[str, Finding]]) -> None:
        """Counts, lists and tags findings."""
        report = self.report
        report.findings += findings[: max(_LISTED - len(report.findings), 0)]
        report.counts.update(finding.code for _, finding in findings)
        report.videos_with.update(code for _, code in {(i, f.code) for i, f in findings})
        if not self._tag:
            return
        for code in {finding.code for _, finding in findings} & self._tagged:
            self._tag_all(TAG + code, [(i, f) for i, f in findings if f.code == code])

    def _check(self, document: dict[str, Any]) -> Iterator[Finding]:
        detections = {name: detections_in(document, name) for name in self._fields}
        self.report.videos += 1
        self.report.detections += sum(map(len, detections.values()))
        yield from VideoCheck(detections, clip_of(document)).findings()

    def _tag_all(self, tag: str, tagged: list[tuple[str, Finding]]) -> None:
        ids = list(dict.fromkeys(sample_id for sample_id, _ in tagged))
        view = self._dataset.select(ids)
        view.tag_samples(tag)
        labels: dict[str, set[str]] = {}
        for _, finding in tagged:
            for name, label_id in finding.labels:
                labels.setdefault(name, set()).add(str(label_id))
        for name, label_ids in labels.items():
            view.select_labels(ids=sorted(label_ids), fields=name).tag_labels(tag, name)


def clip_of(document: Mapping[str, Any]) -> ClipFacts:
    """Returns the metadata of a sample's clip and source, from its MongoDB document."""
    metadata = document.get("metadata") or {}
    return ClipFacts(
        metadata.get("total_frame_count"),
        metadata.get("frame_rate"),
        metadata.get("duration"),
        document.get(names.SOURCE_DURATION),
    )


def video_ids(collection: DatasetOrView) -> list[str]:
    """Returns the ids of a collection's videos; for clips, of the videos that contain them."""
    if isinstance(collection, foc.ClipsView):
        return list(dict.fromkeys(collection.values("sample_id")))
    ids: list[str] = collection.values("id")
    return ids


def _clear(dataset: fo.Dataset, ids: list[str], fields: Sequence[str]) -> int:
    whole = len(ids) == len(dataset)
    view = dataset.view() if whole else dataset.select(ids)
    on_samples = [t for t in view.distinct("tags") if t.startswith(TAG)]
    if on_samples:
        view.match_tags(on_samples).untag_samples(on_samples)
    on_labels = [t for t in view.count_label_tags(label_fields=list(fields)) if t.startswith(TAG)]
    if on_labels:
        view.untag_labels(on_labels, label_fields=list(fields))
    return len({*on_samples, *on_labels})


def _row(sample_id: str, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "sample_id": sample_id,
        "node_id": finding.node_id,
        "message": finding.message,
        "labels": [{"field": f, "label_id": str(label_id)} for f, label_id in finding.labels],
    }
