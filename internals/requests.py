"""Shares work between the operators of one request of the App, and tells App servers apart."""

from __future__ import annotations

import platform

import fiftyone.operators as foo
import fiftyone.server.events.state as fose

_SHARED, _SHARED_VIEW = "_action100m_dataset", "_action100m_view"


def share_dataset(ctx: foo.ExecutionContext) -> None:
    """Lets all contexts of one request share a dataset.

    The App requests the buttons of all operators at once, and FiftyOne reads the dataset from the
    database for each of them, which takes about 15 ms.
    """
    request = ctx.request_params
    if _SHARED in request:
        ctx._dataset = request[_SHARED]
    else:
        request[_SHARED] = ctx.dataset


def share_view(ctx: foo.ExecutionContext) -> None:
    """Lets all contexts of one request share a view, which FiftyOne builds for each of them."""
    request = ctx.request_params
    if _SHARED_VIEW in request:
        ctx._view = request[_SHARED_VIEW]
    else:
        request[_SHARED_VIEW] = ctx.view


def server_name() -> str:
    """Returns a name of the App server that this process is, the same whenever it is started.

    All pages of a server show the same view, while those of another server on the same database
    show their own.
    """
    return f"{platform.node()}:{fose.get_port() or ''}"
