"""Runs a command on what nobody else needs of the machine: ``python at_leisure.py COMMAND``.

Linux may share its processors among sessions first and regard ``nice`` within each of them only
(autogroup), so the command becomes a session of its own, of the lowest priority: signals that are
for all of it go to its process group.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

if __name__ == "__main__":
    with suppress(PermissionError):  # it leads a session already
        os.setsid()
    os.nice(19)
    with suppress(OSError):  # a kernel without it
        Path("/proc/self/autogroup").write_text("19")
    os.execvp(sys.argv[1], sys.argv[1:])
