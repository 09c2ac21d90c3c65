"""The overview's texts: a table of figures beside the full release's, and notes."""

from __future__ import annotations

from ..core.fields import SEGMENTS
from ..core.wording import count, percent
from ..views import release
from ..views.cluster_files import StoredResampling
from ..views.overview import NodeCounts, TextCounts, VideoCounts
from ..views.overview_videos import Chosen

_ALL = Chosen()
_UNKNOWN = "not recorded"
_ANNOTATED = "Annotated nodes (`gpt_*`)"
#: Clips with at least this share of their source videos' duration are whole videos.
_WHOLE = 0.99
#: Sets of fields of which every node has one, annotated or not.
_COMPLETE = ({"plm_action"}, {"plm_caption", "llama3_caption"}, {SEGMENTS.name})


def counted_in(chosen: Chosen) -> str:
    """Returns which videos of a large view are counted, as Markdown."""
    return (
        f"**Counted in {len(chosen.ids or ()):,} of {_number(chosen)} videos, chosen at random.** "
        "Figures with ≈ are estimates for all; plots show the counted videos; a click shows all."
    )


def summary(
    videos: VideoCounts,
    segments: NodeCounts | None,
    texts: TextCounts | None,
    chosen: Chosen = _ALL,
) -> str:
    """Returns a Markdown table of figures, beside the full release's.

    Args:
        videos: the counts of videos
        segments: the counts of nodes
        texts: the counts of captions
        chosen: what was counted: of a part of the view, sums are those expected of the view
    """
    scale = chosen.videos / max(videos.videos, 1) if chosen.is_part else None
    sources = videos.source_seconds
    rows = [
        ("Hours of clips", _hours(videos.clip_seconds, scale), "–"),
        (
            "Hours of source videos",
            _UNKNOWN if sources is None else _hours(sources, scale),
            _hours(release.HOURS * 3600),
        ),
    ]
    if segments is not None:
        rows += _nodes(videos, segments, scale)
    if segments is not None and texts is not None:
        rows.append(
            ("No action (N/A)", _no_action(videos, segments, texts), percent(release.NO_ACTION, 2))
        )
    number, among = f"{videos.videos:,}", ""
    if chosen.is_part:
        rows = [(n, h if h == _UNKNOWN else f"≈ {h}", full) for n, h, full in rows]
        number, among = _number(chosen), f", in {count(videos.videos, 'video')}"
    rows.insert(0, ("Videos", number, f"{release.VIDEOS:,}"))
    if segments is not None and texts is not None:
        rows.append((f"Different actions{among}", _different(texts), "–"))
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
    return f"{_table(head, lines)}\n\nThe figures are of all that was resampled, whatever the view."


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


def _nodes(
    videos: VideoCounts, segments: NodeCounts, scale: float | None
) -> list[tuple[str, str, str]]:
    """Returns the rows about nodes; only all nodes are compared with the release's."""
    total = f"{_expected(segments.total, scale):,.0f}"
    each = f"{segments.total / max(videos.videos, 1):,.1f}"
    every = has_all_nodes(videos)
    rows = [
        ("All nodes", total if every else _UNKNOWN, f"{release.NODES:,}"),
        ("All nodes per video", each if every else _UNKNOWN, f"{release.NODES_PER_VIDEO:,.1f}"),
    ]
    if segments.annotated is None:
        return [*rows, (_ANNOTATED, total, "–"), (f"{_ANNOTATED} per video", each, "–")]
    if not every:
        rows.append(("Nodes with a caption", total, "–"))
    annotated = f"{_expected(segments.annotated, scale):,.0f}"
    if every:
        annotated += f" ({percent(segments.annotated / max(segments.total, 1), 1)})"
    return [*rows, (_ANNOTATED, annotated, "–")]


def _number(chosen: Chosen) -> str:
    """Returns the number of videos of a large view."""
    return f"{chosen.videos:,}" if chosen.known else f"≈ {_expected(chosen.videos, 1):,.0f}"


def _expected(number: float, scale: float | None) -> float:
    """Returns a sum of a part scaled to the whole, with three digits; without a scale, itself."""
    return number if scale is None else float(f"{number * scale:.3g}")


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


def _hours(seconds: float, scale: float | None = None) -> str:
    hours = _expected(seconds / 3600, scale)
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
