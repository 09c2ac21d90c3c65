"""Computes digests of views, to recognise them."""

from __future__ import annotations

import hashlib

from bson import json_util

from ..internals.views import serialize_view
from .hierarchy import DatasetOrView


def view_key(view: DatasetOrView) -> str:
    """Returns a digest of a view's stages."""
    # Decoded again, because the App sends expressions with regular expressions in that form.
    stages = json_util.loads(json_util.dumps(serialize_view(view, uuids=False)))
    return hashlib.sha1(json_util.dumps(stages, sort_keys=True).encode()).hexdigest()


def stage_keys(view: DatasetOrView) -> list[str]:
    """Returns a digest of each of a view's stages; derived views start with the same digests."""
    stages = json_util.loads(json_util.dumps(serialize_view(view, uuids=False)))
    texts = (json_util.dumps(stage, sort_keys=True) for stage in stages)
    return [hashlib.sha1(text.encode()).hexdigest() for text in texts]
