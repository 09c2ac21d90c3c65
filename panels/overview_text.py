"""The overview's texts: tiles of figures beside the full release's, and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ..core.fields import SEGMENTS
from ..core.reviews import OPEN
from ..core.wording import count, percent
from ..views import release
from ..views.cluster_files import StoredResampling
from ..views.overview import NodeCounts, TextCounts, VideoCounts
from ..views.overview_videos import Chosen

#: A figure: ``name`` and ``value``; optionally ``full``, the full release's, ``why``, the reason
#: why it is not comparable, and ``more``, details.
Tile = dict[str, str]

_ALL = Chosen()
#: The least share of the source videos' duration from which clips count as whole videos.
_WHOLE = 0.99
#: Groups of fields of which every node has one, annotated or not.
_COMPLETE = ({"plm_action"}, {"plm_caption", "llama3_caption"}, {SEGMENTS.name})


class Reason(NamedTuple):
    """Why figures cannot be compared with the full release's.

    Attributes:
        full: what the release's figures refer to
        text: the whole reason
    """

    full: str
    text: str


_SOME_NODES = Reason("all nodes", "this dataset has only nodes with a caption, the release all")
_CLIPS = Reason("whole videos", "a clip has only the nodes of its own part of the video")


def counted_in(chosen: Chosen) -> str:
    """Returns which videos of a large view are counted."""
    return (
        f"Counted in {len(chosen.ids or ()):,} of {_number(chosen)} videos, chosen at random. "
        "Figures with ≈ are estimates for all; bars are of the counted videos; a click shows all."
    )


def why_not(videos: VideoCounts) -> Reason | None:
    """Returns why nodes cannot be compared with the full release's; None if they can."""
    if not has_all_nodes(videos):
        return _SOME_NODES
    return None if _are_whole(videos) else _CLIPS


def tiles(
    videos: VideoCounts,
    segments: NodeCounts | None,
    texts: TextCounts | None,
    chosen: Chosen = _ALL,
) -> list[Tile]:
    """Returns the figures of a view, beside the full release's where they mean the same.

    Args:
        videos: the counts of videos
        segments: the counts of nodes
        texts: the counts of captions
        chosen: the counted videos; if they are a part of the view, sums are extrapolated
    """
    scale = chosen.videos / max(videos.videos, 1) if chosen.is_part else None
    number = _number(chosen) if chosen.is_part else f"{videos.videos:,}"
    found = [_tile("Videos", number, f"{release.VIDEOS:,}"), *_hours_of(videos, scale)]
    if segments is not None:
        found += _nodes(videos, segments, scale)
    if texts is not None:
        among = f", counted in {count(videos.videos, 'video')}" if chosen.is_part else ""
        actions = texts.actions
        more = f"in {count(actions.total, 'caption')}"
        if actions.distinct:
            more += f"; {percent(actions.once / actions.distinct, 1)} of the actions occur once"
        found.append(_tile("Different actions", f"{actions.distinct:,}", more=more + among))
    if segments is not None and texts is not None:
        share = _no_action(videos, segments, texts)
        if share is not None:
            found.append(
                _tile(
                    "Without an action (N/A)", _about(percent(share, 1), scale),
                    percent(release.NO_ACTION, 1), more="of the annotated nodes",
                )
            )  # fmt: skip
    if videos.review:
        found.append(_reviewed(videos.review, scale))
    return found


def resampled(stored: StoredResampling) -> list[Tile]:
    """Returns the figures of a stored resampling, before and after."""
    before, after = stored.before, stored.after
    pairs = [
        ("Segments", f"{before.segments:,}", f"{after.segments:,}"),
        ("Different captions", f"{before.actions:,}", f"{after.actions:,}"),
        ("Effective number of actions", f"{before.effective:,.0f}", f"{after.effective:,.0f}"),
        (
            "Share of the 50 most frequent",
            percent(before.top_share, 1),
            percent(after.top_share, 1),
        ),
    ]
    return [_tile(name, f"{old} → {new}") for name, old, new in pairs]


def of_resampling(stored: StoredResampling) -> str:
    """Returns a note on the source of a stored resampling."""
    return (
        f"{stored.field} in {count(stored.clusters, 'cluster')}, before → after. The figures are "
        "of all that was resampled, whatever the view; a click shows a cluster in the view."
    )


def has_all_nodes(videos: VideoCounts) -> bool:
    """Whether the dataset can have all nodes of its trees, as stage 2 captions each of them."""
    return any(fields <= set(videos.detections) for fields in _COMPLETE)


def notes(videos: VideoCounts, segments: NodeCounts | None, texts: TextCounts | None) -> list[str]:
    """Returns notes on the figures."""
    lines = [f"Full release: {release.SOURCE}, all nodes of whole videos."]
    if reason := why_not(videos):
        lines.append(f"Nodes and their durations are not compared: {reason.text}.")
    if videos.unknown:
        lines.append(f"Videos without a duration in their metadata: {videos.unknown:,}.")
    if segments is not None:
        unmeasured = segments.total - sum(b.nodes for b in segments.durations)
        if unmeasured:
            lines.append(f"{count(unmeasured, 'node')} without a known duration.")
    if texts is not None:
        if texts.words_of < videos.videos:
            lines.append(f"Words are counted in {count(texts.words_of, 'random video')}.")
        if texts.too_long:
            lines.append(f"Captions too long to be the name of an action: {texts.too_long:,}.")
        lines += [
            "A conversion does not store N/A: annotated nodes without a brief action are counted.",
            "Actions are compared without case, articles and punctuation. The verb of an action is "
            "its first word, the object is the rest.",
        ]
    return lines


def _tile(name: str, value: str, full: str = "", why: str = "", more: str = "") -> Tile:
    tile = {"name": name, "value": value, "full": full, "why": why, "more": more}
    return {key: text.replace(" %", "\u00a0%") for key, text in tile.items() if text}


def _are_whole(videos: VideoCounts) -> bool:
    """Whether the view has whole videos, not clips of them."""
    clips, sources = videos.clip_seconds, videos.source_seconds
    return sources is not None and clips >= _WHOLE * sources


def _hours_of(videos: VideoCounts, scale: float | None) -> list[Tile]:
    clips, full = _hours(videos.clip_seconds, scale), _hours(release.HOURS * 3600)
    if _are_whole(videos):
        return [_tile("Hours of video", clips, full)]
    if videos.source_seconds is None:
        return [_tile("Hours of clips", clips, more="of source videos of unknown duration")]
    sources = _hours(videos.source_seconds, scale)
    return [_tile("Hours of clips", clips), _tile("Hours of source videos", sources, full)]


def _nodes(videos: VideoCounts, segments: NodeCounts, scale: float | None) -> list[Tile]:
    """Returns the tiles about nodes, compared with the release if both have all nodes."""
    reason = why_not(videos)
    why = f"of {reason.full}: not comparable" if reason else ""
    every = has_all_nodes(videos)
    name = "Nodes" if every else "Annotated nodes"
    if not every and segments.annotated is not None:
        name = "Nodes with a caption"
    total = _about(f"{_expected(segments.total, scale):,.0f}", scale)
    each = _about(f"{segments.total / max(videos.videos, 1):,.1f}", scale)
    found = [
        _tile(name, total, f"{release.NODES:,}", why),
        _tile(f"{name} per video", each, f"{release.NODES_PER_VIDEO:,.1f}", why),
    ]
    if segments.annotated is not None:
        annotated = _about(f"{_expected(segments.annotated, scale):,.0f}", scale)
        share = percent(segments.annotated / max(segments.total, 1), 1)
        found.append(_tile("Annotated nodes", annotated, more=f"{share} of those here"))
    return found


def _reviewed(review: Mapping[str, int], scale: float | None) -> Tile:
    total = sum(review.values())
    done = total - review[OPEN]
    share = _about(percent(done / max(total, 1), 1), scale)
    return _tile("Reviewed", share, more=f"{done:,} of {count(total, 'node')}")


def _number(chosen: Chosen) -> str:
    """Returns the number of videos of a large view."""
    return f"{chosen.videos:,}" if chosen.known else f"≈ {_expected(chosen.videos, 1):,.0f}"


def _expected(number: float, scale: float | None) -> float:
    """Returns a sum extrapolated to the whole view, to three digits; unchanged without a scale."""
    return number if scale is None else float(f"{number * scale:.3g}")


def _about(text: str, scale: float | None) -> str:
    """Marks an estimate."""
    return text if scale is None else f"≈ {text}"


def _hours(seconds: float, scale: float | None = None) -> str:
    hours = _expected(seconds / 3600, scale)
    return _about(f"{hours:,.0f}" if hours >= 100 else f"{hours:,.2f}", scale)


def _no_action(videos: VideoCounts, segments: NodeCounts, texts: TextCounts) -> float | None:
    """Returns the share of annotated nodes without an action, or with ``N/A``."""
    others = [f for f in videos.detections if f in release.WORDS and f != texts.field]
    annotated = segments.total if segments.annotated is None else segments.annotated
    if texts.field not in release.WORDS or not others or not annotated:
        return None
    named = texts.actions.total + texts.too_long
    return max(annotated - named, 0) / annotated
