"""The command line ``action100m``: its parser and its entry point."""

from .entry import build_parser, main

__all__ = ["build_parser", "main"]
