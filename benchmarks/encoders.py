"""Frames per second of V-JEPA 2 with random weights, by itself and through the pipeline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from fiftyone_action100m.converters.clips.ffmpeg import ffmpeg_exe
from fiftyone_action100m.core.machine import cores
from fiftyone_action100m.treemaking.options import BuildOptions
from fiftyone_action100m.treemaking.run import Build
from fiftyone_action100m.treemaking.vjepa2 import VJepa2Encoder
from measure import Usage, alternating, measured, median, ratio, spread, table

#: Sizes: one for a CPU, and those of the published checkpoints.
SIZES: dict[str, dict[str, Any]] = {
    "small-96": {
        "crop_size": 96, "hidden_size": 384, "num_attention_heads": 6, "num_hidden_layers": 6,
    },
    "vitl-256": {},
    "vitg-384": {
        "crop_size": 384, "hidden_size": 1408, "num_attention_heads": 22, "num_hidden_layers": 40,
        "mlp_ratio": 48 / 11,
    },
}  # fmt: skip

BARE, PIPELINE = "bare", "pipeline"


def run(folder: Path, sizes: Sequence[str], seconds: int, repeat: int) -> None:
    """Measures and prints the table.

    Args:
        folder: for checkpoints and videos
        sizes: names in :data:`SIZES`
        seconds: the length of a video; there are as many as cores
        repeat: number of rounds
    """
    # Before PyTorch is imported: threads that wait by spinning would count as CPU.
    os.environ["OMP_WAIT_POLICY"] = "passive"
    videos = folder / "encoder-videos"
    _write_videos(videos, seconds)
    rows, shares = [], []
    for size in sizes:
        encoder = VJepa2Encoder(str(_write_checkpoint(folder / size, SIZES[size])))
        windows = _pipeline(encoder, videos, folder / "built")[1]  # loads the weights, too
        ways = [
            (BARE, partial(_bare, encoder, windows)),
            (PIPELINE, lambda encoder=encoder: _pipeline(encoder, videos, folder / "built")[0]),
        ]
        found = alternating(ways, repeat)
        for name, usages in found.items():
            rates = [windows * encoder.stride / usage.wall for usage in usages]
            cpu = spread([usage.cpu for usage in usages])
            rows.append((f"{size} on {encoder.device}, {name}", spread(rates, 1), cpu))
        wall, cpu = (
            {name: median([getattr(each, of) for each in found[name]]) for name in found}
            for of in ("wall", "cpu")
        )
        shares.append((f"{size}, wall", wall[BARE] / wall[PIPELINE]))
        if encoder.device.type == "cpu":  # which decoding needs, too
            shares.append((f"{size}, CPU", cpu[BARE] / cpu[PIPELINE]))
        shutil.rmtree(folder / size)
    head = ("V-JEPA 2, windows of 64, stride 8", "frames/s", "CPU s")
    table("Frames that are looked at, per second", head, rows)
    for name, share in shares:
        ratio(f"pipeline : bare, {name}", f"{share:.0%}", "90 %")


def _bare(encoder: VJepa2Encoder, windows: int) -> Usage:
    at_once = encoder.batch // encoder.window
    frames = np.random.default_rng(51).integers(0, 256, (encoder.batch, *encoder.size, 3), np.uint8)
    with measured() as usage:
        for done in range(0, windows, at_once):
            encoder.encode(frames[: min(at_once, windows - done) * encoder.window])
    return usage


def _pipeline(encoder: VJepa2Encoder, videos: Path, out: Path) -> tuple[Usage, int]:
    """Returns what it takes to find the segments of all videos, and the number of windows."""
    shutil.rmtree(out, ignore_errors=True)
    build = Build(BuildOptions(videos, out, encoder))
    with measured() as usage:
        for _ in build.run():
            pass
    made = [json.loads(path.read_text()) for path in (out / "features").glob("*.json")]
    last = (max(0, each["frames"] - encoder.window) for each in made)
    return usage, sum(-(-frames // encoder.stride) + 1 for frames in last)


def _write_videos(folder: Path, seconds: int) -> None:
    folder.mkdir()
    for n in range(cores()):
        source = f"testsrc2=size=640x360:rate=30:duration={seconds + n * 0.1}"
        command = [ffmpeg_exe(), "-loglevel", "error", "-f", "lavfi", "-i", source]
        subprocess.run([*command, "-pix_fmt", "yuv420p", str(folder / f"{n}.mp4")], check=True)


def _write_checkpoint(folder: Path, config: dict[str, Any]) -> Path:
    import torch
    from transformers import VJEPA2Config, VJEPA2Model

    torch.manual_seed(51)
    VJEPA2Model(VJEPA2Config(**config)).to(torch.bfloat16).save_pretrained(folder)
    return folder
