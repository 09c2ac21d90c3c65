"""Three videos of a kitchen whose captions are told apart by meaning, by words, and by level."""

from __future__ import annotations

import fiftyone as fo

BRIEF, SUMMARY, PLM = "gpt_action_brief", "gpt_summary_brief", "plm_action"

#: By video: node, parent, level, first and last frame (10 a second), and its captions.
VIDEOS = {
    "omelette": [
        ("o", None, 0, 1, 200, {SUMMARY: "An omelette is made", PLM: "cook breakfast"}),
        ("o1", "o", 1, 1, 120, {BRIEF: "beat the eggs", PLM: "beat eggs in a bowl"}),
        ("o2", "o1", 2, 1, 40, {BRIEF: "crack two eggs", PLM: "crack eggs"}),
        ("o3", "o1", 2, 41, 120, {BRIEF: "beat the eggs with a fork", PLM: "beat eggs"}),
        ("o4", "o", 1, 121, 200, {BRIEF: "fry bacon", SUMMARY: "Bacon fries in a pan"}),
    ],
    "salad": [
        ("s", None, 0, 1, 100, {SUMMARY: "A salad is made", PLM: "prepare a salad"}),
        ("s1", "s", 1, 1, 50, {BRIEF: "chop onions", PLM: "chop onions"}),
        ("s2", "s", 1, 51, 100, {BRIEF: "mix the dressing", PLM: "beat eggs"}),
    ],
    "car": [
        ("c", None, 0, 1, 60, {SUMMARY: "A car is washed", PLM: "wash a car"}),
        ("c1", "c", 1, 1, 60, {BRIEF: "wipe the windscreen", PLM: "wipe glass"}),
    ],
}  # fmt: skip


def kitchen(name: str) -> fo.Dataset:
    """Makes the dataset."""
    made = fo.Dataset(name)
    made.add_samples([sample(uid) for uid in VIDEOS], dynamic=True)
    return made


def sample(uid: str) -> fo.Sample:
    """Makes the sample of a video."""
    fields: dict[str, list[fo.TemporalDetection]] = {BRIEF: [], SUMMARY: [], PLM: []}
    for node_id, parent_id, level, first, last, texts in VIDEOS[uid]:
        for field, text in texts.items():
            fields[field].append(
                fo.TemporalDetection(
                    label=text,
                    support=[first, last],
                    node_id=node_id,
                    parent_id=parent_id,
                    level=level,
                    start=(first - 1) / 10,
                    end=last / 10,
                )
            )
    made = fo.Sample(filepath=f"/{uid}.mp4", video_uid=uid)
    made.metadata = fo.VideoMetadata(frame_rate=10, total_frame_count=VIDEOS[uid][0][4])
    for field, labels in fields.items():
        made[field] = fo.TemporalDetections(detections=labels)
    return made
