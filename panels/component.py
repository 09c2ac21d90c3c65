"""Connects a panel to its component in the browser."""

from __future__ import annotations

import fiftyone.operators as foo
from fiftyone.operators import types


def component_view(panel: foo.Panel, component: str, *methods: str) -> types.Property:
    """Returns the result of a panel's ``render`` if one component of ``js/`` draws the whole panel.

    Args:
        panel: the panel
        component: the component's name in the browser
        *methods: the panel's methods that the component may call
    """
    named = {name: getattr(panel, name) for name in methods}
    view = types.View(component=component, composite_view=True, **named)
    return types.Property(types.Object(), view=view)
