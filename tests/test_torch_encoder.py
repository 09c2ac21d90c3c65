"""Sentence-transformers models that need PyTorch: a small BERT of random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fiftyone_action100m import index, search
from fiftyone_action100m.meaning.encoders import EncoderError, open_encoder
from kitchen import BRIEF, VIDEOS, kitchen

pytest.importorskip("sentence_transformers")
pytestmark = pytest.mark.models

TEXTS = ["Whisk the eggs", "", "beat 🥚 eggs \ud800", "stir " * 200]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose tokens' largest values go through a dense layer, without an ONNX file."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from small_models import WORDS
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(51)
    made = tmp_path_factory.mktemp("bert")
    parts, whole = made / "parts", made / "whole"
    parts.mkdir()
    (parts / "vocab.txt").write_text("\n".join(["[PAD]", "[MASK]", *WORDS]))
    BertTokenizerFast(str(parts / "vocab.txt")).save_pretrained(parts)
    config = BertConfig(
        vocab_size=len(WORDS) + 2, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64,
    )  # fmt: skip
    BertModel(config).save_pretrained(parts)
    words = models.Transformer(str(parts), max_seq_length=32)
    layers = [words, models.Pooling(32, pooling_mode="max"), models.Dense(32, 12)]
    model = SentenceTransformer(
        modules=layers, prompts={"ask": "query "}, default_prompt_name="ask", device="cpu"
    )
    model.save(str(whole))
    return whole


def test_its_vectors_are_sentence_transformers_own(folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    encoder = open_encoder(f"model:{folder}")
    vectors = encoder.encode(TEXTS)
    given = [*TEXTS[:2], TEXTS[2].replace("\ud800", "�"), TEXTS[3]]
    own = SentenceTransformer(str(folder)).encode(given, normalize_embeddings=True)
    np.testing.assert_allclose(vectors, own, atol=1e-5)
    assert encoder.name == "whole" and encoder.dimension == 12
    assert encoder.encode([]).shape == (0, 12)


def test_another_model_has_another_digest(folder: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer

    digest = open_encoder(str(folder)).digest
    model: Any = SentenceTransformer(str(folder))
    model.save(str(tmp_path / "copy"))
    assert open_encoder(str(tmp_path / "copy")).digest == digest
    model.max_seq_length = 16
    model.save(str(tmp_path / "short"))
    assert open_encoder(str(tmp_path / "short")).digest != digest


def test_a_broken_model_says_why(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="cannot be loaded by sentence-transformers"):
        open_encoder(str(tmp_path))


def test_a_dataset_is_indexed_and_searched(folder: Path, dataset_name: str) -> None:
    dataset = kitchen(dataset_name)
    index(dataset, encoder=str(folder))
    text = next(node[5][BRIEF] for nodes in VIDEOS.values() for node in nodes if BRIEF in node[5])
    hit = search(dataset, text, mode="meaning")[0]
    assert hit.label == text and hit.score == pytest.approx(1, abs=0.02)
