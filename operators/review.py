"""The review operators: next segment, samples, segments by status and agreement."""

from __future__ import annotations

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.reviews import OPEN, SAMPLE_TAG, STATUSES, ReviewError
from ..core.wording import count, one_line, percent
from ..internals.views import source_dataset
from ..views.hierarchy import Hierarchy
from ..views.review_progress import next_to_review, review_progress, reviewed
from ..views.review_sample import (
    Agreement,
    ReviewSample,
    review_agreement,
    sample_for_review,
    sampled_nodes,
    where_reviewers_differ,
)  # fmt: skip
from ..views.sample_tree import NoTreeError, node_of_label, shown_part
from .base import Operator, TreeFormOperator
from .forms import VIEW, WHOLE, dropdown, notice, refuse, scope_input, scope_of
from .show import open_segment, show_view

_SIZE, _SEED = 100, 0
_SCOPES = {VIEW: "The videos of the current view", WHOLE: "The whole dataset"}
_LABELS = {
    "accepted": "Accepted",
    "rejected": "Rejected",
    "fixed": "Fixed",
    OPEN: "Not reviewed",
}


class ReviewNext(Operator):
    """Opens the next segment that is not reviewed."""

    name = "review_next"
    label = "Review: next not reviewed"
    description = "Open the next segment of the view that nobody has reviewed"
    synonyms = "judge, accept, reject, annotate, correct, to do"
    icon = "rate_review"

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Continues from the selected caption or the open video."""
        sample_id, node_id = _here(ctx)
        found = next_to_review(ctx.view, sample_id, node_id)
        if found is None:
            ctx.ops.notify("All segments of this view are reviewed", variant="success")
        else:
            open_segment(ctx, found.sample_id, found.node_id)


class ReviewSampleOperator(TreeFormOperator):
    """Draws a sample of segments to review."""

    name = "review_sample"
    label = "Review: draw a sample"
    description = f"Tag a sample of segments, stratified by level and duration, with {SAMPLE_TAG}"
    synonyms = "random, stratified, subset, audit, quality control"
    icon = "checklist_rtl"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the size, the videos and the seed."""
        scope_input(ctx, inputs, _SCOPES)
        text = "Stratified by level and duration"
        inputs.int("size", default=_SIZE, min=1, label="Segments", description=text)
        inputs.int("seed", default=_SEED, min=0, label="Random seed")
        view = sampled_nodes(source_dataset(ctx.dataset))
        if view.limit(1).values("id"):
            notice(inputs, "replaces", f"Replaces the current sample, tagged {SAMPLE_TAG}")

    def run(self, ctx: foo.ExecutionContext) -> dict[str, int]:
        """Draws the sample and shows it."""
        size, seed = ctx.params.number("size", _SIZE), ctx.params.number("seed", _SEED)
        drawn: ReviewSample = sample_for_review(scope_of(ctx, _SCOPES), int(size), int(seed))
        view = sampled_nodes(source_dataset(ctx.dataset))
        show_view(ctx, view, str(drawn), name=f"sample of {drawn.size:,}")
        return drawn.to_dict()


class ReviewByStatus(TreeFormOperator):
    """Shows the segments with a status."""

    name = "review_by_status"
    label = "Review: show by status"
    description = "Show segments that are accepted, rejected, fixed or not reviewed"
    synonyms = "filter reviewed, judged, open, progress"
    icon = "playlist_add_check"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for a status and a field and shows the number of segments."""
        view = types.DropdownView()
        for status, label in _LABELS.items():
            view.add_choice(status, label=label)
        inputs.enum("status", view.values(), default=STATUSES[0], label="Status", view=view)
        dropdown(inputs, "field", "Captions", found.fields, found.widest)
        notice(inputs, "preview", str(review_progress(ctx.view)))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the segments, or a message if there are none."""
        status = ctx.params.choice("status", list(_LABELS), STATUSES[0])
        field = ctx.params.text("field")
        view = reviewed(ctx.view, status, fields=[field] if field else None)
        label = _LABELS[status]
        if view.limit(1).values("id"):
            fields = [field] if field else None
            text = f"{label}: {count(view.count(), 'video')}"
            show_view(ctx, view, text, fields=fields, name=label.lower())
        else:
            ctx.ops.notify(f"No segment of this view is {label.lower()}", variant="warning")


class ReviewAgreement(TreeFormOperator):
    """Shows the agreement between reviewers and the segments on which they differ."""

    name = "review_agreement"
    label = "Review: show where reviewers differ"
    description = "Agreement and Cohen's kappa of each pair of reviewers on common segments"
    synonyms = "inter-annotator agreement, kappa, double review, disagreement"
    icon = "handshake"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Shows a table with a row per pair of reviewers."""
        pairs = review_agreement(ctx.view)
        if not pairs:
            refuse(inputs, "No segment of this view has been judged by two reviewers")
            return
        lines = [
            "| reviewers | judged by both | agreement | Cohen's kappa |",
            "| --- | --- | --- | --- |",
            *map(_row, pairs),
        ]
        inputs.view("pairs", types.MarkdownView(label="\n".join(lines)))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the segments on which two reviewers differ."""
        pairs = review_agreement(ctx.view)
        if not pairs:
            raise ReviewError("no segment of this view has been judged by two reviewers")
        differing = {pair for each in pairs for pair in each.differing}
        if not differing:
            ctx.ops.notify(
                "The reviewers agree on all segments that two have judged", variant="success"
            )
            return
        text = f"{count(len(differing), 'segment')} on which reviewers differ"
        show_view(ctx, where_reviewers_differ(ctx.view), text, name="reviewers differ")


def _here(ctx: foo.ExecutionContext) -> tuple[str | None, str | None]:
    """Returns the video and the node to continue from: those of the selected caption, if any."""
    selected = list(ctx.selected_labels or [])
    shown = ctx.current_sample or (selected[-1]["sample_id"] if selected else None)
    if shown is None:
        return None, None
    try:
        sample_id, _ = shown_part(ctx.view, shown)
        if not selected:
            return sample_id, None
        label = selected[-1]
        node_id = node_of_label(ctx.dataset, sample_id, label["field"], label["label_id"])
    except NoTreeError:
        return None, None
    return sample_id, node_id


def _row(pair: Agreement) -> str:
    """Returns a pair as a row of a Markdown table, with the names, which are untrusted, as code."""
    said = (one_line(name) for name in (pair.first, pair.second))
    plain = [name.replace("`", "").replace("|", "") for name in said]
    names = " and ".join(f"`{name}`" for name in plain)
    kappa = "–" if pair.kappa is None else f"{pair.kappa:.2f}"
    return f"| {names} | {pair.nodes:,} | {percent(pair.agreed / pair.nodes)} | {kappa} |"
