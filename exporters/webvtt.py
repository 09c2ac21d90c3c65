"""WebVTT: a folder a video, with chapters and with the captions of each level.

Times are the clip's. A node without a text has no cue. Chapters are the cut of the tree at 30 s,
with the nearest annotated ancestor where a segment of the cut has no text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path

from ..core.cut import cut
from ..core.tree import Node
from .activitynet import unique_parts
from .video import Video, single_line
from .writer import Writer

#: A chapter lasts at most so many seconds, unless it is a leaf or covers a hole.
CHAPTER_SECONDS = 30.0

_SAFE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def cue_text(text: str) -> str:
    """Returns a text as a cue holds it: one line, ``&``, ``<`` and ``>`` escaped."""
    return html.escape(single_line(text), quote=False)


def timestamp(seconds: float) -> str:
    """Returns seconds as ``HH:MM:SS.mmm``."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def vtt(cues: Iterable[tuple[str, float, float, str]], note: str) -> str:
    """Returns a file of cues, each an id, start and end in seconds, and a text."""
    blocks = ["WEBVTT", f"NOTE {cue_text(note)}"]
    for node_id, start, end, text in cues:
        said = cue_text(text)
        if said:
            # An id of another kind might be taken for a timing line.
            first = f"{node_id}\n" if _SAFE_ID.fullmatch(node_id) and "--" not in node_id else ""
            blocks.append(f"{first}{timestamp(start)} --> {timestamp(end)}\n{said}")
    return "\n\n".join(blocks) + "\n"


class WebVtt(Writer):
    """``NAME/FIELD.chapters.vtt`` and ``NAME/FIELD.level-NN.vtt`` for each video and field."""

    names = r"[^/]+/[\w-]+\.(chapters|level-\d+)\.vtt"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._names = unique_parts(chosen)

    def write(self, video: Video) -> None:
        """Writes the video's folder."""
        folder = self.folder / video.name
        folder.mkdir(exist_ok=True)  # it may be there of a run that was interrupted
        for name in self.chosen:
            found = video.captions(name)
            levels: dict[int, list[tuple[Node, str]]] = {}
            for node, text in found:
                levels.setdefault(node.level, []).append((node, text))
            for level, of in levels.items():
                self._put(folder, f"{self._names[name]}.level-{level:02d}.vtt", video, of)
            if found:
                self._put(folder, f"{self._names[name]}.chapters.vtt", video, chapters(video, name))

    def _put(self, folder: Path, name: str, video: Video, of: list[tuple[Node, str]]) -> None:
        cues = [(node.node_id, *video.in_clip(node), text) for node, text in of]
        (folder / name).write_text(vtt(cues, self.licence), encoding="utf-8")


def chapters(video: Video, name: str) -> list[tuple[Node, str]]:
    """Returns the shown nodes that are chapters, with their texts."""
    texts = video.shown.get(name, {})
    nodes = cut(video.tree, CHAPTER_SECONDS, video.clip_end, field=name, holes="cover")
    return [(node, texts[node.node_id]) for node in nodes if node.node_id in texts]
