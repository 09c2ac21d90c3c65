"""A small dataset in the exact shape of the published ``action100m_tiny_subset``, faults and all.

Its attributes are not declared in the schema; its ``tier`` calls "leaf" what is on the deepest
level of all nodes of the record, where refined captions hardly ever are; both ends of a support are
cut to a whole frame, so that siblings share their boundary frame and what reaches the clip's end
lies one frame past it; durations are whole seconds; ``N/A`` actors are kept; and there is no
``start``, ``end``, ``truncated``, ``video_uid`` or stage-2 field.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import fiftyone as fo
from fiftyone_action100m.core.tree import text_at
from material import small_record, write_video

FPS = 25
#: The fields that hold trees, and where their texts are in a record's node.
SUBSET_FIELDS = {
    "gpt_summary_brief": ("gpt", "summary", "brief"),
    "gpt_summary_detailed": ("gpt", "summary", "detailed"),
    "gpt_action_brief": ("gpt", "action", "brief"),
    "gpt_action_detailed": ("gpt", "action", "detailed"),
    "gpt_action_actor": ("gpt", "action", "actor"),
}
_WITHOUT_NA = ("gpt_action_brief", "gpt_action_detailed")
#: Made once in a process and then copied, by number of videos and the clips' end.
_originals: dict[tuple[int, float], fo.Dataset] = {}


def subset_dataset(
    name: str, videos: int = 3, clip_seconds: float = 9.0, folder: Path | None = None
) -> fo.Dataset:
    """Makes the dataset; the caller deletes it (the fixture ``dataset_name`` does).

    The ids of its samples and labels are those of every such dataset.

    Args:
        name: its name
        videos: how many; they have 12 s of annotation each, ids ``aa-0``, ``bb-0``, …
        clip_seconds: where the clips end; the annotation goes on
        folder: where to write real videos; without it the clips do not exist
    """
    if (videos, clip_seconds) not in _originals:
        samples = []
        for k in range(videos):
            uid = 2 * chr(ord("a") + k)
            record = small_record(uid, 12.0, 16)
            samples.append(subset_sample(record, Path(f"/nowhere/{uid}.mp4"), clip_seconds))
        made = fo.Dataset(f"subset-{uuid.uuid4().hex[:10]}", persistent=True)
        made.add_samples(samples)
        _originals[videos, clip_seconds] = made
    dataset = _originals[videos, clip_seconds].clone(name, persistent=True)
    if folder is not None:
        paths = [folder / Path(path).name for path in dataset.values("filepath")]
        for path in paths:
            write_video(path, seconds=clip_seconds, fps=str(FPS))
        dataset.set_values("filepath", list(map(str, paths)))
        dataset.set_values("metadata.size_bytes", [path.stat().st_size for path in paths])
    return dataset


def subset_sample(record: dict[str, Any], path: Path, clip_seconds: float) -> fo.Sample:
    """Makes one sample as the published subset's scripts do."""
    info = record["metadata"]
    frames = round(clip_seconds * FPS)
    nodes = [n for n in record["nodes"] if n["start"] < clip_seconds]
    deepest = max(n["level"] for n in record["nodes"])
    labels: dict[str, list[fo.TemporalDetection]] = {field: [] for field in SUBSET_FIELDS}
    for node in nodes:
        tier = "mid" if node["level"] else "root"
        for field, where in SUBSET_FIELDS.items():
            text = text_at(node, where)
            if text is None or (text == "N/A" and field in _WITHOUT_NA):
                continue
            detection = fo.TemporalDetection(
                label=text,
                support=_support(node["start"], min(node["end"], clip_seconds)),
                node_id=node["node_id"],
                parent_id=node["parent_id"],
                level=node["level"],
                tier="leaf" if node["level"] == deepest else tier,
            )
            labels[field].append(detection)
    speech = [s for s in info["transcript"] if float(s["time"]) < clip_seconds]
    starts = [float(s["time"]) for s in speech]
    said = [
        fo.TemporalDetection(label=s["text"], support=_support(start, min(end, clip_seconds)))
        for s, start, end in zip(speech, starts, [*starts[1:], clip_seconds], strict=True)
    ]
    return fo.Sample(
        filepath=str(path),
        metadata=fo.VideoMetadata(
            size_bytes=1000,
            mime_type="video/mp4",
            frame_width=64,
            frame_height=48,
            frame_rate=float(FPS),
            total_frame_count=frames,
            duration=frames / FPS,
            encoding_str="avc1",
        ),
        title=info["title"],
        description=info["description"],
        full_video_url=f"https://www.youtube.com/watch?v={record['video_uid']}",
        upload_date=datetime.strptime(info["upload_date"], "%Y%m%d"),
        view_count=info["view_count"],
        like_count=info["like_count"],
        full_video_duration=int(info["duration"]),
        transcript=" ".join(s["text"] for s in speech),
        tree_depth=max(n["level"] for n in record["nodes"]),
        transcript_segments=fo.TemporalDetections(detections=said),
        **{field: fo.TemporalDetections(detections=found) for field, found in labels.items()},
    )


def _support(start: float, end: float) -> list[int]:
    return [int(start * FPS) + 1, int(end * FPS) + 1]
