"""Checkpoints of models of ``transformers``: their real code, a few random weights."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

_MISSING = [name for name in ("torch", "transformers") if find_spec(name) is None]

#: The marks of tests that need the extra ``models``, which `make test` does not install.
needs_models = [
    pytest.mark.models,
    pytest.mark.skipif(bool(_MISSING), reason=f"no {_MISSING}: make test-models installs them"),
]

#: How V-JEPA 2's own checkpoints have pictures treated, of a model of 32 pixels.
COLOURS = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.25, 0.3]}
PROCESSOR = {
    "video_processor_type": "VJEPA2VideoProcessor",
    "crop_size": {"height": 32, "width": 32},
    "rescale_factor": 1 / 255,
    **COLOURS,
}


def vjepa2(folder: Path, **config: Any) -> Path:
    """Writes a V-JEPA 2 of 32 pixels and 48 numbers; returns its folder."""
    import torch
    from transformers import VJEPA2Config, VJEPA2Model

    torch.manual_seed(51)
    small = {
        "crop_size": 32, "frames_per_clip": 16, "hidden_size": 48, "num_attention_heads": 2,
        "num_hidden_layers": 2, "pred_hidden_size": 24, "pred_num_attention_heads": 2,
        "pred_num_hidden_layers": 1, "initializer_range": 0.2,
    }  # fmt: skip
    VJEPA2Model(VJEPA2Config(**{**small, **config})).save_pretrained(folder)
    (folder / "video_preprocessor_config.json").write_text(json.dumps(PROCESSOR))
    return folder
