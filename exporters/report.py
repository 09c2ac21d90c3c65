"""The report of an export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..core.exit_codes import EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL
from ..core.wording import count
from .formats import FORMATS

#: What was derived, dropped or renamed, by code.
NOTES = {
    "times-from-supports": "start and end were derived from the supports, precise to a frame: the "
    "dataset has no seconds",
    "nodes-without-times": "nodes without a usable start and end were left out",
    "uid-from-url": "the id was taken from the video's URL: the dataset has no video_uid",
    "uid-from-file": "the id was taken from the clip's file name",
    "uid-from-sample": "the sample's id was used as the video's",
    "same-name": "another video has the same id: the sample's id was added to the file name",
}
#: Examples of videos left out that are kept per reason.
_EXAMPLES = 3


@dataclass
class ExportReport:
    """What an export has written.

    Attributes:
        dataset: the dataset's name
        format: the format's name
        out: the folder
        fields: the exported fields
        licence: what the annotations may be used for
        dry_run: whether nothing was written
        already: whether an earlier run had already written everything
        resumed: the number of videos that an interrupted run had processed
        replaces: the number of files of an earlier export that are replaced, None without one
        stay: the number of files in the folder that no export has written
        videos: the number of exported videos
        captions: the number of exported captions, per field
        left_out: the number of videos that were left out, per reason
        examples: messages per reason
        notes: the number of videos per code of :data:`NOTES`
        no_place: chosen fields that the format cannot hold
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
        """The number of videos processed."""
        return self.videos + sum(self.left_out.values())

    @property
    def exit_code(self) -> int:
        """0 if all videos were exported, 3 if some were, 4 if none was."""
        if not self.videos:
            return EXIT_NOTHING
        return EXIT_PARTIAL if self.left_out else EXIT_OK

    def leave_out(self, reason: str, message: str) -> None:
        """Counts a video that is left out."""
        self.left_out[reason] += 1
        examples = self.examples.setdefault(reason, [])
        if len(examples) < _EXAMPLES:
            examples.append(message)

    def __str__(self) -> str:
        done = "would be written" if self.dry_run else "written"
        if self.already:
            done = "were already written; nothing to do:"
        lines = [
            f"{self.videos:,} of {count(self.done, 'video')} of {self.dataset!r} {done} to "
            f"{self.out} as {FORMATS[self.format].label}",
            *(f"  {count(self.captions[name], 'caption')} of {name}" for name in self.fields),
        ]
        for reason, number in self.left_out.most_common():
            lines.append(f"  left out, {reason}: {number:,}, e.g. {self.examples[reason][0]}")
        lines += [f"  {NOTES[code]} ({count(n, 'video')})" for code, n in self.notes.most_common()]
        if self.no_place:
            lines.append(f"  left out: records cannot hold {', '.join(self.no_place)}")
        if self.resumed:
            lines.append(f"  {count(self.resumed, 'video')} from an earlier, interrupted run")
        if self.replaces is not None:
            verb = "to replace" if self.dry_run else "replaced"
            lines.append(f"  {count(self.replaces, 'file')} of the earlier export {verb}")
        if self.stay:
            lines.append(f"  {count(self.stay, 'other file')} in the folder kept")
        lines.append(f"Licence of the annotations: {self.licence}")
        return "\n".join(lines)

    def counted(self) -> dict[str, Any]:
        """Returns the counts, as JSON values for :meth:`restore`."""
        return {
            "videos": self.videos,
            "captions": dict(self.captions),
            "left_out": dict(self.left_out),
            "examples": self.examples,
            "notes": dict(self.notes),
        }

    def restore(self, counted: Mapping[str, Any]) -> None:
        """Restores the counts of an earlier run."""
        self.videos = counted["videos"]
        self.captions = Counter(counted["captions"])
        self.left_out = Counter(counted["left_out"])
        self.examples = {reason: list(of) for reason, of in counted["examples"].items()}
        self.notes = Counter(counted["notes"])

    def to_dict(self) -> dict[str, Any]:
        """Returns the report as JSON values."""
        lists = {"fields": list(self.fields), "no_place": list(self.no_place)}
        return {**vars(self), "out": str(self.out), **lists, **self.counted()}
