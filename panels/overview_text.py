"""The overview's texts: a table of figures beside the full release's, and notes."""

from __future__ import annotations

from ..core.wording import count, percent
from ..views import release
from ..views.cluster_files import StoredResampling
from ..views.overview import NodeCounts, TextCounts, VideoCounts

_UNKNOWN = "not recorded"
_ANNOTATED = "Annotated nodes (`gpt_*`)"
#: Clips with at least this share of their source videos' duration are whole videos.
_WHOLE = 0.99
#: Sets of fields of which every node has one, annotated or not.
_COMPLETE = ({"plm_action"}, {"plm_caption", "llama3_caption"})


def summary(videos: VideoCounts, segments: NodeCounts | None, texts: TextCounts | None) -> str:
    """Returns a Markdown table of figures, beside the full release's."""
    rows = [
        ("Videos", f"{videos.videos:,}", f"{release.VIDEOS:,}"),
        ("Hours of clips", _hours(videos.clip_seconds), "–"),
        (
            "Hours of source videos",
            _UNKNOWN if videos.source_seconds is None else _hours(videos.source_seconds),
            _hours(release.HOURS * 3600),
        ),
    ]
    if segments is not None:
        rows += _nodes(videos, segments)
    if segments is not None and texts is not None:
        rows.append(
            ("No action (N/A)", _no_action(videos, segments, texts), percent(release.NO_ACTION, 2))
        )
        rows.append(("Different actions", _different(texts), "–"))
    lines = [f"| {name} | **{here}** | {full} |" for name, here, full in rows]
    head = f"| Figure | this view ({_of(videos)}) | full release (whole videos) |"
    return _table(head, lines)


def resampling(stored: StoredResampling) -> str:
    """Returns a Markdown table of a stored resampling: before and after."""
    before, after = stored.before, stored.after
    rows = [
        ("Segments", f"{before.segments:,}", f"{after.segments:,}"),
        ("Different captions", f"{before.actions:,}", f"{after.actions:,}"),
        (
            "Effective number of actions",
            f"{before.effective:,.0f}",
            f"{after.effective:,.0f}",
        ),
        ("The 50 most frequent", percent(before.top_share, 1), percent(after.top_share, 1)),
    ]
    head = (
        f"| `{stored.field}` in {count(stored.clusters, 'cluster')} | before | after resampling |"
    )
    lines = [f"| {name} | {old} | **{new}** |" for name, old, new in rows]
    return _table(head, lines)


def has_all_nodes(videos: VideoCounts) -> bool:
    """Whether the dataset can have all nodes of its trees, as stage 2 captions each of them."""
    return any(fields <= set(videos.detections) for fields in _COMPLETE)


def _table(head: str, lines: list[str]) -> str:
    table = "\n".join([head, "| :-- | --: | --: |", *lines])
    return table.replace(" %", "\u00a0%")  # the cells are narrow: no line begins with the sign


def _of(videos: VideoCounts) -> str:
    """Returns what the figures of the view describe."""
    clips, sources = videos.clip_seconds, videos.source_seconds
    return "whole videos" if sources is not None and clips >= _WHOLE * sources else "clips"


def _nodes(videos: VideoCounts, segments: NodeCounts) -> list[tuple[str, str, str]]:
    """Returns the rows about nodes; only all nodes are compared with the release's."""
    total, each = f"{segments.total:,}", f"{segments.total / max(videos.videos, 1):,.1f}"
    every = has_all_nodes(videos)
    rows = [
        ("All nodes", total if every else _UNKNOWN, f"{release.NODES:,}"),
        ("All nodes per video", each if every else _UNKNOWN, f"{release.NODES_PER_VIDEO:,.1f}"),
    ]
    if segments.annotated is None:
        return [*rows, (_ANNOTATED, total, "–"), (f"{_ANNOTATED} per video", each, "–")]
    if not every:
        rows.append(("Nodes with a caption", total, "–"))
    annotated = f"{segments.annotated:,}"
    if every:
        annotated += f" ({percent(segments.annotated / max(segments.total, 1), 1)})"
    return [*rows, (_ANNOTATED, annotated, "–")]


def notes(videos: VideoCounts, segments: NodeCounts | None, texts: TextCounts | None) -> str:
    """Returns notes on the figures, as Markdown."""
    lines = [
        f"Full release: {release.SOURCE}, all nodes of whole videos; a clip is the start of one.",
    ]
    if videos.unknown:
        lines.append(f"Videos without a duration in their metadata: {videos.unknown:,}.")
    if segments is not None:
        if segments.annotated is None:
            lines.append(
                "This dataset has annotated nodes only. The release's figures are of all nodes, so "
                "their number and durations are not compared."
            )
        unmeasured = segments.total - sum(b.nodes for b in segments.durations)
        if unmeasured:
            lines.append(f"{count(unmeasured, 'node')} without a known duration.")
    if texts is not None:
        if texts.words_of < videos.videos:
            lines.append(f"Words are counted in {count(texts.words_of, 'random video')}.")
        if texts.too_long:
            lines.append(f"Captions too long to be the name of an action: {texts.too_long:,}.")
        lines.append(
            "A conversion does not store N/A: annotated nodes without a brief action are counted. "
            "The verb of an action is its first word, the object is the rest."
        )
    return " ".join(lines)


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:,.0f}" if hours >= 100 else f"{hours:,.2f}"


def _no_action(videos: VideoCounts, segments: NodeCounts, texts: TextCounts) -> str:
    """Returns the share of annotated nodes without an action, or with ``N/A``."""
    others = [f for f in videos.detections if f in release.WORDS and f != texts.field]
    annotated = segments.total if segments.annotated is None else segments.annotated
    if texts.field not in release.WORDS or not others or not annotated:
        return _UNKNOWN
    named = texts.actions.total + texts.too_long
    return percent(max(annotated - named, 0) / annotated, 2)


def _different(texts: TextCounts) -> str:
    found = texts.actions
    once = f", {percent(found.once / found.distinct)} used once" if found.distinct else ""
    return f"{found.distinct:,} in {count(found.total, 'caption')}{once}"
