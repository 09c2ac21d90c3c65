"""Captions by models in this process: transformers' and FiftyOne's own code, random weights."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import build, cli
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.treemaking.calls import CallError
from fiftyone_action100m.treemaking.local_captioner import LocalCaptioner
from PIL import Image
from tiny_models import llava, needs_models, perception_lm, qwen3_vl, vjepa2

pytestmark = needs_models

#: The words of a question that the models know.
ASKED = "w30 w31 w32"


def missing(*names: str) -> Any:
    return pytest.mark.skipif(
        not all(map(find_spec, names)), reason=f"needs {', '.join(names)}: make test-models"
    )


def picture(seed: int) -> bytes:
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture(scope="module")
def sees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that sees pictures."""
    return llava(tmp_path_factory.mktemp("models") / "llava-tiny")


def by_hand(folder: Path, shown: Sequence[bytes], kind: str = "image") -> str:
    """What transformers' pipeline of steps says."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder)
    images = [Image.open(io.BytesIO(each)) for each in shown]
    if kind == "video":
        text = f"<video> {ASKED} </s>"
        inputs = processor(text=text, videos=[np.stack(images)], return_tensors="pt")
    else:
        text = f"{'<image> ' * len(images)}{ASKED} </s>"
        inputs = processor(text=text, images=images, return_tensors="pt")
    with torch.no_grad():
        said = model.generate(**inputs, max_new_tokens=50, do_sample=False)
    text = processor.decode(said[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return str(text)


def test_a_caption_is_what_the_model_says_of_the_pictures(sees: Path) -> None:
    captioner = LocalCaptioner(str(sees), 50, "cpu")
    for shown in ([picture(1)], [picture(2)], [picture(1), picture(2), picture(3)]):
        said = captioner.caption(shown, ASKED)
        assert said == by_hand(sees, shown) and said.startswith("w")
    assert len({captioner.caption([picture(n)], ASKED) for n in range(6)}) > 1
    assert len(LocalCaptioner(str(sees), 1, "cpu").caption([picture(1)], ASKED).split()) == 1


@missing("torchvision", "timm")
def test_a_model_of_videos_sees_a_segment_as_one(tmp_path: Path) -> None:
    folder = perception_lm(tmp_path / "plm")
    captioner = LocalCaptioner(str(folder), 50, "cpu")
    segments = ([picture(n) for n in range(first, first + 4)] for first in range(20))
    # One that the model says something else of as pictures.
    segment = next(
        each for each in segments if by_hand(folder, each) != by_hand(folder, each, "video")
    )
    assert captioner.caption(segment, ASKED) == by_hand(folder, segment, "video")
    assert captioner.caption(segment[:1], ASKED) == by_hand(folder, segment[:1])


def test_models_in_this_process_make_a_tree_and_its_captions(
    sees: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = demo_record(0, seconds=4, leaves=3)
    render(record, tmp_path / "a.mp4", size=(128, 96), audio=False, fps="20")
    other = shutil.copytree(sees, tmp_path / "other-tiny")
    config = json.loads((other / "generation_config.json").read_text())
    (other / "generation_config.json").write_text(json.dumps(config | {"suppress_tokens": [42]}))
    out, encoder = tmp_path / "out", vjepa2(tmp_path / "vjepa2-tiny")
    arguments = ["build", str(tmp_path / "a.mp4"), "--out", str(out), "--window", "8"]
    arguments += ["--encoder", f"vjepa2:{encoder}", "--captioner", f"transformers:{sees}"]
    arguments += ["--leaf-captioner", f"transformers:{other}", "--device", "cpu"]
    arguments += ["--min-seconds", "1"]
    assert cli.main(arguments) == 0
    (row,) = pq.read_table(out / "records").to_pylist()
    parents = {node["parent_id"] for node in row["nodes"]}
    for node in row["nodes"]:
        assert node["plm_action"] and node["plm_caption"]
        assert bool(node["llama3_caption"]) == (node["node_id"] not in parents)
    manifest = json.loads((out / "manifest.json").read_text())
    made_by = manifest["captions_by"]
    assert made_by["captioner"] == "transformers:llava-tiny"
    assert made_by["leaf_captioner"] == "transformers:other-tiny"
    assert made_by["digest"] != made_by["leaf_digest"]
    assert str(tmp_path) not in json.dumps(manifest)
    capsys.readouterr()
    assert cli.main(arguments) == 0
    assert "0 calls made" in capsys.readouterr().out


def test_what_cannot_be_used_is_refused(sees: Path, tmp_path: Path) -> None:
    render(demo_record(0, seconds=2, leaves=2), tmp_path / "a.mp4", size=(128, 96), audio=False)
    mute = shutil.copytree(sees, tmp_path / "mute")
    (mute / "chat_template.jinja").unlink()
    for name, message in (
        (f"transformers:{mute}", "mute has no chat template with pictures"),
        (f"transformers:{tmp_path / 'missing'}", "is not the name of a model"),
        ("zoo:no-such-model", "the zoo's no-such-model cannot be loaded"),
    ):
        with pytest.raises(OptionError, match=message):
            build(tmp_path / "a.mp4", tmp_path / "out", captioner=name)
    part = shutil.copytree(sees, tmp_path / "part")
    data = (part / "model.safetensors").read_bytes()
    (part / "model.safetensors").write_bytes(data[:2000])
    captioner = LocalCaptioner(str(part), 50, "cpu")
    with pytest.raises(CallError, match="part cannot be loaded") as failed:
        captioner.caption([picture(1)], ASKED)
    assert failed.value.reason == "unknown"  # which ends a run


@missing("torchvision", "accelerate", "qwen_vl_utils")
def test_the_zoos_model_says_what_it_sees_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fiftyone_action100m.views.zoo_captioner import ZooCaptioner
    from huggingface_hub import constants

    folder = qwen3_vl(tmp_path / "qwen")
    # As if it had been fetched: FiftyOne names the repository.
    kept = tmp_path / "cache" / "models--Qwen--Qwen3-VL-2B-Instruct"
    shutil.copytree(folder, kept / "snapshots" / ("0" * 40))
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text("0" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    captioner = ZooCaptioner("qwen3-vl-2b-instruct-torch", 50, device="cpu")
    local = LocalCaptioner(str(folder), 50, "cpu")
    said = {local.caption([picture(n)], ASKED): picture(n) for n in range(6)}
    assert len(said) > 1
    text, other = list(said)[:2]
    assert captioner.caption([said[other], said[text], said[other]], ASKED) == text
    with pytest.raises(EncoderError, match="cannot be loaded"):
        ZooCaptioner("qwen3-vl-4b-instruct-torch", 50, device="cpu")
