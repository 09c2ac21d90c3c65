"""Runs operators and panels through FiftyOne's executor, as the App does.

A *request* is what the App sends: ``params``, ``dataset_name``, the view's stages, and more
(``selected_labels``, ``current_sample``, ...), which callers pass as keywords.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from bson import json_util
from fiftyone.operators import types
from fiftyone.operators.executor import (
    ExecutionContext,
    ExecutionResult,
    Executor,
    prepare_operator_executor,
)
from fiftyone_action100m.core.keys import STORE
from fiftyone_action100m.internals.database import dataset_id
from fiftyone_action100m.internals.views import build_view, serialize_view, source_dataset
from fiftyone_action100m.operators.trail import trail_key
from fiftyone_action100m.views.view_keys import stage_keys

URI = "@action100m/explorer/"
#: What shows how far a job is, and what closes that again.
PROGRESS, CLOSE = f"{URI}show_progress", f"{URI}close_progress"
TREE, OVERVIEW = "tree_of_captions", "action100m_overview"

Data: TypeAlias = "fo.Dataset | fo.DatasetView | None"


class Told(dict[str, Any]):
    """What an operator tells the App to do: parameters by operation, the last of each.

    A form that is invalid is not executed: ``{"refused": error}``.

    Attributes:
        messages: all operations and their parameters, in order
        result: what the operator returns
        error: what went wrong, empty if nothing
        panel_state: a panel's state afterwards
    """

    def __init__(
        self,
        messages: list[tuple[str, Any]],
        result: Any = None,
        panel_state: dict[str, Any] | None = None,
        error: str = "",
    ) -> None:
        super().__init__(messages)
        self.messages = messages
        self.result = result
        self.error = error
        self.panel_state = panel_state or {}

    def every(self, operation: str) -> list[Any]:
        """Returns the parameters of every message of an operation, in order."""
        return [params for name, params in self.messages if name == operation]


def plugin_module(operator: str, path: str) -> ModuleType:
    """Returns a module as an operator has it: FiftyOne loads a second copy of the package.

    Args:
        operator: the operator's name
        path: the module's place in the package, such as ``views.indexes``
    """
    package = type(foo.get_operator(URI + operator)).__module__.rpartition(".operators.")[0]
    return import_module(f"{package}.{path}")


def request(
    dataset: Data = None, view: Any = None, params: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Returns the App's request.

    Args:
        dataset: the dataset, or a view that is shown; None where none is open
        view: the view that is shown, or its stages
        params: the form's values
        **more: other keys of the request
    """
    if isinstance(dataset, fo.DatasetView):
        dataset, view = source_dataset(dataset), dataset
    if isinstance(view, fo.DatasetView):
        view = serialize_view(view)
    elif view is None or isinstance(view, fo.Dataset):
        view = []
    name = dataset.name if dataset is not None else None
    return {"params": params or {}, "dataset_name": name, "view": view, **more}


def context(
    dataset: Data = None,
    view: Any = None,
    set_progress: Callable[..., None] | None = None,
    **more: Any,
) -> ExecutionContext:
    """Returns what an operator's methods are called with, for a request."""
    body = request(dataset, view, **more)
    return ExecutionContext(request_params=body, executor=Executor(), set_progress=set_progress)


@contextmanager
def loads_not_noted() -> Iterator[None]:
    """Keeps FiftyOne from saving a dataset's settings each time that it loads the dataset.

    It does not in the App's server either, where this variable is set.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIFTYONE_SERVER", "1")
        yield


@loads_not_noted()
def form(
    operator: str | foo.Operator, dataset: Data = None, view: Any = None, **more: Any
) -> dict[str, Any]:
    """Returns the properties of an operator's form, by name, as resolved for a request."""
    if isinstance(operator, str):
        operator = foo.get_operator(URI + operator)
    resolved = operator.resolve_input(context(dataset, view, **more))
    properties: dict[str, Any] = resolved.type.properties
    return properties


@loads_not_noted()
def form_json(
    name: str, dataset: Data = None, view: Any = None, **more: Any
) -> dict[str, Any] | None:
    """Returns the form's properties as the App gets them; None for an operator without a form."""
    resolved = foo.get_operator(URI + name).resolve_input(context(dataset, view, **more))
    return None if resolved is None else resolved.to_json()["type"]["properties"]


@loads_not_noted()
def run(name: str, dataset: Data = None, view: Any = None, **more: Any) -> Told:
    """Executes an operator as the App's server does; returns what it tells the App to do."""
    told = asyncio.run(_run(URI + name, request(dataset, view, **more)))
    check_leads_back(dataset, told)
    return told


@loads_not_noted()
def call(name: str, dataset: Data = None, view: Any = None, **more: Any) -> Told:
    """Executes an operator with ``foo.execute_operator``, as a user's code does.

    Raises:
        ExecutionError: if the form is invalid
    """
    surroundings = {"dataset": dataset, "view": view, "params": {}, **more}
    given = {key: value for key, value in surroundings.items() if value is not None}
    result = foo.execute_operator(URI + name, given)
    messages = [(r.operator_uri, r.params) for r in result.executor._requests]
    error = " ".join(filter(None, (result.error, result.error_message)))
    told = Told(messages, result.result, error=error)
    check_leads_back(dataset, told)
    return told


def check_leads_back(dataset: Data, told: Told) -> None:
    """Asserts that a view that an operator or panel sets is on the trail that leads back."""
    for params in (*told.every("set_view"), *told.every(f"{URI}show_and_open")):
        if stages := params.get("view"):
            source = source_dataset(dataset)
            trail = foo.ExecutionStore.create(STORE, dataset_id(source)).get(trail_key())
            # As the App's server reads it.
            shown = build_view(source, json_util.loads(json.dumps(stages)))
            steps = [step["keys"] for step in (trail or {}).get("steps", ())]
            assert stage_keys(shown) in steps, "nothing leads back: see operators/show.py"


@loads_not_noted()
def delegated(name: str, dataset: Data = None, **more: Any) -> Any:
    """Executes an operator as a delegated operation; returns its result."""
    return foo.get_operator(URI + name).execute(context(dataset, **more, delegated=True))


@loads_not_noted()
def placement(name: str, dataset: Data = None, view: Any = None, **more: Any) -> Any:
    """Returns where an operator's button is shown, None if nowhere."""
    shown = foo.get_operator(URI + name).resolve_placement(context(dataset, view, **more))
    return shown if shown and isinstance(shown.place, types.Places) else None


@loads_not_noted()
def not_listed(dataset: Data = None, view: Any = None, **more: Any) -> set[str]:
    """Returns the names of this plugin's operators that the App does not list in a place."""
    asked = request(dataset, view, **more)
    operators = [o for o in foo.list_operators(type="operator") if o.uri.startswith(URI)]
    shown = {o.name: o.resolve_placement(foo.ExecutionContext(asked)) for o in operators}
    return {n for n, each in shown.items() if each and each.place.value == "action100m-not-listed"}


@loads_not_noted()
def way_back(dataset: Data = None, view: Any = None, **more: Any) -> list[dict[str, Any]]:
    """Returns the breadcrumb over the grid; empty if there is none."""
    shown = foo.get_operator(f"{URI}back_to_previous_view").resolve_placement(
        context(dataset, view, **more)
    )
    crumbs: list[dict[str, Any]] = shown.view.to_json().get("crumbs", [])
    return crumbs


def ask(
    panel: str,
    method: str,
    dataset: Data = None,
    view: Any = None,
    params: dict[str, Any] | None = None,
    state: dict[str, Any] | None = None,
    **more: Any,
) -> Told:
    """Sends an event to a panel; returns what it answers."""
    event = {"__method__": method, "panel_id": "p", "panel_state": state or {}, **(params or {})}
    return run(panel, dataset, view, params=event, **more)


def tree_sent(method: str, dataset: Data, **more: Any) -> dict[str, Any]:
    """Returns the tree that the Tree of Captions panel sends to the browser after an event."""
    answer = ask(TREE, method, dataset, **more)
    tree: dict[str, Any] = json.loads(panel_data(answer, "tree"))
    return tree


def panel_data(answer: Told, key: str) -> Any:
    """Returns what an answer puts into a panel's data under a key, the last of several."""
    data = [params.get("data", {}) for _, params in answer.messages]
    return [d[key] for d in data if key in d][-1]


def open_overview(dataset: Data, view: Any = None, state: dict[str, Any] | None = None) -> Told:
    """Opens the overview and does what it triggers, as the App does; returns the last answer."""
    answer = ask(OVERVIEW, "on_load", dataset, view, state=state)
    while triggered := answer.every(URI + OVERVIEW):
        assert triggered[0]["__method__"] == "count"
        answer = ask(OVERVIEW, "count", dataset, view, state=triggered[0]["panel_state"])
    return answer


def overview_page(answer: Told) -> dict[str, Any]:
    """Returns what an answer has the overview show."""
    page: dict[str, Any] = json.loads(panel_data(answer, "page"))
    return page


def overview_figures(answer: Told) -> dict[str, dict[str, Any]]:
    """Returns the figures that an answer has the overview show, by name."""
    sections = overview_page(answer).get("sections", [])
    return {figure["name"]: figure for section in sections for figure in section["figures"]}


def overview_tiles(answer: Told) -> dict[str, dict[str, str]]:
    """Returns the tiles that an answer has the overview show, by name."""
    return {tile["name"]: tile for tile in overview_page(answer).get("tiles", [])}


async def _run(uri: str, body: dict[str, Any]) -> Told:
    prepared = await prepare_operator_executor(uri, body)
    if isinstance(prepared, ExecutionResult):
        return Told([("refused", prepared.error)])
    operator, executor, context, _ = prepared
    result = operator.execute(context)
    if inspect.isgenerator(result):
        result = list(result)  # what it yields is among the executor's requests, too
    messages = [message.to_json() for message in executor._requests]
    state = dict(context.panel_state) if "panel_state" in body["params"] else None
    return Told([(m["operator_uri"], m["params"]) for m in messages], result, state)
