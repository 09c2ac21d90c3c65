"""Fetches model files from the Hugging Face Hub, each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from .encoders import EncoderError


def hub_folder(name: str, patterns: Sequence[str], is_whole: Callable[[Path], bool]) -> Path:
    """Returns the folder of a repository's files; contacts the Hub only if they are not on disk.

    Args:
        name: ``OWNER/MODEL``, optionally with ``@REVISION``
        patterns: the files to fetch, as globs
        is_whole: whether a folder has all that is needed; if the one on disk does not, files are
            fetched

    Raises:
        EncoderError: if they cannot be fetched
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    repository, _, revision = name.partition("@")
    fetch = partial(
        snapshot_download, repository, revision=revision or None, allow_patterns=list(patterns)
    )
    try:
        folder = Path(fetch(local_files_only=True))
        if is_whole(folder):
            return folder
    except LocalEntryNotFoundError:
        pass
    except ValueError as error:
        raise EncoderError(f"{repository} is not the name of a model: {error}") from None
    try:
        return Path(fetch())
    except Exception as error:  # httpx's, huggingface_hub's and the file system's
        why = str(error).splitlines()[0] if str(error) else repr(error)
        raise EncoderError(f"{repository} cannot be fetched from the Hub: {why}") from None
