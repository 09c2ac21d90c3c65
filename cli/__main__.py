"""Runs the command line as ``python -m fiftyone_action100m.cli``."""

import sys

from .entry import main

sys.exit(main())
