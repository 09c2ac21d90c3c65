"""Models in the layout of sentence-transformers, from a folder or from the Hub, run in ONNX.

A model that does more with its tokens' vectors than pooling them is refused when it is opened.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .encoders import EncoderError, UnfitModelError
from .hub import hub_folder
from .onnx_encoder import OnnxModel

#: Where such a repository keeps its ONNX file; one from another exporter has it at the top.
MODEL_FILES = ("onnx/model.onnx", "model.onnx")

#: What is fetched of a repository, and nothing else.
PATTERNS = [
    *MODEL_FILES,
    *(f"{name}_data" for name in MODEL_FILES),
    "tokenizer.json",
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "*_Pooling/config.json",
]

#: The modules that change nothing that :class:`.onnx_encoder.OnnxEncoder` does not do.
_MODULES = {"Transformer", "Pooling", "Normalize"}

#: The most tokens per text that are read by a model whose files name no limit.
_MAX_TOKENS = 512

#: What the names of the poolings in a configuration begin with.
_MODE = "pooling_mode_"


def find_model(name: str) -> OnnxModel:
    """Finds a model by its folder, or its repository on the Hub, from where it is fetched once.

    Args:
        name: a folder; or ``OWNER/MODEL`` or, of ``sentence-transformers``, ``MODEL``, with
            ``@REVISION`` for one that is fixed

    Raises:
        EncoderError: if it is not there
        UnfitModelError: if it has no ONNX file
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return read_folder(folder, folder.resolve().name)
    repository = name if "/" in name.partition("@")[0] else f"sentence-transformers/{name}"
    return read_folder(hub_folder(repository, PATTERNS, lambda at: _model_of(at) is not None), name)


def read_folder(folder: Path, name: str) -> OnnxModel:
    """Reads how a model's texts become vectors.

    Args:
        folder: with the model, as sentence-transformers saves it
        name: for people

    Raises:
        EncoderError: if a file has another shape
        UnfitModelError: if it has no ONNX file
    """
    model = _model_of(folder)
    if model is None or not (folder / "tokenizer.json").is_file():
        raise UnfitModelError(f"{name} has no {MODEL_FILES[0]} and tokenizer.json")
    try:
        return OnnxModel(
            model,
            folder / "tokenizer.json",
            name,
            _max_tokens(folder),
            _pooling(folder),
            _prompt(folder),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EncoderError(
            f"{folder} is not what sentence-transformers writes: {error!r} in its configuration"
        ) from None


def _model_of(folder: Path) -> Path | None:
    return next((folder / path for path in MODEL_FILES if (folder / path).is_file()), None)


def _max_tokens(folder: Path) -> int:
    """Returns how many tokens of a text a model reads."""
    said = _read(folder / "sentence_bert_config.json", {}).get("max_seq_length")
    if said:
        return int(said)
    positions = _read(folder / "config.json", {}).get("max_position_embeddings")
    return min(int(positions or _MAX_TOKENS), _MAX_TOKENS)


def _prompt(folder: Path) -> str:
    """Returns what sentence-transformers puts before each text unless it is told otherwise."""
    config = _read(folder / "config_sentence_transformers.json", {})
    return str(config.get("prompts", {}).get(config.get("default_prompt_name"), ""))


def _pooling(folder: Path) -> str:
    """Returns how a model makes one vector of its tokens'; the mean if it does not say."""
    modules = {
        str(module["type"]).rpartition(".")[2]: str(module["path"])
        for module in _read(folder / "modules.json", [])
    }
    if "Pooling" not in modules:
        return "mean"
    config = _read(folder / modules["Pooling"] / "config.json", {})
    modes = [name for name in config if name.startswith(_MODE) and config[name] is True]
    ways = [name.removeprefix(_MODE).partition("_token")[0] for name in modes]
    ways = [config["pooling_mode"]] if isinstance(config.get("pooling_mode"), str) else ways
    return " and ".join([*ways, *sorted(modules.keys() - _MODULES)]) or "nothing"


def _read(path: Path, default: Any) -> Any:
    """Returns a JSON file's value, the default where there is no such file.

    Raises:
        EncoderError: if it is not JSON, or of another type
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return default
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderError(f"{path} cannot be read: {error}") from None
    if type(value) is not type(default):
        raise EncoderError(f"{path} is not what sentence-transformers writes")
    return value
