"""Reads the prompts: ``FIELD.txt`` for each field that a captioner fills, and one per LLM round."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ..core.option_error import OptionError

#: The fields that a captioner fills, in the order of the schema.
ASKED = ("plm_action", "plm_caption", "llama3_caption")

#: The rounds in which an LLM writes the texts of ``gpt``; each revises the one before.
ROUNDS = ("aggregation_1", "aggregation_2", "aggregation_3")

_NAMES = (*ASKED, *ROUNDS)

#: The longest prompt, in characters.
LONGEST = 20_000

_OURS = Path(__file__).parent / "prompts"


def read_prompts(folder: str | Path | None = None) -> dict[str, str]:
    """Returns the prompts by name: from the folder if it has the file, else the default.

    Args:
        folder: a folder with ``plm_action.txt`` or others of :data:`ASKED` and :data:`ROUNDS`

    Raises:
        OptionError: if the folder has no such file, or an unusable one
    """
    prompts = {name: _read(_OURS / f"{name}.txt") for name in _NAMES}
    if folder is None:
        return prompts
    own = Path(folder).expanduser()
    found = [name for name in _NAMES if (own / f"{name}.txt").is_file()]
    if not found:
        names = ", ".join(f"{name}.txt" for name in _NAMES)
        raise OptionError("prompts", f"{folder} has no prompts: give a folder with any of {names}")
    return prompts | {name: _read(own / f"{name}.txt") for name in found}


def shown(prompts: Mapping[str, str]) -> str:
    """Formats prompts for printing, each below the name of its file."""
    return "\n\n".join(f"{name}.txt\n{prompt}" for name, prompt in prompts.items())


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
