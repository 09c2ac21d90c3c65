"""The App panels: none yet."""

from __future__ import annotations

PANELS: tuple[type, ...] = ()
