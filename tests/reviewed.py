"""A dataset to review: videos of 9 s, whose annotation goes on to 12 s, with times in seconds."""

from __future__ import annotations

import uuid
from fractions import Fraction
from typing import Any

import fiftyone as fo
from fiftyone_action100m.core.frames import boundary
from fiftyone_action100m.core.times import ClipSeconds
from material import small_record

FPS, FRAMES = Fraction(25), 225
WIDEST, BRIEF, SUMMARY = "plm_action", "gpt_action_brief", "gpt_summary_brief"
#: Made once in a process and then copied, by number of videos.
_originals: dict[int, fo.Dataset] = {}


def review_dataset(name: str, videos: int = 2) -> fo.Dataset:
    """Makes the dataset as a conversion does, without its videos; the caller deletes it.

    The ids of its samples and labels are those of every such dataset.
    """
    if videos not in _originals:
        made = fo.Dataset(f"review-{uuid.uuid4().hex[:10]}", persistent=True)
        made.add_samples(_samples(videos), dynamic=True)
        _originals[videos] = made
    return _originals[videos].clone(name, persistent=True)


def _samples(videos: int) -> list[fo.Sample]:
    samples = []
    for k in range(videos):
        record = small_record(2 * chr(ord("a") + k), 12.0, 16)
        labels: dict[str, list[fo.TemporalDetection]] = {WIDEST: [], BRIEF: [], SUMMARY: []}
        inner = {node["parent_id"] for node in record["nodes"]}
        for node in record["nodes"]:
            first, last = (
                boundary(ClipSeconds(node[key]), FPS) for key in ("start", "end")
            )  # fmt: skip
            if first + 1 > min(last, FRAMES):
                continue
            for field, text in _texts(node).items():
                labels[field].append(
                    fo.TemporalDetection(
                        label=text,
                        support=[first + 1, min(last, FRAMES)],
                        node_id=node["node_id"],
                        parent_id=node["parent_id"],
                        level=node["level"],
                        tier=_tier(node, inner),
                        start=node["start"],
                        end=node["end"],
                        truncated=last > FRAMES,
                    )
                )
        sample = fo.Sample(
            filepath=f"/nowhere/{record['video_uid']}.mp4",
            video_uid=record["video_uid"],
            metadata=fo.VideoMetadata(frame_rate=25.0, total_frame_count=FRAMES, duration=9.0),
            **{field: fo.TemporalDetections(detections=found) for field, found in labels.items()},
        )
        samples.append(sample)
    return samples


def _texts(node: dict[str, Any]) -> dict[str, str]:
    gpt = node["gpt"]
    texts = {WIDEST: node["plm_action"]}
    if gpt is not None:
        texts[SUMMARY] = gpt["summary"]["brief"]
        if gpt["action"]["brief"] != "N/A":
            texts[BRIEF] = gpt["action"]["brief"]
    return texts


def _tier(node: dict[str, Any], inner: set[str]) -> str:
    if node["parent_id"] is None:
        return "root"
    return "mid" if node["node_id"] in inner else "leaf"
