"""What every format's writer offers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from .video import LeftOut, Video


class Writer:
    """Writes videos into a folder that nothing else writes into.

    Args:
        folder: where to write; nothing is opened before the first video
        chosen: the fields whose captions are written
        licence: what the annotations may be used for, one line

    Attributes:
        home: the folder that it becomes
        names: a pattern of the files that it writes, by their path in the folder
    """

    names: ClassVar[str]

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        self.folder = self.home = folder
        self.chosen = chosen
        self.licence = licence

    def media(self, video: Video) -> str:
        """Returns the path of a video's clip from the export's folder; as it is if not on disk."""
        clip = Path(video.filepath)
        if not clip.is_absolute():
            return video.filepath
        parent, home = (os.path.realpath(path.parent) for path in (clip, self.home))
        return os.path.relpath(Path(parent) / clip.name, Path(home) / self.home.name)

    def check(self, video: Video) -> None:
        """Sees whether the format can hold a video.

        Raises:
            LeftOut: if it cannot
        """
        if not any(video.captions(name) for name in self.chosen):
            raise LeftOut("no-captions", "no caption of it is shown")

    def write(self, video: Video) -> None:
        """Writes a video that :meth:`check` has let pass."""
        raise NotImplementedError

    def state(self) -> dict[str, Any] | None:
        """Returns what :meth:`resume` needs if all videos so far are on disk, whole; else None.

        For a format with files of their own for each video, that is nothing.
        """
        return {}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Goes on where an earlier run had this state; what it has written since goes.

        Where each video has files of its own, they are written again.
        """

    def close(self) -> None:
        """Ends what is open; the folder is whole afterwards."""

    def abandon(self) -> None:
        """Lets go of what is open; another run may resume at the last state."""
