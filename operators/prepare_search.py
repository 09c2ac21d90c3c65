"""The operator that stores the words of the captions, so that searching them is fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core import fields as names
from ..views.hierarchy import source_dataset
from ..views.word_store import count_without_words, drop_words, storing_words
from .common import hierarchy_or_notice
from .params import Operator


class PrepareFastSearch(Operator):
    """Stores the words of each video's captions, or removes them again."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="prepare_fast_search",
            label="Prepare for fast search",
            description="Store the words of each video's captions, so that few have to be read",
            icon="manage_search",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: what will be written, and whether to remove it."""
        inputs = types.Object()
        if hierarchy_or_notice(ctx, inputs) is not None:
            dataset = source_dataset(ctx.dataset)
            left = count_without_words(dataset)
            remove = left is not None and bool(ctx.params.get("remove"))
            text = _says(len(dataset), left)
            if remove:
                text = f"Removes {names.CAPTION_WORDS}. Nothing else is changed."
            inputs.view("what", types.Notice(label=text))
            if left is not None:
                inputs.bool("remove", default=False, label="Remove the stored words instead")
        return types.Property(inputs, view=types.View(label="Prepare for fast search"))

    def execute(self, ctx: Any) -> Any:
        """Stores or removes the words; says how far it is as it goes."""
        if ctx.delegated:
            done = 0
            for done, total in _work(ctx):
                ctx.set_progress(done / max(total, 1), label=_progress(done, total))
            return {"videos": done}
        return _steps(ctx)


def _says(videos: int, left: int | None) -> str:
    if left is None:
        return (
            f"Adds {names.CAPTION_WORDS}, the words of its captions, to each of {videos:,} videos. "
            "Nothing else is changed."
        )
    if left:
        return f"{left:,} of {videos:,} videos are new or have changed: their words will be stored"
    return f"All {videos:,} videos are prepared"


def _work(ctx: Any) -> Iterator[tuple[int, int]]:
    if ctx.params.get("remove"):
        drop_words(ctx.dataset)
        yield 0, 0
    else:
        yield from storing_words(ctx.dataset)


def _steps(ctx: Any) -> Iterator[Any]:
    done = 0
    for done, total in _work(ctx):
        progress = done / max(total, 1)
        yield ctx.ops.set_progress(label=_progress(done, total), progress=progress)
    removed = bool(ctx.params.get("remove"))
    text = "The stored words are removed" if removed else f"The words of {done:,} videos are stored"
    yield ctx.ops.notify(text, variant="success")
    yield ctx.ops.reload_dataset()


def _progress(done: int, total: int) -> str:
    return f"{done:,} of {total:,} videos"
