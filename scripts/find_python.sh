#!/bin/sh
# Prints a Python 3.10 to 3.12 of this machine. A candidate counts only if it runs: a pyenv shim
# can exist and fail, and a `python3` can be too old or too new. $PYTHON, where set, is the only one.
for candidate in ${PYTHON:-python3.12 python3.11 python3.10 python3}; do
    "$candidate" -c '
import sys
if not (3, 10) <= sys.version_info[:2] <= (3, 12):
    sys.exit(1)
print(sys.executable)' 2>/dev/null && exit 0
done
if [ -n "$PYTHON" ]; then
    echo "PYTHON=$PYTHON does not run or is not Python 3.10 to 3.12." >&2
else
    echo "No Python 3.10 to 3.12 here: install one (apt-get install python3 python3-venv)," >&2
    echo "or name it: make PYTHON=/path/to/python3.11" >&2
fi
exit 1
