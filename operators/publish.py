"""The operator that publishes the dataset on the Hub, once its licence is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.wording import count, listed
from ..internals.views import source_dataset
from ..publishing.hub import check_repo
from ..publishing.licence import terms_of
from ..publishing.publish import Publication
from ..publishing.stage import missing_media
from ..views.hierarchy import Hierarchy
from .base import LongRunning, TreeFormOperator, headline, share_of
from .forms import mark_invalid, need, notice, refuse


class PublishAction100M(LongRunning[Publication], TreeFormOperator):
    """Pushes the whole dataset, its clips and its card to a repository on the Hub."""

    name = "publish_action100m"
    label = "Dataset: publish to the Hugging Face Hub"
    description = "Push the dataset, and a card made from it, to a private repository"
    synonyms = "upload, push, share"
    icon = "cloud_upload"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the repository, its visibility, and acceptance of the licence."""
        params, dataset = ctx.params, source_dataset(ctx.dataset)
        if problem := _problem(dataset):
            refuse(inputs, problem)
        text = "OWNER/NAME, or NAME for a repository of your own"
        repo = inputs.str("repo", label="Repository", description=text)
        if name := params.text("repo"):
            try:
                check_repo(name)
            except ValueError as error:
                mark_invalid(repo, str(error))
        inputs.bool("public", default=False, label="Public", description="Private otherwise")
        inputs.bool(
            "overwrite",
            default=False,
            label="Replace another dataset",
            description="If the repository holds one; this dataset is updated in any case",
        )
        inputs.bool("dry_run", default=False, label="Dry run: only say what would be pushed")
        terms = terms_of(dataset)
        if terms.is_open:
            self._ask_license(ctx, inputs, dataset)
        if terms.notice:
            notice(inputs, "terms", terms.notice)
            text = "I have read this and accept the licence"
            inputs.bool("accept_license", default=False, label=text)
        needed = [
            text
            for text, is_there in (
                ("name a repository", params.text("repo")),
                (
                    "accept the licence",
                    not terms.notice or params.flag("accept_license") or params.flag("dry_run"),
                ),
            )
            if not is_there
        ]
        if needed:
            need(inputs, f"To publish, {listed(needed)}")
        if not problem:
            text = (
                f"Publishes {count(len(dataset), 'video')} with clips, schema, saved views and App "
                "settings, whatever the current view shows. The token is read on the App's "
                "server, from HF_TOKEN or the saved login."
            )
            notice(inputs, "preview", text)

    def _ask_license(
        self, ctx: foo.ExecutionContext, inputs: types.Object, dataset: fo.Dataset
    ) -> None:
        """Asks for the licence of annotations of the user's own videos."""
        text = "Of the annotations, such as cc-by-4.0. If empty, the card says that none is stated"
        asked = inputs.str("license", label="Licence", description=text)
        try:
            terms = terms_of(dataset, ctx.params.text("license") or None)
        except ValueError as error:
            mark_invalid(asked, str(error))
        else:
            if terms.is_open and ctx.params.flag("public"):
                mark_invalid(asked, "State a licence before everybody can read the annotations")

    def start(self, ctx: foo.ExecutionContext) -> Publication:
        """Returns the requested publication."""
        params = ctx.params
        return Publication(
            source_dataset(ctx.dataset),
            params.text("repo"),
            private=not params.flag("public"),
            accept_license=params.flag("accept_license"),
            license=params.text("license") or None,
            overwrite=params.flag("overwrite"),
            dry_run=params.flag("dry_run"),
        )

    def steps(self, job: Publication) -> Iterator[tuple[float | None, str]]:
        """Pushes file by file."""
        for step in job.run():
            yield share_of(step.done, step.total or 1), str(step)

    def finish(self, ctx: foo.ExecutionContext, job: Publication) -> Iterator[Any]:
        """Reports the address of the repository."""
        yield ctx.ops.notify(headline(job.report), variant="success")


def _problem(dataset: fo.Dataset) -> str:
    """Returns why the dataset cannot be published; empty if it can be."""
    if missing := missing_media(dataset):
        return f"{count(len(missing), 'clip')} missing, such as {missing[0]}"
    return "" if len(dataset) else "The dataset has no videos"
