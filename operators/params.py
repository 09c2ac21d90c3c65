"""What operators are asked, checked: whoever calls one by code may send anything.

The App's form sends what its inputs allow. FiftyOne checks a call against the form that it gets for
it, so the form must open whatever was sent, and say what is wrong with it.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types
from pymongo.errors import PyMongoError

#: What an operator says of what it is asked, in words; anything else is a fault of ours.
SAID = (ValueError, OSError, OverflowError, PyMongoError)

_MOST = 2**31 - 1

_FLAGS = frozenset(
    [
        "accept_license",
        "choose_fields",
        "dry_run",
        "fetch",
        "overwrite",
        "public",
        "regex",
        "remove",
        "retry",
        "select",
        "tag",
        "whole_words",
    ]
)
_LISTS = frozenset({"captions", "fields"})
_NUMBERS = frozenset(
    [
        "clip_seconds",
        "first",
        "first_level",
        "first_seconds",
        "last",
        "level",
        "max_height",
        "max_samples",
        "pause",
        "random",
        "second_level",
        "second_seconds",
        "seconds",
        "seed",
        "stop",
    ]
)
_TEXTS = frozenset(
    [
        "action",
        "by",
        "colours",
        "cookies",
        "cookies_from_browser",
        "duration",
        "existing",
        "field",
        "first_field",
        "format",
        "holes",
        "ids",
        "keep",
        "kind",
        "label",
        "name",
        "out",
        "query",
        "rate_limit",
        "repo",
        "revision",
        "scope",
        "second_field",
        "shards",
        "sort",
        "source",
        "text",
        "title",
        "uploaded",
        "url",
        "videos",
        "views",
    ]
)
#: Texts that name files or folders of the server, and the longest that one can be.
_PATHS, _LONGEST_PATH = frozenset({"cookies", "out", "source", "videos"}), 4096


def wrong_params(params: Any) -> dict[str, str]:
    """Returns the parameters that cannot be used, and what each of them takes."""
    if not isinstance(params, Mapping):
        return {"params": "the parameters are no mapping of names to values"}
    wrong = {}
    for name, value in params.items():
        takes = None if value is None else _takes(name, value)
        if takes:
            shown = repr(value)
            shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
            wrong[str(name)] = f"{name} takes {takes}, not {shown}"
    return wrong


def _takes(name: str, value: Any) -> str | None:
    """Returns what a parameter takes, if its value is something else."""
    if name in _FLAGS:
        return None if isinstance(value, bool) else "true or false"
    if name in _NUMBERS:
        return None if _is_number(value) else f"a number up to {_MOST:,}"
    if name in _LISTS:
        good = isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
        return None if good else "a list of names"
    if name in _TEXTS:
        if not isinstance(value, str):
            return "a text"
        if name in _PATHS and ("\0" in value or len(value) > _LONGEST_PATH):
            return f"a path without NUL, of at most {_LONGEST_PATH:,} characters"
    return None


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and abs(value) <= _MOST


@contextmanager
def usable_params(ctx: Any) -> Iterator[dict[str, str]]:
    """Lets an operator see the parameters that can be used; yields what is wrong with others.

    One that is None is one that was not given.
    """
    given = ctx.params
    wrong = wrong_params({} if given is None else given)
    found = given if isinstance(given, Mapping) else {}
    kept = {k: v for k, v in found.items() if v is not None and k not in wrong}
    ctx.params = kept
    try:
        yield wrong
    finally:
        ctx.params = given


class Operator(foo.Operator):
    """An operator whose form opens whatever it is sent, and that answers in words."""

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        for name, checked in (("resolve_input", _form), ("execute", _execution)):
            if name in cls.__dict__:
                setattr(cls, name, checked(cls.__dict__[name]))


def _form(resolve: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @functools.wraps(resolve)
    def resolve_input(self: Any, ctx: Any) -> Any:
        with usable_params(ctx) as wrong:
            try:
                form = resolve(self, ctx)
            except SAID as error:
                form = types.Property(types.Object())
                wrong = {"problem": in_words(error), **wrong}
        if form is not None and wrong:
            inputs = dict(form.type.properties)
            form.type.properties.clear()
            for name, text in wrong.items():  # first: a call by code is told of the first only
                notice = form.type.view(f"wrong_{name}", types.Warning(label=text))
                notice.invalid, notice.error_message = True, text
            form.type.properties.update(inputs)
        return form

    return resolve_input


def _execution(run: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @functools.wraps(run)
    def execute(self: Any, ctx: Any) -> Any:
        with usable_params(ctx):
            try:
                done = run(self, ctx)
            except SAID as error:
                if self.config.execute_as_generator and not ctx.delegated:
                    return _refusal(ctx, error)
                return _say(ctx, error)
        return _steps(ctx, done) if inspect.isgenerator(done) else done

    return execute


def _steps(ctx: Any, steps: Iterator[Any]) -> Iterator[Any]:
    try:
        with usable_params(ctx):
            yield from steps
    except SAID as error:
        yield ctx.ops.notify(in_words(error), variant="error")


def _refusal(ctx: Any, error: Exception) -> Iterator[Any]:
    yield ctx.ops.notify(in_words(error), variant="error")


def _say(ctx: Any, error: Exception) -> dict[str, str]:
    """Says why nothing was done; a delegated run fails, so that its record says so.

    Raises:
        Exception: the error, where nobody is there to be told
    """
    if ctx.delegated:
        raise error
    ctx.ops.notify(in_words(error), variant="error")
    return {"error": in_words(error)}


def in_words(error: Exception) -> str:
    """Returns what an error says, on one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 300 else f"{text[:297]}…"
