"""WebVTT: a folder per video, with its chapters and the captions of each level.

Times are seconds of the clip. A node without a caption has no cue. Chapters are the cut of the tree
at 30 s; where a segment of the cut has no caption, its nearest ancestor that has one takes its
place.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path

from ..core.cut import cut
from ..core.tree import Node
from .video import Video, single_line
from .writer import Writer, file_parts

#: The longest chapter in seconds, except for leaves and missing captions.
CHAPTER_SECONDS = 30.0

_SAFE_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def cue_text(text: str) -> str:
    """Returns a text on one line, with ``&``, ``<`` and ``>`` escaped."""
    return html.escape(single_line(text), quote=False)


def timestamp(seconds: float) -> str:
    """Returns seconds as ``HH:MM:SS.mmm``."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def vtt(cues: Iterable[tuple[str, float, float, str]], note: str) -> str:
    """Returns a file's text.

    Args:
        cues: node id, start and end in seconds of the clip, and text
        note: a comment at the top
    """
    blocks = ["WEBVTT", f"NOTE {cue_text(note)}"]
    for node_id, start, end, text in cues:
        line = cue_text(text)
        if line:
            # Other ids could be mistaken for a timing line.
            first = f"{node_id}\n" if _SAFE_ID.fullmatch(node_id) and "--" not in node_id else ""
            blocks.append(f"{first}{timestamp(start)} --> {timestamp(end)}\n{line}")
    return "\n\n".join(blocks) + "\n"


class WebVtt(Writer):
    """``NAME/FIELD.chapters.vtt`` and ``NAME/FIELD.level-NN.vtt`` for each video and field."""

    names = r"[^/]+/[\w-]+\.(chapters|level-\d+)\.vtt"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._names = file_parts(chosen)

    def write(self, video: Video) -> None:
        """Writes the video's folder."""
        folder = self.folder / video.name
        folder.mkdir(exist_ok=True)  # an interrupted run may have made it
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
    """Returns the nodes that are chapters, with their captions."""
    texts = video.shown.get(name, {})
    nodes = cut(video.tree, CHAPTER_SECONDS, video.clip_end, field=name, holes="cover")
    return [(node, texts[node.node_id]) for node in nodes if node.node_id in texts]
