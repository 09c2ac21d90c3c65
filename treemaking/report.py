"""The outcome of a build by status and reason, and its cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from ..converters.manifest import OK
from ..converters.report import Progress, Report, count_lines, duration
from ..core.exit_codes import EXIT_OK, EXIT_PARTIAL
from ..core.wording import count
from .about import About
from .caption_counts import CallCounts
from .features import FeaturesInfo

#: Reasons of ``ok``: the features were computed, or an earlier run had computed them.
BUILT, PRESENT = "built", "features already there"

_SUMS = ("nodes", "frames", "length", "features_seconds", "segments_seconds", "with_speech")


@dataclass(frozen=True)
class BuildProgress(Progress):
    """The progress of a build.

    Attributes:
        captions: the progress of captions and aggregation as text; empty if none are made
    """

    captions: str = field(default="", kw_only=True)

    def __str__(self) -> str:
        return "; ".join(filter(None, [super().__str__(), self.captions]))


@dataclass
class BuildReport(Report):
    """The outcome of one build.

    Attributes:
        nodes: the number of nodes of all trees
        frames: the number of sampled frames
        length: the length of the videos with a tree, in seconds
        features_seconds: seconds of decoding and encoding, whichever run did it
        segments_seconds: seconds of clustering
        estimated: the estimate of a dry run, as text
        calls: the calls to the captioner; None if no captions are made
        aggregated: the calls to the LLM; None if captions are not aggregated
        transcribed: the calls to the speech model; None if there is none
        with_speech: the number of videos with a transcript
    """

    nodes: int = 0
    frames: int = 0
    length: float = 0.0
    features_seconds: float = 0.0
    segments_seconds: float = 0.0
    estimated: str = ""
    calls: CallCounts | None = None
    aggregated: CallCounts | None = None
    transcribed: CallCounts | None = None
    with_speech: int = 0

    @property
    def progress(self) -> BuildProgress:
        """The progress of the run."""
        videos = super().progress
        text = "; ".join(each.progress(self.total or 0) for each in self._counts if each.trees)
        values = {each.name: getattr(videos, each.name) for each in fields(videos)}
        return BuildProgress(**values, captions=text)

    @property
    def exit_code(self) -> int:
        """As for a conversion; also 3 if all videos have a tree but some texts are missing."""
        code = super().exit_code
        missing = any(each.failed or each.waiting for each in self._counts)
        return EXIT_PARTIAL if code == EXIT_OK and missing else code

    @property
    def _counts(self) -> list[CallCounts]:
        counts = (self.transcribed, self.calls, self.aggregated)
        return [each for each in counts if each is not None]

    def add_tree(self, info: FeaturesInfo, nodes: int, seconds: float) -> None:
        """Counts a video's tree.

        Args:
            info: its features
            nodes: the number of its nodes
            seconds: seconds of clustering
        """
        self.nodes += nodes
        self.frames += info.frames
        self.length += info.seconds
        self.features_seconds += info.took
        self.segments_seconds += seconds

    def sums(self) -> dict[str, Any]:
        """Returns the counts that are summed over shards, as JSON values."""
        calls = [each.sums() for each in self._counts]
        return {**{name: getattr(self, name) for name in _SUMS}, "calls": calls}

    def add_sums(self, sums: Mapping[str, Any]) -> None:
        """Adds the counts of a shard, from :meth:`sums`."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + sums[name])
        for counts, of_shard in zip(self._counts, sums["calls"], strict=True):
            counts.add_sums(of_shard)

    def add_about(self, about: About) -> None:
        """Counts what the files beside a video with a tree have provided."""
        self.with_speech += bool(about.info.transcript)
        self.warnings.update(about.faults.keys())
        for reason, message in about.faults.items():
            self.examples.setdefault(("unused", reason), message)

    def totals(self) -> dict[str, Any]:
        """Returns the totals as plain JSON values."""
        return {
            "videos": self.of(OK),
            "nodes": self.nodes,
            "frames": self.frames,
            "seconds_of_video": round(self.length, 2),
            "with_speech": self.with_speech,
            "seconds": {
                "features": round(self.features_seconds, 3),
                "segments": round(self.segments_seconds, 3),
                "run": round(self.seconds, 3),
            },
            **({} if self.transcribed is None else {"speech": self.transcribed.totals()}),
            **({} if self.calls is None else {"captions": self.calls.totals()}),
            **({} if self.aggregated is None else {"aggregation": self.aggregated.totals()}),
            # Without examples, which name files: the manifest may be published.
            "counts": [
                {"status": status, "reason": reason, "videos": videos}
                for (status, reason), videos in sorted(self.counts.items())
            ],
        }

    def __str__(self) -> str:
        ok, done = self.of(OK), self.done
        if self.dry_run:
            first = f"{ok:,} of {count(done, 'video')} can be built"
        else:
            first = f"{ok:,} of {count(done, 'video')} built in {duration(self.seconds)}"
        if self.stopped:
            first += f"; stopped early: {self.stopped}, and the records are as before"
        lines = [first, *count_lines(self.counts, self.examples, self.dry_run)]
        if self.dry_run:
            return "\n".join([*lines, *filter(None, [self.estimated])])
        for each in self._counts:
            lines += each.lines() if each.trees else []
        if self.calls is not None and self.aggregated is None:
            lines.append("There was no LLM: there are no refined captions (gpt)")
        if ok and not self.stopped:
            a_second = self.nodes / self.length if self.length else 0
            lines.append(
                f"{count(self.nodes, 'node')} in {duration(self.length)} of video "
                f"({a_second:.2f} per second)"
            )
            if self.with_speech:
                lines.append(f"{count(self.with_speech, 'video')} with a transcript")
            lines += count_lines(
                {("unused", reason): number for reason, number in self.warnings.items()},
                self.examples,
            )
            lines.append(f"Records in {self.folder}/records, of the videos in {self.folder}/videos")
        return "\n".join(lines)
