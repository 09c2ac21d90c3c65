"""Features of V-JEPA 2: what transformers' own code gives, of a checkpoint of random weights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fiftyone_action100m import build, cli
from fiftyone_action100m.converters.clips.samples import Frames, open_video
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.treemaking.checkpoints import find_checkpoint
from fiftyone_action100m.treemaking.features import encode
from fiftyone_action100m.treemaking.vjepa2 import VJepa2Encoder
from hub_server import Hub
from shard_material import Inline
from tiny_models import COLOURS, needs_models, vjepa2

pytestmark = needs_models

WINDOW, STRIDE = 16, 4


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vjepa2(tmp_path_factory.mktemp("models") / "vjepa2-tiny")


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    record = demo_record(0, seconds=6, leaves=5)
    render(record, folder / "a.mp4", size=(128, 96), audio=False, fps="30")
    return folder


@pytest.fixture(scope="module")
def frames(videos: Path) -> Frames:
    """The sampled frames of the video, a little larger than what the model sees of them."""
    return np.concatenate(list(open_video(videos / "a.mp4", 4).read(64, (36, 36), crop=True)))


def by_hand(checkpoint: Path, frames: Frames, window: int, stride: int) -> Any:
    """The features, each window by itself and each frame by itself."""
    import torch
    from transformers import VJEPA2Model

    model = VJEPA2Model.from_pretrained(checkpoint).eval()
    starts = [*range(0, len(frames) - window + 1, stride)]
    if starts[-1] + window < len(frames):
        starts.append(len(frames) - window)
    found: list[list[Any]] = [[] for _ in frames]
    for start in starts:
        given = frames[start : start + window, 2:34, 2:34] / 255
        given = (given - COLOURS["image_mean"]) / COLOURS["image_std"]
        pixels = torch.tensor(given.transpose(0, 3, 1, 2)[None], dtype=torch.float32)
        with torch.no_grad():
            patches = model(pixels, skip_predictor=True).last_hidden_state[0]
        for n in range(window):  # four patches per pair of frames
            found[start + n].append(patches[n // 2 * 4 : n // 2 * 4 + 4].mean(0).numpy())
    return np.stack([np.mean(each, axis=0) for each in found])


def test_features_are_those_of_transformers(
    videos: Path, checkpoint: Path, frames: Frames, tmp_path: Path
) -> None:
    arguments = ["build", str(videos), "--out", str(tmp_path), "--encoder", f"vjepa2:{checkpoint}"]
    assert cli.main([*arguments, "--window", "16", "--stride", "4", "--device", "cpu"]) == 0
    (path,) = (tmp_path / "features").glob("*.npy")
    found, wanted = np.load(path), by_hand(checkpoint, frames, WINDOW, STRIDE)
    assert found.shape == wanted.shape == (45, 48)
    assert np.abs(wanted - wanted.mean(axis=0)).max() > 0.5  # they tell the frames apart
    assert np.abs(found - wanted).max() < 1e-3  # kept in half precision
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    made_by = manifest["encoder"]
    assert made_by["name"] == "vjepa2:vjepa2-tiny" and str(checkpoint) not in json.dumps(manifest)
    assert (made_by["window"], made_by["stride"], made_by["dimension"]) == (16, 4, 48)
    assert manifest["nodes"] > 5


def test_the_processor_of_the_checkpoint_is_followed(checkpoint: Path, frames: Frames) -> None:
    pytest.importorskip("torchvision", reason="the processor of transformers needs it")
    import torch
    from transformers import AutoVideoProcessor, VJEPA2Model

    processor = AutoVideoProcessor.from_pretrained(checkpoint)
    encoder = VJepa2Encoder(str(checkpoint), "cpu", WINDOW, STRIDE)
    assert processor.size["shortest_edge"] == encoder.size[0] == encoder.size[1]
    pixels = processor(torch.tensor(frames[:WINDOW]), return_tensors="pt")["pixel_values_videos"]
    model = VJEPA2Model.from_pretrained(checkpoint).eval()
    with torch.no_grad():
        wanted = model.get_vision_features(pixels).unflatten(1, (8, 4)).mean(2)[0]
    assert np.abs(encoder.encode(frames[:WINDOW])[::2] - wanted.numpy()).max() < 1e-4


def test_windows_are_encoded_together_as_memory_allows(
    checkpoint: Path, frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    alone = VJepa2Encoder(str(checkpoint), "cpu", WINDOW, STRIDE)
    wanted = encode([frames], alone)
    together = VJepa2Encoder(str(checkpoint), "cpu", WINDOW, STRIDE)
    together._at_once, together.batch = 4, 4 * WINDOW
    runs, run = [], together._model.get_vision_features

    def small(pixels: Any) -> Any:
        runs.append(len(pixels))
        if len(pixels) > most:
            raise torch.OutOfMemoryError("no memory left")
        return run(pixels)

    monkeypatch.setattr(together._model, "get_vision_features", small)
    most = 4
    assert np.abs(encode([frames], together) - wanted).max() < 1e-5
    assert runs == [4, 4, 1]
    most = 2
    assert np.abs(encode([frames], together) - wanted).max() < 1e-5
    assert runs[3:] == [4, 2, 2, 2, 2, 1]
    most = 0
    with pytest.raises(EncoderError, match="vjepa2-tiny does not fit in memory: no memory left"):
        encode([frames], together)


def test_the_weights_are_loaded_only_to_encode(
    videos: Path, checkpoint: Path, tmp_path: Path
) -> None:
    first = VJepa2Encoder(str(checkpoint), "cpu", WINDOW, WINDOW)
    assert build(videos, tmp_path, encoder=first).exit_code == 0
    again = VJepa2Encoder(str(checkpoint), "cpu", WINDOW, WINDOW)
    report = build(videos, tmp_path, encoder=again, min_seconds=1.0)
    assert dict(report.counts) == {("ok", "features already there"): 1}
    assert "_model" in vars(first) and "_model" not in vars(again)
    # Workers of shards open the same encoder.
    of = {"encoder": f"vjepa2:{checkpoint}", "device": "cpu", "window": WINDOW, "stride": WINDOW}
    report = build(videos, tmp_path, executor=Inline(), **of)
    assert dict(report.counts) == {("ok", "features already there"): 1}


def test_other_weights_windows_and_processors_are_other_features(
    checkpoint: Path, tmp_path: Path
) -> None:
    def digest(folder: Path, window: int = WINDOW, stride: int = STRIDE) -> str:
        return VJepa2Encoder(str(folder), "cpu", window, stride).digest

    same = shutil.copytree(checkpoint, tmp_path / "same")
    assert digest(same) == digest(checkpoint)
    others = {digest(checkpoint), digest(checkpoint, 32), digest(checkpoint, stride=8)}
    weights = bytearray((same / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (same / "model.safetensors").write_bytes(weights)
    others.add(digest(same))
    (same / "video_preprocessor_config.json").unlink()
    assert len(others | {digest(same)}) == 5


FINDS = """
import sys
from fiftyone_action100m.treemaking.checkpoints import find_checkpoint
found = find_checkpoint(sys.argv[1])
print(found.name, found.digest, found.folder)
"""


def test_a_checkpoint_of_the_hub_is_fetched_once(checkpoint: Path, tmp_path: Path) -> None:
    files = {path.name: path for path in checkpoint.iterdir()}
    with Hub() as hub:
        hub.add("someone/tiny", {**files, "pytorch_model.bin": b"pickle", "run.py": b""})
        environment = os.environ | hub.environment | {"HF_HUB_CACHE": str(tmp_path)}

        def found() -> list[str]:
            command = [sys.executable, "-c", FINDS, "someone/tiny"]
            return subprocess.check_output(command, env=environment, text=True).split()

        name, digest, folder = found()
        assert (name, digest) == ("someone/tiny", find_checkpoint(str(checkpoint)).digest)
        assert not hub.asked(r"\.bin|run\.py")
        seen = len(hub.seen)
        assert found() == [name, digest, folder] and len(hub.seen) == seen
        Path(folder, "model.safetensors").unlink()  # as if a fetch was killed
        assert found() == [name, digest, folder] and len(hub.seen) > seen


def test_what_cannot_be_used_is_refused(videos: Path, checkpoint: Path, tmp_path: Path) -> None:
    out, part, other = tmp_path / "out", tmp_path / "part", tmp_path / "other"
    shutil.copytree(checkpoint, part)
    (part / "model.safetensors").unlink()
    shutil.copytree(checkpoint, other)
    (other / "config.json").write_text('{"model_type": "vit"}')
    refused: list[tuple[Path, dict[str, Any], str]] = [
        (checkpoint, {"window": 15}, "window is 15: give a multiple of 2"),
        (checkpoint, {"window": 16, "stride": 17}, "stride is 17: give 1 to the window, 16"),
        (checkpoint, {"device": "cuda:7"}, "there is no device 'cuda:7' here"),
        (part, {}, "has no config.json and model.safetensors, or not all parts of it"),
        (other, {}, "other is a vit, not a vjepa2"),
        (tmp_path / "missing", {}, "is not the name of a model"),
    ]
    for folder, options, message in refused:
        with pytest.raises(OptionError, match=message):
            build(videos, out, encoder=f"vjepa2:{folder}", **options)
    assert not out.exists()


def test_a_checkpoint_with_a_part_of_the_weights_fails(
    checkpoint: Path, frames: Frames, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(checkpoint, tmp_path / "part")
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layernorm.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(EncoderError, match=r"has no weights for encoder\.layernorm\.weight"):
        encode([frames], VJepa2Encoder(str(folder), "cpu", WINDOW, STRIDE))
