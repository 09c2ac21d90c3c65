"""Videos of plain colours whose captions name the colours, and a model that embeds both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import fiftyone as fo
import fiftyone.core.models as fom
import numpy as np
import numpy.typing as npt

#: What the model knows, as directions in the space of colours.
COLOURS = {
    "red": (220, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 220), "yellow": (220, 220, 20),
    "white": (230, 230, 230), "cyan": (20, 210, 210),
}  # fmt: skip

RATE, SECONDS = 10, 4
#: By video: its colours, four seconds each.
VIDEOS = {"one": ("red", "green", "blue"), "two": ("yellow", "white"), "three": ("cyan", "red")}

BRIEF, PLM = "gpt_action_brief", "plm_action"


class ColourModel(fom.Model, fom.EmbeddingsMixin, fom.PromptMixin):
    """Embeds a picture as its mean colour, and a text as the colours that it names.

    Attributes:
        pictures: how many pictures it has embedded
    """

    def __init__(self) -> None:
        self.pictures = 0

    media_type = "image"
    has_embeddings = True
    can_embed_prompts = True

    def embed_all(self, args: Any) -> npt.NDArray[np.float32]:
        """Returns the colour of each picture, with its distance from grey and a fourth number."""
        pictures = list(args)
        self.pictures += len(pictures)
        return np.stack([_direction(picture.mean(axis=(0, 1))) for picture in pictures])

    def embed_prompts(self, args: Any) -> npt.NDArray[np.float32]:
        """Returns the mean of the colours that each text names."""
        return np.stack([_of_text(text) for text in args])


def _of_text(text: str) -> npt.NDArray[np.float32]:
    named = [COLOURS[word] for word in re.findall(r"\w+", text.lower()) if word in COLOURS]
    return _direction(np.mean(named or [(128, 128, 128)], axis=0))


def _direction(colour: Any) -> npt.NDArray[np.float32]:
    return np.array([*(np.asarray(colour) - 128), 40.0], np.float32)


def coloured(name: str, folder: Path) -> fo.Dataset:
    """Makes a dataset of these videos: a root and one node per colour, in two fields."""
    made = fo.Dataset(name)
    made.add_samples([sample(uid, colours, folder) for uid, colours in VIDEOS.items()])
    made.add_dynamic_sample_fields()
    return made


def sample(uid: str, colours: Sequence[str], folder: Path) -> fo.Sample:
    """Makes a video, and its sample."""
    path = write(folder / f"{uid}.mp4", colours)
    step = RATE * SECONDS
    whole = f"{uid} has {' and '.join(colours)}"
    nodes: list[tuple[str, str | None, int, int, int, str]] = [
        (f"{uid}-root", None, 0, 1, step * len(colours), whole)
    ]
    nodes += [
        (f"{uid}-{place}", f"{uid}-root", 1, step * place + 1, step * (place + 1), f"show {colour}")
        for place, colour in enumerate(colours)
    ]
    labels = [
        fo.TemporalDetection(
            label=text, support=[first, last], node_id=node, parent_id=parent, level=level,
            start=(first - 1) / RATE, end=last / RATE,
        )
        for node, parent, level, first, last, text in nodes
    ]  # fmt: skip
    made = fo.Sample(filepath=str(path), video_uid=uid, title=f"All about {uid}")
    made.metadata = fo.VideoMetadata.build_for(str(path))
    made[BRIEF] = fo.TemporalDetections(detections=labels[1:])
    made[PLM] = fo.TemporalDetections(detections=[label.copy() for label in labels])
    return made


def write(path: Path, colours: Sequence[str]) -> Path:
    """Writes a video."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for colour in colours:
            picture = np.full((48, 64, 3), COLOURS[colour], np.uint8)
            for _ in range(RATE * SECONDS):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path
