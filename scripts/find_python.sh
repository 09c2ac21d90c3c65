#!/bin/sh
# Prints the path of a Python 3.10 to 3.13. A candidate must run: a pyenv shim can exist and fail,
# and a `python3` can be too old or too new. If $PYTHON is set, it is the only candidate.
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
# uv's interpreters are not on PATH. --system excludes virtual environments, which may be ours.
found="$(uv python find --system --no-python-downloads '>=3.10,<3.14' 2>/dev/null)" &&
    "$found" -c "$fits" 2>/dev/null && exit 0

here="$(python3 --version 2>/dev/null)"
say() { echo "$*" >&2; }
say "No Python 3.10 to 3.13 here${here:+ (python3 is $here)}. Do one of these, then try again:"
if command -v uv >/dev/null; then
    say "  uv python install 3.12                      without root"
else
    say "  uv python install 3.12                      without root; get uv from https://docs.astral.sh/uv"
fi
say "  apt-get install python3 python3-venv        Debian 12 and 13, Ubuntu 22.04 and 24.04"
say "  dnf install python3.12                      Fedora, RHEL and derivatives"
say "  make PYTHON=/path/to/python3.12 ...         if one is elsewhere"
exit 1
