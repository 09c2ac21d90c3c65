"""What the overview says in words: its figures beside the full release's, and what is missing."""

from __future__ import annotations

from ..views import release
from ..views.overview import NodeCounts, TextCounts, VideoCounts

_UNKNOWN = "not recorded"
_ANNOTATED = "Annotated nodes (`gpt_*`)"
#: Clips that are together at least this share of their source videos are whole ones.
_WHOLE = 0.99
#: The fields of which a node has one at least, whether it is annotated or not.
_COMPLETE = ({"plm_action"}, {"plm_caption", "llama3_caption"})


def summary(videos: VideoCounts, segments: NodeCounts | None, texts: TextCounts | None) -> str:
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
        rows += _nodes(videos, segments)
    if segments is not None and texts is not None:
        rows.append(
            ("No action (N/A)", _no_action(videos, segments, texts), _share(release.NO_ACTION))
        )
        rows.append(("Different actions", _different(texts), "–"))
    lines = [f"| {name} | **{here}** | {full} |" for name, here, full in rows]
    head = f"| Figure | this view ({_of(videos)}) | full release (whole videos) |"
    return "\n".join([head, "| :-- | --: | --: |", *lines])


def has_all_nodes(videos: VideoCounts) -> bool:
    """Whether the data set can hold all nodes of its trees: stage 2 has a text for each."""
    return any(fields <= set(videos.detections) for fields in _COMPLETE)


def _of(videos: VideoCounts) -> str:
    """Says what the view's figures are of."""
    clips, sources = videos.clip_seconds, videos.source_seconds
    return "whole videos" if sources is not None and clips >= _WHOLE * sources else "clips"


def _nodes(videos: VideoCounts, segments: NodeCounts) -> list[tuple[str, str, str]]:
    """Returns the rows about nodes; only all nodes stand beside the release's, which are all."""
    total, each = f"{segments.total:,}", f"{segments.total / max(videos.videos, 1):,.1f}"
    every = has_all_nodes(videos)
    rows = [
        ("All nodes", total if every else _UNKNOWN, f"{release.NODES:,}"),
        ("All nodes per video", each if every else _UNKNOWN, f"{release.NODES_PER_VIDEO:,.1f}"),
    ]
    if segments.annotated is None:
        return [*rows, (_ANNOTATED, total, "–"), (f"{_ANNOTATED} per video", each, "–")]
    if not every:
        rows.append(("Nodes with a text", total, "–"))
    share = segments.annotated / max(segments.total, 1)
    said = f"{segments.annotated:,} ({share:.1%})" if every else f"{segments.annotated:,}"
    return [*rows, (_ANNOTATED, said, "–")]


def notes(videos: VideoCounts, segments: NodeCounts | None, texts: TextCounts | None) -> str:
    """Returns what has to be known to read the figures, as Markdown."""
    said = [
        f"Full release: {release.SOURCE}, all nodes of whole videos; a clip is how one begins.",
    ]
    if videos.unknown:
        said.append(f"{videos.unknown:,} videos have no length in their metadata.")
    if segments is not None:
        if segments.annotated is None:
            said.append(
                "This data set holds annotated nodes only; the release's figures are of all nodes, "
                "so neither their number nor how long they last is set beside it."
            )
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


def _no_action(videos: VideoCounts, segments: NodeCounts, texts: TextCounts) -> str:
    """Annotated nodes whose action is ``N/A``, or missing where the summary is not."""
    others = [f for f in videos.detections if f in release.WORDS and f != texts.field]
    annotated = segments.total if segments.annotated is None else segments.annotated
    if texts.field not in release.WORDS or not others or not annotated:
        return _UNKNOWN
    named = texts.actions.total + texts.too_long
    return _share(max(annotated - named, 0) / annotated)


def _different(texts: TextCounts) -> str:
    found = texts.actions
    once = f", {found.once / found.distinct:.0%} of them once" if found.distinct else ""
    return f"{found.distinct:,} in {found.total:,}{once}"
