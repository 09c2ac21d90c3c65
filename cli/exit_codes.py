"""The command line's exit codes."""

from __future__ import annotations

from collections.abc import Mapping

DONE, UNEXPECTED, REFUSED, PARTLY, FAILED, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 4, 130, 141

UNUSABLE = "the command line, or what it names, cannot be used; nothing was done"
RESUMES = "the same command continues"
STOPPED = f"interrupted; finished work is kept, and {RESUMES}"


def explain(codes: Mapping[int, str]) -> str:
    """Returns the part of a command's help that explains its exit codes.

    Args:
        codes: the meaning of each; 1 has the same meaning for all commands
    """
    meanings = {UNEXPECTED: "an unexpected error: please report it", **codes}
    lines = [f"  {code:<4} {meanings[code]}\n" for code in sorted(meanings)]
    return "exit codes:\n" + "".join(lines)
