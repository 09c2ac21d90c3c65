"""Turns the Sphinx roles in docstrings into Markdown, for mkdocstrings.

``:func:`~.find.match_counts``` becomes code that names ``match_counts``, and the ``::`` before an
indented block becomes a colon.
"""

from __future__ import annotations

import re
from typing import Any

import griffe


def markdown(text: str) -> str:
    """Returns a docstring's text as Markdown."""
    text = re.sub(r":\w+:`~[^`]*?(\w+)`", r"`\1`", text)
    text = re.sub(r":\w+:`\.*([^`]+)`", r"`\1`", text)
    return re.sub(r"::$", ":", text, flags=re.MULTILINE)


class Markdown(griffe.Extension):
    """Rewrites every docstring that is loaded."""

    def on_instance(self, *, obj: griffe.Object, **kwargs: Any) -> None:
        """Rewrites one docstring."""
        if obj.docstring is not None:
            obj.docstring.value = markdown(obj.docstring.value)
