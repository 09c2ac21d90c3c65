"""The operators that turn segments into clips, and clips back into videos."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views.find import clip_field
from ..views.hierarchy import NoHierarchyError
from ..views.same import action_field, count_segments
from ..views.segments import segments, videos_of
from .common import hierarchy_or_notice, show_view
from .search_form import chosen, field_input, preview, refuse
from .walk import seek


class SegmentsAsClips(foo.Operator):
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


class ClipsBackToVideos(foo.Operator):
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
        show_view(ctx, view, "The clip's video" if count == 1 else f"The clips' {count:,} videos")
        if ids:
            # A clip's id is its detection's; a stretch without a caption has none in the video.
            selected = ctx.view.select(ids)
            clips, videos, supports = selected.values(["id", "sample_id", "support"])
            known = {i for found in view.values(f"{field}.detections.id") for i in found or []}
            ctx.ops.set_selected_labels(
                [
                    {"label_id": clip, "sample_id": video, "field": field}
                    for clip, video in zip(clips, videos, strict=True)
                    if clip in known
                ]
            )
            if len(set(videos)) == 1:
                ctx.ops.open_sample(id=videos[0])
                seek(ctx, min(first for first, _ in supports), videos[0])
