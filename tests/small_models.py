"""Small text encoders in the layout of sentence-transformers: each word has one direction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

#: A word's place is the direction of its vector; the two marks have one each, too.
WORDS = ("[CLS]", "[SEP]", "[UNK]", "whisk", "beat", "eggs", "query")
DIMENSION = len(WORDS)


def small_model(folder: Path, sentences: bool = False, **files: Any) -> Path:
    """Writes a model, and returns its folder.

    Args:
        folder: new
        sentences: whether the model makes a ``sentence_embedding`` itself, which is the largest
            value of its tokens
        **files: values of JSON files, by their names with ``__`` for ``/``, without ``.json``
    """
    (folder / "onnx").mkdir(parents=True)
    onnx.save(_graph(sentences), str(folder / "onnx" / "model.onnx"))
    _tokenizer().save(str(folder / "tokenizer.json"))
    for name, value in files.items():
        path = folder / (name.replace("__", "/") + ".json")
        path.parent.mkdir(exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value))
    return folder


def modules(*kinds: str) -> list[dict[str, str]]:
    """Returns what ``modules.json`` says of a model with these modules."""
    prefix = "sentence_transformers.models"
    return [
        {"path": f"{i}_{kind}" if i else "", "type": f"{prefix}.{kind}"}
        for i, kind in enumerate(kinds)
    ]


def _graph(sentences: bool) -> onnx.ModelProto:
    table = numpy_helper.from_array(np.eye(DIMENSION, dtype=np.float32), "table")
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    hidden = helper.make_tensor_value_info(
        "last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", DIMENSION]
    )
    outputs = [hidden]
    if sentences:
        axes = numpy_helper.from_array(np.array([1], np.int64), "axes")
        nodes.append(
            helper.make_node(
                "ReduceMax", ["last_hidden_state", "axes"], ["sentence_embedding"], keepdims=0
            )
        )
        outputs.append(
            helper.make_tensor_value_info(
                "sentence_embedding", TensorProto.FLOAT, ["batch", DIMENSION]
            )
        )
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask")
    ]
    constants = [table, axes] if sentences else [table]
    graph = helper.make_graph(nodes, "words", inputs, outputs, constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, "[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 1)]
    )
    return tokenizer
