"""Reads models in the layout of sentence-transformers, from a folder or the Hub, to run in ONNX.

A model that does more with its token vectors than pooling is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .encoders import EncoderError, UnfitModelError
from .hub import hub_folder
from .onnx_encoder import OnnxModel

#: The path of the ONNX file in such a repository; other exporters write it at the top.
MODEL_FILES = ("onnx/model.onnx", "model.onnx")

#: The files that are fetched from a repository.
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

#: The modules that :class:`.onnx_encoder.OnnxEncoder` supports.
_MODULES = {"Transformer", "Pooling", "Normalize"}

#: The most tokens per text if the model's files name no limit.
_MAX_TOKENS = 512

#: The prefix of poolings in a configuration.
_MODE = "pooling_mode_"


def find_model(name: str) -> OnnxModel:
    """Finds a model by its folder, or by its repository on the Hub, from which it is fetched once.

    Args:
        name: a folder; or ``OWNER/MODEL``, or ``MODEL`` of ``sentence-transformers``, optionally
            with ``@REVISION``

    Raises:
        EncoderError: if there is no such model
        UnfitModelError: if it has no ONNX file
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return read_folder(folder, folder.resolve().name)
    repository = name if "/" in name.partition("@")[0] else f"sentence-transformers/{name}"
    return read_folder(hub_folder(repository, PATTERNS, lambda at: _model_of(at) is not None), name)


def read_folder(folder: Path, name: str) -> OnnxModel:
    """Reads a model's settings.

    Args:
        folder: the folder of the model, as sentence-transformers saves it
        name: a readable name

    Raises:
        EncoderError: if a file has another structure
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
    """Returns the most tokens of a text that a model supports."""
    said = _read(folder / "sentence_bert_config.json", {}).get("max_seq_length")
    if said:
        return int(said)
    positions = _read(folder / "config.json", {}).get("max_position_embeddings")
    return min(int(positions or _MAX_TOKENS), _MAX_TOKENS)


def _prompt(folder: Path) -> str:
    """Returns the prefix that sentence-transformers adds to each text by default."""
    config = _read(folder / "config_sentence_transformers.json", {})
    return str(config.get("prompts", {}).get(config.get("default_prompt_name"), ""))


def _pooling(folder: Path) -> str:
    """Returns the model's pooling; the mean if none is given."""
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
    """Returns a JSON file's value, or the default if the file does not exist.

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
