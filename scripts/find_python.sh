#!/bin/sh
# Prints a Python 3.10 to 3.13 of this machine. A candidate counts only if it runs: a pyenv shim
# can exist and fail, and a `python3` can be too old or too new. $PYTHON, where set, is the only one.
fits='
import sys
if not (3, 10) <= sys.version_info[:2] <= (3, 13):
    sys.exit(1)
print(sys.executable)'

if [ -n "$PYTHON" ]; then
    "$PYTHON" -c "$fits" 2>/dev/null && exit 0
    echo "PYTHON=$PYTHON does not run or is not Python 3.10 to 3.13." >&2
    exit 1
fi
for candidate in python3.12 python3.11 python3.10 python3.13 python3; do
    "$candidate" -c "$fits" 2>/dev/null && exit 0
done
# What uv has installed is on no PATH; --system: not a virtual environment, which may be ours.
found="$(uv python find --system --no-python-downloads '>=3.10,<3.14' 2>/dev/null)" &&
    "$found" -c "$fits" 2>/dev/null && exit 0

here="$(python3 --version 2>/dev/null)"
say() { echo "$*" >&2; }
say "No Python 3.10 to 3.13 here${here:+ (python3 is $here)}. Do one of these, and the same again:"
if command -v uv >/dev/null; then
    say "  uv python install 3.12                      without root"
else
    say "  uv python install 3.12                      without root; uv: https://docs.astral.sh/uv"
fi
say "  apt-get install python3 python3-venv        Debian 12 and 13, Ubuntu 22.04 and 24.04"
say "  dnf install python3.12                      Fedora, RHEL and its kin"
say "  make PYTHON=/path/to/python3.12 ...         where one is elsewhere"
exit 1
