"""The operator that converts records and videos into a dataset, from a form in the App."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..converters.convert import Conversion
from .base import FormOperator, LongRunning, headline, share_of, variant_of
from .convert_form import convert_form
from .convert_params import options_of


class ConvertAction100M(LongRunning[Conversion], FormOperator):
    """Converts Action100M records and their videos into a new dataset, and opens it."""

    name = "convert_action100m"
    label = "Dataset: convert Action100M"
    description = "Cut videos into clips and make a dataset of them and their records"
    synonyms = "import, load, make a dataset"
    icon = "transform"
    needs_tree = False

    def form(self, ctx: foo.ExecutionContext, inputs: types.Object) -> None:
        """Asks for the sources and options, and marks invalid values."""
        convert_form(ctx.params, inputs)

    def start(self, ctx: foo.ExecutionContext) -> Conversion:
        """Returns the requested conversion."""
        return Conversion(options_of(ctx.params))

    def steps(self, job: Conversion) -> Iterator[tuple[float | None, str]]:
        """Converts video by video."""
        for step in job.run():
            yield share_of(step.done, step.total), str(step)

    def finish(self, ctx: foo.ExecutionContext, job: Conversion) -> Iterator[Any]:
        """Reports the outcome, and opens the dataset."""
        report = job.report
        yield ctx.ops.notify(headline(report, 4), variant=variant_of(report.exit_code))
        if report.samples:
            yield ctx.ops.open_dataset(report.dataset)
