"""The command line's exit codes."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.exit_codes import EXIT_INTERRUPTED, EXIT_NOTHING, EXIT_OK, EXIT_PARTIAL

DONE, PARTLY, FAILED, INTERRUPTED = EXIT_OK, EXIT_PARTIAL, EXIT_NOTHING, EXIT_INTERRUPTED
UNEXPECTED, REFUSED, PIPE_CLOSED = 1, 2, 141

#: The meanings that several commands share.
UNUSABLE = "the command line, or what it names, cannot be used; nothing was done"
RESUMES = "the same command continues"
STOPPED = f"interrupted; finished work is kept, and {RESUMES}"
HUB_FAILED = f"the Hub refused or did not answer; finished work is kept, and {RESUMES}"
#: The meanings for commands that query an index.
OF_ASKING = {
    REFUSED: "the command line or the dataset cannot be used, or has no index",
    FAILED: "the encoder or the database failed",
    INTERRUPTED: "interrupted",
}


def explain(codes: Mapping[int, str]) -> str:
    """Returns the part of a command's help that explains its exit codes.

    Args:
        codes: the meaning of each; 1 has the same meaning for all commands
    """
    meanings = {UNEXPECTED: "an unexpected error: please report it", **codes}
    lines = [f"  {code:<4} {meanings[code]}\n" for code in sorted(meanings)]
    return "exit codes:\n" + "".join(lines)
