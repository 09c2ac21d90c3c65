"""Videos whose chapters, steps and leaves differ in kind, and encoders that see some of it.

A chapter has a hue, a step has stripes of an orientation, and in a leaf these drift forward, back
or stand still. The mean grey of all pictures is the same, as is every picture's histogram of grey.
So only features that see hue, texture and motion find all levels, and what is known of a video can
be read off its pictures. Only siblings are sure to differ: the last step of a chapter may have the
stripes of the next chapter's first.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
import numpy.typing as npt
from fiftyone_action100m import TreeOfCaptions
from fiftyone_action100m.converters.clips.samples import Frames
from fiftyone_action100m.treemaking.encoders import Features

#: Frames per second; the pictures' height and width.
RATE, HEIGHT, WIDTH = 12, 72, 96

#: Degrees of chapters' hues and of steps' stripes; how leaves' stripes move, in turns per second.
HUES, ORIENTATIONS, DRIFTS = (20, 110, 200, 290), (0, 45, 90, 135), (-0.75, 0.0, 0.75)

_STRIPE = 12.0  # pixels from one stripe to the next
_CHROMA, _CONTRAST, _NOISE = 36.0, 60.0, 6.0

_Levels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Leaf:
    """What is shown for some time.

    Attributes:
        frames: how many
        hue: of the chapter
        orientation: of the step's stripes
        drift: of the stripes
    """

    frames: int
    hue: int
    orientation: int
    drift: float


@dataclass(frozen=True)
class Shown:
    """A video, and what is known of it.

    Attributes:
        path: the video
        tree: root, chapters, steps and leaves
    """

    path: Path
    tree: TreeOfCaptions

    def of(self, *levels: int) -> list[str]:
        """The ids of the nodes of some levels: the root is 0, leaves are 3."""
        return [node.node_id for node in self.tree if node.level in levels]


def show(path: Path, seed: int = 0, chapters: int = 4) -> Shown:
    """Writes a video of some 20 s per chapter."""
    rng = random.Random(f"kinds {seed}")
    leaves: list[Leaf] = []
    rows: list[tuple[str, str | None, int, int, int]] = []

    def grow(name: str, parent: str | None, kinds: tuple[Any, ...]) -> None:
        level, first = len(kinds), len(leaves)
        if level == 3:
            leaves.append(Leaf(rng.randint(round(1.5 * RATE), 4 * RATE), *kinds))
        else:
            of = (HUES, ORIENTATIONS, DRIFTS)[level]
            before = None
            for child in range(chapters if level == 0 else rng.randint(2, 4)):
                before = rng.choice([kind for kind in of if kind != before])
                grow(f"{name}.{child}", name, (*kinds, before))
        rows.append((name, parent, level, first, len(leaves)))

    grow("0", None, ())
    at = np.cumsum([0, *(leaf.frames for leaf in leaves)]) / RATE
    rows.sort(key=lambda row: (row[2], row[3]))
    names, parents, levels, firsts, lasts = zip(*rows, strict=True)
    tree = TreeOfCaptions(
        names, parents, levels, at[list(firsts)].tolist(), at[list(lasts)].tolist()
    )
    _write(path, leaves, seed)
    return Shown(path, tree)


def _write(path: Path, leaves: list[Leaf], seed: int) -> None:
    noise = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH] / _STRIPE
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        turn = 0.0
        for leaf in leaves:
            angle, hue = math.radians(leaf.orientation), math.radians(leaf.hue)
            across = x * math.cos(angle) + y * math.sin(angle)
            chroma = [np.full((HEIGHT // 2, WIDTH // 2), 128 + _CHROMA * part)
                      for part in (math.cos(hue), math.sin(hue))]  # fmt: skip
            for _ in range(leaf.frames):
                turn += leaf.drift / RATE
                grey = 126 + _CONTRAST * np.sin(2 * np.pi * (across - turn))
                grey += noise.normal(0, _NOISE, grey.shape)
                planes = np.concatenate([plane.ravel() for plane in (grey, *chroma)])
                image = planes.clip(16, 235).astype(np.uint8).reshape(HEIGHT * 3 // 2, WIDTH)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "yuv420p")))
        container.mux(stream.encode())


class GreyPixels:
    """16 x 16 grey pixels; every picture's mean grey is the same."""

    name = digest = "grey pixels"
    size, crop, dimension = (16, 16), False, 256
    window, stride, batch = 1, 1, 64

    def encode(self, frames: Frames) -> Features:
        return (_grey(frames) / 255).reshape(len(frames), -1).astype(np.float32)


class Sees:
    """The mean colour, the orientation of edges, and the speed of what moves, or some of these.

    It is made for these videos: a hue weighs more than a texture, and that more than a motion.

    Args:
        kinds: any of ``hue``, ``texture`` and ``motion``
    """

    size, crop, dimension = (HEIGHT, WIDTH), False, 7
    window, stride, batch = 24, 16, 64
    _WEIGHTS: ClassVar = {"hue": 4.0, "texture": 2.0, "motion": 1.0}

    def __init__(self, *kinds: str) -> None:
        self.name = self.digest = " ".join(kinds)
        self._weights = [each * (kind in kinds) for kind, each in self._WEIGHTS.items()]

    def encode(self, frames: Frames) -> Features:
        colour = frames.mean(axis=(1, 2))
        colour = (colour - colour.mean(axis=1, keepdims=True)) / 40
        grey = _grey(frames)
        along_t, down, right = np.gradient(grey, axis=(0, 1, 2))
        pairs = (right, right), (down, down), (right, down)
        xx, yy, xy = ((one * other).mean(axis=(1, 2)) for one, other in pairs)
        edges = np.stack([xx - yy, 2 * xy], axis=1) / (xx + yy)[:, None]
        moves = -np.stack([(along_t * each).mean(axis=(1, 2)) for each in (right, down)], axis=1)
        moves = moves / (xx + yy)[:, None]
        parts = [w * part for w, part in zip(self._weights, (colour, edges, moves), strict=True)]
        found: Features = np.concatenate(parts, axis=1).astype(np.float32)
        return found


def _grey(frames: Frames) -> _Levels:
    return np.asarray(frames @ np.array([0.299, 0.587, 0.114]), np.float64)
