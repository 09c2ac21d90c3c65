"""What the App asks in one request of several operators."""

from __future__ import annotations

import fiftyone.operators as foo

_SHARED, _SHARED_VIEW = "_action100m_dataset", "_action100m_view"


def share_dataset(ctx: foo.ExecutionContext) -> None:
    """Gives the contexts of one request the same dataset.

    The App asks for the buttons of all operators in one request, and FiftyOne reads the dataset
    from the database anew for each, which takes some 15 ms.
    """
    request = ctx.request_params
    if _SHARED in request:
        ctx._dataset = request[_SHARED]
    else:
        request[_SHARED] = ctx.dataset


def share_view(ctx: foo.ExecutionContext) -> None:
    """Gives the contexts of one request the same view, which FiftyOne builds anew for each."""
    request = ctx.request_params
    if _SHARED_VIEW in request:
        ctx._view = request[_SHARED_VIEW]
    else:
        request[_SHARED_VIEW] = ctx.view
