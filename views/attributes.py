"""Attributes that views add to a dataset's detections."""

from __future__ import annotations

from collections.abc import Mapping

import fiftyone as fo

from ..converters.storing.schema import named_field


def declare_attributes(
    dataset: fo.Dataset, ftype: type[fo.Field], described: Mapping[str, str]
) -> None:
    """Declares attributes all at once: ``add_sample_field`` rewrites the whole schema for each.

    Args:
        dataset: the dataset
        ftype: the type of all of them
        described: their paths, and what the App says of each
    """
    added = {
        path: named_field(ftype, path.rpartition(".")[2], text) for path, text in described.items()
    }
    if added:
        dataset.add_dynamic_sample_fields(added)
