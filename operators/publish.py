"""The operator that pushes the data set to the Hub, after its licence was accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..publishing.hub import check_repo
from ..publishing.licence import terms_of
from ..publishing.publish import Publication, PublishReport
from ..publishing.stage import missing_media
from ..views.hierarchy import source_dataset
from .common import hierarchy_or_notice
from .params import Operator


class PublishAction100M(Operator):
    """Pushes the whole data set, its clips and its card to a repository on the Hub."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="publish_action100m",
            label="Publish to the Hugging Face Hub",
            description="Push the data set and a card made from it, to a private repository",
            icon="cloud_upload",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """Where to, who may read it, and on what terms."""
        inputs = types.Object()
        if hierarchy_or_notice(ctx, inputs) is not None:
            _form(ctx, inputs)
        return types.Property(inputs, view=types.View(label="Publish to the Hugging Face Hub"))

    def execute(self, ctx: Any) -> Any:
        """Pushes; says how far it is as it goes, and where the data set is at the end."""
        job = _job(ctx)
        if ctx.delegated:
            for step in job.run():
                ctx.set_progress(min(step.done / (step.total or 1), 1.0), label=str(step))
            return job.report.to_dict()
        return _steps(ctx, job)


def _steps(ctx: Any, job: Publication) -> Iterator[Any]:
    for step in job.run():
        share = min(step.done / (step.total or 1), 1.0)
        yield ctx.ops.set_progress(label=str(step), progress=share)
    yield ctx.ops.notify(_headline(job.report), variant="success")


def _job(ctx: Any) -> Publication:
    return Publication(
        source_dataset(ctx.dataset),
        str(ctx.params.get("repo") or ""),
        private=not ctx.params.get("public"),
        accept_license=bool(ctx.params.get("accept_license")),
        overwrite=bool(ctx.params.get("overwrite")),
        dry_run=bool(ctx.params.get("dry_run")),
    )


def _headline(report: PublishReport) -> str:
    return " · ".join(" ".join(line.split()) for line in str(report).splitlines())


def _form(ctx: Any, inputs: types.Object) -> None:
    dataset = source_dataset(ctx.dataset)
    repo = inputs.str(
        "repo",
        required=True,
        label="Repository",
        description="OWNER/NAME, or NAME for one of your own",
    )
    name = str(ctx.params.get("repo") or "")
    if name:
        try:
            check_repo(name)
        except ValueError as error:
            repo.invalid, repo.error_message = True, str(error)
    inputs.bool("public", default=False, label="Let everybody read it", description="Else private")
    inputs.bool(
        "overwrite",
        default=False,
        label="Replace what is there",
        description="If another data set is in the repository. This one is updated in any case",
    )
    inputs.bool("dry_run", default=False, label="Only say what would be pushed")
    terms = terms_of(dataset)
    if terms.notice:
        inputs.view("terms", types.Notice(label=terms.notice))
        accepted = inputs.bool(
            "accept_license", default=False, label="I have read this and accept the licence"
        )
        if not (ctx.params.get("accept_license") or ctx.params.get("dry_run")):
            accepted.invalid, accepted.error_message = True, "Nothing is pushed without it"
    if missing := missing_media(dataset):
        text = f"{len(missing):,} clips are missing, e.g. {missing[0]}"
        inputs.view("problem", types.Warning(label=text)).invalid = True
    elif not len(dataset):
        inputs.view("problem", types.Warning(label="There are no videos")).invalid = True
    else:
        text = (
            f"{len(dataset):,} videos with their clips, schema, saved views and App settings, "
            "whatever the view shows. The Hub's token is that of HF_TOKEN or of its login, on the "
            "App's server."
        )
        inputs.view("preview", types.Notice(label=text))
