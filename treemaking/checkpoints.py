"""Finds, checks and loads models that run in this process with ``transformers``.

Only these need PyTorch and transformers (the extra ``models``), which are imported when such a
model is used.
"""

from __future__ import annotations

import hashlib
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from ..meaning.encoders import EncoderError
from ..meaning.hub import hub_folder
from ..meaning.onnx_encoder import sha256

#: The files of a checkpoint that are read. Pickled weights, which may run code, are not.
_PATTERNS = ("*.safetensors", "*.json", "*.jinja", "*.model", "*.txt")

_WEIGHTS, _INDEX = "model.safetensors", "model.safetensors.index.json"

#: The names of large files in the Hub's cache: their SHA-256.
_BLOB = re.compile(r"[0-9a-f]{64}")


class Checkpoint(NamedTuple):
    """The files of a model.

    Attributes:
        name: the name of the repository or of the folder
        folder: the folder with the files
        digest: a digest of all files
    """

    name: str
    folder: Path
    digest: str


def find_checkpoint(name: str) -> Checkpoint:
    """Finds a model by its folder, or by its repository on the Hub, from which it is fetched once.

    Args:
        name: a folder, or ``OWNER/MODEL``, optionally with ``@REVISION``

    Raises:
        EncoderError: if it does not exist or has no weights, or PyTorch or transformers are missing
    """
    if missing := [each for each in ("torch", "transformers") if find_spec(each) is None]:
        raise EncoderError(
            f"{name} needs {' and '.join(missing)}: pip install 'fiftyone_action100m[models]'"
        )
    folder, known_as = Path(name).expanduser(), name
    if folder.is_dir():
        known_as = folder.resolve().name
    else:
        folder = hub_folder(name, _PATTERNS, _is_whole)
    if not _is_whole(folder):
        raise EncoderError(
            f"{name} has no config.json and {_WEIGHTS}, or not all parts of it: give a checkpoint "
            "as save_pretrained() writes it"
        )
    files = sorted({path for pattern in _PATTERNS for path in folder.glob(pattern)})
    about = [(path.name, _sha256(path)) for path in files]
    return Checkpoint(known_as, folder, hashlib.sha256(json.dumps(about).encode()).hexdigest())


def pick_device(name: str | None) -> Any:
    """Returns a ``torch.device`` by its name; by default a GPU if there is one, else the CPU.

    Raises:
        EncoderError: if there is no such device
    """
    import torch

    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        why = str(error).splitlines()[0]
        raise EncoderError(f"there is no device {name!r} here: {why}") from None
    return device


def load_model(model: Any, folder: Path, device: Any) -> Any:
    """Loads a checkpoint's weights: in bfloat16 on a GPU, else in single precision.

    Args:
        model: a class of transformers, such as ``VJEPA2Model``
        folder: the checkpoint's folder
        device: the ``torch.device`` to run it on

    Raises:
        EncoderError: if it cannot be loaded, or lacks some of the weights
    """
    import torch

    try:
        loaded, info = model.from_pretrained(
            folder,
            dtype=torch.bfloat16 if device.type == "cuda" else torch.float32,
            attn_implementation="sdpa",
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
        loaded = loaded.eval().to(device)
    except Exception as error:  # whatever transformers raises
        raise EncoderError(f"{folder.name} cannot be loaded: {error!r:.500}") from None
    if missing := sorted(info["missing_keys"]):  # transformers fills them with random numbers
        raise EncoderError(
            f"{folder.name} has no weights for {', '.join(missing[:3])} ({len(missing)} missing): "
            f"it is no checkpoint of a {model.__name__}"
        )
    return loaded


def _is_whole(folder: Path) -> bool:
    """Whether a folder has a configuration and all parts of the weights."""
    parts = {_WEIGHTS}
    try:
        parts = set(json.loads((folder / _INDEX).read_text("utf-8"))["weight_map"].values())
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, AttributeError):
        return False
    return all((folder / part).is_file() for part in ("config.json", *parts))


def _sha256(path: Path) -> str:
    blob = path.resolve().name
    return blob if path.is_symlink() and _BLOB.fullmatch(blob) else sha256(path)
