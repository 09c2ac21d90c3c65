"""How a panel names its component in the browser, and the methods that this may call."""

from __future__ import annotations

import fiftyone.operators as foo
from fiftyone.operators import types


def component_view(panel: foo.Panel, component: str, *methods: str) -> types.Property:
    """Returns what a panel's ``render`` returns, if one component of ``js/`` draws all of it.

    Args:
        panel: the panel
        component: what the browser calls the component
        *methods: the names of the panel's methods that the component may call
    """
    named = {name: getattr(panel, name) for name in methods}
    view = types.View(component=component, composite_view=True, **named)
    return types.Property(types.Object(), view=view)
