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


#: How many words a model knows; those from ENDS on end no text.
WORDS, ENDS = 64, 24

#: Puts what is shown and asked one after the other: what stands for pictures depends on the model.
TEMPLATE = (
    "{% for message in messages %}{% for part in message['content'] %}"
    "{{ {'image': IMAGE, 'video': VIDEO}.get(part['type'], part['text']) }} "
    "{% endfor %}{% endfor %}</s>"
)


def llava(folder: Path) -> Path:
    """Writes a LLaVA, which sees pictures and runs without torchvision; returns its folder."""
    from transformers import (
        CLIPImageProcessorPil,
        CLIPVisionConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
    )  # fmt: skip

    sees = CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2,
        image_size=32, patch_size=16, projection_dim=16,
    )  # fmt: skip
    of = LlavaConfig(vision_config=sees, text_config=_speaks(), image_token_id=4)
    pictures = CLIPImageProcessorPil(
        size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}
    )
    processor = LlavaProcessor(
        pictures, _tokenizer(image_token="<image>"), patch_size=16, chat_template=_template(),
        vision_feature_select_strategy="default", num_additional_image_tokens=1,
    )  # fmt: skip
    return _write(LlavaForConditionalGeneration, of, processor, folder)


def perception_lm(folder: Path) -> Path:
    """Writes a PerceptionLM, which sees pictures and videos; returns its folder."""
    from transformers import (
        PerceptionLMConfig,
        PerceptionLMForConditionalGeneration,
        PerceptionLMImageProcessor,
        PerceptionLMProcessor,
        PerceptionLMVideoProcessor,
        TimmWrapperConfig,
    )  # fmt: skip

    size = {
        "embed_dim": 32, "img_size": (28, 28), "depth": 2, "num_heads": 2, "mlp_ratio": 2,
        "global_pool": "", "init_values": 0.1, "ref_feat_shape": (2, 2),
        "use_post_transformer_norm": False,
    }  # fmt: skip
    sees = TimmWrapperConfig(architecture="vit_pe_core_large_patch14_336", model_args=size)
    of = PerceptionLMConfig(
        vision_config=sees, text_config=_speaks(), image_token_id=4, video_token_id=5
    )
    processor = PerceptionLMProcessor(
        PerceptionLMVideoProcessor(size={"height": 28, "width": 28}),
        PerceptionLMImageProcessor(tile_size=28, max_num_tiles=4, vision_input_type="thumb+tile"),
        _tokenizer(image_token="<image>", video_token="<video>"),
        patch_size=14, pooling_ratio=1, chat_template=_template(),
    )  # fmt: skip
    return _write(PerceptionLMForConditionalGeneration, of, processor, folder)


def qwen3_vl(folder: Path) -> Path:
    """Writes a Qwen3-VL, which FiftyOne's zoo has; returns its folder."""
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )  # fmt: skip

    sees = {
        "depth": 2, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "patch_size": 16,
        "out_hidden_size": 32, "num_position_embeddings": 16, "deepstack_visual_indexes": [0],
    }  # fmt: skip
    speaks = _speaks().to_dict() | {"head_dim": 16}
    speaks["rope_parameters"] = {
        "rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [4, 2, 2],
    }  # fmt: skip
    speaks.pop("model_type")
    of = Qwen3VLConfig(
        vision_config=sees, text_config=speaks, image_token_id=4, video_token_id=5,
        vision_start_token_id=6, vision_end_token_id=7,
    )  # fmt: skip
    side = {"shortest_edge": 32 * 32, "longest_edge": 64 * 64}
    tokens = _tokenizer(
        image_token="<|image_pad|>", video_token="<|video_pad|>",
        vision_bos_token="<|vision_start|>", vision_eos_token="<|vision_end|>",
    )  # fmt: skip
    shown = (
        "<|vision_start|><|image_pad|><|vision_end|>",
        "<|vision_start|><|video_pad|><|vision_end|>",
    )
    template = _template(*shown)
    processor = Qwen3VLProcessor(
        Qwen2VLImageProcessor(patch_size=16, size=side), tokens, Qwen3VLVideoProcessor(),
        chat_template=template,
    )  # fmt: skip
    return _write(Qwen3VLForConditionalGeneration, of, processor, folder)


def _speaks() -> Any:
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=WORDS, hidden_size=32, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )  # fmt: skip


def _tokenizer(**special: str) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "<s>", "</s>", "<unk>", *special.values()]
    words += [f"w{n}" for n in range(len(words), WORDS)]
    known = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, "<unk>"))
    known.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=known, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        unk_token="<unk>", extra_special_tokens=special,
    )  # fmt: skip


def _template(image: str = "<image>", video: str = "<video>") -> str:
    return TEMPLATE.replace("IMAGE", repr(image)).replace("VIDEO", repr(video))


def _write(model: Any, config: Any, processor: Any, folder: Path) -> Path:
    import torch

    torch.manual_seed(51)
    made = model(config)
    made.generation_config.eos_token_id = list(range(2, ENDS))  # so that texts are short
    made.generation_config.pad_token_id = 0
    made.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
