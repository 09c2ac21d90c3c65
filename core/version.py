"""The version, which ``pyproject.toml`` and ``fiftyone.yml`` repeat."""

VERSION = "0.1.0"
