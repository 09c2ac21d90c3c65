"""The operators that turn segments into clips, and clips back into videos."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.wording import count
from ..internals.views import clip_field
from ..views.clips import segment_of_clip, segments, videos_of
from ..views.hierarchy import Hierarchy
from ..views.same import action_field, count_segments
from .base import Operator, TreeFormOperator
from .forms import dropdown, preview, refuse
from .show import Landing, open_segment, show_view
from .trail import shown_query


class SegmentsAsClips(TreeFormOperator):
    """Shows the view's segments as clips."""

    name = "segments_as_clips"
    label = "Captions: show segments as clips"
    description = "Show each segment of the view as a clip, with its caption and attributes"
    synonyms = "cut into clips, to clips, moments"
    icon = "movie_filter"
    clips = False

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the field, and counts the clips."""
        if clip_field(ctx.view):
            refuse(inputs, "These are clips already")
            return
        default = action_field(ctx.dataset)
        dropdown(inputs, "field", "Segments of", found.fields, default)
        field = ctx.params.choice("field", found.fields, default)

        def say(max_ms: int | None, first: int | None) -> str:
            clips, videos = count_segments(ctx.view, field, max_ms, first)
            return f"{count(clips, 'segment')} in {count(videos, 'video')}"

        preview(inputs, say)

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the clips."""
        field = ctx.params.text("field") or action_field(ctx.dataset)
        view = segments(ctx.view, field)
        if clips := len(view):
            name = count(clips, "clip")
            show_view(ctx, view, f"{name} by {field}", fields=[field], name=name)
        else:
            ctx.ops.notify(f"This view has no segments of {field}", variant="warning")


class ClipsBackToVideos(Operator):
    """Shows the videos of the selected clips, of the open one, or of all clips, with captions."""

    name = "clips_back_to_videos"
    label = "Captions: back to the clips' videos"
    description = "Show the videos of the selected clips, or of all, at the clips' places"
    synonyms = "return, leave clips, source video"
    icon = "video_library"
    clips = True

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the videos; opens the video of a single clip at its segment."""
        field = clip_field(ctx.view)
        if field is None:
            ctx.ops.notify("This view has no clips", variant="warning")
            return
        ids = list(ctx.selected or []) or ([ctx.current_sample] if ctx.current_sample else None)
        view = videos_of(ctx.view, ids)
        videos = len(view)
        message = "The clip's video" if videos == 1 else f"The {videos:,} videos of the clips"
        if ids is None:
            show_view(ctx, view, message, fields=[field])
        elif len(ids) == 1 and (segment := segment_of_clip(ctx.view, ids[0])):
            open_segment(
                ctx,
                segment.sample_id,
                segment.node_id,
                field=field,
                query=shown_query(ctx).query,
                nodes=segment.nodes,
                view=view,
                message=message,
            )
        else:
            show_view(ctx, view, message, _landing(ctx.view, view, field, ids), [field])


def _landing(clips: fo.DatasetView, videos: fo.DatasetView, field: str, ids: list[str]) -> Landing:
    """Returns the clips' captions and, if they are of one video, the start of the first."""
    found, samples, supports = clips.select(ids).values(["id", "sample_id", "support"])
    # A clip's id is its detection's; a stretch without a caption has no detection in the video.
    known = {i for row in videos.values(f"{field}.detections.id") for i in row or []}
    labels = [
        {"label_id": clip, "sample_id": video, "field": field}
        for clip, video in zip(found, samples, strict=True)
        if clip in known
    ]
    if len(set(samples)) != 1:
        return Landing(None, labels=labels)
    return Landing(samples[0], min(int(first) for first, _ in supports), labels)
