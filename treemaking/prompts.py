"""The prompts that captions are asked for with: files, one per field, ``FIELD.txt``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ..core.option_error import OptionError

#: The fields that a captioner fills, in the order of the schema.
ASKED = ("plm_action", "plm_caption", "llama3_caption")

#: The longest prompt, in characters.
LONGEST = 20_000

_OURS = Path(__file__).parent / "prompts"


def read_prompts(folder: str | Path | None = None) -> dict[str, str]:
    """Returns the prompt of each field: the folder's file if there is one, else ours.

    Args:
        folder: with ``plm_action.txt``, ``plm_caption.txt`` or ``llama3_caption.txt``

    Raises:
        OptionError: if the folder has none of them, or one that cannot be used
    """
    prompts = {field: _read(_OURS / f"{field}.txt") for field in ASKED}
    if folder is None:
        return prompts
    own = Path(folder).expanduser()
    found = [field for field in ASKED if (own / f"{field}.txt").is_file()]
    if not found:
        names = ", ".join(f"{field}.txt" for field in ASKED)
        raise OptionError("prompts", f"{folder} has no prompts: give a folder with any of {names}")
    return prompts | {field: _read(own / f"{field}.txt") for field in found}


def shown(prompts: Mapping[str, str]) -> str:
    """Returns prompts as a text to print, each below the name of its file."""
    return "\n\n".join(f"{field}.txt\n{prompt}" for field, prompt in prompts.items())


def digest_of(prompt: str) -> str:
    """Returns a prompt's SHA-256, as hex."""
    return hashlib.sha256(prompt.encode()).hexdigest()


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            prompt = file.read(LONGEST + 1).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError("prompts", f"{path} cannot be read: {error}") from None
    if not 0 < len(prompt) <= LONGEST:
        what = f"has more than {LONGEST:,} characters" if prompt else "is empty"
        raise OptionError("prompts", f"{path} {what}: write a prompt")
    return prompt
