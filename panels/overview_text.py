"""What the overview says in words: its figures beside the full release's, and what is missing."""

from __future__ import annotations

from ..core import release
from ..views.overview import Segments, Texts, Videos

_UNKNOWN = "not recorded"


def summary(videos: Videos, segments: Segments | None, texts: Texts | None) -> str:
    """Returns a Markdown table of the figures that are there, beside the full release's."""
    rows = [
        ("Videos", f"{videos.videos:,}", f"{release.VIDEOS:,}"),
        ("Hours, of clips", _hours(videos.clip_seconds), "–"),
        (
            "Hours, of source videos",
            _UNKNOWN if videos.source_seconds is None else _hours(videos.source_seconds),
            _hours(release.HOURS * 3600),
        ),
    ]
    if segments is not None:
        each = segments.total / max(videos.videos, 1)
        rows += [
            ("Nodes", f"{segments.total:,}", f"{release.NODES:,}"),
            ("Nodes a video", f"{each:,.1f}", f"{release.NODES_A_VIDEO:,.1f}"),
            ("Annotated nodes", _annotated(segments), "–"),
        ]
    if segments is not None and texts is not None:
        rows.append(
            ("No action (N/A)", _no_action(videos, segments, texts), _share(release.NO_ACTION))
        )
        rows.append(("Different actions", _different(texts), "–"))
    lines = [f"| {name} | **{here}** | {full} |" for name, here, full in rows]
    return "\n".join(["| Figure | this view | full release |", "| :-- | --: | --: |", *lines])


def notes(videos: Videos, segments: Segments | None, texts: Texts | None) -> str:
    """Returns what has to be known to read the figures, as Markdown."""
    said = [
        f"Full release: {release.SOURCE}, on whole videos; a clip is the beginning of one.",
    ]
    if videos.unknown:
        said.append(f"{videos.unknown:,} videos have no length in their metadata.")
    if segments is not None:
        if segments.annotated is None:
            said.append("This data set holds annotated nodes only, so their share is not known.")
        unmeasured = segments.total - sum(b.nodes for b in segments.durations)
        if unmeasured:
            said.append(f"{unmeasured:,} nodes have no known duration.")
    if texts is not None:
        if texts.words_of < videos.videos:
            said.append(f"Words are counted in {texts.words_of:,} of the videos, taken at random.")
        if texts.too_long:
            said.append(f"{texts.too_long:,} captions are too long to be an action's name.")
        said.append(
            "N/A is not stored by a conversion: an annotated node without a brief action counts. "
            "An action's verb is its first word, its object the rest."
        )
    return " ".join(said)


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:,.2f}"


def _share(value: float) -> str:
    return f"{100 * value:.2f} %"


def _annotated(segments: Segments) -> str:
    if segments.annotated is None:
        return _UNKNOWN
    return f"{segments.annotated:,} ({segments.annotated / max(segments.total, 1):.1%})"


def _no_action(videos: Videos, segments: Segments, texts: Texts) -> str:
    """Annotated nodes whose action is ``N/A``, or missing where the summary is not."""
    others = [f for f in videos.detections if f in release.WORDS and f != texts.field]
    annotated = segments.total if segments.annotated is None else segments.annotated
    if texts.field not in release.WORDS or not others or not annotated:
        return _UNKNOWN
    named = texts.actions.total + texts.too_long
    return _share(max(annotated - named, 0) / annotated)


def _different(texts: Texts) -> str:
    found = texts.actions
    once = f", {found.once / found.distinct:.0%} of them once" if found.distinct else ""
    return f"{found.distinct:,} in {found.total:,}{once}"
