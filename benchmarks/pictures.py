"""Segments embedded by their pictures: each video decoded once, and each segment by itself.

The model is one that costs next to nothing, so that decoding is what is measured; the pictures that
another has to embed are counted.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import fiftyone as fo
from coloured import ColourModel
from fiftyone_action100m.views.clip_encoder import ClipEncoder
from fiftyone_action100m.views.clip_keys import pictures_of, segment_key, support_of
from fiftyone_action100m.views.zoo_encoder import ZooEncoder
from measure import Usage, alternating, measured, median, ratio, spread, table
from video_sources import h264

ONCE, EACH = "ours, the video decoded once", "each segment by itself, from the video's start"
_RATE = 30


def run(folder: Path, nodes: int, seconds: int) -> None:
    """Measures and prints the table.

    Args:
        folder: for the video
        nodes: segments of the video at most, nested in halves
        seconds: of the video
    """
    folder.mkdir(parents=True, exist_ok=True)
    video = h264(folder / "pictures.mp4", seconds, str(_RATE), "640x360")
    dataset = fo.Dataset()
    sample = fo.Sample(filepath=str(video), metadata=fo.VideoMetadata(frame_rate=_RATE))
    dataset.add_sample(sample)
    document = {"_id": sample.id, "metadata": {}}
    keys = [segment_key(document, part) for part in _halves(seconds * _RATE, nodes)]
    pictures: dict[str, int] = {}

    def embed(way: str) -> Usage:
        model = ColourModel()
        encoder = ClipEncoder(ZooEncoder("colours", model), dataset)
        with measured() as usage:
            for part in [keys] if way == ONCE else [[key] for key in keys]:
                encoder.encode(part)
        pictures[way] = model.pictures
        return usage

    found = alternating([(way, partial(embed, way)) for way in (ONCE, EACH)], 1)
    rows = [
        (way, f"{pictures[way]:,}", spread([usage.cpu for usage in usages]))
        for way, usages in found.items()
    ]
    title = f"Pictures of {len(keys):,} segments of a video of {seconds} s"
    table(title, ("", "pictures to embed", "CPU s"), rows)
    cpu = {way: median([usage.cpu for usage in usages]) for way, usages in found.items()}
    ratio("each segment : ours, pictures to embed", f"{pictures[EACH] / pictures[ONCE]:.1f}x", "1x")
    ratio("each segment : ours, CPU of decoding", f"{cpu[EACH] / cpu[ONCE]:.1f}x", "1x")
    most = len({frame for key in keys for frame in pictures_of(support_of(key), _RATE)})
    assert pictures[ONCE] == most
    dataset.delete()


def _halves(frames: int, nodes: int) -> list[tuple[int, int]]:
    """Returns segments that halve those above them, from the whole on."""
    found = [(1, frames)]
    for first, last in found:
        middle = (first + last) // 2
        if len(found) + 2 > nodes or middle - first < _RATE // 2:
            break
        found += [(first, middle), (middle + 1, last)]
    return found
