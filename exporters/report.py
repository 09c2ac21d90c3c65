"""What an export has written, in words and as plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .formats import FORMATS

#: What was done to read or write videos, in words.
NOTES = {
    "times-from-supports": "start and end were derived from the supports, to a frame: the data set "
    "has no seconds",
    "nodes-without-times": "nodes without a usable start and end were left out",
    "uid-from-url": "the id was taken from the video's address: the data set has no video_uid",
    "uid-from-file": "the id was taken from the clip's file name",
    "uid-from-sample": "the sample's id stands for the video's",
    "same-name": "another video has the same id: the sample's id was added to the file's name",
}
#: Examples of what was left out that a report gives for each reason.
_EXAMPLES = 3


@dataclass
class ExportReport:
    """What an export has written.

    Attributes:
        dataset: the data set's name
        format: the format's name
        out: the folder
        fields: the fields whose captions were written
        licence: what the annotations may be used for
        dry_run: whether nothing was written
        already: whether an earlier run had written all of it
        resumed: how many videos an earlier run had dealt with, which was interrupted
        replaces: how many files of an earlier export make way, None if there is none
        stay: how many files in the folder are not of an export, and stay
        videos: how many videos were written
        captions: how many captions, by field
        left_out: how many videos were not, by reason
        examples: messages by reason
        notes: in how many videos something had to be done, see :data:`NOTES`
        no_place: chosen fields that the format has no place for
    """

    dataset: str
    format: str
    out: Path
    fields: tuple[str, ...]
    licence: str
    dry_run: bool = False
    already: bool = False
    resumed: int = 0
    replaces: int | None = None
    stay: int = 0
    videos: int = 0
    captions: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    no_place: tuple[str, ...] = ()

    @property
    def done(self) -> int:
        """How many videos were dealt with."""
        return self.videos + sum(self.left_out.values())

    @property
    def exit_code(self) -> int:
        """0 where every video was written, 3 where some were, 4 where none was."""
        if not self.videos:
            return 4
        return 3 if self.left_out else 0

    def leave_out(self, reason: str, message: str) -> None:
        """Counts a video that was not written."""
        self.left_out[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(message)

    def __str__(self) -> str:
        done = "would be written" if self.dry_run else "written"
        if self.already:
            done = "are there already, nothing is done: written"
        lines = [
            f"{self.videos:,} of {self.done:,} videos of {self.dataset!r} {done} to {self.out} "
            f"as {FORMATS[self.format].label}",
            *(f"  {self.captions[name]:,} captions of {name}" for name in self.fields),
        ]
        for reason, count in self.left_out.most_common():
            lines.append(f"  left out, {reason}: {count:,}, e.g. {self.examples[reason][0]}")
        lines += [f"  {NOTES[code]} ({n:,} videos)" for code, n in self.notes.most_common()]
        if self.no_place:
            lines.append(f"  left out: records have no place for {', '.join(self.no_place)}")
        if self.resumed:
            lines.append(f"  {self.resumed:,} videos are of an earlier run, which was interrupted")
        if self.replaces is not None:
            would = "would be replaced" if self.dry_run else "were replaced"
            lines.append(f"  {self.replaces:,} files of the export that was there {would}")
        if self.stay:
            lines.append(f"  {self.stay:,} files that no export has written stay in the folder")
        lines.append(f"Licence of the annotations: {self.licence}")
        return "\n".join(lines)

    def counted(self) -> dict[str, Any]:
        """Returns what :meth:`restore` takes."""
        return {
            "videos": self.videos,
            "captions": dict(self.captions),
            "left_out": dict(self.left_out),
            "examples": self.examples,
            "notes": dict(self.notes),
        }

    def restore(self, counted: Mapping[str, Any]) -> None:
        """Takes over what an earlier run has counted."""
        self.videos = counted["videos"]
        self.captions = Counter(counted["captions"])
        self.left_out = Counter(counted["left_out"])
        self.examples = {reason: list(of) for reason, of in counted["examples"].items()}
        self.notes = Counter(counted["notes"])

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as plain values."""
        return {
            "dataset": self.dataset,
            "format": self.format,
            "out": str(self.out),
            "fields": list(self.fields),
            "licence": self.licence,
            "dry_run": self.dry_run,
            "already": self.already,
            "resumed": self.resumed,
            "replaces": self.replaces,
            "stay": self.stay,
            **self.counted(),
            "no_place": list(self.no_place),
        }
