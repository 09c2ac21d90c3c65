"""Texts embedded with a model of FiftyOne's zoo: one that this test has in a zoo of its own."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import pytest
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.views.indexes import encoder_named
from fiftyone_action100m.views.zoo_encoder import ZooEncoder

#: A model that embeds texts by their length, or says that it cannot.
MODEL = """
import warnings
import numpy as np
import fiftyone.core.models as fom

class LengthsConfig(fom.ModelConfig):
    def __init__(self, d):
        self.words = self.parse_bool(d, "words", default=True)
        self.name_or_path = self.parse_string(d, "name_or_path", default=None)

class Lengths(fom.Model, fom.PromptMixin):
    def __init__(self, config):
        self.config = config
        self.batches = []

    @property
    def media_type(self):
        return "image"

    @property
    def can_embed_prompts(self):
        return self.config.words

    def embed_prompts(self, args):
        self.batches.append(len(args))
        if any("fail" in text for text in args):
            raise OSError("no memory left")
        warnings.warn("Truncating prompt '%s'" % args[0])
        return np.array([[len(text), 1.0, 0.0] for text in args])
"""


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The zoo's manifest."""
    (tmp_path / "zoo_of_lengths.py").write_text(MODEL)
    monkeypatch.syspath_prepend(tmp_path)
    models = [entry("lengths", {}), entry("pictures", {"words": False})]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"models": models}))
    monkeypatch.setattr(fo.config, "model_zoo_manifest_paths", [str(manifest)])
    yield manifest
    sys.modules.pop("zoo_of_lengths", None)


def entry(name: str, config: dict[str, object]) -> dict[str, object]:
    deployed = {"type": "zoo_of_lengths.Lengths", "config": config}
    return {"base_name": name, "version": None, "default_deployment_config_dict": deployed}


def test_texts_are_embedded_in_batches(zoo: Path) -> None:
    encoder = ZooEncoder("lengths")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # that would be a caption, written out
        vectors = encoder.encode(["x" * (i % 50) for i in range(150)] + ["\ud800"])
    assert vectors.shape == (151, 3) and vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[3], np.array([3, 1, 0]) / np.sqrt(10), rtol=1e-6)
    assert (encoder.name, encoder.dimension) == ("lengths", 3)
    assert encoder._model.batches == [1, 64, 64, 23]
    assert encoder.encode([]).shape == (0, 3)


def test_a_name_opens_it_once(zoo: Path) -> None:
    assert encoder_named("zoo:lengths") is encoder_named("zoo:lengths")


def test_what_cannot_be_used_is_refused(zoo: Path) -> None:
    with pytest.raises(EncoderError, match=r"no-such-model cannot be loaded: .* not found"):
        ZooEncoder("no-such-model")
    with pytest.raises(EncoderError, match="pictures does not embed texts: choose one of"):
        ZooEncoder("pictures")
    with pytest.raises(EncoderError, match="lengths fails: OSError"):
        ZooEncoder("lengths").encode(["fail"])


def test_another_entry_has_another_digest(zoo: Path) -> None:
    before = ZooEncoder("lengths").digest
    assert ZooEncoder("lengths").digest == before
    zoo.write_text(json.dumps({"models": [entry("lengths", {"words": True})]}))
    assert ZooEncoder("lengths").digest != before


def test_models_of_other_weights_cannot_be_compared(zoo: Path) -> None:
    import zoo_of_lengths

    def encoder(weights: str) -> ZooEncoder:
        config = zoo_of_lengths.LengthsConfig({"name_or_path": weights})
        return ZooEncoder("mine", zoo_of_lengths.Lengths(config))

    assert encoder("small").digest == encoder("small").digest != encoder("large").digest
