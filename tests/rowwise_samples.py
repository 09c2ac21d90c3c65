"""A sample built from FiftyOne objects: what tests and benchmarks compare the fast path with."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
from fiftyone_action100m.converters.clips.media import Clip
from fiftyone_action100m.converters.storing.documents import metadata_values, sample_values
from fiftyone_action100m.core import fields
from fiftyone_action100m.core.records import Record
from rowwise import Segment, map_labels


def build_sample(record: Record, clip: Clip, captions: Any) -> fo.Sample:
    """Builds one sample.

    Args:
        record: the video's annotations
        clip: its checked clip
        captions: the caption fields to write
    """
    labels = map_labels(record, clip.frame_rate, clip.total_frame_count, captions)
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
        filepath=str(clip.path),
        metadata=fo.VideoMetadata(**metadata_values(clip)),
        **sample_values(record, labels.transcript),
        **detections,
    )


def _node_attributes(segment: Segment) -> dict[str, Any]:
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
