"""One video as a ``fo.Sample``: what :mod:`.documents` writes, as FiftyOne objects.

For a sample or two, and as what the fast path is tested and timed against. A data set of any size
goes through :mod:`.ingest`.
"""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from ...core import fields
from ...core.labels import SampleLabels
from ...core.records import Record
from ..clips.media import Clip
from .documents import metadata_values, sample_values


def build_sample(record: Record, clip: Clip, filepath: str, labels: SampleLabels) -> fo.Sample:
    """Builds one sample.

    Args:
        record: the video's annotations
        clip: the clip, already checked
        filepath: where the clip is
        labels: from :func:`...core.labels.map_labels`
    """
    nodes = [_node_attributes(segment) for segment in labels.segments]
    detections: dict[str, Any] = {
        name: fo.TemporalDetections(
            detections=[fo.TemporalDetection(label=text, **nodes[k]) for k, text in found]
        )
        for name, found in labels.captions.items()
    }
    detections[fields.TRANSCRIPT_SEGMENTS] = fo.TemporalDetections(
        detections=[
            fo.TemporalDetection(
                label=s.text,
                support=[s.first, s.last],
                start=s.start,
                end=s.end,
                truncated=s.truncated,
            )
            for s in labels.speech
        ]
    )
    return fo.Sample(
        filepath=filepath,
        metadata=fo.VideoMetadata(**metadata_values(clip)),
        **sample_values(record, labels.transcript),
        **detections,
    )


def _node_attributes(segment: Any) -> dict[str, Any]:
    return {
        "support": [segment.first, segment.last],
        fields.NODE_ID: segment.node_id,
        fields.PARENT_ID: segment.parent_id,
        fields.LEVEL: segment.level,
        fields.TIER: segment.tier,
        fields.START: segment.start,
        fields.END: segment.end,
        fields.TRUNCATED: segment.truncated,
    }
