"""Base classes of the operators: App listing, forms, buttons, progress and error messages.

An operator sets the class attributes of :class:`Operator` and implements ``run``. An operator with
a form derives from :class:`FormOperator`, or from :class:`TreeFormOperator` if it needs a tree; a
long-running one derives from :class:`LongRunning` as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

import fiftyone.operators as foo
from fiftyone.operators import types
from pymongo.errors import PyMongoError

from ..core.exit_codes import EXIT_OK, EXIT_PARTIAL
from ..core.wording import shorten
from ..internals.requests import share_dataset, share_view
from ..internals.views import clip_field
from ..meaning.encoders import EncoderError
from ..views.backends import BackendError
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy
from ..views.progress import StageProgress
from .forms import mark_invalid
from .params import parsed_params

#: The namespace of this plugin's operators in the App.
PLUGIN = "@action100m/explorer"

#: Runs in the browser, see js/progress.js.
_SHOW_PROGRESS, _CLOSE_PROGRESS = f"{PLUGIN}/show_progress", f"{PLUGIN}/close_progress"

#: Errors whose message an operator shows; any other error is a bug of this plugin.
ANSWERED = (ValueError, OSError, OverflowError, PyMongoError, EncoderError, BackendError)

Job = TypeVar("Job")

#: The number of videos or texts between two progress reports to the App.
_EVERY = 50


class Aside(Enum):
    """Pseudo-places of buttons, which the App ignores and js/grid.js reads.

    Attributes:
        NOT_LISTED: the operator cannot run here and is not listed
        WAY: the breadcrumb of views
    """

    NOT_LISTED = "action100m-not-listed"
    WAY = "action100m-way"

    def to_json(self) -> str:
        """Returns its name."""
        return self.value


class Operator(foo.Operator):
    """An operator that shows errors as messages.

    Attributes:
        name: the last part of its URI
        label: its name in the App, which starts with its subject: "Tree: ", "Captions: " or
            "Dataset: "
        short: the name on its button, if different
        description: what it does, in a line
        synonyms: other words for searching
        icon: a Material icon
        options: further arguments of ``OperatorConfig``
        place: the place of its button; None for no button
        named: whether the button shows its name instead of the icon
        needs_tree: whether it only runs on datasets with a tree
        needs_video: whether it only runs while a video is open or captions are selected
        clips: whether it only runs in views of clips, or only in others; None for both
    """

    name: ClassVar[str]
    label: ClassVar[str]
    short: ClassVar[str] = ""
    description: ClassVar[str]
    synonyms: ClassVar[str] = ""
    icon: ClassVar[str]
    options: ClassVar[Mapping[str, bool]] = {}
    place: ClassVar[types.Places | None] = None
    named: ClassVar[bool] = False
    needs_tree: ClassVar[bool] = True
    needs_video: ClassVar[bool] = False
    clips: ClassVar[bool | None] = None

    @property
    def config(self) -> foo.OperatorConfig:
        """The configuration for the App.

        The App's list of operators shows the label, searches label, URI and description, and is
        sorted by description. So a description starts with the label, which keeps related operators
        together.
        """
        also = f". Also: {self.synonyms}" if self.synonyms else ""
        return foo.OperatorConfig(
            name=self.name,
            label=self.label,
            description=f"{self.label}. {self.description}{also}",
            icon=self.icon,
            **self.options,
        )

    def resolve_placement(self, ctx: foo.ExecutionContext) -> types.Placement | None:
        """Returns the operator's button, if any, or that it cannot run here."""
        share_dataset(ctx)
        if not self.runs_here(ctx):
            return types.Placement(Aside.NOT_LISTED, types.View())
        return self.button(ctx)

    def runs_here(self, ctx: foo.ExecutionContext) -> bool:
        """Whether the operator can run in the current view; otherwise the App does not list it."""
        if self.needs_tree and not has_tree(ctx):
            return False
        if self.needs_video and not (ctx.current_sample or ctx.selected_labels):
            return False
        if self.clips is None:
            return True
        share_view(ctx)
        return self.clips == bool(clip_field(ctx.view))

    def button(self, ctx: foo.ExecutionContext) -> types.Placement | None:
        """Returns the button at ``place``."""
        if self.place is None:
            return None
        prompt = isinstance(self, FormOperator)
        shown = {} if self.named else {"icon": self.icon}
        button = types.Button(label=self.short or self.label, prompt=prompt, **shown)
        return types.Placement(self.place, button)

    def execute(self, ctx: foo.ExecutionContext) -> Any:
        """Runs the operator; an error becomes a message."""
        with parsed_params(ctx, strict=True):
            try:
                return self.run(ctx)
            except ANSWERED as error:
                if ctx.delegated:  # nobody would see a message: the run's record keeps it
                    raise
                ctx.ops.notify(in_words(error), variant=_variant(error))
                return {"error": in_words(error)}

    def run(self, ctx: foo.ExecutionContext) -> Any:
        """Runs the operator; ``ctx.params`` is a :class:`.params.Params`."""
        raise NotImplementedError


class FormOperator(Operator):
    """An operator with a form, which opens with any parameters.

    Attributes:
        verb: the text of its button; by default the first word of its label after the colon
    """

    verb: ClassVar[str] = ""
    options: ClassVar[Mapping[str, bool]] = {"dynamic": True}

    def resolve_input(self, ctx: foo.ExecutionContext) -> types.Property:
        """Returns the form, with a warning for each invalid parameter."""
        inputs = types.Object()
        with parsed_params(ctx) as params:
            try:
                self.form(ctx, inputs)
                wrong = params.wrong
            except ANSWERED as error:
                inputs = types.Object()
                wrong = {"problem": in_words(error), **params.wrong}
        form = types.Object()
        for name, text in wrong.items():  # first, as a call by code only gets the first error
            mark_invalid(form.view(f"wrong_{name}", types.Warning(label=text)), text)
        form.properties.update(inputs.properties)
        verb = self.verb or self.label.partition(": ")[2].split()[0].capitalize()
        view = types.PromptView(label=self.label, submit_button_label=verb)
        return types.Property(form, view=view)

    def form(self, ctx: foo.ExecutionContext, inputs: types.Object) -> None:
        """Adds the form's inputs; ``ctx.params`` is a :class:`.params.Params`."""
        raise NotImplementedError


class TreeFormOperator(FormOperator):
    """An operator with a form that needs a dataset with a tree."""

    def form(self, ctx: foo.ExecutionContext, inputs: types.Object) -> None:
        """Adds the inputs, or the reason why there is no tree."""
        try:
            hierarchy = hierarchy_of(ctx)
        except NoHierarchyError as error:
            inputs.view("no_hierarchy", types.Warning(label=str(error))).invalid = True
        else:
            self.tree_form(ctx, inputs, hierarchy)

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Adds the form's inputs if there is a tree."""
        raise NotImplementedError


class LongRunning(Operator, Generic[Job]):
    """An operator that shows its progress, whether immediate or delegated."""

    options: ClassVar[Mapping[str, bool]] = {
        "dynamic": True,
        "execute_as_generator": True,
        "allow_immediate_execution": True,
        "allow_delegated_execution": True,
    }

    def start(self, ctx: foo.ExecutionContext) -> Job:
        """Returns the job, before its first step."""
        raise NotImplementedError

    def steps(self, job: Job) -> Iterator[tuple[float | None, str]]:
        """Runs the job; yields its progress from 0 to 1, with a text."""
        raise NotImplementedError

    def progress(self, ctx: foo.ExecutionContext, share: float | None, label: str) -> Any:
        """Returns the operator that shows the progress: by default the App's dialog."""
        return ctx.trigger(_SHOW_PROGRESS, params={"label": label, "progress": share})

    def finish(self, ctx: foo.ExecutionContext, job: Job) -> Iterator[Any]:
        """Yields the App's final messages."""
        raise NotImplementedError

    def result(self, ctx: foo.ExecutionContext, job: Job) -> dict[str, Any]:
        """Returns the result of a delegated run: by default the job's report."""
        report: dict[str, Any] = job.report.to_dict()  # type: ignore[attr-defined]
        return report

    def execute(self, ctx: foo.ExecutionContext) -> Any:
        """Runs the job: to its end if delegated, else as the App requests messages."""
        return super().execute(ctx) if ctx.delegated else self._messages(ctx)

    def run(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Runs a delegated job."""
        job = self.start(ctx)
        for share, label in self.steps(job):
            ctx.set_progress(share, label=label)
        return self.result(ctx, job)

    def _messages(self, ctx: foo.ExecutionContext) -> Iterator[Any]:
        is_shown = False
        with parsed_params(ctx, strict=True):
            try:
                job = self.start(ctx)
                for share, label in self.steps(job):
                    is_shown = True
                    yield self.progress(ctx, share, label)
                if is_shown:
                    yield ctx.trigger(_CLOSE_PROGRESS)
                yield from self.finish(ctx, job)
            except ANSWERED as error:
                if is_shown:
                    yield ctx.trigger(_CLOSE_PROGRESS)
                yield ctx.ops.notify(in_words(error), variant=_variant(error))


def has_tree(ctx: foo.ExecutionContext) -> bool:
    """Whether the open dataset has a tree."""
    try:
        hierarchy_of(ctx)
    except NoHierarchyError:
        return False
    return True


def hierarchy_of(ctx: foo.ExecutionContext) -> Hierarchy:
    """Returns the hierarchy of the open dataset.

    Raises:
        NoHierarchyError: if no dataset is open, or it has no tree
    """
    if ctx.dataset is None:
        raise NoHierarchyError("open a dataset first")
    return find_hierarchy(ctx.dataset)


def progress_of(steps: Iterable[StageProgress]) -> Iterator[tuple[float | None, str]]:
    """Converts steps for :meth:`LongRunning.steps`: a few of each stage, and its last."""
    told: StageProgress | None = None
    for step in steps:
        if (
            told is None
            or step.stage != told.stage
            or step.done >= told.done + _EVERY
            or step.done == step.total
        ):
            told = step
            yield share_of(step.done, step.total) if step.done else None, str(step)


def variant_of(exit_code: int) -> str:
    """Returns the variant of a report's notification: a warning if a part was skipped or failed."""
    return {EXIT_OK: "success", EXIT_PARTIAL: "warning"}.get(exit_code, "error")


def share_of(done: int, total: int | None) -> float | None:
    """Returns the progress of a job from 0 to 1; None if its size is unknown."""
    return min(done / total, 1.0) if total else None


def headline(report: object, lines: int | None = None) -> str:
    """Returns the first lines of a report, all by default, as one line for a notification."""
    return " · ".join(" ".join(line.split()) for line in str(report).splitlines()[:lines])


def in_words(error: Exception) -> str:
    """Returns an error's message on one line."""
    return shorten(str(error), 300) or type(error).__name__


def _variant(error: Exception) -> str:
    return "warning" if isinstance(error, NoHierarchyError) else "error"
