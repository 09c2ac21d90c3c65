"""The operators that turn segments into clips, and clips back into videos."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views.find import clip_field
from ..views.hierarchy import NoHierarchyError
from ..views.same import action_field, count_segments
from ..views.segments import segments, videos_of
from .common import Landing, hierarchy_or_notice, show_view
from .params import Operator
from .search_form import chosen, field_input, preview, refuse


class SegmentsAsClips(Operator):
    """Shows the view's segments as clips."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="segments_as_clips",
            label="Segments as clips",
            description="Each segment that is shown as a clip with its caption and attributes",
            icon="movie_filter",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: which field, with how many clips there will be."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None and clip_field(ctx.view):
            refuse(inputs, "These are clips already")
        elif found is not None:
            default = action_field(ctx.dataset)
            field_input(inputs, "field", "Segments of", found.fields, default)
            field = chosen(ctx, "field", found.fields, default)

            def say(max_ms: int | None, first: int | None) -> str:
                clips, videos = count_segments(ctx.view, field, max_ms, first)
                return f"{clips:,} segments in {videos:,} videos"

            preview(inputs, say)
        return types.Property(inputs, view=types.View(label="Segments as clips"))

    def execute(self, ctx: Any) -> None:
        """Shows the clips."""
        try:
            field = ctx.params.get("field") or action_field(ctx.dataset)
            view = segments(ctx.view, field)
        except NoHierarchyError as error:
            ctx.ops.notify(str(error), variant="warning")
            return
        count = len(view)
        if count:
            show_view(ctx, view, f"{count:,} clips by {field}")
        else:
            ctx.ops.notify(f"No segment of {field} is in this view", variant="warning")


class ClipsBackToVideos(Operator):
    """Shows the videos of the selected clips, of the open one, or of all, with their captions."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="clips_back_to_videos",
            label="Back to the clips' videos",
            description="The videos of the selected clips, at that place; or of all",
            icon="video_library",
        )

    def execute(self, ctx: Any) -> None:
        """Shows the videos, selects the clips' captions, and opens the video if it is one."""
        field = clip_field(ctx.view)
        if field is None:
            ctx.ops.notify("This view has no clips", variant="warning")
            return
        ids = list(ctx.selected or []) or ([ctx.current_sample] if ctx.current_sample else None)
        view = videos_of(ctx.view, ids)
        count = len(view)
        message = "The clip's video" if count == 1 else f"The clips' {count:,} videos"
        show_view(ctx, view, message, _landing(ctx.view, view, field, ids) if ids else None)


def _landing(clips: Any, videos: Any, field: str, ids: list[str]) -> Landing:
    """Returns the clips' captions and, if they are of one video, that at the first of them."""
    found, samples, supports = clips.select(ids).values(["id", "sample_id", "support"])
    # A clip's id is its detection's; a stretch without a caption has none in the video.
    known = {i for row in videos.values(f"{field}.detections.id") for i in row or []}
    labels = [
        {"label_id": clip, "sample_id": video, "field": field}
        for clip, video in zip(found, samples, strict=True)
        if clip in known
    ]
    if len(set(samples)) != 1:
        return Landing(None, labels=labels)
    return Landing(samples[0], min(int(first) for first, _ in supports), labels)
