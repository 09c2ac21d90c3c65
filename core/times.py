"""Types of a time in seconds, so that the type checker tells the source's clock from the clip's.

A source's clock starts with its first picture, a clip's with its first frame. Values are plain
floats at run time.
"""

from __future__ import annotations

from typing import NewType

#: Seconds of the source video, as an Action100M record has them.
SourceSeconds = NewType("SourceSeconds", float)

#: Seconds of the clip, from the start of its first frame.
ClipSeconds = NewType("ClipSeconds", float)
