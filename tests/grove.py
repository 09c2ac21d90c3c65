"""Videos of one topic each, whose captions share words with those around them."""

from __future__ import annotations

import fiftyone as fo
import numpy as np

BRIEF, SUMMARY = "gpt_action_brief", "gpt_summary_brief"
#: Nodes of a video: a binary tree of five levels.
NODES = 31


def grove(
    name: str, videos: int = 6, planted: int = 12, seed: int = 7
) -> tuple[fo.Dataset, set[str]]:
    """Makes a dataset; returns it with the ids of brief actions that belong to other videos."""
    random = np.random.default_rng(seed)
    topics = [[f"topic{video}word{word}" for word in range(8)] for video in range(videos)]
    captions = []
    for topic in topics:
        words = [list(random.choice(topic, 3, replace=False)) for _ in range(NODES)]
        for node in range(1, NODES):  # one word of the parent's, and one that only the node has
            words[node][:2] = [words[(node - 1) // 2][0], f"thing{random.integers(1000)}"]
        captions.append([" ".join(some) for some in words])
    own = [list(some) for some in captions]
    chosen = {
        divmod(int(at), NODES) for at in random.choice(videos * NODES, planted, replace=False)
    }
    for video, node in chosen:
        captions[video][node] = own[(video + 1) % videos][node]
    made = fo.Dataset(name)
    wrong = set()
    for video in range(videos):
        sample = fo.Sample(filepath=f"/{video}.mp4", video_uid=f"video{video}")
        sample.metadata = fo.VideoMetadata(frame_rate=10, total_frame_count=320)
        briefs = [_label(node, text) for node, text in enumerate(captions[video])]
        wrong |= {briefs[node].id for of, node in chosen if of == video}
        summaries = [_label(node, f"{text} done") for node, text in enumerate(own[video])]
        sample[BRIEF] = fo.TemporalDetections(detections=briefs)
        sample[SUMMARY] = fo.TemporalDetections(detections=summaries)
        made.add_sample(sample, dynamic=True)
    return made, wrong


def _label(node: int, text: str) -> fo.TemporalDetection:
    level = (node + 1).bit_length() - 1
    frames = 320 >> level
    first = 1 + frames * (node + 1 - (1 << level))
    return fo.TemporalDetection(
        label=text,
        support=[first, first + frames - 1],
        node_id=f"n{node}",
        parent_id=f"n{(node - 1) // 2}" if node else None,
        level=level,
    )
