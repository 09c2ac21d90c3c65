"""The operator that builds trees for one's own videos, from a form in the App."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.option_error import OptionError
from ..core.wording import count
from ..treemaking.options import RECORDS, VIDEOS, BuildOptions
from ..treemaking.run import Build
from .base import PLUGIN, FormOperator, LongRunning, headline, share_of, variant_of
from .build_form import build_form, options_of
from .folders import file_name

#: The estimates of dry runs by options, the latest last, and the number that is kept.
_estimates: dict[str, str] = {}
_MOST = 20


class BuildTrees(LongRunning[Build], FormOperator):
    """Finds and captions the segments of one's own videos, and writes records."""

    name = "build_trees"
    label = "Dataset: build trees"
    description = "Find the segments of your own videos, and caption them, as records to convert"
    synonyms = "make trees, segment, annotate my own videos, caption"
    icon = "forest"
    needs_tree = False

    def form(self, ctx: foo.ExecutionContext, inputs: types.Object) -> None:
        """Asks for the videos, the models and the rules, and marks invalid values."""
        build_form(ctx.params, inputs, _estimate(ctx))

    def start(self, ctx: foo.ExecutionContext) -> Build:
        """Returns the requested build."""
        return Build(options_of(ctx.params))

    def steps(self, job: Build) -> Iterator[tuple[float | None, str]]:
        """Builds video by video."""
        yield None, f"{count(len(job.videos), 'video')} found"
        for step in job.run():
            yield share_of(step.done, step.total), str(step)

    def finish(self, ctx: foo.ExecutionContext, job: Build) -> Iterator[Any]:
        """Reports what was built, and offers the next step: the build, or the conversion."""
        report, options = job.report, job.options
        variant = variant_of(report.exit_code)
        if options.dry_run and report.estimated:
            _keep(options, headline(report))
            params = {**ctx.params, "dry_run": False}
            yield ctx.prompt(f"{PLUGIN}/{self.name}", params=params)
            return
        yield ctx.ops.notify(headline(report), variant=variant)
        if variant != "error" and not report.stopped:
            yield ctx.prompt(f"{PLUGIN}/convert_action100m", params=_conversion(job))

    def result(self, ctx: foo.ExecutionContext, job: Build) -> dict[str, Any]:
        """Returns the report, and the parameters of the next conversion."""
        said = {"report": str(job.report), "estimated": job.report.estimated}
        return {**job.report.to_dict(), **said, "convert": _conversion(job)}


def _conversion(job: Build) -> dict[str, Any]:
    """Returns the values of the conversion's form for the build."""
    return {
        "source": str(job.out / RECORDS),
        "videos": str(job.out / VIDEOS),
        "name": file_name(Path(job.options.videos).expanduser().resolve().stem) or "videos",
        "clip_seconds": 0.0,
    }


def _keep(options: BuildOptions, text: str) -> None:
    key = _key(options)
    _estimates.pop(key, None)
    _estimates[key] = text
    if len(_estimates) > _MOST:
        del _estimates[next(iter(_estimates))]


def _estimate(ctx: foo.ExecutionContext) -> str | None:
    """Returns the estimate of a dry run with the form's values, if there was one."""
    try:
        return _estimates.get(_key(options_of(ctx.params)))
    except OptionError:
        return None


def _key(options: BuildOptions) -> str:
    return repr(replace(options, dry_run=False))
