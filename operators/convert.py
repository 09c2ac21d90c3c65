"""The operator that converts records and videos into a data set, from a form in the App."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..converters.convert import Conversion
from ..converters.report import Report
from .convert_form import convert_form
from .convert_params import options_of
from .params import Operator


class ConvertAction100M(Operator):
    """Converts Action100M records and their videos into a new data set, and opens it."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="convert_action100m",
            label="Convert Action100M",
            description="Cut videos to clips and make a data set of them and their records",
            icon="account_tree",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form, with what is wrong next to where it is."""
        return types.Property(convert_form(ctx), view=types.View(label="Convert Action100M"))

    def execute(self, ctx: Any) -> Any:
        """Converts; says how far it is as it goes."""
        conversion = Conversion(options_of(ctx.params))
        if ctx.delegated:
            for step in conversion.run():
                ctx.set_progress(_share(step), label=str(step))
            return conversion.report.to_dict()
        return _steps(ctx, conversion)


def _steps(ctx: Any, conversion: Conversion) -> Iterator[Any]:
    for step in conversion.run():
        yield ctx.ops.set_progress(label=str(step), progress=_share(step))
    report = conversion.report
    yield ctx.ops.notify(_headline(report), variant="success" if report.samples else "error")
    if report.samples:
        yield ctx.ops.open_dataset(report.dataset)


def _share(step: Any) -> float | None:
    return min(step.done / step.total, 1.0) if step.total else None


def _headline(report: Report) -> str:
    """The report in a sentence or two, for a notification."""
    lines = str(report).splitlines()
    return " · ".join(" ".join(line.split()) for line in lines[:4])
