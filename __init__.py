"""Action100M for FiftyOne: convert, navigate and see the Tree-of-Captions.

This directory is a FiftyOne plugin (``@action100m/explorer``) and the Python package
``fiftyone_action100m`` at once, so everything in it imports relatively, and nothing heavy is
imported before it is used.
"""

from __future__ import annotations

__version__ = "0.1.0"
