"""A dataset as real annotations look: the words of captions say nothing of their levels.

The root's caption is the last in the alphabet and level 3 stands between 0 and 1, so what orders by
words is seen; as in real records, only inner nodes are annotated, and leaves have no actor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from material import small_record, write_parquet, write_video

if TYPE_CHECKING:
    from pathlib import Path

    import fiftyone as fo

SECONDS = 12.0
#: The first word of a caption by its level, to be taken round.
VERBS = ("Whisk", "Add", "Season", "Tip", "Beat", "Knead")
UIDS = ("zz", "mm", "aa")


def real_record(uid: str, seconds: float = SECONDS, leaves: int = 16) -> dict[str, Any]:
    """A record whose captions begin with another verb on each level."""
    record = small_record(uid, seconds, leaves)
    for node in record["nodes"]:
        verb = VERBS[node["level"] % len(VERBS)]
        node["plm_action"] = f"{verb.lower()} part {node['node_id']}"
        if node["gpt"] is None:
            continue
        action = node["gpt"]["action"]
        if action["brief"] != "N/A":
            action["brief"] = f"{verb.lower()} the mix"
            action["actor"] = f"Cook on level {node['level']}"
        node["gpt"]["summary"]["brief"] = f"{verb} all of {node['node_id']}."
    return record


def real_dataset(
    name: str,
    folder: Path,
    seconds: float = SECONDS,
    clip_seconds: float | None = None,
    leaves: int = 16,
) -> fo.Dataset:
    """Converts three such records; the caller deletes the dataset.

    Args:
        name: its name
        folder: where to put records, videos and clips
        seconds: how long the videos are
        clip_seconds: how long the clips are; as long as a conversion makes them, if left out
        leaves: of each tree
    """
    from fiftyone_action100m import convert

    records = [real_record(uid, seconds, leaves) for uid in UIDS]
    write_parquet(folder / "records.parquet", records)
    for uid in UIDS:
        write_video(folder / "videos" / f"{uid}.mp4", seconds=seconds)
    dataset, _ = convert(
        folder / "records.parquet", folder / "videos", name, folder / "out", captions="all",
        clip_seconds=90.0 if clip_seconds is None else clip_seconds,
    )  # fmt: skip
    assert dataset is not None
    dataset.persistent = True
    dataset.save()
    return dataset
